// SPDX-License-Identifier: Apache-2.0
//! The command and a card in a reader of PC/SC.

use crate::device::Device;
use crate::pcscd::{Holder, Pcscd};
use crate::served::Served;
use crate::{Desk, KEYS, printed, told};

/// A card in a reader of its own.
fn bench(changes: &[(&str, &str)]) -> (Desk, Pcscd, Served) {
    let desk = Desk::new();
    desk.put_card("CARD.toml", changes);
    desk.put("KEYS.toml", KEYS);
    let pcscd = Pcscd::start(&desk);
    let (served, _) = Served::new(&desk, &["CARD.toml", "--vpcd", &pcscd.address]);
    pcscd.wait_for(&desk, true);
    (desk, pcscd, served)
}

fn read(pcscd: &Pcscd, desk: &Desk, arguments: &[&str]) -> serde_json::Value {
    let arguments = [&["read", "--card", "pcsc", "--format", "json"], arguments].concat();
    serde_json::from_slice(&printed(&mut pcscd.simstrap(desk, &arguments))).unwrap()
}

#[test]
fn cr_03_a_card_in_a_reader_is_read_in_the_clear_and_through_scp03() {
    for protocol in ["T=0", "T=1"] {
        let protocol = format!("protocol = \"{protocol}\"");
        let (desk, pcscd, _served) = bench(&[("protocol = \"T=1\"", &protocol)]);
        let ours = printed(&mut desk.simstrap(&["read", "--format", "json"]));
        let ours: serde_json::Value = serde_json::from_slice(&ours).unwrap();
        let clear = read(&pcscd, &desk, &[]);
        assert_eq!(clear["file"]["sha256"], ours["file"]["sha256"]);
        assert_eq!(clear["card"]["secure_channel"], serde_json::Value::Null);
        let secure = read(&pcscd, &desk, &["--scp03", "KEYS.toml"]);
        assert_eq!(secure["file"]["sha256"], ours["file"]["sha256"]);
        assert_eq!(secure["card"]["secure_channel"]["level"], "0x33");
    }
}

#[test]
fn cr_07_a_card_that_is_pulled_is_no_card_and_can_be_read_again_when_it_is_back() {
    let (desk, pcscd, mut served) = bench(&[]);
    read(&pcscd, &desk, &[]);
    served.does("pull");
    pcscd.wait_for(&desk, false);
    let gone = pcscd.simstrap(&desk, &["read", "--card", "pcsc"]).output().unwrap();
    assert_eq!(gone.status.code(), Some(4), "{}", told(&gone));
    served.does("insert");
    pcscd.wait_for(&desk, true);
    read(&pcscd, &desk, &[]);
}

#[test]
fn cr_08_data_that_changes_in_the_reader_is_found() {
    let (desk, pcscd, mut served) = bench(&[]);
    let before = read(&pcscd, &desk, &[]);
    let accounts = ["read", "--format", "toml", "--show-secrets"];
    let accounts = String::from_utf8(printed(&mut desk.simstrap(&accounts))).unwrap();
    assert!(accounts.contains("86400"), "{accounts}");
    desk.put("accounts.toml", accounts.replace("86400", "3600"));
    served.does("update accounts.toml");
    let after = read(&pcscd, &desk, &[]);
    assert_ne!(before["file"]["sha256"], after["file"]["sha256"]);
    assert_eq!(after["accounts"]["servers"][0]["lifetime"], 3600);
}

#[test]
fn cr_07_a_device_that_waits_finds_its_card_gone_and_back() {
    let (desk, pcscd, mut served) = bench(&[]);
    let mut run =
        pcscd.simstrap(&desk, &["run", "--dry-run", "--card", "pcsc", "--format", "json"]);
    let mut device = Device::spawn(&mut run);
    device.expect_operation("register", 1);
    device.send("update-now");
    device.expect_operation("update", 1);
    served.does("pull");
    pcscd.wait_for(&desk, false);
    device.send("hint");
    device.expect_operation("deregister", 1);
    served.does("insert");
    pcscd.wait_for(&desk, true);
    device.send("hint");
    device.expect_operation("register", 1);
    device.send("stop");
    assert_eq!(device.end().1, 0);
}

#[test]
fn cr_04_check_tells_same_changed_and_gone() {
    let (desk, pcscd, mut served) = bench(&[]);
    let before = read(&pcscd, &desk, &[]);
    let digest = before["file"]["sha256"].as_str().unwrap();
    let check = ["check", "--card", "pcsc", "--against", digest];
    let code = || pcscd.simstrap(&desk, &check).output().unwrap().status.code();
    assert_eq!(code(), Some(0));
    served.does("deactivate");
    assert_eq!(code(), Some(4));
    served.does("activate");
    desk.put("new.bin", [0, 0, 0, 0]);
    served.does("update new.bin");
    assert_eq!(code(), Some(3));
    served.does("pull");
    pcscd.wait_for(&desk, false);
    assert_eq!(code(), Some(4));
}

/// What kept a card from being read, and the exit code.
fn in_the_way(pcscd: &Pcscd, desk: &Desk, card: &str) -> (i32, String) {
    let output = pcscd.simstrap(desk, &["read", "--card", card]).output().unwrap();
    let told = told(&output);
    let help = told.lines().last().unwrap_or_default();
    assert!(help.trim_start().starts_with("help: "), "{told}");
    (output.status.code().unwrap(), told)
}

#[test]
fn quirk_13_what_stands_in_the_way_is_told_apart() {
    let (desk, mut pcscd, mut served) = bench(&[]);
    let expect = |pcscd: &Pcscd, card: &str, expected: (i32, &str)| {
        let (code, told) = in_the_way(pcscd, &desk, card);
        assert_eq!(code, expected.0, "{told}");
        assert!(told.contains(expected.1), "{told}");
    };
    {
        let _holder = Holder::new(&desk, &pcscd);
        expect(&pcscd, "pcsc", (5, "another program keeps the card reader to itself"));
    }
    expect(&pcscd, "pcsc:Gemalto", (5, "no card reader has \"Gemalto\" in its name"));
    served.does("pull");
    pcscd.wait_for(&desk, false);
    expect(&pcscd, "pcsc", (4, "no card"));
    pcscd.stop();
    expect(&pcscd, "pcsc", (5, "the smart card service of the system does not run"));
}

/// The service goes, and with it the reader, while a device waits: the card is not gone for that.
#[test]
fn quirk_13_cr_09_a_reader_that_is_gone_is_no_card_that_is_gone() {
    let (desk, mut pcscd, _served) = bench(&[]);
    let mut run =
        pcscd.simstrap(&desk, &["run", "--dry-run", "--card", "pcsc", "--format", "json"]);
    let mut device = Device::spawn(&mut run);
    device.expect_operation("register", 1);
    pcscd.stop();
    device.send("update-now");
    let events = device.until("deferred");
    assert!(events.iter().all(|event| event["event"] != "operation"), "{events:#?}");
}
