// SPDX-License-Identifier: Apache-2.0
//! The card's side of the protocol of vpcd, the virtual reader of PC/SC: messages of a length in
//! two bytes, high byte first, and as many bytes.

use crate::shared::SharedCard;

/// Bytes of the length in front of a message.
const LENGTH: usize = 2;

/// The card in a virtual reader, without its connection: bytes of vpcd in, bytes for it out.
///
/// ```
/// use simstrap_virtual_card::{SharedCard, VirtualCard};
/// use simstrap_virtual_card::front::Reader;
///
/// let mut reader = Reader::new(SharedCard::new(VirtualCard::sample()?));
/// // Power on, then STATUS; both in one go.
/// let answer = reader.receive(b"\x00\x01\x01\x00\x04\x80\xF2\x00\x0C");
/// assert_eq!(answer.as_deref(), Some(&b"\x00\x02\x90\x00"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    card: SharedCard,
    insertion: u64,
    received: Vec<u8>,
}

/// What vpcd says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message<'a> {
    PowerOff,
    PowerOn,
    Reset,
    Atr,
    Command(&'a [u8]),
}

impl<'a> Message<'a> {
    /// A single byte is for the reader, anything else for the card; of the single bytes only
    /// these have a meaning.
    const fn of(message: &'a [u8]) -> Option<Self> {
        Some(match message {
            [0] => Self::PowerOff,
            [1] => Self::PowerOn,
            [2] => Self::Reset,
            [4] => Self::Atr,
            [] | [_] => return None,
            command => Self::Command(command),
        })
    }
}

impl Reader {
    /// The card has just been put in.
    #[must_use]
    pub fn new(card: SharedCard) -> Self {
        let insertion = card.lock().insertions();
        Self { card, insertion, received: Vec::new() }
    }

    /// Whether the card that was put in is still there. When not, the connection is to be closed:
    /// that is how vpcd learns of it.
    #[must_use]
    pub fn has_card(&self) -> bool {
        let card = self.card.lock();
        card.is_inserted() && card.insertions() == self.insertion
    }

    /// Takes what vpcd sent, cut wherever the connection cut it, and gives what to send back.
    /// `None` when the connection is to be closed: the card is gone, or gave no response, for
    /// which the protocol has no words.
    #[must_use]
    pub fn receive(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.received.extend_from_slice(bytes);
        let mut out = Vec::new();
        while let Some((length, rest)) = self.received.split_first_chunk::<LENGTH>() {
            let Some(message) = rest.get(..usize::from(u16::from_be_bytes(*length))) else {
                break;
            };
            if !self.has_card() {
                return None;
            }
            self.answer(message, &mut out)?;
            self.received.drain(..LENGTH + message.len());
        }
        Some(out)
    }

    fn answer(&self, message: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut card = self.card.lock();
        let answer = match Message::of(message) {
            Some(Message::PowerOff | Message::PowerOn | Message::Reset) => {
                card.reset();
                return Some(());
            }
            Some(Message::Atr) => card.atr().to_vec(),
            Some(Message::Command(command)) => card.exchange(command).ok()?,
            None => return Some(()),
        };
        // An answer without bytes would stand for a card that is gone.
        let length = u16::try_from(answer.len()).ok().filter(|length| *length > 0)?;
        out.extend(length.to_be_bytes());
        out.extend(answer);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::VirtualCard;
    use crate::fault::{Fault, FaultKind};

    fn reader() -> (SharedCard, Reader) {
        let card = SharedCard::new(VirtualCard::sample().unwrap());
        (card.clone(), Reader::new(card))
    }

    fn framed(message: &[u8]) -> Vec<u8> {
        [&u16::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
    }

    #[test]
    fn the_atr_is_told_and_power_resets() {
        let (card, mut reader) = reader();
        let atr = card.lock().atr().to_vec();
        assert_eq!(reader.receive(&framed(&[4])), Some(framed(&atr)));
        let opened = reader.receive(&framed(&[0, 0x70, 0, 0, 1]));
        assert_eq!(opened, Some(framed(&[1, 0x90, 0])));
        for control in [0, 1, 2] {
            let before = card.lock().power_ups();
            assert_eq!(reader.receive(&framed(&[control])), Some(Vec::new()));
            assert_eq!(card.lock().power_ups(), before + 1);
        }
        let gone = reader.receive(&framed(&[0x81, 0xF2, 0, 0x0C]));
        assert_eq!(gone, Some(framed(&[0x68, 0x81])));
    }

    #[test]
    fn messages_may_be_cut_anywhere_and_unknown_ones_are_let_be() {
        let (_, mut reader) = reader();
        let said = [framed(&[1]), framed(&[]), framed(&[9]), framed(&[0x80, 0xF2, 0, 0x0C])];
        let said = said.concat();
        let mut heard = Vec::new();
        for byte in &said {
            heard.extend(reader.receive(&[*byte]).unwrap());
        }
        assert_eq!(heard, framed(&[0x90, 0]));
    }

    #[test]
    fn a_card_that_is_pulled_or_replaced_ends_the_connection() {
        let status = framed(&[0x80, 0xF2, 0, 0x0C]);
        let (card, mut reader) = reader();
        card.lock().remove();
        assert!(!reader.has_card());
        assert_eq!(reader.receive(&status), None);
        card.lock().insert();
        assert_eq!(reader.receive(&status), None, "it is another insertion");
        let mut reader = Reader::new(card.clone());
        assert_eq!(reader.receive(&status), Some(framed(&[0x90, 0])));
        card.lock().replace(VirtualCard::sample().unwrap());
        assert!(!reader.has_card());
    }

    #[test]
    fn a_response_that_never_comes_ends_the_connection() {
        for kind in [FaultKind::NeverAnswers, FaultKind::EmptyResponse, FaultKind::Remove] {
            let (card, mut reader) = reader();
            card.lock().inject(Fault { at: 0, kind });
            assert_eq!(reader.receive(&framed(&[0x80, 0xF2, 0, 0x0C])), None);
        }
    }
}
