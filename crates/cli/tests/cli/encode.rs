// SPDX-License-Identifier: Apache-2.0
//! From a description to the file, and round trips.

use crate::{Desk, SAMPLE, TWO_SERVERS, bytes};

/// 16-bit ids everywhere, a version, an 8-byte value, an empty one, an object without a name.
const WIDE_IDS: &str = "000100364321020500302812342ce00100c8ff080000010000000000c809\
0a7878787878787878787888070e40006801ff080000000000000000";

const FORMATS: [&str; 3] = ["json", "toml", "senml"];

#[test]
fn what_is_shown_with_secrets_encodes_to_the_same_bytes() {
    let desk = Desk::new();
    for (name, file) in [("sample", SAMPLE), ("two servers", TWO_SERVERS), ("wide ids", WIDE_IDS)] {
        let file = bytes(file);
        for format in FORMATS {
            let arguments = ["decode", "-", "--show-secrets", "--format", format];
            let shown = desk.run_with(&arguments, &file);
            let encoded = desk.run_with(&["encode", "-", "-o", "-"], &shown.stdout);
            assert_eq!(encoded.stdout, file, "{name} as {format}: {}", encoded.stderr);
            assert_eq!(encoded.code, shown.code, "{name} as {format}");
            let from = ["encode", "-", "-o", "-", "--from", format];
            assert_eq!(desk.run_with(&from, &shown.stdout).stdout, file, "{name} from {format}");
        }
    }
}

#[test]
fn the_format_is_told_by_the_name_of_the_file() {
    let desk = Desk::new();
    desk.put("d.toml", "[0.0]\n").put("d.json", "{\"objects\": []}").put("d.senml", "[]");
    for name in ["d.toml", "d.json", "d.senml"] {
        let run = desk.run(&["encode", name, "-o", "out.bin"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert_eq!(desk.get("out.bin")[..2], [0, u8::from(name == "d.toml")]);
        let other = if name == "d.json" { "toml" } else { "json" };
        desk.run(&["encode", name, "-o", "out.bin", "--from", other]).failed(2);
    }
}

#[test]
fn toml_for_people() {
    let desk = Desk::new();
    let description = "
        # By hand: shortest forms, text for bytes, numbers in other bases.
        [0.0]
        0 = 'coaps://dm.example.net'
        1 = false
        2 = 0
        3 = { text = 'device 7' }
        5 = '00 01 02 03'
        10 = 0x65
        16 = [49320, { }] # two
        [1.0]
        0 = 101
        1 = 86_400
        6 = true
        7 = 'U'
        10 = '11:0'
        [9999.1]
        0 = { type = 'string', value = 'x' }
        1 = { type = 'integer', instances = { 5 = -1 } }
        2 = { 7 = 'ff' }
        3 = { type = 'float', value = 1 }
        4 = {}
    ";
    let run = desk.put("d.toml", description).run(&["encode", "d.toml", "-o", "b.bin"]);
    run.failed(2);
    assert!(run.stderr.contains("line 10 (/0/0/16/1): a table is no unsigned"), "{}", run.stderr);
    desk.put("d.toml", description.replace(", { }", "").replace("        4 = {}\n", ""));
    desk.run(&["encode", "d.toml", "-o", "b.bin"]).ok();
    let json = desk.run(&["decode", "b.bin", "--format", "json", "--show-secrets"]).ok().json();
    let value = |object: usize, resource: usize| {
        json["objects"][object]["instances"][0]["resources"][resource]["value"].clone()
    };
    assert_eq!(value(0, 3), hex::encode("device 7"));
    assert_eq!(value(0, 4), "00010203");
    assert_eq!(value(0, 5), 101);
    assert_eq!(value(1, 4), "11:0");
    assert_eq!(value(2, 0), hex::encode("x"));
    assert_eq!(value(2, 3), hex::encode(1_f32.to_be_bytes()));
    let unknown = &json["objects"][2]["instances"][0]["resources"];
    assert_eq!(unknown[1]["instances"][0]["id"], 5);
    assert_eq!(unknown[1]["instances"][0]["value"], "ff");
    assert_eq!(unknown[2]["instances"][0]["id"], 7);
}

#[test]
fn senml_of_others_is_understood() {
    let desk = Desk::new();
    let records = r#"[
        {"bn": "/1/0/", "bt": 1.5e9, "bver": 10},
        {"n": "0", "v": 101, "u": "1", "extra": {"ignored": []}},
        {"n": "1", "v": 60},
        {"bn": "", "n": "/9999/0/0/3", "vd": "AQI="},
        {"n": "/9999/0/1", "v": 0.5},
        {"n": "/9999/0/2", "vb": true},
        {"n": "/9999/0/3", "vlo": "1:0"},
        {"n": "/9999/0/4", "vs": "é"},
        {"n": "/9999/0/0/1", "vd": "_-8"},
        {"n": "/1/0/7", "vs": "U"}
    ]"#;
    let run = desk.run_with(&["encode", "-", "-o", "b.bin"], records.as_bytes());
    assert_eq!(run.code, 2, "no account: {}", run.stderr);
    let json = desk.run(&["decode", "b.bin", "--format", "json"]).json();
    let resources = &json["objects"][1]["instances"][0]["resources"];
    let values: Vec<_> = (1..5).map(|index| resources[index]["value"].clone()).collect();
    assert_eq!(values, ["3f000000", "01", "00010000", "c3a9"]);
    assert_eq!(resources[0]["instances"][0]["value"], "0102");
    assert_eq!(resources[0]["instances"][1]["value"], "ffef");
    assert_eq!(json["objects"][0]["instances"][0]["resources"][2]["value"], "U");
}

#[test]
fn size_fills_up_with_ff() {
    let desk = Desk::new();
    let shown = desk.run(&["read", "--format", "toml", "--show-secrets"]).ok();
    desk.put("d.toml", &shown.stdout);
    desk.run(&["encode", "d.toml", "-o", "b.bin", "--size", "256"]).ok();
    let file = desk.get("b.bin");
    assert_eq!((file.len(), &file[..126]), (256, &bytes(SAMPLE)[..]));
    assert!(file[126..].iter().all(|byte| *byte == 0xFF));
    desk.run(&["encode", "d.toml", "-o", "b.bin", "--size", "126"]).ok();
    assert_eq!(desk.get("b.bin"), bytes(SAMPLE));
    let run = desk.run(&["encode", "d.toml", "-o", "c.bin", "--size", "125"]);
    run.failed(1);
    assert!(run.stderr.contains("126 bytes, more than the 125"), "{}", run.stderr);
    desk.run(&["encode", "d.toml", "-o", "c.bin", "--size", "32769"]).failed(1);
    desk.run(&["encode", "d.toml", "-o", "c.bin", "--size", "32768"]).ok();
    assert_eq!(desk.get("c.bin").len(), 32768);
}

/// What is inconsistent can be made, for tests of others; but not unnoticed.
#[test]
fn inconsistent_data_is_written_and_reported() {
    let desk = Desk::new();
    let run = desk.put("d.toml", "[0.0]\n10 = 5").run(&["encode", "d.toml", "-o", "b.bin"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("error: CS-02 (/0/0/10): no Server instance"), "{}", run.stderr);
    assert_eq!(desk.get("b.bin"), bytes("0001000a00000000050300c10a05"));
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let desk = Desk::new();
    desk.put("good.toml", "[0.0]\n10 = 5").put("bad.toml", "[0.0]\n10 = ");
    desk.put("b.bin", "precious");
    desk.run(&["encode", "bad.toml", "-o", "b.bin"]).failed(2);
    desk.run(&["encode", "good.toml", "-o", "b.bin", "--size", "3"]).failed(1);
    assert_eq!(desk.get("b.bin"), b"precious");
    desk.run(&["encode", "good.toml", "-o", "b.bin"]);
    assert_eq!(desk.get("b.bin").len(), 14);
    let left: Vec<_> = std::fs::read_dir(desk.path(".")).unwrap().collect();
    assert_eq!(left.len(), 3, "no temporary file is left: {left:?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_stays_what_it_is() {
    let desk = Desk::new();
    desk.put("good.toml", "[0.0]\n10 = 5").put("target.bin", "old");
    std::os::unix::fs::symlink("target.bin", desk.path("link.bin")).unwrap();
    let run = desk.run(&["encode", "good.toml", "-o", "link.bin"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(desk.path("link.bin").is_symlink());
    assert_eq!(desk.get("target.bin").len(), 14);
    let run = desk.run(&["encode", "good.toml", "-o", "/dev/null"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn ft_04_a_file_with_keys_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.put("good.toml", "[0.0]\n10 = 5").run(&["encode", "good.toml", "-o", "b.bin"]);
    let mode = std::fs::metadata(desk.path("b.bin")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}
