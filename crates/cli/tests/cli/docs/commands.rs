// SPDX-License-Identifier: Apache-2.0
//! Every command of the documentation runs, and prints what stands there.
//!
//! - A block `sh` is run line by line, all blocks of a page in one directory and in order. A line
//!   ends with exit code 0, or with that of a comment `# exit 2`.
//! - A block `console` holds commands after `$ ` with what they print; a line `…` stands for any
//!   lines.
//! - A block `toml,file=NAME` is that file.
//! - A block `sh,hardware` needs a reader or a modem, `sh,service` something that goes on until it
//!   is stopped, `sh,fuzz` another toolchain: their commands are only understood.

use std::process::{Command, Stdio};

use super::{Block, Page, pages};
use crate::Desk;

/// A page with programs of others, which has a test of its own: its commands are understood here.
const TESTED_ELSEWHERE: &str = "docs/virtual-card.md";

/// What is not run: it builds, installs, or belongs to the whole repository.
const NOT_RUN: [&str; 9] = [
    ".ci/",
    "apt-get ",
    "cargo ",
    "cc ",
    "crates/capi/install.sh ",
    "docs/",
    "fuzz/run ",
    "mdbook ",
    "rustup ",
];

/// A command that goes on for longer hangs.
const SECONDS: &str = "60";

#[test]
fn every_command_of_the_documentation_runs_and_prints_what_stands_there() {
    let mut count = 0;
    for page in pages() {
        let desk = Desk::new();
        for block in page.blocks() {
            count += play(&page, &block, &desk);
        }
    }
    assert!(count > 20, "only {count} commands were found");
}

/// Plays a block; returns how many commands it had.
fn play(page: &Page, block: &Block<'_>, desk: &Desk) -> usize {
    let place = format!("{}:{}", page.name, block.line);
    let file = block.flags.iter().find_map(|flag| flag.strip_prefix("file="));
    if let Some(name) = file {
        desk.put(name, block.lines.join("\n") + "\n");
        return 0;
    }
    match (block.language, block.flags.as_slice()) {
        ("sh", []) if page.name != TESTED_ELSEWHERE => {
            let commands = commands(block);
            commands.iter().for_each(|command| {
                let (code, output) = run(desk, command);
                assert_eq!(code, expected_code(command), "{place}: {command}\n{output}");
            });
            commands.len()
        }
        ("sh", [] | ["hardware" | "service" | "fuzz"]) => {
            let commands = commands(block);
            commands.iter().for_each(|command| assert_understood(&place, command, desk));
            commands.len()
        }
        ("console", []) => compare(&place, block, desk),
        (language, flags) => {
            let known = matches!(language, "rust" | "toml" | "json" | "text" | "c");
            assert!(known && flags.is_empty(), "{place}: {language} {flags:?} is not known here");
            0
        }
    }
}

/// The commands of a block, lines that go on with `\` joined.
fn commands(block: &Block<'_>) -> Vec<String> {
    let joined = block.lines.join("\n").replace("\\\n", " ");
    let commands = joined.lines().map(str::trim);
    let commands = commands.filter(|line| !line.is_empty() && !line.starts_with('#'));
    commands
        .filter(|line| !NOT_RUN.iter().any(|start| line.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

fn expected_code(command: &str) -> i32 {
    command.split_once("# exit ").map_or(0, |(_, code)| code.trim().parse().unwrap())
}

/// Runs a command in a shell; its exit code, and what it printed in both streams.
fn run(desk: &Desk, command: &str) -> (i32, String) {
    let directory = std::path::Path::new(env!("CARGO_BIN_EXE_simstrap")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("timeout")
        .args([SECONDS, "sh", "-c", &format!("exec 2>&1\n{command}")])
        .current_dir(desk.path("."))
        .env("PATH", format!("{}:{path}", directory.display()))
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().expect("no signal ended it"), text)
}

/// Asserts that the command line is understood, as far as it can be told without a card.
fn assert_understood(place: &str, command: &str, desk: &Desk) {
    if !command.starts_with("simstrap ") {
        return;
    }
    let end = [" |", " <", " >", " &", " #"].iter().filter_map(|sign| command.find(sign)).min();
    let arguments = command.get(..end.unwrap_or(command.len())).unwrap();
    let (code, output) = run(desk, &format!("{arguments} --help"));
    assert_eq!(code, 0, "{place}: {command}\n{output}");
}

/// Runs the commands after `$ ` and compares; returns how many there were.
fn compare(place: &str, block: &Block<'_>, desk: &Desk) -> usize {
    let starts: Vec<_> =
        (0..block.lines.len()).filter(|at| block.lines[*at].starts_with("$ ")).collect();
    assert_eq!(starts.first(), Some(&0), "{place}: a command comes first");
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(block.lines.len());
        let command = block.lines[*start].trim_start_matches("$ ");
        let expected = &block.lines[start + 1..end];
        let (code, output) = run(desk, command);
        assert_eq!(code, expected_code(command), "{place}: {command}\n{output}");
        let printed: Vec<_> = output.lines().map(str::trim_end).collect();
        assert!(matches(expected, &printed), "{place}: {command} prints\n{output}");
    }
    starts.len()
}

/// Whether the lines are those expected, where `…` stands for any.
fn matches(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line.trim() == "…" => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        Some((line, rest)) => {
            printed.first().is_some_and(|first| first == line) && matches(rest, &printed[1..])
        }
    }
}

#[test]
fn a_line_of_dots_stands_for_any_lines() {
    assert!(matches(&["a", "…", "c"], &["a", "b", "b", "c"]));
    assert!(matches(&["…"], &[]));
    assert!(!matches(&["a", "…", "c"], &["a", "b"]));
    assert!(!matches(&["a"], &["a", "b"]));
}
