// SPDX-License-Identifier: Apache-2.0
//! A modem at the other end of a TCP connection.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::line::Line;
use crate::{TransportError, TransportErrorKind};

/// The shortest wait a socket knows; zero would mean for ever.
const SHORTEST: Duration = Duration::from_millis(1);

/// A TCP connection to a modem.
#[derive(Debug)]
pub struct TcpLine {
    stream: TcpStream,
    start: Instant,
}

impl TcpLine {
    /// Connects, to the first of the addresses that answers within `timeout`.
    ///
    /// # Errors
    /// Why the last of them could not be connected to.
    pub fn connect(address: impl ToSocketAddrs, timeout: Duration) -> io::Result<Self> {
        let mut failure = io::ErrorKind::AddrNotAvailable.into();
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, timeout.max(SHORTEST)) {
                Ok(stream) => return Self::new(stream, timeout),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn new(stream: TcpStream, timeout: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(timeout.max(SHORTEST)))?;
        Ok(Self { stream, start: Instant::now() })
    }
}

impl Line for TcpLine {
    type Error = io::Error;

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(timeout.max(SHORTEST)))?;
        match self.stream.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if is_nothing_yet(&error) => Ok(0),
            result => result,
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Whether the time was over before there was anything to read.
pub(super) fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

impl TransportError for io::Error {
    fn kind(&self) -> TransportErrorKind {
        match Self::kind(self) {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportErrorKind::Timeout,
            _ => TransportErrorKind::Unavailable,
        }
    }
}
