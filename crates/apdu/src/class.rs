// SPDX-License-Identifier: Apache-2.0
//! The class byte: whose command it is, on which logical channel, and whether it is protected
//! (ISO 7816-4 §5.4.1, ETSI TS 102 221 §10.1.1, GlobalPlatform Card Specification §11.1.4).

use core::fmt;

/// The class of a command: interindustry or proprietary, its logical channel, its protection.
///
/// ```
/// use simstrap_apdu::{ChannelNumber, Class};
///
/// let class = Class::PROPRIETARY.secured();
/// assert_eq!(class.to_byte(), 0x84);
/// let channel = ChannelNumber::new(5).expect("at most 19");
/// assert_eq!(class.on_channel(channel).to_byte(), 0xE1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Class {
    channel: ChannelNumber,
    proprietary: bool,
    secured: bool,
}

impl Class {
    /// Interindustry commands (`00`): SELECT, READ BINARY, VERIFY PIN and so on.
    pub const INTERINDUSTRY: Self =
        Self { channel: ChannelNumber::BASIC, proprietary: false, secured: false };
    /// UICC and GlobalPlatform commands (`80`): STATUS, INITIALIZE UPDATE and so on.
    pub const PROPRIETARY: Self = Self { proprietary: true, ..Self::INTERINDUSTRY };

    /// The same class on another logical channel.
    #[must_use]
    pub const fn on_channel(self, channel: ChannelNumber) -> Self {
        Self { channel, ..self }
    }

    /// The same class with the mark of GlobalPlatform secure messaging.
    #[must_use]
    pub const fn secured(self) -> Self {
        Self { secured: true, ..self }
    }

    /// The logical channel the command goes to.
    #[must_use]
    pub const fn channel(self) -> ChannelNumber {
        self.channel
    }

    /// Whether the command is one of the UICC's or GlobalPlatform's own (bit 8 set).
    #[must_use]
    pub const fn is_proprietary(self) -> bool {
        self.proprietary
    }

    /// Whether the command carries the mark of secure messaging.
    #[must_use]
    pub const fn is_secured(self) -> bool {
        self.secured
    }

    /// The byte on the wire.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        let proprietary = if self.proprietary { 0x80 } else { 0x00 };
        let channel = self.channel.0;
        if channel <= ChannelNumber::LAST_BASIC_CODING {
            let secured = if self.secured { 0x04 } else { 0x00 };
            proprietary | secured | channel
        } else {
            let secured = if self.secured { 0x20 } else { 0x00 };
            proprietary | 0x40 | secured | (channel - 4)
        }
    }

    /// Reads a class byte.
    ///
    /// `None` for what this crate never sends: command chaining, ISO secure messaging with its
    /// own data objects, and reserved values.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        let proprietary = byte & 0x80 != 0;
        let (channel, secured) = match byte & 0x7F {
            low @ 0x00..=0x03 => (low, false),
            low @ 0x04..=0x07 => (low - 0x04, true),
            low @ 0x40..=0x4F => (low - 0x40 + 4, false),
            low @ 0x60..=0x6F => (low - 0x60 + 4, true),
            _ => return None,
        };
        Some(Self { channel: ChannelNumber(channel), proprietary, secured })
    }
}

/// The number of a logical channel: 0 (the basic channel) to 19.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelNumber(u8);

impl ChannelNumber {
    /// The basic channel, always open; a modem uses it for its own session.
    pub const BASIC: Self = Self(0);
    /// The highest number a card can give.
    pub const MAX: Self = Self(19);
    /// The last channel that the first form of the class byte can name.
    const LAST_BASIC_CODING: u8 = 3;

    /// A channel number, `None` above 19.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= Self::MAX.0 { Some(Self(number)) } else { None }
    }

    /// The number itself.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ChannelNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_byte_of_every_channel_as_the_standards_print_it() {
        let byte = |class: Class, channel: u8| {
            class.on_channel(ChannelNumber::new(channel).unwrap()).to_byte()
        };
        for (channel, plain, secured, proprietary, both) in [
            (0, 0x00, 0x04, 0x80, 0x84),
            (1, 0x01, 0x05, 0x81, 0x85),
            (3, 0x03, 0x07, 0x83, 0x87),
            (4, 0x40, 0x60, 0xC0, 0xE0),
            (19, 0x4F, 0x6F, 0xCF, 0xEF),
        ] {
            assert_eq!(byte(Class::INTERINDUSTRY, channel), plain);
            assert_eq!(byte(Class::INTERINDUSTRY.secured(), channel), secured);
            assert_eq!(byte(Class::PROPRIETARY, channel), proprietary);
            assert_eq!(byte(Class::PROPRIETARY.secured(), channel), both);
        }
    }

    #[test]
    fn every_byte_is_read_back_or_refused() {
        let understood = (0..=u8::MAX)
            .filter_map(|byte| Class::from_byte(byte).map(|class| (byte, class)))
            .inspect(|(byte, class)| assert_eq!(class.to_byte(), *byte))
            .count();
        assert_eq!(understood, 20 * 2 * 2);
    }

    #[test]
    fn channel_numbers_end_at_19() {
        assert_eq!(ChannelNumber::new(19), Some(ChannelNumber::MAX));
        assert_eq!(ChannelNumber::new(20), None);
    }
}
