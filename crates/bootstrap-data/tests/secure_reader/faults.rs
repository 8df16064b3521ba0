// SPDX-License-Identifier: Apache-2.0
//! Each exchange of a secure reading × each fault: an error of the right kind or the right data,
//! never a session that goes on, and the next reading whole.

use simstrap_bootstrap_data::reader::{ReadErrorKind, read, read_card};
use simstrap_bootstrap_data::scp03::SecurityLevel;
use simstrap_bootstrap_data::scp03::apdu::{TransportErrorKind, blocking};
use simstrap_virtual_card::{Fault, FaultKind, SharedCard};

use crate::cards::{EXAMPLE, faults};
use crate::host::{EXTERNAL_AUTHENTICATE, Host, Outcome, channel, count, in_session, secure_card};

/// Exchanges of an undisturbed reading.
const EXCHANGES: u64 = 13;
/// Those from EXTERNAL AUTHENTICATE to the one before the channel is closed.
const SESSION: std::ops::Range<u64> = 6..12;

fn assert_example(outcome: Outcome, context: &str) {
    let outcome = outcome.unwrap_or_else(|error| panic!("{context}: {error:?}"));
    assert_eq!(hex::encode(&outcome.reading.used), EXAMPLE, "{context}");
}

fn with_fault(at: u64, kind: &FaultKind) -> SharedCard {
    let card = secure_card(|_| {});
    card.lock().inject(Fault { at, kind: kind.clone() });
    card
}

fn sweep(level: SecurityLevel) {
    let mut points = 0;
    for at in 0..EXCHANGES {
        for kind in faults() {
            let card = with_fault(at, &kind);
            let context = format!("{kind:?} at exchange {at}");
            let removed = matches!(kind, FaultKind::Remove);
            match Host::at(level).read_card(card.clone()) {
                // Closing failed, or the fault hit nothing that matters.
                Ok(outcome) => assert_example(Ok(outcome), &context),
                Err(error) if removed => {
                    assert_eq!(error.kind(), ReadErrorKind::NoCard, "{context}: {error:?}");
                }
                Err(error) => {
                    assert_ne!(error.kind(), ReadErrorKind::NoCard, "{context}: {error:?}");
                }
            }
            assert!(count(&card, EXTERNAL_AUTHENTICATE) <= 1, "{context}: no session by itself");
            card.lock().insert();
            assert_example(Host::at(level).read_card(card), &context);
            points += 1;
        }
    }
    assert_eq!(points, EXCHANGES * faults().len() as u64);
}

#[test]
fn cr_09_a_fault_at_any_exchange_at_33() {
    sweep(SecurityLevel::Full);
}

#[test]
fn cr_09_a_fault_at_any_exchange_at_11() {
    sweep(SecurityLevel::CMacRMac);
}

#[test]
fn cr_09_a_fault_at_any_exchange_at_01() {
    sweep(SecurityLevel::CMac);
}

/// What fails on its way leaves two sides that may have counted differently.
#[test]
fn ft_06_nothing_more_is_sent_in_a_session_with_a_failed_exchange() {
    for at in SESSION {
        for kind in [
            FaultKind::CommandLost(TransportErrorKind::Other),
            FaultKind::ResponseLost(TransportErrorKind::Timeout),
            FaultKind::EmptyResponse,
            FaultKind::Truncated(1),
            FaultKind::Remove,
            FaultKind::Reset,
        ] {
            let card = with_fault(at, &kind);
            let context = format!("{kind:?} at {at}");
            Host::new().read_card(card.clone()).expect_err(&context);
            let card = card.lock();
            assert!(in_session(&card).all(|exchange| exchange.number <= at), "{context}");
        }
    }
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
        ] {
            if let Err(error) = Host::new().read_card(with_fault(at, &kind)) {
                let context = format!("{kind:?} at {at}: {error:?}");
                assert_eq!(error.kind(), ReadErrorKind::Unreadable, "{context}");
            }
        }
    }
}

/// A card that takes minutes to answer is left waiting: whoever reads bounds the time.
#[test]
fn ft_06_a_reading_that_is_dropped_half_way_leaves_a_card_that_can_be_read() {
    for level in SecurityLevel::ALL {
        for at in 0..EXCHANGES {
            let card = with_fault(at, &FaultKind::NeverAnswers);
            let host = Host::at(level);
            let dropped =
                host.with_options(|options| blocking::run(read_card(card.clone(), options)));
            assert!(dropped.is_err(), "the future waited at exchange {at} and was dropped");
            assert_example(host.read_card(card), &format!("after exchange {at}"));
        }
    }
}

/// The channel is the caller's, and so is the session that was left on it: opening it anew ends
/// that.
#[test]
fn ft_06_a_channel_with_an_abandoned_session_is_opened_anew() {
    for at in SESSION {
        let card = secure_card(|_| {});
        let mut channel = channel(&card, 1);
        card.lock().inject(Fault { at, kind: FaultKind::NeverAnswers });
        let host = Host::new();
        let dropped = host.with_options(|options| blocking::run(read(&mut channel, options)));
        assert!(dropped.is_err(), "dropped at exchange {at}");
        assert_eq!(card.lock().security_level(1), Some(0x33), "the card knows nothing of it");
        blocking::run(channel.open()).unwrap().unwrap();
        assert_eq!(card.lock().security_level(1), None);
        let reading = host.read(&mut channel);
        let reading = reading.unwrap_or_else(|error| panic!("after exchange {at}: {error:?}"));
        assert_eq!(hex::encode(&reading.used), EXAMPLE);
    }
}
