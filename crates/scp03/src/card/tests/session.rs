// SPDX-License-Identifier: Apache-2.0
//! Commands and responses of an open session.

use super::host::class;
use super::*;

#[test]
fn whole_sessions_at_every_level() {
    for key_length in KEY_LENGTHS {
        for variant in VARIANTS {
            for card_challenge in CHALLENGES {
                for level in LEVELS {
                    for channel in [0, 1, 3, 4, 19] {
                        let config = CardConfig { card_challenge, ..config(variant) };
                        whole_session(Pair::with_keys(config, key_length), level, channel);
                    }
                }
            }
        }
    }
}

fn whole_session(mut pair: Pair, level: u8, channel: u8) {
    let apdu = pair.host.initialize_update(channel, KEY_VERSION);
    let (response, _) = pair.answer(&apdu);
    let apdu = pair.host.external_authenticate(channel, level, &response);
    assert_eq!(pair.refusal(&apdu), 0x9000);
    let (own, gp) = (class(0x00, channel), class(0x80, channel));
    let commands: [&[u8]; 5] = [
        &[own, 0xA4, 0x00, 0x04, 0x02, 0x64, 0x32, 0x00],
        &[own, 0xB0, 0x00, 0x00, 0x7E],
        &[gp, 0xF2, 0x00, 0x0C],
        &[own, 0xD6, 0x00, 0x00, 0x03, 0x01, 0x02, 0x03],
        &[own, 0xB0, 0x80, 0x00, 0x00],
    ];
    for (plain, length) in commands.into_iter().zip([48, 126, 0, 0, 200]) {
        let data: Vec<u8> = (0..length).collect();
        assert_eq!(pair.exchange(plain, &data, 0x9000), (data, 0x9000));
    }
}

#[test]
fn success_and_warnings_are_protected_and_errors_bare() {
    for level in [0x11, 0x13, 0x33] {
        for variant in VARIANTS {
            let mut pair = Pair::open(config(variant), level);
            for status in [0x9000, 0x6282, 0x6283, 0x63C2, 0x6300, 0x910F, 0x9200] {
                assert_eq!(
                    pair.exchange(&READ_BINARY, b"data", status),
                    (b"data".to_vec(), status)
                );
                let empty = pair.respond(&READ_BINARY, &[], status);
                assert_eq!(empty.len(), variant.length() + 2);
                assert_eq!(pair.host.unwrap(&empty), (vec![], status));
            }
            for status in [0x6982, 0x6A82, 0x6B00, 0x6700, 0x6F00, 0x9300, 0x6C10] {
                let response = pair.respond(&READ_BINARY, b"data", status);
                assert_eq!(response, status.to_be_bytes());
            }
        }
    }
}

#[test]
fn responses_without_r_mac_stay_as_they_are() {
    for level in [0x01, 0x03] {
        let mut pair = Pair::open(CardConfig::default(), level);
        for (data, status) in [(&b"data"[..], 0x9000), (b"", 0x9000), (b"x", 0x6A82)] {
            let response = pair.respond(&READ_BINARY, data, status);
            assert_eq!(split(&response), (data.to_vec(), status));
        }
        assert_eq!(pair.channel.max_response_data(), 256);
        let full = [0x5A; 256];
        assert_eq!(pair.exchange(&READ_BINARY, &full, 0x9000).0, full);
    }
}

#[test]
fn a_response_too_long_for_its_protection_is_an_error_and_the_session_goes_on() {
    use Variant::{S8, S16};
    for (variant, level, most) in [
        (S8, 0x33, 239),
        (S16, 0x33, 239),
        (S8, 0x11, 248),
        (S16, 0x11, 240),
        (S8, 0x13, 248),
        (S16, 0x13, 240),
    ] {
        let mut pair = Pair::open(config(variant), level);
        assert_eq!(pair.channel.max_response_data(), most);
        let data = [0xE7; 256];
        let response = pair.respond(&READ_BINARY, &data[..most + 1], 0x9000);
        assert_eq!(response, [0x67, 0x00]);
        let response = pair.respond(&READ_BINARY, &data[..most], 0x9000);
        assert!(response.len() <= 256 + 2);
        assert_eq!(pair.host.unwrap(&response), (data[..most].to_vec(), 0x9000));
    }
}

#[test]
fn equal_data_is_encrypted_differently_every_time() {
    let mut pair = Pair::open(CardConfig::default(), 0x33);
    let data = [0x11; 32];
    let first = pair.respond(&READ_BINARY, &data, 0x9000);
    let second = pair.respond(&READ_BINARY, &data, 0x9000);
    assert_ne!(first[..32], second[..32]);
    assert_ne!(first[..16], first[16..32]);
}

#[test]
fn a_command_in_the_clear_ends_the_session() {
    for (apdu, expected) in [
        (&READ_BINARY[..], 0x6982),
        (&[0x80, 0xF2, 0x00, 0x0C], 0x6982),
        (&[0x0C, 0xB0, 0x00, 0x00, 0x10], 0x6882),
        (&[0x24, 0xB0, 0x00, 0x00, 0x10], 0x6881),
        (&[0x05, 0xB0, 0x00, 0x00, 0x10], 0x6881),
        (&[0x04, 0xB0, 0x00, 0x00, 0x10], 0x6988),
        (&[0x04, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x01, 0x10], 0x6700),
        (&[0x04], 0x6700),
        (&[], 0x6700),
    ] {
        for level in LEVELS {
            let mut pair = Pair::open(CardConfig::default(), level);
            assert_eq!(pair.refusal(apdu), expected);
            assert!(pair.is_aborted());
        }
    }
}

#[test]
fn an_aborted_session_is_over_only_after_termination_or_a_new_one() {
    let mut pair = Pair::open(CardConfig::default(), 0x33);
    assert_eq!(pair.refusal(&READ_BINARY), 0x6982);
    let wrapped = pair.host.wrap(&READ_BINARY);
    assert_eq!(pair.refusal(&wrapped), 0x6985);
    assert_eq!(pair.refusal(&READ_BINARY), 0x6985);
    assert_eq!(pair.authenticate(0x11), 0x9000);
    assert_eq!(pair.exchange(&READ_BINARY, b"new", 0x9000).0, b"new");

    assert_eq!(pair.refusal(&READ_BINARY), 0x6982);
    pair.channel.terminate();
    let plain = pair.receive(&READ_BINARY);
    assert_eq!(plain, Received::Command(READ_BINARY.to_vec()));
}

#[test]
fn an_attempt_at_a_new_session_ends_the_old_one_even_when_it_fails() {
    let mut pair = Pair::open(CardConfig::default(), 0x33);
    let apdu = pair.host.initialize_update(0, 0x77);
    assert_eq!(pair.refusal(&apdu), 0x6A88);
    let wrapped = pair.host.wrap(&READ_BINARY);
    assert_eq!(pair.refusal(&wrapped), 0x6985);
    assert_eq!(pair.channel.security_level(), None);
}

#[test]
fn data_that_does_not_decrypt_ends_the_session() {
    let mut long = [0x00; 32];
    long[15] = 0x80;
    for blocks in [&[0x00; 16][..], &[0x01; 16], &[0x81; 16], &long] {
        refused(|host| host.encrypt_unpadded(blocks));
    }
    let mut padded = [0x00; 16];
    padded[3] = 0x80;
    refused(|_| vec![0x55; 15]);
    refused(|host| [&host.encrypt_unpadded(&padded)[..], &[0x00]].concat());

    fn refused(data: impl Fn(&mut Host) -> Vec<u8>) {
        let mut pair = Pair::open(CardConfig::default(), 0x33);
        let data = data(&mut pair.host);
        let wrapped = pair.host.finish(&[0x00, 0xD6, 0x00, 0x00], &data, &[]);
        assert_eq!(pair.refusal(&wrapped), 0x6988);
        assert!(pair.is_aborted());
    }
}

#[test]
fn key_check_values_are_those_of_the_recorded_card() {
    let enc: Vec<u8> = (0x00..0x10).collect();
    let mac: Vec<u8> = (0x10..0x20).collect();
    let dek: Vec<u8> = (0x20..0x30).collect();
    let keys = CardKeySet::new(0x30, &enc, &mac, &dek).unwrap();
    let expected = [[0xC3, 0x52, 0x80], [0x01, 0x38, 0x08], [0x84, 0x0D, 0xE5]];
    assert_eq!(keys.check_values(), expected);
}
