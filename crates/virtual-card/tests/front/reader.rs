// SPDX-License-Identifier: Apache-2.0
//! The card in a virtual reader, as vpcd sees it from the other end of the connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use simstrap_virtual_card::VirtualCard;
use simstrap_virtual_card::front::{FrontEnd, FrontEndError};

use crate::{PATIENCE, sample};

const ATR: &[u8] = &[4];
const STATUS: &[u8] = &[0x80, 0xF2, 0x00, 0x0C];

/// The end that vpcd has of a connection.
struct Vpcd(TcpStream);

impl Vpcd {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    fn send(&mut self, message: &[u8]) {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length, message].concat()).unwrap();
    }

    fn ask(&mut self, message: &[u8]) -> Vec<u8> {
        self.send(message);
        let mut length = [0; 2];
        self.0.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u16::from_be_bytes(length).into()];
        self.0.read_exact(&mut answer).unwrap();
        answer
    }

    /// Waits for the card to leave.
    fn wait_for_end(mut self) {
        match self.0.read(&mut [0; 1]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("the card left nothing to read: {other:?}"),
        }
    }
}

#[test]
fn cr_07_the_card_is_there_gone_there_again_and_another_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let card = sample();
    let address = listener.local_addr().unwrap().to_string();
    let front_end = FrontEnd::vpcd(card.clone(), &address).unwrap();
    let mut vpcd = Vpcd::accept(&listener);
    let atr = vpcd.ask(ATR);
    assert_eq!(atr, card.lock().atr());
    vpcd.send(&[1]);
    assert_eq!(vpcd.ask(STATUS), [0x90, 0x00]);

    card.lock().remove();
    vpcd.wait_for_end();
    card.lock().insert();
    let mut vpcd = Vpcd::accept(&listener);
    assert_eq!(vpcd.ask(ATR), atr);

    card.lock().replace(VirtualCard::sample().unwrap());
    vpcd.wait_for_end();
    let mut vpcd = Vpcd::accept(&listener);
    assert_eq!(vpcd.ask(STATUS), [0x90, 0x00]);

    // A reader that is restarted.
    drop(vpcd);
    let mut vpcd = Vpcd::accept(&listener);
    assert_eq!(vpcd.ask(STATUS), [0x90, 0x00]);
    assert!(front_end.is_running());
    drop(front_end);
    vpcd.wait_for_end();
}

#[test]
fn connections_cut_at_any_byte_do_no_harm() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _front_end = FrontEnd::vpcd(sample(), &listener.local_addr().unwrap().to_string()).unwrap();
    let dialogue = [&[0, 1, 1, 0, 1, 4, 0, 4][..], STATUS, &[0, 1, 2, 0xFF, 0xFF]].concat();
    for length in 0..=dialogue.len() {
        Vpcd::accept(&listener).0.write_all(&dialogue[..length]).unwrap();
    }
    assert_eq!(Vpcd::accept(&listener).ask(STATUS), [0x90, 0x00]);
}

#[test]
fn without_vpcd_there_is_an_error() {
    // A port that was just given back.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let refused = FrontEnd::vpcd(sample(), &address);
    assert!(matches!(refused, Err(FrontEndError::Connect { .. })));
    let no_address = FrontEnd::vpcd(sample(), "127.0.0.1");
    assert!(matches!(no_address, Err(FrontEndError::Connect { .. })));
}
