// SPDX-License-Identifier: Apache-2.0
//! Modems, from the outside: transcripts, altered answers, silence.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod altered;
mod parser;
mod script;
mod tcp;
mod transcripts;
