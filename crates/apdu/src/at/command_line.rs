// SPDX-License-Identifier: Apache-2.0
//! Writing command lines.

use super::error::Unsendable;

/// The longest line written: `AT+CGLA=`, a session of 16 characters, the length, 522 digits.
pub(super) const MAX_COMMAND_LINE: usize = 560;

/// A command line for the modem. It is written out when it is sent and no earlier, because a line
/// is long and a future that waits for the answer would keep it.
#[derive(Clone, Copy)]
pub(super) enum CommandLine<'c> {
    /// Any line.
    Text(&'static str),
    /// `AT+CSIM=<length>,"<command>"`.
    Csim(&'c [u8]),
    /// `AT+CGLA=<session>,<length>,"<command>"`.
    Cgla(&'c str, &'c [u8]),
    /// `AT+CCHO="<AID>"`.
    Ccho(&'c [u8]),
    /// `AT+CCHC=<session>`.
    Cchc(&'c str),
}

impl CommandLine<'_> {
    /// Writes the line and its end to the front of `buffer`, of which [`MAX_COMMAND_LINE`] bytes
    /// are enough.
    pub(super) fn write_to<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], Unsendable> {
        let mut line = Writer { buffer, length: 0 };
        match *self {
            Self::Text(text) => line.push(text)?,
            Self::Csim(command) => {
                line.push("AT+CSIM=")?;
                line.push_command(command)?;
            }
            Self::Cgla(session, command) => {
                line.push("AT+CGLA=")?;
                line.push(session)?;
                line.push(",")?;
                line.push_command(command)?;
            }
            Self::Ccho(aid) => {
                line.push("AT+CCHO=")?;
                line.push_hex(aid)?;
            }
            Self::Cchc(session) => {
                line.push("AT+CCHC=")?;
                line.push(session)?;
            }
        }
        line.push("\r")?;
        let Writer { buffer, length } = line;
        buffer.get(..length).ok_or(Unsendable)
    }
}

struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl Writer<'_> {
    /// The number of digits, a comma, the digits.
    fn push_command(&mut self, command: &[u8]) -> Result<(), Unsendable> {
        let digits = 2 * command.len();
        if digits >= 100 {
            self.push_digit(digits / 100 % 10)?;
        }
        if digits >= 10 {
            self.push_digit(digits / 10 % 10)?;
        }
        self.push_digit(digits % 10)?;
        self.push(",")?;
        self.push_hex(command)
    }

    /// Digits in quotes, and in upper case: some modems take no other.
    fn push_hex(&mut self, bytes: &[u8]) -> Result<(), Unsendable> {
        self.push("\"")?;
        for byte in bytes {
            self.push_digit(usize::from(byte >> 4))?;
            self.push_digit(usize::from(byte & 0x0F))?;
        }
        self.push("\"")
    }

    fn push_digit(&mut self, value: usize) -> Result<(), Unsendable> {
        self.push_byte(b"0123456789ABCDEF".get(value).copied().unwrap_or(b'0'))
    }

    fn push(&mut self, text: &str) -> Result<(), Unsendable> {
        text.bytes().try_for_each(|byte| self.push_byte(byte))
    }

    fn push_byte(&mut self, byte: u8) -> Result<(), Unsendable> {
        *self.buffer.get_mut(self.length).ok_or(Unsendable)? = byte;
        self.length += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: CommandLine<'_>) -> String {
        let mut buffer = [0; MAX_COMMAND_LINE];
        String::from_utf8(line.write_to(&mut buffer).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn every_line_is_written_as_modems_take_it() {
        assert_eq!(written(CommandLine::Text("ATE0")), "ATE0\r");
        assert_eq!(written(CommandLine::Csim(&[0xA0])), "AT+CSIM=2,\"A0\"\r");
        assert_eq!(
            written(CommandLine::Cgla("1A", &[0, 0x70, 0, 0, 1])),
            "AT+CGLA=1A,10,\"0070000001\"\r"
        );
        assert_eq!(written(CommandLine::Ccho(&[0xA0, 0x0F])), "AT+CCHO=\"A00F\"\r");
        assert_eq!(written(CommandLine::Cchc("1A")), "AT+CCHC=1A\r");
    }

    #[test]
    fn the_longest_line_fits_and_one_that_does_not_is_an_error() {
        let line = written(CommandLine::Cgla("0123456789ABCDEF", &[0xFF; 261]));
        assert!(line.starts_with("AT+CGLA=0123456789ABCDEF,522,\"FF"), "{line}");
        assert!(CommandLine::Csim(&[0; 300]).write_to(&mut [0; MAX_COMMAND_LINE]).is_err());
    }
}
