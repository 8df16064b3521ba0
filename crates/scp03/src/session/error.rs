// SPDX-License-Identifier: Apache-2.0
//! What ends a session, and what it refuses.

use core::fmt;

use crate::Mode;
use crate::apdu::{ErrorKind, Instruction, StatusWord};

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEnd {
    /// A response was not what the card protected.
    Altered,
    /// The card did not accept a protected command.
    Rejected,
    /// An exchange failed or was given up half-way: the counters may disagree.
    Interrupted,
    /// There was a response without a command.
    OutOfStep,
}

impl fmt::Display for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Altered => "a response was altered",
            Self::Rejected => "the card did not accept a command",
            Self::Interrupted => "an exchange was interrupted",
            Self::OutOfStep => "there was a response without a command",
        })
    }
}

/// Why a session did not protect a command or did not accept a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The session has ended before.
    #[error("the secure session is over, because {end}; open another")]
    Ended {
        /// How it ended.
        end: SessionEnd,
    },
    /// The response is too short to carry a MAC.
    #[error(
        "the response is not protected: {length} bytes are fewer than the {} of a MAC",
        mode.field_len()
    )]
    Unprotected {
        /// Bytes of the data field.
        length: usize,
        /// The mode of the session.
        mode: Mode,
    },
    /// The MAC of the response is wrong.
    #[error("the MAC of the response is wrong: it was altered, or answers another command")]
    ResponseMac,
    /// The encrypted part of the response is not of whole blocks.
    #[error("the card encrypted {length} bytes, which is not a multiple of 16")]
    CiphertextLength {
        /// Its length in bytes.
        length: usize,
    },
    /// The decrypted response has no padding.
    #[error("the card's encrypted response has no padding: does it count commands otherwise?")]
    Padding,
    /// The status word is none of ISO 7816-4.
    #[error("the card answered {status}, which is no status word")]
    Status {
        /// What stood in its place.
        status: StatusWord,
    },
    /// The card did not accept the protection of the command.
    #[error("the card did not accept the protected command: {status}")]
    Rejected {
        /// Its status word.
        status: StatusWord,
    },
    /// There is no command that the response could answer.
    #[error("a response without a command")]
    NoCommand,
    /// The command's data does not fit together with its protection.
    #[error("{length} bytes of data do not fit a protected command, which holds {max}")]
    CommandTooLong {
        /// Its length in bytes.
        length: usize,
        /// What fits, in bytes.
        max: usize,
    },
    /// The command asks for more than the short form of an APDU can, the only one protected here.
    #[error("{during}: {length} bytes are asked for, a protected command asks for at most 256")]
    ExpectedTooLong {
        /// Which command.
        during: Instruction,
        /// Expected length in bytes.
        length: u32,
    },
    /// The buffer does not hold the protected data.
    #[error("the protected command needs a buffer of {needed} bytes, {available} are there")]
    BufferTooSmall {
        /// Bytes it takes.
        needed: usize,
        /// Bytes the buffer has.
        available: usize,
    },
    /// The command would end the session on the card.
    #[error("{during} would end the secure session; end it first and send the command plain")]
    WouldEnd {
        /// Which command.
        during: Instruction,
    },
    /// The command says that it is protected already.
    #[error("{during}: the command is protected already")]
    AlreadySecured {
        /// Which command.
        during: Instruction,
    },
}

impl SessionError {
    /// Who is to blame.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unprotected { .. }
            | Self::ResponseMac
            | Self::Rejected { .. }
            | Self::Ended { end: SessionEnd::Altered | SessionEnd::Rejected } => {
                ErrorKind::Authentication
            }
            Self::CiphertextLength { .. } | Self::Padding | Self::Status { .. } => {
                ErrorKind::Protocol
            }
            Self::Ended { .. }
            | Self::NoCommand
            | Self::CommandTooLong { .. }
            | Self::ExpectedTooLong { .. }
            | Self::BufferTooSmall { .. }
            | Self::WouldEnd { .. }
            | Self::AlreadySecured { .. } => ErrorKind::Usage,
        }
    }

    /// How the session ends by this error, `None` when it goes on.
    pub(super) const fn ends(&self) -> Option<SessionEnd> {
        match self {
            Self::Ended { end } => Some(*end),
            Self::Unprotected { .. }
            | Self::ResponseMac
            | Self::CiphertextLength { .. }
            | Self::Padding
            | Self::Status { .. } => Some(SessionEnd::Altered),
            Self::Rejected { .. } => Some(SessionEnd::Rejected),
            Self::NoCommand => Some(SessionEnd::OutOfStep),
            Self::CommandTooLong { .. }
            | Self::ExpectedTooLong { .. }
            | Self::BufferTooSmall { .. }
            | Self::WouldEnd { .. }
            | Self::AlreadySecured { .. } => None,
        }
    }
}
