// SPDX-License-Identifier: Apache-2.0
//! Host and card prove to each other that they hold the keys (SCP03 §5.2, §6.2.2, §6.2.3,
//! §7.1).

mod card;
mod error;

pub use error::HandshakeError;

use core::borrow::BorrowMut;
use core::fmt;

use subtle::ConstantTimeEq;

use self::card::InitializeUpdateResponse;
use crate::apdu::{Class, Command, ExpectedLength, Instruction, Response, StatusWord};
use crate::challenge::Field;
use crate::crypto::{BLOCK_LEN, Block, Mac};
use crate::derivation::{Purpose, SessionKeys, derive};
use crate::session::Start;
use crate::{
    Achieved, Challenge, CommandCounter, KeyDiversification, KeyVersionNumber, Mode,
    ModePreference, PendingStatus, SecurityLevel, Session, StaticKeys,
};

/// What is needed to open a session.
#[derive(Debug, Clone)]
pub struct Configuration<K = StaticKeys> {
    /// The keys, or what gives them.
    pub keys: K,
    /// Which key set of the card they are.
    pub key_version: KeyVersionNumber,
    /// What the session must protect. A card that cannot is refused.
    pub level: SecurityLevel,
    /// Which lengths to use.
    pub mode: ModePreference,
    /// Which commands the card counts.
    pub counter: CommandCounter,
    /// What its MAC covers while a proactive command is pending.
    pub pending: PendingStatus,
}

impl<K> Configuration<K> {
    /// Keys of the card's first key set, everything protected (`33`), S8 before S16, and a card
    /// that keeps to the specification.
    #[must_use]
    pub const fn new(keys: K) -> Self {
        Self {
            keys,
            key_version: KeyVersionNumber::FIRST,
            level: SecurityLevel::Full,
            mode: ModePreference::Auto,
            counter: CommandCounter::Spec,
            pending: PendingStatus::Protected,
        }
    }
}

/// The beginning: the host has sent nothing, or INITIALIZE UPDATE.
///
/// The steps can be taken in one order only, and each once:
///
/// ```
/// # use simstrap_scp03::{Challenge, Configuration, Handshake, HandshakeError, Session,
/// #     StaticKeys, apdu::Response};
/// fn open(
///     configuration: &Configuration<StaticKeys>,
///     challenge: Challenge,
///     mut send: impl FnMut(apdu::Command<'_>) -> Response<'static>,
/// ) -> Result<Session, HandshakeError> {
///     let handshake = Handshake::new(configuration, challenge);
///     let response = send(handshake.initialize_update());
///     let authenticated = handshake.verify_card(response, None)?;
///     let response = send(authenticated.external_authenticate());
///     authenticated.open(response.status)
/// }
/// # use simstrap_scp03::apdu;
/// ```
///
/// Authenticating to a card before it has proved itself does not compile:
///
/// ```compile_fail,E0599
/// # use simstrap_scp03::{Challenge, Configuration, Handshake, StaticKeys};
/// # fn open(configuration: &Configuration<StaticKeys>, challenge: Challenge) {
/// let handshake = Handshake::new(configuration, challenge);
/// handshake.external_authenticate();
/// # }
/// ```
///
/// Nor does a second try with the same challenge, whatever became of the first:
///
/// ```compile_fail,E0382
/// # use simstrap_scp03::{Challenge, Configuration, Handshake, StaticKeys, apdu::Response};
/// # fn open(configuration: &Configuration<StaticKeys>, challenge: Challenge, response: Response) {
/// let handshake = Handshake::new(configuration, challenge);
/// let first = handshake.verify_card(response, None);
/// let second = handshake.verify_card(response, None);
/// # }
/// ```
///
/// Nor does protecting a command before the card has accepted the host:
///
/// ```compile_fail,E0599
/// # use simstrap_scp03::{CardAuthenticated, apdu::Command};
/// # fn send(authenticated: CardAuthenticated, buffer: &mut [u8]) {
/// authenticated.wrap(&Command::status(), buffer);
/// # }
/// ```
#[derive(Debug)]
pub struct Handshake<'a, K> {
    configuration: &'a Configuration<K>,
    host_challenge: Challenge,
}

impl<'a, K: KeyDiversification> Handshake<'a, K> {
    /// Begins with a challenge, whose length is the mode.
    #[must_use]
    pub const fn new(configuration: &'a Configuration<K>, host_challenge: Challenge) -> Self {
        Self { configuration, host_challenge }
    }

    /// INITIALIZE UPDATE, to be sent to the selected application (SCP03 §7.1.1).
    #[must_use]
    pub fn initialize_update(&self) -> Command<'_> {
        Command {
            class: Class::PROPRIETARY,
            instruction: Instruction::INITIALIZE_UPDATE,
            p1: self.configuration.key_version.to_u8(),
            p2: 0x00,
            data: self.host_challenge.as_bytes(),
            expected: Some(ExpectedLength::MAX_SHORT),
        }
    }

    /// Checks that the card holds the keys, from its response to INITIALIZE UPDATE.
    ///
    /// `aid` is the whole AID of the selected application, where it is known. With it a
    /// challenge that the card computes from its sequence counter is computed too, and compared.
    ///
    /// # Errors
    /// [`HandshakeError`] when the card refused, broke the protocol, offers less than the
    /// configuration demands, or could not prove that it holds the keys. Nothing must be sent
    /// to it then; a new try needs a new challenge, and somebody to decide on it, because cards
    /// count failures.
    pub fn verify_card(
        self,
        response: Response<'_>,
        aid: Option<&[u8]>,
    ) -> Result<CardAuthenticated, HandshakeError> {
        self.verify_card_in(response, aid)
    }

    /// As [`verify_card`](Self::verify_card), with the session where it is to be kept.
    pub(crate) fn verify_card_in<S: From<Session>>(
        self,
        response: Response<'_>,
        aid: Option<&[u8]>,
    ) -> Result<CardAuthenticated<S>, HandshakeError> {
        let proof = self.prove(response, aid)?;
        let session = self.session(&proof);
        Ok(CardAuthenticated { session, authentication: proof.authentication })
    }

    /// The session of a card that holds the keys. Neither this nor [`prove`](Self::prove) is ever
    /// part of its caller: they take much of the stack, one after the other.
    #[inline(never)]
    fn session<S: From<Session>>(&self, proof: &Proof) -> S {
        let start = Start {
            keys: &proof.keys,
            chaining: proof.authentication.chaining,
            counter: self.configuration.counter,
            pending: self.configuration.pending,
        };
        Session::new(proof.achieved, &start).into()
    }

    /// Compares the card's cryptogram and makes the host's.
    #[inline(never)]
    fn prove(&self, response: Response<'_>, aid: Option<&[u8]>) -> Result<Proof, HandshakeError> {
        if !response.status.is_success() {
            return Err(HandshakeError::Refused {
                during: Instruction::INITIALIZE_UPDATE,
                status: response.status,
            });
        }
        let Self { configuration, host_challenge } = self;
        let card = InitializeUpdateResponse::parse(response.data, host_challenge.mode())?;
        card.check(configuration.key_version, configuration.level)?;
        let keys = configuration.keys.card_keys(&card.diversification_data);
        let keys = keys.ok_or(HandshakeError::NoKeys { key_version: card.key_version })?;
        let mode = host_challenge.mode();
        let mut session_keys = SessionKeys::zeroed(keys.length());
        session_keys.derive(&keys, host_challenge, &card.challenge);
        let mut mac = Mac::new(&session_keys.mac);
        let mut cryptogram = |purpose| {
            let mut cryptogram = Field::zeroed(mode);
            let context = [host_challenge.as_bytes(), card.challenge.as_bytes()];
            derive(&mut mac, purpose, context, cryptogram.as_mut_bytes());
            cryptogram
        };
        let expected = cryptogram(Purpose::CardCryptogram);
        if !bool::from(expected.as_bytes().ct_eq(card.cryptogram)) {
            return Err(HandshakeError::Cryptogram);
        }
        let host_cryptogram = cryptogram(Purpose::HostCryptogram);
        let achieved = Achieved {
            level: configuration.level,
            mode,
            key_version: card.key_version,
            options: card.options,
            diversification_data: card.diversification_data,
            sequence_counter: card.sequence_counter,
            card_challenge: card.check_challenge(&keys, aid)?,
        };
        let authentication =
            Authentication::new(configuration.level, mode, &host_cryptogram, &mut mac);
        Ok(Proof { keys: session_keys, achieved, authentication })
    }
}

/// What follows from the response of a card that holds the keys.
struct Proof {
    keys: SessionKeys,
    achieved: Achieved,
    authentication: Authentication,
}

/// The card has proved that it holds the keys; the host has not yet.
///
/// Only [`Handshake::verify_card`] makes one.
pub struct CardAuthenticated<S = Session> {
    session: S,
    authentication: Authentication,
}

impl<S: BorrowMut<Session>> CardAuthenticated<S> {
    /// EXTERNAL AUTHENTICATE, to be sent to the card (SCP03 §7.1.2).
    #[must_use]
    pub fn external_authenticate(&self) -> Command<'_> {
        Command {
            class: Class::PROPRIETARY.secured(),
            instruction: Instruction::EXTERNAL_AUTHENTICATE,
            p1: self.achieved().level.to_byte(),
            p2: 0x00,
            data: self.authentication.data(),
            expected: None,
        }
    }

    /// What the session will be.
    #[must_use]
    pub fn achieved(&self) -> &Achieved {
        self.session.borrow().achieved()
    }

    /// Opens the session, once the card has answered EXTERNAL AUTHENTICATE with this status.
    ///
    /// # Errors
    /// [`HandshakeError::Refused`] when the card did not accept the host.
    pub fn open(self, status: StatusWord) -> Result<S, HandshakeError> {
        if status.is_success() {
            Ok(self.session)
        } else {
            Err(HandshakeError::Refused { during: Instruction::EXTERNAL_AUTHENTICATE, status })
        }
    }
}

impl<S: BorrowMut<Session>> fmt::Debug for CardAuthenticated<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardAuthenticated")
            .field("achieved", self.achieved())
            .finish_non_exhaustive()
    }
}

/// The data field of EXTERNAL AUTHENTICATE, and the MAC that the next command's chains to.
struct Authentication {
    data: [u8; 2 * BLOCK_LEN],
    length: usize,
    chaining: Block,
}

impl Authentication {
    /// The MAC of EXTERNAL AUTHENTICATE chains to zeros (SCP03 §6.2.3).
    fn new(level: SecurityLevel, mode: Mode, cryptogram: &Field, mac: &mut Mac) -> Self {
        let lc = match mode {
            Mode::S8 => 0x10,
            Mode::S16 => 0x20,
        };
        let header = [
            Class::PROPRIETARY.secured().to_byte(),
            Instruction::EXTERNAL_AUTHENTICATE.0,
            level.to_byte(),
            0x00,
            lc,
        ];
        let proof = cryptogram.as_bytes();
        let chaining = mac.compute(&[&[0; BLOCK_LEN], &header, proof]);
        let mut data = [0; 2 * BLOCK_LEN];
        let shown = proof.iter().chain(chaining.iter().take(proof.len()));
        for (to, from) in data.iter_mut().zip(shown) {
            *to = *from;
        }
        Self { data, length: 2 * proof.len(), chaining }
    }

    fn data(&self) -> &[u8] {
        self.data.get(..self.length).unwrap_or_default()
    }
}
