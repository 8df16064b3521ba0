// SPDX-License-Identifier: Apache-2.0
//! The card against a host written for these tests alone.

mod host;
mod opening;
mod properties;
mod quirks;
mod session;

use alloc::{vec, vec::Vec};

use super::{
    CardChallenge, CardConfig, CardKeySet, CardQuirks, CardSecureChannel, Received,
    ResponseProtection, SecurityDomain, SequenceCounterField, StaticKey, Variant,
};
use host::Host;

const AID: [u8; 12] = *b"\xA0\0\0\0cPKCS-15";
const KEY_VERSION: u8 = 0x30;
const LEVELS: [u8; 5] = [0x01, 0x03, 0x11, 0x13, 0x33];
const VARIANTS: [Variant; 2] = [Variant::S8, Variant::S16];
const CHALLENGES: [CardChallenge; 2] = [CardChallenge::Random, CardChallenge::PseudoRandom];
const KEY_LENGTHS: [usize; 3] = [16, 24, 32];
const READ_BINARY: [u8; 5] = [0x00, 0xB0, 0x00, 0x00, 0x10];

/// Keys that look like test data.
fn static_keys(length: usize) -> [Vec<u8>; 3] {
    [0x00, 0x40, 0x80].map(|first| (first..).take(length).collect())
}

fn key_set(version: u8, length: usize) -> CardKeySet {
    let [enc, mac, dek] = static_keys(length);
    CardKeySet::new(version, &enc, &mac, &dek).unwrap()
}

/// One logical channel of a card, and the host at its other end.
struct Pair {
    domain: SecurityDomain,
    channel: CardSecureChannel,
    host: Host,
}

impl Pair {
    fn new(config: CardConfig) -> Self {
        Self::with_keys(config, 16)
    }

    fn with_keys(config: CardConfig, key_length: usize) -> Self {
        let host = Host::new(static_keys(key_length), config.variant.length());
        let domain = SecurityDomain::new(config, vec![key_set(KEY_VERSION, key_length)]);
        let channel = CardSecureChannel::new();
        Self { domain, channel, host }
    }

    /// With a session open at this level.
    fn open(config: CardConfig, level: u8) -> Self {
        let mut pair = Self::new(config);
        assert_eq!(pair.authenticate(level), 0x9000);
        assert_eq!(pair.channel.security_level(), Some(level));
        pair
    }

    fn receive(&mut self, apdu: &[u8]) -> Received {
        let random = &mut |bytes: &mut [u8]| bytes.fill(0xC5);
        self.channel.receive(&mut self.domain, apdu, &AID, random)
    }

    /// The response to a command the channel answers itself.
    fn answer(&mut self, apdu: &[u8]) -> (Vec<u8>, u16) {
        match self.receive(apdu) {
            Received::Answer(response) => split(&response),
            Received::Command(plain) => panic!("let through as {plain:02X?}"),
        }
    }

    /// The status word of such a response, which has no data.
    fn refusal(&mut self, apdu: &[u8]) -> u16 {
        let (data, status) = self.answer(apdu);
        assert!(data.is_empty(), "data with {status:04X}");
        status
    }

    fn initialize_update(&mut self) -> Vec<u8> {
        let apdu = self.host.initialize_update(0, KEY_VERSION);
        let (data, status) = self.answer(&apdu);
        assert_eq!(status, 0x9000);
        data
    }

    fn authenticate(&mut self, level: u8) -> u16 {
        let response = self.initialize_update();
        let apdu = self.host.external_authenticate(0, level, &response);
        self.refusal(&apdu)
    }

    /// Sends a command through the session: what the host reads in the protected response.
    fn exchange(&mut self, plain: &[u8], data: &[u8], status: u16) -> (Vec<u8>, u16) {
        let response = self.respond(plain, data, status);
        self.host.unwrap(&response)
    }

    /// Sends a command through the session: the response on the wire.
    fn respond(&mut self, plain: &[u8], data: &[u8], status: u16) -> Vec<u8> {
        let wrapped = self.host.wrap(plain);
        assert_eq!(self.receive(&wrapped), Received::Command(plain.to_vec()));
        self.channel.respond(data, status)
    }

    /// Whether the session was ended by an error: nothing gets through any more.
    fn is_aborted(&mut self) -> bool {
        self.channel.security_level().is_none() && self.refusal(&READ_BINARY) == 0x6985
    }
}

fn split(response: &[u8]) -> (Vec<u8>, u16) {
    let (data, status) = response.split_last_chunk::<2>().unwrap();
    (data.to_vec(), u16::from_be_bytes(*status))
}

fn config(variant: Variant) -> CardConfig {
    CardConfig { variant, ..CardConfig::default() }
}

fn with_quirks(quirks: CardQuirks) -> CardConfig {
    CardConfig { quirks, ..CardConfig::default() }
}
