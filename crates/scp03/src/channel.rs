// SPDX-License-Identifier: Apache-2.0
//! A secure channel over any channel, and a channel itself.

mod error;

pub use error::SecureChannelError;

use core::borrow::BorrowMut;

use zeroize::Zeroizing;

use crate::apdu::{CardChannel, Command, QuirkSet, Response, StatusWord};
use crate::crypto::BLOCK_LEN;
use crate::{
    Achieved, CardAuthenticated, Challenge, Configuration, Handshake, HandshakeError,
    KeyDiversification, Mode, RandomError, Session, SessionEnd,
};

/// 256 plain bytes, their padding and the longest MAC. A card that answers a READ BINARY over
/// T=0 may send more than was asked for, because there the expected length is not sent along
/// with data.
const MAX_PROTECTED_RESPONSE: usize = 256 + BLOCK_LEN + BLOCK_LEN;

/// The longest response to INITIALIZE UPDATE or EXTERNAL AUTHENTICATE, and some room.
const HANDSHAKE_RESPONSE: usize = 64;

/// A channel whose commands and responses are protected.
///
/// SELECT by AID and INITIALIZE UPDATE are refused, for they would end the session on the card:
/// take the channel below by [`into_inner`](Self::into_inner) for them. Any error of the channel
/// below ends the session, and so does dropping the future of an exchange; the channel then
/// answers every command with [`SessionError::Ended`](crate::SessionError::Ended).
///
/// `S` is where the session is kept: here, or where there is a heap in a box, which is moved at less
/// expense.
#[derive(Debug)]
pub struct SecureChannel<C, S = Session> {
    channel: C,
    session: S,
}

type ChannelResult<T, C> = Result<T, SecureChannelError<<C as CardChannel>::Error>>;

impl<C, S: BorrowMut<Session>> SecureChannel<C, S> {
    /// A session that was opened over this channel.
    #[must_use]
    pub const fn new(channel: C, session: S) -> Self {
        Self { channel, session }
    }

    /// What was achieved.
    #[must_use]
    pub fn achieved(&self) -> &Achieved {
        self.session.borrow().achieved()
    }

    /// How the session ended, `None` while it is open.
    #[must_use]
    pub fn end(&self) -> Option<SessionEnd> {
        self.session.borrow().end()
    }

    /// Gives the channel back and forgets the session. On the card it lasts until an application
    /// is selected, the logical channel is closed or the card is reset.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.channel
    }

    /// Takes the session off the channel it was opened over; [`new`](Self::new) puts it back.
    #[must_use]
    pub fn into_parts(self) -> (C, S) {
        (self.channel, self.session)
    }
}

impl<C: CardChannel> SecureChannel<C> {
    /// Opens a session with the application that is selected on `channel`.
    ///
    /// `aid` is the whole AID of that application, where it is known: with it the challenge of
    /// cards that compute theirs is checked. `random` gives the host's challenge;
    /// `os_random` where there is an operating system. To keep the channel whatever happens,
    /// lend it (`&mut channel`).
    ///
    /// # Errors
    /// [`SecureChannelError::Handshake`] when the card refuses, offers less than the
    /// configuration demands, or cannot prove that it holds the keys: nothing is tried again
    /// then. [`SecureChannelError::Channel`] when an exchange fails.
    pub async fn open<K: KeyDiversification>(
        channel: C,
        configuration: &Configuration<K>,
        aid: Option<&[u8]>,
        random: impl FnMut(&mut [u8]) -> Result<(), RandomError>,
    ) -> ChannelResult<Self, C> {
        Self::open_in(channel, configuration, aid, random).await
    }
}

impl<C: CardChannel, S: BorrowMut<Session> + From<Session>> SecureChannel<C, S> {
    /// As [`open`](SecureChannel::open), for a session that is kept elsewhere, such as in a box.
    ///
    /// # Errors
    /// As [`open`](SecureChannel::open).
    pub async fn open_in<K: KeyDiversification>(
        mut channel: C,
        configuration: &Configuration<K>,
        aid: Option<&[u8]>,
        random: impl FnMut(&mut [u8]) -> Result<(), RandomError>,
    ) -> ChannelResult<Self, C> {
        let authenticated: CardAuthenticated<S> =
            initialize(&mut channel, configuration, aid, random).await?;
        let command = authenticated.external_authenticate();
        let during = command.instruction;
        let mut buffer = [0; HANDSHAKE_RESPONSE];
        let result = channel.exchange(&command, &mut buffer).await;
        let status =
            result.map_err(|source| SecureChannelError::Channel { during, source })?.status;
        let session = authenticated.open(status)?;
        Ok(Self { channel, session })
    }
}

/// Checks the card and puts the session where it is kept. Not part of the future, whose stack frame
/// is there during every exchange, because a session is large and moved here.
#[inline(never)]
fn verify_card<S: From<Session>, K: KeyDiversification>(
    handshake: Handshake<'_, K>,
    response: Response<'_>,
    aid: Option<&[u8]>,
) -> Result<CardAuthenticated<S>, HandshakeError> {
    handshake.verify_card_in(response, aid)
}

/// INITIALIZE UPDATE, in S16 too when the card refuses the length of S8.
async fn initialize<C: CardChannel, K: KeyDiversification, S: From<Session>>(
    channel: &mut C,
    configuration: &Configuration<K>,
    aid: Option<&[u8]>,
    mut random: impl FnMut(&mut [u8]) -> Result<(), RandomError>,
) -> ChannelResult<CardAuthenticated<S>, C> {
    let mut mode: Mode = configuration.mode.first();
    loop {
        let challenge = Challenge::random(mode, &mut random)?;
        let handshake = Handshake::new(configuration, challenge);
        let command = handshake.initialize_update();
        let during = command.instruction;
        let mut buffer = [0; HANDSHAKE_RESPONSE];
        let response = channel
            .exchange(&command, &mut buffer)
            .await
            .map_err(|source| SecureChannelError::Channel { during, source })?;
        match configuration.mode.after(mode) {
            Some(other) if response.status == StatusWord::WRONG_LENGTH => mode = other,
            _ => return Ok(verify_card(handshake, response, aid)?),
        }
    }
}

impl<C: CardChannel, S: BorrowMut<Session>> CardChannel for SecureChannel<C, S> {
    type Error = SecureChannelError<C::Error>;

    /// Sends a command protected. The response's data is cut to the expected length.
    async fn exchange<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, Self::Error> {
        let during = command.instruction;
        let refused = |source| SecureChannelError::Session { during, source };
        let mut work = Zeroizing::new([0; MAX_PROTECTED_RESPONSE]);
        let mut received = Zeroizing::new([0; MAX_PROTECTED_RESPONSE + 2]);
        let in_flight = InFlight(self.session.borrow_mut());
        let protected = in_flight.0.wrap(command, work.as_mut_slice());
        let protected = protected.map_err(refused)?;
        let response = self
            .channel
            .exchange(&protected, received.as_mut_slice())
            .await
            .map_err(|source| SecureChannelError::Channel { during, source })?;
        let length = response.data.len();
        let too_long =
            |length, capacity| SecureChannelError::ResponseTooLong { during, length, capacity };
        let data = work.get_mut(..length).ok_or(too_long(length, MAX_PROTECTED_RESPONSE))?;
        data.copy_from_slice(response.data);
        let plain = in_flight.0.unwrap(data, response.status).map_err(refused)?;
        let length = plain.data.len().min(most_expected(command));
        let capacity = buffer.len();
        let target = buffer.get_mut(..length).ok_or(too_long(length, capacity))?;
        for (to, from) in target.iter_mut().zip(plain.data) {
            *to = *from;
        }
        Ok(Response { data: target, status: plain.status })
    }

    fn max_response_data(&self) -> usize {
        let Achieved { level, mode, .. } = *self.achieved();
        level.max_response_data(mode, self.channel.max_response_data())
    }

    fn max_command_data(&self) -> usize {
        let Achieved { level, mode, .. } = *self.achieved();
        level.max_command_data(mode, self.channel.max_command_data())
    }

    fn quirks(&self) -> QuirkSet {
        self.channel.quirks()
    }
}

/// An exchange under way. One that does not come to its end, because the channel fails or the
/// future is dropped, ends the session.
struct InFlight<'a>(&'a mut Session);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.0.is_awaiting_response() {
            self.0.abandon();
        }
    }
}

/// The most data bytes the command asks for; a command that names no length takes what comes.
fn most_expected(command: &Command<'_>) -> usize {
    command.expected.map_or(usize::MAX, |length| length.to_u32() as usize)
}
