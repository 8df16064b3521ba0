// SPDX-License-Identifier: Apache-2.0
//! What protects the messages with a server: nothing, or DTLS 1.2 with a pre-shared key. One face
//! for both, without I/O and without a clock.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::crypto::Dtls12CipherSuite;
use dimpl::{Config, Dtls, Output, PskResolver};
use zeroize::Zeroizing;

/// The longest datagram that is taken in: a CoAP message for networks of any kind has 1152 bytes
/// (RFC 7252 §4.6), and DTLS adds some 30.
pub(super) const MAX_DATAGRAM: usize = 2048;

/// How long the first flight of a handshake waits for an answer; each next one twice as long.
const FLIGHT_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a flight is sent again: silence is told after some 15 seconds.
const FLIGHT_RETRIES: usize = 3;

/// How long a handshake may take in all, with all its flights.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(40);

/// What is kept of datagrams and messages that nobody has taken: what one datagram gives rise to.
const MAX_QUEUED: usize = 64;

/// A session with a server.
#[derive(Debug)]
pub(super) enum Session {
    /// Datagrams are messages.
    Open(Queues),
    /// DTLS 1.2, TLS_PSK_WITH_AES_128_CCM_8.
    Psk(Box<Psk>),
}

/// Why a session is of no use any more.
#[derive(Debug)]
pub(super) enum Broken {
    /// The handshake was not answered.
    Silence,
    /// The server has ended it.
    Closed,
    /// Anything else.
    Failed(dimpl::Error),
}

/// What a session has to send, and what it received.
#[derive(Default)]
pub(super) struct Queues {
    datagrams: VecDeque<Vec<u8>>,
    messages: VecDeque<Vec<u8>>,
}

/// A DTLS session.
pub(super) struct Psk {
    dtls: Dtls,
    queues: Queues,
    timeout: Option<Instant>,
    is_established: bool,
    is_closed: bool,
}

/// A key for the one identity it belongs to.
struct Key {
    identity: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl PskResolver for Key {
    fn resolve(&self, identity: &[u8]) -> Option<Vec<u8>> {
        (identity == self.identity).then(|| self.key.to_vec())
    }
}

impl Session {
    /// A session without protection.
    pub(super) fn open() -> Self {
        Self::Open(Queues::default())
    }

    /// Begins a DTLS session.
    pub(super) fn psk(now: Instant, identity: &[u8], key: &[u8]) -> Result<Self, dimpl::Error> {
        let resolver = Key { identity: identity.to_vec(), key: Zeroizing::new(key.to_vec()) };
        let config = Config::builder()
            .dtls12_cipher_suites(&[Dtls12CipherSuite::PSK_AES128_CCM_8])
            .dtls13_cipher_suites(&[])
            .flight_start_rto(FLIGHT_TIMEOUT)
            .flight_retries(FLIGHT_RETRIES)
            .handshake_timeout(HANDSHAKE_WITHIN)
            .with_psk_client(identity.to_vec(), Arc::new(resolver))
            .build()?;
        let mut dtls = Dtls::new_12_psk(Arc::new(config), now);
        dtls.set_active(true);
        let queues = Queues::default();
        let mut psk =
            Box::new(Psk { dtls, queues, timeout: None, is_established: false, is_closed: false });
        psk.dtls.handle_timeout(now)?;
        psk.drain();
        Ok(Self::Psk(psk))
    }

    /// Whether messages can be sent.
    pub(super) fn is_established(&self) -> bool {
        match self {
            Self::Open(_) => true,
            Self::Psk(psk) => psk.is_established,
        }
    }

    /// Sends a message.
    pub(super) fn send(&mut self, message: Vec<u8>) -> Result<(), Broken> {
        match self {
            Self::Open(queues) => {
                queues.datagrams.push_back(message);
                Ok(())
            }
            Self::Psk(psk) => {
                psk.dtls.send_application_data(&message).map_err(Broken::from)?;
                psk.drain_all()
            }
        }
    }

    /// Takes in a datagram.
    pub(super) fn receive(&mut self, now: Instant, datagram: Vec<u8>) -> Result<(), Broken> {
        match self {
            Self::Open(queues) => {
                if queues.messages.len() < MAX_QUEUED {
                    queues.messages.push_back(datagram);
                }
                Ok(())
            }
            Self::Psk(psk) => {
                psk.dtls.handle_timeout(now).map_err(Broken::from)?;
                psk.drain();
                psk.dtls.handle_packet(&datagram).map_err(Broken::from)?;
                psk.drain_all()
            }
        }
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Result<(), Broken> {
        match self {
            Self::Psk(psk) if psk.timeout.is_some_and(|timeout| timeout <= now) => {
                psk.dtls.handle_timeout(now).map_err(Broken::from)?;
                psk.drain_all()
            }
            _ => Ok(()),
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        match self {
            Self::Open(_) => None,
            Self::Psk(psk) => psk.timeout,
        }
    }

    /// Says farewell to the server, where that is usual.
    pub(super) fn close(&mut self) {
        if let Self::Psk(psk) = self
            && psk.dtls.close().is_ok()
        {
            psk.drain();
        }
    }

    /// The next datagram to send.
    pub(super) fn next_datagram(&mut self) -> Option<Vec<u8>> {
        self.queues().datagrams.pop_front()
    }

    /// The next message that came.
    pub(super) fn next_message(&mut self) -> Option<Vec<u8>> {
        self.queues().messages.pop_front()
    }

    fn queues(&mut self) -> &mut Queues {
        match self {
            Self::Open(queues) => queues,
            Self::Psk(psk) => &mut psk.queues,
        }
    }
}

impl Psk {
    /// Takes what DTLS has to give, until it has nothing left but the time of its next timeout.
    fn drain(&mut self) {
        let mut buffer = vec![0; MAX_DATAGRAM];
        let mut room = buffer.len();
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => self.queues.datagrams.push_back(packet.to_vec()),
                Output::ApplicationData(data) if self.queues.messages.len() < MAX_QUEUED => {
                    self.queues.messages.push_back(data.to_vec());
                }
                Output::BufferTooSmall { needed } if needed > room => {
                    buffer.resize(needed, 0);
                    room = needed;
                }
                Output::Connected => self.is_established = true,
                Output::CloseNotify => self.is_closed = true,
                Output::Timeout(timeout) => {
                    self.timeout = Some(timeout);
                    return;
                }
                _ => {}
            }
        }
    }

    fn drain_all(&mut self) -> Result<(), Broken> {
        self.drain();
        if self.is_closed { Err(Broken::Closed) } else { Ok(()) }
    }
}

impl From<dimpl::Error> for Broken {
    fn from(error: dimpl::Error) -> Self {
        match error {
            dimpl::Error::Timeout(_) => Self::Silence,
            dimpl::Error::ConnectionClosed => Self::Closed,
            other => Self::Failed(other),
        }
    }
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queues({}, {})", self.datagrams.len(), self.messages.len())
    }
}

impl fmt::Debug for Psk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Psk(established: {})", self.is_established)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Datagrams of any length and content, some of which look like records of a handshake.
    fn garbage() -> impl Iterator<Item = Vec<u8>> {
        let mut state = 1_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33).to_be_bytes()[7]
        };
        (0..2000_usize).map(move |number| {
            let length = number % 200;
            let mut datagram: Vec<_> = (0..length).map(|_| random()).collect();
            if number.is_multiple_of(2) && length > 25 {
                let content = u16::try_from(length - 13).unwrap().to_be_bytes();
                let record = [0x14 + random() % 4, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0];
                datagram[..11].copy_from_slice(&record);
                datagram[11..13].copy_from_slice(&content);
                datagram[13] = random() % 21;
            }
            datagram
        })
    }

    #[test]
    fn ft_03_garbage_makes_no_session_and_no_panic() {
        let now = Instant::now();
        let new = || Session::psk(now, b"device", b"sixteen test byt").unwrap();
        let mut session = new();
        for datagram in garbage() {
            if session.receive(now, datagram).is_err() {
                session = new();
            }
            assert!(!session.is_established());
            assert!(session.next_message().is_none());
            while session.next_datagram().is_some() {}
        }
    }

    #[test]
    fn silence_ends_the_handshake_after_some_flights() {
        let mut now = Instant::now();
        let mut session = Session::psk(now, b"device", b"sixteen test byt").unwrap();
        let mut flights = 0;
        let broken = loop {
            while session.next_datagram().is_some() {
                flights += 1;
            }
            now = session.next_timeout().unwrap();
            if let Err(broken) = session.handle_timeout(now) {
                break broken;
            }
        };
        assert!(matches!(broken, Broken::Silence), "{broken:?}");
        assert_eq!(flights, 1 + FLIGHT_RETRIES);
    }

    #[test]
    fn ft_04_debug_shows_no_key() {
        let session = Session::psk(Instant::now(), b"device", b"sixteen test byt").unwrap();
        let shown = format!("{session:?}");
        assert!(!shown.contains("sixteen") && !shown.contains("115, 105"), "{shown}");
    }
}
