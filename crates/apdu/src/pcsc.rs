// SPDX-License-Identifier: Apache-2.0
//! A card in a reader, by way of the PC/SC service of the system.
//!
//! The service is talked to by a thread of its own, so that waiting for a card that never answers,
//! or for another program that keeps the reader to itself, has an end.

mod connection;
mod error;
mod reader;

pub use error::PcscError;

use std::fmt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use zeroize::Zeroizing;

use self::connection::Connection;
use crate::Transport;

/// How long a card may take for one command, unless told otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Which reader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReaderChoice {
    /// The only one with a card in it.
    #[default]
    OnlyWithCard,
    /// The only one with a card in it among those whose name contains this.
    Named(String),
}

/// A reader, and whether it has a card in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reader {
    /// Its name, as [`ReaderChoice::Named`] takes it.
    pub name: String,
    /// Whether there is a card in it, be it one that does not answer.
    pub has_card: bool,
}

/// The readers of the system, and which have a card in them.
///
/// # Errors
/// Why the service of the system does not tell; [`PcscError::Timeout`] after `timeout`.
pub fn readers(timeout: Duration) -> Result<Vec<Reader>, PcscError> {
    let (answer, answers) = mpsc::channel();
    let ask = move || {
        // Nobody listens any more when it took too long.
        let _late = answer.send(reader::all());
    };
    thread::Builder::new()
        .name("pcsc".to_owned())
        .spawn(ask)
        .map_err(|error| PcscError::Thread(error.kind()))?;
    match answers.recv_timeout(timeout) {
        Ok(readers) => readers,
        Err(RecvTimeoutError::Timeout) => Err(PcscError::Timeout),
        Err(RecvTimeoutError::Disconnected) => Err(PcscError::Ended),
    }
}

type Answer = Result<Zeroizing<Vec<u8>>, PcscError>;

/// A card in a reader, shared with other programs.
///
/// Nothing is connected before the first command. After the card was removed, or the service
/// restarted, the next command connects again. A reset by another program is reported once, as
/// [`PcscError::CardReset`]; then the connection is good again, the channels of the card are not.
/// Dropping it leaves the card as it is.
///
/// No transaction is held: other programs get their turn between any two commands.
///
/// ```no_run
/// use simstrap_apdu::pcsc::{DEFAULT_TIMEOUT, PcscTransport, ReaderChoice};
/// use simstrap_apdu::{LogicalChannel, blocking};
///
/// let reader = PcscTransport::new(ReaderChoice::OnlyWithCard, DEFAULT_TIMEOUT)?;
/// let mut channel = LogicalChannel::new(reader);
/// blocking::run(channel.open())??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PcscTransport {
    /// `None` only while it is being dropped.
    commands: Option<Sender<Zeroizing<Vec<u8>>>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
    timeout: Duration,
    /// An answer that was given up on is still to come.
    is_late: bool,
}

impl PcscTransport {
    /// A card in a reader. One command, and connecting before the first, takes at most `timeout`.
    ///
    /// # Errors
    /// [`PcscError::Thread`] when the system gives no thread.
    pub fn new(reader: ReaderChoice, timeout: Duration) -> Result<Self, PcscError> {
        let (commands, to_do) = mpsc::channel::<Zeroizing<Vec<u8>>>();
        let (answer, answers) = mpsc::channel();
        let serve = move || {
            let mut connection = Connection::new(reader);
            while let Ok(command) = to_do.recv() {
                if answer.send(connection.transmit(&command)).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("pcsc".to_owned())
            .spawn(serve)
            .map_err(|error| PcscError::Thread(error.kind()))?;
        Ok(Self {
            commands: Some(commands),
            answers,
            thread: Some(thread),
            timeout,
            is_late: false,
        })
    }

    fn answer(&mut self) -> Answer {
        match self.answers.recv_timeout(self.timeout) {
            Ok(answer) => {
                self.is_late = false;
                answer
            }
            Err(RecvTimeoutError::Timeout) => {
                self.is_late = true;
                Err(PcscError::Timeout)
            }
            Err(RecvTimeoutError::Disconnected) => Err(PcscError::Ended),
        }
    }
}

impl Transport for PcscTransport {
    type Error = PcscError;

    async fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, PcscError> {
        if self.is_late {
            // The answer to a command that was given up on is nobody's.
            if let Err(error @ (PcscError::Timeout | PcscError::Ended)) = self.answer() {
                return Err(error);
            }
        }
        let commands = self.commands.as_ref().ok_or(PcscError::Ended)?;
        commands.send(Zeroizing::new(command.to_vec())).map_err(|_| PcscError::Ended)?;
        let answer = self.answer()?;
        let length = answer.len();
        let target = response.get_mut(..length).ok_or(PcscError::ResponseTooLong { length })?;
        target.copy_from_slice(&answer);
        Ok(length)
    }
}

impl Drop for PcscTransport {
    fn drop(&mut self) {
        self.commands = None;
        // The thread lets go of the card; one that waits for an answer must not be waited for.
        if let Some(thread) = self.thread.take()
            && !self.is_late
        {
            let _ended = thread.join();
        }
    }
}

impl fmt::Debug for PcscTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PcscTransport")
            .field("timeout", &self.timeout)
            .field("is_late", &self.is_late)
            .finish_non_exhaustive()
    }
}
