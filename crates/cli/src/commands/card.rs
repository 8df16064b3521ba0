// SPDX-License-Identifier: Apache-2.0
//! `simstrap card`: virtual cards, and writing to cards.

pub(super) mod control;
pub(super) mod serve;
mod socket;
pub(super) mod write;

pub(crate) use socket::ControlError;
pub(super) use socket::next_line;

use simstrap_virtual_card::SAMPLE;

use super::Outcome;
use crate::args::CardNewArgs;
use crate::error::Error;
use crate::output::{self, Existing};
use crate::source::{Origin, Stream};

/// `simstrap card new`: a description to start one's own from.
pub(super) fn new(args: &CardNewArgs) -> Result<Outcome, Error> {
    match Origin::new(&args.output, Stream::Output) {
        Origin::Standard(_) => output::print(SAMPLE)?,
        Origin::File(path) => {
            let existing = if args.force { Existing::Replace } else { Existing::Keep };
            output::write_file(&path, SAMPLE.as_bytes(), existing)?;
        }
    }
    Ok(Outcome::Done)
}
