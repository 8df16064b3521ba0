// SPDX-License-Identifier: Apache-2.0
//! The resource directory of libcoap, whose DTLS is OpenSSL's. It takes registrations as an LwM2M
//! server does; an Update it does not know (4.05).

use std::process::Command;

use crate::device::{Account, Bench, KEY};
use crate::program::{Program, two_free_ports};

const PACKAGE: &str = "libcoap3-bin (Debian)";

struct Directory {
    program: Program,
    port: u16,
}

impl Directory {
    fn start(key: &str) -> Self {
        Self::start_at(two_free_ports(), key)
    }

    fn start_at(port: u16, key: &str) -> Self {
        let mut command = Command::new("coap-rd-openssl");
        let port_argument = port.to_string();
        command.args(["-A", "127.0.0.1", "-p", &port_argument, "-k", key, "-h", "HINT", "-v", "7"]);
        let mut program = Program::start(&mut command, PACKAGE);
        program.awaits("created DTLS endpoint");
        Self { program, port }
    }

    fn open(&self) -> Account {
        Account::open(1, format!("coap://127.0.0.1:{}", self.port))
    }

    fn psk(&self, key: &'static str) -> Account {
        Account { key, ..Account::psk(1, format!("coaps://127.0.0.1:{}", self.port + 1)) }
    }

    /// What it has in its directory, asked by libcoap's own client.
    fn entries(&self) -> String {
        let uri = format!("coap://127.0.0.1:{}/.well-known/core", self.port);
        let output = Command::new("coap-client-openssl")
            .args(["-m", "get", "-B", "10", &uri])
            .output()
            .unwrap_or_else(|error| panic!("coap-client-openssl: {error}; see {PACKAGE}"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The location in what a device tells of a registration.
fn location(told: &serde_json::Value) -> String {
    let detail = told["detail"].as_str().unwrap();
    detail.split_once(" at ").unwrap().1.to_owned()
}

#[test]
fn a_device_registers_in_the_clear_and_with_a_pre_shared_key() {
    let mut directory = Directory::start(KEY);
    for account in [directory.open(), directory.psk(KEY)] {
        let bench = Bench::new(&[account]);
        let mut device = bench.start(&[]);
        let told = device.awaits_operation("register", 1);
        let line = directory.program.awaits("ep=device");
        assert!(line.contains("lt=600") && line.contains("</1/1>,</3/0>"), "{line}");
        assert!(directory.entries().contains(&format!("<{}>", location(&told))));
    }
}

#[test]
fn a_wrong_key_ends_in_a_clear_error() {
    let directory = Directory::start("another key 0000");
    let bench = Bench::new(&[directory.psk(KEY)]);
    let device = bench.start(&["--once"]);
    let (told, code) = device.leaves();
    assert!(told.contains("it does not answer the handshake"), "{told}");
    assert!(!told.contains(KEY), "{told}");
    assert_eq!(code, Some(1));
}

#[test]
fn bs_03_another_key_closes_the_session_and_makes_a_new_one() {
    const OTHER: &str = "another key 0000";
    let directory = Directory::start(KEY);
    let bench = Bench::new(&[directory.psk(KEY)]);
    let mut device = bench.start(&[]);
    device.awaits_operation("register", 1);

    let port = directory.port;
    drop(directory);
    let mut directory = Directory::start_at(port, OTHER);
    let data = bench.data("other.toml", &[directory.psk(OTHER)]);
    device.line(&format!("update {}", data.display()));
    device.line("update-now");
    device.awaits_operation("close-session", 1);
    device.awaits_step("disable server 1");
    device.awaits_step("enable server 1");
    let told = device.awaits_operation("register", 1);
    directory.program.awaits("ep=device");
    assert!(directory.entries().contains(&location(&told)));
    assert!(!device.told().contains(KEY) && !device.told().contains(OTHER));
}

#[test]
fn cr_05_another_uri_and_mode_lead_to_the_other_server() {
    let (old, new) = (Directory::start(KEY), Directory::start(KEY));
    let bench = Bench::new(&[old.psk(KEY)]);
    let mut device = bench.start(&[]);
    device.awaits_operation("register", 1);
    let data = bench.data("other.toml", &[new.open()]);
    device.line(&format!("update {}", data.display()));
    device.line("hint");
    device.awaits_operation("deregister", 1);
    device.awaits_operation("close-session", 1);
    device.awaits_step("disable server 1");
    let told = device.awaits_operation("register", 1);
    assert_eq!(told["uri"].as_str().unwrap(), new.open().uri);
    assert!(new.entries().contains(&location(&told)));
}

#[test]
fn cr_09_a_check_that_fails_defers_the_update_until_the_card_is_back() {
    let directory = Directory::start(KEY);
    let bench = Bench::new(&[directory.psk(KEY)]);
    let mut device = bench.start(&[]);
    device.awaits_operation("register", 1);
    device.disturb();
    device.line("update-now");
    device.awaits_event("unreadable");
    device.awaits_event("deferred");
    device.line("hint");
    device.awaits_event("card-unchanged");
    // This server takes no Update: the device registers with it anew.
    device.awaits_trouble("cannot update the registration with server 1");
    device.awaits_operation("register", 1);
}

#[test]
fn cr_07_a_card_that_is_pulled_ends_the_session() {
    let directory = Directory::start(KEY);
    let bench = Bench::new(&[directory.psk(KEY)]);
    let mut device = bench.start(&[]);
    device.awaits_operation("register", 1);
    device.line("pull");
    device.line("update-now");
    device.awaits_step("disable server 1");
    device.awaits_step("remove /0/1");
    device.awaits_step("remove /1/1");
    device.awaits_event("stranded");
}
