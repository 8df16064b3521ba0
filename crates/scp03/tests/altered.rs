// SPDX-License-Identifier: Apache-2.0
//! Whoever stands between host and card and changes a response is found out.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod common;

use common::{bytes, keys_of, list, unwrap, up_to};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use simstrap_scp03::apdu::Command;
use simstrap_scp03::{Session, SessionEnd, SessionError};

/// Sessions of the reference whose responses carry a MAC.
fn protected_sessions() -> Vec<&'static Value> {
    common::sessions()
        .iter()
        .filter(|session| common::level(session).authenticates_responses())
        .collect()
}

/// The positions of the exchanges whose response carries a MAC; an error comes bare.
fn protected_exchanges(session: &Value) -> Vec<usize> {
    let exchanges = list(session, "exchanges");
    (0..exchanges.len())
        .filter(|at| exchanges[*at]["protected"].as_str().unwrap().len() > 4)
        .collect()
}

/// A session in which the command of this exchange was sent and not yet answered.
fn awaiting(session: &Value, exchange: usize) -> Session {
    let mut open = common::open(keys_of(session), session);
    up_to(&mut open, list(session, "exchanges"), exchange);
    open
}

/// The response is refused, nothing of it comes out (`common::unwrap` looks), and the session is
/// over.
fn is_refused(mut session: Session, response: &[u8]) -> bool {
    let refused = unwrap(&mut session, response).is_err();
    let end = SessionEnd::Altered;
    let mut buffer = [0; Session::MAX_WRAPPED];
    let again = session.wrap(&Command::status(), &mut buffer);
    refused && session.end() == Some(end) && again == Err(SessionError::Ended { end })
}

#[test]
fn every_single_bit_of_a_response_is_protected() {
    let sessions = protected_sessions();
    assert_eq!(sessions.len(), 3 * 2 * 3 * 2 + 6);
    for session in sessions {
        // Data, no data, a warning.
        for at in [0, 2, 4] {
            let original = bytes(&list(session, "exchanges")[at], "protected");
            for bit in 0..8 * original.len() {
                let mut altered = original.clone();
                altered[bit / 8] ^= 1 << (bit % 8);
                let awaiting = awaiting(session, at);
                assert!(is_refused(awaiting, &altered), "bit {bit} of exchange {at}");
            }
        }
    }
}

#[test]
fn every_truncation_is_found_out() {
    for session in protected_sessions() {
        let original = bytes(&list(session, "exchanges")[0], "protected");
        let (data, status) = original.split_at(original.len() - 2);
        for length in 0..data.len() {
            for rest in [&data[..length], &data[data.len() - length..]] {
                let altered = [rest, status].concat();
                let awaiting = awaiting(session, 0);
                assert!(is_refused(awaiting, &altered), "{length} bytes left");
            }
        }
    }
}

/// One protected session of the reference, and one of its protected exchanges.
fn any_exchange() -> impl Strategy<Value = (&'static Value, usize)> {
    let count = protected_sessions().len();
    (0..count, any::<Index>()).prop_map(|(session, exchange)| {
        let session = protected_sessions()[session];
        let exchanges = protected_exchanges(session);
        (session, exchanges[exchange.index(exchanges.len())])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_change_of_any_response((session, at) in any_exchange(),
                                  changes in prop::collection::vec((any::<Index>(), 1..=0xFFu8), 1..4)) {
        let original = bytes(&list(session, "exchanges")[at], "protected");
        let mut altered = original.clone();
        for (place, mask) in changes {
            altered[place.index(original.len())] ^= mask;
        }
        prop_assume!(altered != original);
        // The card's own word that it did not accept the command ends the session otherwise.
        prop_assume!(altered[altered.len() - 2] != 0x69);
        prop_assert!(is_refused(awaiting(session, at), &altered));
    }

    #[test]
    fn responses_of_other_commands((session, at) in any_exchange(), other in any::<Index>()) {
        let exchanges = protected_exchanges(session);
        let other = exchanges[other.index(exchanges.len())];
        prop_assume!(other != at);
        let foreign = bytes(&list(session, "exchanges")[other], "protected");
        prop_assert!(is_refused(awaiting(session, at), &foreign));
    }

    #[test]
    fn responses_of_other_sessions((session, at) in any_exchange(),
                                   other in select((0..42usize).collect::<Vec<_>>())) {
        let others = protected_sessions();
        prop_assume!(others[other] != session);
        let foreign = bytes(&list(others[other], "exchanges")[at], "protected");
        prop_assert!(is_refused(awaiting(session, at), &foreign));
    }

    #[test]
    fn a_dropped_exchange((session, at) in any_exchange()) {
        prop_assume!(at > 0);
        // The card answers this command, but it never saw the one before.
        let mut open = common::open(keys_of(session), session);
        let exchanges = list(session, "exchanges");
        up_to(&mut open, &exchanges[..at - 1], at.saturating_sub(2));
        if at > 1 {
            unwrap(&mut open, &bytes(&exchanges[at - 2], "protected")).unwrap();
        }
        common::wrap(&mut open, &bytes(&exchanges[at], "plain"));
        prop_assert!(is_refused(open, &bytes(&exchanges[at], "protected")));
    }

    #[test]
    fn more_than_was_sent((session, at) in any_exchange(),
                          more in prop::collection::vec(any::<u8>(), 1..40), place in any::<Index>()) {
        let mut altered = bytes(&list(session, "exchanges")[at], "protected");
        let place = place.index(altered.len() - 1);
        let original = altered.clone();
        altered.splice(place..place, more);
        prop_assume!(altered != original);
        prop_assert!(is_refused(awaiting(session, at), &altered));
    }
}
