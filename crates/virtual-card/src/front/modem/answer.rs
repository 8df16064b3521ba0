// SPDX-License-Identifier: Apache-2.0
//! Answers of the modem: information lines, final result codes, and their deviations.

use super::{Modem, ModemQuirk};

/// What a command is answered.
pub(super) struct Answer {
    /// The line before the final result code.
    pub(super) information: Option<String>,
    pub(super) end: End,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Error(CmeError),
    /// Whatever `AT+CMEE` said.
    Bare,
    /// With words, whatever `AT+CMEE` said.
    Words(CmeError),
    /// Never.
    Silence,
}

/// An error of the mobile equipment (27.007 §9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CmeError {
    code: u16,
    words: &'static str,
}

impl CmeError {
    pub(super) const PHONE_FAILURE: Self = Self { code: 0, words: "phone failure" };
    pub(super) const NOT_ALLOWED: Self = Self { code: 3, words: "operation not allowed" };
    pub(super) const NOT_INSERTED: Self = Self { code: 10, words: "SIM not inserted" };
    pub(super) const SIM_FAILURE: Self = Self { code: 13, words: "SIM failure" };
    pub(super) const SIM_BUSY: Self = Self { code: 14, words: "SIM busy" };
    pub(super) const NOT_FOUND: Self = Self { code: 22, words: "not found" };
    pub(super) const INCORRECT_PARAMETERS: Self = Self { code: 50, words: "Incorrect parameters" };
}

/// What `AT+CMEE` sets: how errors are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorReports {
    Off,
    Numbers,
    Words,
}

impl Answer {
    pub(super) const OK: Self = Self { information: None, end: End::Ok };

    pub(super) const fn error(error: CmeError) -> Self {
        Self { information: None, end: End::Error(error) }
    }

    pub(super) const fn ending(end: End) -> Self {
        Self { information: None, end }
    }

    pub(super) fn with(information: impl Into<String>) -> Self {
        Self { information: Some(information.into()), end: End::Ok }
    }
}

impl Modem {
    pub(super) fn write(&mut self, answer: Answer, out: &mut Vec<u8>) {
        if answer.end == End::Silence {
            return;
        }
        out.append(&mut self.late);
        if self.has(ModemQuirk::UnsolicitedBetween) {
            write_line(out, "+CREG: 1,5");
        }
        if let Some(information) = answer.information {
            if self.has(ModemQuirk::LateAnswer) {
                if let Some(before) = &self.last_information {
                    write_line(out, before);
                }
                self.last_information = Some(information.clone());
            }
            write_line(out, &information);
        }
        write_line(out, &self.final_line(answer.end));
    }

    fn final_line(&self, end: End) -> String {
        match (end, self.reports) {
            (End::Ok, _) => "OK".to_owned(),
            (End::Bare, _) | (End::Error(_), ErrorReports::Off) => "ERROR".to_owned(),
            (End::Error(error), ErrorReports::Numbers) => format!("+CME ERROR: {}", error.code),
            (End::Error(error), ErrorReports::Words) | (End::Words(error), _) => {
                format!("+CME ERROR: {}", error.words)
            }
            (End::Silence, _) => String::new(),
        }
    }

    /// The information line for a response of the card to `AT+CSIM` or `AT+CGLA`.
    pub(super) fn response_line(&self, command: &str, response: &[u8]) -> String {
        const STATUS_DIGITS: usize = 4;
        const QUOTES: usize = 2;
        let mut digits = upper_hex(response);
        if self.has(ModemQuirk::LowerCaseAnswers) {
            digits.make_ascii_lowercase();
        }
        let mut length = digits.len();
        if self.has(ModemQuirk::LengthWithQuotes) {
            length += QUOTES;
        } else if self.has(ModemQuirk::LengthWithoutStatus) {
            length = length.saturating_sub(STATUS_DIGITS);
        }
        let space = if self.has(ModemQuirk::NoSpace) { "" } else { " " };
        let quote = if self.has(ModemQuirk::Unquoted) { "" } else { "\"" };
        if self.has(ModemQuirk::OnlyDigits) {
            digits
        } else if self.has(ModemQuirk::NoPrefix) {
            format!("{length},{quote}{digits}{quote}")
        } else {
            format!("{command}:{space}{length},{quote}{digits}{quote}")
        }
    }
}

/// A line as a modem frames it with `ATV1`.
pub(super) fn write_line(out: &mut Vec<u8>, line: &str) {
    out.extend(b"\r\n");
    out.extend(line.as_bytes());
    out.extend(b"\r\n");
}

fn upper_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value & 0x0F)).map_or('?', |d| char::from(*d));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
