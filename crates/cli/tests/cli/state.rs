// SPDX-License-Identifier: Apache-2.0
//! `--state`: what a device keeps, and what is wrong with where it keeps it.

use serde_json::json;

use crate::device::Device;
use crate::run::OTHER;
use crate::{Desk, Run};

const RUN: [&str; 5] = ["run", "--dry-run", "--once", "--state", "DIR"];

/// A device that has run once with the sample card.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.run(&RUN).ok();
    desk
}

fn again(desk: &Desk) -> Run {
    desk.run(&RUN).ok()
}

#[test]
fn ft_01_what_came_from_the_card_is_there_after_a_restart() {
    let run = again(&desk());
    assert!(run.text().contains("state in DIR (2 instances)"), "{}", run.text());
    assert!(!run.text().contains("write /"), "{}", run.text());
    assert!(run.text().contains("would register with coaps://eu.iot"), "{}", run.text());
}

#[cfg(unix)]
#[test]
fn ft_04_only_the_owner_can_read_what_is_kept() {
    use std::os::unix::fs::MetadataExt;

    let desk = desk();
    let mode = |name: &str| std::fs::metadata(desk.path(name)).unwrap().mode() & 0o777;
    assert_eq!(mode("DIR"), 0o700);
    assert_eq!((mode("DIR/device.json"), mode("DIR/record.cbor")), (0o600, 0o600));
    let kept = String::from_utf8(desk.get("DIR/device.json")).unwrap();
    assert!(kept.contains("3378406d"), "the key is kept, so it matters");
}

#[test]
fn ft_02_a_damaged_record_counts_as_none_and_the_card_is_processed_afresh() {
    let desk = desk();
    for damage in [&b""[..], b"garbage", &[0; 20_000]] {
        desk.put("DIR/record.cbor", damage);
        let run = again(&desk);
        assert!(run.text().contains("write /0/1"), "{}", run.text());
        assert!(!again(&desk).text().contains("write /0/1"), "it is in step again");
    }
}

#[test]
fn ft_02_a_damaged_device_file_is_an_error_and_nothing_is_lost() {
    let desk = desk();
    let (whole, record) = (desk.get("DIR/device.json"), desk.get("DIR/record.cbor"));
    let text = String::from_utf8(whole.clone()).unwrap();
    let cut = &text[..text.len() / 2];
    for damaged in [
        "",
        "{",
        cut,
        &text.replace("\"version\": 1", "\"version\": 2"),
        &text.replace("smartcard", "smartcart"),
        &text.replacen("c80022", "c80023", 1),
        &text.replacen("c80022", "c8002g", 1),
        &text.replacen("\"object\": 1", "\"object\": 0", 1),
        &text.replace("\"disabled\"", "\"disable\""),
        &text.replace("\"disabled\": []", "\"disabled\": [65535]"),
        &" ".repeat(300_000),
    ] {
        assert_ne!(damaged, text);
        desk.put("DIR/device.json", damaged);
        for arguments in [&RUN[..], &["read", "--card", "virtual", "--state", "DIR"]] {
            let run = desk.run(arguments);
            run.failed(1);
            assert!(run.stderr.contains("DIR/device.json is damaged: "), "{}", run.stderr);
            assert!(run.stderr.contains("move DIR/device.json away"), "{}", run.stderr);
            assert!(!run.stderr.contains("3378406d"), "ft_04: {}", run.stderr);
        }
        assert_eq!(desk.get("DIR/device.json"), damaged.as_bytes());
    }
    desk.put("DIR/device.json", &whole).put("DIR/record.cbor", &record);
    assert!(!again(&desk).text().contains("write /0/1"));
}

#[test]
fn a_record_of_a_device_that_is_gone_is_not_believed() {
    let desk = desk();
    std::fs::remove_file(desk.path("DIR/device.json")).unwrap();
    let plan = desk.run(&["read", "--state", "DIR", "--format", "json"]).ok().json();
    assert_eq!(plan["plan"][0]["action"], "write", "nor is it when one only looks");
    let run = again(&desk);
    assert!(run.text().contains("write /0/1"), "{}", run.text());
}

#[test]
fn a_record_of_another_time_is_brought_into_step() {
    let desk = desk();
    let old = desk.get("DIR/record.cbor");
    desk.put("other.toml", OTHER);
    let mut device = Device::start(&desk, &["--state", "DIR"]);
    device.expect_operation("register", 1);
    device.send("update other.toml");
    device.send("hint");
    device.expect_operation("register", 7);
    device.send("stop");
    device.end();
    desk.put("DIR/record.cbor", old);
    let run = again(&desk);
    assert!(run.text().contains("would register with coaps://eu.iot"), "{}", run.text());
    assert!(!run.text().contains("would register with coap://other"), "{}", run.text());
}

#[test]
fn places_where_nothing_can_be_kept_are_told() {
    let desk = Desk::new();
    desk.put("file", "").put("DIR", "");
    for (arguments, told) in [
        (&["run", "--dry-run", "--once", "--state", "file"][..], "--state takes a directory"),
        (&["run", "--dry-run", "--once", "--state", "file/DIR"], "--state takes a directory"),
        (&["read", "--card", "virtual", "--state", "nowhere"], "cannot read nowhere"),
        (&["read", "--card", "virtual", "--state", "file"], "cannot read file"),
    ] {
        let run = desk.run(arguments);
        run.failed(1);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn two_devices_do_not_share_a_directory() {
    let desk = Desk::new();
    let mut device = Device::start(&desk, &["--state", "DIR"]);
    device.expect_operation("register", 1);
    let run = desk.run(&RUN);
    run.failed(1);
    assert!(run.stderr.contains("DIR is in use by another simstrap"), "{}", run.stderr);
    desk.run(&["read", "--card", "virtual", "--state", "DIR"]).ok();
    device.send("stop");
    device.end();
    again(&desk);
}

/// A full disk, as far as a test can have one: no file may grow beyond this many blocks.
#[cfg(unix)]
fn limited(desk: &Desk, blocks: u32, arguments: &str) -> std::process::Command {
    let binary = env!("CARGO_BIN_EXE_simstrap");
    // Without the signal that would end it, writing more is an error like that of a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {binary} {arguments}");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(desk.path("."));
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command
}

#[cfg(unix)]
#[test]
fn ft_02_a_full_disk_at_the_start_is_an_error() {
    let desk = Desk::new();
    let run = crate::finish(
        &mut limited(&desk, 0, "run --dry-run --once --state DIR --card virtual"),
        b"",
    );
    run.failed(1);
    assert!(run.stderr.contains("cannot write DIR/device.json"), "{}", run.stderr);
    again(&desk);
}

#[cfg(unix)]
#[test]
fn ft_01_ft_02_a_full_disk_later_loses_nothing_and_uses_nothing_half() {
    let desk = desk();
    desk.put("other.toml", OTHER);
    let before = (desk.get("DIR/device.json"), desk.get("DIR/record.cbor"));
    let mut device = Device::spawn(&mut limited(
        &desk,
        0,
        "run --dry-run --format json --state DIR --card virtual",
    ));
    device.expect_operation("register", 1);
    device.send("update other.toml");
    device.send("update-now");
    let causes = device.expect("trouble")["causes"].to_string();
    assert!(causes.contains("cannot write DIR/record.cbor"), "{causes}");
    let events = device.until("deferred");
    assert!(events.contains(&json!({"event": "not-carried-out", "attempt": 1})), "{events:?}");
    device.send("stop");
    device.end();
    assert_eq!((desk.get("DIR/device.json"), desk.get("DIR/record.cbor")), before);
    let run = again(&desk);
    assert!(!run.text().contains("write /"), "the card in software is the sample again");
}

#[test]
fn the_plan_of_a_device_that_ran_is_shown() {
    let desk = desk();
    let actions = |arguments: &[&str]| {
        let all = [&["read", "--state", "DIR", "--format", "json"], arguments].concat();
        let json = desk.run(&all).ok().json();
        let plan = json["plan"].as_array().unwrap().clone();
        plan.iter().map(|step| step["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(actions(&[]), ["keep"]);
    desk.put("ignore.toml", "default = \"ignore\"");
    assert!(actions(&["--policy", "ignore.toml"]).contains(&"disable".to_owned()), "dd_02");
    desk.put_card("other.toml", &[("8988211000000123458", "8988211000000999997")]);
    let other = actions(&["--card", "virtual:other.toml"]);
    assert_eq!(other.first().map(String::as_str), Some("deregister"), "cr_07: {other:?}");
    assert!(other.contains(&"remove".to_owned()) || other.contains(&"write".to_owned()));
}
