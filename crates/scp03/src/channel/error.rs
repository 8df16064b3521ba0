// SPDX-License-Identifier: Apache-2.0
//! Why a secure channel gave no response.

use crate::apdu::{ChannelError, ErrorKind, Instruction};
use crate::{HandshakeError, RandomError, SessionError};

/// Why a secure channel did not open, or gave no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecureChannelError<E> {
    /// The channel below failed. A session that was open has ended.
    #[error("{during}: the exchange failed")]
    Channel {
        /// The command that was sent.
        during: Instruction,
        /// What the channel below says.
        source: E,
    },
    /// Host and card did not come to a session.
    #[error("no secure session with the card")]
    Handshake(#[from] HandshakeError),
    /// The session did not protect the command or did not accept the response.
    #[error("{during}: refused by the secure session")]
    Session {
        /// The command.
        during: Instruction,
        /// Why.
        source: SessionError,
    },
    /// There was no challenge for a new session.
    #[error("no challenge for a secure session")]
    Random(#[from] RandomError),
    /// The card sent more than was asked for. The session goes on.
    #[error("{during}: the card sent {length} bytes, {capacity} were asked for")]
    ResponseTooLong {
        /// The command that was sent.
        during: Instruction,
        /// Plain bytes of the response.
        length: usize,
        /// Bytes there was room for.
        capacity: usize,
    },
}

impl<E: ChannelError> ChannelError for SecureChannelError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Channel { source, .. } => source.kind(),
            Self::Handshake(source) => source.kind(),
            Self::Session { source, .. } => source.kind(),
            Self::Random(_) => ErrorKind::Usage,
            Self::ResponseTooLong { .. } => ErrorKind::Protocol,
        }
    }
}
