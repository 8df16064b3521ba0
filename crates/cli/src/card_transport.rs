// SPDX-License-Identifier: Apache-2.0
//! The ways to a card that the command knows, as one.

use simstrap_policy::bootstrap_data::scp03::apdu::{Transport, TransportError, TransportErrorKind};
use simstrap_virtual_card::{SharedCard, VirtualCardError};

/// A way to a card.
#[derive(Debug)]
pub(crate) enum CardTransport {
    /// A card in software.
    Virtual(SharedCard),
}

/// What went wrong on the way to a card.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CardTransportError {
    /// With a card in software.
    #[error(transparent)]
    Virtual(VirtualCardError),
}

impl TransportError for CardTransportError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::Virtual(error) => error.kind(),
        }
    }
}

impl Transport for CardTransport {
    type Error = CardTransportError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, CardTransportError> {
        match self {
            Self::Virtual(card) => {
                card.transmit(command, response).await.map_err(CardTransportError::Virtual)
            }
        }
    }

    fn max_response_data(&self) -> usize {
        match self {
            Self::Virtual(card) => card.max_response_data(),
        }
    }

    fn max_command_data(&self) -> usize {
        match self {
            Self::Virtual(card) => card.max_command_data(),
        }
    }
}
