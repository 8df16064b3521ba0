// SPDX-License-Identifier: Apache-2.0
//! Answers cut at every byte, every error in place of every answer, noise: always an error that
//! fits or the right response, in bounded time, and the next command works.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use simstrap_apdu::at::{AtError, AtMode, AtOptions, AtTransport, Line};
use simstrap_apdu::{Transport, TransportError, TransportErrorKind, blocking};

use crate::script::{ScriptedLine, Turn};

const TIMEOUT: Duration = Duration::from_secs(10);

/// What [`AtOptions::timeout`] promises.
const LONGEST: Duration = Duration::from_secs(10 * 6 + 16);

/// A modem that answers as it should, except to the line with this number.
#[derive(Debug)]
struct Modem {
    line: ScriptedLine,
    asked: Vec<u8>,
    lines: usize,
    altered: Option<(usize, Vec<u8>)>,
    cgla: bool,
    cpin: &'static [u8],
}

impl Modem {
    fn new(cgla: bool) -> Self {
        Self {
            line: ScriptedLine::new(VecDeque::<Turn>::new()),
            asked: Vec::new(),
            lines: 0,
            altered: None,
            cgla,
            cpin: b"\r\n+CPIN: READY\r\n\r\nOK\r\n",
        }
    }

    fn right_answer(&self, line: &str) -> Vec<u8> {
        let answer: &[u8] = match line.get(..7).unwrap_or(line) {
            "AT+CPIN" => self.cpin,
            "AT+CCHO" => b"\r\n+CCHO: 1\r\n\r\nOK\r\n",
            "AT+CSIM" if self.cgla => b"\r\n+CME ERROR: 4\r\n",
            "AT+CSIM" | "AT+CGLA" if line.contains("00700000") => {
                b"\r\n+CSIM: 6,\"019000\"\r\n\r\nOK\r\n"
            }
            "AT+CSIM" => b"\r\n+CSIM: 16,\"0102030405069000\"\r\n\r\nOK\r\n",
            "AT+CGLA" if line.contains("A4000C") => b"\r\n+CGLA: 4,\"9000\"\r\n\r\nOK\r\n",
            "AT+CGLA" => b"\r\n+CGLA: 16,\"0102030405069000\"\r\n\r\nOK\r\n",
            _ => b"\r\nOK\r\n",
        };
        answer.to_vec()
    }
}

impl Line for Modem {
    type Error = std::convert::Infallible;

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.asked.extend_from_slice(bytes);
        while let Some(end) = self.asked.iter().position(|byte| *byte == b'\r') {
            let line: Vec<u8> = self.asked.drain(..=end).collect();
            let mut answer = self.right_answer(std::str::from_utf8(&line).unwrap().trim());
            if let Some((number, altered)) = &self.altered
                && *number == self.lines
            {
                answer.clone_from(altered);
            }
            self.lines += 1;
            self.line.say(1, &answer);
        }
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Self::Error> {
        self.line.read(buffer, timeout).await
    }

    fn now(&self) -> Duration {
        self.line.now()
    }
}

type Answer<E> = Result<Vec<u8>, AtError<E>>;

const OPEN: &[u8] = &[0x00, 0x70, 0x00, 0x00, 0x01];
const READ: &[u8] = &[0x01, 0xB0, 0x00, 0x00, 0x06];
const CLOSE: &[u8] = &[0x00, 0x70, 0x80, 0x01];

fn transmit<L: Line>(modem: &mut AtTransport<L>, command: &[u8]) -> Answer<L::Error> {
    let before = modem.line().now();
    let mut response = [0; 258];
    let result = blocking::run(modem.transmit(command, &mut response)).unwrap();
    assert!(modem.line().now() - before <= LONGEST, "{:?}", modem.line().now() - before);
    result.map(|length| response[..length].to_vec())
}

fn modem(cgla: bool) -> AtTransport<Modem> {
    let mode = if cgla { AtMode::Cgla } else { AtMode::Csim };
    AtTransport::new(Modem::new(cgla), AtOptions { mode, timeout: TIMEOUT })
}

/// Opens a channel, reads and closes with one line answered otherwise; then again as it should be.
/// Gives the errors that came.
fn with_altered(
    cgla: bool,
    number: usize,
    alter: impl Fn(&[u8]) -> Vec<u8>,
    cpin: &'static [u8],
) -> Vec<AtError<std::convert::Infallible>> {
    // What the right answer would be is known from an undisturbed run.
    let mut undisturbed = modem(cgla);
    let mut right = Vec::new();
    for command in [OPEN, READ, CLOSE] {
        right.push(transmit(&mut undisturbed, command).unwrap());
    }
    let mut modem = modem(cgla);
    let original = original_answer(cgla, number);
    modem.line().altered = Some((number, alter(&original)));
    modem.line().cpin = cpin;
    let mut errors = Vec::new();
    for (command, right) in [OPEN, READ, CLOSE].into_iter().zip(&right) {
        match transmit(&mut modem, command) {
            // A modem that keeps a session says so by a status word of the transport's own.
            Ok(response) if errors.is_empty() => assert_eq!(response, *right, "line {number}"),
            Ok(_) | Err(AtError::NotOpen) => {}
            Err(error) => errors.push(error),
        }
    }
    modem.line().altered = None;
    modem.line().cpin = b"\r\n+CPIN: READY\r\n\r\nOK\r\n";
    let opened = transmit(&mut modem, OPEN).expect("the next command works");
    let read = [&[opened[0]], &READ[1..]].concat();
    assert_eq!(transmit(&mut modem, &read).unwrap(), right[1], "line {number}");
    errors
}

/// The lines of an undisturbed run, and their answers.
fn original_answer(cgla: bool, number: usize) -> Vec<u8> {
    let lines: &[&str] = if cgla {
        &["ATE0", "AT+CMEE=1", "AT+CCHO=", "AT+CGLA=1,14,\"00A4000C", "AT+CGLA=1", "AT+CCHC=1"]
    } else {
        &["ATE0", "AT+CMEE=1", "AT+CSIM=10,\"0070000001\"", "AT+CSIM=10", "AT+CSIM=8"]
    };
    Modem::new(cgla).right_answer(lines[number])
}

const READY: &[u8] = b"\r\n+CPIN: READY\r\n\r\nOK\r\n";
const ABSENT: &[u8] = b"\r\n+CME ERROR: 10\r\n";

#[test]
fn quirk_12_every_answer_cut_at_every_byte() {
    for (cgla, lines) in [(false, 5), (true, 6)] {
        for number in 0..lines {
            for cut in 0..original_answer(cgla, number).len() {
                let errors = with_altered(cgla, number, |answer| answer[..cut].to_vec(), READY);
                for error in errors {
                    assert_eq!(error.kind(), TransportErrorKind::Timeout, "{cut}: {error}");
                }
            }
        }
    }
}

#[test]
fn quirk_12_bytes_lost_in_the_middle_are_never_a_response() {
    for (cgla, lines) in [(false, 2..5), (true, 2..6)] {
        for number in lines {
            let length = original_answer(cgla, number).len();
            for from in 0..length {
                for to in from + 1..=length {
                    // Two digits less than declared is how some modems count, and nothing but an
                    // earlier answer tells that this one does not.
                    if !cgla && number == 2 && to - from == 2 && (12..=16).contains(&from) {
                        continue;
                    }
                    let lose = |answer: &[u8]| [&answer[..from], &answer[to..]].concat();
                    for error in with_altered(cgla, number, lose, READY) {
                        assert_ne!(error.kind(), TransportErrorKind::NoCard, "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn quirk_12_every_line_answered_by_every_error() {
    const ERRORS: [&str; 12] = [
        "ERROR",
        "+CME ERROR: 0",
        "+CME ERROR: 3",
        "+CME ERROR: 10",
        "+CME ERROR: 13",
        "+CME ERROR: 14",
        "+CME ERROR: 15",
        "+CME ERROR: 100",
        "+CME ERROR: SIM not inserted",
        "+CME ERROR: SIM failure",
        "+CMS ERROR: 310",
        "",
    ];
    for (cgla, lines) in [(false, 5), (true, 6)] {
        for number in 0..lines {
            for error in ERRORS {
                let alter = |_: &[u8]| format!("\r\n{error}\r\n").into_bytes();
                let met = with_altered(cgla, number, alter, READY);
                let may_fail = number >= 2 || error.is_empty();
                assert!(met.len() <= usize::from(may_fail), "{number} {error}: {met:?}");
                assert!(
                    met.iter().all(|error| error.kind() != TransportErrorKind::NoCard),
                    "the modem says that there is a card: {met:?}"
                );
                // Without a card, that is why; a modem that does not even take AT+CMEE is silent.
                for met in with_altered(cgla, number, alter, ABSENT) {
                    let silent = error.is_empty() && met == AtError::SilentModem;
                    assert!(silent || met.kind() == TransportErrorKind::NoCard, "{number}: {met}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn ft_03_whatever_a_modem_says(
        noise in proptest::collection::vec(any::<u8>(), 0..200),
        number in 0_usize..6,
        cgla: bool,
    ) {
        with_altered(cgla, number.min(if cgla { 5 } else { 4 }), |_| noise.clone(), READY);
    }
}

/// A modem that never stops talking.
#[derive(Debug, Default)]
struct Babbler(Duration);

impl Line for Babbler {
    type Error = std::convert::Infallible;

    async fn write(&mut self, _: &[u8]) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, Self::Error> {
        buffer.fill(b'x');
        Ok(buffer.len())
    }

    fn now(&self) -> Duration {
        self.0
    }
}

#[test]
fn ft_03_a_modem_that_never_stops_talking_is_cut_off() {
    // The clock stands still: it is the bytes that are bounded.
    let mut modem = AtTransport::new(Babbler::default(), AtOptions::default());
    let error = transmit(&mut modem, OPEN).unwrap_err();
    assert_eq!(error, AtError::SilentModem);
}
