// SPDX-License-Identifier: Apache-2.0
//! The way to one server: a socket, a session over it, and CoAP within that.

use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::time::Instant;

use simstrap_policy::bootstrap_data::object::SecurityMode;

use super::NetworkError;
use super::coap::{Answer, Endpoint, Event, Incoming, Message, Randomness, Request};
use super::session::{Broken, Session};
use super::socket::Socket;
use crate::device::{Account, Letter};

/// The way to one server.
#[derive(Debug)]
pub(super) struct Link {
    /// The name of the socket in the mailbox.
    pub(super) number: u32,
    pub(super) registration: Option<Registration>,
    address: SocketAddr,
    socket: Socket,
    session: Session,
    endpoint: Endpoint,
    /// What came of the request that is under way.
    outcome: Option<Result<Message, NetworkError>>,
    requests: Vec<Incoming>,
    is_broken: bool,
}

/// What a server knows of the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registration {
    /// Where it is, segment by segment.
    pub(super) location: Vec<String>,
    pub(super) lifetime: u32,
    /// The objects that were told.
    pub(super) objects: String,
}

impl Link {
    /// Begins a session with the server of an account at one of its addresses, its keys being
    /// those of the account.
    pub(super) fn open(
        account: &Account<'_>,
        address: SocketAddr,
        number: u32,
        endpoint: Endpoint,
        sender: &Sender<Letter>,
    ) -> Result<Self, NetworkError> {
        let socket = Socket::connect(address, number, sender.clone())
            .map_err(|source| NetworkError::Socket { address, source })?;
        let mut link = Self {
            number,
            registration: None,
            address,
            socket,
            session: begin(account, address)?,
            endpoint,
            outcome: None,
            requests: Vec::new(),
            is_broken: false,
        };
        // The handshake begins at once.
        link.flush();
        Ok(link)
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn is_established(&self) -> bool {
        self.session.is_established()
    }

    /// Whether the session was ended while nobody waited for an answer.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Sends a request; what comes of it is the [`outcome`](Self::take_outcome).
    pub(super) fn request(
        &mut self,
        request: &Request,
        random: Randomness,
    ) -> Result<(), NetworkError> {
        if self.is_broken {
            return Err(NetworkError::Closed(self.address));
        }
        self.outcome = None;
        // What was refused before says nothing about now.
        self.socket.take_refused();
        if !self.endpoint.request(Instant::now(), request, random) {
            return Err(NetworkError::TooLong);
        }
        self.flush();
        Ok(())
    }

    /// Sends a request whose answer is not waited for.
    pub(super) fn tell(&mut self, request: &Request, random: Randomness) {
        self.endpoint.tell(request, random);
        self.flush();
    }

    /// Gives the request up that is under way.
    pub(super) fn abandon(&mut self) {
        self.endpoint.abandon();
        self.outcome = None;
    }

    /// What came of the request, or what ended the session.
    pub(super) fn take_outcome(&mut self) -> Option<Result<Message, NetworkError>> {
        self.outcome.take()
    }

    /// What the server asks for, since this was asked last.
    pub(super) fn take_requests(&mut self) -> Vec<Incoming> {
        std::mem::take(&mut self.requests)
    }

    /// Answers what the server asked for.
    pub(super) fn respond(&mut self, incoming: &Incoming, answer: &Answer) {
        self.endpoint.respond(incoming, answer);
        self.flush();
    }

    /// Takes in what the mailbox had for this link.
    pub(super) fn receive(&mut self, datagram: Vec<u8>) {
        self.socket.taken();
        let now = Instant::now();
        if !datagram.is_empty()
            && let Err(broken) = self.session.receive(now, datagram)
        {
            self.fail(broken);
        }
        self.take_messages(now);
    }

    /// Does what is due, as long as the session is of use.
    pub(super) fn handle_timeout(&mut self) {
        if self.is_broken {
            return;
        }
        let now = Instant::now();
        if let Err(broken) = self.session.handle_timeout(now) {
            self.fail(broken);
        }
        self.endpoint.handle_timeout(now);
        self.take_messages(now);
        if self.socket.take_refused() {
            self.outcome = Some(Err(NetworkError::Refused(self.address)));
        }
    }

    /// When something is due next: nothing any more in a session that is of no use.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let timeouts = [self.session.next_timeout(), self.endpoint.next_timeout()];
        timeouts.into_iter().flatten().min().filter(|_| !self.is_broken)
    }

    /// Ends the session.
    pub(super) fn close(mut self) {
        self.session.close();
        self.flush();
    }

    fn take_messages(&mut self, now: Instant) {
        while let Some(message) = self.session.next_message() {
            self.endpoint.receive(now, &message);
        }
        while let Some(event) = self.endpoint.next_event() {
            match event {
                Event::Response(message) => self.outcome = Some(Ok(message)),
                Event::Failed(failure) => {
                    let address = self.address;
                    self.outcome = Some(Err(NetworkError::Exchange { address, failure }));
                }
                Event::Request(incoming) => self.requests.push(incoming),
            }
        }
        self.flush();
    }

    /// Sends what there is to send.
    fn flush(&mut self) {
        while let Some(message) = self.endpoint.next_transmit() {
            if let Err(broken) = self.session.send(message) {
                self.fail(broken);
            }
        }
        while let Some(datagram) = self.session.next_datagram() {
            self.socket.send(&datagram);
        }
    }

    fn fail(&mut self, broken: Broken) {
        self.is_broken = true;
        self.outcome = Some(Err(session_error(broken, self.address)));
    }
}

fn session_error(broken: Broken, address: SocketAddr) -> NetworkError {
    match broken {
        Broken::Silence => NetworkError::HandshakeTimeout(address),
        Broken::Closed => NetworkError::Closed(address),
        Broken::Failed(source) => NetworkError::Session { address, source },
    }
}

/// Begins what protects the messages.
fn begin(account: &Account<'_>, address: SocketAddr) -> Result<Session, NetworkError> {
    match account.mode() {
        SecurityMode::NoSec => Ok(Session::open()),
        SecurityMode::PreSharedKey => {
            let identity = account.security.public_key_or_identity.unwrap_or_default();
            let key = account.security.secret_key.filter(|key| !key.is_empty());
            let key = key.ok_or(NetworkError::NoKey)?;
            if identity.is_empty() {
                return Err(NetworkError::NoKey);
            }
            Session::psk(Instant::now(), identity, key.expose())
                .map_err(|source| NetworkError::Session { address, source })
        }
        other => Err(NetworkError::Mode(other)),
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use simstrap_policy::{AccountId, InstancePath, Source};

    use super::super::coap::{Code, PARAMETERS};
    use super::*;
    use crate::device::{Contents, Mailbox};

    #[test]
    fn a_session_that_is_broken_wants_no_attention_and_takes_no_request() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut contents = Contents::default();
        // A bootstrap server with a key.
        let security = b"\xC1\x01\x01\xC1\x02\x00\xC3\x03dev\xC3\x05key";
        contents.write(InstancePath::security(0), security, Source::Smartcard).unwrap();
        let account = contents.account(AccountId::BootstrapServer).unwrap();
        let (endpoint, mailbox) = (Endpoint::new(PARAMETERS, 0), Mailbox::new());
        let address = server.local_addr().unwrap();
        let mut link = Link::open(&account, address, 1, endpoint, &mailbox.sender()).unwrap();
        assert!(link.next_timeout().is_some(), "the next flight of the handshake");
        link.fail(Broken::Closed);
        assert_eq!(link.next_timeout(), None);
        assert!(matches!(link.take_outcome(), Some(Err(NetworkError::Closed(_)))));
        let request = Request { method: Code::POST, path: vec![], query: vec![], payload: None };
        let asked = link.request(&request, Randomness { token: [0; 8], spread: 0 });
        assert!(matches!(asked, Err(NetworkError::Closed(_))));
    }
}
