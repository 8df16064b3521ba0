// SPDX-License-Identifier: Apache-2.0
use std::cell::RefCell;
use std::net::UdpSocket;
use std::rc::Rc;
use std::thread::{self, JoinHandle};

use simstrap_policy::{InstancePath, Source};

use super::*;

/// Silence is told after one and a half seconds, which is ample for an answer.
const FAST: Parameters = Parameters { ack_timeout: Duration::from_millis(50), ..PARAMETERS };

fn server() -> AccountId {
    AccountId::Server(ShortServerId::new(7).unwrap())
}

/// A device with the account of a server, in the clear.
fn device() -> Device {
    let mut device = Device::in_memory();
    let mut contents = device.contents().clone();
    let security = b"\xC8\x00\x10coap://localhost\xC1\x01\x00\xC1\x02\x03\xC1\x0A\x07";
    contents.write(InstancePath::security(1), security, Source::Smartcard).unwrap();
    device.replace(contents).unwrap();
    device
}

/// A socket of the loopback interface, and its address.
fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Answers one request with a code, and gives the socket back.
fn answers_once(socket: UdpSocket, code: u8) -> JoinHandle<UdpSocket> {
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        let (length, peer) = socket.recv_from(&mut buffer).unwrap();
        let request = &buffer[..length];
        let token = &request[4..4 + usize::from(request[0] & 0x0F)];
        let head = [0x60 | (request[0] & 0x0F), code, request[2], request[3]];
        socket.send_to(&[&head, token].concat(), peer).unwrap();
        socket
    })
}

/// What comes of a request to a server at the first of these addresses where it is, and how many
/// of them were told to be of no use.
fn ask(addresses: &[SocketAddr]) -> (Result<(), UplinkError>, usize) {
    let told = Rc::<RefCell<Vec<Narration>>>::default();
    let options = NetworkOptions {
        parameters: FAST,
        ..NetworkOptions::named("device".to_owned(), Version::default())
    };
    let mut network = Network::new(options, Narrator::Collecting(Rc::clone(&told)));
    let request = network.registration_request(60, String::new());
    let talk = |network: &mut Network, device: &mut Device, mailbox: &mut Mailbox| {
        Ok(accepted(&network.exchange(server(), &request, EXCHANGE_WITHIN, device, mailbox)?)?)
    };
    let asked = network.reach_at(addresses, server(), &mut device(), &mut Mailbox::new(), talk);
    let troubles = told.borrow();
    assert!(troubles.iter().all(|told| matches!(told, Narration::Trouble { .. })), "{troubles:?}");
    (asked, troubles.len())
}

#[test]
fn a_server_that_is_not_at_one_address_of_its_host_is_looked_for_at_the_next() {
    // Nobody listens at the first, and whoever does at the second says nothing.
    let (_, refused) = socket();
    let (_silent, silent) = socket();
    let (there, address) = socket();
    let answering = answers_once(there, 0x41);
    let (asked, troubles) = ask(&[refused, silent, address]);
    asked.unwrap();
    assert_eq!(troubles, 2);
    answering.join().unwrap();
}

#[test]
fn a_server_that_is_nowhere_is_told_of_with_its_last_address() {
    let ((_, first), (_, last)) = (socket(), socket());
    let (asked, troubles) = ask(&[first, last]);
    let error = asked.unwrap_err();
    assert!(error.to_string().contains(&format!("nothing listens at {last}")), "{error}");
    assert_eq!(troubles, 1);
}

#[test]
fn a_server_that_says_no_is_not_asked_at_another_address() {
    let ((first, address), (second, other)) = (socket(), socket());
    let answering = answers_once(first, 0x83);
    let (asked, troubles) = ask(&[address, other]);
    assert!(asked.unwrap_err().to_string().contains("4.03"));
    assert_eq!(troubles, 0);
    answering.join().unwrap();
    second.set_nonblocking(true).unwrap();
    assert!(second.recv(&mut [0; 8]).is_err(), "nothing came");
}
