// SPDX-License-Identifier: Apache-2.0
//! Why a reader gave no response of the card, and what to do about it.

use std::io;

use crate::{TransportError, TransportErrorKind};

/// Why a card in a reader could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PcscError {
    /// The PC/SC service does not run.
    #[error("the smart card service of the system does not run")]
    NoService,
    /// There is no reader.
    #[error("there is no card reader")]
    NoReader,
    /// No reader has such a name.
    #[error("no card reader has {name:?} in its name; there are: {}", list(.readers))]
    NoSuchReader {
        /// The part of a name that was asked for.
        name: String,
        /// The readers there are.
        readers: Vec<String>,
    },
    /// Several readers have a card in them.
    #[error("several card readers have a card in them: {}", list(.readers))]
    SeveralReaders {
        /// Those readers.
        readers: Vec<String>,
    },
    /// The reader that was used is there no more.
    #[error("the card reader is gone")]
    ReaderGone,
    /// There is no card.
    #[error("there is no card in the reader")]
    NoCard,
    /// Another program keeps the reader to itself.
    #[error("another program keeps the card reader to itself")]
    HeldExclusively,
    /// The card was reset or taken out and put in again: channels and sessions are gone.
    #[error("the card was reset by another program, or put in anew")]
    CardReset,
    /// The card does not answer to a reset, or speaks no protocol that the reader knows.
    #[error("the card in the reader does not answer")]
    MuteCard,
    /// No answer in time.
    #[error("the card reader gave no answer in time")]
    Timeout,
    /// The response is longer than what was asked for.
    #[error("the response has {length} bytes, more than were asked for")]
    ResponseTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The service or the reader failed.
    #[error("the card reader failed: {0}")]
    Failed(pcsc::Error),
    /// The system gives no thread to talk to the service.
    #[error("the system gives no thread: {0}")]
    Thread(io::ErrorKind),
    /// The thread that talks to the service has ended.
    #[error("the connection to the smart card service has ended")]
    Ended,
}

impl PcscError {
    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NoService => "start it; on Debian: apt install pcscd, systemctl start pcscd",
            Self::NoReader => "connect a card reader, and see whether pcsc_scan shows it",
            Self::NoSuchReader { .. } => "give a part of one of these names",
            Self::SeveralReaders { .. } => "say which one, by a part of its name",
            Self::ReaderGone => "connect the card reader again",
            Self::NoCard => "put a card in",
            Self::HeldExclusively => "end the program that uses the card",
            Self::CardReset => "try again when no other program uses the card",
            Self::MuteCard => "put the card in the right way round, or clean its contacts",
            Self::Timeout => "try again, or give it more time",
            Self::ResponseTooLong { .. } => "this is a mistake of the card or the reader",
            Self::Failed(_) | Self::Ended => "try again, or connect the card reader anew",
            Self::Thread(_) => "end other programs",
        }
    }
}

fn list(readers: &[String]) -> String {
    readers.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

impl TransportError for PcscError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::NoCard => TransportErrorKind::NoCard,
            Self::CardReset => TransportErrorKind::CardReset,
            Self::Timeout => TransportErrorKind::Timeout,
            Self::NoService
            | Self::NoReader
            | Self::NoSuchReader { .. }
            | Self::SeveralReaders { .. }
            | Self::ReaderGone
            | Self::HeldExclusively => TransportErrorKind::Unavailable,
            _ => TransportErrorKind::Other,
        }
    }
}
