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
        read_once(&mut self.stream, buffer)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Reads what there is, 0 bytes when the stream's time was over before there was anything. The end
/// of the stream is an error.
pub(super) fn read_once(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        return match stream.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Ok(0),
                // A signal says nothing about the modem.
                io::ErrorKind::Interrupted => continue,
                _ => Err(error),
            },
            read => read,
        };
    }
}

impl TransportError for io::Error {
    fn kind(&self) -> TransportErrorKind {
        match Self::kind(self) {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportErrorKind::Timeout,
            _ => TransportErrorKind::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what is to come, one after the other.
    struct Stream(Vec<io::Result<usize>>);

    impl Read for Stream {
        fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
            self.0.remove(0)
        }
    }

    #[test]
    fn a_signal_is_no_silence_of_the_modem() {
        let error = |kind: io::ErrorKind| Err(io::Error::from(kind));
        let interrupted = || error(io::ErrorKind::Interrupted);
        let read =
            |then| read_once(&mut Stream(vec![interrupted(), interrupted(), then]), &mut [0]);
        assert_eq!(read(Ok(1)).unwrap(), 1);
        assert_eq!(read(error(io::ErrorKind::WouldBlock)).unwrap(), 0);
        assert_eq!(read(error(io::ErrorKind::TimedOut)).unwrap(), 0);
        assert_eq!(read(Ok(0)).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let broken = io::ErrorKind::ConnectionReset;
        assert_eq!(read(error(broken)).unwrap_err().kind(), broken);
    }
}
