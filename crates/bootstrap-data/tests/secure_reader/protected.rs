// SPDX-License-Identifier: Apache-2.0
//! What goes through the secure channel, and what only goes through it.

use simstrap_bootstrap_data::reader::{ReadError, ReadErrorKind};
use simstrap_bootstrap_data::scp03::apdu::{FileError, Pin};
use simstrap_bootstrap_data::scp03::{
    CommandCounter, Mode, PendingStatus, SecurityLevel, SessionError,
};
use simstrap_virtual_card::{CardQuirk, Exchange, ReadCondition, SharedCard};

use crate::cards::EXAMPLE;
use crate::host::{
    Host, in_session, instruction, is_protected, read_in_the_clear, secure_card, session_error,
};

const VERIFY: u8 = 0x20;

fn assert_reads_example(host: &Host, card: &SharedCard, context: &str) {
    let outcome = host.read_card(card.clone());
    let reading = outcome.unwrap_or_else(|error| panic!("{context}: {error:?}")).reading;
    assert_eq!(hex::encode(&reading.used), EXAMPLE, "{context}");
}

fn with_pin() -> SharedCard {
    secure_card(|card| card.bootstrap.read = ReadCondition::Pin)
}

fn host_with_pin(level: SecurityLevel, pin: &str) -> Host {
    Host { pin: Some(Pin::from_digits(pin).unwrap()), ..Host::at(level) }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn ft_04_the_pin_goes_through_the_secure_channel() {
    for level in SecurityLevel::ALL {
        let card = with_pin();
        assert_reads_example(&host_with_pin(level, "1234"), &card, "with a PIN");
        let card = card.lock();
        let verifications: Vec<_> =
            in_session(&card).filter(|exchange| instruction(exchange) == VERIFY).collect();
        assert_eq!(verifications.len(), 2, "tries left, then the PIN");
        assert!(in_session(&card).all(is_protected));
        let seen = card.log().iter().any(|exchange| holds(&exchange.command, b"1234"));
        assert_eq!(seen, !level.encrypts_commands(), "at {level}");
    }
}

#[test]
fn ft_05_a_wrong_pin_is_tried_once_and_the_last_try_kept() {
    for level in SecurityLevel::ALL {
        let card = with_pin();
        for expected in [2, 1] {
            let error = host_with_pin(level, "9999").read_card(card.clone()).unwrap_err();
            let ReadError::Pin(FileError::PinWrong { tries_left, .. }) = error else {
                panic!("{error:?}");
            };
            assert_eq!(tries_left, expected);
        }
        let error = host_with_pin(level, "9999").read_card(card.clone()).unwrap_err();
        assert!(matches!(error, ReadError::Pin(FileError::PinLastTry { .. })), "{error:?}");
        let error = Host::at(level).read_card(card).unwrap_err();
        assert!(matches!(error, ReadError::PinNeeded { .. }), "{error:?}");
    }
}

#[test]
fn data_for_the_secure_channel_only_is_read_through_it_only() {
    let card = secure_card(|card| card.bootstrap.read = ReadCondition::SecureChannel);
    let error = read_in_the_clear(card.clone()).unwrap_err();
    assert!(matches!(error, ReadError::SecureChannelNeeded), "{error:?}");
    assert_eq!(error.kind(), ReadErrorKind::Unreadable);
    let refused = |exchange: &Exchange| exchange.response == Ok(vec![0x69, 0x82]);
    assert!(card.lock().log().iter().any(refused), "{error:?}");
    for level in SecurityLevel::ALL {
        assert_reads_example(&Host::at(level), &card, "through the secure channel");
        assert_eq!(card.lock().security_level(1), None, "closed with its channel");
    }
}

/// Nothing of the data is on the wire in the clear, but what comes before the session.
#[test]
fn ft_04_encrypted_responses_show_nothing_of_the_data() {
    let example = hex::decode(EXAMPLE).unwrap();
    for level in SecurityLevel::ALL {
        let card = secure_card(|_| {});
        assert_reads_example(&Host::at(level), &card, "at any level");
        let card = card.lock();
        let seen = in_session(&card).any(|exchange| {
            let response = exchange.response.as_ref().unwrap();
            example.windows(8).any(|part| holds(response, part))
        });
        assert_eq!(seen, !level.encrypts_responses(), "at {level}");
    }
}

/// The counter is in every encryption, so a card that counts otherwise is told from one that
/// does not by whoever says which it is.
#[test]
fn a_card_that_counts_data_only_is_read_when_told_and_refused_otherwise() {
    for level in SecurityLevel::ALL {
        for quirk in [None, Some(CardQuirk::Scp03CounterDataOnly)] {
            for counter in [CommandCounter::Spec, CommandCounter::DataOnly] {
                let card = secure_card(|card| card.quirks = quirk.into_iter().collect());
                let mut host = Host::at(level);
                host.configuration.counter = counter;
                let right = quirk.is_some() == (counter == CommandCounter::DataOnly);
                let context = format!("{quirk:?} {counter:?} at {level}");
                if right || !level.encrypts_commands() {
                    assert_reads_example(&host, &card, &context);
                    continue;
                }
                let error = host.read_card(card).unwrap_err();
                let expected = session_error(&error);
                let undone =
                    matches!(expected, SessionError::Padding | SessionError::Rejected { .. });
                assert!(undone, "{context}: {error:?}");
            }
        }
    }
}

#[test]
fn a_pending_proactive_command_is_protected_replaced_or_refused() {
    let refused = SessionError::Unprotected { length: 0, mode: Mode::S8 };
    for pending in [CardQuirk::ProactivePending, CardQuirk::DataTransfer92xx] {
        for (quirk, understanding, expected) in [
            (None, PendingStatus::Protected, None),
            (None, PendingStatus::Replaced, None),
            (
                Some(CardQuirk::Scp03ProactiveReplaced),
                PendingStatus::Protected,
                Some(SessionError::ResponseMac),
            ),
            (Some(CardQuirk::Scp03ProactiveReplaced), PendingStatus::Replaced, None),
            (Some(CardQuirk::Scp03ProactiveBare), PendingStatus::Protected, Some(refused)),
            (Some(CardQuirk::Scp03ProactiveBare), PendingStatus::Replaced, Some(refused)),
        ] {
            for level in [SecurityLevel::Full, SecurityLevel::CMacRMac] {
                let card = secure_card(|card| {
                    card.quirks = quirk.into_iter().chain([pending]).collect();
                });
                let mut host = Host::at(level);
                host.configuration.pending = understanding;
                let context = format!("{pending} {quirk:?} {understanding:?}");
                match expected {
                    None => assert_reads_example(&host, &card, &context),
                    Some(expected) => {
                        let error = host.read_card(card).unwrap_err();
                        assert_eq!(session_error(&error), expected, "{context}");
                    }
                }
            }
        }
    }
}

/// A bare `90 00` may come from anybody.
#[test]
fn a_bare_success_is_refused_where_responses_are_protected() {
    for level in SecurityLevel::ALL {
        let card = secure_card(|card| {
            card.bootstrap.read = ReadCondition::Pin;
            card.quirks.insert(CardQuirk::Scp03BareSuccess);
        });
        let host = host_with_pin(level, "1234");
        if level.authenticates_responses() {
            let error = host.read_card(card).unwrap_err();
            let expected = session_error(&error);
            assert!(matches!(expected, SessionError::Unprotected { length: 0, .. }), "{error:?}");
        } else {
            assert_reads_example(&host, &card, "without a MAC there is none to miss");
        }
    }
}
