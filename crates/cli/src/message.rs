// SPDX-License-Identifier: Apache-2.0
//! What goes to standard error: errors, warnings and notes, each in lines of their own.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};

use crate::error::{Error, messages};
use crate::terminal::{BAD, GOOD, WARN, escaped};

/// Says what failed, why, and what to do; gives the exit code.
pub(crate) fn report(error: &Error) -> ExitCode {
    if error.is_broken_pipe() {
        return ExitCode::SUCCESS;
    }
    let mut text = String::new();
    line(&mut text, format_args!("{BAD}error:{BAD:#}"), &error.to_string());
    for cause in messages(error).iter().skip(1) {
        line(&mut text, format_args!("  caused by:"), cause);
    }
    line(&mut text, format_args!("  {GOOD}help:{GOOD:#}"), &error.help());
    print(&text);
    ExitCode::from(error.exit_code())
}

/// Says what is wrong with the command line, or prints the help that was asked for.
pub(crate) fn report_usage(error: &clap::Error) -> ExitCode {
    let asked_for_help = !error.use_stderr();
    if asked_for_help || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A reader that has gone away has seen enough.
        let _gone = error.print();
        return if asked_for_help { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let rendered = error.render().to_string();
    let mut paragraphs = rendered.split("\n\n");
    let first = joined(paragraphs.next().unwrap_or_default());
    let what = first.strip_prefix("error: ").unwrap_or(&first);
    let mut text = String::new();
    line(&mut text, format_args!("{BAD}error:{BAD:#}"), what);
    let tip = rendered.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let help = match (tip, error.get(ContextKind::Usage)) {
        (Some(tip), _) => tip.to_owned(),
        (None, Some(usage)) => usage.to_string().replacen("Usage:", "usage:", 1),
        (None, None) => "simstrap --help".to_owned(),
    };
    line(&mut text, format_args!("  {GOOD}help:{GOOD:#}"), &help);
    print(&text);
    ExitCode::FAILURE
}

/// Warns of something that did not keep the command from its result.
pub(crate) fn warn(what: impl fmt::Display) {
    let mut text = String::new();
    line(&mut text, format_args!("{WARN}warning:{WARN:#}"), &what.to_string());
    print(&text);
}

/// Says that something is wrong with what was done nevertheless.
pub(crate) fn complain(what: impl fmt::Display) {
    let mut text = String::new();
    line(&mut text, format_args!("{BAD}error:{BAD:#}"), &what.to_string());
    print(&text);
}

/// Says something worth knowing.
pub(crate) fn note(what: impl fmt::Display) {
    let mut text = String::new();
    line(&mut text, format_args!("note:"), &what.to_string());
    print(&text);
}

/// One line, whatever the text holds.
fn line(text: &mut String, label: fmt::Arguments<'_>, what: &str) {
    let _infallible = writeln!(text, "{label} {}", escaped(&joined(what)));
}

/// Lines as one.
fn joined(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// There is nowhere to report to when standard error is gone.
fn print(text: &str) {
    let _gone = anstream::AutoStream::auto(std::io::stderr()).write_all(text.as_bytes());
}
