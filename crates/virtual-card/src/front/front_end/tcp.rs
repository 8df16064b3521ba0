// SPDX-License-Identifier: Apache-2.0
//! A modem on a TCP socket.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{FrontEndError, PATIENCE, PAUSE, is_ending, is_pause};
use crate::front::modem::Modem;

/// Listens, and tells the real address.
pub(super) fn listen(address: &str) -> Result<(TcpListener, String), FrontEndError> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?.to_string();
        Ok((listener, address))
    };
    listen().map_err(|source| FrontEndError::Listen { address: address.to_owned(), source })
}

/// Clients that were turned away, the latest of them.
#[derive(Debug, Clone, Default)]
pub(super) struct TurnedAway(Arc<Mutex<VecDeque<SocketAddr>>>);

impl TurnedAway {
    /// Kept until they are told of, at most.
    const MAX: usize = 16;

    pub(super) fn take(&self) -> Option<SocketAddr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn add(&self, client: SocketAddr) {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= Self::MAX {
            clients.pop_front();
        }
        clients.push_back(client);
    }
}

/// A client that has connected.
type Client = (TcpStream, SocketAddr);

/// Serves one client at a time.
pub(super) fn serve(
    listener: &TcpListener,
    modem: &mut Modem,
    turned_away: &TurnedAway,
    ending: &AtomicBool,
) {
    let mut next = None;
    while let Some((client, _)) = next.take().or_else(|| wait_for_client(listener, ending)) {
        // A client that breaks off is gone, nothing else.
        let _gone = serve_client(client, listener, &mut next, modem, turned_away, ending);
        modem.hang_up();
    }
}

/// The next client; `None` at the end.
fn wait_for_client(listener: &TcpListener, ending: &AtomicBool) -> Option<Client> {
    while !is_ending(ending) {
        match accept(listener) {
            Some(client) => return Some(client),
            None => thread::sleep(PAUSE),
        }
    }
    None
}

/// A client that waits.
fn accept(listener: &TcpListener) -> Option<Client> {
    let (client, address) = listener.accept().ok()?;
    Some((prepared(client).ok()?, address))
}

/// A connection that neither waits nor blocks for ever.
pub(super) fn prepared(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PAUSE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Serves a client until it goes. One that connects meanwhile is turned away if this one is still
/// there, with nothing to say; where this one turns out to have gone before, it is `next`.
fn serve_client(
    mut client: TcpStream,
    listener: &TcpListener,
    next: &mut Option<Client>,
    modem: &mut Modem,
    turned_away: &TurnedAway,
    ending: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while !is_ending(ending) {
        client.write_all(&modem.announce())?;
        if next.is_none() {
            *next = accept(listener);
        }
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                let answer = modem.receive(buffer.get(..length).unwrap_or_default());
                client.write_all(&answer)?;
            }
            Err(error) if is_pause(&error) => {
                if let Some((_, address)) = next.take() {
                    turned_away.add(address);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
