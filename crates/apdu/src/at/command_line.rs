// SPDX-License-Identifier: Apache-2.0
//! Writing command lines.

/// A command line for the modem. It is written out when it is sent and no earlier, and piece by
/// piece: a line is long, and a future that waits would keep it.
#[derive(Clone, Copy)]
pub(super) enum CommandLine<'c> {
    /// Any line.
    Text(&'static str),
    /// `AT+CSIM=<length>,"<command>"`.
    Csim(&'c [u8]),
    /// `AT+CGLA=<session>,<length>,"<command>"`, with another class byte than the command has.
    Cgla { session: &'c str, class: u8, command: &'c [u8] },
    /// `AT+CCHO="<AID>"`.
    Ccho(&'c [u8]),
    /// `AT+CCHC=<session>`.
    Cchc(&'c str),
}

impl CommandLine<'_> {
    /// Writes what stands in the line from `position` on to the front of `piece`, as much of it as
    /// fits. Returns the number of characters, 0 at the end of the line.
    pub(super) fn write_from(&self, position: usize, piece: &mut [u8]) -> usize {
        let mut line = Writer { piece, before: position, length: 0 };
        match *self {
            Self::Text(text) => line.push(text),
            Self::Csim(command) => {
                line.push("AT+CSIM=");
                line.push_command(command.split_at(command.len().min(1)));
            }
            Self::Cgla { session, class, command } => {
                line.push("AT+CGLA=");
                line.push(session);
                line.push(",");
                line.push_command((&[class], command.get(1..).unwrap_or_default()));
            }
            Self::Ccho(aid) => {
                line.push("AT+CCHO=\"");
                line.push_hex(aid);
                line.push("\"");
            }
            Self::Cchc(session) => {
                line.push("AT+CCHC=");
                line.push(session);
            }
        }
        line.push("\r");
        line.length
    }
}

/// Writes a piece of a line: all of the line is pushed, and what stands before or after the piece
/// is dropped.
struct Writer<'p> {
    piece: &'p mut [u8],
    /// Characters yet to come before the piece.
    before: usize,
    /// Characters in the piece.
    length: usize,
}

impl Writer<'_> {
    /// The number of digits, a comma, the digits of class byte and rest in quotes.
    fn push_command(&mut self, (class, rest): (&[u8], &[u8])) {
        let digits = 2 * (class.len() + rest.len());
        if digits >= 100 {
            self.push_digit(digits / 100 % 10);
        }
        if digits >= 10 {
            self.push_digit(digits / 10 % 10);
        }
        self.push_digit(digits % 10);
        self.push(",\"");
        self.push_hex(class);
        self.push_hex(rest);
        self.push("\"");
    }

    /// Digits in upper case: some modems take no other.
    fn push_hex(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.push_digit(usize::from(byte >> 4));
            self.push_digit(usize::from(byte & 0x0F));
        }
    }

    fn push_digit(&mut self, value: usize) {
        self.push_byte(b"0123456789ABCDEF".get(value).copied().unwrap_or(b'0'));
    }

    fn push(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push_byte(byte));
    }

    fn push_byte(&mut self, byte: u8) {
        if self.before > 0 {
            self.before -= 1;
        } else if let Some(place) = self.piece.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line, written in pieces of so many characters.
    fn in_pieces(line: CommandLine<'_>, length: usize) -> String {
        let mut written = Vec::new();
        let mut piece = vec![0; length];
        loop {
            match line.write_from(written.len(), &mut piece) {
                0 => return String::from_utf8(written).unwrap(),
                length => written.extend_from_slice(&piece[..length]),
            }
        }
    }

    #[test]
    fn every_line_is_written_as_modems_take_it() {
        let command = &[0, 0x70, 0, 0, 1];
        let lines = [
            (CommandLine::Text("ATE0"), "ATE0\r"),
            (CommandLine::Csim(&[0xA0]), "AT+CSIM=2,\"A0\"\r"),
            (
                CommandLine::Cgla { session: "1A", class: 0x81, command },
                "AT+CGLA=1A,10,\"8170000001\"\r",
            ),
            (CommandLine::Ccho(&[0xA0, 0x0F]), "AT+CCHO=\"A00F\"\r"),
            (CommandLine::Cchc("1A"), "AT+CCHC=1A\r"),
        ];
        for (line, written) in lines {
            for length in [1, 2, 7, 64] {
                assert_eq!(in_pieces(line, length), written);
            }
        }
    }

    #[test]
    fn the_longest_command_is_written_whole() {
        let command = &[0xFF; 261];
        let line = CommandLine::Cgla { session: "0123456789ABCDEF", class: 0xFF, command };
        let written = format!("AT+CGLA=0123456789ABCDEF,522,\"{}\"\r", "F".repeat(522));
        assert_eq!(in_pieces(line, 64), written);
    }
}
