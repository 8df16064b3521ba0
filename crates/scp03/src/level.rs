// SPDX-License-Identifier: Apache-2.0
//! What a session protects (SCP03 §7.1.2, table 7-6).

use core::cmp::Ordering;
use core::fmt;

use crate::crypto::BLOCK_LEN;
use crate::{ImplementationOptions, Mode};

/// What is protected in a session: commands or both directions, by a MAC or by a MAC and
/// encryption.
///
/// The order is that of protection. `CMacCDec` and `CMacRMac` protect different things, so
/// neither is more than the other.
///
/// ```
/// use simstrap_scp03::SecurityLevel;
///
/// assert!(SecurityLevel::Full > SecurityLevel::CMacRMac);
/// assert!(SecurityLevel::Full.provides(SecurityLevel::CMacCDec));
/// assert!(!SecurityLevel::CMacCDec.provides(SecurityLevel::CMacRMac));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecurityLevel {
    /// `01`: commands carry a MAC.
    CMac,
    /// `03`: commands carry a MAC and are encrypted.
    CMacCDec,
    /// `11`: commands and responses carry a MAC.
    CMacRMac,
    /// `13`: commands and responses carry a MAC, commands are encrypted.
    CMacCDecRMac,
    /// `33`: commands and responses carry a MAC and are encrypted.
    Full,
}

impl SecurityLevel {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CMac, Self::CMacCDec, Self::CMacRMac, Self::CMacCDecRMac, Self::Full];
    const C_DEC: u8 = 0x02;
    const R_MAC: u8 = 0x10;
    const R_ENC: u8 = 0x20;

    /// The level that EXTERNAL AUTHENTICATE names by this byte; `None` for other bytes.
    #[must_use]
    pub const fn from_byte(level: u8) -> Option<Self> {
        Some(match level {
            0x01 => Self::CMac,
            0x03 => Self::CMacCDec,
            0x11 => Self::CMacRMac,
            0x13 => Self::CMacCDecRMac,
            0x33 => Self::Full,
            _ => return None,
        })
    }

    /// The byte in EXTERNAL AUTHENTICATE.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::CMac => 0x01,
            Self::CMacCDec => 0x03,
            Self::CMacRMac => 0x11,
            Self::CMacCDecRMac => 0x13,
            Self::Full => 0x33,
        }
    }

    /// Whether this level protects everything that `demanded` protects.
    #[must_use]
    pub const fn provides(self, demanded: Self) -> bool {
        self.to_byte() & demanded.to_byte() == demanded.to_byte()
    }

    /// Whether the data of commands is encrypted.
    #[must_use]
    pub const fn encrypts_commands(self) -> bool {
        self.to_byte() & Self::C_DEC != 0
    }

    /// Whether responses carry a MAC.
    #[must_use]
    pub const fn authenticates_responses(self) -> bool {
        self.to_byte() & Self::R_MAC != 0
    }

    /// Whether the data of responses is encrypted.
    #[must_use]
    pub const fn encrypts_responses(self) -> bool {
        self.to_byte() & Self::R_ENC != 0
    }

    /// Whether a card with these options can do it.
    #[must_use]
    pub const fn is_offered_by(self, i: ImplementationOptions) -> bool {
        (!self.authenticates_responses() || i.supports_r_mac())
            && (!self.encrypts_responses() || i.supports_r_enc())
    }

    /// The most plain data bytes of a response whose protected data field has at most `carried`
    /// bytes: of 256, `33` leaves 239, `11` and `13` leave 248 (S8) or 240 (S16).
    #[must_use]
    pub const fn max_response_data(self, mode: Mode, carried: usize) -> usize {
        if !self.authenticates_responses() {
            return carried;
        }
        max_plain(carried, mode, self.encrypts_responses())
    }

    /// The most plain data bytes of a command whose protected data field has at most `carried`
    /// bytes: of 255, encryption leaves 239 (S8) or 223 (S16), a MAC alone 247 or 239.
    #[must_use]
    pub const fn max_command_data(self, mode: Mode, carried: usize) -> usize {
        max_plain(carried, mode, self.encrypts_commands())
    }
}

/// What is left of `carried` bytes after the MAC and, with encryption, at least one byte of
/// padding to whole blocks.
const fn max_plain(carried: usize, mode: Mode, encrypted: bool) -> usize {
    let text = carried.saturating_sub(mode.field_len());
    if encrypted { (text / BLOCK_LEN * BLOCK_LEN).saturating_sub(1) } else { text }
}

impl PartialOrd for SecurityLevel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.provides(*other), other.provides(*self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }
}

impl fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.to_byte())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_level_read_back_or_none() {
        let known = (0..=u8::MAX)
            .filter_map(|byte| SecurityLevel::from_byte(byte).map(|level| (byte, level)))
            .inspect(|(byte, level)| assert_eq!(level.to_byte(), *byte))
            .count();
        assert_eq!(known, SecurityLevel::ALL.len());
    }

    #[test]
    fn cr_03_levels_are_ordered_by_what_they_protect() {
        use SecurityLevel::{CMac, CMacCDec, CMacCDecRMac, CMacRMac, Full};
        assert!(CMac < CMacCDec && CMacCDec < CMacCDecRMac && CMacCDecRMac < Full);
        assert!(CMac < CMacRMac && CMacRMac < CMacCDecRMac);
        assert_eq!(CMacCDec.partial_cmp(&CMacRMac), None);
        for level in SecurityLevel::ALL {
            assert!(level.provides(level) && Full.provides(level) && level.provides(CMac));
        }
    }

    #[test]
    fn cr_03_a_card_offers_what_its_options_say() {
        let offered = |i: u8| {
            SecurityLevel::ALL
                .into_iter()
                .filter(|level| level.is_offered_by(ImplementationOptions::from_byte(i)))
                .map(SecurityLevel::to_byte)
                .collect::<Vec<_>>()
        };
        assert_eq!(offered(0x00), [0x01, 0x03]);
        assert_eq!(offered(0x11), [0x01, 0x03]);
        assert_eq!(offered(0x20), [0x01, 0x03, 0x11, 0x13]);
        assert_eq!(offered(0x60), [0x01, 0x03, 0x11, 0x13, 0x33]);
    }

    #[test]
    fn what_fits_a_short_response() {
        let fits = |level: SecurityLevel| {
            [Mode::S8, Mode::S16].map(|mode| level.max_response_data(mode, 256))
        };
        assert_eq!(fits(SecurityLevel::CMac), [256, 256]);
        assert_eq!(fits(SecurityLevel::CMacCDec), [256, 256]);
        assert_eq!(fits(SecurityLevel::CMacRMac), [248, 240]);
        assert_eq!(fits(SecurityLevel::CMacCDecRMac), [248, 240]);
        assert_eq!(fits(SecurityLevel::Full), [239, 239]);
        assert_eq!(SecurityLevel::Full.max_response_data(Mode::S16, 31), 0);
        assert_eq!(SecurityLevel::Full.max_response_data(Mode::S8, 0), 0);
    }

    #[test]
    fn what_fits_a_short_command() {
        let fits = |level: SecurityLevel| {
            [Mode::S8, Mode::S16].map(|mode| level.max_command_data(mode, 255))
        };
        assert_eq!(fits(SecurityLevel::CMac), [247, 239]);
        assert_eq!(fits(SecurityLevel::CMacRMac), [247, 239]);
        assert_eq!(fits(SecurityLevel::CMacCDec), [239, 223]);
        assert_eq!(fits(SecurityLevel::CMacCDecRMac), [239, 223]);
        assert_eq!(fits(SecurityLevel::Full), [239, 223]);
    }
}
