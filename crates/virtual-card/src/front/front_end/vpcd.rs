// SPDX-License-Identifier: Apache-2.0
//! Connections with vpcd: the card's way into a reader of PC/SC.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use super::tcp::prepared;
use super::{PAUSE, is_ending, is_pause};
use crate::front::reader::Reader;
use crate::shared::SharedCard;

/// How long is tried to connect at first.
pub(super) const AT_FIRST: Duration = Duration::from_secs(5);

/// How long is tried to connect again: long enough for a pcscd that is restarted.
const AGAIN: Duration = Duration::from_secs(60);

/// The pause between two attempts, and the longest that one lasts.
const BETWEEN: Duration = Duration::from_millis(100);
const ONE_ATTEMPT: Duration = Duration::from_secs(1);

/// Connects, with some patience.
pub(super) fn connect(
    address: &str,
    patience: Duration,
    ending: &AtomicBool,
) -> io::Result<TcpStream> {
    let begun = Instant::now();
    loop {
        match try_all(address) {
            Ok(stream) => return prepared(stream),
            Err(error)
                if error.kind() == io::ErrorKind::InvalidInput
                    || begun.elapsed() >= patience
                    || is_ending(ending) =>
            {
                return Err(error);
            }
            Err(_) => thread::sleep(BETWEEN),
        }
    }
}

fn try_all(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, ONE_ATTEMPT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Keeps the card in the reader: connected while it is in, disconnected while it is out.
pub(super) fn keep_connected(
    card: &SharedCard,
    address: &str,
    mut stream: TcpStream,
    ending: &AtomicBool,
) {
    loop {
        // A connection that breaks off is made again.
        let _gone = serve(card, stream, ending);
        // A pause in any case: a vpcd that has another card breaks off at once, again and again.
        thread::sleep(PAUSE);
        while !card.lock().is_inserted() && !is_ending(ending) {
            thread::sleep(PAUSE);
        }
        if is_ending(ending) {
            return;
        }
        match connect(address, AGAIN, ending) {
            Ok(again) => stream = again,
            Err(_) => return,
        }
    }
}

/// Serves one connection until the card or the other side is gone.
fn serve(card: &SharedCard, mut stream: TcpStream, ending: &AtomicBool) -> io::Result<()> {
    let mut reader = Reader::new(card.clone());
    let mut buffer = [0; 1024];
    while reader.has_card() && !is_ending(ending) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                let received = buffer.get(..length).unwrap_or_default();
                let Some(answer) = reader.receive(received) else { break };
                stream.write_all(&answer)?;
            }
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
