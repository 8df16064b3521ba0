// SPDX-License-Identifier: Apache-2.0
//! A card behind a modem, whose port is opened when it is needed, and again after it was lost.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use simstrap_apdu::at::{AtError, AtOptions, AtTransport, SerialLine, SerialLineError, TcpLine};
use simstrap_apdu::{QuirkSet, Transport, TransportError, TransportErrorKind, blocking};

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

/// A card behind a modem, which is listened to between commands.
#[derive(Debug)]
pub(crate) struct SharedModem(Arc<Mutex<Modem>>);

impl SharedModem {
    pub(crate) fn new(port: ModemPort, options: AtOptions) -> Self {
        Self(Arc::new(Mutex::new(Modem { port, options, open: None })))
    }

    /// For a thread that has nothing else to do than listen.
    pub(crate) fn listener(&self) -> ModemListener {
        ModemListener(Arc::downgrade(&self.0))
    }

    /// The modem is whole between any two commands, also when a holder panicked.
    fn lock(&self) -> MutexGuard<'_, Modem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens to a modem between commands.
#[derive(Debug)]
pub(crate) struct ModemListener(Weak<Mutex<Modem>>);

impl ModemListener {
    /// Waits until the modem says that something about its SIM has changed. `false` when the
    /// modem is not used any more.
    pub(crate) fn wait_for_hint(&self) -> bool {
        /// How long commands may have to wait for the listener.
        const SLICE: Duration = Duration::from_millis(20);
        /// How long the listener leaves the modem to commands.
        const PAUSE: Duration = Duration::from_millis(180);
        while let Some(modem) = self.0.upgrade() {
            if SharedModem(modem).lock().hears_hint(SLICE) {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }
}

#[allow(clippy::await_holding_lock, reason = "the lines of std block and never wait in `await`")]
impl Transport for SharedModem {
    type Error = ModemError;

    async fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, ModemError> {
        self.lock().transmit(command, response).await
    }

    fn max_response_data(&self) -> usize {
        self.lock().max_response_data()
    }

    fn max_command_data(&self) -> usize {
        self.lock().max_command_data()
    }

    fn quirks(&self) -> QuirkSet {
        self.lock().quirks()
    }
}

#[derive(Debug)]
struct Modem {
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
    /// Whether the modem, within a time, said that something about its SIM has changed, or had
    /// said so before. What fails here fails the next command.
    fn hears_hint(&mut self, time: Duration) -> bool {
        match &mut self.open {
            Some(OpenModem::Serial(modem)) => {
                let _ = blocking::run(modem.listen(time));
                modem.take_hint()
            }
            Some(OpenModem::Tcp(modem)) => {
                let _ = blocking::run(modem.listen(time));
                modem.take_hint()
            }
            None => false,
        }
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
            Self::Talk { port: ModemPort::Tcp(_), source: AtError::Line(error) }
                if has_hung_up(error) =>
            {
                "it has hung up: another program may have the line, and a line has one at a time"
            }
            Self::Talk { source, .. } => source.help(),
        }
    }
}

/// Whether the other side has closed a connection; how that looks depends on who was faster.
fn has_hung_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

impl TransportError for ModemError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::Serial { .. } | Self::Tcp { .. } => TransportErrorKind::Unavailable,
            Self::Talk { source, .. } => source.kind(),
        }
    }
}
