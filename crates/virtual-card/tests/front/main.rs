// SPDX-License-Identifier: Apache-2.0
//! The card behind a modem and in a virtual reader, as a client on the line finds it. The client
//! is a script of its own: it shares nothing with the host's side.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod clients;
mod commands;
mod modem_quirks;
mod reader;
#[cfg(unix)]
mod serial_line;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use simstrap_virtual_card::front::{FrontEnd, Modem, ModemQuirk, ModemQuirkSet};
use simstrap_virtual_card::{CardDescription, SharedCard, TransmissionProtocol, VirtualCard};

/// How long a client waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

fn sample() -> SharedCard {
    SharedCard::new(VirtualCard::sample().unwrap())
}

fn card_with(protocol: TransmissionProtocol) -> SharedCard {
    let mut description = CardDescription::sample().unwrap();
    description.protocol = protocol;
    SharedCard::new(VirtualCard::new(&description).unwrap())
}

fn quirks(quirks: &[ModemQuirk]) -> ModemQuirkSet {
    quirks.iter().copied().collect()
}

/// A modem with quirks, without a line, and what it answers to a command without its echo.
struct Desk {
    card: SharedCard,
    modem: Modem,
}

impl Desk {
    fn new(switches: &[ModemQuirk]) -> Self {
        Self::with(sample(), switches)
    }

    fn with(card: SharedCard, switches: &[ModemQuirk]) -> Self {
        let mut modem = Modem::new(card.clone(), quirks(switches));
        assert!(modem.receive(b"ATE0\r").ends_with(b"\r\nOK\r\n"));
        Self { card, modem }
    }

    /// The lines of an answer.
    fn say(&mut self, command: &str) -> Vec<String> {
        lines(&self.modem.receive(format!("{command}\r").as_bytes()))
    }

    /// Sends a command to the card with AT+CSIM.
    fn csim(&mut self, digits: &str) -> Vec<String> {
        self.say(&format!("AT+CSIM={},\"{digits}\"", digits.len()))
    }
}

/// The lines in what a modem sent; it frames each with CR LF.
fn lines(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split("\r\n").filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn tcp(card: &SharedCard) -> FrontEnd {
    FrontEnd::at_tcp(card.clone(), ModemQuirkSet::EMPTY, "127.0.0.1:0").unwrap()
}

fn connect(front_end: &FrontEnd) -> TcpStream {
    let client = TcpStream::connect(front_end.address()).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client
}

/// Sends a line and reads up to the final result code.
fn ask(line: &mut (impl Read + Write), command: &str) -> String {
    line.write_all(format!("{command}\r").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let ends = [&b"\r\nOK\r\n"[..], b"ERROR\r\n"];
    while !ends.iter().any(|end| answer.ends_with(end)) {
        let mut byte = [0];
        line.read_exact(&mut byte).expect("an answer");
        answer.extend(byte);
    }
    String::from_utf8(answer).unwrap()
}
