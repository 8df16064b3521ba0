// SPDX-License-Identifier: Apache-2.0
//! The line over TCP.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use simstrap_apdu::at::{AtError, AtMode, AtOptions, AtTransport, DEFAULT_TIMEOUT, TcpLine};
use simstrap_apdu::{Transport, TransportError, TransportErrorKind, blocking};

/// A modem that answers so many lines and hangs up.
fn modem(lines: usize) -> (AtTransport<TcpLine>, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        for line in BufReader::new(stream).split(b'\r').take(lines) {
            let line = String::from_utf8(line.unwrap()).unwrap();
            let answer: &[u8] = if line.starts_with("AT+CSIM") {
                b"\r\n+CSIM: 6,\"019000\"\r\n\r\nOK\r\n"
            } else {
                b"\r\nOK\r\n"
            };
            writer.write_all(answer).unwrap();
        }
    });
    let line = TcpLine::connect(address, DEFAULT_TIMEOUT).unwrap();
    let options = AtOptions { mode: AtMode::Csim, timeout: DEFAULT_TIMEOUT };
    (AtTransport::new(line, options), thread)
}

#[test]
fn a_modem_over_tcp() {
    let (mut modem, thread) = modem(3);
    let mut response = [0; 258];
    let command = [0x00, 0x70, 0x00, 0x00, 0x01];
    let length = blocking::run(modem.transmit(&command, &mut response)).unwrap().unwrap();
    assert_eq!(response[..length], [0x01, 0x90, 0x00]);
    thread.join().unwrap();
    // The modem has hung up: that is no silence.
    let error = blocking::run(modem.transmit(&command, &mut response)).unwrap().unwrap_err();
    assert!(matches!(error, AtError::Line(_)), "{error:?}");
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = TcpLine::connect(address, Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
