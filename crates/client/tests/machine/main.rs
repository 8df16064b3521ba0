// SPDX-License-Identifier: Apache-2.0
//! The state machine alone.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "../common/data.rs"]
mod data;
mod device;
mod events;
mod plans;
mod random;
#[path = "../common/random.rs"]
mod random_numbers;
mod timers;
