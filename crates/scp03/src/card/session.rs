// SPDX-License-Identifier: Apache-2.0
//! From INITIALIZE UPDATE to an open session, and what the session does to commands and responses.

use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::config::Level;
use super::crypto::{BLOCK, Block, Derived, Key};
use super::frame::{Frame, Messaging};
use super::keys::Slot;
use super::{CardChallenge, CardConfig, CardKeySet, CardQuirks, SecurityDomain, status};

/// The most data bytes of a short response.
pub(super) const MAX_RESPONSE: usize = 256;

const SCP03: u8 = 0x03;

/// A session that INITIALIZE UPDATE began and EXTERNAL AUTHENTICATE may open.
#[derive(Debug, Clone)]
pub(super) struct Initiation {
    keys: SessionKeys,
    host_cryptogram: Block,
    key_version: u8,
    channel: Option<u8>,
    /// The sequence counter in a pseudo-random challenge.
    sequence_counter: Option<u32>,
}

impl Initiation {
    /// INITIALIZE UPDATE (Amendment D §7.1.1): the response, with its status word.
    pub(super) fn start(
        domain: &SecurityDomain,
        apdu: &[u8],
        aid: &[u8],
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(Self, Vec<u8>), u16> {
        let config = domain.config();
        let frame = Frame::from_bytes(apdu).ok_or(status::WRONG_LENGTH)?;
        let (host_challenge, length) = (frame.data, config.variant.length());
        if host_challenge.len() != length {
            return Err(status::WRONG_LENGTH);
        }
        if frame.p2 != 0 {
            return Err(status::WRONG_PARAMETERS);
        }
        let slot = domain.slot(frame.p1).ok_or_else(|| unknown_key_set(config))?;
        slot.check_attempts()?;
        let (card_challenge, sequence_counter) = card_challenge(config, slot, aid, random)?;
        let card_challenge = front(&card_challenge, length);
        let context = [host_challenge, card_challenge];
        let keys = SessionKeys::derive(&slot.keys, &context);
        let cryptogram = |derived| keys.mac.derive_block(derived, config.variant.bits(), &context);
        let host_cryptogram = cryptogram(Derived::HostCryptogram);
        let card_cryptogram = cryptogram(Derived::CardCryptogram);

        let quirks = config.quirks;
        let mut response = Vec::from(config.diversification_data);
        response.push(quirks.reported_key_version.unwrap_or(slot.version()));
        response.push(SCP03);
        response.push(quirks.reported_parameter.unwrap_or(config.parameter()));
        response.extend(card_challenge);
        response.extend(front(&card_cryptogram, length));
        if config.reports_sequence_counter() {
            response.extend(sequence_bytes(slot.next_session().unwrap_or_default()));
        }
        let initiation = Self {
            keys,
            host_cryptogram,
            key_version: slot.version(),
            channel: frame.class.channel(),
            sequence_counter,
        };
        Ok((initiation, status::response(&response, status::SUCCESS)))
    }

    /// EXTERNAL AUTHENTICATE (Amendment D §7.1.2): the open session.
    pub(super) fn authenticate(
        self,
        domain: &mut SecurityDomain,
        apdu: &[u8],
    ) -> Result<Session, u16> {
        let config = domain.config();
        let (length, quirks) = (config.variant.length(), config.quirks);
        let frame = Frame::from_bytes(apdu).ok_or(status::WRONG_LENGTH)?;
        check_messaging(&frame, self.channel)?;
        let level = Level::from_byte(frame.p1)
            .filter(|level| frame.p2 == 0 && config.supports(*level))
            .ok_or(status::WRONG_PARAMETERS)?;
        if frame.data.len() != 2 * length {
            return Err(status::WRONG_LENGTH);
        }
        let unknown = unknown_key_set(config);
        let slot = domain.slot_mut(self.key_version).ok_or(unknown)?;
        slot.check_attempts()?;
        // Another channel opened a session with this counter: the challenge is no longer new.
        if self.sequence_counter.is_some() && self.sequence_counter != slot.next_session() {
            return Err(status::CONDITIONS);
        }
        let mut session = Session {
            keys: self.keys,
            level,
            length,
            channel: self.channel,
            chaining: [0; BLOCK],
            counter: 0,
            quirks,
        };
        let cryptogram = frame.data.get(..length).unwrap_or_default();
        let result = if bool::from(front(&self.host_cryptogram, length).ct_eq(cryptogram)) {
            session.check_mac(&frame).map(drop)
        } else {
            Err(status::AUTHENTICATION_FAILED)
        };
        match result {
            Ok(()) => slot.record_session(),
            Err(_) => slot.record_failure(),
        }
        result.map(|()| session)
    }
}

/// S-ENC, S-MAC and S-RMAC.
#[derive(Debug, Clone)]
struct SessionKeys {
    encryption: Key,
    mac: Key,
    response_mac: Key,
}

impl SessionKeys {
    /// Amendment D §6.2.1; the context is host challenge and card challenge.
    fn derive(keys: &CardKeySet, context: &[&[u8]]) -> Self {
        Self {
            encryption: keys.encryption.derive_key(Derived::EncryptionKey, context),
            mac: keys.mac.derive_key(Derived::MacKey, context),
            response_mac: keys.mac.derive_key(Derived::ResponseMacKey, context),
        }
    }
}

/// An open session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    keys: SessionKeys,
    level: Level,
    /// Bytes of a MAC on the wire.
    length: usize,
    channel: Option<u8>,
    /// The MAC chaining value: the whole C-MAC of the last command (Amendment D §6.2.3).
    chaining: Block,
    /// The encryption counter (Amendment D §6.2.6).
    counter: u128,
    quirks: CardQuirks,
}

impl Session {
    pub(super) const fn level(&self) -> u8 {
        self.level.to_byte()
    }

    /// Checks and removes the protection of a command (Amendment D §6.2.4, §6.2.6). After an
    /// error the session must not go on.
    pub(super) fn unwrap(&mut self, apdu: &[u8]) -> Result<Vec<u8>, u16> {
        let frame = Frame::from_bytes(apdu).ok_or(status::WRONG_LENGTH)?;
        check_messaging(&frame, self.channel)?;
        let body = self.check_mac(&frame)?;
        if !(self.quirks.counter_counts_data_only && body.is_empty()) {
            self.counter += 1;
        }
        if body.is_empty() || !self.level.has_command_encryption() {
            return Ok(frame.plain(body));
        }
        let initial = self.keys.encryption.encrypt_block(self.counter_block(0x00));
        let plain = self.keys.encryption.decrypt(initial, body);
        Ok(frame.plain(&plain.ok_or(status::SECURE_MESSAGING)?))
    }

    /// Protects a response (Amendment D §6.2.5, §6.2.7).
    pub(super) fn wrap(&self, data: &[u8], status: u16) -> Vec<u8> {
        if !self.level.has_response_mac() {
            return status::response(data, status);
        }
        let bare =
            self.quirks.bare_success_without_data && data.is_empty() && status == status::SUCCESS;
        if bare || !self.protects(status) {
            return status::response(&[], status);
        }
        let encrypted;
        let body = if self.level.has_response_encryption() && !data.is_empty() {
            let initial = self.keys.encryption.encrypt_block(self.counter_block(0x80));
            encrypted = self.keys.encryption.encrypt(initial, data);
            &encrypted[..]
        } else {
            data
        };
        if body.len() + self.length > MAX_RESPONSE {
            return status::response(&[], status::WRONG_LENGTH);
        }
        let mac = self.keys.response_mac.cmac(&[&self.chaining, body, &status.to_be_bytes()]);
        status::response(&[body, front(&mac, self.length)].concat(), status)
    }

    /// The most data bytes that [`wrap`](Self::wrap) has room for.
    pub(super) const fn max_response_data(&self) -> usize {
        let room = MAX_RESPONSE - self.length;
        if self.level.has_response_encryption() {
            // Padding takes at least one byte.
            room / BLOCK * BLOCK - 1
        } else if self.level.has_response_mac() {
            room
        } else {
            MAX_RESPONSE
        }
    }

    /// Checks the C-MAC, which becomes the next chaining value: the data field without it.
    fn check_mac<'a>(&mut self, frame: &Frame<'a>) -> Result<&'a [u8], u16> {
        let (body, mac) = frame
            .data
            .len()
            .checked_sub(self.length)
            .and_then(|end| frame.data.split_at_checked(end))
            .ok_or(status::SECURE_MESSAGING)?;
        let expected = self.keys.mac.cmac(&[&self.chaining, &frame.mac_header(), body]);
        if bool::from(front(&expected, self.length).ct_eq(mac)) {
            self.chaining = expected;
            Ok(body)
        } else {
            Err(status::SECURE_MESSAGING)
        }
    }

    /// The encryption counter as a block, its first byte telling commands from responses.
    fn counter_block(&self, direction: u8) -> Block {
        let mut block = self.counter.to_be_bytes();
        block[0] = direction;
        block
    }

    fn protects(&self, status: u16) -> bool {
        let [sw1, _] = status.to_be_bytes();
        match sw1 {
            0x62 | 0x63 => true,
            0x91 | 0x92 => !self.quirks.bare_proactive_status,
            _ => status == status::SUCCESS,
        }
    }
}

/// The card challenge at the front of a block, and the sequence counter in it (Amendment D
/// §6.2.2.1).
fn card_challenge(
    config: &CardConfig,
    slot: &Slot,
    aid: &[u8],
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<(Block, Option<u32>), u16> {
    match config.card_challenge {
        CardChallenge::Random => {
            let mut challenge = [0; BLOCK];
            let length = config.variant.length();
            random(challenge.get_mut(..length).unwrap_or_default());
            Ok((challenge, None))
        }
        CardChallenge::PseudoRandom => {
            let counter = slot.next_session().ok_or(status::CONDITIONS)?;
            let context = [&sequence_bytes(counter)[..], aid];
            let key = &slot.keys.encryption;
            let bits = config.variant.bits();
            let challenge = key.derive_block(Derived::CardChallenge, bits, &context);
            Ok((challenge, Some(counter)))
        }
    }
}

/// A session lives on the logical channel it was begun on, and with GlobalPlatform's secure
/// messaging.
fn check_messaging(frame: &Frame<'_>, channel: Option<u8>) -> Result<(), u16> {
    match frame.class.messaging() {
        _ if frame.class.channel() != channel => Err(status::CHANNEL_NOT_SUPPORTED),
        Messaging::GlobalPlatform => Ok(()),
        Messaging::None => Err(status::SECURITY_STATUS),
        Messaging::DataObjects => Err(status::SECURE_MESSAGING_NOT_SUPPORTED),
    }
}

const fn unknown_key_set(config: &CardConfig) -> u16 {
    if config.quirks.unknown_key_set_denied {
        status::SECURITY_STATUS
    } else {
        status::REFERENCE_NOT_FOUND
    }
}

fn sequence_bytes(counter: u32) -> [u8; 3] {
    let [_, high, middle, low] = counter.to_be_bytes();
    [high, middle, low]
}

fn front(block: &Block, length: usize) -> &[u8] {
    block.get(..length).unwrap_or_default()
}
