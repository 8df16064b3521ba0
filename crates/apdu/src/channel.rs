// SPDX-License-Identifier: Apache-2.0
//! One command, one response: what everything above the transports talks to.

use crate::{Command, QuirkSet, Response, StatusWord, TransportErrorKind};

/// A channel to a card: one command, one response.
///
/// A [`LogicalChannel`](crate::LogicalChannel) is one; a secure channel wraps one and is one
/// itself.
#[allow(async_fn_in_trait, reason = "single-core devices must not be forced to `Send` futures")]
pub trait CardChannel {
    /// What can go wrong.
    type Error: ChannelError;

    /// Sends a command on this channel, whatever channel its class names, and gives the complete
    /// response; continuations (`61 xx`, `6C xx`) are dealt with.
    ///
    /// `buffer` holds the response: the expected data plus two bytes for the status word.
    /// Error status words come back as a response, not as an error; without data, unless the
    /// command is protected: then data that comes with an error is for the secure channel to
    /// judge.
    ///
    /// # Errors
    /// When no complete, valid response arrived.
    async fn exchange<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, Self::Error>;

    /// The most data bytes to ask of one command, at most 256.
    fn max_response_data(&self) -> usize {
        256
    }

    /// The most data bytes to put into one command, at most 255.
    fn max_command_data(&self) -> usize {
        255
    }

    /// What the card did that the standards would not have it do, so far.
    fn quirks(&self) -> QuirkSet {
        QuirkSet::EMPTY
    }
}

impl<C: CardChannel> CardChannel for &mut C {
    type Error = C::Error;

    async fn exchange<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, Self::Error> {
        C::exchange(self, command, buffer).await
    }

    fn max_response_data(&self) -> usize {
        C::max_response_data(self)
    }

    fn max_command_data(&self) -> usize {
        C::max_command_data(self)
    }

    fn quirks(&self) -> QuirkSet {
        C::quirks(self)
    }
}

/// An error of a [`CardChannel`] that generic code can act on.
pub trait ChannelError: core::error::Error + 'static {
    /// Who is to blame.
    fn kind(&self) -> ErrorKind;
}

/// Errors sorted by blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The way to the card failed.
    Transport(TransportErrorKind),
    /// The card refused, with this status word.
    Refused(StatusWord),
    /// The card broke the protocol.
    Protocol,
    /// The other side could not prove who it is, or a message was altered.
    Authentication,
    /// The caller asked for what cannot be done.
    Usage,
}

impl ErrorKind {
    /// Whether it is certain that there is no card.
    #[must_use]
    pub const fn is_no_card(self) -> bool {
        matches!(self, Self::Transport(TransportErrorKind::NoCard))
    }
}
