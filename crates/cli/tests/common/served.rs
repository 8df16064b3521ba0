// SPDX-License-Identifier: Apache-2.0
//! A card that is served for as long as the test holds it: `simstrap card serve --format json`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A served card; the process ends with it.
pub(crate) struct Served {
    pub(crate) process: Child,
    pub(crate) input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Served {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Kind and address of the next front end.
    pub(crate) fn front_end(&mut self) -> (String, String) {
        let line = self.line();
        let ready: serde_json::Value = serde_json::from_str(&line).expect(&line);
        let text = |key: &str| ready[key].as_str().unwrap().to_owned();
        (text("front_end"), text("address"))
    }

    /// Gives a command; the first line of the reply.
    pub(crate) fn say(&mut self, command: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
        self.line()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        crate::end(&mut self.process);
    }
}
