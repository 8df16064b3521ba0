// SPDX-License-Identifier: Apache-2.0
//! Someone between host and card replays, drops, swaps, repeats and cuts whole messages.

use std::collections::BTreeSet;

use simstrap_bootstrap_data::reader::ReadErrorKind;
use simstrap_bootstrap_data::scp03::{Mode, SecurityLevel};
use simstrap_virtual_card::{Exchange, Fault, FaultKind};

use crate::cards::{file_of_32_kib, hold};
use crate::host::{EXTERNAL_AUTHENTICATE, Host, instruction, secure_card};
use crate::session::{Attacked, Undisturbed, response_of};

fn sessions() -> [Undisturbed; 3] {
    [
        (SecurityLevel::Full, Mode::S8),
        (SecurityLevel::Full, Mode::S16),
        (SecurityLevel::CMacRMac, Mode::S8),
    ]
    .map(|(level, mode)| Undisturbed::new(level, mode))
}

/// Reads with another response in place of this one.
fn with_response(undisturbed: &Undisturbed, at: &Exchange, response: Vec<u8>) -> Attacked {
    undisturbed.with_fault(at, FaultKind::Garbage(response))
}

/// The host stops at once; how it says so.
fn found_out(attacked: &Attacked, at: &Exchange, context: &str) -> String {
    let more = attacked.responses_from(at.number + 1);
    assert!(more.is_empty(), "{context}: the host goes on");
    attacked.error(context)
}

/// All that the card says from this exchange on are status words.
fn assert_nothing_but_status_words(attacked: &Attacked, number: u64, context: &str) {
    for response in attacked.responses_from(number) {
        assert_eq!(response.len(), 2, "{context}: {response:02X?}");
    }
}

#[test]
fn replayed_responses_are_found_out() {
    for undisturbed in sessions() {
        let mut errors = BTreeSet::new();
        let mut replayed = 0;
        for at in undisturbed.with_protected_response() {
            for other in undisturbed.log.iter().filter(|other| other.number != at.number) {
                let context = format!("{other:?} in place of {at:?}");
                let attacked = with_response(&undisturbed, at, response_of(other).to_vec());
                errors.insert(found_out(&attacked, at, &context));
                replayed += 1;
            }
        }
        assert_eq!(replayed, 5 * 12);
        undisturbed.assert_nothing_shows(&errors);
    }
}

/// The host's challenge is the same again; the card's is not.
#[test]
fn responses_of_an_earlier_session_are_found_out() {
    for undisturbed in sessions() {
        for at in undisturbed.with_protected_response() {
            let card = undisturbed.read(|_| {}).card;
            let number = card.lock().exchanges() + at.number;
            let kind = FaultKind::Garbage(response_of(at).to_vec());
            card.lock().inject(Fault { at: number, kind });
            let attacked = undisturbed.read_again(card);
            attacked.error(&format!("the answer to {at:?} of the session before"));
            let more = attacked.responses_from(number + 1);
            assert!(more.is_empty(), "the host goes on");
        }
    }
}

#[test]
fn responses_swapped_with_those_that_follow_are_found_out() {
    for undisturbed in sessions() {
        let protected: Vec<_> = undisturbed.with_protected_response().collect();
        for pair in protected.windows(2) {
            let attacked = undisturbed.in_between(|number, command, card| {
                let answer = card.exchange(command).unwrap();
                if number != pair[0].number {
                    return answer;
                }
                card.exchange(&pair[1].command).unwrap()
            });
            let context = format!("{:?} before {:?}", pair[1], pair[0]);
            undisturbed.assert_nothing_shows(&BTreeSet::from([attacked.error(&context)]));
        }
    }
}

#[test]
fn commands_swapped_with_those_that_follow_are_found_out() {
    for undisturbed in sessions() {
        let protected: Vec<_> = undisturbed.protected().collect();
        for pair in protected.windows(2) {
            let attacked = undisturbed.in_between(|number, command, card| {
                let sent = match number {
                    number if number == pair[0].number => &pair[1].command,
                    number if number == pair[1].number => &pair[0].command,
                    _ => command,
                };
                card.exchange(sent).unwrap()
            });
            let context = format!("{:?} before {:?}", pair[1], pair[0]);
            attacked.error(&context);
            assert_nothing_but_status_words(&attacked, pair[0].number, &context);
        }
    }
}

#[test]
fn replayed_commands_are_found_out() {
    for undisturbed in sessions() {
        let protected: Vec<_> = undisturbed.protected().collect();
        for (index, at) in protected.iter().enumerate() {
            for other in &protected[..index] {
                let attacked = undisturbed.in_between(|number, command, card| {
                    let sent = if number == at.number { &other.command } else { command };
                    card.exchange(sent).unwrap()
                });
                let context = format!("{other:?} in place of {at:?}");
                attacked.error(&context);
                assert_nothing_but_status_words(&attacked, at.number, &context);
            }
        }
    }
}

/// The card refuses the second, and with it all that follow.
#[test]
fn commands_sent_twice_are_found_out() {
    for undisturbed in sessions() {
        let last = undisturbed.protected().map(|exchange| exchange.number).max();
        for at in undisturbed.protected() {
            for first in [true, false] {
                let attacked = undisturbed.in_between(|number, command, card| {
                    let answer = card.exchange(command).unwrap();
                    if number != at.number {
                        return answer;
                    }
                    let again = card.exchange(command).unwrap();
                    assert_eq!(again.len(), 2, "{again:02X?}");
                    if first { answer } else { again }
                });
                let context = format!("{at:?} twice");
                let harmless = first && Some(at.number) == last;
                assert_eq!(attacked.is_right(&context), harmless, "{context}");
            }
        }
    }
}

/// The card does not see the command; someone says that all is well, or that it is not.
#[test]
fn dropped_commands_are_found_out() {
    for undisturbed in sessions() {
        for at in undisturbed.protected() {
            for status in [
                [0x90, 0x00],
                [0x91, 0x0B],
                [0x62, 0x82],
                [0x62, 0x83],
                [0x63, 0xC2],
                [0x67, 0x00],
                [0x69, 0x82],
                [0x69, 0x88],
                [0x6A, 0x82],
                [0x6A, 0x86],
                [0x6B, 0x00],
                [0x6D, 0x00],
            ] {
                let attacked = undisturbed.with_fault(at, FaultKind::Status(status));
                let context = format!("{status:02X?} to {at:?}");
                attacked.error(&context);
                assert_nothing_but_status_words(&attacked, at.number + 1, &context);
            }
        }
    }
}

/// From the front, from the end, and of the data alone. Two bytes are a status word, and one that
/// says no is never protected: who makes one up stops the reading, or sends it another way to the
/// same data.
#[test]
fn responses_cut_to_any_length_are_found_out() {
    for undisturbed in sessions() {
        let mut errors = BTreeSet::new();
        for at in undisturbed.with_protected_response() {
            let whole = response_of(at);
            let (data, status) = whole.split_at(whole.len() - 2);
            for length in 0..whole.len() {
                let attacked = undisturbed.with_fault(at, FaultKind::Truncated(length));
                let context = format!("the first {length} bytes of the answer to {at:?}");
                if length != 2 || !attacked.is_right(&context) {
                    errors.insert(attacked.error(&context));
                    assert_nothing_but_status_words(&attacked, at.number + 1, &context);
                }
            }
            for length in 0..data.len() {
                for rest in [&data[..length], &data[data.len() - length..]] {
                    let attacked = with_response(&undisturbed, at, [rest, status].concat());
                    let context = format!("{length} bytes of the data of {at:?}");
                    errors.insert(found_out(&attacked, at, &context));
                }
            }
        }
        undisturbed.assert_nothing_shows(&errors);
    }
}

/// Without its expected length, which is not protected, a command is still the same.
#[test]
fn commands_cut_to_any_length_are_found_out() {
    for undisturbed in sessions() {
        for at in undisturbed.protected() {
            let has_expected_length = instruction(at) != EXTERNAL_AUTHENTICATE;
            let protected = at.command.len() - usize::from(has_expected_length);
            for length in 0..at.command.len() {
                let attacked = undisturbed.in_between(|number, command, card| {
                    let sent = if number == at.number { &command[..length] } else { command };
                    card.exchange(sent).unwrap()
                });
                let context = format!("{length} bytes of {at:?}");
                let right = attacked.is_right(&context);
                assert!(!right || length == protected, "{context}");
                if length < protected {
                    assert_nothing_but_status_words(&attacked, at.number, &context);
                }
            }
        }
    }
}

/// Errors come without a MAC, and so does the one that says that the file ends here. The size in
/// the protected file control parameters says otherwise.
#[test]
fn a_made_up_end_of_the_file_is_found_out() {
    let file = file_of_32_kib();
    for at in [12, 13, 100] {
        for status in [[0x6B, 0x00], [0x67, 0x00], [0x6A, 0x86], [0x6A, 0x82]] {
            let card = secure_card(|card| hold(card, &file));
            card.lock().inject(Fault { at, kind: FaultKind::Status(status) });
            let error = Host::new().read_card(card).unwrap_err();
            assert_eq!(error.kind(), ReadErrorKind::Unreadable, "{status:02X?} at {at}: {error:?}");
        }
    }
}
