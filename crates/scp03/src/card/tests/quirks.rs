// SPDX-License-Identifier: Apache-2.0
//! Each quirk, beside the behaviour it departs from.

use super::*;

#[test]
fn encryption_counter_that_counts_only_commands_with_data() {
    let select = [0x00, 0xA4, 0x00, 0x04, 0x02, 0x64, 0x32, 0x00];
    let quirks = CardQuirks { counter_counts_data_only: true, ..CardQuirks::default() };
    let mut pair = Pair::open(with_quirks(quirks), 0x33);
    pair.host.counts_data_only = true;
    for plain in [&READ_BINARY[..], &select, &READ_BINARY, &READ_BINARY, &select] {
        assert_eq!(pair.exchange(plain, b"data", 0x9000).0, b"data");
    }

    let mut pair = Pair::open(CardConfig::default(), 0x33);
    pair.host.counts_data_only = true;
    let wrapped = pair.host.wrap(&READ_BINARY);
    assert!(matches!(pair.receive(&wrapped), Received::Command(_)));
    let wrapped = pair.host.wrap(&select);
    assert_ne!(
        pair.receive(&wrapped),
        Received::Command(select.to_vec()),
        "the counters have parted"
    );
}

#[test]
fn success_without_data_goes_out_bare() {
    let quirks = CardQuirks { bare_success_without_data: true, ..CardQuirks::default() };
    let mut pair = Pair::open(with_quirks(quirks), 0x33);
    assert_eq!(pair.respond(&READ_BINARY, &[], 0x9000), [0x90, 0x00]);
    assert_eq!(pair.exchange(&READ_BINARY, &[], 0x6282).1, 0x6282);
    assert_eq!(pair.exchange(&READ_BINARY, b"data", 0x9000).0, b"data");

    let mut pair = Pair::open(CardConfig::default(), 0x33);
    assert_eq!(pair.respond(&READ_BINARY, &[], 0x9000).len(), 8 + 2);
}

#[test]
fn proactive_status_goes_out_bare() {
    let quirks = CardQuirks { bare_proactive_status: true, ..CardQuirks::default() };
    let mut pair = Pair::open(with_quirks(quirks), 0x33);
    assert_eq!(pair.respond(&READ_BINARY, b"data", 0x910B), [0x91, 0x0B]);
    assert_eq!(pair.respond(&READ_BINARY, b"data", 0x9201), [0x92, 0x01]);
    assert_eq!(pair.exchange(&READ_BINARY, b"data", 0x9000).0, b"data");
}

#[test]
fn unknown_key_set_is_denied() {
    let quirks = CardQuirks { unknown_key_set_denied: true, ..CardQuirks::default() };
    let mut pair = Pair::new(with_quirks(quirks));
    let apdu = pair.host.initialize_update(0, 0x31);
    assert_eq!(pair.refusal(&apdu), 0x6982);
    assert_eq!(pair.authenticate(0x33), 0x9000);
}

#[test]
fn sequence_counter_present_or_not() {
    use CardChallenge::{PseudoRandom, Random};
    use SequenceCounterField::{Always, Never, WithPseudoRandom};
    for (card_challenge, sequence_counter, expected) in [
        (Random, WithPseudoRandom, false),
        (PseudoRandom, WithPseudoRandom, true),
        (Random, Always, true),
        (PseudoRandom, Always, true),
        (Random, Never, false),
        (PseudoRandom, Never, false),
    ] {
        let mut pair = Pair::new(CardConfig {
            card_challenge,
            ..with_quirks(CardQuirks { sequence_counter, ..CardQuirks::default() })
        });
        assert_eq!(pair.authenticate(0x33), 0x9000);
        let response = pair.initialize_update();
        assert_eq!(response[29..], [0, 0, 2][..if expected { 3 } else { 0 }]);
    }
}

#[test]
fn reported_parameter_and_key_version_change_nothing_else() {
    let quirks = CardQuirks {
        reported_parameter: Some(0x00),
        reported_key_version: Some(0x00),
        ..CardQuirks::default()
    };
    let mut pair = Pair::new(with_quirks(quirks));
    let response = pair.initialize_update();
    assert_eq!(response[10..13], [0x00, 0x03, 0x00]);
    assert_eq!(pair.authenticate(0x33), 0x9000);
    assert_eq!(pair.exchange(&READ_BINARY, b"data", 0x9000).0, b"data");
}
