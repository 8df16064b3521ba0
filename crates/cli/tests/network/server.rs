// SPDX-License-Identifier: Apache-2.0
//! A server of a test: a socket, and messages by hand.

use std::net::{SocketAddr, UdpSocket};

use crate::device::{Account, DEADLINE};

pub(crate) const URI_PATH: u16 = 11;
pub(crate) const CONTENT_FORMAT: u16 = 12;
pub(crate) const URI_QUERY: u16 = 15;
pub(crate) const ACCEPT: u16 = 17;
pub(crate) const LOCATION_PATH: u16 = 8;

pub(crate) const CONFIRMABLE: u8 = 0;
pub(crate) const NON_CONFIRMABLE: u8 = 1;
pub(crate) const ACKNOWLEDGEMENT: u8 = 2;
pub(crate) const RESET: u8 = 3;

pub(crate) const GET: u8 = 1;
pub(crate) const POST: u8 = 2;
pub(crate) const PUT: u8 = 3;
pub(crate) const DELETE: u8 = 4;

/// A message, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: u8,
    pub(crate) code: u8,
    pub(crate) id: u16,
    pub(crate) token: Vec<u8>,
    pub(crate) options: Vec<(u16, Vec<u8>)>,
    pub(crate) payload: Vec<u8>,
}

impl Message {
    fn parse(bytes: &[u8]) -> Self {
        assert_eq!(bytes[0] >> 6, 1, "version");
        let token_end = 4 + usize::from(bytes[0] & 0x0F);
        let mut message = Self {
            kind: bytes[0] >> 4 & 3,
            code: bytes[1],
            id: u16::from_be_bytes([bytes[2], bytes[3]]),
            token: bytes[4..token_end].to_vec(),
            options: Vec::new(),
            payload: Vec::new(),
        };
        let (mut rest, mut number) = (&bytes[token_end..], 0);
        while let Some((&first, tail)) = rest.split_first() {
            if first == 0xFF {
                assert!(!tail.is_empty(), "a marker without payload");
                message.payload = tail.to_vec();
                break;
            }
            let mut tail = tail;
            let mut nibble = |nibble: u8| match nibble {
                0..=12 => u16::from(nibble),
                13 => {
                    let value = u16::from(tail[0]) + 13;
                    tail = &tail[1..];
                    value
                }
                _ => panic!("options of a client of LwM2M are short"),
            };
            number += nibble(first >> 4);
            let length = usize::from(nibble(first & 0x0F));
            message.options.push((number, tail[..length].to_vec()));
            rest = &tail[length..];
        }
        message
    }

    /// The values of an option, as text.
    pub(crate) fn texts(&self, option: u16) -> Vec<String> {
        let values = self.options.iter().filter(|(number, _)| *number == option);
        values.map(|(_, value)| String::from_utf8(value.clone()).unwrap()).collect()
    }

    /// `/` and the path.
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.texts(URI_PATH).join("/"))
    }

    /// `4.04`.
    pub(crate) fn code(&self) -> String {
        format!("{}.{:02}", self.code >> 5, self.code & 0x1F)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let length = u8::try_from(self.token.len()).unwrap();
        let mut bytes = vec![0x40 | self.kind << 4 | length, self.code];
        bytes.extend(self.id.to_be_bytes());
        bytes.extend(&self.token);
        let mut before = 0;
        for (number, value) in &self.options {
            let (delta, length) = (number - before, value.len());
            let short = |value: u16| u8::try_from(value.min(13)).unwrap();
            let length = u16::try_from(length).unwrap();
            bytes.push(short(delta) << 4 | short(length));
            let long = [delta, length].into_iter().filter(|value| *value >= 13);
            bytes.extend(long.map(|value| u8::try_from(value - 13).expect("a short option")));
            bytes.extend(value);
            before = *number;
        }
        if !self.payload.is_empty() {
            bytes.push(0xFF);
            bytes.extend(&self.payload);
        }
        bytes
    }
}

/// A server, and the device it heard from last.
pub(crate) struct Server {
    socket: UdpSocket,
    peer: Option<SocketAddr>,
    next_id: u16,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub(crate) fn at(address: &str) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Self { socket, peer: None, next_id: 0x7000 }
    }

    pub(crate) fn uri(&self) -> String {
        format!("coap://{}", self.socket.local_addr().unwrap())
    }

    /// An account for it.
    pub(crate) fn account(&self, id: u16) -> Account {
        Account::open(id, self.uri())
    }

    /// The next datagram.
    pub(crate) fn receive_bytes(&mut self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let (length, peer) = self.socket.recv_from(&mut buffer).expect("a datagram in time");
        self.peer = Some(peer);
        buffer[..length].to_vec()
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> Message {
        Message::parse(&self.receive_bytes())
    }

    /// The next message, which has to be a request with this method and path.
    pub(crate) fn expect(&mut self, method: u8, path: &str) -> Message {
        let message = self.receive();
        assert_eq!((message.kind, message.code), (CONFIRMABLE, method), "{message:?}");
        assert_eq!(message.path(), path);
        message
    }

    pub(crate) fn send_bytes(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.peer.expect("somebody to talk to")).unwrap();
    }

    /// Answers with the acknowledgement.
    pub(crate) fn answer(&self, request: &Message, code: &str, options: &[(u16, &str)]) {
        let options = options.iter().map(|(number, value)| (*number, value.as_bytes().to_vec()));
        let answer = Message {
            kind: ACKNOWLEDGEMENT,
            code: number(code),
            options: options.collect(),
            payload: Vec::new(),
            ..request.clone()
        };
        self.send_bytes(&answer.to_bytes());
    }

    /// Lets a device register at `/rd/NAME`.
    pub(crate) fn register(&mut self, name: &str) -> Message {
        let request = self.expect(POST, "/rd");
        self.answer(&request, "2.01", &[(LOCATION_PATH, "rd"), (LOCATION_PATH, name)]);
        request
    }

    /// Nothing came.
    pub(crate) fn heard_nothing(&self) {
        self.socket.set_nonblocking(true).unwrap();
        let heard = self.socket.recv(&mut [0; 1]);
        self.socket.set_nonblocking(false).unwrap();
        assert_eq!(heard.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }

    /// Sends a request and gives the answer.
    pub(crate) fn ask(&mut self, method: u8, path: &str, options: &[(u16, &[u8])]) -> Message {
        self.ask_with(method, path, options, &[])
    }

    /// Sends a request with a payload and gives the answer.
    pub(crate) fn ask_with(
        &mut self,
        method: u8,
        path: &str,
        options: &[(u16, &[u8])],
        payload: &[u8],
    ) -> Message {
        self.next_id += 1;
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let mut all: Vec<_> =
            segments.map(|segment| (URI_PATH, segment.as_bytes().to_vec())).collect();
        all.extend(options.iter().map(|(number, value)| (*number, value.to_vec())));
        let request = Message {
            kind: CONFIRMABLE,
            code: method,
            id: self.next_id,
            token: vec![0xAB, 0xCD],
            options: all,
            payload: payload.to_vec(),
        };
        self.send_bytes(&request.to_bytes());
        let answer = self.receive();
        assert_eq!((answer.kind, answer.id), (ACKNOWLEDGEMENT, request.id), "{answer:?}");
        assert_eq!(answer.token, request.token);
        answer
    }
}

/// The number of `4.04`.
pub(crate) fn number(code: &str) -> u8 {
    let (class, detail) = code.split_once('.').unwrap();
    class.parse::<u8>().unwrap() << 5 | detail.parse::<u8>().unwrap()
}
