// SPDX-License-Identifier: Apache-2.0
//! What a modem says, byte by byte in, line by line out.
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use zeroize::Zeroize;

use super::result::FinalResult;

/// The longest line kept: the echo of an `AT+CGLA` with a command of 261 bytes and a session
/// number of 16 characters has 553, the longest answer 530.
pub const MAX_LINE: usize = 576;

/// The answers that the commands of this module ask for.
const ANSWERS: [&str; 5] = ["+CSIM", "+CGLA", "+CCHO", "+CCHC", "+CPIN"];

/// A parser of what a modem says: bytes are pushed in, in pieces of any size, events come out.
///
/// It keeps one line of at most [`MAX_LINE`] bytes and needs no heap.
///
/// ```
/// use simstrap_apdu::at::{Event, FinalResult, LineParser};
///
/// let mut parser = LineParser::new();
/// let mut input: &[u8] = b"AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n";
/// assert_eq!(parser.feed(&mut input), Some(Event::Echo("AT+CPIN?")));
/// let answer = Event::Answer { name: "+CPIN", value: "READY" };
/// assert_eq!(parser.feed(&mut input), Some(answer));
/// assert_eq!(parser.feed(&mut input), Some(Event::Final(FinalResult::Ok)));
/// assert_eq!(parser.feed(&mut input), None);
/// ```
pub struct LineParser {
    line: [u8; MAX_LINE],
    length: usize,
    /// More came than fits; the rest of the line is dropped.
    overlong: bool,
    /// The line was given out: the next byte begins another.
    ended: bool,
}

/// Something a modem said.
///
/// `Debug` shows everything, keys on their way from the card as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'l> {
    /// The modem repeats the command it was sent.
    Echo(&'l str),
    /// A command has ended.
    Final(FinalResult),
    /// The information that a command of this module asks for.
    Answer {
        /// Its name, such as `+CSIM`.
        name: &'l str,
        /// What follows the colon, without spaces around it; empty without a colon.
        value: &'l str,
    },
    /// A line of nothing but digits of hexadecimal numbers, commas, quotes and spaces: the answer
    /// of a modem that leaves the name out.
    Bare(&'l str),
    /// Anything else: what the modem tells unasked.
    Unsolicited(&'l str),
    /// A line longer than any answer can be. It is lost.
    Overlong,
}

impl LineParser {
    /// A parser at the beginning of a line.
    #[must_use]
    pub const fn new() -> Self {
        Self { line: [0; MAX_LINE], length: 0, overlong: false, ended: false }
    }

    /// Takes bytes from the front of `input` until a line is complete or nothing is left. Call it
    /// until it gives `None`.
    pub fn feed<'p>(&'p mut self, input: &mut &[u8]) -> Option<Event<'p>> {
        if self.ended {
            self.reset();
        }
        while let Some((byte, rest)) = input.split_first() {
            *input = rest;
            match *byte {
                b'\r' | b'\n' if self.length == 0 => {}
                b'\r' | b'\n' => {
                    self.ended = true;
                    return Some(self.event());
                }
                // What no modem sends must not make a line look like another.
                byte => self.keep(if matches!(byte, b' '..=b'~') { byte } else { b'?' }),
            }
        }
        None
    }

    /// Whether a line has begun and not ended.
    #[must_use]
    pub const fn is_within_line(&self) -> bool {
        self.length > 0 && !self.ended
    }

    /// Drops what there is of a line.
    pub const fn reset(&mut self) {
        self.length = 0;
        self.overlong = false;
        self.ended = false;
    }

    fn keep(&mut self, byte: u8) {
        match self.line.get_mut(self.length) {
            Some(place) => {
                *place = byte;
                self.length = self.length.saturating_add(1);
            }
            None => self.overlong = true,
        }
    }

    fn event(&self) -> Event<'_> {
        if self.overlong {
            return Event::Overlong;
        }
        let line = self.line.get(..self.length).unwrap_or_default();
        // Only printable ASCII is kept.
        classify(core::str::from_utf8(line).unwrap_or_default())
    }
}

fn classify(line: &str) -> Event<'_> {
    let line = line.trim();
    if line.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("AT")) {
        return Event::Echo(line);
    }
    if let Some(result) = FinalResult::from_line(line) {
        return Event::Final(result);
    }
    for name in ANSWERS {
        if let Some(rest) = line.strip_prefix(name) {
            if rest.is_empty() {
                return Event::Answer { name, value: rest };
            }
            if let Some(value) = rest.strip_prefix(':') {
                return Event::Answer { name, value: value.trim() };
            }
        }
    }
    let is_bare = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b',' | b'"' | b' ');
    if !line.is_empty() && line.bytes().all(is_bare) {
        return Event::Bare(line);
    }
    Event::Unsolicited(line)
}

/// What a card answers may be keys.
impl Drop for LineParser {
    fn drop(&mut self) {
        self.line.zeroize();
    }
}

impl Default for LineParser {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LineParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineParser")
            .field("length", &self.length)
            .field("overlong", &self.overlong)
            .finish_non_exhaustive()
    }
}
