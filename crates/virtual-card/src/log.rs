// SPDX-License-Identifier: Apache-2.0
//! What went over the wire, and how it reads.

use std::fmt::{self, Write};

use zeroize::Zeroize;

use crate::command::{Class, Command, instruction};
use crate::error::VirtualCardError;

/// The most exchanges that are kept; older ones are dropped. A reading of a file of 32 KiB over
/// a secure channel takes fewer than 200.
const MAX_EXCHANGES: usize = 8192;

/// The most bytes that are kept of commands and responses: those of as many of the longest
/// exchanges a card has. A client may send commands that are much longer.
const MAX_BYTES: usize = MAX_EXCHANGES * (261 + 258);

/// One command and what came of it. `Debug` shows header and lengths only.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Counted from 0 over the life of the card.
    pub number: u64,
    /// The command as the caller sent it.
    pub command: Vec<u8>,
    /// The response as the caller got it.
    pub response: Result<Vec<u8>, VirtualCardError>,
}

impl Exchange {
    fn bytes(&self) -> usize {
        self.command.len() + self.response.as_ref().map_or(0, Vec::len)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("number", &self.number)
            .field("command", &name(&self.command))
            .field("command_length", &self.command.len())
            .field("response_length", &self.response.as_ref().map(Vec::len))
            .finish()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        wipe(&mut self.command);
        if let Ok(response) = &mut self.response {
            wipe(response);
        }
    }
}

/// Wipes bytes and the room behind them, each at once: a `Vec` would be wiped byte by byte, which
/// for a response takes longer than the exchange.
fn wipe(bytes: &mut Vec<u8>) {
    bytes.as_mut_slice().zeroize();
    bytes.spare_capacity_mut().zeroize();
}

/// The exchanges of a card.
#[derive(Clone, Default)]
pub(crate) struct Log {
    exchanges: Vec<Exchange>,
    /// Of commands and responses.
    bytes: usize,
    next: u64,
}

impl Log {
    /// Number of the exchange that comes next.
    pub(crate) const fn next(&self) -> u64 {
        self.next
    }

    pub(crate) fn push(&mut self, command: &[u8], response: Result<Vec<u8>, VirtualCardError>) {
        let exchange = Exchange { number: self.next, command: command.to_vec(), response };
        self.next += 1;
        self.bytes += exchange.bytes();
        self.exchanges.push(exchange);
        while self.exchanges.len() > MAX_EXCHANGES || self.bytes > MAX_BYTES {
            // Half of them, so that not every exchange moves all others.
            let oldest = self.exchanges.drain(..self.exchanges.len().div_ceil(2));
            self.bytes -= oldest.as_slice().iter().map(Exchange::bytes).sum::<usize>();
        }
    }

    pub(crate) fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    pub(crate) fn clear(&mut self) {
        self.exchanges.clear();
        self.bytes = 0;
    }

    pub(crate) fn transcript(&self, data: Data) -> String {
        let mut text = String::new();
        let mut asked = None;
        for exchange in &self.exchanges {
            let instruction = exchange.command.get(1).copied();
            // What GET RESPONSE fetches belongs to the command before it.
            if instruction != Some(instruction::GET_RESPONSE) {
                asked = instruction;
            }
            render(&mut text, exchange, asked, data);
        }
        text
    }
}

/// Whether a transcript shows what may be secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Data {
    Hidden,
    Shown,
}

/// Two lines. `asked` is the instruction the response belongs to.
fn render(text: &mut String, exchange: &Exchange, asked: Option<u8>, data: Data) {
    let command = exchange.command.as_slice();
    let shown = |public: bool| public || data == Data::Shown;
    let instruction = command.get(1).copied();
    text.push('>');
    render_command(text, command, shown(names_files_or_keys(instruction)));
    let protected = if is_secured(command) { ", protected" } else { "" };
    let _ = writeln!(text, "   {}{protected}", name(command));
    match &exchange.response {
        Ok(response) => {
            text.push('<');
            render_response(text, response, shown(is_public(asked)));
            text.push('\n');
        }
        Err(error) => {
            let _ = writeln!(text, "! {error}");
        }
    }
}

/// Whether the response to an instruction holds nothing but what names files and channels, or
/// what may be known of a handshake.
const fn is_public(instruction: Option<u8>) -> bool {
    matches!(
        instruction,
        Some(
            instruction::SELECT
                | instruction::STATUS
                | instruction::INITIALIZE_UPDATE
                | instruction::EXTERNAL_AUTHENTICATE
                | instruction::READ_RECORD
                | instruction::MANAGE_CHANNEL
        )
    )
}

/// Whether the data of a command names files or key sets, or proves that keys are known.
const fn names_files_or_keys(instruction: Option<u8>) -> bool {
    matches!(
        instruction,
        Some(
            instruction::SELECT
                | instruction::INITIALIZE_UPDATE
                | instruction::EXTERNAL_AUTHENTICATE
        )
    )
}

fn is_secured(command: &[u8]) -> bool {
    let class = command.first().and_then(|byte| Class::parse(*byte));
    class.is_some_and(|class| class.secured)
}

/// Header and lengths, and the data or its length.
fn render_command(text: &mut String, bytes: &[u8], shown: bool) {
    let hidden = match Command::parse(bytes) {
        Ok(command) if shown || command.data.is_empty() => None,
        Ok(command) => bytes.split_at_checked(5).map(|(header, rest)| {
            let (data, expected) = rest.split_at_checked(command.data.len()).unwrap_or_default();
            (header, data.len(), expected)
        }),
        Err(_) if shown => None,
        // What cannot be taken apart may have data anywhere.
        Err(_) => bytes.split_at_checked(5).map(|(header, rest)| (header, rest.len(), &[][..])),
    };
    match hidden {
        None => write_hex(text, bytes),
        Some((header, length, expected)) => {
            write_hex(text, header);
            write_length(text, length);
            write_hex(text, expected);
        }
    }
}

fn render_response(text: &mut String, bytes: &[u8], shown: bool) {
    match bytes.split_last_chunk::<2>() {
        Some((data, status)) if !shown && !data.is_empty() => {
            write_length(text, data.len());
            write_hex(text, status);
        }
        _ => write_hex(text, bytes),
    }
}

fn write_length(text: &mut String, length: usize) {
    let _ = write!(text, " [{length} bytes]");
}

fn write_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, " {byte:02X}");
    }
}

/// The name of a command.
const fn name(command: &[u8]) -> &'static str {
    match command {
        [_, instruction::SELECT, ..] => "SELECT",
        [_, instruction::READ_BINARY, ..] => "READ BINARY",
        [_, instruction::READ_RECORD, ..] => "READ RECORD",
        [_, instruction::UPDATE_BINARY, ..] => "UPDATE BINARY",
        [_, instruction::VERIFY_PIN, ..] => "VERIFY PIN",
        [_, instruction::MANAGE_CHANNEL, 0x80, ..] => "MANAGE CHANNEL close",
        [_, instruction::MANAGE_CHANNEL, ..] => "MANAGE CHANNEL open",
        [_, instruction::GET_RESPONSE, ..] => "GET RESPONSE",
        [_, instruction::STATUS, ..] => "STATUS",
        [_, instruction::INITIALIZE_UPDATE, ..] => "INITIALIZE UPDATE",
        [_, instruction::EXTERNAL_AUTHENTICATE, ..] => "EXTERNAL AUTHENTICATE",
        _ => "unknown command",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ft_04_a_transcript_hides_what_may_be_secret() {
        let mut log = Log::default();
        let mut say = |command: &[u8], response: &[u8]| log.push(command, Ok(response.to_vec()));
        say(&[1, 0xA4, 0, 4, 2, 0x64, 0x32, 0], &[0x62, 0, 0x90, 0]);
        say(&[1, 0x20, 0, 1, 2, 0x53, 0x54], &[0x90, 0]);
        say(&[1, 0xB0, 0, 0, 0], &[0x61, 2]);
        say(&[1, 0xC0, 0, 0, 2], &[0x53, 0x54, 0x90, 0]);
        say(&[1, 0xD6, 0, 0, 9, 0x53], &[0x67, 0]);
        log.push(&[0, 0xF2, 0, 0], Err(VirtualCardError::NoCard));
        let mut say = |command: &[u8], response: &[u8]| log.push(command, Ok(response.to_vec()));
        say(&[0x81, 0x50, 0x30, 0, 1, 7, 0], &[8, 0x90, 0]);
        say(&[0x85, 0x82, 0x33, 0, 1, 6], &[0x90, 0]);
        say(&[0x05, 0xB0, 0, 0, 1, 0x53, 2], &[0x53, 0x54, 0x90, 0]);
        let hidden = "\
> 01 A4 00 04 02 64 32 00   SELECT
< 62 00 90 00
> 01 20 00 01 02 [2 bytes]   VERIFY PIN
< 90 00
> 01 B0 00 00 00   READ BINARY
< 61 02
> 01 C0 00 00 02   GET RESPONSE
< [2 bytes] 90 00
> 01 D6 00 00 09 [1 bytes]   UPDATE BINARY
< 67 00
> 00 F2 00 00   STATUS
! no card: it was removed
> 81 50 30 00 01 07 00   INITIALIZE UPDATE
< 08 90 00
> 85 82 33 00 01 06   EXTERNAL AUTHENTICATE, protected
< 90 00
> 05 B0 00 00 01 [1 bytes] 02   READ BINARY, protected
< [2 bytes] 90 00
";
        assert_eq!(log.transcript(Data::Hidden), hidden);
        let shown = log.transcript(Data::Shown);
        assert!(shown.contains("< 53 54 90 00"), "{shown}");
        let debug = format!("{:?}", log.exchanges());
        assert!(!debug.contains("53") && !debug.contains("83"), "{debug}");
    }

    #[test]
    fn ft_03_the_log_is_bounded() {
        let mut log = Log::default();
        for _ in 0..MAX_EXCHANGES * 2 {
            log.push(&[0, 0xF2, 0, 0], Ok(vec![0x90, 0]));
            assert!(log.exchanges().len() <= MAX_EXCHANGES);
        }
        let last = log.exchanges().last().unwrap().number;
        assert_eq!(last + 1, log.next());
    }

    #[test]
    fn ft_03_the_log_is_bounded_however_long_a_command_is() {
        let mut log = Log::default();
        let long = vec![0; usize::from(u16::MAX)];
        for number in 0..600 {
            log.push(&long, Ok(vec![0x67, 0]));
            let kept = log.exchanges();
            let bytes: usize = kept.iter().map(|exchange| exchange.command.len()).sum();
            assert!(bytes <= MAX_BYTES, "{bytes}");
            assert_eq!(kept.last().unwrap().number, number);
        }
        log.clear();
        log.push(&vec![0; 2 * MAX_BYTES], Err(VirtualCardError::NoCard));
        assert!(log.exchanges().is_empty(), "an exchange that is too long by itself");
        assert_eq!(log.next(), 601);
    }
}
