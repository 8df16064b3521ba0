// SPDX-License-Identifier: Apache-2.0
//! Each exchange of a writing × each fault: what the error says of the file is true, and the file
//! is never half of anything.

use simstrap_bootstrap_data::BootstrapDataRef;
use simstrap_bootstrap_data::scp03::apdu::blocking;
use simstrap_bootstrap_data::writer::{FileState, WriteError};
use simstrap_virtual_card::{Fault, FaultKind, ReadCondition, SharedCard, UpdateCondition};

use crate::cards::{faults, sample};
use crate::{ADM1, Right, content, data, filled, try_write, write};

/// Larger than what two commands carry.
const SIZE: usize = 600;

fn card(right: Right) -> SharedCard {
    sample(|card| {
        card.bootstrap.size = Some(SIZE);
        if right == Right::SecureChannel {
            card.bootstrap.update = UpdateCondition::SecureChannel;
        }
    })
}

/// How many exchanges an undisturbed writing takes.
fn exchanges(right: Right) -> u64 {
    let card = card(right);
    write(card.clone(), &data(500), right).unwrap();
    let exchanges = card.lock().exchanges();
    assert!(exchanges > 15, "{exchanges}");
    exchanges
}

/// Whether a file is one without data, which no reader takes for anything else.
fn is_void(content: &[u8]) -> bool {
    content.starts_with(&[0xFF; 4]) && BootstrapDataRef::from_bytes(content).is_err()
}

fn sweep(right: Right) {
    let new = data(500);
    let wanted = filled(&new, SIZE);
    let before = content(&card(right));
    let mut states = std::collections::HashSet::new();
    for at in 0..exchanges(right) {
        for kind in faults() {
            let context = format!("{kind:?} at exchange {at}");
            let card = card(right);
            card.lock().inject(Fault { at, kind });
            let outcome = write(card.clone(), &new, right);
            let now = content(&card);
            let (old, void, all) = (now == before, is_void(&now), now == wanted);
            assert!(old || void || all, "{context}: half of something");
            let state = outcome.as_ref().err().map(WriteError::state);
            let told_truly = match state {
                None | Some(FileState::New) => all,
                Some(FileState::Unchanged) => old,
                Some(FileState::Void) => void,
                Some(FileState::UnchangedOrVoid) => old || void,
                Some(FileState::VoidOrNew) => void || all,
                other => panic!("{context}: {other:?}"),
            };
            assert!(told_truly, "{context}: {state:?}");
            states.insert(state);
            let again = write(card.clone(), &new, right);
            assert!(again.is_ok() && content(&card) == wanted, "{context}: {again:?}");
        }
    }
    for state in [None, Some(FileState::Unchanged), Some(FileState::Void), Some(FileState::New)] {
        assert!(states.contains(&state), "{state:?} was never told");
    }
}

#[test]
fn ft_01_the_state_told_is_true_with_an_administrative_pin() {
    sweep(ADM1);
}

#[test]
fn ft_01_the_state_told_is_true_through_a_secure_channel() {
    sweep(Right::SecureChannel);
}

#[test]
fn ft_01_a_writing_that_is_dropped_leaves_old_no_or_new_data() {
    let new = data(500);
    for right in [ADM1, Right::SecureChannel] {
        let before = content(&card(right));
        for at in 0..exchanges(right) {
            let card = card(right);
            card.lock().inject(Fault { at, kind: FaultKind::NeverAnswers });
            assert!(blocking::run(try_write(card.clone(), &new, right)).is_err());
            let now = content(&card);
            assert!(now == before || is_void(&now) || now == filled(&new, SIZE), "at {at}");
        }
    }
}

/// A file that cannot be read tells nothing, so the doubt is told.
#[test]
fn ft_01_without_reading_the_state_told_leaves_open_what_is_not_known() {
    let card = || sample(|card| card.bootstrap.read = ReadCondition::Never);
    let measured = card();
    let _unchecked = write(measured.clone(), &data(10), ADM1);
    let updates: Vec<u64> = {
        let measured = measured.lock();
        let updates = measured.log().iter().filter(|exchange| exchange.command[1] == 0xD6);
        updates.map(|exchange| exchange.number).collect()
    };
    assert_eq!(updates.len(), 3, "void, everything after it, header");
    let states = [FileState::UnchangedOrVoid, FileState::Void, FileState::VoidOrNew];
    for (at, expected) in updates.into_iter().zip(states) {
        let card = card();
        card.lock().inject(Fault { at, kind: FaultKind::Status([0x65, 0x81]) });
        let error = write(card, &data(10), ADM1).unwrap_err();
        assert_eq!(error.state(), expected);
    }
}

#[test]
fn a_byte_that_changes_on_its_way_is_found_by_reading_back() {
    let new = data(10);
    let measured = sample(|_| {});
    write(measured.clone(), &new, ADM1).unwrap();
    let body = {
        let measured = measured.lock();
        let mut updates = measured.log().iter().filter(|exchange| exchange.command[1] == 0xD6);
        updates.nth(1).unwrap().number
    };
    let card = sample(|_| {});
    // The lowest bit of the byte after the header of the command.
    card.lock().inject(Fault { at: body, kind: FaultKind::CommandBit(5 * 8 + 7) });
    let error = write(card, &new, ADM1).unwrap_err();
    let expected = "differs from what was written from byte 4 on";
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.state(), FileState::Unknown);
}
