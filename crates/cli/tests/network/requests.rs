// SPDX-License-Identifier: Apache-2.0
//! What a server asks of a device.

use crate::device::{Bench, Device};
use crate::server::{ACCEPT, DELETE, GET, POST, PUT, RESET, Server};

const TLV: [u8; 2] = 11542_u16.to_be_bytes();

fn registered() -> (Server, Bench, Device) {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1), server_that_is_not_there(2)]);
    let mut device = bench.start(&[]);
    server.register("1");
    device.awaits_operation("register", 1);
    device.awaits_trouble("cannot register with server 2");
    (server, bench, device)
}

fn server_that_is_not_there(id: u16) -> crate::device::Account {
    Server::new().account(id)
}

#[test]
fn a_server_reads_its_own_account_and_the_device() {
    let (mut server, _bench, _device) = registered();
    let own = [0xC1, 0, 1, 0xC2, 1, 0x02, 0x58, 0xC1, 6, 0, 0xC1, 7, b'U'];
    let wrapped = [&[0x08, 1, 13][..], &own].concat();
    assert_eq!(server.ask(GET, "/1/1", &[(ACCEPT, &TLV)]).payload, own);
    assert_eq!(server.ask(GET, "/1", &[]).payload, wrapped);
    assert_eq!(server.ask(GET, "/1/1/1", &[]).payload, b"600");
    assert_eq!(server.ask(GET, "/1/1/1", &[(ACCEPT, &TLV)]).payload, own[3..7]);
    assert_eq!(server.ask(GET, "/3/0/0", &[]).payload, b"simstrap");
    assert_eq!(server.ask(GET, "/3/0/11", &[]).payload, [0x83, 11, 0x41, 0, 0]);
    let device = server.ask(GET, "/3", &[]);
    assert_eq!((device.code(), device.payload[..2].to_vec()), ("2.05".to_owned(), vec![0x08, 0]));
}

#[test]
fn a_server_gets_nothing_else() {
    let (mut server, _bench, _device) = registered();
    type Case = (u8, &'static str, &'static [(u16, &'static [u8])], &'static str);
    let cases: [Case; 15] = [
        (GET, "/0", &[], "4.01"),
        (GET, "/0/1/5", &[], "4.01"),
        // The account of another server.
        (GET, "/1/2", &[], "4.04"),
        (POST, "/1/2/8", &[], "4.04"),
        (GET, "/1/1/99", &[], "4.04"),
        (GET, "/3/1", &[], "4.04"),
        (GET, "/4", &[], "4.04"),
        (GET, "/99999999", &[], "4.04"),
        (GET, "/x", &[], "4.04"),
        (GET, "/1/1/0/0/0", &[], "4.04"),
        (PUT, "/1/1/1", &[], "4.05"),
        (DELETE, "/1/1", &[], "4.05"),
        (POST, "/3/0/4", &[], "4.05"),
        // SenML CBOR.
        (GET, "/1/1", &[(ACCEPT, &[112])], "4.06"),
        // If-Match stands before Uri-Path, so this is another unknown critical option: 19.
        (GET, "/1/1", &[(19, b"x")], "4.02"),
    ];
    for (method, path, options, code) in cases {
        assert_eq!(server.ask(method, path, options).code(), code, "{method} {path}");
    }
}

#[test]
fn the_update_trigger_has_the_device_update() {
    let (mut server, _bench, mut device) = registered();
    assert_eq!(server.ask(POST, "/1/1/8", &[]).code(), "2.04");
    let update = server.expect(POST, "/rd/1");
    server.answer(&update, "2.04", &[]);
    device.awaits_operation("update", 1);
}

#[test]
fn ft_03_a_server_that_triggers_faster_than_the_device_updates_has_one_more_update() {
    let (mut server, _bench, _device) = registered();
    assert_eq!(server.ask(POST, "/1/1/8", &[]).code(), "2.04");
    let update = server.expect(POST, "/rd/1");
    for _ in 0..5 {
        assert_eq!(server.ask(POST, "/1/1/8", &[]).code(), "2.04");
    }
    server.answer(&update, "2.04", &[]);
    let update = server.expect(POST, "/rd/1");
    server.answer(&update, "2.04", &[]);
    // The answer to what is asked now would come after a further update.
    assert_eq!(server.ask(GET, "/3/0/0", &[]).payload, b"simstrap");
    server.heard_nothing();
}

#[test]
fn the_bootstrap_trigger_is_obeyed_only_with_a_bootstrap_server() {
    let (mut server, _bench, mut device) = registered();
    assert_eq!(server.ask(POST, "/1/1/9", &[]).code(), "2.04");
    device.awaits_event("cancelled");
}

#[test]
fn ft_03_what_is_malformed_is_reset_or_ignored_and_harms_nothing() {
    let (mut server, _bench, _device) = registered();
    // Reserved options, a token too long, an empty message with a tail, a payload marker alone.
    for reset in [
        &b"\x40\x01\x00\x01\xF1a"[..],
        b"\x49\x01\x00\x01",
        b"\x40\x00\x00\x01\x00",
        b"\x40\x01\x00\x01\xFF",
    ] {
        server.send_bytes(reset);
        let answer = server.receive();
        assert_eq!((answer.kind, answer.code, answer.id), (RESET, 0, 1), "{reset:02X?}");
    }
    for ignored in [
        &b""[..],
        b"\x40",
        b"\x80\x01\x00\x01",
        b"\x50\x01\x00\x01\xF1",
        b"\x70\x00\x00\x01",
        &[0xFF; 1500],
    ] {
        server.send_bytes(ignored);
    }
    assert_eq!(server.ask(GET, "/3/0/0", &[]).payload, b"simstrap");
}
