// SPDX-License-Identifier: Apache-2.0
//! `simstrap completions` and `simstrap man`: what is installed beside the command.

use std::fs;

use clap::CommandFactory;

use super::Outcome;
use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::error::Error;
use crate::output::{self, OutputError};
use crate::source::Origin;

/// Prints what completes command lines in a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "simstrap", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}

/// Writes a page for each command.
pub(super) fn man(args: &ManArgs) -> Result<Outcome, Error> {
    fs::create_dir_all(&args.directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.directory))
        .map_err(|source| Error::Output {
            origin: Origin::File(args.directory.clone()),
            source: OutputError::Write(source),
        })?;
    Ok(Outcome::Done)
}
