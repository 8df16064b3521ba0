// SPDX-License-Identifier: Apache-2.0
//! A handshake and a session take nothing from the heap.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod common;

use allocation_counter::measure;
use common::{bytes, keys_of, list};
use simstrap_scp03::apdu::{Command, StatusWord};
use simstrap_scp03::{Handshake, Session};

fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn no_session_allocates() {
    for recorded in common::sessions() {
        let configuration = common::configuration(keys_of(recorded), recorded);
        let challenge = common::host_challenge(recorded);
        let response = bytes(recorded, "response");
        let mut session = None;
        let in_handshake = allocations(|| {
            let handshake = Handshake::new(&configuration, challenge);
            std::hint::black_box(handshake.initialize_update());
            let authenticated = handshake.verify_card(common::success(&response), None);
            let authenticated = authenticated.unwrap();
            std::hint::black_box(authenticated.external_authenticate());
            session = Some(authenticated.open(StatusWord::SUCCESS).unwrap());
        });
        assert_eq!(in_handshake, 0);
        let mut session = session.unwrap();
        for exchange in list(recorded, "exchanges") {
            let plain = bytes(exchange, "plain");
            let mut response = bytes(exchange, "protected");
            let (data, status) = response.split_last_chunk_mut::<2>().unwrap();
            let in_exchange = allocations(|| {
                let command = Command::from_bytes(&plain).unwrap();
                let mut buffer = [0; Session::MAX_WRAPPED];
                session.wrap(&command, &mut buffer).unwrap();
                let status = StatusWord::from_bytes(*status);
                session.unwrap(data, status).unwrap();
            });
            assert_eq!(in_exchange, 0);
        }
    }
}
