// SPDX-License-Identifier: Apache-2.0
//! Status words: the two bytes that end every response (102 221 §10.2).

use core::fmt;

use crate::ExpectedLength;

/// The two bytes SW1 SW2 that end every response.
///
/// `Display` prints the bytes and what they mean: `6A 82 (file or application not found)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(u16);

/// What a status word means for the command it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusKind {
    /// Done; the data is good. Also `91 xx` and `92 xx`, which announce a proactive command.
    Success,
    /// `61 xx`, or `9F xx` from an old card: this many more bytes, to be had by GET RESPONSE.
    MoreData(ExpectedLength),
    /// `6C xx`: the same command again, with this expected length.
    WrongExpectedLength(ExpectedLength),
    /// `62 xx` and `63 xx`: done, with a remark.
    Warning,
    /// Everything else: not done.
    Error,
}

impl StatusWord {
    /// Done.
    pub const SUCCESS: Self = Self(0x9000);
    /// The end of the file came before the expected length.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// The selected file is deactivated.
    pub const FILE_DEACTIVATED: Self = Self(0x6283);
    /// Wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// Logical channel not supported.
    pub const CHANNEL_NOT_SUPPORTED: Self = Self(0x6881);
    /// Command incompatible with the structure of the file.
    pub const INCOMPATIBLE_FILE: Self = Self(0x6981);
    /// Security status not satisfied.
    pub const SECURITY_STATUS: Self = Self(0x6982);
    /// Authentication method blocked.
    pub const BLOCKED: Self = Self(0x6983);
    /// Referenced data invalidated: the PIN is disabled.
    pub const REFERENCE_INVALIDATED: Self = Self(0x6984);
    /// Conditions of use not satisfied.
    pub const CONDITIONS: Self = Self(0x6985);
    /// Command not allowed: no current file.
    pub const NO_FILE_SELECTED: Self = Self(0x6986);
    /// Secure messaging data objects incorrect.
    pub const SECURE_MESSAGING: Self = Self(0x6988);
    /// Function not supported.
    pub const FUNCTION_NOT_SUPPORTED: Self = Self(0x6A81);
    /// File or application not found.
    pub const FILE_NOT_FOUND: Self = Self(0x6A82);
    /// Record not found.
    pub const RECORD_NOT_FOUND: Self = Self(0x6A83);
    /// Wrong P1 or P2.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// Referenced data not found.
    pub const REFERENCE_NOT_FOUND: Self = Self(0x6A88);
    /// Offset outside the file.
    pub const WRONG_OFFSET: Self = Self(0x6B00);
    /// Instruction not supported.
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);
    /// Class not supported.
    pub const CLASS_NOT_SUPPORTED: Self = Self(0x6E00);
    /// The card is busy.
    pub const BUSY: Self = Self(0x9300);

    /// A status word from its two bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }

    /// The two bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// What it means for the command.
    #[must_use]
    pub const fn kind(self) -> StatusKind {
        let [sw1, sw2] = self.to_bytes();
        match sw1 {
            0x90 if sw2 == 0 => StatusKind::Success,
            0x91 | 0x92 => StatusKind::Success,
            0x61 | 0x9F => StatusKind::MoreData(ExpectedLength::from_short(sw2)),
            0x6C => StatusKind::WrongExpectedLength(ExpectedLength::from_short(sw2)),
            0x62 | 0x63 => StatusKind::Warning,
            _ => StatusKind::Error,
        }
    }

    /// Whether the command was done without a remark.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.kind(), StatusKind::Success)
    }

    /// Whether the command was done, with or without a remark.
    #[must_use]
    pub const fn is_success_or_warning(self) -> bool {
        matches!(self.kind(), StatusKind::Success | StatusKind::Warning)
    }

    /// Length of the proactive command the card wants to be asked for (`91 xx`), REFRESH for one.
    #[must_use]
    pub const fn pending_proactive_command(self) -> Option<u8> {
        match self.to_bytes() {
            [0x91, length] => Some(length),
            _ => None,
        }
    }

    /// The count in `63 CX`: tries left after VERIFY PIN.
    #[must_use]
    pub const fn counter(self) -> Option<u8> {
        match self.to_bytes() {
            [0x63, low] if low & 0xF0 == 0xC0 => Some(low & 0x0F),
            _ => None,
        }
    }

    /// What it means, in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self.to_bytes() {
            [0x90, 0x00] => "done",
            [0x91, _] => "done, a proactive command is waiting",
            [0x92, _] => "done, a data transfer session goes on",
            [0x93, 0x00] => "the card is busy",
            [0x61, _] => "more bytes are waiting",
            [0x9F, _] => "more bytes are waiting (2G)",
            [0x6C, _] => "wrong expected length, the right one follows",
            [0x62, 0x81] => "part of the data may be corrupted",
            [0x62, 0x82] => "end of file before the expected length",
            [0x62, 0x83] => "the selected file is deactivated",
            [0x62, 0x85] => "the selected file is terminated",
            [0x62, _] => "done, with a warning",
            [0x63, low] if low & 0xF0 == 0xC0 => "not verified, tries left follow",
            [0x63, _] => "done, the card's memory has changed",
            [0x64, _] => "execution error, the card's memory is unchanged",
            [0x65, 0x81] => "memory problem",
            [0x65, _] => "execution error, the card's memory has changed",
            [0x67, _] => "wrong length",
            [0x68, 0x81] => "logical channel not supported",
            [0x68, 0x82] => "secure messaging not supported",
            [0x68, _] => "function in the class byte not supported",
            [0x69, 0x81] => "command does not go with the structure of the file",
            [0x69, 0x82] => "security status not satisfied",
            [0x69, 0x83] => "authentication method blocked",
            [0x69, 0x84] => "referenced data invalidated",
            [0x69, 0x85] => "conditions of use not satisfied",
            [0x69, 0x86] => "no file selected",
            [0x69, 0x88] => "secure messaging data incorrect",
            [0x69, _] => "command not allowed",
            [0x6A, 0x80] => "wrong data",
            [0x6A, 0x81] => "function not supported",
            [0x6A, 0x82] => "file or application not found",
            [0x6A, 0x83] => "record not found",
            [0x6A, 0x84] => "not enough memory in the file",
            [0x6A, 0x86] => "wrong parameters",
            [0x6A, 0x87] => "the length does not fit the parameters",
            [0x6A, 0x88] => "referenced data not found",
            [0x6A, _] => "wrong parameters",
            [0x6B, _] => "wrong parameters or offset outside the file",
            [0x6D, _] => "instruction not supported",
            [0x6E, _] => "class not supported",
            [0x6F, _] => "no precise diagnosis",
            [0x98, 0x04] => "access condition not fulfilled (2G)",
            [0x98, _] => "security error",
            _ => "unknown status",
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sw1, sw2] = self.to_bytes();
        write!(f, "{sw1:02X} {sw2:02X} ({})", self.meaning())
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sw1, sw2] = self.to_bytes();
        write!(f, "StatusWord({sw1:02X} {sw2:02X})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_first_byte() {
        let kind = |sw: u16| StatusWord(sw).kind();
        assert_eq!(kind(0x9000), StatusKind::Success);
        assert_eq!(kind(0x910B), StatusKind::Success);
        assert_eq!(kind(0x9240), StatusKind::Success);
        assert_eq!(kind(0x6100), StatusKind::MoreData(ExpectedLength::MAX_SHORT));
        assert_eq!(kind(0x9F01), StatusKind::MoreData(ExpectedLength::ONE));
        assert_eq!(kind(0x6C01), StatusKind::WrongExpectedLength(ExpectedLength::ONE));
        assert_eq!(kind(0x6282), StatusKind::Warning);
        assert_eq!(kind(0x63C2), StatusKind::Warning);
        for error in [0x6700, 0x6A82, 0x9001, 0x9300, 0x0000, 0xFFFF] {
            assert_eq!(kind(error), StatusKind::Error, "{error:04X}");
        }
    }

    #[test]
    fn counters_and_proactive_lengths_are_told() {
        assert_eq!(StatusWord(0x63C3).counter(), Some(3));
        assert_eq!(StatusWord(0x6381).counter(), None);
        assert_eq!(StatusWord(0x9112).pending_proactive_command(), Some(0x12));
        assert_eq!(StatusWord(0x9000).pending_proactive_command(), None);
    }

    #[test]
    fn display_tells_bytes_and_meaning() {
        assert_eq!(StatusWord::FILE_NOT_FOUND.to_string(), "6A 82 (file or application not found)");
    }
}
