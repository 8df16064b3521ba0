// SPDX-License-Identifier: Apache-2.0
//! `simstrap check`: whether the data on a card is still the one with a digest.

use serde::Serialize;
use simstrap_policy::bootstrap_data::reader::{Digest, ReadErrorKind};

use super::Outcome;
use crate::args::CheckArgs;
use crate::card_access::CardAccess;
use crate::device::Style;
use crate::error::Error;
use crate::format::json;
use crate::output;
use crate::terminal::{GOOD, WARN};

/// What was found out. Its JSON is a contract.
#[derive(Serialize)]
struct Finding {
    /// `same`, `changed`, `gone` or `unknown`.
    result: &'static str,
    /// Digest of the data on the card; null when there is none, or it could not be read.
    sha256: Option<String>,
}

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Error> {
    let mut card = CardAccess::open(&args.card)?;
    card.note_sample();
    match card.read() {
        Ok((read, _)) => said(read.reading.digest, args),
        Err(error) => {
            let result = match &error {
                Error::Card(source) if source.kind() == ReadErrorKind::Unreadable => "unknown",
                Error::Card(_) => "gone",
                _ => "unknown",
            };
            if args.format == Style::Json {
                output::print(&json::line(&Finding { result, sha256: None }))?;
            }
            Err(error)
        }
    }
}

/// Whether it is the same does not depend on whether it can be decoded.
fn said(digest: Digest, args: &CheckArgs) -> Result<Outcome, Error> {
    let (result, outcome) = if digest == args.against {
        ("same", Outcome::Done)
    } else {
        ("changed", Outcome::Changed)
    };
    match args.format {
        Style::Json => {
            let sha256 = Some(digest.to_string());
            output::print(&json::line(&Finding { result, sha256 }))?;
        }
        Style::Text if outcome == Outcome::Done => {
            output::print_styled(&format!("{GOOD}same{GOOD:#}: {digest}\n"))?;
        }
        Style::Text => {
            output::print_styled(&format!("{WARN}changed{WARN:#}: now {digest}\n"))?;
        }
    }
    Ok(outcome)
}
