// SPDX-License-Identifier: Apache-2.0
//! What card to make, as a commented TOML file has it.

mod error;
mod validate;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use simstrap_scp03::card::CardKeySet;

pub use error::DescriptionError;

use crate::front::ModemQuirkSet;
use crate::quirks::CardQuirkSet;
use crate::secret::{Secret, characters, exactly, hex, optional_hex};

/// The description of the built-in card, with a comment on every key: to start one's own from.
pub const SAMPLE: &str = include_str!("sample.toml");

/// The largest bootstrap file in bytes: what READ BINARY can reach.
pub(crate) const MAX_FILE: usize = 32 * 1024;

/// The longest description in bytes: four times what the largest data takes in hexadecimal.
const MAX_DESCRIPTION: usize = 8 * MAX_FILE;

/// The identifier of PKCS#15 applications: RID of the RSA Laboratories, then "PKCS-15".
const PKCS15_AID: [u8; 12] = *b"\xA0\x00\x00\x00\x63PKCS-15";

/// A card: its identity, its files, its PINs and keys, and its quirks.
///
/// Only the identity and the bootstrap data have to be told; everything else is as on the
/// built-in card when it is left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CardDescription {
    /// ICCID, 18 to 20 decimal digits.
    pub iccid: String,
    /// How commands and responses are carried.
    #[serde(default)]
    pub protocol: TransmissionProtocol,
    /// The answer to reset; one that fits protocol and channels when left out.
    #[serde(default, deserialize_with = "optional_hex")]
    pub atr: Option<Vec<u8>>,
    /// Logical channels besides the basic one, 0 to 19.
    #[serde(default = "three")]
    pub channels: u8,
    /// The PKCS#15 application.
    #[serde(default)]
    pub application: ApplicationDescription,
    /// Its directory files.
    #[serde(default)]
    pub directory: DirectoryDescription,
    /// Its bootstrap file.
    pub bootstrap: BootstrapDescription,
    /// The PIN that can protect the bootstrap file.
    #[serde(default)]
    pub pin: PinDescription,
    /// ADM1, which protects all files against writing.
    #[serde(default)]
    pub adm: AdmDescription,
    /// Keys of the secure channel.
    pub scp03: Option<Scp03Description>,
    /// How it differs from a card by the book.
    #[serde(default)]
    pub quirks: CardQuirkSet,
    /// How the modem in front of it differs from one by the book.
    #[serde(default)]
    pub modem: ModemQuirkSet,
}

/// How commands and responses are carried (102 221 §7.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[non_exhaustive]
pub enum TransmissionProtocol {
    /// Character by character: a response to a command with data has to be fetched with
    /// GET RESPONSE (`61 xx`), and an expected length must be right (`6C xx`). That of a command
    /// with data does not reach the card, which in a secure channel is every command: it reads as
    /// much as fits the protected response.
    #[serde(rename = "T=0")]
    T0,
    /// In blocks: responses come at once.
    #[default]
    #[serde(rename = "T=1")]
    T1,
}

/// The PKCS#15 application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ApplicationDescription {
    /// Label in EF DIR, 1 to 32 bytes.
    pub label: String,
    /// Application identifier: that of PKCS#15, and up to four more bytes.
    #[serde(deserialize_with = "hex")]
    pub aid: Vec<u8>,
    /// File identifier, for paths from the master file.
    pub file_id: u16,
}

impl Default for ApplicationDescription {
    fn default() -> Self {
        Self { label: "LwM2M".to_owned(), aid: PKCS15_AID.to_vec(), file_id: 0x7F50 }
    }
}

/// How the directory files lead to the bootstrap file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DirectoryDescription {
    /// The kind of entry that names the bootstrap file.
    pub entry: DirectoryEntry,
    /// How paths are written.
    pub path: PathForm,
    /// Whether the entry stands in EF ODF itself, without an EF DODF.
    pub inline: bool,
}

/// The kind of data object that names the bootstrap file (PKCS#15 v1.1 §6.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DirectoryEntry {
    /// An object identifier data object: the identifier stands beside the path.
    #[default]
    Oid,
    /// An opaque data object: the identifier stands among its attributes.
    Opaque,
}

/// How the path to a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PathForm {
    /// The file identifier, within the application: `6432`.
    #[default]
    FileId,
    /// From the master file: `3F007F506432`.
    MasterFile,
    /// From the current application: `7FFF6432`.
    Application,
}

/// The bootstrap file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BootstrapDescription {
    /// File identifier.
    #[serde(default = "bootstrap_file_id")]
    pub file_id: u16,
    /// Short file identifier, 1 to 30 but not 17 or 18, which the directory files have.
    pub short_file_id: Option<u8>,
    /// Bytes for the data, at most 32 KiB; the data is filled up with `FF`. As many as the data
    /// has when left out.
    pub size: Option<usize>,
    /// Byte of the file at which the data begins; the path then tells index and length.
    pub index: Option<usize>,
    /// The data.
    pub data: Option<Secret>,
    /// A file with the data instead, relative to the description.
    pub data_file: Option<PathBuf>,
    /// Who may read it.
    #[serde(default)]
    pub read: ReadCondition,
    /// Who may write it.
    #[serde(default)]
    pub update: UpdateCondition,
    /// Whether it is in use.
    #[serde(default)]
    pub state: FileState,
}

/// Who may read the bootstrap file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReadCondition {
    /// Everybody.
    #[default]
    Always,
    /// Whoever verified the PIN.
    Pin,
    /// Whoever opened a secure channel, through it.
    SecureChannel,
    /// Nobody.
    Never,
}

/// Who may write the bootstrap file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UpdateCondition {
    /// Whoever verified ADM1.
    #[default]
    Adm,
    /// Whoever opened a secure channel, through it.
    SecureChannel,
}

/// Whether a file is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileState {
    /// It is.
    #[default]
    Activated,
    /// It was taken out of use; it can be selected but not read.
    Deactivated,
}

/// The PIN of the application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PinDescription {
    /// Key reference: 1 to 8 for an application PIN, 0x11 for the universal PIN, 0x81 to 0x88
    /// for a local PIN, which is forgotten when another application is selected.
    pub reference: u8,
    /// Four to eight decimal digits.
    #[serde(deserialize_with = "characters")]
    pub value: Secret,
    /// Tries until it is blocked, 1 to 15.
    pub tries: u8,
    /// Whether it has to be verified.
    pub enabled: bool,
    /// Whether the directory files tell that the PIN is needed, and which; otherwise only the
    /// file control parameters and access rules do.
    pub in_directory: bool,
}

impl Default for PinDescription {
    fn default() -> Self {
        Self {
            reference: 0x81,
            value: Secret::new(b"1234".to_vec()),
            tries: 3,
            enabled: true,
            in_directory: true,
        }
    }
}

/// The first administrative PIN, which protects all files against writing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AdmDescription {
    /// Eight bytes.
    pub value: Secret,
    /// Tries until it is blocked, 1 to 15.
    pub tries: u8,
}

impl Default for AdmDescription {
    fn default() -> Self {
        Self { value: Secret::new(b"88888888".to_vec()), tries: 10 }
    }
}

/// Keys and form of the secure channel (GlobalPlatform Amendment D).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scp03Description {
    /// Key version number, 1 to 0x7F.
    pub key_version: u8,
    /// Key-ENC: 16, 24 or 32 bytes, as many as the other two.
    pub enc: Secret,
    /// Key-MAC.
    pub mac: Secret,
    /// Key-DEK.
    pub dek: Secret,
    /// Length of challenges and MACs.
    #[serde(default)]
    pub mode: Scp03Mode,
    /// How the card makes its challenge.
    #[serde(default)]
    pub challenge: ChallengeKind,
    /// What protection responses can have.
    #[serde(default)]
    pub responses: Scp03Responses,
    /// The parameter "i" in the answer to INITIALIZE UPDATE. What mode, challenge and responses
    /// make it when left out; another one is a lie.
    pub i: Option<u8>,
    /// Key diversification data in the answer to INITIALIZE UPDATE.
    #[serde(default, deserialize_with = "exactly")]
    pub diversification_data: [u8; 10],
    /// Sessions opened so far, which is the sequence counter: at most 0xFFFFFF.
    #[serde(default)]
    pub sessions: u32,
    /// Failed authentications in a row, from 1, that block the keys for ever; `None` for no
    /// limit.
    pub attempts: Option<u8>,
    /// Makes the random challenges of the card the same in every run; `None` for good ones.
    pub seed: Option<u64>,
}

/// Length of challenges, cryptograms and MACs in SCP03.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scp03Mode {
    /// 8 bytes.
    #[default]
    S8,
    /// 16 bytes.
    S16,
}

/// What protection responses can have in SCP03.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scp03Responses {
    /// None: security levels 01 and 03.
    Unprotected,
    /// A MAC: also 11 and 13.
    Mac,
    /// A MAC and encryption: also 33.
    #[default]
    MacAndEncryption,
}

/// How the card makes its challenge in SCP03.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChallengeKind {
    /// At random.
    Random,
    /// From its sequence counter, which it tells.
    #[default]
    PseudoRandom,
}

impl Scp03Description {
    /// The keys as the card holds them.
    pub(crate) fn key_set(&self) -> Result<CardKeySet, DescriptionError> {
        let Self { key_version, enc, mac, dek, sessions, .. } = self;
        CardKeySet::new(*key_version, enc.expose(), mac.expose(), dek.expose())
            .map(|keys| keys.after_sessions(*sessions))
            .map_err(DescriptionError::keys)
    }
}

impl CardDescription {
    /// The description of the built-in card, [`SAMPLE`].
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn sample() -> Result<Self, DescriptionError> {
        Self::from_toml(SAMPLE)
    }

    /// Reads a description; `data_file` is relative to the working directory.
    ///
    /// # Errors
    /// [`DescriptionError`] with line or key, and what to write there.
    pub fn from_toml(text: &str) -> Result<Self, DescriptionError> {
        Self::from_toml_in(text, Path::new(""))
    }

    /// Reads a description from a file; `data_file` is relative to its directory.
    ///
    /// # Errors
    /// [`DescriptionError`] with line or key, and what to write there.
    pub fn from_file(path: &Path) -> Result<Self, DescriptionError> {
        let mut text = String::new();
        open_bounded(path, MAX_DESCRIPTION)
            .and_then(|mut file| file.read_to_string(&mut text))
            .map_err(|source| DescriptionError::unreadable(path, source))?;
        if text.len() > MAX_DESCRIPTION {
            return Err(DescriptionError::DescriptionTooLarge { maximum: MAX_DESCRIPTION });
        }
        Self::from_toml_in(&text, path.parent().unwrap_or(Path::new("")))
    }

    fn from_toml_in(text: &str, directory: &Path) -> Result<Self, DescriptionError> {
        let mut description: Self =
            toml::from_str(text).map_err(|error| DescriptionError::malformed(text, &error))?;
        description.load_data(directory)?;
        description.validate()?;
        Ok(description)
    }

    /// Puts the contents of `data_file` in its place.
    fn load_data(&mut self, directory: &Path) -> Result<(), DescriptionError> {
        let bootstrap = &mut self.bootstrap;
        match (&bootstrap.data, bootstrap.data_file.take()) {
            (None, Some(file)) => {
                bootstrap.data = Some(read_data(&directory.join(file))?);
                Ok(())
            }
            (Some(_), None) => Ok(()),
            (Some(_), Some(_)) => Err(DescriptionError::TwoSources),
            (None, None) => Err(DescriptionError::NoData),
        }
    }

    /// Description and data as a card can be made from them: checked, `data_file` loaded.
    pub(crate) fn resolved(&self) -> Result<Self, DescriptionError> {
        let mut description = self.clone();
        description.load_data(Path::new(""))?;
        description.validate()?;
        Ok(description)
    }
}

fn read_data(path: &Path) -> Result<Secret, DescriptionError> {
    let mut data = Vec::with_capacity(MAX_FILE + 1);
    open_bounded(path, MAX_FILE)
        .and_then(|mut file| file.read_to_end(&mut data))
        .map_err(|source| DescriptionError::unreadable(path, source))?;
    Ok(Secret::new(data))
}

/// Gives one byte more than the limit, so that what is too long is found to be.
fn open_bounded(path: &Path, limit: usize) -> io::Result<impl Read> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    Ok(fs::File::open(path)?.take(limit.saturating_add(1)))
}

const fn three() -> u8 {
    3
}

const fn bootstrap_file_id() -> u16 {
    0x6432
}

#[cfg(test)]
mod tests;
