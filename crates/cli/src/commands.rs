// SPDX-License-Identifier: Apache-2.0
//! The commands, a module for each.

pub(crate) mod card;
mod check;
mod decode;
mod demo;
mod doctor;
mod encode;
mod installing;
mod read;
mod run;
mod show;

use std::process::ExitCode;

use crate::args::{CardCommand, Command};
use crate::error::Error;

/// How a command ended that has its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Done,
    /// The data is malformed or inconsistent, and was shown or written nevertheless.
    Inconsistent,
    /// The data on the card is another.
    Changed,
    /// There is no card, or no bootstrap data on it.
    NoCard,
    /// There is something, which could not be read.
    Unreadable,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Inconsistent => Self::from(2),
            Outcome::Changed => Self::from(3),
            Outcome::NoCard => Self::from(4),
            Outcome::Unreadable => Self::from(5),
        }
    }
}

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Outcome, Error> {
    match command {
        Command::Read(args) => read::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Card(args) => match args.command {
            CardCommand::New(args) => card::new(&args),
            CardCommand::Serve(args) => card::serve::run(&args),
            CardCommand::Write(args) => card::write::run(&args),
        },
        Command::Demo => demo::run(),
        Command::Doctor(args) => doctor::run(&args),
        Command::Completions(args) => installing::completions(&args),
        Command::Man(args) => installing::man(&args),
    }
}
