// SPDX-License-Identifier: Apache-2.0
//! A card that several hands hold.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use simstrap_scp03::apdu::Transport;

use crate::card::{VirtualCard, delivered};
use crate::error::VirtualCardError;

/// A handle to a card, cheaply cloned: one goes to the client as its transport, another pulls
/// the card or changes its data meanwhile.
///
/// ```
/// use simstrap_scp03::apdu::{Transport, blocking};
/// use simstrap_virtual_card::{SharedCard, VirtualCard, VirtualCardError};
///
/// let hand = SharedCard::new(VirtualCard::sample()?);
/// let mut transport = hand.clone();
/// hand.lock().remove();
/// let result = blocking::run(transport.transmit(&[0x80, 0xF2, 0x00, 0x0C], &mut [0; 2]))?;
/// assert_eq!(result, Err(VirtualCardError::NoCard));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SharedCard(Arc<Mutex<VirtualCard>>);

impl SharedCard {
    /// Shares a card.
    #[must_use]
    pub fn new(card: VirtualCard) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }

    /// The card, for as long as the guard is held; exchanges of others wait meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, VirtualCard> {
        // The card is whole between any two of its steps, also when a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<VirtualCard> for SharedCard {
    fn from(card: VirtualCard) -> Self {
        Self::new(card)
    }
}

impl fmt::Debug for SharedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedCard").field(&*self.lock()).finish()
    }
}

impl Transport for SharedCard {
    type Error = VirtualCardError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, VirtualCardError> {
        let answer = self.lock().exchange_into(command, response);
        delivered(answer).await
    }
}
