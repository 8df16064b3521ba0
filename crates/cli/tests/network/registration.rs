// SPDX-License-Identifier: Apache-2.0
//! Register, Update, De-register, and what comes between.

use crate::device::{Account, Bench};
use crate::server::{
    ACKNOWLEDGEMENT, CONTENT_FORMAT, DELETE, LOCATION_PATH, NON_CONFIRMABLE, POST, Server,
    URI_QUERY,
};

#[test]
fn cr_04_a_device_registers_updates_after_a_look_at_the_card_and_leaves() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(7)]);
    let mut device = bench.start(&[]);
    let register = server.expect(POST, "/rd");
    assert_eq!(register.texts(URI_QUERY), ["ep=device", "lt=600", "lwm2m=1.1", "b=U"]);
    let format = register.options.iter().find(|(number, _)| *number == CONTENT_FORMAT);
    assert_eq!(format.unwrap().1, [40]);
    assert_eq!(register.payload, b"</>;rt=\"oma.lwm2m\";ct=11542,</1/7>,</3/0>");
    server.answer(&register, "2.01", &[(LOCATION_PATH, "rd"), (LOCATION_PATH, "5a3f")]);
    device.awaits_operation("register", 7);

    device.line("update-now");
    device.awaits_event("card-unchanged");
    let update = server.expect(POST, "/rd/5a3f");
    assert!(update.texts(URI_QUERY).is_empty() && update.payload.is_empty(), "{update:?}");
    server.answer(&update, "2.04", &[]);
    device.awaits_operation("update", 7);

    device.line("stop");
    let farewell = server.expect(DELETE, "/rd/5a3f");
    server.answer(&farewell, "2.02", &[]);
    device.awaits_operation("deregister", 7);
    assert_eq!(device.leaves().1, Some(0));
}

#[test]
fn once_registers_updates_and_leaves() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let device = bench.start(&["--once", "--lwm2m", "1.0"]);
    // A location in one option, with slashes.
    let register = server.expect(POST, "/rd");
    assert_eq!(register.texts(URI_QUERY)[2], "lwm2m=1.0");
    server.answer(&register, "2.01", &[(LOCATION_PATH, "/rd/1")]);
    let update = server.expect(POST, "/rd/1");
    server.answer(&update, "2.04", &[]);
    let farewell = server.expect(DELETE, "/rd/1");
    server.answer(&farewell, "2.02", &[]);
    assert_eq!(device.leaves().1, Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupt_deregisters() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let mut device = bench.start(&[]);
    server.register("1");
    device.awaits_operation("register", 1);
    device.interrupt();
    let farewell = server.expect(DELETE, "/rd/1");
    server.answer(&farewell, "2.02", &[]);
    assert_eq!(device.leaves().1, Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupt_does_not_wait_for_a_server_that_is_silent() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let device = bench.start(&[]);
    server.expect(POST, "/rd");
    device.interrupt();
    let (told, _) = device.leaves();
    assert!(told.contains("\"cannot register with server 1\",\"stopped\""), "{told}");
    assert!(!told.contains("copies of the request"), "{told}");
}

#[test]
fn the_device_takes_leave_of_all_servers_at_once() {
    let (mut first, mut second) = (Server::new(), Server::new());
    let bench = Bench::new(&[first.account(1), second.account(2)]);
    let mut device = bench.start(&[]);
    first.register("a");
    second.register("b");
    device.awaits_operation("register", 2);
    device.line("stop");
    // The second one has its answer before the first one says anything.
    let farewell = second.expect(DELETE, "/rd/b");
    second.answer(&farewell, "2.02", &[]);
    device.awaits_operation("deregister", 2);
    let farewell = first.expect(DELETE, "/rd/a");
    first.answer(&farewell, "2.02", &[]);
    device.awaits_operation("deregister", 1);
    let (told, code) = device.leaves();
    assert_eq!(code, Some(0));
    assert!(!told.contains("trouble"), "{told}");
}

#[test]
fn a_server_that_has_forgotten_the_device_is_registered_with_again() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let mut device = bench.start(&[]);
    server.register("1");
    device.awaits_operation("register", 1);
    device.line("update-now 1");
    let update = server.expect(POST, "/rd/1");
    server.answer(&update, "4.04", &[]);
    device.awaits_trouble("4.04");
    server.register("2");
    device.awaits_operation("register", 1);
    device.line("update-now 1");
    server.expect(POST, "/rd/2");
}

#[test]
fn an_update_comes_by_itself_before_the_lifetime_ends() {
    let mut server = Server::new();
    let short = Account { lifetime: 2, ..server.account(1) };
    let bench = Bench::new(&[short]);
    let mut device = bench.start(&[]);
    server.register("1");
    device.awaits_operation("register", 1);
    let update = server.expect(POST, "/rd/1");
    server.answer(&update, "2.04", &[]);
    device.awaits_operation("update", 1);
}

#[test]
fn a_lost_request_is_sent_again_and_a_separate_response_acknowledged() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let mut device = bench.start(&[]);
    let lost = server.receive_bytes();
    let again = server.expect(POST, "/rd");
    server.send_bytes(&[0x60, 0x00, lost[2], lost[3]]);
    let token = again.token.as_slice();
    server.send_bytes(&[&[0x48, 0x41, 0x0B, 0xAD], token, b"\x82rd\x019"].concat());
    let acknowledged = server.receive();
    assert_eq!((acknowledged.kind, acknowledged.id), (ACKNOWLEDGEMENT, 0x0BAD));
    assert_eq!((again.id.to_be_bytes().as_slice(), token), (&lost[2..4], &lost[4..12]));
    let told = device.awaits_operation("register", 1);
    assert!(told["detail"].as_str().unwrap().contains("at /rd/9"), "{told}");
}

#[test]
fn several_servers_are_served_at_once_and_one_that_is_not_there_does_not_harm() {
    let (mut first, mut second, gone) = (Server::new(), Server::at("[::1]:0"), Server::new());
    let bench = Bench::new(&[first.account(1), second.account(2), gone.account(3)]);
    drop(gone);
    let mut device = bench.start(&[]);
    first.register("a");
    device.awaits_operation("register", 1);
    second.register("b");
    device.awaits_operation("register", 2);
    device.awaits_trouble("nothing listens at 127.0.0.1:");
    // The first one is answered although nothing is under way with it.
    assert_eq!(first.ask(1, "/3/0/0", &[]).payload, b"simstrap");
    assert_eq!(second.ask(1, "/1/2/0", &[]).payload, b"2");
}

#[test]
fn cr_05_another_uri_deregisters_disables_and_registers_there() {
    let (mut old, mut new) = (Server::new(), Server::new());
    let bench = Bench::new(&[old.account(1)]);
    let mut device = bench.start(&[]);
    old.register("1");
    device.awaits_operation("register", 1);
    let data = bench.data("other.toml", &[new.account(1)]);
    device.line(&format!("update {}", data.display()));
    device.line("update-now");
    // It is told, but not waited for: it may be gone.
    let farewell = old.receive();
    let told = (farewell.kind, farewell.code, farewell.path());
    assert_eq!(told, (NON_CONFIRMABLE, DELETE, "/rd/1".to_owned()));
    device.awaits_operation("deregister", 1);
    device.awaits_operation("close-session", 1);
    device.awaits_step("disable server 1");
    new.register("2");
    let told = device.awaits_operation("register", 1);
    assert_eq!(told["uri"], new.uri());
}

#[test]
fn cr_07_a_card_that_is_pulled_takes_its_accounts_with_it() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let mut device = bench.start(&[]);
    server.register("1");
    device.awaits_operation("register", 1);
    device.line("pull");
    device.line("update-now");
    let farewell = server.expect(DELETE, "/rd/1");
    server.answer(&farewell, "2.02", &[]);
    device.awaits_step("remove /0/1");
    device.awaits_step("remove /1/1");
    device.line("insert");
    device.line("hint");
    server.register("2");
    device.awaits_operation("register", 1);
}

#[test]
fn cr_09_a_check_that_fails_defers_the_update_and_the_server_hears_nothing_meanwhile() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let mut device = bench.start(&[]);
    server.register("1");
    device.awaits_operation("register", 1);
    device.disturb();
    device.line("update-now");
    device.awaits_event("unreadable");
    device.awaits_event("deferred");
    server.heard_nothing();
    device.line("hint");
    let update = server.expect(POST, "/rd/1");
    server.answer(&update, "2.04", &[]);
    device.awaits_operation("update", 1);
}

#[test]
fn security_modes_and_schemes_that_are_not_there_are_refused_with_the_reason() {
    let cases = [
        (Account { mode: 1, ..Account::psk(1, "coaps://127.0.0.1".to_owned()) }, "mode rpk"),
        (Account::open(1, "coap+tcp://127.0.0.1".to_owned()), "coap://"),
    ];
    for (account, reason) in cases {
        let bench = Bench::new(&[account]);
        let device = bench.start(&["--once"]);
        let (told, code) = device.leaves();
        assert!(told.contains(reason), "{told}");
        assert_eq!(code, Some(1));
    }
}

#[test]
fn a_refusal_is_told_with_its_meaning() {
    let mut server = Server::new();
    let bench = Bench::new(&[server.account(1)]);
    let mut device = bench.start(&["--once"]);
    let register = server.expect(POST, "/rd");
    server.answer(&register, "4.03", &[]);
    device.awaits_trouble("the server answered 4.03 (it does not let this device in)");
    assert_eq!(device.leaves().1, Some(1));
}
