// SPDX-License-Identifier: Apache-2.0
//! The identity of a card (102 221 §13.2).
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

/// The ICCID: the serial number of a card, up to 20 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iccid([u8; Self::LEN]);

impl Iccid {
    /// Length of EF ICCID in bytes.
    pub const LEN: usize = 10;

    /// An ICCID from the bytes of EF ICCID: two digits a byte, the first in the low half, filled
    /// up with `F`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes of EF ICCID.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for Iccid {
    /// The digits, without the filler; half-bytes that are no digit print as `A` to `F`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = || self.0.iter().flat_map(|byte| [byte & 0x0F, byte >> 4]);
        let filler = digits().rev().take_while(|digit| *digit == 0x0F).count();
        digits()
            .take((2 * Self::LEN).saturating_sub(filler))
            .try_for_each(|digit| write!(f, "{digit:X}"))
    }
}

impl fmt::Debug for Iccid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Iccid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_swapped_and_the_filler_left_out() {
        let iccid = Iccid::from_bytes([0x98, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54, 0xF6]);
        assert_eq!(iccid.to_string(), "8901234567890123456");
        let twenty =
            Iccid::from_bytes([0x98, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54, 0x76]);
        assert_eq!(twenty.to_string(), "89012345678901234567");
        assert_eq!(Iccid::from_bytes([0xFF; 10]).to_string(), "");
    }
}
