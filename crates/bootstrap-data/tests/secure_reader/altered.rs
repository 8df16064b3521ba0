// SPDX-License-Identifier: Apache-2.0
//! Someone between host and card changes one bit: whatever the session protects, it is found out,
//! the session ends, and nothing of the altered response comes out.

use std::collections::BTreeSet;

use simstrap_bootstrap_data::scp03::{Mode, SecurityLevel};
use simstrap_virtual_card::{Exchange, FaultKind};

use crate::cards::EXAMPLE;
use crate::host::{EXTERNAL_AUTHENTICATE, INITIALIZE_UPDATE, instruction};
use crate::session::{Undisturbed, is_bare, response_of};

/// Sessions whose responses are protected by a MAC and encryption, or by a MAC alone.
fn sessions() -> impl Iterator<Item = Undisturbed> {
    [SecurityLevel::Full, SecurityLevel::CMacRMac]
        .into_iter()
        .flat_map(|level| [Mode::S8, Mode::S16].map(|mode| Undisturbed::new(level, mode)))
}

/// All bits but those of the expected length, which no MAC covers, are protected.
fn each_bit_of_commands(level: SecurityLevel, mode: Mode) {
    let mut errors = BTreeSet::new();
    let mut bits = 0;
    let undisturbed = Undisturbed::new(level, mode);
    for exchange in undisturbed.protected() {
        let has_expected_length = instruction(exchange) != EXTERNAL_AUTHENTICATE;
        let protected = exchange.command.len() - usize::from(has_expected_length);
        for bit in 0..8 * protected {
            let attacked = undisturbed.with_fault(exchange, FaultKind::CommandBit(bit));
            let context = format!("bit {bit} of {exchange:?} at {level} {mode}");
            errors.insert(attacked.error(&context));
            for response in attacked.responses_from(exchange.number) {
                assert!(is_bare(&response), "{context}: {response:02X?}");
            }
            bits += 1;
        }
    }
    assert!(bits > 8 * 6 * (5 + mode.field_len()), "{bits} bits");
    undisturbed.assert_nothing_shows(&errors);
}

/// All bits are protected.
fn each_bit_of_responses(level: SecurityLevel, mode: Mode) {
    let mut errors = BTreeSet::new();
    let mut bits = 0;
    let undisturbed = Undisturbed::new(level, mode);
    for exchange in undisturbed.with_protected_response() {
        for bit in 0..8 * response_of(exchange).len() {
            let attacked = undisturbed.with_fault(exchange, FaultKind::ResponseBit(bit));
            let context = format!("bit {bit} of the answer to {exchange:?} at {level} {mode}");
            errors.insert(attacked.error(&context));
            let more = attacked.responses_from(exchange.number + 1);
            assert!(more.is_empty(), "{context}: the host goes on");
            bits += 1;
        }
    }
    assert!(bits > 8 * 300, "{bits} bits");
    undisturbed.assert_nothing_shows(&errors);
}

#[test]
fn every_bit_of_commands_at_33_s8() {
    each_bit_of_commands(SecurityLevel::Full, Mode::S8);
}

#[test]
fn every_bit_of_commands_at_33_s16() {
    each_bit_of_commands(SecurityLevel::Full, Mode::S16);
}

#[test]
fn every_bit_of_commands_at_11_s8() {
    each_bit_of_commands(SecurityLevel::CMacRMac, Mode::S8);
}

#[test]
fn every_bit_of_commands_at_11_s16() {
    each_bit_of_commands(SecurityLevel::CMacRMac, Mode::S16);
}

#[test]
fn every_bit_of_responses_at_33_s8() {
    each_bit_of_responses(SecurityLevel::Full, Mode::S8);
}

#[test]
fn every_bit_of_responses_at_33_s16() {
    each_bit_of_responses(SecurityLevel::Full, Mode::S16);
}

#[test]
fn every_bit_of_responses_at_11_s8() {
    each_bit_of_responses(SecurityLevel::CMacRMac, Mode::S8);
}

#[test]
fn every_bit_of_responses_at_11_s16() {
    each_bit_of_responses(SecurityLevel::CMacRMac, Mode::S16);
}

/// What comes is right all the same, or it is an error.
#[test]
fn an_altered_expected_length_never_gives_other_data() {
    for undisturbed in sessions() {
        let mut right = 0;
        for exchange in undisturbed.with_protected_response() {
            let last = 8 * (exchange.command.len() - 1);
            for bit in last..last + 8 {
                let attacked = undisturbed.with_fault(exchange, FaultKind::CommandBit(bit));
                right += usize::from(attacked.is_right(&format!("bit {bit} of {exchange:?}")));
            }
        }
        assert!(right > 0, "some lengths do no harm");
    }
}

/// INITIALIZE UPDATE carries no MAC: what of it counts is in the cryptograms, and the rest does
/// not touch the data.
#[test]
fn an_altered_handshake_gives_no_session_or_the_same_data() {
    const CHALLENGE: usize = 13;
    for undisturbed in sessions() {
        let initialize_update = undisturbed.find(INITIALIZE_UPDATE);
        let before_expected_length = initialize_update.command.len() - 1;
        for bit in 0..8 * before_expected_length {
            let attacked = undisturbed.with_fault(initialize_update, FaultKind::CommandBit(bit));
            attacked.error(&format!("bit {bit} of {initialize_update:?}"));
        }
        let length = response_of(initialize_update).len() - 2;
        // Challenge and cryptogram are proved, and the sequence counter is in the challenge.
        let proved = 8 * CHALLENGE..8 * length;
        for bit in 0..8 * (length + 2) {
            let attacked = undisturbed.with_fault(initialize_update, FaultKind::ResponseBit(bit));
            let context = format!("bit {bit} of the answer to {initialize_update:?}");
            let right = attacked.is_right(&context);
            assert!(!(right && proved.contains(&bit)), "{context}");
            let more = attacked.responses_from(initialize_update.number + 1);
            assert!(right || more.is_empty(), "{context}: the host goes on");
        }
        let external_authenticate = undisturbed.find(EXTERNAL_AUTHENTICATE);
        for bit in 0..16 {
            let kind = FaultKind::ResponseBit(bit);
            let attacked = undisturbed.with_fault(external_authenticate, kind);
            attacked.is_right(&format!("bit {bit} of the answer to {external_authenticate:?}"));
        }
    }
}

#[test]
fn the_example_is_where_it_is_looked_for() {
    let plain = hex::decode(EXAMPLE).unwrap();
    for undisturbed in sessions() {
        assert_eq!(undisturbed.protected().count(), 6);
        assert_eq!(undisturbed.with_protected_response().count(), 5);
        let carries = |exchange: &&Exchange| {
            response_of(exchange).windows(8).any(|window| window == &plain[..8])
        };
        let in_the_clear = undisturbed.with_protected_response().filter(carries).count();
        assert_eq!(in_the_clear, usize::from(!undisturbed.level.encrypts_responses()));
    }
}
