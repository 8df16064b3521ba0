// SPDX-License-Identifier: Apache-2.0
//! A card behind a modem, whose port is opened when it is needed, and again after it was lost.

use std::fmt;
use std::io;
use std::path::PathBuf;

use simstrap_apdu::at::{AtError, AtOptions, AtTransport, SerialLine, SerialLineError, TcpLine};
use simstrap_apdu::{QuirkSet, Transport, TransportError, TransportErrorKind};

use crate::terminal::escaped;

/// Where a modem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModemPort {
    /// On a serial line or a pseudo-terminal.
    Serial { path: PathBuf, baud_rate: u32 },
    /// At the other end of a TCP connection, `HOST:PORT`.
    Tcp(String),
}

impl fmt::Display for ModemPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, .. } => f.write_str(&escaped(&path.to_string_lossy())),
            Self::Tcp(address) => f.write_str(&escaped(address)),
        }
    }
}

/// A card behind a modem.
#[derive(Debug)]
pub(crate) struct Modem {
    port: ModemPort,
    options: AtOptions,
    open: Option<OpenModem>,
}

#[derive(Debug)]
enum OpenModem {
    Serial(AtTransport<SerialLine>),
    Tcp(AtTransport<TcpLine>),
}

impl Modem {
    pub(crate) const fn new(port: ModemPort, options: AtOptions) -> Self {
        Self { port, options, open: None }
    }

    fn open(&self) -> Result<OpenModem, ModemError> {
        let timeout = self.options.timeout;
        match &self.port {
            ModemPort::Serial { path, baud_rate } => SerialLine::open(path, *baud_rate, timeout)
                .map(|line| OpenModem::Serial(AtTransport::new(line, self.options)))
                .map_err(|source| ModemError::Serial { port: self.port.clone(), source }),
            ModemPort::Tcp(address) => TcpLine::connect(address.as_str(), timeout)
                .map(|line| OpenModem::Tcp(AtTransport::new(line, self.options)))
                .map_err(|source| ModemError::Tcp { port: self.port.clone(), source }),
        }
    }
}

impl Transport for Modem {
    type Error = ModemError;

    async fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, ModemError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let result = match &mut open {
            OpenModem::Serial(modem) => modem.transmit(command, response).await,
            OpenModem::Tcp(modem) => modem.transmit(command, response).await,
        };
        // A line that has failed is opened anew for the next command.
        if !matches!(result, Err(AtError::Line(_))) {
            self.open = Some(open);
        }
        result.map_err(|source| ModemError::Talk { port: self.port.clone(), source })
    }

    fn max_response_data(&self) -> usize {
        match &self.open {
            Some(OpenModem::Serial(modem)) => modem.max_response_data(),
            Some(OpenModem::Tcp(modem)) => modem.max_response_data(),
            None => 256,
        }
    }

    fn max_command_data(&self) -> usize {
        match &self.open {
            Some(OpenModem::Serial(modem)) => modem.max_command_data(),
            Some(OpenModem::Tcp(modem)) => modem.max_command_data(),
            None => 254,
        }
    }

    fn quirks(&self) -> QuirkSet {
        match &self.open {
            Some(OpenModem::Serial(modem)) => modem.quirks(),
            Some(OpenModem::Tcp(modem)) => modem.quirks(),
            None => QuirkSet::EMPTY,
        }
    }
}

/// What went wrong with a modem.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModemError {
    /// The serial port cannot be used.
    #[error("no modem at {port}")]
    Serial { port: ModemPort, source: SerialLineError },
    /// It cannot be connected to.
    #[error("no modem at {port}")]
    Tcp { port: ModemPort, source: io::Error },
    /// It gives no response of the card.
    #[error("the modem at {port}")]
    Talk { port: ModemPort, source: AtError<io::Error> },
}

impl ModemError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Serial { source, .. } => source.help(),
            Self::Tcp { .. } => "check host and port, and that a modem listens there",
            Self::Talk { source, .. } => source.help(),
        }
    }
}

impl TransportError for ModemError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::Serial { .. } | Self::Tcp { .. } => TransportErrorKind::Unavailable,
            Self::Talk { source, .. } => source.kind(),
        }
    }
}
