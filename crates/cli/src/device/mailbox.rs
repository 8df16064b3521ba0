// SPDX-License-Identifier: Apache-2.0
//! One place where everything arrives that a waiting device has to attend to.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

/// Something that arrived.
#[derive(Debug)]
pub(crate) enum Letter {
    /// The user wants the device to stop.
    Stop,
    /// A line of standard input.
    Line(String),
    /// A datagram from a server; the number is the uplink's own name for the socket.
    Datagram {
        /// Which socket.
        socket: u32,
        /// What came.
        bytes: Vec<u8>,
    },
}

/// What a wait ended with.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// The user wants the device to stop: from now on, every wait ends so at once.
    Stop,
    /// A line of standard input.
    Line(String),
    /// A datagram.
    Datagram {
        /// Which socket.
        socket: u32,
        /// What came.
        bytes: Vec<u8>,
    },
    /// Nothing, and the time is over.
    Elapsed,
}

/// Where letters arrive. Threads that wait for a signal, for standard input or on a socket hold a
/// [`sender`](Self::sender); the device itself runs in one thread and waits here only.
#[derive(Debug)]
pub(crate) struct Mailbox {
    sender: Sender<Letter>,
    receiver: Receiver<Letter>,
    /// Lines that came while the device waited for a server.
    lines: VecDeque<String>,
    stopped: bool,
}

/// Lines kept for later at most; whoever types faster than the device acts loses the rest.
const MAX_LINES: usize = 64;

impl Mailbox {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver, lines: VecDeque::new(), stopped: false }
    }

    /// For a thread that has something to send.
    pub(crate) fn sender(&self) -> Sender<Letter> {
        self.sender.clone()
    }

    /// Whether the user wants the device to stop.
    pub(crate) const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Has letters that arrive from now on wait for the device although the user wanted it to
    /// stop: it takes its leave of the servers.
    pub(crate) const fn take_leave(&mut self) {
        self.stopped = false;
    }

    /// Waits for whatever comes first, for ever without a time.
    pub(crate) fn wait(&mut self, until: Option<Instant>) -> Arrival {
        match self.lines.pop_front() {
            Some(line) if !self.stopped => Arrival::Line(line),
            _ => self.receive(until),
        }
    }

    /// Waits for a server; lines of standard input wait until later.
    pub(crate) fn wait_for_server(&mut self, until: Option<Instant>) -> Arrival {
        loop {
            match self.receive(until) {
                Arrival::Line(line) if self.lines.len() < MAX_LINES => self.lines.push_back(line),
                Arrival::Line(_) => {}
                arrival => return arrival,
            }
        }
    }

    fn receive(&mut self, until: Option<Instant>) -> Arrival {
        if self.stopped {
            return Arrival::Stop;
        }
        // The mailbox holds a sender itself, so the channel never closes.
        let letter = match until {
            Some(until) => {
                self.receiver.recv_timeout(until.saturating_duration_since(Instant::now()))
            }
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match letter {
            Ok(Letter::Stop) => {
                self.stopped = true;
                Arrival::Stop
            }
            Ok(Letter::Line(line)) => Arrival::Line(line),
            Ok(Letter::Datagram { socket, bytes }) => Arrival::Datagram { socket, bytes },
            Err(_) => Arrival::Elapsed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_comes_while_a_server_is_awaited_is_kept() {
        let mut mailbox = Mailbox::new();
        let sender = mailbox.sender();
        sender.send(Letter::Line("pull".to_owned())).unwrap();
        sender.send(Letter::Datagram { socket: 7, bytes: vec![1] }).unwrap();
        let datagram = mailbox.wait_for_server(None);
        assert!(matches!(datagram, Arrival::Datagram { socket: 7, bytes } if bytes == [1]));
        assert!(matches!(mailbox.wait(None), Arrival::Line(line) if line == "pull"));
        assert!(matches!(mailbox.wait(Some(Instant::now())), Arrival::Elapsed));
    }

    #[test]
    fn once_stopped_no_wait_waits() {
        let mut mailbox = Mailbox::new();
        mailbox.sender().send(Letter::Stop).unwrap();
        for _ in 0..2 {
            assert!(matches!(mailbox.wait(None), Arrival::Stop));
            assert!(matches!(mailbox.wait_for_server(None), Arrival::Stop));
        }
        assert!(mailbox.is_stopped());
    }
}
