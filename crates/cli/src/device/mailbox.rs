// SPDX-License-Identifier: Apache-2.0
//! One place where everything arrives that a waiting device has to attend to.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SendError, Sender, SyncSender};
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

/// Where letters arrive. Threads that wait for a signal or on a socket hold a
/// [`sender`](Self::sender), those with lines a [`line_sender`](Self::line_sender); the device
/// itself runs in one thread and waits here only.
#[derive(Debug)]
pub(crate) struct Mailbox {
    sender: Sender<Letter>,
    receiver: Receiver<Letter>,
    /// Lines that came while the device waited for a server.
    lines: VecDeque<String>,
    /// A ticket for each line that waits, in `lines` or on its way there.
    tickets: Receiver<()>,
    ticket_sender: SyncSender<()>,
    stopped: bool,
}

/// For a thread that has lines to send.
#[derive(Debug, Clone)]
pub(crate) struct LineSender {
    letters: Sender<Letter>,
    tickets: SyncSender<()>,
}

/// Lines that wait at most; whoever has more of them waits for the device.
const MAX_LINES: usize = 64;

impl LineSender {
    /// Sends a line, when there is room for it.
    ///
    /// # Errors
    /// When the mailbox is gone.
    pub(crate) fn send(&self, line: String) -> Result<(), SendError<Letter>> {
        let letter = Letter::Line(line);
        match self.tickets.send(()) {
            Ok(()) => self.letters.send(letter),
            Err(_) => Err(SendError(letter)),
        }
    }
}

impl Mailbox {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        let (ticket_sender, tickets) = mpsc::sync_channel(MAX_LINES);
        Self { sender, receiver, lines: VecDeque::new(), tickets, ticket_sender, stopped: false }
    }

    /// For a thread that has something to send.
    pub(crate) fn sender(&self) -> Sender<Letter> {
        self.sender.clone()
    }

    /// For a thread that has lines to send.
    pub(crate) fn line_sender(&self) -> LineSender {
        LineSender { letters: self.sender.clone(), tickets: self.ticket_sender.clone() }
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
        let arrival = match self.lines.pop_front() {
            Some(line) if !self.stopped => Arrival::Line(line),
            _ => self.receive(until),
        };
        if matches!(arrival, Arrival::Line(_)) {
            // The line makes room for another one.
            let _ticket = self.tickets.try_recv();
        }
        arrival
    }

    /// Waits for a server; lines of standard input wait until later.
    pub(crate) fn wait_for_server(&mut self, until: Option<Instant>) -> Arrival {
        loop {
            match self.receive(until) {
                Arrival::Line(line) => self.lines.push_back(line),
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
        mailbox.line_sender().send("pull".to_owned()).unwrap();
        sender.send(Letter::Datagram { socket: 7, bytes: vec![1] }).unwrap();
        let datagram = mailbox.wait_for_server(None);
        assert!(matches!(datagram, Arrival::Datagram { socket: 7, bytes } if bytes == [1]));
        assert!(matches!(mailbox.wait(None), Arrival::Line(line) if line == "pull"));
        assert!(matches!(mailbox.wait(Some(Instant::now())), Arrival::Elapsed));
    }

    #[test]
    fn ft_03_whoever_has_more_lines_than_may_wait_waits_and_none_is_lost() {
        let mut mailbox = Mailbox::new();
        let sender = mailbox.line_sender();
        for number in 0..MAX_LINES {
            sender.send(number.to_string()).unwrap();
        }
        let is_full = || sender.tickets.try_send(()).is_err();
        assert!(is_full());
        // A server that is waited for makes no room.
        assert!(matches!(mailbox.wait_for_server(Some(Instant::now())), Arrival::Elapsed));
        assert!(is_full());
        assert!(matches!(mailbox.wait(None), Arrival::Line(line) if line == "0"));
        sender.send("last".to_owned()).unwrap();
        assert!(is_full());
        for number in 1..MAX_LINES {
            let expected = number.to_string();
            assert!(matches!(mailbox.wait(None), Arrival::Line(line) if line == expected));
        }
        assert!(matches!(mailbox.wait(None), Arrival::Line(line) if line == "last"));
    }

    #[test]
    fn whoever_waits_to_send_a_line_is_told_when_the_device_is_gone() {
        let mailbox = Mailbox::new();
        let sender = mailbox.line_sender();
        let send = move || (0..=MAX_LINES).try_for_each(|number| sender.send(number.to_string()));
        let sending = std::thread::spawn(send);
        drop(mailbox);
        assert!(sending.join().unwrap().is_err());
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
