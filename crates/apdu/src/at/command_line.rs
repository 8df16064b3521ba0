// SPDX-License-Identifier: Apache-2.0
//! Writing command lines.

use core::fmt;

use zeroize::Zeroizing;

use super::error::Unsendable;

/// The longest line written: `AT+CGLA=`, a session of 16 characters, the length, 522 digits.
const MAX_COMMAND_LINE: usize = 560;

/// A command line for the modem.
pub(super) struct CommandLine {
    bytes: Zeroizing<[u8; MAX_COMMAND_LINE]>,
    length: usize,
}

impl CommandLine {
    /// A line of `text`, and its end.
    pub(super) fn new(text: &str) -> Result<Self, Unsendable> {
        let mut line = Self { bytes: Zeroizing::new([0; MAX_COMMAND_LINE]), length: 0 };
        line.push(text.as_bytes())?;
        Ok(line)
    }

    /// `AT+CSIM=<length>,"<command>"`.
    pub(super) fn csim(command: &[u8]) -> Result<Self, Unsendable> {
        Self::new("AT+CSIM=")?.with_command(command)
    }

    /// `AT+CGLA=<session>,<length>,"<command>"`.
    pub(super) fn cgla(session: &str, command: &[u8]) -> Result<Self, Unsendable> {
        let mut line = Self::new("AT+CGLA=")?;
        line.push(session.as_bytes())?;
        line.push(b",")?;
        line.with_command(command)
    }

    /// `AT+CCHO="<AID>"`.
    pub(super) fn ccho(aid: &[u8]) -> Result<Self, Unsendable> {
        let mut line = Self::new("AT+CCHO=\"")?;
        line.push_hex(aid)?;
        line.push(b"\"")?;
        Ok(line)
    }

    /// `AT+CCHC=<session>`.
    pub(super) fn cchc(session: &str) -> Result<Self, Unsendable> {
        let mut line = Self::new("AT+CCHC=")?;
        line.push(session.as_bytes())?;
        Ok(line)
    }

    /// The bytes to send.
    pub(super) fn finish(&mut self) -> Result<&[u8], Unsendable> {
        self.push(b"\r")?;
        self.bytes.get(..self.length).ok_or(Unsendable)
    }

    fn with_command(mut self, command: &[u8]) -> Result<Self, Unsendable> {
        fmt::Write::write_fmt(&mut self, format_args!("{},\"", 2 * command.len()))
            .map_err(|_| Unsendable)?;
        self.push_hex(command)?;
        self.push(b"\"")?;
        Ok(self)
    }

    /// Digits in upper case: some modems take no other.
    fn push_hex(&mut self, bytes: &[u8]) -> Result<(), Unsendable> {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        bytes.iter().try_for_each(|byte| self.push(&[digit(byte >> 4), digit(byte & 0x0F)]))
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Unsendable> {
        let end = self.length + bytes.len();
        self.bytes.get_mut(self.length..end).ok_or(Unsendable)?.copy_from_slice(bytes);
        self.length = end;
        Ok(())
    }
}

impl fmt::Write for CommandLine {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
