// SPDX-License-Identifier: Apache-2.0
//! A card that is served for as long as the test holds it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::{Desk, background, end};

pub(crate) struct Served {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Served {
    /// Serves a card, and gives the address of its only front end.
    pub(crate) fn new(desk: &Desk, arguments: &[&str]) -> (Self, String) {
        let mut process = background(env!("CARGO_BIN_EXE_simstrap"))
            .args(["card", "serve", "--format", "json"])
            .args(arguments)
            .current_dir(desk.path("."))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut served = Self { process, input, output };
        let line = served.line();
        let ready: serde_json::Value = serde_json::from_str(&line).expect(&line);
        let address = ready["address"].as_str().unwrap().to_owned();
        (served, address)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Gives a command that must succeed.
    pub(crate) fn say(&mut self, command: &str) -> String {
        writeln!(self.input, "{command}").unwrap();
        let reply = self.line();
        assert!(reply.starts_with("ok"), "{command}: {reply}");
        reply
    }

    /// The lines of the card's log.
    pub(crate) fn log(&mut self) -> Vec<String> {
        let lines: usize = self.say("log").strip_prefix("ok ").unwrap().parse().unwrap();
        (0..lines).map(|_| self.line()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}
