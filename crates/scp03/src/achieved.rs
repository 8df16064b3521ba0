// SPDX-License-Identifier: Apache-2.0
//! What a session turned out to be, for reports.

use crate::{DiversificationData, ImplementationOptions, KeyVersionNumber, Mode, SecurityLevel};

/// What was achieved: the facts of a session, none of them secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Achieved {
    /// What is protected.
    pub level: SecurityLevel,
    /// How long MACs are.
    pub mode: Mode,
    /// The key set the card used.
    pub key_version: KeyVersionNumber,
    /// What the card can do (i).
    pub options: ImplementationOptions,
    /// What the card says of itself for the choice of its keys.
    pub diversification_data: DiversificationData,
    /// How many sessions the card has opened with this key set; only from cards that compute
    /// their challenge from it.
    pub sequence_counter: Option<SequenceCounter>,
    /// What is known of the card's challenge.
    pub card_challenge: CardChallenge,
}

impl Achieved {
    /// The protocol.
    pub const PROTOCOL: &'static str = "SCP03";
}

/// A card's count of sessions, 3 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceCounter([u8; 3]);

impl SequenceCounter {
    /// From the bytes on the wire.
    #[must_use]
    pub const fn from_bytes(counter: [u8; 3]) -> Self {
        Self(counter)
    }

    /// The bytes on the wire.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        self.0
    }

    /// The count.
    #[must_use]
    pub const fn to_u32(self) -> u32 {
        let [high, middle, low] = self.0;
        u32::from_be_bytes([0, high, middle, low])
    }
}

/// What is known of a card's challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardChallenge {
    /// The card says that it is random.
    Random,
    /// The card says that it follows from its sequence counter; the counter or the AID of the
    /// application is not known.
    Unchecked,
    /// It follows from the card's sequence counter and the AID of the application.
    Checked,
}
