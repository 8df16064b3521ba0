// SPDX-License-Identifier: Apache-2.0
//! The ways to a card that the command knows, as one.

mod modem;

pub(crate) use modem::{ModemError, ModemPort, SharedModem};

use std::io;

#[cfg(feature = "pcsc")]
use simstrap_apdu::pcsc::{PcscError, PcscTransport};
use simstrap_apdu::trace::{Record, Secrets, Traced, system_time};
use simstrap_apdu::{QuirkSet, Transport, TransportError, TransportErrorKind};
use simstrap_virtual_card::{SharedCard, VirtualCardError};

/// A way to a card, with what goes over it written down where that was asked for.
#[derive(Debug)]
pub(crate) struct CardTransport(Traced<Way, Vec<Box<dyn Record>>>);

impl CardTransport {
    /// Writes down what goes over `way`.
    pub(crate) fn traced(way: Way, recorders: Vec<Box<dyn Record>>, secrets: Secrets) -> Self {
        Self(Traced::new(way, recorders, secrets, system_time))
    }

    /// The card, if it is one in software.
    pub(crate) fn virtual_card(&self) -> Option<SharedCard> {
        match self.0.transport() {
            Way::Virtual(card) => Some(card.clone()),
            _ => None,
        }
    }

    /// The modem, if the card is behind one.
    pub(crate) const fn modem(&self) -> Option<&SharedModem> {
        match self.0.transport() {
            Way::Modem(modem) => Some(modem),
            _ => None,
        }
    }

    /// Why something could not be written down, once.
    pub(crate) const fn take_trace_failure(&mut self) -> Option<io::Error> {
        self.0.take_failure()
    }
}

impl From<SharedCard> for CardTransport {
    fn from(card: SharedCard) -> Self {
        Self::traced(Way::Virtual(card), Vec::new(), Secrets::Masked)
    }
}

impl Transport for CardTransport {
    type Error = CardTransportError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, CardTransportError> {
        self.0.transmit(command, response).await
    }

    fn max_response_data(&self) -> usize {
        self.0.max_response_data()
    }

    fn max_command_data(&self) -> usize {
        self.0.max_command_data()
    }

    fn quirks(&self) -> QuirkSet {
        self.0.quirks()
    }
}

/// The ways there are.
#[derive(Debug)]
pub(crate) enum Way {
    /// A card in software.
    Virtual(SharedCard),
    /// A card in a reader.
    #[cfg(feature = "pcsc")]
    Pcsc(PcscTransport),
    /// A card behind a modem.
    Modem(SharedModem),
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
    Pcsc(Box<PcscError>),
    /// With a card behind a modem.
    #[error(transparent)]
    Modem(Box<ModemError>),
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

impl Transport for Way {
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
            Self::Pcsc(reader) => reader
                .transmit(command, response)
                .await
                .map_err(|e| CardTransportError::Pcsc(Box::new(e))),
            Self::Modem(modem) => modem
                .transmit(command, response)
                .await
                .map_err(|e| CardTransportError::Modem(Box::new(e))),
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
