// SPDX-License-Identifier: Apache-2.0
//! The channel a reading goes over: in the clear first, protected later.

use alloc::boxed::Box;

use simstrap_scp03::apdu::{CardChannel, Command, QuirkSet, Response};
use simstrap_scp03::{Achieved, SecureChannel, SecureChannelError, Session};

/// A channel, protected or not.
#[derive(Debug)]
pub(super) enum Link<C> {
    Plain(C),
    Secure(SecureChannel<C, Box<Session>>),
}

impl<C> Link<C> {
    /// A channel with the session that was opened over it, if there was one.
    pub(super) fn new(channel: C, session: Option<Box<Session>>) -> Self {
        match session {
            None => Self::Plain(channel),
            Some(session) => Self::Secure(SecureChannel::new(channel, session)),
        }
    }

    /// The session, for [`new`](Self::new).
    pub(super) fn into_session(self) -> Option<Box<Session>> {
        match self {
            Self::Plain(_) => None,
            Self::Secure(channel) => Some(channel.into_parts().1),
        }
    }

    /// What protects it.
    pub(super) fn achieved(&self) -> Option<Achieved> {
        match self {
            Self::Plain(_) => None,
            Self::Secure(channel) => Some(*channel.achieved()),
        }
    }
}

impl<C: CardChannel> CardChannel for Link<C> {
    type Error = SecureChannelError<C::Error>;

    async fn exchange<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, Self::Error> {
        match self {
            Self::Plain(channel) => {
                let during = command.instruction;
                channel
                    .exchange(command, buffer)
                    .await
                    .map_err(|source| SecureChannelError::Channel { during, source })
            }
            Self::Secure(channel) => channel.exchange(command, buffer).await,
        }
    }

    fn max_response_data(&self) -> usize {
        match self {
            Self::Plain(channel) => channel.max_response_data(),
            Self::Secure(channel) => channel.max_response_data(),
        }
    }

    fn max_command_data(&self) -> usize {
        match self {
            Self::Plain(channel) => channel.max_command_data(),
            Self::Secure(channel) => channel.max_command_data(),
        }
    }

    fn quirks(&self) -> QuirkSet {
        match self {
            Self::Plain(channel) => channel.quirks(),
            Self::Secure(channel) => channel.quirks(),
        }
    }
}
