// SPDX-License-Identifier: Apache-2.0
//! How the demo is told: chapters, paragraphs, exchanges.

use simstrap_policy::bootstrap_data::scp03::apdu::{Command, StatusWord};
use simstrap_virtual_card::Exchange;

use crate::device::Narration;
use crate::terminal::{FAINT, HEADING, width, wrapped};

/// Lines longer than this are hard to read.
const WIDEST: usize = 80;

/// Columns that exchanges take with their headers.
const WITH_HEADERS: usize = 64;

/// What stands under the number of a chapter.
const INDENT: usize = 4;

/// What is told, and how far it was printed.
pub(super) struct Story {
    text: String,
    page: usize,
}

impl Story {
    pub(super) fn new() -> Self {
        Self { text: String::new(), page: width().unwrap_or(WIDEST).min(WIDEST) }
    }

    /// Columns there are for a block.
    pub(super) const fn page(&self) -> usize {
        self.page.saturating_sub(INDENT)
    }

    /// What was told since this was last asked for.
    pub(super) fn told(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    pub(super) fn prologue(&mut self, text: &str) {
        self.lines(0, text);
    }

    pub(super) fn chapter(&mut self, number: usize, title: &str) {
        self.text.push_str(&format!("\n{HEADING}{number:>2}  {title}{HEADING:#}\n"));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.lines(INDENT, text);
    }

    /// Text that is laid out already.
    pub(super) fn block(&mut self, text: &str) {
        for line in text.lines() {
            let indent = if line.is_empty() { 0 } else { INDENT };
            self.text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
        }
        self.text.push('\n');
    }

    /// What the device did, a line or more for each.
    pub(super) fn happenings(&mut self, narrations: &[Narration]) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        for narration in narrations {
            self.text.push_str(&narration.laid_out(INDENT, self.page));
        }
    }

    /// Exchanges, by name, header where there is room, and lengths.
    pub(super) fn exchanges(&mut self, exchanges: &[Exchange]) {
        let wide = self.page >= WITH_HEADERS;
        let names = if wide {
            "command                header          sent  received  status"
        } else {
            "command                sent  received  status"
        };
        self.text.push_str(&format!("\n{FAINT}    {names}{FAINT:#}\n"));
        for exchange in exchanges {
            self.text.push_str(&format!("    {}\n", row(exchange, wide)));
        }
        self.text.push('\n');
    }

    fn lines(&mut self, indent: usize, text: &str) {
        for line in wrapped(text, self.page.saturating_sub(indent)) {
            self.text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
        }
    }
}

fn row(Exchange { command, response, .. }: &Exchange, wide: bool) -> String {
    let header: Vec<_> = command.iter().take(4).map(|byte| format!("{byte:02X}")).collect();
    let (name, sent) = match Command::from_bytes(command) {
        Ok(command) => (command.instruction.name(), command.data.len()),
        Err(_) => (None, 0),
    };
    let name = name.unwrap_or("(unknown)");
    let (received, status) = match response.as_deref().map(<[u8]>::split_last_chunk) {
        Ok(Some((data, status))) => {
            let [high, low] = StatusWord::from_bytes(*status).to_bytes();
            (data.len(), format!("{high:02X} {low:02X}"))
        }
        Ok(None) => (0, "no status".to_owned()),
        Err(error) => (0, error.to_string()),
    };
    let header = header.join(" ");
    let number = |length: usize| if length == 0 { String::new() } else { length.to_string() };
    let (sent, received) = (number(sent), number(received));
    if wide {
        format!("{name:<21}  {header:<11}  {sent:>7}  {received:>8}  {status}")
    } else {
        format!("{name:<21}  {sent:>4}  {received:>8}  {status}")
    }
}
