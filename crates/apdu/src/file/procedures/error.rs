// SPDX-License-Identifier: Apache-2.0
//! What can go wrong with files, and with which.

use core::fmt;

use crate::{Aid, ChannelError, ErrorKind, FcpError, Path, PinReference, StatusWord};

/// What was being done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Selecting it.
    Select,
    /// Reading it at an offset.
    Read {
        /// Offset in bytes.
        offset: usize,
    },
    /// Reading a record.
    ReadRecord {
        /// Number of the record, from 1.
        record: u8,
    },
    /// Writing it at an offset.
    Update {
        /// Offset in bytes.
        offset: usize,
    },
    /// Verifying a PIN.
    Verify,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select => f.write_str("selecting"),
            Self::Read { offset: 0 } => f.write_str("reading"),
            Self::Read { offset } => write!(f, "reading from byte {offset} of"),
            Self::ReadRecord { record } => write!(f, "reading record {record} of"),
            Self::Update { offset } => write!(f, "writing from byte {offset} of"),
            Self::Verify => f.write_str("verifying the PIN for"),
        }
    }
}

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileName {
    /// A file by its path.
    File(Path),
    /// An application.
    Application(Aid),
    /// None in particular: the card.
    Card,
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {path}"),
            Self::Application(aid) => write!(f, "application {aid}"),
            Self::Card => f.write_str("the card"),
        }
    }
}

/// Why a file could not be selected, read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError<E> {
    /// The exchange with the card failed.
    #[error("{action} {file}")]
    Channel {
        /// What was being done.
        action: Action,
        /// To which file.
        file: FileName,
        /// Why it failed.
        source: E,
    },
    /// The card refused.
    #[error("{action} {file}: the card answered {status}")]
    Refused {
        /// What was being done.
        action: Action,
        /// To which file.
        file: FileName,
        /// The card's status word.
        status: StatusWord,
    },
    /// The answer to SELECT is malformed.
    #[error("selecting {file}: malformed file control parameters")]
    FileControlParameters {
        /// The file.
        file: FileName,
        /// What is wrong with them.
        source: FcpError,
    },
    /// The file has fewer bytes than it must have.
    #[error("{file} has {length} bytes instead of {needed}")]
    ShortFile {
        /// The file.
        file: FileName,
        /// Bytes it has.
        length: usize,
        /// Bytes it needs.
        needed: usize,
    },
    /// The offset is beyond what a command can name, 7FFF.
    #[error("{file}: byte {offset} is beyond the 32,768 that a card command can reach")]
    OffsetTooLarge {
        /// The file.
        file: FileName,
        /// The offset in bytes.
        offset: usize,
    },
    /// The PIN is wrong.
    #[error("{reference} is wrong, {tries_left} tries left")]
    PinWrong {
        /// Which PIN.
        reference: PinReference,
        /// Tries left before it is blocked.
        tries_left: u8,
    },
    /// The PIN is blocked.
    #[error("{reference} is blocked")]
    PinBlocked {
        /// Which PIN.
        reference: PinReference,
    },
    /// One try is left, and it was not to be used.
    #[error("{reference} has {tries_left} try left and was not tried")]
    PinLastTry {
        /// Which PIN.
        reference: PinReference,
        /// Tries left, 0 or 1.
        tries_left: u8,
    },
    /// The card does not tell how many tries are left, so none was made.
    #[error("{reference}: the card does not tell the tries left ({status}), so it was not tried")]
    PinTriesUnknown {
        /// Which PIN.
        reference: PinReference,
        /// The card's answer to the question.
        status: StatusWord,
    },
    /// The PIN was rejected before in this session.
    #[error("{reference} was rejected before and is not tried again")]
    PinRejectedBefore {
        /// Which PIN.
        reference: PinReference,
    },
}

impl<E> FileError<E> {
    /// The status word of a refusal.
    #[must_use]
    pub const fn status(&self) -> Option<StatusWord> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the card may merely not know the short file identifier. Security conditions and
    /// missing records say that it does know the file.
    pub(super) const fn suggests_no_short_id(&self) -> bool {
        let Self::Refused { status, .. } = self else {
            return false;
        };
        !matches!(
            *status,
            StatusWord::SECURITY_STATUS
                | StatusWord::BLOCKED
                | StatusWord::RECORD_NOT_FOUND
                | StatusWord::INCOMPATIBLE_FILE
        )
    }
}

impl<E: ChannelError> ChannelError for FileError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Channel { source, .. } => source.kind(),
            Self::Refused { status, .. } => ErrorKind::Refused(*status),
            Self::PinWrong { .. } => ErrorKind::Refused(StatusWord::SECURITY_STATUS),
            Self::PinBlocked { .. } => ErrorKind::Refused(StatusWord::BLOCKED),
            Self::FileControlParameters { .. } | Self::ShortFile { .. } => ErrorKind::Protocol,
            Self::OffsetTooLarge { .. }
            | Self::PinLastTry { .. }
            | Self::PinTriesUnknown { .. }
            | Self::PinRejectedBefore { .. } => ErrorKind::Usage,
        }
    }
}
