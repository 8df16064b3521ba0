// SPDX-License-Identifier: Apache-2.0
//! A device that runs, and what it tells.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// `simstrap run --format json`, ended with the test.
pub(crate) struct Device {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Device {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    pub(crate) fn send(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Reads events up to the next operation, which has to be this one with this server.
    pub(crate) fn expect_operation(&mut self, operation: &str, server: u64) {
        let mut events = Vec::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).unwrap();
            assert!(length > 0, "no {operation} after {events:#?}");
            let event: Value = serde_json::from_str(&line).expect(&line);
            if event["event"] == "operation" {
                let found = (event["operation"].as_str(), event["server"].as_u64());
                assert_eq!(found, (Some(operation), Some(server)), "{events:#?}");
                return;
            }
            events.push(event);
        }
    }

    /// Reads events up to one of this kind, before any operation.
    pub(crate) fn expect(&mut self, kind: &str) {
        let mut events = Vec::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).unwrap();
            assert!(length > 0, "no {kind} after {events:#?}");
            let event: Value = serde_json::from_str(&line).expect(&line);
            assert_ne!(event["event"], "operation", "{event}, {events:#?}");
            if event["event"] == kind {
                return;
            }
            events.push(event);
        }
    }

    /// Waits for a clean end.
    pub(crate) fn end(mut self) {
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        crate::end(&mut self.process);
    }
}
