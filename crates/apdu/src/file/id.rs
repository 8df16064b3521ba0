// SPDX-License-Identifier: Apache-2.0
//! Names of files: identifiers, short identifiers, paths (102 221 §8.2–8.4).

use core::fmt;

/// A file identifier, two bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId([u8; 2]);

impl FileId {
    /// The master file.
    pub const MASTER_FILE: Self = Self::new(0x3F00);
    /// Stands for the current ADF at the beginning of a path.
    pub const CURRENT_ADF: Self = Self::new(0x7FFF);

    /// A file identifier, as in `FileId::new(0x5031)`.
    #[must_use]
    pub const fn new(id: u16) -> Self {
        Self(id.to_be_bytes())
    }

    /// A file identifier from its two bytes on the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(bytes)
    }

    /// The two bytes on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 2] {
        &self.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileId({self})")
    }
}

/// A short file identifier, 1 to 30: names an EF of the current directory inside a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sfi(u8);

impl Sfi {
    /// A short file identifier, `None` outside 1–30.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 30 { Some(Self(number)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self.0
    }
}

/// The path to a file: one to eight file identifiers.
///
/// It begins at the master file (`3F00`), at the current application (`7FFF`), or in the current
/// directory. `Display` prints it as hexadecimal: `7FFF6432`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    bytes: [u8; Self::MAX_LEN],
    length: u8,
}

impl Path {
    /// The longest path in bytes: eight levels, more than any UICC has.
    pub const MAX_LEN: usize = 16;

    /// A path of one file in the current directory.
    #[must_use]
    pub const fn of(file: FileId) -> Self {
        let mut bytes = [0; Self::MAX_LEN];
        let [high, low] = file.0;
        bytes[0] = high;
        bytes[1] = low;
        Self { bytes, length: 2 }
    }

    /// A path from its bytes on the wire; `None` when they are not two to sixteen, or odd.
    #[must_use]
    pub fn from_bytes(path: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX_LEN];
        bytes.get_mut(..path.len())?.copy_from_slice(path);
        let length = u8::try_from(path.len()).ok()?;
        (length >= 2 && length % 2 == 0).then_some(Self { bytes, length })
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The file the path leads to.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.as_bytes().last_chunk().copied().map_or(FileId::MASTER_FILE, FileId::from_bytes)
    }

    /// The only identifier of a path that has just one.
    #[must_use]
    pub fn single(&self) -> Option<FileId> {
        (self.length == 2).then(|| self.file())
    }

    /// The file identifiers of the path, in order.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.as_bytes().as_chunks().0.iter().copied().map(FileId::from_bytes)
    }

    /// The same file from the current application (`7FFF`), where the path is a single
    /// identifier; other paths stay as they are.
    #[must_use]
    pub fn within_application(&self) -> Self {
        let Some(file) = self.single().filter(|file| *file != FileId::MASTER_FILE) else {
            return *self;
        };
        let [[a, b], [c, d]] = [FileId::CURRENT_ADF.0, file.0];
        let mut bytes = [0; Self::MAX_LEN];
        bytes[..4].copy_from_slice(&[a, b, c, d]);
        Self { bytes, length: 4 }
    }

    /// What follows `3F00`, when the path begins there.
    #[must_use]
    pub fn from_mf(&self) -> Option<&[u8]> {
        self.as_bytes().strip_prefix(FileId::MASTER_FILE.as_bytes()).filter(|p| !p.is_empty())
    }

    /// Whether the path begins at the current application (`7FFF`).
    #[must_use]
    pub fn starts_at_adf(&self) -> bool {
        self.as_bytes().starts_with(FileId::CURRENT_ADF.as_bytes())
    }
}

impl From<FileId> for Path {
    fn from(file: FileId) -> Self {
        Self::of(file)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.as_bytes())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

/// A file that has a short identifier by the standards, and its path for cards without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WellKnownFile {
    /// Short identifier, in the directory the file is in.
    pub sfi: Sfi,
    /// Path to select it by.
    pub path: Path,
}

impl WellKnownFile {
    /// EF ICCID, the card's serial number (102 221 §13.2).
    pub const ICCID: Self = Self { sfi: Sfi(0x02), path: Self::in_mf([0x2F, 0xE2]) };
    /// EF DIR, the list of applications (102 221 §13.1).
    pub const DIR: Self = Self { sfi: Sfi(0x1E), path: Self::in_mf([0x2F, 0x00]) };
    /// EF ODF of a PKCS#15 application (ISO 7816-15 §7.2).
    pub const ODF: Self = Self { sfi: Sfi(0x11), path: Path::of(FileId::new(0x5031)) };

    const fn in_mf([high, low]: [u8; 2]) -> Path {
        let mut bytes = [0; Path::MAX_LEN];
        let [mf_high, mf_low] = FileId::MASTER_FILE.0;
        bytes[0] = mf_high;
        bytes[1] = mf_low;
        bytes[2] = high;
        bytes[3] = low;
        Path { bytes, length: 4 }
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_take_one_to_eight_identifiers() {
        for wrong in [0, 1, 3, 15, 17, 18] {
            assert_eq!(Path::from_bytes(&vec![0x11; wrong]), None, "{wrong} bytes");
        }
        let path = Path::from_bytes(&[0x3F, 0x00, 0x7F, 0x50, 0x64, 0x30]).unwrap();
        assert_eq!(path.file(), FileId::new(0x6430));
        assert_eq!(path.from_mf(), Some(&[0x7F, 0x50, 0x64, 0x30][..]));
        assert_eq!(path.single(), None);
        assert_eq!(path.to_string(), "3F007F506430");
        assert_eq!(Path::of(FileId::MASTER_FILE).from_mf(), None, "the MF itself goes by id");
    }

    #[test]
    fn short_identifiers_are_1_to_30() {
        assert!([0, 31, 255].iter().all(|&n| Sfi::new(n).is_none()));
        assert_eq!(Sfi::new(30).map(Sfi::to_u8), Some(30));
    }

    #[test]
    fn well_known_files_have_their_paths() {
        assert_eq!(WellKnownFile::ICCID.path.to_string(), "3F002FE2");
        assert_eq!(WellKnownFile::DIR.path.to_string(), "3F002F00");
        assert_eq!(WellKnownFile::ODF.path.to_string(), "5031");
    }
}
