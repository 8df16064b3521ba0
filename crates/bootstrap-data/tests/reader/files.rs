// SPDX-License-Identifier: Apache-2.0
//! Every way a card can lay out its directories and protect its data.

use simstrap_bootstrap_data::reader::{CardSession, ReadError, ReadErrorKind, ReadOptions};
use simstrap_bootstrap_data::scp03::apdu::{FileError, LastTry, Pin, blocking, from_fn};
use simstrap_virtual_card::{
    CardDescription, DirectoryEntry, FileState, PathForm, ReadCondition, SharedCard,
    VirtualCardError,
};

use crate::cards::{EXAMPLE, sample};
use crate::{Outcome, read, read_in_the_clear};

fn assert_example(outcome: Outcome, context: &str) {
    let reading = outcome.unwrap_or_else(|error| panic!("{context}: {error:?}")).reading;
    assert_eq!(hex::encode(&reading.used), EXAMPLE, "{context}");
    assert_eq!(reading.quirks, [], "{context}");
}

#[test]
fn every_form_of_directory_leads_to_the_data() {
    let mut combinations = 0;
    for entry in [DirectoryEntry::Oid, DirectoryEntry::Opaque] {
        for path in [PathForm::FileId, PathForm::MasterFile, PathForm::Application] {
            for inline in [false, true] {
                for index in [None, Some(16)] {
                    let card = sample(|card| {
                        card.directory.entry = entry;
                        card.directory.path = path;
                        card.directory.inline = inline;
                        card.bootstrap.index = index;
                    });
                    let context = format!("{entry:?} {path:?} inline {inline} index {index:?}");
                    assert_example(read_in_the_clear(card), &context);
                    combinations += 1;
                }
            }
        }
    }
    assert_eq!(combinations, 24);
}

fn with_pin(change: impl FnOnce(&mut CardDescription)) -> SharedCard {
    sample(|card| {
        card.bootstrap.read = ReadCondition::Pin;
        change(card);
    })
}

fn read_with(card: &SharedCard, pin: &str, last_try: LastTry) -> Outcome {
    let pin = Pin::from_digits(pin).unwrap();
    let mut options = ReadOptions { pin: Some(&pin), last_try, secure_channel: None };
    read(card.clone(), &mut options)
}

#[test]
fn the_pin_is_found_by_directory_by_access_rule_and_verified() {
    for in_directory in [true, false] {
        for reference in [0x01, 0x11, 0x81] {
            let card = with_pin(|card| {
                card.pin.in_directory = in_directory;
                card.pin.reference = reference;
            });
            let context = format!("PIN {reference:02X}, in directory: {in_directory}");
            assert_example(read_with(&card, "1234", LastTry::Keep), &context);
        }
    }
}

#[test]
fn a_disabled_pin_is_not_needed() {
    let card = with_pin(|card| card.pin.enabled = false);
    assert_example(read_with(&card, "9999", LastTry::Keep), "disabled, one given");
    assert_example(read_in_the_clear(card), "disabled, none given");
}

#[test]
fn ft_05_a_missing_pin_is_named_and_nothing_tried() {
    for in_directory in [true, false] {
        let card = with_pin(|card| card.pin.in_directory = in_directory);
        let error = read_in_the_clear(card.clone()).unwrap_err();
        let ReadError::PinNeeded { reference } = error else { panic!("{error:?}") };
        assert_eq!(reference.to_u8(), 0x81);
        assert_eq!(error.kind(), ReadErrorKind::Unreadable);
        assert_eq!(error.help(), "give the PIN of the card");
        let with_value = "20 00 81 08";
        assert!(!card.lock().transcript().contains(with_value), "only the tries are asked for");
    }
}

#[test]
fn ft_05_a_wrong_pin_is_tried_once_and_the_last_try_kept() {
    let card = with_pin(|_| {});
    for expected in ["local PIN1 is wrong, 2 tries left", "local PIN1 is wrong, 1 tries left"] {
        let error = read_with(&card, "9999", LastTry::Keep).unwrap_err();
        let ReadError::Pin(error) = error else { panic!("{error:?}") };
        assert_eq!(error.to_string(), expected);
    }
    let error = read_with(&card, "9999", LastTry::Keep).unwrap_err();
    assert!(matches!(error, ReadError::Pin(FileError::PinLastTry { tries_left: 1, .. })));
    assert_example(read_with(&card, "1234", LastTry::Use), "the right PIN, told to");
    let again = read_with(&card, "1234", LastTry::Keep);
    assert_example(again, "the counter starts anew after success");
}

/// Whatever a card calls it, and without its telling the tries left.
#[test]
fn ft_05_a_pin_that_failed_without_a_counter_is_not_sent_again_by_the_same_session() {
    for answer in [[0x98, 0x04], [0x69, 0x82], [0x6F, 0x00], [0x63, 0xC0], [0x69, 0x83]] {
        let card = with_pin(|_| {});
        let mut sent = 0;
        let transport = from_fn(|command: &[u8], response: &mut [u8]| {
            let answer = match command {
                [_, 0x20, _, _] => vec![0x69, 0x82],
                [_, 0x20, _, _, 8, ..] => {
                    sent += 1;
                    answer.to_vec()
                }
                _ => card.lock().exchange(command)?,
            };
            response[..answer.len()].copy_from_slice(&answer);
            Ok::<_, VirtualCardError>(answer.len())
        });
        let mut session = CardSession::new(transport);
        let pin = Pin::from_digits("9999").unwrap();
        for _ in 0..4 {
            let mut options = ReadOptions::in_the_clear();
            (options.pin, options.last_try) = (Some(&pin), LastTry::Use);
            let error = blocking::run(session.read(&mut options)).unwrap().unwrap_err();
            assert!(matches!(error, ReadError::Pin(_)), "{error:?}");
        }
        drop(session);
        assert_eq!(sent, 1, "{answer:02X?}");
    }
}

#[test]
fn ft_05_a_blocked_pin_is_reported() {
    let card = with_pin(|card| card.pin.tries = 1);
    let error = read_with(&card, "9999", LastTry::Use).unwrap_err();
    assert!(matches!(error, ReadError::Pin(FileError::PinBlocked { .. })), "{error:?}");
    let error = read_with(&card, "1234", LastTry::Use).unwrap_err();
    assert!(matches!(error, ReadError::Pin(FileError::PinBlocked { .. })), "{error:?}");
}

#[test]
fn data_that_may_never_be_read_is_refused_without_trying_a_pin() {
    let card = sample(|card| card.bootstrap.read = ReadCondition::Never);
    let error = read_with(&card, "1234", LastTry::Keep).unwrap_err();
    let ReadError::File(FileError::Refused { status, .. }) = error else { panic!("{error:?}") };
    assert_eq!(status.to_bytes(), [0x69, 0x82]);
    assert!(!card.lock().transcript().contains("VERIFY"));
}

#[test]
fn cr_07_a_deactivated_file_is_no_bootstrap_data() {
    let card = sample(|card| card.bootstrap.state = FileState::Deactivated);
    let error = read_in_the_clear(card.clone()).unwrap_err();
    assert_eq!(error.to_string(), "file 6432 is deactivated");
    assert_eq!(error.kind(), ReadErrorKind::NoBootstrapData);
    card.lock().activate_bootstrap_file();
    assert_example(read_in_the_clear(card), "activated again");
}

#[test]
fn cr_07_a_card_that_was_pulled_is_told_from_one_that_failed() {
    let card = sample(|_| {});
    card.lock().remove();
    let error = read_in_the_clear(card.clone()).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::NoCard);
    assert_eq!(error.help(), "insert a card");
    card.lock().insert();
    assert_example(read_in_the_clear(card), "back again");
}

#[test]
fn cr_08_data_changed_over_the_air_has_another_digest() {
    let card = sample(|_| {});
    let before = read_in_the_clear(card.clone()).unwrap().reading;
    let mut changed = hex::decode(EXAMPLE).unwrap();
    let last = changed.len() - 1;
    changed[last] = b'T';
    card.lock().update_bootstrap_data(&changed).unwrap();
    let after = read_in_the_clear(card).unwrap().reading;
    assert_eq!(after.used, changed);
    assert_ne!(after.digest, before.digest);
}

#[test]
fn cr_05_malformed_data_is_a_reading_with_its_digest() {
    let card = sample(|_| {});
    let mut broken = hex::decode(EXAMPLE).unwrap();
    broken[1] = 7;
    card.lock().update_bootstrap_data(&broken).unwrap();
    let reading = read_in_the_clear(card).unwrap().reading;
    assert_eq!(reading.used, broken);
    let error = reading.data.unwrap_err();
    assert_eq!(error.to_string(), "byte 0: the header declares 7 objects, there are 2");
}
