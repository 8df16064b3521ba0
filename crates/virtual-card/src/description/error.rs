// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a description, and what to write instead.

use std::io;
use std::path::{Path, PathBuf};

use crate::atr::AtrError;
use simstrap_scp03::card::{CardKeyError, StaticKey};

/// Why no card can be made from a description.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The description, or the file with the data, cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The description is longer than one can be.
    #[error("the description is longer than {maximum} bytes: keep large data in a `data_file`")]
    DescriptionTooLarge {
        /// Bytes it may have.
        maximum: usize,
    },
    /// It is not TOML, or a key or value is not one of a description.
    #[error("line {line}{}: {message}", in_key(key.as_deref()))]
    Malformed {
        /// Line, counted from 1.
        line: usize,
        /// The key on that line.
        key: Option<String>,
        /// What is wrong; never shows a secret value.
        message: String,
    },
    /// A number is out of range.
    #[error("`{key}` is {found}: give {minimum} to {maximum}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Its value.
        found: usize,
        /// The least it may be.
        minimum: usize,
        /// The most it may be.
        maximum: usize,
    },
    /// A value that is not made of the right number of decimal digits.
    #[error("`{key}`: give {minimum} to {maximum} decimal digits in quotes")]
    NotDigits {
        /// The key.
        key: &'static str,
        /// The fewest digits.
        minimum: usize,
        /// The most digits.
        maximum: usize,
    },
    /// A value of the wrong length.
    #[error("`{key}` has {found} bytes: give {allowed}")]
    WrongLength {
        /// The key.
        key: &'static str,
        /// Bytes it has.
        found: usize,
        /// How many it may have.
        allowed: &'static str,
    },
    /// The three keys of SCP03 are not of one length.
    #[error("`scp03`: give `enc`, `mac` and `dek` the same length")]
    KeyLengthsDiffer,
    /// The application identifier is not that of a PKCS#15 application.
    #[error("`application.aid`: begin it with A000000063504B43532D3135")]
    NotPkcs15,
    /// The PIN reference is none of a PIN.
    #[error("`pin.reference` is {found:#04x}: give 0x01 to 0x08, 0x11, or 0x81 to 0x88")]
    NotAPinReference {
        /// Its value.
        found: u8,
    },
    /// The answer to reset is none, or not one of this card.
    #[error("`atr`: leave it out, or mend it")]
    Atr(#[source] AtrError),
    /// Neither data nor a file with it.
    #[error("`bootstrap`: give the data, as `data` or as `data_file`")]
    NoData,
    /// Data and a file with data.
    #[error("`bootstrap`: give `data` or `data_file`, not both")]
    TwoSources,
    /// The data does not fit.
    #[error("`bootstrap.size` is {size}, the data has {length} bytes: make `size` larger")]
    DataTooLong {
        /// Bytes of the data.
        length: usize,
        /// Bytes there is room for.
        size: usize,
    },
    /// The file would be larger than a card's can be.
    #[error("`bootstrap`: keep `size` and twice `index` within {maximum} bytes, not {length}")]
    FileTooLarge {
        /// Bytes it would have.
        length: usize,
        /// Bytes it may have.
        maximum: usize,
    },
    /// A file identifier that another file has.
    #[error("`{key}` is {id:#06x}, which another file has: give another one")]
    FileIdTaken {
        /// The key.
        key: &'static str,
        /// The file identifier.
        id: u16,
    },
}

impl DescriptionError {
    pub(super) const fn keys(error: CardKeyError) -> Self {
        let CardKeyError::Length { key, actual: found } = error else {
            return Self::KeyLengthsDiffer;
        };
        let key = match key {
            StaticKey::Encryption => "scp03.enc",
            StaticKey::Mac => "scp03.mac",
            StaticKey::DataEncryption => "scp03.dek",
        };
        Self::WrongLength { key, found, allowed: "16, 24 or 32" }
    }

    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }

    /// Where and what, without the line itself, which may hold a secret.
    pub(super) fn malformed(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count();
        let key = text
            .lines()
            .nth(line)
            .and_then(|content| content.split_once('='))
            .map(|(key, _)| key.trim().to_owned());
        Self::Malformed {
            line: line + 1,
            key: key.filter(|key| is_bare_key(key)),
            message: error.message().to_owned(),
        }
    }
}

fn is_bare_key(key: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !key.is_empty() && key.chars().all(allowed)
}

fn in_key(key: Option<&str>) -> String {
    key.map_or_else(String::new, |key| format!(", `{key}`"))
}
