// SPDX-License-Identifier: Apache-2.0
//! A device that runs: `simstrap run --format json`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything here takes, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A device that runs, and is ended when the test is over.
pub(crate) struct Device {
    pub(crate) process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Dropped when the device has ended; until then somebody waits to end it.
    _watch: Sender<()>,
}

impl Device {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (watch, over) = mpsc::channel();
        let id = process.id().to_string();
        thread::spawn(move || {
            if over.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ended = Command::new("kill").args(["-9", &id]).status();
            }
        });
        Self { process, input, output, _watch: watch }
    }

    pub(crate) fn send(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// The next event, whatever it is; `None` at the end.
    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).unwrap();
        (length > 0).then(|| serde_json::from_str(&line).unwrap())
    }

    /// The events up to the first of this kind.
    pub(crate) fn until(&mut self, event: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let next = self.next().unwrap_or_else(|| panic!("no {event} after {events:#?}"));
            let found = next["event"] == event;
            events.push(next);
            if found {
                return events;
            }
        }
    }

    /// Asserts that this is the next operation, with this server; the events up to it.
    pub(crate) fn expect_operation(&mut self, operation: &str, server: u16) -> Vec<Value> {
        let events = self.until("operation");
        let last = events.last().unwrap();
        let found = (&last["operation"], &last["server"]);
        assert_eq!(found, (&json!(operation), &json!(server)), "{events:#?}");
        events
    }

    /// Waits for the end; what was told until then, and the exit code.
    pub(crate) fn end(mut self) -> (Vec<Value>, i32) {
        let events = std::iter::from_fn(|| self.next()).collect();
        (events, self.process.wait().unwrap().code().expect("no signal ended it"))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        crate::end(&mut self.process);
    }
}
