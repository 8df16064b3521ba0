// SPDX-License-Identifier: Apache-2.0
//! The command and a card behind a modem: two programs, on a serial line and on TCP.

use std::process::Output;

use simstrap_virtual_card::front::ModemQuirk;

use crate::served::Served;
use crate::{Desk, KEYS, printed, told};

fn read(desk: &Desk, card: &str, arguments: &[&str]) -> Output {
    let arguments = [&["read", "--card", card, "--format", "json"], arguments].concat();
    desk.simstrap(&arguments).output().unwrap()
}

/// The digest of what was read.
fn digest(output: &Output, context: &str) -> String {
    assert!(output.status.success(), "{context}: {}", told(output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    json["file"]["sha256"].as_str().unwrap().to_owned()
}

/// A desk with keys, and the digest of the sample card.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.put("KEYS.toml", KEYS);
    let ours = printed(&mut desk.simstrap(&["read", "--format", "json"]));
    let ours: serde_json::Value = serde_json::from_slice(&ours).unwrap();
    let digest = ours["file"]["sha256"].as_str().unwrap().to_owned();
    (desk, digest)
}

/// Reads a served card in every mode, in the clear and through SCP03.
fn read_every_way(desk: &Desk, card: &str, expected: &str, context: &str) {
    for mode in ["csim", "cgla", "auto"] {
        for arguments in [&["--at-mode", mode][..], &["--at-mode", mode, "--scp03", "KEYS.toml"]] {
            let context = format!("{context} {arguments:?}");
            assert_eq!(digest(&read(desk, card, arguments), &context), expected, "{context}");
        }
    }
}

/// Reads and checks a card through each of these quirks in one mode, on TCP and on a serial line,
/// in the clear and through SCP03.
fn read_through(protocol: &str, quirks: &[ModemQuirk], mode: &str) {
    let (desk, expected) = desk();
    let changed = format!("protocol = \"{protocol}\"");
    desk.put_card("CARD.toml", &[("protocol = \"T=1\"", &changed)]);
    let mut failures = Vec::new();
    for quirk in quirks {
        let serve = |front: &[&str]| {
            let quirk = ["--modem-quirk", quirk.name()];
            Served::new(&desk, &[&["CARD.toml"], front, &quirk].concat())
        };
        let (_on_tcp, address) = serve(&["--at-tcp", "127.0.0.1:0"]);
        let (_on_line, link) = serve(&["--at-pty", "modem"]);
        let (tcp, line) = (format!("at+tcp:{address}"), format!("at:{link}"));
        let check = ["check", "--against", &expected];
        let secure = ["--scp03", "KEYS.toml"];
        for (command, card, secure) in [
            (&["read"][..], &tcp, &[][..]),
            (&["read"], &tcp, &secure),
            (&["read"], &line, &[]),
            (&check, &line, &secure),
        ] {
            let arguments = [command, &["--card", card, "--at-mode", mode], secure].concat();
            let output = desk.simstrap(&[&arguments[..], &["--format", "json"]].concat()).output();
            let output = output.unwrap();
            let shown = String::from_utf8_lossy(&output.stdout);
            if !output.status.success() || !shown.contains(&expected) {
                failures.push(format!("{protocol} {quirk} {arguments:?}: {}", told(&output)));
            }
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}

/// Those that show while a card is there and its data does not change.
fn quirks_while_reading() -> Vec<ModemQuirk> {
    let elsewhere = |quirk: &ModemQuirk| quirk.name().starts_with("sim-lost");
    ModemQuirk::ALL.iter().copied().filter(|quirk| !elsewhere(quirk)).collect()
}

/// Those that have to do with how responses are fetched.
const WITH_GET_RESPONSE: [ModemQuirk; 5] = [
    ModemQuirk::GetResponseByModem,
    ModemQuirk::GetResponseForbidden,
    ModemQuirk::SelectLeRefused,
    ModemQuirk::LateAnswer,
    ModemQuirk::Line256,
];

#[test]
fn a_card_is_read_through_every_quirk_by_csim() {
    read_through("T=1", &quirks_while_reading(), "csim");
    read_through("T=0", &WITH_GET_RESPONSE, "csim");
}

#[test]
fn a_card_is_read_through_every_quirk_by_cgla() {
    read_through("T=1", &quirks_while_reading(), "cgla");
    read_through("T=0", &WITH_GET_RESPONSE, "cgla");
}

#[test]
fn a_card_is_read_through_every_quirk_by_what_works() {
    read_through("T=1", &quirks_while_reading(), "auto");
    read_through("T=0", &WITH_GET_RESPONSE, "auto");
}

#[test]
fn a_card_is_read_over_a_serial_line() {
    let (desk, expected) = desk();
    let (_served, link) = Served::new(&desk, &["--at-pty", "modem"]);
    assert_eq!(link, "modem");
    read_every_way(&desk, "at:modem", &expected, "pty");
}

#[test]
fn cr_07_a_lost_card_is_told_from_a_failure_in_every_form() {
    let (desk, expected) = desk();
    for quirk in ModemQuirk::ALL.iter().filter(|quirk| quirk.name().starts_with("sim-lost")) {
        let serve = ["--at-tcp", "127.0.0.1:0", "--modem-quirk", quirk.name()];
        let (mut served, address) = Served::new(&desk, &serve);
        let card = format!("at+tcp:{address}");
        served.does("pull");
        let gone = read(&desk, &card, &["--timeout", "2"]);
        assert_eq!(gone.status.code(), Some(4), "{quirk}: {}", told(&gone));
        served.does("insert");
        assert_eq!(digest(&read(&desk, &card, &[]), quirk.name()), expected);
    }
}
