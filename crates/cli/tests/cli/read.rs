// SPDX-License-Identifier: Apache-2.0
//! Reading cards: secure channel, PIN, quirks, and the exit codes.

use serde_json::json;

use crate::{Desk, SAMPLE, SAMPLE_SHA256, bytes};

/// The key set of the built-in card.
pub(crate) const KEYS: &str = "\
enc = '404142434445464748494a4b4c4d4e4f'
mac = '404142434445464748494a4b4c4d4e4f'
dek = '404142434445464748494a4b4c4d4e4f'
";

fn quirk(name: &str) -> (String, String) {
    (format!("\n{name} = false"), format!("\n{name} = true"))
}

/// Reads the sample card with a quirk switched on.
fn read_with_quirk(name: &str, format: &str) -> crate::Run {
    let desk = Desk::new();
    let (off, on) = quirk(name);
    desk.put_card("c.toml", &[(&off, &on)]);
    desk.run(&["read", "--card", "virtual:c.toml", "--format", format])
}

#[test]
fn cr_03_scp03_protects_the_reading() {
    let desk = Desk::new();
    desk.put("keys.toml", KEYS);
    let run = desk.run(&["read", "--scp03", "keys.toml", "--format", "json"]).ok();
    let json = run.json();
    let expected = json!({
        "protocol": "SCP03", "level": "0x33", "mode": "S8", "key_version": 48, "i": "0x70"
    });
    assert_eq!(json["card"]["secure_channel"], expected);
    assert_eq!(json["file"]["sha256"], SAMPLE_SHA256);
    assert_eq!(json["cost"]["apdus"], 13);
    let table = desk.run(&["read", "--scp03", "keys.toml"]).ok();
    let line = "Channel   1, protected by SCP03 level 0x33 (S8, key version 0x30, i = 0x70)";
    assert!(table.text().contains(line), "{}", table.text());
}

#[test]
fn cr_03_level_mode_and_key_version_are_as_the_key_file_says() {
    let desk = Desk::new();
    let options = "level = '0x11'\nmode = 's8'\nkey_version = 0x30\ncounter = 'spec'\n";
    desk.put("keys.toml", KEYS.to_owned() + options);
    let json = desk.run(&["read", "--scp03", "keys.toml", "--format", "json"]).ok().json();
    assert_eq!(json["card"]["secure_channel"]["level"], "0x11");
    for (option, said) in [
        ("key_version = 0x31", "INITIALIZE UPDATE: the card refused"),
        ("mode = 's16'", "67 00 (wrong length); the card may want the other mode, S8 or S16"),
    ] {
        let run = desk.put("keys.toml", format!("{KEYS}{option}\n")).run(&[
            "read",
            "--card",
            "virtual",
            "--scp03",
            "keys.toml",
        ]);
        run.failed(5);
        assert!(run.stderr.contains(said), "{option}: {}", run.stderr);
    }
}

#[test]
fn wrong_keys_are_exit_code_5_and_shown_nowhere() {
    let desk = Desk::new();
    desk.put("keys.toml", KEYS.replace("404142", "a0a1a2"));
    let run = desk.run(&["read", "--card", "virtual", "--scp03", "keys.toml"]);
    run.failed(5);
    assert!(run.stderr.contains("the card's cryptogram is wrong"), "{}", run.stderr);
    assert!(run.stderr.contains("help: check keys and key version"), "{}", run.stderr);
}

#[test]
fn bs_04_scp03_keys_in_the_data_are_found() {
    let desk = Desk::new();
    let key = "404142434445464748494a4b4c4d4e4f";
    let toml = desk.run(&["read", "--format", "toml", "--show-secrets"]).ok();
    let toml = toml.text().replace("3378406d706c3350354b3533637233744b3379", key);
    desk.put("d.toml", toml).run(&["encode", "d.toml", "-o", "b.bin"]).ok();
    let sample = simstrap_virtual_card::SAMPLE;
    let (before, rest) = sample.split_once("data = \"\"\"").unwrap();
    let (_, after) = rest.split_once("\"\"\"").unwrap();
    desk.put("c.toml", format!("{before}data_file = 'b.bin'{after}")).put("keys.toml", KEYS);
    let arguments = ["read", "--card", "virtual:c.toml", "--format", "json"];
    let json = desk.run(&[&arguments[..], &["--scp03", "keys.toml"]].concat()).json();
    assert_eq!(json["findings"][0]["rule"], "BS-04", "{}", json["findings"]);
    assert_eq!(desk.run(&arguments).ok().json()["findings"], json!([]));
}

#[cfg(unix)]
#[test]
fn ft_04_files_with_secrets_that_others_can_read_are_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.put("keys.toml", KEYS).put("pin", "1234\n");
    let arguments = ["read", "--scp03", "keys.toml", "--pin-file", "pin"];
    assert_eq!(desk.run(&arguments).ok().stderr, "");
    for (file, mode) in [("keys.toml", 0o640), ("pin", 0o604)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(desk.path(file), permissions).unwrap();
        let run = desk.run(&arguments).ok();
        let expected = format!("warning: {file} is open to other users: chmod 600 {file}\n");
        assert_eq!(run.stderr, expected);
        desk.put(file, desk.get(file));
    }
}

pub(crate) const PIN_CARD: (&str, &str) = ("read = \"always\"", "read = \"pin\"");

#[test]
fn a_pin_is_taken_from_a_file_or_from_standard_input() {
    let desk = Desk::new();
    desk.put_card("c.toml", &[PIN_CARD]).put("pin", "1234\n");
    let card = ["read", "--card", "virtual:c.toml", "--format", "raw"];
    let run = desk.run(&[&card[..], &["--pin-file", "pin"]].concat()).ok();
    assert_eq!(run.stdout, bytes(SAMPLE));
    let run = desk.run_with(&[&card[..], &["--pin-file", "-"]].concat(), b"1234\r\nmore").ok();
    assert_eq!(run.stdout, bytes(SAMPLE));
    let without = desk.run(&card);
    without.failed(5);
    assert!(without.stderr.contains("--pin-file FILE, or --pin-file - to be asked"));
}

#[test]
fn ft_05_a_pin_is_not_tried_when_one_try_is_left_unless_told_to() {
    let desk = Desk::new();
    desk.put_card("c.toml", &[PIN_CARD, ("tries = 3", "tries = 1")]).put("pin", "1234");
    let card = ["read", "--card", "virtual:c.toml", "--pin-file", "pin"];
    let run = desk.run(&card);
    run.failed(5);
    assert!(run.stderr.contains("1 try left and was not tried"), "{}", run.stderr);
    assert!(run.stderr.contains("--pin-last-try"), "{}", run.stderr);
    desk.run(&[&card[..], &["--pin-last-try"]].concat()).ok();
}

#[test]
fn a_wrong_pin_is_exit_code_5_and_tells_the_tries_left() {
    let desk = Desk::new();
    desk.put_card("c.toml", &[PIN_CARD]).put("pin", "97531");
    let run = desk.run(&["read", "--card", "virtual:c.toml", "--pin-file", "pin"]);
    run.failed(5);
    assert!(run.stderr.contains("local PIN1 is wrong, 2 tries left"), "{}", run.stderr);
    assert!(!run.everything().contains("97531"));
}

#[test]
fn what_is_no_pin_is_a_usage_error() {
    let desk = Desk::new();
    let long = "1".repeat(100);
    for (content, said) in
        [("", "four to eight digits"), ("12a4", "four to eight digits"), (&long, "longer than 64")]
    {
        let run = desk.put("pin", content).run(&["read", "--card", "virtual", "--pin-file", "pin"]);
        run.failed(1);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    desk.run(&["read", "--card", "virtual", "--pin-file", "none"]).failed(1);
    desk.run_with(&["read", "--card", "virtual", "--pin-file", "-"], b"").failed(1);
    desk.run(&["read", "--card", "virtual", "--pin-last-try"]).failed(1);
}

#[test]
fn quirks_of_the_card_are_told() {
    for (quirk, name) in [
        ("double-encoded-oid", "double-encoded-oid"),
        ("no-sfi-6a82", "no-sfi"),
        ("9fxx-status", "9fxx-status"),
        ("dir-truncated-aid", "ef-dir-truncated-aid"),
    ] {
        let run = read_with_quirk(quirk, "json").ok();
        assert_eq!(run.json()["quirks"], json!([name]));
        assert_eq!(run.json()["file"]["sha256"], SAMPLE_SHA256);
        let table = read_with_quirk(quirk, "table").ok();
        assert!(table.text().contains(&format!("\nQuirks    {name}\n")), "{}", table.text());
    }
}

#[test]
fn exit_code_4_when_there_is_no_bootstrap_data() {
    for (quirk, said) in [
        ("deactivated-file", "file 6432 is deactivated"),
        ("dir-missing", "no list of applications"),
    ] {
        let run = read_with_quirk(quirk, "json");
        run.failed(4);
        assert!(run.stderr.contains("error: there is no bootstrap data on the card"));
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn exit_code_5_when_the_card_cannot_be_read() {
    for (quirk, said) in [
        ("endless-61xx", "no end after 260 exchanges"),
        ("all-channels-taken-6a81", "the card gives no logical channel"),
    ] {
        let run = read_with_quirk(quirk, "json");
        run.failed(5);
        assert!(run.stderr.contains("error: the card could not be read"));
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn exit_code_2_when_the_data_is_malformed_and_raw_has_it_still() {
    let run = read_with_quirk("declared-size-larger-than-file", "json");
    run.failed(2);
    assert!(run.stderr.contains("byte 114 (/1): "), "{}", run.stderr);
    assert!(run.stderr.contains("simstrap read --format raw"), "{}", run.stderr);
    let raw = read_with_quirk("declared-size-larger-than-file", "raw");
    assert_eq!((raw.code, &raw.stdout[..]), (2, &bytes(SAMPLE)[..118]));
}

#[test]
fn exit_code_2_when_the_file_on_the_card_was_never_written() {
    let desk = Desk::new();
    desk.put("blank.bin", [0xFF; 256]);
    desk.put("c.toml", "iccid = \"8988211000000999990\"\n[bootstrap]\ndata_file = \"blank.bin\"\n");
    let run = desk.run(&["read", "--card", "virtual:c.toml"]);
    run.failed(2);
    assert!(run.stderr.contains("caused by: byte 0: the header is FF FF FF FF: the file is blank"));
    assert!(run.stderr.contains("help: write data to it: simstrap card write"), "{}", run.stderr);
}

#[test]
fn exit_code_2_when_the_data_is_inconsistent() {
    let desk = Desk::new();
    // The Server instance gets another short server id.
    desk.put_card("c.toml", &[("c10001c4", "c10002c4")]);
    let run = desk.run(&["read", "--card", "virtual:c.toml", "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    let json = run.json();
    assert_eq!(json["accounts"]["servers"][0]["verdict"], "refuse");
    assert_eq!(json["accounts"]["servers"][0]["reason"], "inconsistent: CS-02");
    assert_eq!(json["findings"][0]["path"], "/0/1/10");
    let table = desk.run(&["read", "--card", "virtual:c.toml"]);
    assert_eq!(table.code, 2);
    assert!(table.text().contains("refuse (inconsistent: CS-02)"), "{}", table.text());
    assert!(table.text().contains("  error  CS-02  /0/1/10  no Server instance has short server"));
}

#[test]
fn a_card_that_is_none_is_a_usage_error() {
    let desk = Desk::new();
    desk.put("bad.toml", "iccid = 5")
        .put_card("pin.toml", &[("value = \"1234\"", "value = 97531")]);
    for (spec, said) in [
        ("pcsc:", "followed by nothing"),
        ("at:", "followed by no port"),
        ("at:/dev/ttyUSB2@1234", "no baud rate"),
        ("at+tcp:localhost", "is not HOST:PORT"),
        ("card.toml", "names no card"),
        ("virtual:", "followed by nothing"),
        ("virtual:none.toml", "No such file"),
        ("virtual:bad.toml", "line 1, `iccid`"),
        ("virtual:pin.toml", "`value`"),
        ("virtual:.", "directory"),
    ] {
        let run = desk.run(&["read", "--card", spec]);
        run.failed(1);
        assert!(run.stderr.contains(said), "{spec}: {}", run.stderr);
        assert!(!run.stderr.contains("97531"), "{}", run.stderr);
    }
}

#[test]
fn what_is_no_key_file_is_a_usage_error() {
    let desk = Desk::new();
    let long = format!("# {}\n", "x".repeat(20_000));
    for (content, said) in [
        ("", "`enc` is missing"),
        ("enc = ", "line 1"),
        ("enc = 'zz'", "line 1: `enc` must be 16, 24 or 32 bytes"),
        ("key = 1", "line 1: `key` is not known here"),
        (&long, "longer than 16384 bytes"),
    ] {
        let run = desk.put("keys.toml", content).run(&[
            "read",
            "--card",
            "virtual",
            "--scp03",
            "keys.toml",
        ]);
        run.failed(1);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    desk.put("keys.toml", [0xFF, 0xFE]);
    desk.run(&["read", "--card", "virtual", "--scp03", "keys.toml"]).failed(1);
    desk.run(&["read", "--card", "virtual", "--scp03", "none.toml"]).failed(1);
    desk.run(&["read", "--card", "virtual", "--scp03", "."]).failed(1);
}
