// SPDX-License-Identifier: Apache-2.0
//! The ways to a card that the command knows, as one.

mod modem;

pub(crate) use modem::{Modem, ModemError, ModemPort};

#[cfg(feature = "pcsc")]
use simstrap_apdu::pcsc::{PcscError, PcscTransport};
use simstrap_apdu::{QuirkSet, Transport, TransportError, TransportErrorKind};
use simstrap_virtual_card::{SharedCard, VirtualCardError};

/// A way to a card.
#[derive(Debug)]
pub(crate) enum CardTransport {
    /// A card in software.
    Virtual(SharedCard),
    /// A card in a reader.
    #[cfg(feature = "pcsc")]
    Pcsc(PcscTransport),
    /// A card behind a modem.
    Modem(Box<Modem>),
}

/// What went wrong on the way to a card.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CardTransportError {
    /// With a card in software.
    #[error(transparent)]
    Virtual(VirtualCardError),
    /// With a card in a reader.
    #[cfg(feature = "pcsc")]
    #[error(transparent)]
    Pcsc(PcscError),
    /// With a card behind a modem.
    #[error(transparent)]
    Modem(ModemError),
}

impl CardTransportError {
    /// What to do about it, where the way knows better than those above.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            Self::Virtual(_) => None,
            #[cfg(feature = "pcsc")]
            Self::Pcsc(error) => Some(error.help()),
            Self::Modem(error) => Some(error.help()),
        }
    }
}

impl TransportError for CardTransportError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::Virtual(error) => error.kind(),
            #[cfg(feature = "pcsc")]
            Self::Pcsc(error) => error.kind(),
            Self::Modem(error) => error.kind(),
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
            #[cfg(feature = "pcsc")]
            Self::Pcsc(reader) => {
                reader.transmit(command, response).await.map_err(CardTransportError::Pcsc)
            }
            Self::Modem(modem) => {
                modem.transmit(command, response).await.map_err(CardTransportError::Modem)
            }
        }
    }

    fn max_response_data(&self) -> usize {
        match self {
            Self::Virtual(card) => card.max_response_data(),
            #[cfg(feature = "pcsc")]
            Self::Pcsc(reader) => reader.max_response_data(),
            Self::Modem(modem) => modem.max_response_data(),
        }
    }

    fn max_command_data(&self) -> usize {
        match self {
            Self::Virtual(card) => card.max_command_data(),
            #[cfg(feature = "pcsc")]
            Self::Pcsc(reader) => reader.max_command_data(),
            Self::Modem(modem) => modem.max_command_data(),
        }
    }

    fn quirks(&self) -> QuirkSet {
        match self {
            Self::Virtual(card) => card.quirks(),
            #[cfg(feature = "pcsc")]
            Self::Pcsc(reader) => reader.quirks(),
            Self::Modem(modem) => modem.quirks(),
        }
    }
}
