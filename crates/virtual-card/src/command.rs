// SPDX-License-Identifier: Apache-2.0
//! A command APDU as this card takes it apart: class, header, short-form body
//! (ISO 7816-4 §5, 102 221 §10.1).

use crate::status::Status;

/// The most response bytes a short expected length can ask for.
pub(crate) const MAX_EXPECTED: usize = 256;

/// The instructions this card knows (102 221 §10.1.2, GlobalPlatform Amendment D §7.1).
pub(crate) mod instruction {
    pub(crate) const VERIFY_PIN: u8 = 0x20;
    pub(crate) const INITIALIZE_UPDATE: u8 = 0x50;
    pub(crate) const MANAGE_CHANNEL: u8 = 0x70;
    pub(crate) const EXTERNAL_AUTHENTICATE: u8 = 0x82;
    pub(crate) const SELECT: u8 = 0xA4;
    pub(crate) const READ_BINARY: u8 = 0xB0;
    pub(crate) const READ_RECORD: u8 = 0xB2;
    pub(crate) const GET_RESPONSE: u8 = 0xC0;
    pub(crate) const UPDATE_BINARY: u8 = 0xD6;
    pub(crate) const STATUS: u8 = 0xF2;
}

/// A command, with its data field borrowed from the bytes received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<'a> {
    /// As it arrived.
    pub(crate) bytes: &'a [u8],
    pub(crate) class: Class,
    pub(crate) instruction: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) data: &'a [u8],
    /// Le, 1 to 256; `None` when the command has none.
    pub(crate) expected: Option<usize>,
    /// The most data bytes its response can have: 256, fewer in a secure channel.
    pub(crate) room: usize,
}

/// What the class byte says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class {
    /// Logical channel, 0 to 19.
    pub(crate) channel: u8,
    pub(crate) proprietary: bool,
    pub(crate) secured: bool,
    pub(crate) chained: bool,
}

impl<'a> Command<'a> {
    /// Takes a command apart. Extended lengths are not for this card, as its ATR would say.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Status> {
        let (&[class, instruction, p1, p2], body) =
            bytes.split_first_chunk().ok_or(Status::WRONG_LENGTH)?;
        let class = Class::parse(class).ok_or(Status::WRONG_CLASS)?;
        let (data, expected) = split_body(body).ok_or(Status::WRONG_LENGTH)?;
        Ok(Self { bytes, class, instruction, p1, p2, data, expected, room: MAX_EXPECTED })
    }

    /// Whether it is this instruction, of the class without anything special about it.
    pub(crate) fn is_plain(&self, instruction: u8) -> bool {
        let Class { proprietary, secured, chained, .. } = self.class;
        self.instruction == instruction && !(proprietary || secured || chained)
    }

    /// Whether it asks for an application.
    pub(crate) const fn is_select_by_aid(&self) -> bool {
        matches!((self.instruction, self.p1), (instruction::SELECT, 0x04))
    }
}

impl Class {
    /// Reads the class byte: `0X`, `4X`, `6X` and their proprietary twins with bit 8 set. `AX`
    /// was the class of 2G cards and is not for a UICC; `2X` and `3X` are reserved.
    pub(crate) fn parse(byte: u8) -> Option<Self> {
        let further = byte & 0x40 != 0;
        let (channel, secured) = if further {
            (4 + (byte & 0x0F), byte & 0x20 != 0)
        } else if byte & 0x20 == 0 {
            (byte & 0x03, byte & 0x0C != 0)
        } else {
            return None;
        };
        (byte != 0xFF).then_some(Self {
            channel,
            proprietary: byte & 0x80 != 0,
            secured,
            chained: byte & 0x10 != 0,
        })
    }
}

/// Data field and expected length of the four cases in the short form.
fn split_body(body: &[u8]) -> Option<(&[u8], Option<usize>)> {
    match body {
        [] => Some((&[], None)),
        [expected] => Some((&[], Some(expected_length(*expected)))),
        [0, ..] => None,
        [length, rest @ ..] => {
            let (data, after) = rest.split_at_checked(usize::from(*length))?;
            match after {
                [] => Some((data, None)),
                [expected] => Some((data, Some(expected_length(*expected)))),
                _ => None,
            }
        }
    }
}

fn expected_length(byte: u8) -> usize {
    match byte {
        0 => MAX_EXPECTED,
        length => usize::from(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_cases_of_the_short_form() {
        let body = |bytes: &'static [u8]| {
            let command = Command::parse(bytes).unwrap();
            (command.data, command.expected)
        };
        assert_eq!(body(&[0, 0xF2, 0, 0]), (&[][..], None));
        assert_eq!(body(&[0, 0xB0, 0, 0, 0]), (&[][..], Some(256)));
        assert_eq!(body(&[0, 0xD6, 0, 0, 1, 7]), (&[7][..], None));
        assert_eq!(body(&[0, 0xA4, 0, 0, 1, 7, 9]), (&[7][..], Some(9)));
    }

    #[test]
    fn lengths_that_do_not_agree_are_refused() {
        for bytes in [
            &[][..],
            &[0, 0xA4, 0],
            &[0, 0xA4, 0, 0, 2, 7],
            &[0, 0xA4, 0, 0, 1, 7, 0, 0],
            &[0, 0xB0, 0, 0, 0, 1, 0],
        ] {
            let refused = Command::parse(bytes).unwrap_err();
            assert_eq!(refused, Status::WRONG_LENGTH, "{bytes:02X?}");
        }
    }

    #[test]
    fn class_bytes_as_the_standard_prints_them() {
        let class = |byte| Class::parse(byte).map(|c| (c.channel, c.proprietary, c.secured));
        assert_eq!(class(0x00), Some((0, false, false)));
        assert_eq!(class(0x03), Some((3, false, false)));
        assert_eq!(class(0x04), Some((0, false, true)));
        assert_eq!(class(0x0C), Some((0, false, true)));
        assert_eq!(class(0x81), Some((1, true, false)));
        assert_eq!(class(0x40), Some((4, false, false)));
        assert_eq!(class(0x4F), Some((19, false, false)));
        assert_eq!(class(0x6F), Some((19, false, true)));
        assert_eq!(class(0xC1), Some((5, true, false)));
        assert_eq!(class(0xE1), Some((5, true, true)));
        assert!([0x20, 0x3F, 0xA0, 0xBF, 0xFF].map(class) == [None; 5]);
        assert!(Class::parse(0x10).unwrap().chained);
    }
}
