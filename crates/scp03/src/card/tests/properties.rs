// SPDX-License-Identifier: Apache-2.0
//! What must hold for any command, and for any change to one.

use proptest::collection::vec as vector;
use proptest::prelude::*;

use super::*;

/// A plain short command with `data` and, if any, an expected length.
fn plain(header: [u8; 4], data: &[u8], expected: Option<u8>) -> Vec<u8> {
    let mut apdu = header.to_vec();
    if !data.is_empty() {
        apdu.push(u8::try_from(data.len()).unwrap());
        apdu.extend(data);
    }
    apdu.extend(expected);
    apdu
}

fn header() -> impl Strategy<Value = [u8; 4]> {
    let class = prop_oneof![Just(0x00), Just(0x80)];
    (class, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(class, instruction, p1, p2)| [class, instruction, p1, p2])
        .prop_filter("EXTERNAL AUTHENTICATE is not let through", |header| {
            header[..2] != [0x80, 0x82]
        })
}

fn command(most: usize) -> impl Strategy<Value = Vec<u8>> {
    (header(), vector(any::<u8>(), 0..=most), any::<Option<u8>>())
        .prop_map(|(header, data, expected)| plain(header, &data, expected))
}

fn level() -> impl Strategy<Value = u8> {
    prop::sample::select(&LEVELS[..])
}

fn variant() -> impl Strategy<Value = Variant> {
    prop::sample::select(&VARIANTS[..])
}

/// The number of bytes the C-MAC protects: all but Le.
fn protected(wrapped: &[u8]) -> usize {
    5 + usize::from(wrapped[4])
}

#[test]
fn every_single_bit_of_a_command_is_protected() {
    let commands: [&[u8]; 4] = [
        &[0x00, 0xA4, 0x00, 0x04, 0x02, 0x64, 0x32, 0x00],
        &[0x80, 0xF2, 0x00, 0x0C],
        &READ_BINARY,
        &[0x00, 0xD6, 0x00, 0x00, 0x03, 0x01, 0x02, 0x03],
    ];
    for variant in VARIANTS {
        for level in LEVELS {
            for command in commands {
                let mut pair = Pair::open(config(variant), level);
                let wrapped = pair.host.wrap(command);
                for bit in 0..protected(&wrapped) * 8 {
                    let mut pair = Pair::open(config(variant), level);
                    let mut changed = pair.host.wrap(command);
                    assert_eq!(changed, wrapped);
                    changed[bit / 8] ^= 1 << (bit % 8);
                    pair.refusal(&changed);
                    assert!(pair.is_aborted(), "bit {bit} of {wrapped:02X?}");
                    assert_eq!(pair.refusal(&wrapped), 0x6985);
                }
            }
        }
    }
}

#[test]
fn every_single_bit_of_external_authenticate_is_protected() {
    for variant in VARIANTS {
        let bits = (5 + 2 * variant.length()) * 8;
        for bit in 0..bits {
            let mut pair = Pair::new(config(variant));
            let response = pair.initialize_update();
            let mut apdu = pair.host.external_authenticate(0, 0x33, &response);
            apdu[bit / 8] ^= 1 << (bit % 8);
            let refused = match pair.receive(&apdu) {
                Received::Answer(response) => response != [0x90, 0x00],
                // Another instruction, or another class, outside a session.
                Received::Command(plain) => plain == apdu,
            };
            assert!(refused, "bit {bit}");
            assert_eq!(pair.channel.security_level(), None, "bit {bit}");
        }
    }
}

#[test]
fn expected_length_is_not_protected() {
    let mut pair = Pair::open(CardConfig::default(), 0x33);
    let mut wrapped = pair.host.wrap(&READ_BINARY);
    *wrapped.last_mut().unwrap() = 0x20;
    let changed = [0x00, 0xB0, 0x00, 0x00, 0x20].to_vec();
    assert_eq!(pair.receive(&wrapped), Received::Command(changed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_command_and_response_come_through(
        level in level(),
        variant in variant(),
        key_length in prop::sample::select(&KEY_LENGTHS[..]),
        exchanges in vector((command(223), vector(any::<u8>(), 0..=239)), 1..6),
    ) {
        let mut pair = Pair::with_keys(config(variant), key_length);
        prop_assert_eq!(pair.authenticate(level), 0x9000);
        for (command, data) in exchanges {
            prop_assert_eq!(pair.exchange(&command, &data, 0x9000), (data, 0x9000));
        }
    }

    #[test]
    fn any_changed_command_is_refused(
        level in level(),
        variant in variant(),
        command in command(223),
        change in 1..=u8::MAX,
        at in any::<prop::sample::Index>(),
    ) {
        let mut pair = Pair::open(config(variant), level);
        let mut wrapped = pair.host.wrap(&command);
        let end = protected(&wrapped);
        wrapped[at.index(end)] ^= change;
        let response = pair.receive(&wrapped);
        prop_assert!(matches!(response, Received::Answer(_)), "let through: {:02X?}", wrapped);
        prop_assert_eq!(pair.channel.security_level(), None);
    }

    #[test]
    fn replayed_reordered_and_dropped_commands_are_refused(
        level in level(),
        variant in variant(),
        commands in vector(command(40), 3),
    ) {
        let open = || {
            let mut pair = Pair::open(config(variant), level);
            let wrapped: Vec<_> = commands.iter().map(|plain| pair.host.wrap(plain)).collect();
            (pair, wrapped)
        };
        for order in [[0, 0], [0, 2], [1, 0], [2, 0]] {
            let (mut pair, wrapped) = open();
            let expected = Received::Command(commands[0].clone());
            let first = pair.receive(&wrapped[order[0]]);
            if order[0] == 0 {
                prop_assert_eq!(first, expected);
                pair.refusal(&wrapped[order[1]]);
            } else {
                prop_assert!(matches!(first, Received::Answer(_)));
            }
            prop_assert!(pair.is_aborted());
        }
    }

    #[test]
    fn truncated_and_lengthened_commands_are_refused(
        level in level(),
        variant in variant(),
        command in command(40),
        rest in vector(any::<u8>(), 2..10),
    ) {
        let wrapped = Pair::open(config(variant), level).host.wrap(&command);
        let lengthened = [&wrapped[..], &rest].concat();
        let truncated = (0..protected(&wrapped)).map(|end| wrapped[..end].to_vec());
        for changed in truncated.chain([lengthened]) {
            let mut pair = Pair::open(config(variant), level);
            pair.refusal(&changed);
            prop_assert!(pair.is_aborted());
        }
    }

    #[test]
    fn ft_03_no_bytes_make_the_card_panic(
        state in 0..3,
        apdus in vector(prop_oneof![
            vector(any::<u8>(), 0..300),
            (prop::sample::select(&[0x80, 0x84, 0xC1, 0xE1, 0x04][..]),
             prop::sample::select(&[0x50, 0x82, 0xB0][..]),
             vector(any::<u8>(), 0..40))
                .prop_map(|(class, instruction, rest)| [&[class, instruction][..], &rest].concat()),
        ], 1..8),
        status in any::<u16>(),
        data in vector(any::<u8>(), 0..300),
    ) {
        let mut pair = Pair::new(CardConfig::default());
        match state {
            0 => {}
            1 => drop(pair.initialize_update()),
            _ => prop_assert_eq!(pair.authenticate(0x33), 0x9000),
        }
        for apdu in apdus {
            if let Received::Answer(response) = pair.receive(&apdu) {
                prop_assert!(response.len() >= 2);
            }
            let response = pair.channel.respond(&data, status);
            prop_assert!(response.ends_with(&status.to_be_bytes()) || response == [0x67, 0x00]);
        }
    }
}
