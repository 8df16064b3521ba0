// SPDX-License-Identifier: Apache-2.0
//! Front ends that run: a thread each, on a pty, a TCP socket or a connection to vpcd.

#[cfg(unix)]
mod pty;
mod tcp;
mod vpcd;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::modem::{Modem, ModemQuirkSet};
use crate::shared::SharedCard;

/// How long a front end waits for its client before it looks whether it is to end, and whether
/// something happened to the card.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a client may leave what it is sent unread.
const PATIENCE: Duration = Duration::from_secs(2);

/// A front end that runs until it is dropped.
#[derive(Debug)]
pub struct FrontEnd {
    kind: &'static str,
    address: String,
    ending: Arc<AtomicBool>,
    turned_away: tcp::TurnedAway,
    thread: Option<JoinHandle<()>>,
}

/// Why a front end cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrontEndError {
    /// The address is none, is in use, or is not of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// There is no vpcd.
    #[error("cannot connect to vpcd on {address}")]
    Connect {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// No pseudo terminal can be made.
    #[error("cannot make a serial line")]
    Pty(#[source] io::Error),
    /// The name for the pseudo terminal cannot be given.
    #[error("cannot name the serial line {}", link.display())]
    Link {
        /// The name.
        link: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No thread can be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

impl FrontEnd {
    /// A modem on a TCP socket. As a line, it has one client at a time: another one is
    /// [turned away](Self::next_turned_away). With port 0 the system chooses one.
    ///
    /// # Errors
    /// [`FrontEndError::Listen`].
    pub fn at_tcp(
        card: SharedCard,
        quirks: ModemQuirkSet,
        address: &str,
    ) -> Result<Self, FrontEndError> {
        let (listener, address) = tcp::listen(address)?;
        let turned_away = tcp::TurnedAway::default();
        let told = turned_away.clone();
        let mut front_end = Self::start("at-tcp", address, move |ending| {
            tcp::serve(&listener, &mut Modem::new(card, quirks), &told, ending);
        })?;
        front_end.turned_away = turned_away;
        Ok(front_end)
    }

    /// A modem on a pseudo terminal, which `link` names for clients. A symbolic link that is there
    /// is replaced, any other file kept.
    ///
    /// # Errors
    /// [`FrontEndError::Pty`], [`FrontEndError::Link`].
    #[cfg(unix)]
    pub fn at_pty(
        card: SharedCard,
        quirks: ModemQuirkSet,
        link: &std::path::Path,
    ) -> Result<Self, FrontEndError> {
        let pty = pty::Pty::open(link)?;
        let address = link.display().to_string();
        Self::start("at-pty", address, move |ending| {
            pty.serve(&mut Modem::new(card, quirks), ending);
        })
    }

    /// The card in the virtual reader of PC/SC that waits on an address; 127.0.0.1:35963 is that
    /// of a vpcd as it is installed. The connection is made again when it breaks.
    ///
    /// # Errors
    /// [`FrontEndError::Connect`] when there is no vpcd within some five seconds.
    pub fn vpcd(card: SharedCard, address: &str) -> Result<Self, FrontEndError> {
        let name = address.to_owned();
        let begun = vpcd::connect(address, vpcd::AT_FIRST, &AtomicBool::new(false))
            .map_err(|source| FrontEndError::Connect { address: name.clone(), source })?;
        Self::start("vpcd", name.clone(), move |ending| {
            vpcd::keep_connected(&card, &name, begun, ending);
        })
    }

    fn start(
        kind: &'static str,
        address: String,
        run: impl FnOnce(&AtomicBool) + Send + 'static,
    ) -> Result<Self, FrontEndError> {
        let ending = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ending);
        let thread = thread::Builder::new()
            .name(kind.to_owned())
            .spawn(move || run(&told))
            .map_err(FrontEndError::Thread)?;
        let turned_away = tcp::TurnedAway::default();
        Ok(Self { kind, address, ending, turned_away, thread: Some(thread) })
    }

    /// `at-tcp`, `at-pty` or `vpcd`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Where clients find it: host and real port, or the name of the serial line.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A client that was turned away because another one has the line, and that this has not told
    /// of before. The last 16 are kept.
    #[must_use]
    pub fn next_turned_away(&self) -> Option<SocketAddr> {
        self.turned_away.take()
    }

    /// Whether it has not given up.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for FrontEnd {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A front end that panicked has said so already.
            let _ended = thread.join();
        }
    }
}

fn is_ending(ending: &AtomicBool) -> bool {
    ending.load(Ordering::Relaxed)
}

/// Whether an error of a socket says that nothing came within the pause.
fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
