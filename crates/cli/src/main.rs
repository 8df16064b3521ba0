// SPDX-License-Identifier: Apache-2.0
//! The `simstrap` command: bootstrap data of smart cards, read, decoded, encoded and tried out.
#![forbid(unsafe_code)]
// The futures of a whole life are nested deeply: driver, reading, secure channel, transport.
#![recursion_limit = "256"]

mod args;
mod bootstrap_file;
mod card_access;
mod card_spec;
mod card_transport;
mod commands;
mod device;
mod error;
mod format;
mod input;
mod keys_file;
mod message;
mod network;
mod output;
mod pin;
mod policy_file;
mod progress;
mod secret_file;
mod source;
mod terminal;
mod toml_text;
mod trace;
mod view;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match args::Cli::try_parse() {
        Ok(cli) => match commands::run(cli.command) {
            Ok(outcome) => outcome.into(),
            Err(error) => message::report(&error),
        },
        Err(error) => message::report_usage(&error),
    }
}
