// SPDX-License-Identifier: Apache-2.0
//! A record in a file.

use alloc::vec::Vec;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Store;
use crate::MAX_RECORD;

/// A [`Store`] in a file: new bytes are written next to it, made durable, and put in its place.
///
/// The file next to it has the same name with `.new` at its end; one that a power cut left there
/// is overwritten. On Unix only the owner can read them.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    limit: usize,
}

impl FileStore {
    /// A store in this file, which need not be there yet; its directory must be.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), limit: MAX_RECORD }
    }

    /// The same for something else than a record, which is at most so many bytes long.
    #[must_use]
    pub fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn next_to_it(&self) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(".new");
        name.into()
    }

    /// Puts in place of the file what `write` writes.
    fn replace(&self, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let next_to_it = self.next_to_it();
        // Removed and made anew, so that a link put there leads nowhere.
        match fs::remove_file(&next_to_it) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let written = create(&next_to_it).and_then(|mut file| {
            write(&mut file)?;
            file.sync_all()
        });
        let replaced = written.and_then(|()| fs::rename(&next_to_it, &self.path));
        if replaced.is_err() {
            // What is left over does no harm; the error that counts is the first.
            let _removed = fs::remove_file(&next_to_it);
        }
        replaced?;
        sync_directory(&self.path)
    }
}

impl Store for FileStore {
    type Error = io::Error;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, io::Error> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        let bound = u64::try_from(self.limit).unwrap_or(u64::MAX);
        file.take(bound.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(Some(bytes).filter(|bytes| bytes.len() <= self.limit))
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), io::Error> {
        if bytes.len() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.replace(|file| file.write_all(bytes))
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a renaming durable. Only Unix lets a directory be opened for that.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use simstrap_bootstrap_data::scp03::apdu::blocking;

    use super::*;

    fn load(store: &mut FileStore) -> Option<Vec<u8>> {
        blocking::run(store.load()).unwrap().unwrap()
    }

    fn save(store: &mut FileStore, bytes: &[u8]) -> io::Result<()> {
        blocking::run(store.save(bytes)).unwrap()
    }

    #[test]
    fn ft_02_a_file_holds_what_was_saved_last() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = FileStore::new(directory.path().join("record"));
        assert_eq!(load(&mut store), None);
        for bytes in [&b"old"[..], b"new and longer", b""] {
            save(&mut store, bytes).unwrap();
            assert_eq!(load(&mut store).unwrap(), bytes);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn ft_02_a_crash_at_any_byte_leaves_the_old_record_and_the_next_save_works() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = FileStore::new(directory.path().join("record"));
        save(&mut store, b"old").unwrap();
        let new = b"a new record";
        for torn in 0..=new.len() {
            fs::write(store.next_to_it(), &new[..torn]).unwrap();
            assert_eq!(load(&mut store).unwrap(), b"old", "torn at byte {torn}");
        }
        save(&mut store, new).unwrap();
        assert_eq!(load(&mut store).unwrap(), new);
    }

    #[test]
    fn ft_02_a_full_disk_keeps_the_old_record_and_leaves_nothing_over() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = FileStore::new(directory.path().join("record"));
        save(&mut store, b"old").unwrap();
        let full = store.replace(|file| {
            file.write_all(b"ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(load(&mut store).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn ft_03_a_file_that_is_too_long_is_no_record() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = FileStore::new(directory.path().join("record"));
        let long = vec![0; MAX_RECORD + 1];
        assert_eq!(save(&mut store, &long).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        fs::write(store.path(), &long).unwrap();
        assert_eq!(load(&mut store), None);

        let mut longer = store.with_limit(long.len());
        save(&mut longer, &long).unwrap();
        assert_eq!(load(&mut longer).unwrap(), long);
    }

    #[cfg(unix)]
    #[test]
    fn ft_04_only_the_owner_reads_it_and_links_are_not_followed() {
        use std::os::unix::fs::{MetadataExt, symlink};

        let directory = tempfile::tempdir().unwrap();
        let mut store = FileStore::new(directory.path().join("record"));
        let victim = directory.path().join("victim");
        fs::write(&victim, b"precious").unwrap();
        symlink(&victim, store.next_to_it()).unwrap();
        save(&mut store, b"record").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(fs::metadata(store.path()).unwrap().mode() & 0o777, 0o600);
    }
}
