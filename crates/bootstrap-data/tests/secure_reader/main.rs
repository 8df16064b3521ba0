// SPDX-License-Identifier: Apache-2.0
//! Reading the virtual card through its secure channel: the host's half of SCP03 and the card's,
//! which were written apart.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod altered;
#[path = "../common/cards.rs"]
mod cards;
mod cost;
mod ending;
mod faults;
mod handshake;
mod host;
mod matrix;
mod messages;
mod protected;
mod quirks;
mod recheck;
mod secrets;
mod session;
mod shown;
