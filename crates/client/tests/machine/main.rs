// SPDX-License-Identifier: Apache-2.0
//! The state machine alone.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "../common/data.rs"]
mod data;
mod device;
mod events;
mod plans;
mod timers;
