// SPDX-License-Identifier: Apache-2.0
//! A UDP socket to one server; what arrives there goes to the mailbox.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use super::session::MAX_DATAGRAM;
use crate::device::Letter;

/// Datagrams of one socket that may wait in the mailbox; those beyond are dropped, as a network
/// drops what comes too fast.
const MAX_WAITING: usize = 64;

/// How long the thread of a socket that was closed lives on at most.
const LOOK_UP_EVERY: Duration = Duration::from_millis(500);

/// How long the thread of a socket rests after an error.
const AFTER_ERROR: Duration = Duration::from_millis(10);

/// What the thread of a socket needs for its buffer and its calls.
const STACK: usize = 64 * 1024;

/// A socket connected to one server.
#[derive(Debug)]
pub(super) struct Socket {
    socket: UdpSocket,
    shared: Arc<Shared>,
}

/// What a socket and its thread both know.
#[derive(Debug, Default)]
struct Shared {
    is_closed: AtomicBool,
    /// The host has said that nothing listens there.
    is_refused: AtomicBool,
    waiting: AtomicUsize,
}

impl Socket {
    /// Connects to a server; datagrams arrive in the mailbox under this number. An empty one
    /// only says that it is worth looking at the socket.
    pub(super) fn connect(
        address: SocketAddr,
        number: u32,
        sender: Sender<Letter>,
    ) -> io::Result<Self> {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(LOOK_UP_EVERY))?;
        let shared = Arc::new(Shared::default());
        let (receiver, of_thread) = (socket.try_clone()?, Arc::clone(&shared));
        let receive = move || of_thread.receive(&receiver, number, &sender);
        thread::Builder::new().name(format!("socket {number}")).stack_size(STACK).spawn(receive)?;
        Ok(Self { socket, shared })
    }

    /// Sends a datagram. What is lost on the way is sent again by the layers above.
    pub(super) fn send(&self, datagram: &[u8]) {
        if let Err(error) = self.socket.send(datagram) {
            self.shared.note(&error);
        }
    }

    /// A datagram was taken from the mailbox.
    pub(super) fn taken(&self) {
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether the host has said, since this was asked last, that nothing listens there.
    pub(super) fn take_refused(&self) -> bool {
        self.shared.is_refused.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn receive(&self, socket: &UdpSocket, number: u32, sender: &Sender<Letter>) {
        let mut buffer = [0; MAX_DATAGRAM];
        while !self.is_closed.load(Ordering::Relaxed) {
            let bytes = match socket.recv(&mut buffer) {
                Ok(length) => buffer.get(..length).unwrap_or_default().to_vec(),
                Err(error) if is_timeout(&error) => continue,
                Err(error) => {
                    self.note(&error);
                    // An error that lasts must not keep the processor busy.
                    thread::sleep(AFTER_ERROR);
                    Vec::new()
                }
            };
            if self.waiting.load(Ordering::Relaxed) >= MAX_WAITING {
                continue;
            }
            self.waiting.fetch_add(1, Ordering::Relaxed);
            if sender.send(Letter::Datagram { socket: number, bytes }).is_err() {
                return;
            }
        }
    }

    fn note(&self, error: &io::Error) {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            self.is_refused.store(true, Ordering::Relaxed);
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
