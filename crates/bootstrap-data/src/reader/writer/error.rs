// SPDX-License-Identifier: Apache-2.0
//! Why data could not be written, what is in the file now, and what to do about it.

use core::fmt;

use simstrap_scp03::SecureChannelError;
use simstrap_scp03::apdu::{ChannelError, ErrorKind, FileError, Path, StatusWord};

use crate::reader::error::help_with_pin;
use crate::reader::{ReadError, ReadErrorKind};

/// Why bootstrap data could not be written. `E` is the error of the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// The file was not found, or could not be selected.
    #[error("finding the bootstrap file")]
    Find(#[source] ReadError<E>),
    /// The data stands in a directory file itself, which others rely on.
    #[error("the bootstrap data stands in directory file {directory}, not in a file of its own")]
    InDirectory {
        /// The directory file.
        directory: Path,
    },
    /// The data does not fit the file.
    #[error("the data has {needed} bytes, file {file} has room for {room}")]
    TooLarge {
        /// The file.
        file: Path,
        /// Bytes of the data.
        needed: usize,
        /// Bytes there is room for.
        room: usize,
    },
    /// The administrative PIN could not be verified.
    #[error("verifying the administrative PIN")]
    Pin(#[source] FileError<SecureChannelError<E>>),
    /// A command that writes failed.
    #[error("{state}")]
    Write {
        /// Which, and why.
        source: FileError<SecureChannelError<E>>,
        /// What is in the file now.
        state: FileState,
    },
    /// The data was written, and could not be read back.
    #[error("{}", FileState::New)]
    ReadBack(#[source] FileError<SecureChannelError<E>>),
    /// The file does not hold what was written.
    #[error("file {file} differs from what was written from byte {offset} on")]
    Different {
        /// The file.
        file: Path,
        /// The first byte of the data that differs.
        offset: usize,
    },
}

/// What a file holds after a writing that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileState {
    /// What it held before.
    Unchanged,
    /// No data: it begins with `FF FF FF FF`.
    Void,
    /// What it held before, or no data.
    UnchangedOrVoid,
    /// No data, or the new data.
    VoidOrNew,
    /// The new data, as far as the card told.
    New,
    /// Something else.
    Unknown,
}

impl fmt::Display for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unchanged => "nothing was written: the bootstrap file holds what it held before",
            Self::Void => "writing broke off: the bootstrap file holds no data now",
            Self::UnchangedOrVoid => {
                "writing broke off: the bootstrap file holds what it held before, or no data"
            }
            Self::VoidOrNew => {
                "writing broke off: the bootstrap file holds no data, or all of the new data"
            }
            Self::New => "the new data was written, but not checked",
            Self::Unknown => "writing broke off: what the bootstrap file holds is not known",
        })
    }
}

impl<E> WriteError<E> {
    /// What the file holds now.
    #[must_use]
    pub const fn state(&self) -> FileState {
        match self {
            Self::Find(_) | Self::InDirectory { .. } | Self::TooLarge { .. } | Self::Pin(_) => {
                FileState::Unchanged
            }
            Self::Write { state, .. } => *state,
            Self::ReadBack(_) => FileState::New,
            Self::Different { .. } => FileState::Unknown,
        }
    }
}

impl<E: ChannelError> WriteError<E> {
    /// What it means for what is known of the card.
    #[must_use]
    pub fn kind(&self) -> ReadErrorKind {
        match self {
            Self::Find(error) => error.kind(),
            Self::InDirectory { .. } => ReadErrorKind::NoBootstrapData,
            Self::Pin(source) | Self::Write { source, .. } | Self::ReadBack(source)
                if source.kind().is_no_card() =>
            {
                ReadErrorKind::NoCard
            }
            _ => ReadErrorKind::Unreadable,
        }
    }

    /// What whoever holds the card can do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Find(error) => error.help(),
            Self::InDirectory { .. } => {
                "whoever issued the card has to give it a file for the data"
            }
            Self::TooLarge { .. } => "leave out what the card does not need",
            Self::Pin(error) => help_with_pin(error),
            Self::Write { source, state: FileState::Unchanged }
                if source.kind() == ErrorKind::Refused(StatusWord::SECURITY_STATUS) =>
            {
                "give the administrative PIN (ADM1), or the keys of the secure channel (SCP03)"
            }
            Self::Write { state: FileState::Unchanged, .. } => "try again",
            Self::Write { .. } | Self::Different { .. } => "write again, before the card is used",
            Self::ReadBack(_) => "read the card and compare",
        }
    }
}
