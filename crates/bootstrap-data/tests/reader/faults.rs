// SPDX-License-Identifier: Apache-2.0
//! Each exchange of a reading × each fault: an error of the right kind, the channel closed, and
//! the next reading whole.

use simstrap_bootstrap_data::reader::ReadErrorKind;
use simstrap_bootstrap_data::reader::{ReadOptions, read_card};
use simstrap_bootstrap_data::scp03::apdu::{TransportErrorKind, blocking};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::cards::{EXAMPLE, faults, sample};
use crate::read_in_the_clear;

/// Exchanges of an undisturbed reading.
const EXCHANGES: u64 = 11;

#[test]
fn cr_09_a_fault_at_any_exchange_is_an_error_or_harmless_and_the_next_reading_is_whole() {
    let mut points = 0;
    for at in 0..EXCHANGES {
        for kind in faults() {
            let card = sample(|_| {});
            card.lock().inject(Fault { at, kind: kind.clone() });
            let removed = matches!(kind, FaultKind::Remove);
            let context = format!("{kind:?} at exchange {at}");
            match read_in_the_clear(card.clone()) {
                // Closing failed, or the fault hit nothing that matters.
                Ok(outcome) => {
                    assert_eq!(hex::encode(&outcome.reading.used), EXAMPLE, "{context}");
                }
                Err(error) if removed => {
                    assert_eq!(error.kind(), ReadErrorKind::NoCard, "{context}: {error:?}");
                }
                Err(error) => {
                    assert_ne!(error.kind(), ReadErrorKind::NoCard, "{context}: {error:?}");
                }
            }
            card.lock().insert();
            let again = read_in_the_clear(card).unwrap_or_else(|e| panic!("{context}: {e:?}"));
            assert_eq!(hex::encode(&again.reading.used), EXAMPLE, "{context}");
            points += 1;
        }
    }
    println!("{points} points swept");
    assert_eq!(points, EXCHANGES * faults().len() as u64);
}

#[test]
fn cr_09_lost_answers_are_never_taken_for_missing_data() {
    for at in 0..EXCHANGES - 1 {
        for kind in [
            FaultKind::CommandLost(TransportErrorKind::Timeout),
            FaultKind::ResponseLost(TransportErrorKind::Other),
            FaultKind::EmptyResponse,
            FaultKind::Status([0x93, 0x00]),
            FaultKind::Status([0x6F, 0x00]),
            // The data is lost and the status word is not.
            FaultKind::Garbage(vec![0x90, 0x00]),
        ] {
            let card = sample(|_| {});
            card.lock().inject(Fault { at, kind: kind.clone() });
            let context = format!("{kind:?} at {at}");
            match read_in_the_clear(card) {
                Ok(outcome) => {
                    assert_eq!(hex::encode(&outcome.reading.used), EXAMPLE, "{context}");
                }
                Err(error) => {
                    assert_eq!(error.kind(), ReadErrorKind::Unreadable, "{context}: {error:?}");
                }
            }
        }
    }
}

#[test]
fn ft_06_a_reading_that_is_dropped_half_way_leaves_a_card_that_can_be_read() {
    for at in 0..EXCHANGES {
        let card = sample(|_| {});
        card.lock().inject(Fault { at, kind: FaultKind::NeverAnswers });
        let dropped = blocking::run(read_card(card.clone(), &mut ReadOptions::in_the_clear()));
        assert!(dropped.is_err(), "the future waited at exchange {at} and was dropped");
        let again = read_in_the_clear(card).unwrap();
        assert_eq!(hex::encode(&again.reading.used), EXAMPLE);
    }
}
