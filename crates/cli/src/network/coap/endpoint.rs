// SPDX-License-Identifier: Apache-2.0
//! The message layer with one peer: retransmission, deduplication, separate responses, resets
//! (RFC 7252 §4). Time and random bytes are arguments; datagrams and events are asked for.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use super::message::{Answer, Code, Kind, Message, Request};

/// Transmission parameters (RFC 7252 §4.8).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters {
    /// The shortest wait for an acknowledgement.
    pub(crate) ack_timeout: Duration,
    /// By how much the first wait may be longer, in percent of it.
    pub(crate) ack_random_percent: u32,
    /// How often a message is sent again.
    pub(crate) max_retransmit: u8,
    /// How long a response is waited for that was acknowledged before.
    pub(crate) separate_response: Duration,
    /// How long a message id is remembered, and its answer.
    pub(crate) exchange_lifetime: Duration,
}

/// The values of RFC 7252 §4.8; it names none for separate responses.
pub(crate) const PARAMETERS: Parameters = Parameters {
    ack_timeout: Duration::from_secs(2),
    ack_random_percent: 50,
    max_retransmit: 4,
    separate_response: Duration::from_secs(60),
    exchange_lifetime: Duration::from_secs(247),
};

/// The most requests of the peer that are remembered to recognise copies: more than a peer with
/// one request at a time (NSTART) has under way.
pub(crate) const MAX_REMEMBERED: usize = 32;

/// Random bytes for one request: its token, and how far its first timeout is spread.
#[derive(Clone, Copy)]
pub(crate) struct Randomness {
    /// The token.
    pub(crate) token: [u8; 8],
    /// The spread, 255 being the whole of it.
    pub(crate) spread: u8,
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The response to our request.
    Response(Message),
    /// Nothing comes of our request.
    Failed(Failure),
    /// The peer wants something, and is answered by [`Endpoint::respond`].
    Request(Incoming),
}

/// Why nothing comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// It was sent as often as may be.
    #[error("no answer, also to {0} copies of the request")]
    NoAnswer(u8),
    /// It was acknowledged, and that was all.
    #[error("the request was acknowledged, but the response never came")]
    NoResponse,
    /// The peer does not want it.
    #[error("the request was rejected (Reset)")]
    Reset,
    /// The response has a critical option that is not understood (§5.4.1).
    #[error("the response has a critical option that is not known here")]
    CriticalOption,
}

/// A request of the peer.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The request.
    pub(crate) message: Message,
}

/// One side of the exchange with one peer.
#[derive(Debug)]
pub(crate) struct Endpoint {
    parameters: Parameters,
    next_id: u16,
    /// NSTART is 1 (§4.7): one request at a time.
    outgoing: Option<Outgoing>,
    remembered: VecDeque<Remembered>,
    transmits: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

struct Outgoing {
    id: u16,
    token: [u8; 8],
    wait: Wait,
}

enum Wait {
    /// For an acknowledgement.
    Acknowledgement { bytes: Vec<u8>, timeout: Duration, until: Instant, copies: u8 },
    /// For a separate response.
    Response { until: Instant },
}

/// A message of the peer, and what it was answered; `None` before it is.
struct Remembered {
    id: u16,
    answer: Option<Vec<u8>>,
    until: Instant,
}

impl Endpoint {
    /// A peer to talk to; the first message id should be random.
    #[must_use]
    pub(crate) const fn new(parameters: Parameters, first_id: u16) -> Self {
        Self {
            parameters,
            next_id: first_id,
            outgoing: None,
            remembered: VecDeque::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Sends a request; one that is under way is given up. `false` when it is too long to be
    /// sent.
    #[must_use]
    pub(crate) fn request(&mut self, now: Instant, request: &Request, random: Randomness) -> bool {
        let id = self.take_id();
        let message = Message::request(Kind::Confirmable, id, &random.token, request);
        let Some(bytes) = message.to_bytes() else { return false };
        let Parameters { ack_timeout, ack_random_percent, .. } = self.parameters;
        let spread = ack_timeout * ack_random_percent * u32::from(random.spread) / (100 * 255);
        let timeout = ack_timeout + spread;
        self.transmits.push_back(bytes.clone());
        let wait = Wait::Acknowledgement { bytes, timeout, until: now + timeout, copies: 0 };
        self.outgoing = Some(Outgoing { id, token: random.token, wait });
        true
    }

    /// Sends a request that is neither acknowledged nor answered to anybody: for what a server
    /// should know, but need not.
    pub(crate) fn tell(&mut self, request: &Request, random: Randomness) {
        let id = self.take_id();
        self.send(&Message::request(Kind::NonConfirmable, id, &random.token, request));
    }

    /// Gives up the request that is under way.
    pub(crate) fn abandon(&mut self) {
        self.outgoing = None;
    }

    /// Answers a request of the peer, which is not needed twice.
    pub(crate) fn respond(&mut self, incoming: &Incoming, answer: &Answer) {
        let request = &incoming.message;
        let confirmable = request.kind() == Kind::Confirmable;
        let (kind, id) = if confirmable {
            (Kind::Acknowledgement, request.id())
        } else {
            (Kind::NonConfirmable, self.take_id())
        };
        let response = Message::response(kind, id, request.token(), answer);
        let too_large = Answer::of(Code::TOO_LARGE);
        let bytes = response
            .to_bytes()
            .or_else(|| Message::response(kind, id, request.token(), &too_large).to_bytes());
        let remembered = self.remembered.iter_mut().find(|known| known.id == request.id());
        if let Some(known) = remembered.filter(|_| confirmable) {
            known.answer.clone_from(&bytes);
        }
        self.transmits.extend(bytes);
    }

    /// Takes in a datagram.
    pub(crate) fn receive(&mut self, now: Instant, datagram: &[u8]) {
        self.remembered.retain(|known| known.until > now);
        let message = match Message::from_bytes(datagram) {
            Ok(message) => message,
            Err(malformed) => {
                if let Some(id) = malformed.reset {
                    self.send(&Message::empty(Kind::Reset, id));
                }
                return;
            }
        };
        let code = message.code();
        match message.kind() {
            Kind::Acknowledgement | Kind::Reset if code == Code::EMPTY => {
                self.receive_empty(now, &message);
            }
            Kind::Acknowledgement if code.is_response() => self.receive_piggybacked(message),
            Kind::Acknowledgement | Kind::Reset => {}
            kind if self.is_copy(&message) => self.repeat_answer(kind, message.id()),
            kind if code.is_response() => self.receive_separate(now, kind, message),
            kind if code.is_request() => self.receive_request(now, kind, message),
            // An empty confirmable message is a ping (§4.3); reserved codes are rejected (§4.2).
            Kind::Confirmable => self.send(&Message::empty(Kind::Reset, message.id())),
            Kind::NonConfirmable => {}
        }
    }

    fn receive_empty(&mut self, now: Instant, message: &Message) {
        let Some(own) = self.outgoing.as_mut().filter(|own| own.id == message.id()) else { return };
        if message.kind() == Kind::Acknowledgement {
            if matches!(own.wait, Wait::Acknowledgement { .. }) {
                own.wait = Wait::Response { until: now + self.parameters.separate_response };
            }
        } else {
            self.fail(Failure::Reset);
        }
    }

    fn receive_piggybacked(&mut self, message: Message) {
        let awaited = self.outgoing.as_ref().is_some_and(|own| {
            own.id == message.id()
                && own.token == message.token()
                && matches!(own.wait, Wait::Acknowledgement { .. })
        });
        if awaited {
            self.conclude(message);
        }
    }

    /// A response of its own (§5.2.2); it may come before the acknowledgement, which is not
    /// waited for then.
    fn receive_separate(&mut self, now: Instant, kind: Kind, message: Message) {
        let awaited = self.outgoing.as_ref().is_some_and(|own| own.token == message.token());
        let reply = if awaited { Kind::Acknowledgement } else { Kind::Reset };
        if kind == Kind::Confirmable {
            let reply = Message::empty(reply, message.id());
            self.remember(now, message.id(), reply.to_bytes());
            self.send(&reply);
        }
        if awaited {
            self.conclude(message);
        }
    }

    fn conclude(&mut self, response: Message) {
        if response.has_unknown_critical_option() {
            return self.fail(Failure::CriticalOption);
        }
        self.outgoing = None;
        self.events.push_back(Event::Response(response));
    }

    fn receive_request(&mut self, now: Instant, kind: Kind, message: Message) {
        self.remember(now, message.id(), None);
        let incoming = Incoming { message };
        if !incoming.message.has_unknown_critical_option() {
            self.events.push_back(Event::Request(incoming));
        } else if kind == Kind::Confirmable {
            self.respond(&incoming, &Answer::of(Code::BAD_OPTION));
        }
    }

    fn is_copy(&self, message: &Message) -> bool {
        self.remembered.iter().any(|known| known.id == message.id())
    }

    fn repeat_answer(&mut self, kind: Kind, id: u16) {
        let known = self.remembered.iter().find(|known| known.id == id);
        let answer = known.and_then(|known| known.answer.clone());
        self.transmits.extend(answer.filter(|_| kind == Kind::Confirmable));
    }

    fn remember(&mut self, now: Instant, id: u16, answer: Option<Vec<u8>>) {
        if self.remembered.len() >= MAX_REMEMBERED {
            self.remembered.pop_front();
        }
        let until = now + self.parameters.exchange_lifetime;
        self.remembered.push_back(Remembered { id, answer, until });
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let max_retransmit = self.parameters.max_retransmit;
        let Some(own) = self.outgoing.as_mut() else { return };
        match &mut own.wait {
            Wait::Acknowledgement { until, .. } | Wait::Response { until } if *until > now => {}
            Wait::Response { .. } => self.fail(Failure::NoResponse),
            Wait::Acknowledgement { copies, .. } if *copies >= max_retransmit => {
                let copies = *copies;
                self.fail(Failure::NoAnswer(copies));
            }
            Wait::Acknowledgement { bytes, timeout, until, copies } => {
                *copies += 1;
                *timeout *= 2;
                *until = now + *timeout;
                self.transmits.push_back(bytes.clone());
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    #[must_use]
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.outgoing.as_ref().map(|own| match own.wait {
            Wait::Acknowledgement { until, .. } | Wait::Response { until } => until,
        })
    }

    /// The next datagram to send.
    pub(crate) fn next_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// What happened next.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn fail(&mut self, failure: Failure) {
        self.outgoing = None;
        self.events.push_back(Event::Failed(failure));
    }

    fn send(&mut self, message: &Message) {
        self.transmits.extend(message.to_bytes());
    }

    const fn take_id(&mut self) -> u16 {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        id
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({})", self.id)
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remembered({})", self.id)
    }
}
