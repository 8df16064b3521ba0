// SPDX-License-Identifier: Apache-2.0
//! The PIN: from a file, from standard input, or asked for.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use simstrap_policy::bootstrap_data::scp03::apdu::Pin;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::secret_file;
use crate::source::{Origin, SourceError, Stream};

/// A PIN of eight digits, a line end, and some room.
const MAX_PIN_FILE: usize = 64;

/// Gets the PIN from a file; for `-` from the user, without showing it, or, when standard input
/// is no terminal, from its first line.
pub(crate) fn read(path: &Path) -> Result<Pin, Error> {
    read_as(path, "PIN: ", parse)
}

/// Gets an administrative PIN in the same way.
pub(crate) fn read_administrative(path: &Path) -> Result<Pin, Error> {
    read_as(path, "ADM1: ", parse_administrative)
}

fn read_as(
    path: &Path,
    prompt: &str,
    parse: fn(&[u8]) -> Result<Pin, PinError>,
) -> Result<Pin, Error> {
    let origin = Origin::new(path, Stream::Input);
    let read = match &origin {
        Origin::File(path) => secret_file::read(path, MAX_PIN_FILE)
            .map_err(PinError::Source)
            .and_then(|bytes| parse(&bytes)),
        Origin::Standard(_) if io::stdin().is_terminal() => rpassword::prompt_password(prompt)
            .map_err(PinError::Prompt)
            .and_then(|pin| parse(Zeroizing::new(pin).as_bytes())),
        Origin::Standard(_) => {
            first_line(io::stdin().lock()).map_err(PinError::Source).and_then(|pin| parse(&pin))
        }
    };
    read.map_err(|source| Error::Pin { origin, source })
}

/// Why there is no PIN.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    /// It cannot be read.
    #[error(transparent)]
    Source(SourceError),
    /// It cannot be asked for.
    #[error("it cannot be asked for")]
    Prompt(#[source] io::Error),
    /// It is none.
    #[error("a PIN is four to eight digits")]
    NotDigits,
    /// It is no administrative one.
    #[error("an administrative PIN is four to eight characters, or sixteen hexadecimal digits")]
    NotAdministrative,
}

impl PinError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Source(source) => source.help(),
            Self::Prompt(_) => "put the PIN into a file, and name that with --pin-file",
            Self::NotDigits => "give nothing but its digits, on one line",
            Self::NotAdministrative => "give nothing else, on one line",
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Pin, PinError> {
    let digits = std::str::from_utf8(bytes).map_err(|_| PinError::NotDigits)?;
    Pin::from_digits(digits.trim()).ok_or(PinError::NotDigits)
}

/// Characters, filled up with FF, or all eight bytes in hexadecimal.
fn parse_administrative(bytes: &[u8]) -> Result<Pin, PinError> {
    const FILLER: u8 = 0xFF;
    let text = bytes.trim_ascii();
    let mut value = Zeroizing::new([FILLER; Pin::LEN]);
    if text.len() == 2 * Pin::LEN {
        hex::decode_to_slice(text, value.as_mut_slice())
            .map_err(|_| PinError::NotAdministrative)?;
    } else {
        let target = value.get_mut(..text.len()).filter(|target| target.len() >= 4);
        let target = target.filter(|_| text.iter().all(u8::is_ascii_graphic));
        target.ok_or(PinError::NotAdministrative)?.copy_from_slice(text);
    }
    Ok(Pin::from_bytes(*value))
}

/// The first line, so that a program can go on talking.
fn first_line(input: impl BufRead) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    const LIMIT: usize = MAX_PIN_FILE;
    // Room for everything from the start: growing would leave copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    let mut input = input.take(LIMIT as u64 + 1);
    input.read_until(b'\n', &mut line).map_err(SourceError::Io)?;
    if line.len() > LIMIT { Err(SourceError::TooLong { limit: LIMIT }) } else { Ok(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_from_the_first_line() {
        let pin = |text: &str| parse(&first_line(text.as_bytes()).unwrap());
        assert_eq!(pin("1234\r\nmore").unwrap().expose(), b"1234\xFF\xFF\xFF\xFF");
        for wrong in ["", "123", "12 34", "123456789", "abcd"] {
            assert!(matches!(pin(wrong), Err(PinError::NotDigits)), "{wrong:?}");
        }
        let adm = |text: &str| parse_administrative(text.as_bytes());
        assert_eq!(adm("88888888\n").unwrap().expose(), b"88888888");
        assert_eq!(adm("a1B2").unwrap().expose(), b"a1B2\xFF\xFF\xFF\xFF");
        assert_eq!(adm("00112233445566fF").unwrap().expose(), b"\x00\x11\x22\x33\x44\x55\x66\xFF");
        for wrong in ["", "123", "123456789", "00112233445566xx", "12 45", "1234\u{e9}"] {
            assert!(matches!(adm(wrong), Err(PinError::NotAdministrative)), "{wrong:?}");
        }
        let long = "1".repeat(MAX_PIN_FILE + 1);
        assert!(matches!(first_line(long.as_bytes()), Err(SourceError::TooLong { .. })));
    }
}
