// SPDX-License-Identifier: Apache-2.0
//! The directory in which a device keeps what it holds, and the record of its card.
//!
//! `device.json` holds the object instances, keys included, and `record.cbor` what the client
//! remembers; both are replaced as a whole, and only their owner can read them. `lock` keeps two
//! devices from using the same directory.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use simstrap_policy::bootstrap_data::MAX_FILE;
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_policy::{AccountId, FileStore, InstancePath, Source, Store};
use zeroize::Zeroizing;

use super::Device;
use super::contents::Contents;

/// The longest `device.json`: everything a bootstrap file can hold, in hexadecimal, and as much
/// again around it.
const MAX_DEVICE_FILE: usize = 8 * MAX_FILE;

/// What stands for the bootstrap server where others have their short server id.
const BOOTSTRAP_SERVER: u16 = 0;

/// The format of `device.json`.
const VERSION: u8 = 1;

/// The directory of a device, for as long as the device runs.
#[derive(Debug)]
pub(crate) struct StateDir {
    directory: PathBuf,
    _lock: File,
}

/// What is wrong with the directory of a device.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// The operating system says so.
    #[error("cannot {doing} {}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// Another device uses it.
    #[error("{} is in use by another simstrap", path.display())]
    Busy { path: PathBuf },
    /// The device file is not what was written.
    #[error("{} is damaged: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
}

impl StateError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    "choose a directory that you can read and write".to_owned()
                }
                io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                    "--state takes a directory, which is made if it is not there".to_owned()
                }
                io::ErrorKind::StorageFull => "make room on the disk".to_owned(),
                _ => "check the directory and the disk it is on".to_owned(),
            },
            Self::Busy { .. } => "stop that one, or give each its own --state".to_owned(),
            Self::Damaged { path, .. } => format!(
                "nothing was changed; to begin as a device that holds nothing, move {} away",
                path.display()
            ),
        }
    }
}

impl StateDir {
    /// Opens a directory, and makes it if it is not there, for its owner only.
    pub(crate) fn open(directory: &Path) -> Result<Self, StateError> {
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| StateError::Io { doing, path, source }
        };
        make_private(directory).map_err(io("make the directory", directory))?;
        let path = directory.join("lock");
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(io("open", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Busy { path: directory.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock", &path)(source)),
        }
        let state = Self { directory: directory.to_owned(), _lock: lock };
        if !device_file(directory).path().exists() {
            // What cannot be written is better known now than in the middle of a plan.
            state.save(&Contents::default())?;
        }
        Ok(state)
    }

    /// Where the client keeps its record.
    pub(crate) fn record(&self) -> RecordStore {
        RecordStore::File(record_file(&self.directory))
    }

    /// What the device held when it stopped; nothing when it never ran.
    pub(super) fn load(&self) -> Result<Contents, StateError> {
        load(device_file(&self.directory))
    }

    /// Keeps what the device holds.
    pub(super) fn save(&self, contents: &Contents) -> Result<(), StateError> {
        let mut store = device_file(&self.directory);
        let bytes = text(contents);
        let path = store.path().to_owned();
        run(store.save(&bytes)).map_err(|source| StateError::Io { doing: "write", path, source })
    }
}

/// What a device holds that keeps it in a directory, and its record, without disturbing it:
/// both files are whole at any time.
pub(crate) fn look_into(directory: &Path) -> Result<(Device, Option<Vec<u8>>), StateError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| StateError::Io { doing: "read", path, source }
    };
    fs::read_dir(directory).map_err(unreadable(directory))?;
    let device = Device { contents: load(device_file(directory))?, state: None };
    if !device_file(directory).path().exists() {
        // A record of a device that is gone says nothing about one that holds nothing.
        return Ok((device, None));
    }
    let mut record = record_file(directory);
    let bytes = run(record.load()).map_err(unreadable(record.path()))?;
    Ok((device, bytes))
}

fn device_file(directory: &Path) -> FileStore {
    FileStore::new(directory.join("device.json")).with_limit(MAX_DEVICE_FILE)
}

fn record_file(directory: &Path) -> FileStore {
    FileStore::new(directory.join("record.cbor"))
}

fn load(mut store: FileStore) -> Result<Contents, StateError> {
    let path = store.path().to_owned();
    let bytes = run(store.load()).map_err(|source| StateError::Io {
        doing: "read",
        path: path.clone(),
        source,
    })?;
    let damaged = |what: String| StateError::Damaged { path: path.clone(), what };
    match bytes.map(Zeroizing::new) {
        Some(bytes) => parse(&bytes).map_err(damaged),
        None if path.exists() => Err(damaged("it is too long".to_owned())),
        None => Ok(Contents::default()),
    }
}

/// Makes a directory, where there is none.
fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// A file never makes anybody wait for long.
fn run<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    blocking::run(work).unwrap_or_else(|never| Err(io::Error::other(never)))
}

/// `device.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceFile {
    version: u8,
    instances: Vec<InstanceEntry>,
    /// Short server ids of disabled accounts, or [`BOOTSTRAP_SERVER`].
    disabled: Vec<u16>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceEntry {
    object: u16,
    instance: u16,
    source: String,
    /// Its resources, as LwM2M TLV in hexadecimal.
    resources: Zeroizing<String>,
}

fn text(contents: &Contents) -> Zeroizing<Vec<u8>> {
    let entry = |(path, held): (InstancePath, &super::Held)| InstanceEntry {
        object: path.object,
        instance: path.instance,
        source: held.source().name().to_owned(),
        resources: Zeroizing::new(hex::encode(held.resources())),
    };
    let disabled = contents.disabled().iter();
    let file = DeviceFile {
        version: VERSION,
        instances: contents.iter().map(entry).collect(),
        disabled: disabled
            .map(|id| id.short_server_id().map_or(BOOTSTRAP_SERVER, ShortServerId::to_u16))
            .collect(),
    };
    // Room for everything from the start: growing would leave copies of keys behind.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_DEVICE_FILE));
    // Numbers, strings and lists of them, into memory: nothing of it can fail.
    let _infallible = serde_json::to_writer_pretty(&mut *text, &file);
    text
}

fn parse(bytes: &[u8]) -> Result<Contents, String> {
    // Where, and no more: what it says may be a key.
    let place = |error: serde_json::Error| {
        format!("line {}, column {} is not as it was written", error.line(), error.column())
    };
    let file: DeviceFile = serde_json::from_slice(bytes).map_err(place)?;
    if file.version != VERSION {
        return Err(format!("it is of version {}, not {VERSION}", file.version));
    }
    let mut contents = Contents::default();
    for entry in &file.instances {
        let path = InstancePath::new(entry.object, entry.instance);
        let sources = [Source::Smartcard, Source::Factory, Source::BootstrapServer, Source::Server];
        let source = sources.into_iter().find(|source| source.name() == entry.source);
        let source = source.ok_or_else(|| format!("{path} has no known source"))?;
        let resources = hex::decode(&*entry.resources).map(Zeroizing::new);
        let resources = resources.map_err(|_| format!("{path} is not in hexadecimal"))?;
        if contents.get(path).is_some() {
            return Err(format!("{path} is there twice"));
        }
        let written = contents.write(path, &resources, source);
        written.map_err(|error| format!("{path}: {error}"))?;
    }
    for id in file.disabled {
        let account = match (id, ShortServerId::new(id)) {
            (BOOTSTRAP_SERVER, _) => AccountId::BootstrapServer,
            (_, Some(server)) => AccountId::Server(server),
            _ => return Err(format!("`disabled` has {id}, which is the id of no account")),
        };
        contents.disable(account);
    }
    Ok(contents)
}

/// Where the client keeps its record.
#[derive(Debug)]
pub(crate) enum RecordStore {
    /// In the directory of the device.
    File(FileStore),
    /// Nowhere: it is gone when the device stops.
    Memory(Option<Vec<u8>>),
}

impl Store for RecordStore {
    type Error = StateError;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        match self {
            Self::File(store) => store.load().await.map_err(|source| StateError::Io {
                doing: "read",
                path: store.path().to_owned(),
                source,
            }),
            Self::Memory(bytes) => Ok(bytes.clone()),
        }
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        match self {
            Self::File(store) => store.save(bytes).await.map_err(|source| StateError::Io {
                doing: "write",
                path: store.path().to_owned(),
                source,
            }),
            Self::Memory(kept) => {
                *kept = Some(bytes.to_vec());
                Ok(())
            }
        }
    }
}
