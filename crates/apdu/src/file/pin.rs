// SPDX-License-Identifier: Apache-2.0
//! PINs: which one, and its value (102 221 §9.5, §11.1.9).

use core::fmt;

use zeroize::Zeroize;

/// Which PIN: the key reference of VERIFY PIN.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PinReference(u8);

impl PinReference {
    /// Application PIN 1.
    pub const PIN1: Self = Self(0x01);
    /// The first administrative PIN.
    pub const ADM1: Self = Self(0x0A);
    /// The universal PIN.
    pub const UNIVERSAL: Self = Self(0x11);

    /// A PIN by its key reference: `01`–`08` application PINs, `0A` ADM1, `11` universal PIN,
    /// `81`–`88` local PINs.
    #[must_use]
    pub const fn new(reference: u8) -> Self {
        Self(reference)
    }

    /// The key reference.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self.0
    }
}

impl fmt::Display for PinReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            number @ 0x01..=0x08 => write!(f, "PIN{number}"),
            0x0A..=0x0E => write!(f, "ADM{}", self.0 - 0x09),
            0x11 => f.write_str("universal PIN"),
            number @ 0x81..=0x88 => write!(f, "local PIN{}", number - 0x80),
            other => write!(f, "PIN reference {other:02X}"),
        }
    }
}

impl fmt::Debug for PinReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PinReference({:02X})", self.0)
    }
}

/// The value of a PIN, padded to eight bytes; wiped when dropped, never shown.
#[derive(Clone)]
pub struct Pin([u8; Self::LEN]);

impl Pin {
    /// Length on the wire.
    pub const LEN: usize = 8;
    const FILLER: u8 = 0xFF;

    /// A PIN of four to eight ASCII digits; `None` for anything else.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut value = [Self::FILLER; Self::LEN];
        value.get_mut(..digits.len())?.copy_from_slice(digits);
        Some(Self(value))
    }

    /// A value as it goes to the card, as administrative PINs have it.
    #[must_use]
    pub const fn from_bytes(padded: [u8; Self::LEN]) -> Self {
        Self(padded)
    }

    /// The eight bytes for VERIFY PIN. Handle with care.
    #[must_use]
    pub const fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_padded_and_anything_else_refused() {
        assert_eq!(Pin::from_digits("1234").unwrap().expose(), b"1234\xFF\xFF\xFF\xFF");
        assert_eq!(Pin::from_digits("12345678").unwrap().expose(), b"12345678");
        for wrong in ["", "123", "123456789", "12a4", "１２３４"] {
            assert!(Pin::from_digits(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn ft_04_a_pin_is_not_shown() {
        let shown = format!("{:?}", Pin::from_digits("97531").unwrap());
        assert_eq!(shown, "Pin(redacted)");
    }

    #[test]
    fn references_have_their_names() {
        let names = [0x01, 0x0A, 0x11, 0x81, 0x99].map(|r| PinReference::new(r).to_string());
        assert_eq!(names, ["PIN1", "ADM1", "universal PIN", "local PIN1", "PIN reference 99"]);
    }
}
