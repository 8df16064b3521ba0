// SPDX-License-Identifier: Apache-2.0
//! The status words this card gives (102 221 §10.2.1).

/// SW1 SW2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status([u8; 2]);

impl Status {
    pub(crate) const DONE: Self = Self([0x90, 0x00]);
    /// A warning without particulars: the channel to be closed is closed already.
    pub(crate) const NOTHING_TO_DO: Self = Self([0x62, 0x00]);
    pub(crate) const END_OF_FILE: Self = Self([0x62, 0x82]);
    pub(crate) const FILE_DEACTIVATED: Self = Self([0x62, 0x83]);
    pub(crate) const WRONG_LENGTH: Self = Self([0x67, 0x00]);
    pub(crate) const NO_SUCH_CHANNEL: Self = Self([0x68, 0x81]);
    pub(crate) const NO_SECURE_MESSAGING: Self = Self([0x68, 0x82]);
    pub(crate) const NO_CHAINING: Self = Self([0x68, 0x84]);
    pub(crate) const WRONG_FILE_STRUCTURE: Self = Self([0x69, 0x81]);
    pub(crate) const SECURITY_STATUS: Self = Self([0x69, 0x82]);
    pub(crate) const PIN_BLOCKED: Self = Self([0x69, 0x83]);
    pub(crate) const PIN_DISABLED: Self = Self([0x69, 0x84]);
    pub(crate) const CONDITIONS_OF_USE: Self = Self([0x69, 0x85]);
    pub(crate) const NO_CURRENT_FILE: Self = Self([0x69, 0x86]);
    pub(crate) const NO_FREE_CHANNEL: Self = Self([0x6A, 0x81]);
    pub(crate) const FILE_NOT_FOUND: Self = Self([0x6A, 0x82]);
    pub(crate) const RECORD_NOT_FOUND: Self = Self([0x6A, 0x83]);
    pub(crate) const WRONG_PARAMETERS: Self = Self([0x6A, 0x86]);
    pub(crate) const REFERENCE_NOT_FOUND: Self = Self([0x6A, 0x88]);
    pub(crate) const OFFSET_OUTSIDE_FILE: Self = Self([0x6B, 0x00]);
    pub(crate) const WRONG_INSTRUCTION: Self = Self([0x6D, 0x00]);
    pub(crate) const WRONG_CLASS: Self = Self([0x6E, 0x00]);
    /// What GET RESPONSE gets when nothing is waiting (102 221 §12.1.1.1).
    pub(crate) const TECHNICAL_PROBLEM: Self = Self([0x6F, 0x00]);

    /// `63 CX`: not verified, this many tries left, at most 15.
    pub(crate) const fn tries_left(tries: u8) -> Self {
        Self([0x63, 0xC0 | (tries & 0x0F)])
    }

    /// `61 xx`: this many bytes, 1 to 256, can be fetched with GET RESPONSE.
    pub(crate) fn more_data(length: usize) -> Self {
        Self([0x61, length_byte(length)])
    }

    /// `9F xx`: the same from a 2G card.
    pub(crate) fn more_data_2g(length: usize) -> Self {
        Self([0x9F, length_byte(length)])
    }

    /// `6C xx`: again, with this expected length, 1 to 256.
    pub(crate) fn right_length(length: usize) -> Self {
        Self([0x6C, length_byte(length)])
    }

    pub(crate) const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn to_u16(self) -> u16 {
        u16::from_be_bytes(self.0)
    }

    pub(crate) const fn to_bytes(self) -> [u8; 2] {
        self.0
    }
}

/// A length of 1 to 256 in one byte: 256, and what is more, is `00`.
fn length_byte(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(0)
}
