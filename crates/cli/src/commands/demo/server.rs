// SPDX-License-Identifier: Apache-2.0
//! The server of the demo: it says yes to registrations, on the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use crate::error::Error;
use crate::network::coap::{Code, Kind, Message};

/// A server in a thread of its own.
pub(super) struct LocalServer {
    address: SocketAddr,
    heard: Receiver<String>,
    thread: Option<JoinHandle<()>>,
}

impl LocalServer {
    pub(super) fn start() -> Result<Self, Error> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::Loopback)?;
        let address = socket.local_addr().map_err(Error::Loopback)?;
        let (sender, heard) = mpsc::channel();
        let serve = move || {
            // The device tells when nobody answers it.
            let _over = serve(&socket, &sender);
        };
        let thread = thread::Builder::new().name("server".to_owned());
        let thread = Some(thread.spawn(serve).map_err(Error::Loopback)?);
        Ok(Self { address, heard, thread })
    }

    pub(super) fn uri(&self) -> String {
        format!("coap://{}", self.address)
    }

    /// Ends it; what it was asked for and how it answered, line by line.
    pub(super) fn heard(mut self) -> String {
        self.end();
        self.heard.try_iter().collect()
    }

    /// An empty datagram, behind all that was sent before, is the end of it.
    fn end(&mut self) {
        let sent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|socket| socket.send_to(&[], self.address));
        if let (Some(thread), Ok(_)) = (self.thread.take(), sent) {
            let _ended = thread.join();
        }
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end();
        }
    }
}

/// Serves until an empty datagram comes.
fn serve(socket: &UdpSocket, heard: &Sender<String>) -> io::Result<()> {
    let mut buffer = [0; 2048];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let Ok(request) = Message::from_bytes(buffer.get(..length).unwrap_or_default()) else {
            continue;
        };
        let path = request.path().unwrap_or_default();
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        let (method, code, text) = match (request.code(), path.as_slice()) {
            (Code::POST, ["rd"]) => ("POST", 0x41, "2.01, /rd/1"),
            (Code::POST, ["rd", "1"]) => ("POST", 0x44, "2.04"),
            (Code::DELETE, ["rd", "1"]) => ("DELETE", 0x42, "2.02"),
            _ => ("a request", 0x84, "4.04"),
        };
        let asked = format!("{method} /{}", path.join("/"));
        let line = match request.kind() {
            Kind::Confirmable => {
                let [high, low] = request.id().to_be_bytes();
                let token = request.token();
                let head = [0x60 | u8::try_from(token.len()).unwrap_or_default(), code, high, low];
                // Location-Path: rd, 1.
                let location: &[u8] = if code == 0x41 { b"\x82rd\x011" } else { &[] };
                socket.send_to(&[&head, token, location].concat(), peer)?;
                format!("{asked}, answered with {text}\n")
            }
            Kind::NonConfirmable => format!("{asked}, which wants no answer\n"),
            Kind::Acknowledgement | Kind::Reset => continue,
        };
        // The story may be over.
        let _over = heard.send(line);
    }
}
