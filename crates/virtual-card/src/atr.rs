// SPDX-License-Identifier: Apache-2.0
//! The answer to reset: what a card says first (ISO 7816-3 §8.2, 102 221 §6.3).

use crate::description::TransmissionProtocol;

/// The longest answer to reset, and the most historical bytes it can have.
const MAX_ATR: usize = 33;
const MAX_HISTORICAL: usize = 15;

/// The answer to reset of a card that carries commands like this and has so many logical channels
/// besides the basic one.
pub(crate) fn of(protocol: TransmissionProtocol, channels: u8) -> Vec<u8> {
    /// In T=15: supply voltages A, B and C, the clock may be stopped.
    const CLASS: u8 = 0xC7;
    const DIRECT: u8 = 0x3B;
    let interface: &[u8] = match protocol {
        // T=0 only, then the global parameters.
        TransmissionProtocol::T0 => &[0x80, 0x1F, CLASS],
        // T=1 with blocks of 254 bytes and its usual waiting times, then the global parameters.
        TransmissionProtocol::T1 => &[0x81, 0xB1, 0xFE, 0x45, 0x1F, CLASS],
    };
    // Channels are numbered by the card; three bits tell how many there are.
    let numbering = if channels == 0 { 0x00 } else { 0x10 | channels.min(7) };
    let historical = [
        0x80, // Compact TLV.
        0x31, 0xA0, // Selection by full name of an application; EF DIR, in records.
        0x73, 0xB6, 0x21,
        numbering, // Selection by path and by identifier, short identifiers.
        0x65, b'L', b'w', b'M', b'2', b'M',
    ];
    let count = u8::try_from(historical.len()).unwrap_or(0);
    let mut atr = vec![DIRECT, 0x80 | count];
    atr.extend_from_slice(interface);
    atr.extend_from_slice(&historical);
    // T=15 is indicated, so there is a check byte.
    atr.push(check_byte(atr.get(1..).unwrap_or_default()));
    atr
}

/// The exclusive-or over all bytes but the first.
fn check_byte(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |check, byte| check ^ byte)
}

/// What is wrong with an answer to reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AtrError {
    /// It does not begin with 3B or 3F.
    #[error("it begins with neither 3B nor 3F")]
    Beginning,
    /// It is shorter or longer than its bytes say, or than can be.
    #[error("it has {found} bytes; by what it says there are {expected}")]
    Length {
        /// Bytes it has.
        found: usize,
        /// Bytes it should have.
        expected: usize,
    },
    /// The check byte TCK is wrong.
    #[error("its last byte, the check byte, is {found:02X}; {expected:02X} is right")]
    CheckByte {
        /// The last byte.
        found: u8,
        /// The right one.
        expected: u8,
    },
    /// It does not offer the protocol of the card.
    #[error("it does not offer the protocol of the card first")]
    Protocol,
}

/// Checks that an answer to reset can be one of a card with this protocol.
pub(crate) fn check(atr: &[u8], protocol: TransmissionProtocol) -> Result<(), AtrError> {
    let (format, mut indicator) = match atr {
        [0x3B | 0x3F, format, ..] => (format, *format),
        [0x3B | 0x3F] => return Err(AtrError::Length { found: 1, expected: 2 }),
        _ => return Err(AtrError::Beginning),
    };
    let mut expected = 2;
    let mut first = None;
    let mut has_check_byte = false;
    loop {
        let count = (indicator >> 4).count_ones();
        expected += usize::try_from(count).unwrap_or(0);
        let next = if indicator & 0x80 == 0 { None } else { atr.get(expected - 1).copied() };
        let Some(next) = next else { break };
        first = first.or(Some(next & 0x0F));
        has_check_byte |= next & 0x0F != 0;
        indicator = next;
        if expected > MAX_ATR {
            break;
        }
    }
    expected += usize::from(format & 0x0F).min(MAX_HISTORICAL) + usize::from(has_check_byte);
    if atr.len() != expected || expected > MAX_ATR {
        return Err(AtrError::Length { found: atr.len(), expected });
    }
    let offered = match protocol {
        TransmissionProtocol::T0 => 0,
        TransmissionProtocol::T1 => 1,
    };
    if first.unwrap_or(0) != offered {
        return Err(AtrError::Protocol);
    }
    match atr.split_last() {
        Some((found, before)) if has_check_byte => {
            let expected = check_byte(before.get(1..).unwrap_or_default());
            if *found == expected {
                Ok(())
            } else {
                Err(AtrError::CheckByte { found: *found, expected })
            }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TransmissionProtocol::{T0, T1};

    #[test]
    fn what_is_made_is_right_and_what_is_altered_is_not() {
        for (protocol, other) in [(T0, T1), (T1, T0)] {
            let atr = of(protocol, 3);
            assert_eq!(check(&atr, protocol), Ok(()));
            assert_eq!(check(&atr, other), Err(AtrError::Protocol));
            for at in 0..atr.len() {
                let mut altered = atr.clone();
                altered[at] ^= 0x10;
                assert!(check(&altered, protocol).is_err(), "byte {at}");
                assert!(check(&atr[..at], protocol).is_err(), "cut to {at}");
            }
        }
    }

    #[test]
    fn published_answers_to_reset_are_taken() {
        // A UICC (102 221 Annex D has its like), and a card that offers T=1 only.
        let uicc = b"\x3B\x9F\x96\x80\x1F\xC7\x80\x31\xA0\x73\xBE\x21\x13\x67\x43\x20\x07\x18\x00\
                     \x00\x01\xA5";
        assert_eq!(check(uicc, T0), Ok(()));
        let jcop = b"\x3B\xF8\x13\x00\x00\x81\x31\xFE\x45\x4A\x43\x4F\x50\x76\x32\x34\x31\xB7";
        assert_eq!(check(jcop, T1), Ok(()));
        // Without T=1 or T=15 there is no check byte.
        assert_eq!(check(&[0x3B, 0x02, 0x14, 0x50], T0), Ok(()));
        assert_eq!(
            check(&[0x3B, 0x02, 0x14, 0x50, 0x00], T0),
            Err(AtrError::Length { found: 5, expected: 4 })
        );
    }
}
