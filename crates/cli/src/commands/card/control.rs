// SPDX-License-Identifier: Apache-2.0
//! The commands that change a served card, a line each.

use std::fmt;
use std::path::Path;

use simstrap_policy::bootstrap_data::scp03::apdu::TransportErrorKind;
use simstrap_virtual_card::{
    CardDescription, Fault, FaultKind, SharedCard, UpdateError, VirtualCard,
};

use crate::bootstrap_file;
use crate::error::{Error, messages};

/// The kinds of faults, as `fault` takes them.
const FAULTS: &str = "lost, no-response, timeout, never, garbage HEX, truncate N, empty, \
                      command-bit N, response-bit N, status HEX, pull, reset";

/// The commands.
const COMMANDS: &str = "pull, insert, swap CARD.toml, update FILE, deactivate, activate, reset, \
                        fault KIND [at N], log, quit, help";

/// What a command came to.
pub(in crate::commands) enum Reply {
    /// Done; and what there is to say about it.
    Done(String),
    /// Done, with lines after the first.
    Lines(Vec<String>),
    /// Nothing was done.
    Refused(Refusal),
    /// The serving is to end.
    Quit,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands) enum Refusal {
    /// No such command.
    #[error("there is no command `{0}`: there are {COMMANDS}")]
    Command(String),
    /// A command without its file, or with something it does not take.
    #[error("`{0}` is to be followed by {1}")]
    Argument(&'static str, &'static str),
    /// A fault that is none.
    #[error("`{0}` is no fault: there are {FAULTS}")]
    Fault(String),
    /// The exchange is over.
    #[error("exchange {at} is over: the next is {next}")]
    Past { at: u64, next: u64 },
    /// The file is not what it should be.
    #[error(transparent)]
    File(Box<Error>),
    /// It does not fit.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::File(Box::new(error))
    }
}

/// Carries a command out.
pub(in crate::commands) fn execute(card: &SharedCard, line: &str) -> Reply {
    let line = line.trim();
    let (command, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = argument.trim();
    let done = match (command, argument) {
        ("quit", "") => return Reply::Quit,
        ("log", "") => {
            return Reply::Lines(card.lock().transcript().lines().map(str::to_owned).collect());
        }
        ("help", "") => Ok(format!("{COMMANDS}; kinds of faults: {FAULTS}")),
        ("pull", "") => Ok(change(card, "pulled", VirtualCard::remove)),
        ("insert", "") => Ok(change(card, "inserted", VirtualCard::insert)),
        ("reset", "") => Ok(change(card, "reset", VirtualCard::reset)),
        ("deactivate", "") => {
            Ok(change(card, "deactivated", VirtualCard::deactivate_bootstrap_file))
        }
        ("activate", "") => Ok(change(card, "activated", VirtualCard::activate_bootstrap_file)),
        ("swap", "") => Err(Refusal::Argument("swap", "the description of a card")),
        ("swap", file) => swap(card, Path::new(file)),
        ("update", "") => Err(Refusal::Argument("update", "a file with bootstrap data")),
        ("update", file) => update(card, Path::new(file)),
        ("fault", kind) => fault(card, kind),
        ("quit" | "log" | "help" | "pull" | "insert" | "reset" | "deactivate" | "activate", _) => {
            Err(Refusal::Argument("this command", "nothing"))
        }
        _ => Err(Refusal::Command(command.to_owned())),
    };
    done.map_or_else(Reply::Refused, Reply::Done)
}

fn change(card: &SharedCard, done: &str, change: impl FnOnce(&mut VirtualCard)) -> String {
    change(&mut card.lock());
    done.to_owned()
}

fn swap(card: &SharedCard, path: &Path) -> Result<String, Refusal> {
    let other = CardDescription::from_file(path)
        .and_then(|description| VirtualCard::new(&description))
        .map_err(|source| Error::Description { path: path.to_owned(), source })?;
    card.lock().replace(other);
    Ok("another card is in".to_owned())
}

fn update(card: &SharedCard, path: &Path) -> Result<String, Refusal> {
    let data = bootstrap_file::read(path)?;
    card.lock().update_bootstrap_data(&data)?;
    Ok(format!("{} bytes of data", data.len()))
}

fn fault(card: &SharedCard, text: &str) -> Result<String, Refusal> {
    let no_fault = || Refusal::Fault(text.to_owned());
    let (kind, at) = match text.rsplit_once(" at ") {
        Some((kind, at)) => (kind.trim(), Some(at.trim().parse().map_err(|_| no_fault())?)),
        None => (text, None),
    };
    let kind = fault_kind(kind).ok_or_else(no_fault)?;
    let mut card = card.lock();
    let next = card.exchanges();
    let at = at.unwrap_or(next);
    if at < next {
        return Err(Refusal::Past { at, next });
    }
    card.inject(Fault { at, kind });
    Ok(format!("exchange {at} will go wrong"))
}

fn fault_kind(text: &str) -> Option<FaultKind> {
    let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let argument = argument.trim();
    let number = || argument.parse().ok();
    let bytes = || hex::decode(argument).ok();
    let plain = |kind| argument.is_empty().then_some(kind);
    match name {
        "lost" => plain(FaultKind::CommandLost(TransportErrorKind::Other)),
        "no-response" => plain(FaultKind::ResponseLost(TransportErrorKind::Other)),
        "timeout" => plain(FaultKind::ResponseLost(TransportErrorKind::Timeout)),
        "never" => plain(FaultKind::NeverAnswers),
        "garbage" => bytes().map(FaultKind::Garbage),
        "truncate" => number().map(FaultKind::Truncated),
        "empty" => plain(FaultKind::EmptyResponse),
        "command-bit" => number().map(FaultKind::CommandBit),
        "response-bit" => number().map(FaultKind::ResponseBit),
        "status" => bytes()?.try_into().ok().map(FaultKind::Status),
        "pull" => plain(FaultKind::Remove),
        "reset" => plain(FaultKind::Reset),
        _ => None,
    }
}

/// One line, or as many as it says.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(what) => writeln!(f, "ok {what}"),
            Self::Quit => writeln!(f, "ok ending"),
            Self::Lines(lines) => {
                writeln!(f, "ok {}", lines.len())?;
                lines.iter().try_for_each(|line| writeln!(f, "{line}"))
            }
            Self::Refused(refusal) => {
                let text = messages(refusal).join(": ");
                let line: Vec<_> = text.split_whitespace().collect();
                writeln!(f, "error: {}", crate::terminal::escaped(&line.join(" ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_with_their_arguments_and_nothing_else() {
        for kind in [
            "lost",
            "no-response",
            "timeout",
            "never",
            "garbage 62",
            "truncate 1",
            "empty",
            "command-bit 3",
            "response-bit 3",
            "status 6F00",
            "pull",
            "reset",
        ] {
            assert!(fault_kind(kind).is_some(), "{kind}");
            let name = kind.split(' ').next().unwrap();
            assert!(FAULTS.contains(name), "{kind}");
        }
        for wrong in ["", "lost 1", "truncate", "truncate x", "status 6F", "status", "garbage 6"] {
            assert!(fault_kind(wrong).is_none(), "{wrong}");
        }
    }
}
