// SPDX-License-Identifier: Apache-2.0
//! A modem that follows a transcript, in virtual time.
//!
//! `>` a line that must come next, `<` a line it says, `<<` bytes as they are (`\r`, `\n`), `~` a
//! pause in milliseconds before the next, `=` the APDU to transmit and `:` the response, or `!` the
//! error; `#` comments.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use simstrap_apdu::at::Line;

/// What a modem does when a line has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    pub(crate) expected: String,
    /// Pauses in milliseconds, and bytes.
    pub(crate) says: Vec<(u64, Vec<u8>)>,
}

/// The other end of a line, with a clock that moves when somebody waits.
#[derive(Debug, Default)]
pub(crate) struct ScriptedLine {
    pub(crate) turns: VecDeque<Turn>,
    now: Duration,
    received: Vec<u8>,
    to_say: VecDeque<(Duration, u8)>,
    /// The most bytes of one reading.
    pub(crate) piece: usize,
    pub(crate) sent: usize,
    pub(crate) said: usize,
}

impl ScriptedLine {
    pub(crate) fn new(turns: impl IntoIterator<Item = Turn>) -> Self {
        Self { turns: turns.into_iter().collect(), piece: usize::MAX, ..Self::default() }
    }

    pub(crate) fn say(&mut self, pause: u64, bytes: &[u8]) {
        let since = self.to_say.back().map_or(self.now, |(time, _)| *time).max(self.now);
        let time = since + Duration::from_millis(pause);
        self.to_say.extend(bytes.iter().map(|byte| (time, *byte)));
    }
}

impl Line for ScriptedLine {
    type Error = Infallible;

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.sent += bytes.len();
        self.received.extend_from_slice(bytes);
        while let Some(end) = self.received.iter().position(|byte| *byte == b'\r') {
            let line: Vec<u8> = self.received.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            let turn = self.turns.pop_front().unwrap_or_else(|| panic!("unexpected: {line}"));
            assert_eq!(line.trim_end_matches('\r'), turn.expected);
            for (pause, bytes) in turn.says {
                self.say(pause, &bytes);
            }
        }
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Infallible> {
        let end = self.now + timeout;
        let Some((time, _)) = self.to_say.front().filter(|(time, _)| *time <= end) else {
            self.now = end;
            return Ok(0);
        };
        self.now = self.now.max(*time);
        let ready = self.to_say.iter().take_while(|(time, _)| *time <= self.now).count();
        let length = ready.min(self.piece).min(buffer.len());
        for (place, (_, byte)) in buffer.iter_mut().zip(self.to_say.drain(..length)) {
            *place = byte;
        }
        self.said += length;
        Ok(length)
    }

    fn now(&self) -> Duration {
        self.now
    }
}

/// An APDU of a transcript and what becomes of it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) command: Vec<u8>,
    pub(crate) outcome: Result<Vec<u8>, String>,
}

/// Reads a transcript: what goes over the line, and what is transmitted.
pub(crate) fn transcript(text: &str) -> (Vec<Turn>, Vec<Exchange>) {
    let mut turns: Vec<Turn> = Vec::new();
    let mut exchanges = Vec::new();
    let mut command = None;
    let mut pause = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut say = |bytes: Vec<u8>| {
            turns.last_mut().unwrap().says.push((std::mem::take(&mut pause), bytes));
        };
        let bytes = || hex::decode(rest.replace(' ', "")).unwrap();
        match mark {
            "#" => {}
            "=" => command = Some(bytes()),
            ":" => {
                exchanges.push(Exchange { command: command.take().unwrap(), outcome: Ok(bytes()) });
            }
            "!" => exchanges
                .push(Exchange { command: command.take().unwrap(), outcome: Err(rest.to_owned()) }),
            ">" => turns.push(Turn { expected: rest.to_owned(), says: Vec::new() }),
            "<" => say(format!("\r\n{rest}\r\n").into_bytes()),
            "<<" => say(rest.replace("\\r", "\r").replace("\\n", "\n").into_bytes()),
            "~" => pause = rest.parse().unwrap(),
            _ => panic!("no line of a transcript: {line}"),
        }
    }
    (turns, exchanges)
}
