// SPDX-License-Identifier: Apache-2.0
//! `simstrap doctor`: what there is to read cards with, and what stands in the way.

mod places;

use std::fmt::Write as _;

use serde::Serialize;

use super::Outcome;
use crate::args::DoctorArgs;
use crate::card_access::CardAccess;
use crate::device::Style;
use crate::error::{Error, messages};
use crate::format::json;
use crate::output;
use crate::terminal::{BAD, FAINT, GOOD, WARN, columns, escaped, width, wrapped};

/// What was found. Its JSON is a contract.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    findings: Vec<Finding>,
}

/// What was found in one place.
#[derive(Debug, Serialize)]
struct Finding {
    /// The SPEC of a card, or what is looked for: `pcsc`, `at`.
    place: String,
    state: State,
    message: String,
    help: Option<String>,
}

/// How it stands in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// The card there can be read.
    Readable,
    /// There is no card, or no bootstrap data on it.
    NoData,
    /// There is something, which could not be read.
    Unreadable,
    /// There is nothing.
    Absent,
    /// It was not looked at.
    Skipped,
}

impl Finding {
    fn new(place: impl Into<String>, state: State, message: impl Into<String>) -> Self {
        Self { place: place.into(), state, message: message.into(), help: None }
    }

    fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// What keeps the card in a place from being read.
    fn of_error(place: &str, error: &Error) -> Self {
        let state = if error.exit_code() == 4 { State::NoData } else { State::Unreadable };
        Self::new(place, state, messages(error).join(": ")).with_help(error.help())
    }
}

/// Looks everywhere, or at the card that was named.
pub(super) fn run(args: &DoctorArgs) -> Result<Outcome, Error> {
    let findings = match args.card() {
        Some(spec) => {
            let mut access = CardAccess::open(&args.options(spec))?;
            vec![card(spec, &mut access)]
        }
        None => places::all(args),
    };
    let outcome = outcome(&findings);
    let report = Report { version: env!("CARGO_PKG_VERSION"), findings };
    match args.format {
        Style::Json => output::print(&json::line(&report))?,
        Style::Text => output::print_styled(&text(&report, width()))?,
    }
    Ok(outcome)
}

/// Reads a card.
fn card(spec: &str, access: &mut CardAccess) -> Finding {
    match access.read() {
        Ok((read, _)) => {
            let reading = read.reading;
            let iccid = reading.iccid;
            let used = reading.used.len();
            match &reading.data {
                Ok(_) => {
                    let message =
                        format!("card {iccid} can be read, {used} bytes of bootstrap data");
                    Finding::new(spec, State::Readable, message)
                }
                Err(error) => {
                    let message = format!("card {iccid} has malformed bootstrap data: {error}");
                    let help = "simstrap read --format raw, then simstrap decode --lenient";
                    Finding::new(spec, State::Readable, message).with_help(help)
                }
            }
        }
        Err(error) => Finding::of_error(spec, &error),
    }
}

fn outcome(findings: &[Finding]) -> Outcome {
    let any = |state| findings.iter().any(|finding| finding.state == state);
    if any(State::Readable) {
        Outcome::Done
    } else if any(State::Unreadable) {
        Outcome::Unreadable
    } else {
        Outcome::NoCard
    }
}

/// A paragraph for each place: where, how it stands, and what to do.
fn text(report: &Report, width: Option<usize>) -> String {
    let mut text = format!("simstrap {}\n", report.version);
    for Finding { place, state, message, help } in &report.findings {
        let (style, word) = match state {
            State::Readable => (GOOD, "ok"),
            State::NoData | State::Unreadable => (BAD, "fails"),
            State::Absent => (WARN, "none"),
            State::Skipped => (FAINT, "skipped"),
        };
        let _infallible = writeln!(text, "{style}{word:<7}{style:#} {}", escaped(place));
        for (label, what) in [("", Some(message)), ("help: ", help.as_ref())] {
            let Some(what) = what else { continue };
            let indent = 8 + columns(label);
            let room = width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(20));
            for (number, line) in wrapped(&escaped(what), room).iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                let _infallible = writeln!(text, "{label:>indent$}{line}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_card_that_can_be_read_is_enough() {
        let finding = |state| Finding::new("at:/dev/ttyUSB2", state, "");
        let of =
            |states: &[State]| outcome(&states.iter().copied().map(finding).collect::<Vec<_>>());
        assert_eq!(of(&[State::Unreadable, State::Readable, State::Absent]), Outcome::Done);
        assert_eq!(of(&[State::NoData, State::Unreadable, State::Absent]), Outcome::Unreadable);
        assert_eq!(of(&[State::NoData, State::Absent, State::Skipped]), Outcome::NoCard);
        assert_eq!(of(&[]), Outcome::NoCard);
    }
}
