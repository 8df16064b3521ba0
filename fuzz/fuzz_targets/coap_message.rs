// SPDX-License-Identifier: Apache-2.0
//! Whatever datagrams arrive, and whenever: the message layer answers each with one message at
//! most, every one of them well-formed, and a request of its own comes to one end.
#![no_main]

use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

// The command is no library; these two modules need nothing else of it.
#[allow(dead_code, reason = "only what the message layer needs is used here")]
#[path = "../../crates/cli/src/network/coap/endpoint.rs"]
mod endpoint;
#[allow(dead_code, reason = "only what the message layer needs is used here")]
#[path = "../../crates/cli/src/network/coap/message.rs"]
mod message;

use endpoint::{Endpoint, Event, PARAMETERS, Randomness};
use message::{Answer, Code, ContentFormat, Kind, Message, Request};

#[derive(Debug, Arbitrary)]
enum Step {
    /// A datagram arrives.
    Datagram(Vec<u8>),
    /// One that is made to look like an answer: type and code, then anything.
    Answer { kind: u8, code: u8, rest: Vec<u8> },
    /// Time passes.
    Wait(u16),
    /// A request is made.
    Request { payload: Option<Vec<u8>>, spread: u8 },
}

const TOKEN: [u8; 8] = *b"8 bytes!";

fuzz_target!(|steps: Vec<Step>| {
    let mut now = Instant::now();
    let mut endpoint = Endpoint::new(PARAMETERS, 7);
    let (mut under_way, mut last_id) = (false, [0, 0]);
    for step in steps.into_iter().take(64) {
        let (mut most, mut timed) = (1, false);
        match step {
            Step::Datagram(bytes) => endpoint.receive(now, &bytes),
            Step::Answer { kind, code, rest } => {
                let head = [0x48 | (kind & 3) << 4, code, last_id[0], last_id[1]];
                endpoint.receive(now, &[&head, &TOKEN[..], &rest].concat());
            }
            Step::Wait(seconds) => {
                now += Duration::from_secs(seconds.into());
                endpoint.handle_timeout(now);
                timed = true;
            }
            Step::Request { payload, spread } => {
                let request = Request {
                    method: Code::POST,
                    path: vec!["rd".to_owned()],
                    query: vec!["ep=fuzz".to_owned()],
                    payload: payload.map(|payload| (ContentFormat::LINKS, payload)),
                };
                let random = Randomness { token: TOKEN, spread };
                let sent = endpoint.request(now, &request, random);
                under_way |= sent;
            }
        }
        while let Some(event) = endpoint.next_event() {
            match event {
                Event::Response(message) => {
                    assert!(under_way && message.code().is_response());
                    assert_eq!(message.token(), TOKEN);
                    let _ = (message.location(), message.is_partial());
                    under_way = false;
                }
                Event::Failed(_) => {
                    assert!(under_way);
                    under_way = false;
                }
                Event::Request(incoming) => {
                    let request = &incoming.message;
                    let _ = (request.path(), request.accept(), request.content_format());
                    assert!(request.code().is_request());
                    let content = Answer::content(ContentFormat::TLV, request.payload().to_vec());
                    endpoint.respond(&incoming, &content);
                }
            }
        }
        assert_eq!(endpoint.next_timeout().is_some(), under_way);
        while let Some(bytes) = endpoint.next_transmit() {
            let message = Message::from_bytes(&bytes).expect("well-formed");
            if message.code().is_request() {
                last_id = message.id().to_be_bytes();
                assert_eq!(message.kind(), Kind::Confirmable);
            }
            assert!(most > 0 || timed, "more than one answer");
            most -= 1;
        }
    }
});
