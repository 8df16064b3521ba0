// SPDX-License-Identifier: Apache-2.0
//! Faults on demand: what shall go wrong, and at which exchange.

use simstrap_scp03::apdu::TransportErrorKind;

use crate::card::VirtualCard;

/// Something that goes wrong once.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The exchange it happens at, counted from 0 over the life of the card, as
    /// [`VirtualCard::exchanges`] counts and [`Exchange::number`](crate::Exchange::number) tells.
    pub at: u64,
    /// What happens.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FaultKind {
    /// The command is lost: the card does not see it, the caller gets an error of this kind.
    CommandLost(TransportErrorKind),
    /// The response is lost: the card has carried the command out, the caller gets an error of
    /// this kind.
    ResponseLost(TransportErrorKind),
    /// The card carries the command out, but the exchange never ends: the future stays pending.
    NeverAnswers,
    /// The card carries the command out, other bytes arrive in place of its response.
    Garbage(Vec<u8>),
    /// Only this many bytes of the response arrive.
    Truncated(usize),
    /// A response of no bytes at all, not even a status word, arrives.
    EmptyResponse,
    /// One bit of the command is changed before the card sees it: counted from the highest bit
    /// of the first byte, and from the start again after the last.
    CommandBit(usize),
    /// One bit of the response is changed, counted in the same way.
    ResponseBit(usize),
    /// The card answers this status word without carrying the command out.
    Status([u8; 2]),
    /// The card is pulled out, and stays out.
    Remove,
    /// Another program resets the card: the command is lost, and with it channels and PINs.
    Reset,
    /// This card is in the reader from now on, and gets the command.
    Replace(Box<VirtualCard>),
}

/// Changes a bit, if there are bytes.
pub(crate) fn flip(bytes: &mut [u8], bit: usize) {
    if let Some(bits) = bytes.len().checked_mul(8).filter(|bits| *bits > 0) {
        let bit = bit % bits;
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 0x80 >> (bit % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_count_from_the_highest_of_the_first_byte() {
        let flipped = |bit| {
            let mut bytes = [0, 0];
            flip(&mut bytes, bit);
            bytes
        };
        assert_eq!(flipped(0), [0x80, 0]);
        assert_eq!(flipped(15), [0, 1]);
        assert_eq!(flipped(16), [0x80, 0]);
        flip(&mut [], 3);
    }
}
