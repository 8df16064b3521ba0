// SPDX-License-Identifier: Apache-2.0
//! Bytes that are not to be seen, and how they and other bytes are written in a description.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use zeroize::Zeroize;

/// PINs, keys and bootstrap data: wiped when dropped, never shown.
///
/// In a description a string of hexadecimal digits, for a PIN of its decimal digits.
#[derive(Clone, Default)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes over.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes. Handle with care.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        hex(deserializer).map(Self)
    }
}

/// Bytes from a string of hexadecimal digits; blanks and line ends between them do not matter.
pub(crate) fn hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_str(Quoted {
        expected: "an even number of hexadecimal digits in quotes",
        read: bytes_of_hex,
    })
}

/// The same for a value that may be left out.
pub(crate) fn optional_hex<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<u8>>, D::Error> {
    hex(deserializer).map(Some)
}

/// As many bytes from a string of hexadecimal digits.
pub(crate) fn exactly<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[u8; N], D::Error> {
    let bytes = hex(deserializer)?;
    let found = bytes.len();
    bytes.try_into().map_err(|_| D::Error::custom(format_args!("expected {N} bytes, not {found}")))
}

/// A secret from a string, character by character.
pub(crate) fn characters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let characters = deserializer.deserialize_str(Quoted {
        expected: "digits in quotes",
        read: |text| Some(text.as_bytes().to_vec()),
    });
    characters.map(Secret)
}

pub(crate) fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut half = None;
    for digit in text.chars().filter(|c| !c.is_ascii_whitespace()) {
        let value = u8::try_from(digit.to_digit(16)?).ok()?;
        match half.take() {
            None => half = Some(value << 4),
            Some(high) => bytes.push(high | value),
        }
    }
    half.is_none().then_some(bytes)
}

/// Reads a string. Whatever else stands there is refused without showing it, as the messages
/// that serde makes by itself would.
struct Quoted {
    expected: &'static str,
    read: fn(&str) -> Option<Vec<u8>>,
}

impl Quoted {
    fn refuse<T, E: Error>(&self) -> Result<T, E> {
        Err(E::custom(format_args!("expected {}", self.expected)))
    }
}

impl Visitor<'_> for Quoted {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        (self.read)(text).map_or_else(|| self.refuse(), Ok)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Vec<u8>, E> {
        self.refuse()
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Vec<u8>, E> {
        self.refuse()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Vec<u8>, E> {
        self.refuse()
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Vec<u8>, E> {
        self.refuse()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Vec<u8>, E> {
        self.refuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Document {
        #[expect(dead_code, reason = "only whether it parses counts")]
        key: Secret,
    }

    #[test]
    fn hexadecimal_digits_in_any_grouping() {
        let bytes = bytes_of_hex;
        assert_eq!(bytes("00 fF\n10"), Some(vec![0x00, 0xFF, 0x10]));
        assert_eq!(bytes(""), Some(vec![]));
        for wrong in ["0", "0g", "001", "0x00", "１１"] {
            assert_eq!(bytes(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn ft_04_a_secret_shows_neither_in_debug_nor_in_errors() {
        let secret = Secret::new(vec![0xAB; 3]);
        assert_eq!(format!("{secret:?}"), "Secret(3 bytes)");
        for wrong in ["key = 97531", "key = '97531'", "key = 9753.1"] {
            let error = toml::from_str::<Document>(wrong).unwrap_err();
            assert!(!error.message().contains("9753"), "{}", error.message());
            assert!(error.message().contains("hexadecimal"));
        }
    }
}
