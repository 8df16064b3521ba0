// SPDX-License-Identifier: Apache-2.0
//! Byte for byte: sessions recorded with real cards, and those of a second implementation.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod common;

use common::{bytes, configuration, encode, host_challenge, keys, keys_of, list, reference, text};
use simstrap_scp03::apdu::StatusWord;
use simstrap_scp03::{CardChallenge, Handshake, HandshakeError, KeyPurpose, Mode};

/// The application the recorded sessions were opened with.
const RECORDED_AID: [u8; 16] = [
    0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
];

#[test]
fn key_check_values() {
    let recorded = common::recorded();
    let nested = &recorded["keys"];
    let sets = list(reference(), "keys").iter().map(|set| {
        let expected = ["kcv_enc", "kcv_mac", "kcv_dek"].map(|name| bytes(set, name));
        (keys(set), expected)
    });
    let recorded_values = ["enc", "mac", "dek"].map(|name| bytes(&nested["kcv"], name));
    for (keys, expected) in sets.chain([(keys(nested), recorded_values)]) {
        let values = [KeyPurpose::Enc, KeyPurpose::Mac, KeyPurpose::Dek]
            .map(|purpose| keys.check_value(purpose).to_bytes().to_vec());
        assert_eq!(values, expected);
    }
}

#[test]
fn sessions_of_real_cards() {
    let recorded = common::recorded();
    let sessions = list(&recorded, "sessions");
    assert_eq!(sessions.len(), 3);
    for session in sessions {
        let configuration = configuration(keys(&recorded["keys"]), session);
        let handshake = Handshake::new(&configuration, host_challenge(session));
        assert_eq!(encode(&handshake.initialize_update()), bytes(session, "initialize_update"));
        let response = bytes(session, "response");
        let authenticated =
            handshake.verify_card(common::success(&response), Some(&RECORDED_AID)).unwrap();
        assert_eq!(
            encode(&authenticated.external_authenticate()),
            bytes(session, "external_authenticate")
        );
        let mut open = authenticated.open(StatusWord::SUCCESS).unwrap();
        assert_eq!(open.achieved().card_challenge, CardChallenge::Checked);
        assert_eq!(open.achieved().mode, Mode::S8);
        assert_eq!(open.achieved().options.to_byte(), 0x70);
        assert_eq!(open.achieved().key_version.to_u8(), 0x30);
        for (at, command) in list(session, "commands").iter().enumerate() {
            let wrapped = common::wrap(&mut open, &bytes(command, "plain"));
            assert_eq!(wrapped, bytes(command, "wrapped"), "{command}");
            let answer = if at == 0 {
                let first = &session["first_response"];
                let join = |name| [bytes(first, name), bytes(first, "sw")].concat();
                (join("wrapped"), join("plain"))
            } else {
                // Of the other responses nothing is recorded: errors come bare.
                (vec![0x6A, 0x88], vec![0x6A, 0x88])
            };
            assert_eq!(common::unwrap(&mut open, &answer.0).unwrap(), answer.1);
        }
    }
}

#[test]
fn sessions_of_the_second_implementation() {
    let aid = bytes(reference(), "aid");
    let sessions = common::sessions();
    assert_eq!(sessions.len(), 3 * 2 * 5 * 2 + 6);
    for session in sessions {
        let configuration = configuration(keys_of(session), session);
        let handshake = Handshake::new(&configuration, host_challenge(session));
        assert_eq!(encode(&handshake.initialize_update()), bytes(session, "initialize_update"));
        let response = bytes(session, "response");
        let authenticated = handshake.verify_card(common::success(&response), Some(&aid)).unwrap();
        assert_eq!(
            encode(&authenticated.external_authenticate()),
            bytes(session, "external_authenticate")
        );
        let mut open = authenticated.open(StatusWord::SUCCESS).unwrap();
        let achieved = *open.achieved();
        assert_eq!(achieved.mode.to_string(), text(session, "mode"));
        assert_eq!(achieved.level, common::level(session));
        assert_eq!(achieved.options.to_string(), text(session, "i"));
        let pseudo_random = achieved.options.has_pseudo_random_challenge();
        let expected = if pseudo_random { CardChallenge::Checked } else { CardChallenge::Random };
        assert_eq!(achieved.card_challenge, expected);
        assert_eq!(achieved.sequence_counter.is_some(), pseudo_random);
        for exchange in list(session, "exchanges") {
            let wrapped = common::wrap(&mut open, &bytes(exchange, "plain"));
            assert_eq!(wrapped, bytes(exchange, "wrapped"), "{session}");
            let plain = common::unwrap(&mut open, &bytes(exchange, "protected"));
            assert_eq!(plain.unwrap(), bytes(exchange, "response"), "{exchange}");
        }
    }
}

#[test]
fn a_challenge_of_another_application_is_refused() {
    let recorded = common::recorded();
    let session = &list(&recorded, "sessions")[0];
    let configuration = configuration(keys(&recorded["keys"]), session);
    let response = bytes(session, "response");
    let verify = |aid: Option<&[u8]>| {
        Handshake::new(&configuration, host_challenge(session))
            .verify_card(common::success(&response), aid)
            .map(|authenticated| authenticated.achieved().card_challenge)
    };
    assert_eq!(verify(Some(&RECORDED_AID[..15])), Err(HandshakeError::CardChallenge));
    assert_eq!(verify(None), Ok(CardChallenge::Unchecked));
    assert_eq!(verify(Some(&RECORDED_AID)), Ok(CardChallenge::Checked));
}
