// SPDX-License-Identifier: Apache-2.0
//! The card's half against exchanges that were recorded with real cards.
#![cfg(feature = "card")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use serde_json::Value;
use simstrap_scp03::card::{
    CardConfig, CardKeySet, CardSecureChannel, Received, ResponseProtection, SecurityDomain,
};

/// The application the cards of the recording had selected: the ISD-R of an eUICC (SGP.02
/// §2.2.3). With it their pseudo-random challenges come out.
const ISD_R: [u8; 16] = [
    0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
];

#[test]
fn recorded_sessions_byte_for_byte() {
    let vectors: Value =
        serde_json::from_str(include_str!("../testdata/scp03_aes128.json")).unwrap();
    let keys = &vectors["keys"];
    let [version] = *bytes(&keys["kvn"]) else { panic!("one byte") };
    let sessions = vectors["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    for session in sessions {
        let expected = bytes(&session["response"]);
        let counter = expected.last_chunk::<3>().unwrap();
        let key_set = CardKeySet::new(
            version,
            &bytes(&keys["enc"]),
            &bytes(&keys["mac"]),
            &bytes(&keys["dek"]),
        )
        .unwrap();
        let kcv = ["enc", "mac", "dek"].map(|name| bytes(&keys["kcv"][name]));
        assert_eq!(key_set.check_values().map(Vec::from), kcv);
        let opened = u32::from_be_bytes([0, counter[0], counter[1], counter[2]]) - 1;
        let key_sets = vec![key_set.after_sessions(opened)];
        let mut card = Card::new(CardConfig::default(), key_sets, &ISD_R);

        assert_eq!(
            card.answer(&bytes(&session["initialize_update"])),
            [&expected[..], &[0x90, 0x00]].concat()
        );
        let apdu = bytes(&session["external_authenticate"]);
        assert_eq!(card.answer(&apdu), [0x90, 0x00]);
        let level = bytes(&session["level"])[0];
        assert_eq!(card.channel.security_level(), Some(level));

        let commands = session["commands"].as_array().unwrap();
        assert_eq!(commands.len(), 5);
        for (number, command) in commands.iter().enumerate() {
            let plain = Received::Command(bytes(&command["plain"]));
            assert_eq!(card.receive(&bytes(&command["wrapped"])), plain);
            if number == 0 {
                let recorded = &session["first_response"];
                let status = bytes(&recorded["sw"]);
                let wrapped = [bytes(&recorded["wrapped"]), status].concat();
                let data = bytes(&recorded["plain"]);
                assert_eq!(card.channel.respond(&data, 0x9000), wrapped);
            }
        }
    }
}

/// From the log of a card with i = `10` and the keys `40…4F`, in the report on GlobalPlatformPro
/// that made its authors correct the C-MAC of EXTERNAL AUTHENTICATE (issue 98).
#[test]
fn recorded_pseudo_random_challenge_and_card_cryptogram() {
    let issuer_security_domain = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00];
    let config =
        CardConfig { response_protection: ResponseProtection::None, ..CardConfig::default() };
    let key: Vec<u8> = (0x40..0x50).collect();
    let key_sets = vec![CardKeySet::new(0x00, &key, &key, &key).unwrap()];
    let mut card = Card::new(config, key_sets, &issuer_security_domain);
    let response = card.answer(&hex("8050000008C81ED3B6B3DEF55600"));
    assert_eq!(response[10..13], [0x00, 0x03, 0x10]);
    assert_eq!(response[13..21], hex("86C8BD65FA1044EE"));
    assert_eq!(response[21..29], hex("CF4A8EE6E34A4321"));
}

struct Card {
    domain: SecurityDomain,
    channel: CardSecureChannel,
    selected: Vec<u8>,
}

impl Card {
    fn new(config: CardConfig, key_sets: Vec<CardKeySet>, selected: &[u8]) -> Self {
        Self {
            domain: SecurityDomain::new(config, key_sets),
            channel: CardSecureChannel::new(),
            selected: selected.to_vec(),
        }
    }

    fn receive(&mut self, apdu: &[u8]) -> Received {
        let random = &mut |_: &mut [u8]| panic!("the challenge is pseudo-random");
        self.channel.receive(&mut self.domain, apdu, &self.selected, random)
    }

    fn answer(&mut self, apdu: &[u8]) -> Vec<u8> {
        match self.receive(apdu) {
            Received::Answer(response) => response,
            Received::Command(plain) => panic!("let through as {plain:02X?}"),
        }
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    hex(value.as_str().unwrap())
}

fn hex(digits: &str) -> Vec<u8> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { panic!("odd number of digits") };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}
