// SPDX-License-Identifier: Apache-2.0
//! Client-initiated bootstrap (TS Core §5.2.3, §6.1).

use crate::device::{Account, Bench, Device};
use crate::server::{ACCEPT, CONTENT_FORMAT, DELETE, GET, POST, PUT, Server, URI_QUERY};

const TLV: [u8; 2] = 11542_u16.to_be_bytes();

/// Resources of a Security instance without protection.
fn security(uri: &str, server: u8) -> Vec<u8> {
    let length = u8::try_from(uri.len()).unwrap();
    let uri = [&[0xC8, 0, length][..], uri.as_bytes()].concat();
    [uri.as_slice(), &[0xC1, 1, 0, 0xC1, 2, 3, 0xC1, 10, server]].concat()
}

/// Resources of a Server instance.
fn server_instance(server: u8) -> Vec<u8> {
    vec![0xC1, 0, server, 0xC1, 1, 60, 0xC1, 6, 0, 0xC1, 7, b'U']
}

/// A bootstrap server whose device has asked for a bootstrap.
fn asked() -> (Server, Bench, Device) {
    let mut bootstrap = Server::new();
    let bench = Bench::new(&[bootstrap.account(0)]);
    let device = bench.start(&[]);
    let request = bootstrap.expect(POST, "/bs");
    assert_eq!(request.texts(URI_QUERY), ["ep=device"]);
    bootstrap.answer(&request, "2.04", &[]);
    (bootstrap, bench, device)
}

fn put(server: &mut Server, path: &str, payload: &[u8]) -> String {
    server.ask_with(PUT, path, &[(CONTENT_FORMAT, &TLV)], payload).code()
}

#[test]
fn bs_01_a_device_with_a_bootstrap_server_only_is_bootstrapped_and_registers() {
    let mut dm = Server::new();
    let (mut bootstrap, _bench, mut device) = asked();
    assert_eq!(bootstrap.ask(DELETE, "/", &[]).code(), "2.02");
    assert_eq!(put(&mut bootstrap, "/0/5", &security(&dm.uri(), 9)), "2.04");
    // All instances of an object at once.
    let instance = server_instance(9);
    let wrapped = [&[0x08, 5, u8::try_from(instance.len()).unwrap()][..], &instance].concat();
    assert_eq!(put(&mut bootstrap, "/1", &wrapped), "2.04");
    let links = bootstrap.ask(GET, "/", &[(ACCEPT, &[40])]);
    // The account of the bootstrap server has outlived the Delete.
    let expected = "</>;lwm2m=1.1,</0/5>;ssid=9,</0/100>,</1/5>;ssid=9";
    assert_eq!(String::from_utf8(links.payload).unwrap(), expected);
    assert_eq!(bootstrap.ask(POST, "/bs", &[]).code(), "2.04");
    device.awaits_operation("bootstrap", 0);
    dm.register("1");
    device.awaits_operation("register", 9);
}

#[test]
fn cs_05_what_is_inconsistent_is_answered_4_06_and_changes_nothing() {
    let dm = Server::new();
    let (mut bootstrap, _bench, mut device) = asked();
    // A Security instance without its Server instance.
    assert_eq!(put(&mut bootstrap, "/0/5", &security(&dm.uri(), 9)), "2.04");
    assert_eq!(bootstrap.ask(POST, "/bs", &[]).code(), "4.06");
    device.awaits_trouble("inconsistent");
    device.awaits_event("stranded");
    dm.heard_nothing();
}

#[cfg(unix)]
#[test]
fn ft_02_what_cannot_be_stored_is_not_blamed_on_the_bootstrap_server() {
    let mut bootstrap = Server::new();
    let bench = Bench::new(&[bootstrap.account(0)]);
    let state = bench.path("state");
    let mut device = bench.start(&["--state", state.to_str().unwrap()]);
    let request = bootstrap.expect(POST, "/bs");
    bootstrap.answer(&request, "2.04", &[]);
    let dm = Server::new();
    assert_eq!(put(&mut bootstrap, "/0/5", &security(&dm.uri(), 9)), "2.04");
    assert_eq!(put(&mut bootstrap, "/1/5", &server_instance(9)), "2.04");
    std::fs::rename(&state, bench.path("elsewhere")).unwrap();
    assert_eq!(bootstrap.ask(POST, "/bs", &[]).code(), "5.00");
    let trouble = device.awaits_trouble("what the bootstrap server wrote cannot be stored");
    let causes = trouble["causes"].to_string();
    assert!(causes.contains("device.json") && !causes.contains("inconsistent"), "{causes}");
    dm.heard_nothing();
}

/// A path that cannot be read is not the path of everything.
#[test]
fn ft_03_a_path_of_nothing_deletes_nothing() {
    let (mut bootstrap, _bench, _device) = asked();
    let dm = Server::new();
    assert_eq!(put(&mut bootstrap, "/0/5", &security(&dm.uri(), 9)), "2.04");
    for path in ["/0/5/1/1/1", "/0/5/1/1/1/1/1/1/1/1", "/0/x"] {
        assert_eq!(bootstrap.ask(DELETE, path, &[]).code(), "4.04", "{path}");
    }
    let links = bootstrap.ask(GET, "/0", &[(ACCEPT, &[40])]);
    let expected = "</>;lwm2m=1.1,</0/5>;ssid=9,</0/100>";
    assert_eq!(String::from_utf8(links.payload).unwrap(), expected);
}

#[test]
fn what_is_no_bootstrap_is_refused() {
    let (mut bootstrap, _bench, _device) = asked();
    assert_eq!(put(&mut bootstrap, "/0/5", b"\xC8\x00\xFFcut short"), "4.00");
    assert_eq!(put(&mut bootstrap, "/5/0", b""), "4.04");
    assert_eq!(put(&mut bootstrap, "/0/5/0", b"x"), "4.05");
    let json = bootstrap.ask_with(PUT, "/0/5", &[(CONTENT_FORMAT, &[110])], b"[]");
    assert_eq!(json.code(), "4.15");
    // The first of several blocks.
    let block = bootstrap.ask_with(PUT, "/0/5", &[(CONTENT_FORMAT, &TLV), (23, &[0x0E])], b"x");
    assert_eq!(block.code(), "4.13");
    assert_eq!(bootstrap.ask(GET, "/0/100", &[]).code(), "4.05");
    assert_eq!(bootstrap.ask(POST, "/1/1/8", &[]).code(), "4.05");
}

#[test]
fn bs_02_a_bootstrap_server_may_come_back_by_itself() {
    let (mut first, mut second) = (Server::new(), Server::new());
    let (mut bootstrap, _bench, mut device) = asked();
    assert_eq!(put(&mut bootstrap, "/0/5", &security(&first.uri(), 9)), "2.04");
    assert_eq!(put(&mut bootstrap, "/1/5", &server_instance(9)), "2.04");
    assert_eq!(bootstrap.ask(POST, "/bs", &[]).code(), "2.04");
    first.register("1");
    device.awaits_operation("register", 9);
    assert_eq!(put(&mut bootstrap, "/0/5", &security(&second.uri(), 9)), "2.04");
    assert_eq!(bootstrap.ask(POST, "/bs", &[]).code(), "2.04");
    device.awaits_operation("bootstrap", 0);
    second.register("2");
}

#[test]
fn ft_04_keys_that_a_bootstrap_server_writes_are_not_told() {
    let (mut bootstrap, _bench, mut device) = asked();
    let key = b"\xC8\x05\x10TopSecretKey0000";
    let uri = "coaps://127.0.0.1:1";
    let length = u8::try_from(uri.len()).unwrap();
    let psk = [
        &[0xC8, 0, length][..],
        uri.as_bytes(),
        &[0xC1, 1, 0, 0xC1, 2, 0, 0xC2, 3, b'i', b'd'],
        key,
        &[0xC1, 10, 9],
    ]
    .concat();
    assert_eq!(put(&mut bootstrap, "/0/5", &psk), "2.04");
    assert_eq!(put(&mut bootstrap, "/1/5", &server_instance(9)), "2.04");
    assert_eq!(bootstrap.ask(POST, "/bs", &[]).code(), "2.04");
    device.awaits_operation("bootstrap", 0);
    device.awaits_trouble("cannot register with server 9");
    let told = device.told();
    assert!(!told.contains("TopSecret") && !told.contains("546f70"), "{told}");
}

#[test]
fn a_bootstrap_server_that_refuses_strands_the_device() {
    let mut bootstrap = Server::new();
    let bench = Bench::new(&[Account { lifetime: 1, ..bootstrap.account(0) }]);
    let mut device = bench.start(&[]);
    let request = bootstrap.expect(POST, "/bs");
    bootstrap.answer(&request, "4.00", &[]);
    device.awaits_trouble("4.00");
    device.awaits_event("stranded");
}
