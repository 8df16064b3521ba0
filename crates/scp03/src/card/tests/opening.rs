// SPDX-License-Identifier: Apache-2.0
//! INITIALIZE UPDATE and EXTERNAL AUTHENTICATE.

use alloc::{
    format,
    string::{String, ToString},
    vec,
};

use super::host::{class, kdf};
use super::*;
use crate::card::CardKeyError;

#[test]
fn parameter_i_tells_what_the_card_can_do() {
    let parameter = |variant, card_challenge, response_protection| {
        let config =
            CardConfig { variant, card_challenge, response_protection, ..CardConfig::default() };
        let mut pair = Pair::new(config.clone());
        let response = pair.initialize_update();
        assert_eq!(response[11..13], [0x03, config.parameter()]);
        config.parameter()
    };
    use CardChallenge::{PseudoRandom, Random};
    use ResponseProtection::{Mac, MacAndEncryption, None};
    assert_eq!(parameter(Variant::S8, Random, None), 0x00);
    assert_eq!(parameter(Variant::S16, PseudoRandom, None), 0x11);
    assert_eq!(parameter(Variant::S8, Random, Mac), 0x20);
    assert_eq!(parameter(Variant::S8, Random, MacAndEncryption), 0x60);
    assert_eq!(parameter(Variant::S8, PseudoRandom, MacAndEncryption), 0x70);
    assert_eq!(parameter(Variant::S16, Random, MacAndEncryption), 0x61);
}

#[test]
fn initialize_update_response_field_by_field() {
    let mut pair =
        Pair::new(CardConfig { diversification_data: *b"0123456789", ..CardConfig::default() });
    let response = pair.initialize_update();
    assert_eq!(response.len(), 10 + 3 + 8 + 8 + 3);
    assert_eq!(response[..13], *b"0123456789\x30\x03\x70");
    let [enc, ..] = static_keys(16);
    let context = [&[0, 0, 1][..], &AID].concat();
    assert_eq!(response[13..21], kdf(&enc, 0x02, 64, &context));
    assert_eq!(response[29..], [0, 0, 1]);
}

#[test]
fn random_challenge_comes_from_the_random_source_and_has_no_counter() {
    for variant in VARIANTS {
        let mut pair =
            Pair::new(CardConfig { card_challenge: CardChallenge::Random, ..config(variant) });
        let response = pair.initialize_update();
        let length = variant.length();
        assert_eq!(response.len(), 13 + 2 * length);
        assert_eq!(response[13..13 + length], [0xC5; 16][..length]);
    }
}

#[test]
fn challenge_of_the_other_length_is_refused() {
    for (card, other) in [(Variant::S8, 16), (Variant::S16, 8)] {
        let mut pair = Pair::new(config(card));
        pair.host = Host::new(static_keys(16), other);
        let apdu = pair.host.initialize_update(0, KEY_VERSION);
        assert_eq!(pair.refusal(&apdu), 0x6700);
    }
}

#[test]
fn key_version_zero_is_the_first_key_set_and_unknown_ones_are_refused() {
    let config = CardConfig::default();
    let key_sets = vec![key_set(0x21, 16), key_set(0x30, 32)];
    let mut pair = Pair::new(config.clone());
    pair.domain = SecurityDomain::new(config, key_sets);
    for (asked, answered) in [(0x00, 0x21), (0x21, 0x21), (0x30, 0x30)] {
        let apdu = pair.host.initialize_update(0, asked);
        let (response, status) = pair.answer(&apdu);
        assert_eq!((response[10], status), (answered, 0x9000));
    }
    let apdu = pair.host.initialize_update(0, 0x22);
    assert_eq!(pair.refusal(&apdu), 0x6A88);
}

#[test]
fn wrong_second_parameter_is_refused() {
    let mut pair = Pair::new(CardConfig::default());
    let mut apdu = pair.host.initialize_update(0, KEY_VERSION);
    apdu[3] = 0x01;
    assert_eq!(pair.refusal(&apdu), 0x6A86);

    let response = pair.initialize_update();
    let mut apdu = pair.host.external_authenticate(0, 0x33, &response);
    apdu[3] = 0x01;
    assert_eq!(pair.refusal(&apdu), 0x6A86);
}

#[test]
fn levels_the_card_does_not_have_are_refused() {
    use ResponseProtection::{Mac, MacAndEncryption, None};
    let supported: [(_, &[u8]); 3] =
        [(None, &[0x01, 0x03]), (Mac, &[0x01, 0x03, 0x11, 0x13]), (MacAndEncryption, &LEVELS)];
    for (response_protection, supported) in supported {
        for level in 0..=u8::MAX {
            let mut pair = Pair::new(CardConfig { response_protection, ..CardConfig::default() });
            let expected = if supported.contains(&level) { 0x9000 } else { 0x6A86 };
            assert_eq!(pair.authenticate(level), expected, "{level:02X}");
        }
    }
}

#[test]
fn wrong_cryptogram_and_wrong_mac_are_told_apart() {
    for variant in VARIANTS {
        let length = variant.length();
        for (index, expected) in [(5, 0x6300), (5 + length, 0x6988)] {
            let mut pair = Pair::new(config(variant));
            let response = pair.initialize_update();
            let mut apdu = pair.host.external_authenticate(0, 0x33, &response);
            apdu[index] ^= 0x01;
            assert_eq!(pair.refusal(&apdu), expected);
            assert_eq!(pair.channel.security_level(), None);
            apdu[index] ^= 0x01;
            assert_eq!(pair.refusal(&apdu), 0x6985, "one try per INITIALIZE UPDATE");
        }
    }
}

#[test]
fn a_host_with_other_keys_is_not_let_in() {
    let mut pair = Pair::new(CardConfig::default());
    let response = pair.initialize_update();
    let apdu = pair.host.external_authenticate(0, 0x33, &response);
    let mut other = Pair::new(CardConfig::default());
    let [enc, mac, dek] = static_keys(16);
    let keys = CardKeySet::new(KEY_VERSION, &enc, &dek, &mac).unwrap();
    other.domain = SecurityDomain::new(CardConfig::default(), vec![keys]);
    other.initialize_update();
    assert_eq!(other.refusal(&apdu), 0x6300);
}

#[test]
fn external_authenticate_out_of_order_is_refused() {
    let mut pair = Pair::new(CardConfig::default());
    let response = pair.initialize_update();
    let apdu = pair.host.external_authenticate(0, 0x33, &response);
    pair.channel.terminate();
    assert_eq!(pair.refusal(&apdu), 0x6985, "after a reset");

    let mut pair = Pair::open(CardConfig::default(), 0x11);
    let cryptogram = [0x80, 0x82, 0x33, 0x00, 0x01, 0xAA];
    let wrapped = pair.host.wrap(&cryptogram);
    assert_eq!(pair.refusal(&wrapped), 0x6985, "inside a session");
    assert_eq!(pair.exchange(&READ_BINARY, b"on", 0x9000).0, b"on");
}

#[test]
fn external_authenticate_needs_the_right_form() {
    let classes = [(0x80, 0x6982), (0x8C, 0x6882), (0x85, 0x6881)];
    let lengths = [(0x10, 20), (0x08, 13), (0x00, 5)];
    let change_class = classes.map(|(class, expected)| (0, class, 21, expected));
    let change_length = lengths.map(|(length, end)| (4, length, end, 0x6700));
    for (index, byte, end, expected) in change_class.into_iter().chain(change_length) {
        let mut pair = Pair::new(CardConfig::default());
        let response = pair.initialize_update();
        let mut apdu = pair.host.external_authenticate(0, 0x33, &response);
        apdu[index] = byte;
        apdu.truncate(end);
        assert_eq!(pair.refusal(&apdu), expected);
        assert_eq!(pair.channel.security_level(), None);
    }
}

#[test]
fn commands_in_the_clear_pass_until_a_session_is_open() {
    let mut pair = Pair::new(CardConfig::default());
    let commands: [&[u8]; 4] = [&READ_BINARY, &[0x80, 0xF2, 0x00, 0x0C], &[0x00], &[]];
    for _ in 0..2 {
        for apdu in commands {
            assert_eq!(pair.receive(apdu), Received::Command(apdu.to_vec()));
            assert_eq!(pair.channel.respond(&[7], 0x6282), [7, 0x62, 0x82]);
        }
        pair.initialize_update();
    }
    assert_eq!(pair.refusal(&[0x04, 0xB0, 0x00, 0x00, 0x10]), 0x6985);
}

#[test]
fn other_classes_do_not_begin_a_session() {
    let mut pair = Pair::new(CardConfig::default());
    for class in [0x00, 0x90, 0xA0, 0x40, 0xD0] {
        let mut apdu = pair.host.initialize_update(0, KEY_VERSION);
        apdu[0] = class;
        assert_eq!(pair.receive(&apdu), Received::Command(apdu));
    }
}

#[test]
fn failed_attempts_block_a_key_set_across_resets() {
    let config = CardConfig { attempts: Some(3), ..CardConfig::default() };
    let mut pair = Pair::new(config.clone());
    pair.domain = SecurityDomain::new(config, vec![key_set(KEY_VERSION, 16), key_set(0x31, 16)]);
    let fail = |pair: &mut Pair, index: usize| {
        let response = pair.initialize_update();
        let mut apdu = pair.host.external_authenticate(0, 0x33, &response);
        apdu[index] ^= 0x80;
        let status = pair.refusal(&apdu);
        pair.channel.terminate();
        status
    };
    assert_eq!(fail(&mut pair, 6), 0x6300);
    assert_eq!(fail(&mut pair, 14), 0x6988);
    assert_eq!(pair.domain.failed_attempts(KEY_VERSION), Some(2));
    assert_eq!(pair.authenticate(0x33), 0x9000);
    assert_eq!(pair.domain.failed_attempts(KEY_VERSION), Some(0));
    for _ in 0..3 {
        assert_eq!(fail(&mut pair, 6), 0x6300);
    }
    let apdu = pair.host.initialize_update(0, KEY_VERSION);
    assert_eq!(pair.refusal(&apdu), 0x6983);
    let other = pair.host.initialize_update(0, 0x31);
    assert_eq!(pair.answer(&other).1, 0x9000, "the other key set");
}

#[test]
fn attempts_begun_before_the_last_one_failed_are_blocked_too() {
    let mut pair = Pair::new(CardConfig { attempts: Some(1), ..CardConfig::default() });
    let response = pair.initialize_update();
    let apdu = pair.host.external_authenticate(0, 0x33, &response);
    let waiting = core::mem::take(&mut pair.channel);
    pair.initialize_update();
    let mut wrong = apdu.clone();
    wrong[5] ^= 0x01;
    assert_eq!(pair.refusal(&wrong), 0x6300);
    pair.channel = waiting;
    assert_eq!(pair.refusal(&apdu), 0x6983);
}

#[test]
fn sequence_counter_counts_opened_sessions_only() {
    let mut pair = Pair::new(CardConfig::default());
    let counter = |pair: &mut Pair| pair.initialize_update()[29..].to_vec();
    assert_eq!(counter(&mut pair), [0, 0, 1]);
    assert_eq!(counter(&mut pair), [0, 0, 1]);
    assert_eq!(pair.domain.sequence_counter(0), Some(0));
    assert_eq!(pair.authenticate(0x01), 0x9000);
    assert_eq!(pair.domain.sequence_counter(0), Some(1));
    assert_eq!(counter(&mut pair), [0, 0, 2]);
}

#[test]
fn sequence_counter_is_used_up_after_three_bytes() {
    let mut pair = Pair::new(CardConfig::default());
    let keys = key_set(KEY_VERSION, 16).after_sessions(0xFF_FFFE);
    pair.domain = SecurityDomain::new(CardConfig::default(), vec![keys]);
    assert_eq!(pair.authenticate(0x33), 0x9000);
    assert_eq!(pair.domain.sequence_counter(0), Some(0xFF_FFFF));
    let apdu = pair.host.initialize_update(0, KEY_VERSION);
    assert_eq!(pair.refusal(&apdu), 0x6985);
}

#[test]
fn one_counter_value_opens_one_session_on_all_channels() {
    let mut pair = Pair::new(CardConfig::default());
    let mut other = CardSecureChannel::new();
    let response = pair.initialize_update();
    core::mem::swap(&mut pair.channel, &mut other);
    assert_eq!(pair.initialize_update(), response, "the same challenge");
    let apdu = pair.host.external_authenticate(0, 0x33, &response);
    assert_eq!(pair.refusal(&apdu), 0x9000);
    core::mem::swap(&mut pair.channel, &mut other);
    assert_eq!(pair.refusal(&apdu), 0x6985, "the recorded command");
}

#[test]
fn a_session_opens_on_every_channel() {
    for channel in 0..20 {
        let mut pair = Pair::new(CardConfig::default());
        let apdu = pair.host.initialize_update(channel, KEY_VERSION);
        let (response, _) = pair.answer(&apdu);
        let apdu = pair.host.external_authenticate(channel, 0x33, &response);
        assert_eq!(pair.refusal(&apdu), 0x9000);
        for own in [0x00, 0x80] {
            let plain = [class(own, channel), 0xB0, 0x00, 0x00, 0x02];
            assert_eq!(pair.exchange(&plain, b"ok", 0x9000).0, b"ok");
        }
    }
}

#[test]
fn key_sets_have_keys_of_one_length() {
    let new = |enc: usize, mac: usize, dek: usize| {
        CardKeySet::new(1, &vec![1; enc], &vec![2; mac], &vec![3; dek]).err()
    };
    assert_eq!(new(24, 24, 24), None);
    let length = |key, actual| Some(CardKeyError::Length { key, actual });
    assert_eq!(new(15, 16, 16), length(StaticKey::Encryption, 15));
    assert_eq!(new(16, 0, 16), length(StaticKey::Mac, 0));
    let mixed = new(32, 32, 16).unwrap();
    let expected =
        CardKeyError::MixedLengths { key: StaticKey::DataEncryption, expected: 256, actual: 128 };
    assert_eq!(mixed, expected);
    let text = "Key-DEK has 128 bits, Key-ENC of the same key set has 256";
    assert_eq!(mixed.to_string(), text);
}

#[test]
fn ft_04_no_key_is_shown() {
    for length in KEY_LENGTHS {
        let mut pair = Pair::with_keys(CardConfig::default(), length);
        pair.initialize_update();
        let mut shown = format!("{:?} {:?}", pair.domain, pair.channel);
        assert_eq!(pair.authenticate(0x33), 0x9000);
        shown += &format!("{:?} {:?}", pair.domain, pair.channel);
        for secret in pair.host.secrets() {
            // As a list of numbers in either base, and as a run of digits.
            let decimal = format!("{:?}", &secret[..4]);
            let upper = format!("{:02X?}", &secret[..4]);
            let run: String = secret[..4].iter().map(|byte| format!("{byte:02x}")).collect();
            for needle in [decimal, upper, run] {
                let needle = needle.trim_matches(['[', ']']);
                assert!(!shown.contains(needle), "{needle} in {shown}");
            }
        }
    }
}

#[test]
fn ft_04_no_data_is_shown() {
    let verify_pin = [0x00, 0x20, 0x00, 0x01, 0x02, 0x31, 0x32];
    let command = format!("{:?}", Received::Command(verify_pin.to_vec()));
    assert_eq!(command, "Command([00, 20, 00, 01], 7 bytes)");
    let answer = format!("{:?}", Received::Answer(vec![0x31, 0x32, 0x90, 0x00]));
    assert_eq!(answer, "Answer([90, 00], 4 bytes)");
}
