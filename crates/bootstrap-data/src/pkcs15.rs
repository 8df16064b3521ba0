// SPDX-License-Identifier: Apache-2.0
//! The PKCS#15 directory files that lead to the bootstrap data (PKCS#15 v1.1 §6,
//! ISO 7816-15, LwM2M TS Core App. G.3).
//!
//! ```text
//! EF ODF  ─A7─▶ EF DODF ─bootstrap object─▶ EF LwM2M_Bootstrap
//!         ─A8─▶ EF AODF ─authentication id─▶ PIN reference
//! ```
//!
//! Everything is borrowed; padding (`FF` or `00`) ends a directory.

mod aodf;
mod dodf;
mod node;
mod odf;

pub use aodf::{AuthenticationObject, AuthenticationObjects};
pub use dodf::{DataObject, DataObjects, DataValue, OidEncoding};
pub use odf::{Directories, Directory, DirectoryKind, DirectoryTarget, InlineDirectory};

use node::{Node, Nodes};

/// Application identifier every PKCS#15 application begins with: `A0 00 00 00 63` "PKCS-15".
pub const PKCS15_AID: [u8; 12] = *b"\xA0\x00\x00\x00\x63PKCS-15";

/// Object identifier of the bootstrap data, 2.23.43.9.1 (LwM2M TS Core App. G.3.2).
pub const BOOTSTRAP_OID: [u8; 4] = [0x67, 0x2B, 0x09, 0x01];

/// What is wrong with a directory file, and at which byte of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {kind}")]
pub struct DirectoryError {
    /// What is wrong.
    pub kind: DirectoryErrorKind,
    /// Where, in bytes from the beginning of the file.
    pub offset: usize,
}

/// What is wrong with a directory file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryErrorKind {
    /// A data object runs past the end of the file or of what holds it.
    #[error("the DER object runs past the end")]
    Truncated,
    /// No valid DER.
    #[error("malformed DER")]
    Malformed,
    /// An entry lacks a part it must have.
    #[error("the entry has no {0}")]
    Missing(&'static str),
    /// A path that is empty, odd or longer than any card's.
    #[error("a path of {length} bytes")]
    PathLength {
        /// Its length in bytes.
        length: usize,
    },
    /// An index or length that is no number from 0 to 65535.
    #[error("an index or length outside 0 to 65535")]
    Range,
}

impl DirectoryErrorKind {
    const fn at(self, offset: usize) -> DirectoryError {
        DirectoryError { kind: self, offset }
    }
}

/// A path to a file, and the part of the file that is meant (PKCS#15 §6.1.5, `Path`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePath<'a> {
    /// File identifiers, two bytes each: one in the application, or several from the master file
    /// (`3F00`) or the application (`7FFF`).
    pub path: &'a [u8],
    /// Position of the object in the file, in bytes; 0 when not given.
    pub index: u16,
    /// Length of the object in bytes; to the end of the file when not given.
    pub length: Option<u16>,
    /// Position of the path in the directory file, for errors.
    pub offset: usize,
}

impl<'a> FilePath<'a> {
    const OCTET_STRING: u8 = 0x04;
    const INTEGER: u8 = 0x02;
    const LENGTH: u8 = 0x80;
    /// As many file identifiers as a path from the master file can sensibly have.
    const MAX_LEN: usize = 16;

    fn from_sequence(sequence: &Node<'a>) -> Result<Self, DirectoryError> {
        let mut parts = sequence.children();
        let path = parts
            .next()
            .transpose()?
            .filter(|node| node.tag == Self::OCTET_STRING)
            .ok_or(DirectoryErrorKind::Missing("path").at(sequence.offset))?;
        let length = path.value.len();
        if !(2..=Self::MAX_LEN).contains(&length) || length % 2 != 0 {
            return Err(DirectoryErrorKind::PathLength { length }.at(path.offset));
        }
        let mut found = Self { path: path.value, index: 0, length: None, offset: path.offset };
        for part in parts {
            let part = part?;
            match part.tag {
                Self::INTEGER => found.index = part.number()?,
                Self::LENGTH => found.length = Some(part.number()?),
                _ => {}
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
