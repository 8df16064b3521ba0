// SPDX-License-Identifier: Apache-2.0
//! The client on the virtual card, with a stack that notes what it is told.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod crashes;
mod faults;
mod memory;
mod random;
mod sequence;
mod stack;
mod stories;
