// SPDX-License-Identifier: Apache-2.0
//! What can go wrong on the way to the card.

use simstrap_scp03::apdu::{TransportError, TransportErrorKind};

/// Why a command got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VirtualCardError {
    /// The card is not in the reader.
    #[error("no card: it was removed")]
    NoCard,
    /// The response does not fit the caller's buffer. The card has carried out the command.
    #[error("the response has {needed} bytes, the buffer {available}")]
    ResponseTooLong {
        /// Bytes of the response.
        needed: usize,
        /// Bytes of the buffer.
        available: usize,
    },
    /// A fault that was injected.
    #[error("injected fault: {kind:?}")]
    Injected {
        /// What it pretends to be.
        kind: TransportErrorKind,
    },
    /// A fault that was injected: there is no answer, however long one waits. Over
    /// [`Transport`](simstrap_scp03::apdu::Transport) the exchange never ends instead.
    #[error("injected fault: the card never answers")]
    NeverAnswers,
}

impl TransportError for VirtualCardError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::NoCard => TransportErrorKind::NoCard,
            Self::ResponseTooLong { .. } => TransportErrorKind::Other,
            Self::Injected { kind } => *kind,
            Self::NeverAnswers => TransportErrorKind::Timeout,
        }
    }
}

/// Why the bootstrap data was not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// It does not fit the file.
    #[error("the data has {length} bytes, the bootstrap file has room for {capacity}")]
    TooLong {
        /// Bytes of the data.
        length: usize,
        /// Bytes there is room for.
        capacity: usize,
    },
}
