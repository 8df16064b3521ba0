// SPDX-License-Identifier: Apache-2.0
//! A log for people.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Exchange, Record};
use crate::{Class, Instruction};

/// A log for people: a line for the command, a line for the response or for why there is none.
#[derive(Debug)]
pub struct TextLog<W> {
    writer: W,
}

impl<W: Write> TextLog<W> {
    /// Writes to `writer`, and flushes after every exchange.
    pub const fn new(writer: W) -> Self {
        Self { writer }
    }
}

impl<W: Write> Record for TextLog<W> {
    fn record(&mut self, exchange: &Exchange<'_>) -> io::Result<()> {
        // 3 characters per byte, so that nothing is copied while it grows.
        let mut text = Zeroizing::new(String::with_capacity(4 * 1024));
        time(&mut text, exchange.sent);
        text.push_str("> ");
        let (header, rest) = exchange.command.split_at(exchange.command.len().min(5));
        hex(&mut text, header);
        if exchange.command_masked {
            let _ = write!(text, " [{} bytes masked]", rest.len());
        } else if !rest.is_empty() {
            text.push(' ');
            hex(&mut text, rest);
        }
        name(&mut text, exchange.command);
        text.push('\n');
        time(&mut text, exchange.received);
        match exchange.response {
            Ok(response) => {
                text.push_str("< ");
                let (data, status) = response.split_at(response.len().saturating_sub(2));
                if exchange.response_masked {
                    let _ = write!(text, "[{} bytes masked] ", data.len());
                } else if !data.is_empty() {
                    hex(&mut text, data);
                    text.push(' ');
                }
                hex(&mut text, status);
            }
            Err(error) => {
                text.push_str("! ");
                text.push_str(error);
            }
        }
        text.push('\n');
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }
}

fn hex(text: &mut String, bytes: &[u8]) {
    for (index, byte) in bytes.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        let _ = write!(text, "{space}{byte:02X}");
    }
}

/// The time of the day, UTC.
fn time(text: &mut String, since_1970: Option<Duration>) {
    let Some(time) = since_1970 else {
        return;
    };
    let seconds = time.as_secs() % 86_400;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(text, "{hour:02}:{minute:02}:{second:02}.{:06} ", time.subsec_micros());
}

fn name(text: &mut String, command: &[u8]) {
    let &[class, instruction, ..] = command else {
        return;
    };
    let _ = write!(text, "   {}", Instruction(instruction));
    if let Some(class) = Class::from_byte(class) {
        if class.channel().to_u8() > 0 {
            let _ = write!(text, ", channel {}", class.channel());
        }
        if class.is_secured() {
            text.push_str(", protected");
        }
    }
}
