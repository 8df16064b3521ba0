// SPDX-License-Identifier: Apache-2.0
//! A modem on a TCP socket.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
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

/// Serves one client after the other.
pub(super) fn serve(listener: &TcpListener, modem: &mut Modem, ending: &AtomicBool) {
    while let Some(client) = accept(listener, ending) {
        // A client that breaks off is gone, nothing else.
        let _gone = serve_client(client, modem, ending);
        modem.hang_up();
    }
}

/// The next client; `None` at the end.
fn accept(listener: &TcpListener, ending: &AtomicBool) -> Option<TcpStream> {
    while !is_ending(ending) {
        match listener.accept().and_then(|(client, _)| prepared(client)) {
            Ok(client) => return Some(client),
            Err(_) => thread::sleep(PAUSE),
        }
    }
    None
}

/// A connection that neither waits nor blocks for ever.
pub(super) fn prepared(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PAUSE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn serve_client(mut client: TcpStream, modem: &mut Modem, ending: &AtomicBool) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while !is_ending(ending) {
        client.write_all(&modem.announce())?;
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                let answer = modem.receive(buffer.get(..length).unwrap_or_default());
                client.write_all(&answer)?;
            }
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
