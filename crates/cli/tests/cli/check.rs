// SPDX-License-Identifier: Apache-2.0
//! `simstrap check`: the same, changed, gone, or not to be told.

use serde_json::{Value, json};

use crate::read::{KEYS, PIN_CARD};
use crate::{Desk, SAMPLE, SAMPLE_SHA256, bytes, simstrap};

/// No data has this digest.
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn check(desk: &Desk, against: &str, arguments: &[&str]) -> (i32, Value) {
    let all = [&["check", "--format", "json", "--against", against], arguments].concat();
    let run = desk.run(&all);
    (run.code, run.json())
}

#[test]
fn cr_04_the_same_data_is_exit_code_0_and_other_data_3() {
    let desk = Desk::new();
    let same = json!({"result": "same", "sha256": SAMPLE_SHA256});
    assert_eq!(check(&desk, SAMPLE_SHA256, &[]), (0, same.clone()));
    assert_eq!(check(&desk, &SAMPLE_SHA256.to_uppercase(), &[]), (0, same));
    let changed = json!({"result": "changed", "sha256": SAMPLE_SHA256});
    assert_eq!(check(&desk, NONE, &[]), (3, changed));

    let run = simstrap(&["check", "--against", SAMPLE_SHA256]).ok();
    assert_eq!(run.text(), format!("same: {SAMPLE_SHA256}\n"));
    let run = simstrap(&["check", "--against", NONE]);
    assert_eq!((run.code, run.text()), (3, &*format!("changed: now {SAMPLE_SHA256}\n")));
}

#[test]
fn cr_04_padding_does_not_count_and_every_byte_in_use_does() {
    let desk = Desk::new();
    let mut data = bytes(SAMPLE);
    data.extend([0xFF; 7]);
    desk.put("b.bin", &data);
    let (before, after) = simstrap_virtual_card::SAMPLE.split_once("data = \"\"\"").unwrap();
    let (_, after) = after.split_once("\"\"\"").unwrap();
    desk.put("same.toml", format!("{before}data_file = 'b.bin'{after}"));
    assert_eq!(check(&desk, SAMPLE_SHA256, &["--card", "virtual:same.toml"]).0, 0);
    let last = data.len() - 8;
    data[last] ^= 1;
    desk.put("b.bin", &data);
    assert_eq!(check(&desk, SAMPLE_SHA256, &["--card", "virtual:same.toml"]).0, 3);
}

#[test]
fn cr_07_a_card_without_bootstrap_data_is_exit_code_4() {
    let desk = Desk::new();
    desk.put_card("none.toml", &[("deactivated-file = false", "deactivated-file = true ")]);
    let gone = json!({"result": "gone", "sha256": null});
    assert_eq!(check(&desk, SAMPLE_SHA256, &["--card", "virtual:none.toml"]), (4, gone));
    let run = desk.run(&["check", "--against", NONE, "--card", "virtual:none.toml"]);
    run.failed(4);
}

#[test]
fn cr_09_what_cannot_be_told_is_exit_code_5() {
    let desk = Desk::new();
    desk.put_card("c.toml", &[PIN_CARD]).put("pin", "1234");
    desk.put("keys.toml", KEYS.replace("404142", "a0a1a2"));
    let unknown = json!({"result": "unknown", "sha256": null});
    let card = ["--card", "virtual:c.toml"];
    assert_eq!(check(&desk, SAMPLE_SHA256, &card), (5, unknown.clone()));
    assert_eq!(check(&desk, SAMPLE_SHA256, &["--scp03", "keys.toml"]), (5, unknown));
    let with_pin = [&card[..], &["--pin-file", "pin"]].concat();
    assert_eq!(check(&desk, SAMPLE_SHA256, &with_pin).0, 0);
    desk.put("keys.toml", KEYS);
    assert_eq!(check(&desk, SAMPLE_SHA256, &["--scp03", "keys.toml"]).0, 0);
}

#[test]
fn a_digest_that_is_none_is_a_usage_error_with_help() {
    for (digest, length) in [("", 0), ("3b76", 4), (&NONE.replace('0', "g"), 64), ("é", 1)] {
        let run = simstrap(&["check", "--against", digest]);
        run.failed(1);
        let told = format!("64 hexadecimal digits, this is {length} characters");
        if !digest.is_empty() {
            assert!(run.stderr.contains(&told), "{digest}: {}", run.stderr);
        }
        assert!(run.stderr.contains("--against"), "{}", run.stderr);
    }
    simstrap(&["check"]).failed(1);
}
