// SPDX-License-Identifier: Apache-2.0
//! The card's half of SCP03, for a card in software.
//!
//! It is written from GlobalPlatform Amendment D alone and shares AES and CMAC with the host's
//! half, nothing above them, so that the two check each other.
//!
//! A [`SecurityDomain`] is what the card keeps: key sets, their sequence counters and failed
//! attempts, and how this card behaves ([`CardConfig`], [`CardQuirks`]). Each logical channel has
//! one [`CardSecureChannel`]. The card gives it every command of that channel and sends what it
//! says, or carries out the plain command and lets it protect the response:
//!
//! ```
//! use simstrap_scp03::card::{
//!     CardConfig, CardKeySet, CardSecureChannel, Received, SecurityDomain,
//! };
//!
//! let keys = CardKeySet::new(0x30, &[0x11; 16], &[0x22; 16], &[0x33; 16])?;
//! let mut domain = SecurityDomain::new(CardConfig::default(), vec![keys]);
//! let mut channel = CardSecureChannel::new();
//!
//! let selected = [0xA0, 0x00, 0x00, 0x00, 0x63];
//! let command = [0x00, 0xB0, 0x00, 0x00, 0x10];
//! let random = &mut |bytes: &mut [u8]| bytes.fill(0x5A);
//! let response = match channel.receive(&mut domain, &command, &selected, random) {
//!     Received::Answer(response) => response,
//!     Received::Command(plain) => {
//!         assert_eq!(plain, command, "no session is open");
//!         channel.respond(b"content", 0x9000)
//!     }
//! };
//! assert_eq!(response, b"content\x90\x00");
//! # Ok::<(), simstrap_scp03::card::CardKeyError>(())
//! ```
//!
//! What belongs to the card's operating system never comes here: GET RESPONSE (the protected
//! response is what gets cut into pieces), MANAGE CHANNEL, and SELECT by AID. After the latter two
//! it calls [`CardSecureChannel::terminate`], as after a reset.
//!
//! Short lengths only. Security level `00`, BEGIN R-MAC SESSION and END R-MAC SESSION, which are
//! optional, are not supported.

mod config;
mod crypto;
mod frame;
mod keys;
mod session;
mod status;
#[cfg(test)]
mod tests;

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, mem};

pub use config::{
    CardChallenge, CardConfig, CardQuirks, ResponseProtection, SequenceCounterField, Variant,
};
pub use keys::{CardKeyError, CardKeySet, SecurityDomain, StaticKey};

use frame::{Header, Messaging};
use session::{Initiation, Session};

/// What became of a command.
///
/// `Debug` shows the header of a command and the status word of an answer, never their data.
#[derive(Clone, PartialEq, Eq)]
pub enum Received {
    /// The whole response: send it.
    Answer(Vec<u8>),
    /// A command without secure messaging, its class byte naming the channel, with the Le it came
    /// with: carry it out and give the result to [`CardSecureChannel::respond`]. While a session
    /// is open, it was protected as the session demands.
    Command(Vec<u8>),
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, shown, length) = match self {
            Self::Answer(response) => {
                ("Answer", response.last_chunk::<2>().map(|s| &s[..]), response.len())
            }
            Self::Command(apdu) => ("Command", apdu.first_chunk::<4>().map(|h| &h[..]), apdu.len()),
        };
        write!(f, "{name}({:02X?}, {length} bytes)", shown.unwrap_or_default())
    }
}

/// The secure channel of one logical channel.
#[derive(Debug, Clone, Default)]
pub struct CardSecureChannel {
    state: State,
}

#[derive(Debug, Clone, Default)]
enum State {
    #[default]
    Idle,
    Initiated(Box<Initiation>),
    Open(Box<Session>),
    /// Ended by an error, but not yet terminated (Amendment D §5.6).
    Aborted,
}

impl CardSecureChannel {
    /// A channel without a session.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Idle }
    }

    /// Takes one raw command of this logical channel.
    ///
    /// `aid` names the selected application and goes into a pseudo-random card challenge; `random`
    /// fills a random one.
    ///
    /// By the rules of Amendment D §5.6, in an open session every command must be protected as
    /// the session demands, whatever its class byte says: one that is not is refused (`69 82`
    /// without secure messaging, `69 88` with a wrong C-MAC, `67 00` when malformed, `68 81` from
    /// another logical channel, `68 82` with another kind of secure messaging) and the session is
    /// aborted. From then on every command gets `69 85`, until INITIALIZE UPDATE or
    /// [`terminate`](Self::terminate).
    pub fn receive(
        &mut self,
        domain: &mut SecurityDomain,
        apdu: &[u8],
        aid: &[u8],
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Received {
        let header = Header::from_bytes(apdu);
        let state = mem::take(&mut self.state);
        if header.is_some_and(Header::is_initialize_update) {
            return match Initiation::start(domain, apdu, aid, random) {
                Ok((initiation, response)) => {
                    self.state = State::Initiated(Box::new(initiation));
                    Received::Answer(response)
                }
                Err(status) => status::answer(status),
            };
        }
        match state {
            State::Initiated(initiation)
                if header.is_some_and(Header::is_external_authenticate) =>
            {
                match initiation.authenticate(domain, apdu) {
                    Ok(session) => {
                        self.state = State::Open(Box::new(session));
                        status::answer(status::SUCCESS)
                    }
                    Err(status) => status::answer(status),
                }
            }
            state @ (State::Idle | State::Initiated(_)) => {
                self.state = state;
                receive_unprotected(header, apdu)
            }
            State::Open(session) => self.receive_protected(session, apdu),
            State::Aborted => {
                self.state = State::Aborted;
                status::answer(status::CONDITIONS)
            }
        }
    }

    /// Protects the response to the last [`Received::Command`] as the session demands: the bytes
    /// to send.
    ///
    /// `status` is the final one, never `61 xx`. In a session with R-MAC, `90 00`, `62 xx` and
    /// `63 xx`, and on a UICC `91 xx` and `92 xx`, are protected; with any other the data is
    /// dropped and the status word goes out bare (Amendment D §6.2.5). Data that would not fit
    /// 256 bytes together with its protection becomes `67 00`, since the specification is silent
    /// and a shortened answer would look like the end of a file; the session goes on.
    #[must_use]
    pub fn respond(&self, data: &[u8], status: u16) -> Vec<u8> {
        match &self.state {
            State::Open(session) => session.wrap(data, status),
            _ => status::response(data, status),
        }
    }

    /// Ends whatever session there is: the card was reset, another application was selected, or
    /// the logical channel was closed (Amendment D §5.6).
    pub fn terminate(&mut self) {
        self.state = State::Idle;
    }

    /// The security level of the open session as EXTERNAL AUTHENTICATE gave it, `None` without
    /// one.
    #[must_use]
    pub fn security_level(&self) -> Option<u8> {
        match &self.state {
            State::Open(session) => Some(session.level()),
            _ => None,
        }
    }

    /// The most data bytes that a response can have together with its protection: what a card
    /// reads when it does not know the expected length, as over T=0.
    #[must_use]
    pub fn max_response_data(&self) -> usize {
        match &self.state {
            State::Open(session) => session.max_response_data(),
            _ => session::MAX_RESPONSE,
        }
    }

    fn receive_protected(&mut self, mut session: Box<Session>, apdu: &[u8]) -> Received {
        match session.unwrap(apdu) {
            Ok(plain) => {
                self.state = State::Open(session);
                if Header::from_bytes(&plain).is_some_and(Header::is_external_authenticate) {
                    status::answer(status::CONDITIONS)
                } else {
                    Received::Command(plain)
                }
            }
            Err(status) => {
                self.state = State::Aborted;
                status::answer(status)
            }
        }
    }
}

/// A command without a session: not ours, unless it asks for one.
fn receive_unprotected(header: Option<Header>, apdu: &[u8]) -> Received {
    let asks_for_session = header.is_some_and(|header| {
        header.is_external_authenticate() || header.class.messaging() == Messaging::GlobalPlatform
    });
    if asks_for_session {
        status::answer(status::CONDITIONS)
    } else {
        Received::Command(apdu.to_vec())
    }
}
