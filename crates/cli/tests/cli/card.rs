// SPDX-License-Identifier: Apache-2.0
//! Making virtual cards.

use crate::{Desk, SAMPLE_SHA256, simstrap};

#[test]
fn a_new_card_can_be_read() {
    let desk = Desk::new();
    let made = desk.run(&["card", "new", "-o", "CARD.toml"]).ok();
    assert_eq!(made.everything(), "");
    assert_eq!(desk.get("CARD.toml"), simstrap_virtual_card::SAMPLE.as_bytes());
    let json = desk.run(&["read", "--card", "virtual:CARD.toml", "--format", "json"]).ok().json();
    assert_eq!(json["card"]["transport"], "virtual:CARD.toml");
    assert_eq!(json["file"]["sha256"], SAMPLE_SHA256);
}

#[test]
fn a_card_is_overwritten_by_force_only() {
    let desk = Desk::new();
    desk.put("CARD.toml", "mine");
    let run = desk.run(&["card", "new", "-o", "CARD.toml"]);
    run.failed(1);
    assert!(run.stderr.contains("it exists already"), "{}", run.stderr);
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
    assert_eq!(desk.get("CARD.toml"), b"mine");
    desk.run(&["card", "new", "-o", "CARD.toml", "--force"]).ok();
    assert_eq!(desk.get("CARD.toml"), simstrap_virtual_card::SAMPLE.as_bytes());
}

#[test]
fn a_card_can_go_to_standard_output() {
    let run = simstrap(&["card", "new", "-o", "-"]).ok();
    assert_eq!(run.text(), simstrap_virtual_card::SAMPLE);
}
