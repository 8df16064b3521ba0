// SPDX-License-Identifier: Apache-2.0
//! The client on the virtual card, with a stack that notes what it is told.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod card;
mod crashes;
#[path = "../common/data.rs"]
mod data;
mod faults;
mod memory;
mod random;
#[path = "../common/random.rs"]
mod random_numbers;
mod sequence;
mod stack;
mod stories;
mod world;
