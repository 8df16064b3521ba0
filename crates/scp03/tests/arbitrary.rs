// SPDX-License-Identifier: Apache-2.0
//! Nothing a card sends makes the host panic, and nothing made up is accepted.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod common;

use common::{host_challenge, keys_of};
use proptest::prelude::*;
use simstrap_scp03::Handshake;
use simstrap_scp03::apdu::{Command, Response, StatusWord};

proptest! {
    #[test]
    fn ft_03_any_response_to_initialize_update(number in 0..66usize,
                                               data in prop::collection::vec(any::<u8>(), 0..60),
                                               status in any::<[u8; 2]>(), aid in any::<Option<[u8; 12]>>()) {
        let session = &common::sessions()[number];
        let configuration = common::configuration(keys_of(session), session);
        let handshake = Handshake::new(&configuration, host_challenge(session));
        let response = Response { data: &data, status: StatusWord::from_bytes(status) };
        let verified = handshake.verify_card(response, aid.as_ref().map(<[u8; 12]>::as_slice));
        prop_assert!(verified.is_err());
    }

    #[test]
    fn ft_03_nearly_right_responses_to_initialize_update(number in 0..66usize, place in 0..48usize, byte: u8) {
        let session = &common::sessions()[number];
        let configuration = common::configuration(keys_of(session), session);
        let mut data = common::bytes(session, "response");
        let place = place % data.len();
        // Diversification data, options and sequence counter are no part of the proof.
        let proved = 13..13 + 2 * host_challenge(session).as_bytes().len();
        let changed = data[place] != byte && proved.contains(&place);
        data[place] = byte;
        let handshake = Handshake::new(&configuration, host_challenge(session));
        let verified = handshake.verify_card(common::success(&data), None);
        prop_assert!(!changed || verified.is_err());
    }

    #[test]
    fn ft_03_any_response_in_a_session(number in 0..66usize,
                                       mut data in prop::collection::vec(any::<u8>(), 0..300),
                                       status in any::<[u8; 2]>()) {
        let session = &common::sessions()[number];
        let mut open = common::open(keys_of(session), session);
        open.wrap(&Command::status(), &mut [0; 255]).unwrap();
        let status = StatusWord::from_bytes(status);
        let level = common::level(session);
        match open.unwrap(&mut data, status) {
            Ok(response) => prop_assert!(response.data.is_empty() || !level.authenticates_responses()),
            Err(_) => prop_assert!(open.end().is_some() && data.iter().all(|byte| *byte == 0)),
        }
    }

    #[test]
    fn ft_03_any_command(number in 0..66usize, command in prop::collection::vec(any::<u8>(), 4..300),
                         room in 0..300usize) {
        let session = &common::sessions()[number];
        let mut open = common::open(keys_of(session), session);
        let mut buffer = vec![0; room];
        if let Ok(plain) = Command::from_bytes(&command)
            && let Ok(wrapped) = open.wrap(&plain, &mut buffer)
        {
            prop_assert!(wrapped.class.is_secured());
            prop_assert_eq!(wrapped.class.channel(), plain.class.channel());
            prop_assert_eq!(wrapped.expected, plain.expected);
            prop_assert!(wrapped.data.len() <= 255);
        }
        prop_assert_eq!(open.end(), None);
    }
}
