// SPDX-License-Identifier: Apache-2.0
//! What a card has rejected, kept from one reading to the next.

use alloc::vec::Vec;

use simstrap_scp03::apdu::{Iccid, PinReference};

/// Failed authentications in a row after which keys are not tried again. Cards lock a key set after
/// some; a single one may be an answer that was garbled on its way.
pub const MAX_KEY_REJECTIONS: u8 = 3;

/// Which PINs and keys a card has rejected (FT-05).
#[derive(Debug)]
pub(super) struct Rejected {
    card: Option<Iccid>,
    pins: Vec<PinReference>,
    /// Failed authentications in a row.
    keys: u8,
}

impl Rejected {
    pub(super) const fn none() -> Self {
        Self { card: None, pins: Vec::new(), keys: 0 }
    }

    /// A card is being read; another one has rejected nothing.
    pub(super) fn of(&mut self, card: Iccid) {
        if self.card.replace(card) != Some(card) {
            self.pins.clear();
            self.keys = 0;
        }
    }

    pub(super) fn has_pin(&self, pin: PinReference) -> bool {
        self.pins.contains(&pin)
    }

    pub(super) fn pin(&mut self, pin: PinReference) {
        self.pins.push(pin);
    }

    /// Whether the keys have failed too often to be tried again.
    pub(super) const fn has_keys(&self) -> bool {
        self.keys >= MAX_KEY_REJECTIONS
    }

    /// The keys have served, or card and host could not prove to each other that they hold them.
    pub(super) const fn keys(&mut self, served: bool) {
        self.keys = if served { 0 } else { self.keys.saturating_add(1) };
    }
}
