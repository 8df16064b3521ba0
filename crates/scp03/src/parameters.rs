// SPDX-License-Identifier: Apache-2.0
//! What host and card agree on before they talk (SCP03 §5.1, §7.1.1).

use core::fmt;

/// The number that names a key set on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyVersionNumber(u8);

impl KeyVersionNumber {
    /// Zero: whichever key set the card takes first.
    pub const FIRST: Self = Self(0);

    /// A key version number: `30` to `3F` for SCP03 as a rule, 0 for the card's first.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// The number itself.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self.0
    }

    /// Whether keys of version `used` are what was asked for by this number.
    pub(crate) const fn accepts(self, used: Self) -> bool {
        self.0 == Self::FIRST.0 || self.0 == used.0
    }
}

impl fmt::Display for KeyVersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

/// How long challenges, cryptograms and MACs are on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 8 bytes.
    S8,
    /// 16 bytes.
    S16,
}

impl Mode {
    /// Length of a challenge, a cryptogram or a MAC in bytes.
    #[must_use]
    pub const fn field_len(self) -> usize {
        match self {
            Self::S8 => 8,
            Self::S16 => 16,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S8 => "S8",
            Self::S16 => "S16",
        })
    }
}

/// Which mode to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ModePreference {
    /// S8, and S16 when the card refuses the length of the challenge (`67 00`).
    #[default]
    Auto,
    /// This one and no other.
    Only(Mode),
}

impl ModePreference {
    pub(crate) const fn first(self) -> Mode {
        match self {
            Self::Auto => Mode::S8,
            Self::Only(mode) => mode,
        }
    }

    /// What to try after the card refused the challenge of `tried`.
    pub(crate) const fn after(self, tried: Mode) -> Option<Mode> {
        match (self, tried) {
            (Self::Auto, Mode::S8) => Some(Mode::S16),
            _ => None,
        }
    }
}

/// Which commands the card counts for the encryption of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CommandCounter {
    /// Every command, as the specification has it (SCP03 §6.2.6).
    #[default]
    Spec,
    /// Only commands that carry data, as some cards have it. READ BINARY carries none.
    DataOnly,
}

/// What an R-MAC covers when a proactive command is pending (`91 xx`, `92 xx`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PendingStatus {
    /// The status word as it arrives. Any other is an altered response.
    #[default]
    Protected,
    /// The status word as it arrives, or `90 00`: on some cards the operating system replaces
    /// it after the application has protected the response. That there is a pending command is
    /// then merely a claim; data and success are still proved.
    Replaced,
}

/// The parameter "i": what the card's secure channel can do (SCP03 §5.1, table 5-1).
///
/// It is not authenticated by the protocol. Too much claimed shows when the card refuses the
/// level; too little makes the host refuse.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImplementationOptions(u8);

impl ImplementationOptions {
    const S16: u8 = 0x01;
    const PSEUDO_RANDOM: u8 = 0x10;
    const R_MAC: u8 = 0x20;
    const R_MAC_AND_R_ENC: u8 = 0x60;

    /// From the byte in the card's answer.
    #[must_use]
    pub const fn from_byte(i: u8) -> Self {
        Self(i)
    }

    /// The byte itself.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// Whether the card names itself an S16 card. Which mode is in use is proved by the
    /// cryptograms, not by this.
    #[must_use]
    pub const fn is_s16(self) -> bool {
        self.0 & Self::S16 != 0
    }

    /// Whether the card computes its challenge from a sequence counter.
    #[must_use]
    pub const fn has_pseudo_random_challenge(self) -> bool {
        self.0 & Self::PSEUDO_RANDOM != 0
    }

    /// Whether the card can protect responses with a MAC.
    #[must_use]
    pub const fn supports_r_mac(self) -> bool {
        self.0 & Self::R_MAC != 0
    }

    /// Whether the card can encrypt responses.
    #[must_use]
    pub const fn supports_r_enc(self) -> bool {
        self.0 & Self::R_MAC_AND_R_ENC == Self::R_MAC_AND_R_ENC
    }
}

impl fmt::Display for ImplementationOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

impl fmt::Debug for ImplementationOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImplementationOptions({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_bit_by_bit() {
        let read = |byte| {
            let i = ImplementationOptions::from_byte(byte);
            (i.is_s16(), i.has_pseudo_random_challenge(), i.supports_r_mac(), i.supports_r_enc())
        };
        assert_eq!(read(0x00), (false, false, false, false));
        assert_eq!(read(0x11), (true, true, false, false));
        assert_eq!(read(0x20), (false, false, true, false));
        assert_eq!(read(0x60), (false, false, true, true));
        assert_eq!(read(0x70), (false, true, true, true));
        assert_eq!(read(0x40), (false, false, false, false), "R-ENC needs R-MAC");
    }

    #[test]
    fn only_auto_falls_back_and_only_once() {
        assert_eq!(ModePreference::Auto.first(), Mode::S8);
        assert_eq!(ModePreference::Auto.after(Mode::S8), Some(Mode::S16));
        assert_eq!(ModePreference::Auto.after(Mode::S16), None);
        assert_eq!(ModePreference::Only(Mode::S8).after(Mode::S8), None);
        assert_eq!(ModePreference::Only(Mode::S16).first(), Mode::S16);
    }

    #[test]
    fn version_zero_accepts_any_key_set() {
        let used = KeyVersionNumber::new(0x30);
        assert!(KeyVersionNumber::FIRST.accepts(used));
        assert!(used.accepts(used));
        assert!(!KeyVersionNumber::new(0x31).accepts(used));
    }
}
