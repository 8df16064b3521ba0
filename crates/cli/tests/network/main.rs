// SPDX-License-Identifier: Apache-2.0
//! `simstrap run` against servers that write their messages byte by byte.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod bootstrap;
mod device;
mod registration;
mod requests;
mod server;
