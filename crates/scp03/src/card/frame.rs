// SPDX-License-Identifier: Apache-2.0
//! Command APDUs as the card reads them, short lengths only (ISO 7816-4 §5.1, §5.4.1).

use alloc::vec::Vec;

const INITIALIZE_UPDATE: u8 = 0x50;
const EXTERNAL_AUTHENTICATE: u8 = 0x82;

/// The class byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClassByte(u8);

/// What secure messaging a class byte speaks of (GlobalPlatform Card Specification §11.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Messaging {
    None,
    GlobalPlatform,
    /// That of ISO 7816-4, with data objects.
    DataObjects,
}

impl ClassByte {
    const PROPRIETARY: u8 = 0x80;
    const FURTHER: u8 = 0x40;
    const CHAINING: u8 = 0x10;
    const FIRST_MESSAGING: u8 = 0x0C;
    const FURTHER_MESSAGING: u8 = 0x20;
    const GLOBALPLATFORM: u8 = 0x04;

    /// The logical channel, `None` for a reserved class.
    pub(super) const fn channel(self) -> Option<u8> {
        if self.0 & Self::FURTHER != 0 {
            Some((self.0 & 0x0F) + 4)
        } else if self.0 & 0x20 == 0 {
            Some(self.0 & 0x03)
        } else {
            None
        }
    }

    pub(super) const fn messaging(self) -> Messaging {
        if self.0 & Self::FURTHER != 0 {
            if self.0 & Self::FURTHER_MESSAGING != 0 {
                Messaging::GlobalPlatform
            } else {
                Messaging::None
            }
        } else {
            match self.0 & Self::FIRST_MESSAGING {
                0 => Messaging::None,
                Self::GLOBALPLATFORM => Messaging::GlobalPlatform,
                _ => Messaging::DataObjects,
            }
        }
    }

    /// The byte that goes into the C-MAC: no channel number, bit 4 zero, bit 3 one
    /// (Amendment D §6.2.4).
    pub(super) const fn in_mac(self) -> u8 {
        (self.0 & (Self::PROPRIETARY | Self::CHAINING)) | Self::GLOBALPLATFORM
    }

    const fn without_messaging(self) -> u8 {
        if self.0 & Self::FURTHER != 0 {
            self.0 & !Self::FURTHER_MESSAGING
        } else {
            self.0 & !Self::FIRST_MESSAGING
        }
    }

    const fn is_proprietary(self) -> bool {
        self.0 & Self::PROPRIETARY != 0 && self.0 & Self::CHAINING == 0 && self.channel().is_some()
    }
}

/// The first two bytes of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) class: ClassByte,
    instruction: u8,
}

impl Header {
    pub(super) const fn from_bytes(apdu: &[u8]) -> Option<Self> {
        match *apdu {
            [class, instruction, ..] => Some(Self { class: ClassByte(class), instruction }),
            _ => None,
        }
    }

    /// INITIALIZE UPDATE is never protected.
    pub(super) fn is_initialize_update(self) -> bool {
        self.instruction == INITIALIZE_UPDATE
            && self.class.is_proprietary()
            && self.class.messaging() == Messaging::None
    }

    pub(super) const fn is_external_authenticate(self) -> bool {
        self.instruction == EXTERNAL_AUTHENTICATE && self.class.is_proprietary()
    }
}

/// A whole command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) class: ClassByte,
    pub(super) instruction: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    /// 0 to 255 bytes.
    pub(super) data: &'a [u8],
    expected: Option<u8>,
}

impl<'a> Frame<'a> {
    /// `None` when the lengths do not agree, or are extended.
    pub(super) fn from_bytes(apdu: &'a [u8]) -> Option<Self> {
        let (&[class, instruction, p1, p2], body) = apdu.split_first_chunk()?;
        let (data, expected) = match *body {
            [] => (&[][..], None),
            [expected] => (&[][..], Some(expected)),
            [0, ..] => return None,
            [length, ref rest @ ..] => {
                let (data, rest) = rest.split_at_checked(usize::from(length))?;
                match *rest {
                    [] => (data, None),
                    [expected] => (data, Some(expected)),
                    _ => return None,
                }
            }
        };
        Some(Self { class: ClassByte(class), instruction, p1, p2, data, expected })
    }

    /// The header as the C-MAC covers it, with the Lc that counts the C-MAC.
    pub(super) fn mac_header(&self) -> [u8; 5] {
        let length = u8::try_from(self.data.len()).unwrap_or(u8::MAX);
        [self.class.in_mac(), self.instruction, self.p1, self.p2, length]
    }

    /// The command without secure messaging, with this data field.
    pub(super) fn plain(&self, data: &[u8]) -> Vec<u8> {
        let mut apdu = Vec::with_capacity(6 + data.len());
        let class = self.class.without_messaging();
        apdu.extend([class, self.instruction, self.p1, self.p2]);
        if let (Ok(length), false) = (u8::try_from(data.len()), data.is_empty()) {
            apdu.push(length);
            apdu.extend(data);
        }
        apdu.extend(self.expected);
        apdu
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_of_a_short_command() {
        let read = |apdu: &'static [u8]| Frame::from_bytes(apdu).map(|f| (f.data, f.expected));
        assert_eq!(read(&[0, 1, 2, 3]), Some((&[][..], None)));
        assert_eq!(read(&[0, 1, 2, 3, 0]), Some((&[][..], Some(0))));
        assert_eq!(read(&[0, 1, 2, 3, 2, 8, 9]), Some((&[8, 9][..], None)));
        assert_eq!(read(&[0, 1, 2, 3, 1, 8, 9]), Some((&[8][..], Some(9))));
        let malformed: [&[u8]; 6] = [
            &[],
            &[0, 1, 2],
            &[0, 1, 2, 3, 0, 0],
            &[0, 1, 2, 3, 0, 0, 1, 8],
            &[0, 1, 2, 3, 3, 8, 9],
            &[0, 1, 2, 3, 1, 7, 8, 9],
        ];
        for apdu in malformed {
            assert!(read(apdu).is_none(), "{apdu:02X?}");
        }
    }

    #[test]
    fn class_bytes_of_channels_0_to_19() {
        let first = (0..4).map(|n| (n, n, n | 0x04));
        let further = (4..20).map(|n| (n, n + 0x3C, n + 0x5C));
        for (number, plain, secured) in first.chain(further) {
            for own in [0x00, 0x80] {
                let (plain, secured) = (ClassByte(plain | own), ClassByte(secured | own));
                assert_eq!(plain.channel(), Some(number));
                assert_eq!(secured.channel(), Some(number));
                assert_eq!(plain.messaging(), Messaging::None);
                assert_eq!(secured.messaging(), Messaging::GlobalPlatform);
                assert_eq!(secured.in_mac(), own | 0x04);
                assert_eq!(secured.without_messaging(), plain.0);
            }
        }
    }

    #[test]
    fn other_classes_are_told_apart() {
        assert_eq!(ClassByte(0xA4).channel(), None);
        assert_eq!(ClassByte(0x0C).messaging(), Messaging::DataObjects);
        assert_eq!(ClassByte(0x88).messaging(), Messaging::DataObjects);
        assert_eq!(ClassByte(0x94).in_mac(), 0x94);
        assert_eq!(ClassByte(0xF4).in_mac(), 0x94);
    }
}
