// SPDX-License-Identifier: Apache-2.0
//! The message layer against bytes written by hand.

use std::time::{Duration, Instant};

use super::*;

const RANDOM: Randomness = Randomness { token: *b"8 bytes!", spread: 255 };

fn request() -> Request {
    Request {
        method: Code::POST,
        path: vec!["rd".to_owned()],
        query: vec!["ep=a".to_owned()],
        payload: Some((ContentFormat::LINKS, b"</3/0>".to_vec())),
    }
}

/// The request, on its way: the endpoint, when it was sent, its bytes.
fn sent() -> (Endpoint, Instant, Vec<u8>) {
    let mut endpoint = Endpoint::new(PARAMETERS, 0x1234);
    let now = Instant::now();
    assert!(endpoint.request(now, &request(), RANDOM));
    let bytes = endpoint.next_transmit().unwrap();
    (endpoint, now, bytes)
}

fn with_token(start: &[u8], rest: &[u8]) -> Vec<u8> {
    [start, b"8 bytes!", rest].concat()
}

fn response(endpoint: &mut Endpoint) -> Message {
    match endpoint.next_event() {
        Some(Event::Response(message)) => message,
        other => panic!("no response: {other:?}"),
    }
}

#[test]
fn a_request_is_written_as_the_specification_says() {
    let (_, _, bytes) = sent();
    let expected = with_token(&[0x48, 0x02, 0x12, 0x34], b"\xB2rd\x11\x28\x34ep=a\xFF</3/0>");
    assert_eq!(bytes, expected);
}

#[test]
fn a_piggybacked_response_ends_the_exchange() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, &with_token(&[0x68, 0x41, 0x12, 0x34], b"\x82rd\x015"));
    let response = response(&mut endpoint);
    assert_eq!(response.code().to_string(), "2.01");
    assert_eq!(response.location().unwrap(), ["rd", "5"]);
    assert_eq!(endpoint.next_timeout(), None);
}

#[test]
fn a_location_in_one_option_is_split() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, &with_token(&[0x68, 0x41, 0x12, 0x34], b"\x85/rd/5"));
    assert_eq!(response(&mut endpoint).location().unwrap(), ["rd", "5"]);
}

#[test]
fn ft_03_a_location_that_leads_elsewhere_or_is_too_long_is_none() {
    let long = [&[0x8D, 243][..], &[b'a'; 256]].concat();
    for options in [&b"\x82rd\x02.."[..], b"\x81.", b"\x86rd/../", &long] {
        let (mut endpoint, now, _) = sent();
        endpoint.receive(now, &with_token(&[0x68, 0x41, 0x12, 0x34], options));
        assert_eq!(response(&mut endpoint).location(), None, "{options:?}");
    }
}

#[test]
fn other_tokens_and_message_ids_are_no_answer() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, b"\x68\x44\x12\x348 bytes?");
    endpoint.receive(now, &with_token(&[0x68, 0x44, 0x12, 0x35], b""));
    endpoint.receive(now, &[0x60, 0x00, 0x12, 0x35]);
    endpoint.receive(now, &[0x70, 0x00, 0x12, 0x35]);
    assert!(endpoint.next_event().is_none());
    assert!(endpoint.next_timeout().is_some());
}

#[test]
fn a_separate_response_is_acknowledged_also_when_it_comes_again() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, &[0x60, 0x00, 0x12, 0x34]);
    assert_eq!(endpoint.next_timeout(), Some(now + PARAMETERS.separate_response));
    let separate = with_token(&[0x48, 0x44, 0xAA, 0xBB], b"");
    endpoint.receive(now, &separate);
    assert_eq!(endpoint.next_transmit().unwrap(), [0x60, 0x00, 0xAA, 0xBB]);
    assert_eq!(response(&mut endpoint).code(), Code::CHANGED);
    endpoint.receive(now, &separate);
    assert_eq!(endpoint.next_transmit().unwrap(), [0x60, 0x00, 0xAA, 0xBB]);
    assert!(endpoint.next_event().is_none());
}

#[test]
fn a_separate_response_nobody_waits_for_is_reset() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, b"\x44\x44\xAA\xBBwhat");
    assert_eq!(endpoint.next_transmit().unwrap(), [0x70, 0x00, 0xAA, 0xBB]);
    assert!(endpoint.next_event().is_none());
}

#[test]
fn a_request_is_sent_again_at_doubled_intervals_and_then_given_up() {
    let (mut endpoint, now, bytes) = sent();
    let mut at = now;
    // The spread is 255: half as long again as ACK_TIMEOUT.
    for wait in [3, 6, 12, 24] {
        at += Duration::from_secs(wait);
        assert_eq!(endpoint.next_timeout(), Some(at));
        endpoint.handle_timeout(at - Duration::from_millis(1));
        assert!(endpoint.next_transmit().is_none());
        endpoint.handle_timeout(at);
        assert_eq!(endpoint.next_transmit().unwrap(), bytes);
    }
    at += Duration::from_secs(48);
    endpoint.handle_timeout(at);
    assert!(endpoint.next_transmit().is_none());
    assert!(matches!(endpoint.next_event(), Some(Event::Failed(Failure::NoAnswer(4)))));
    assert_eq!(endpoint.next_timeout(), None);
}

#[test]
fn an_acknowledged_request_is_not_sent_again_and_given_up_without_a_response() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, &[0x60, 0x00, 0x12, 0x34]);
    endpoint.handle_timeout(now + Duration::from_secs(59));
    assert!(endpoint.next_transmit().is_none());
    assert!(endpoint.next_event().is_none());
    endpoint.handle_timeout(now + Duration::from_secs(60));
    assert!(matches!(endpoint.next_event(), Some(Event::Failed(Failure::NoResponse))));
}

#[test]
fn a_reset_ends_the_exchange() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, &[0x70, 0x00, 0x12, 0x34]);
    assert!(matches!(endpoint.next_event(), Some(Event::Failed(Failure::Reset))));
}

#[test]
fn a_response_with_an_unknown_critical_option_is_none() {
    let (mut endpoint, now, _) = sent();
    endpoint.receive(now, &with_token(&[0x68, 0x44, 0x12, 0x34], &[0x90]));
    assert!(matches!(endpoint.next_event(), Some(Event::Failed(Failure::CriticalOption))));
}

#[test]
fn a_request_of_the_peer_is_answered_once_and_its_copies_with_the_same_bytes() {
    let mut endpoint = Endpoint::new(PARAMETERS, 1);
    let now = Instant::now();
    let get = b"\x41\x01\x00\x07t\xB13\x010";
    endpoint.receive(now, get);
    let Some(Event::Request(incoming)) = endpoint.next_event() else { panic!("no request") };
    assert_eq!(incoming.message.path().unwrap(), ["3", "0"]);
    // A copy that comes before the answer is dropped.
    endpoint.receive(now, get);
    assert!(endpoint.next_transmit().is_none());
    endpoint.respond(&incoming, &Answer::of(Code::NOT_FOUND));
    let answer = endpoint.next_transmit().unwrap();
    assert_eq!(answer, b"\x61\x84\x00\x07t");
    endpoint.receive(now, get);
    assert_eq!(endpoint.next_transmit().unwrap(), answer);
    assert!(endpoint.next_event().is_none());
    // After EXCHANGE_LIFETIME the message id may be used again.
    endpoint.receive(now + PARAMETERS.exchange_lifetime, get);
    assert!(matches!(endpoint.next_event(), Some(Event::Request(_))));
}

#[test]
fn a_non_confirmable_request_is_answered_without_acknowledgement() {
    let mut endpoint = Endpoint::new(PARAMETERS, 0x0102);
    let now = Instant::now();
    endpoint.receive(now, b"\x51\x01\x00\x07t\xB13");
    let Some(Event::Request(incoming)) = endpoint.next_event() else { panic!("no request") };
    let answer = Answer::content(ContentFormat::TEXT, b"x".to_vec());
    endpoint.respond(&incoming, &answer);
    assert_eq!(endpoint.next_transmit().unwrap(), b"\x51\x45\x01\x02t\xC0\xFFx");
    endpoint.receive(now, b"\x51\x01\x00\x07t\xB13");
    assert!(endpoint.next_transmit().is_none());
}

#[test]
fn requests_that_are_remembered_are_bounded() {
    let mut endpoint = Endpoint::new(PARAMETERS, 1);
    let now = Instant::now();
    for id in 0..u8::MAX {
        endpoint.receive(now, &[0x40, 0x01, 0x00, id]);
        assert!(matches!(endpoint.next_event(), Some(Event::Request(_))));
    }
    let newest_are_known = u8::MAX - u8::try_from(MAX_REMEMBERED).unwrap();
    endpoint.receive(now, &[0x40, 0x01, 0x00, newest_are_known]);
    assert!(endpoint.next_event().is_none());
    endpoint.receive(now, &[0x40, 0x01, 0x00, newest_are_known - 1]);
    assert!(matches!(endpoint.next_event(), Some(Event::Request(_))));
}

#[test]
fn what_is_malformed_is_reset_where_it_asks_for_an_answer_and_ignored_elsewhere() {
    let reset = [0x70, 0x00, 0x12, 0x34];
    let cases: [(&str, &[u8], bool); 12] = [
        ("nothing", b"", false),
        ("a short header", b"\x40\x01\x12", false),
        ("another version", b"\x80\x01\x12\x34", false),
        ("a token of 9 bytes", b"\x49\x01\x12\x34123456789", true),
        ("a token cut short", b"\x44\x01\x12\x34abc", true),
        ("an option cut short", b"\x40\x01\x12\x34\xB5abc", true),
        ("a reserved option delta", b"\x40\x01\x12\x34\xF1a", true),
        ("a reserved option length", b"\x40\x01\x12\x34\xBFa", true),
        ("a marker without payload", b"\x40\x01\x12\x34\xB1a\xFF", true),
        ("an empty message with a tail", b"\x40\x00\x12\x34\xB1a", true),
        ("the same, not confirmable", b"\x50\x01\x12\x34\xB5abc", false),
        ("an acknowledgement with a tail", b"\x60\x00\x12\x34\xB1a", false),
    ];
    for (what, bytes, is_reset) in cases {
        let mut endpoint = Endpoint::new(PARAMETERS, 1);
        endpoint.receive(Instant::now(), bytes);
        assert!(endpoint.next_event().is_none(), "{what}");
        let sent = endpoint.next_transmit();
        assert_eq!(sent.as_deref(), is_reset.then_some(&reset[..]), "{what}");
    }
}

#[test]
fn pings_and_reserved_codes_are_reset() {
    for code in [0x00, 0x20, 0xC1, 0xE0] {
        let mut endpoint = Endpoint::new(PARAMETERS, 1);
        endpoint.receive(Instant::now(), &[0x40, code, 0x00, 0x09]);
        assert_eq!(endpoint.next_transmit().unwrap(), [0x70, 0x00, 0x00, 0x09]);
        endpoint.receive(Instant::now(), &[0x50, code, 0x00, 0x0A]);
        assert!(endpoint.next_transmit().is_none());
        assert!(endpoint.next_event().is_none());
    }
}

#[test]
fn a_request_with_an_unknown_critical_option_is_refused() {
    let mut endpoint = Endpoint::new(PARAMETERS, 1);
    // If-Match.
    endpoint.receive(Instant::now(), b"\x40\x03\x00\x07\x10");
    assert_eq!(endpoint.next_transmit().unwrap(), [0x60, 0x82, 0x00, 0x07]);
    endpoint.receive(Instant::now(), b"\x50\x03\x00\x08\x10");
    assert!(endpoint.next_transmit().is_none());
    assert!(endpoint.next_event().is_none());
}

#[test]
fn blocks_of_several_are_told_from_a_whole() {
    let cases: [(&[u8], bool); 5] = [
        (b"\x40\x03\x00\x07\xD1\x0E\x06", false),
        (b"\x40\x03\x00\x07\xD0\x0E", false),
        (b"\x40\x03\x00\x07\xD1\x0E\x0E", true),
        (b"\x40\x03\x00\x07\xD1\x0E\x16", true),
        (b"\x40\x03\x00\x07\xD2\x0E\x01\x06", true),
    ];
    for (bytes, partial) in cases {
        assert_eq!(Message::from_bytes(bytes).unwrap().is_partial(), partial, "{bytes:02X?}");
    }
}

#[test]
fn ft_04_debug_shows_no_payload() {
    let message = Message::from_bytes(b"\x40\x03\x00\x07\xFFSECRET").unwrap();
    let shown = format!("{message:?} {:?}", Answer::content(ContentFormat::TEXT, b"XYZ".to_vec()));
    assert!(shown.contains('6') && !shown.contains("SECRET") && !shown.contains("83"), "{shown}");
    assert!(!shown.contains("XYZ") && !shown.contains("88"), "{shown}");
}
