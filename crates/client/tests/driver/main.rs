// SPDX-License-Identifier: Apache-2.0
//! The client on the virtual card, with a stack that notes what it is told.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod crashes;
mod faults;
mod random;
mod sequence;
mod stack;
mod stories;
