// SPDX-License-Identifier: Apache-2.0
//! The story of the demo.

use crate::{SAMPLE_SHA256, simstrap};

#[test]
fn the_demo_tells_the_life_of_a_card() {
    let run = simstrap(&["demo"]).ok();
    assert_eq!(run.stderr, "");
    let chapters: Vec<_> = run
        .text()
        .lines()
        .filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()))
        .filter(|line| line.starts_with(' ') && !line.starts_with("  "))
        .map(str::trim)
        .collect();
    assert_eq!(
        chapters,
        [
            "1  The device boots and finds a card",
            "2  It looks for bootstrap data",
            "3  It opens a secure channel",
            "4  It reads the data",
            "5  It decides what to use",
            "6  What it cost",
        ]
    );
    for told in [
        "8988211000000123458",
        "A000000063504B43532D3135",
        "SCP03 level 0x33 (S8, key version 0x30",
        SAMPLE_SHA256,
        "apply (default)  coaps://eu.iot.avsystem.cloud:5684",
        "13 APDUs",
    ] {
        assert!(run.text().contains(told), "{told}");
    }
}

/// Every exchange of the reading is told once: as many as it cost.
#[test]
fn the_demo_shows_every_exchange() {
    let run = simstrap(&["demo"]).ok();
    let exchanges = run.text().lines().filter(|line| {
        let status = line.rsplit("  ").next().unwrap_or_default();
        line.starts_with("    ") && matches!(status, "90 00" | "62 82")
    });
    assert_eq!(exchanges.count(), 13, "{}", run.text());
}

#[test]
fn ft_04_the_demo_shows_no_key() {
    let run = simstrap(&["demo"]).ok();
    for key in [crate::SAMPLE_KEY, "3378406d", "40414243", "33 78 40 6D", "40 41 42 43"] {
        assert!(!run.text().contains(key), "{key}");
    }
}

#[test]
fn the_demo_fits_a_terminal_of_80_columns() {
    for line in simstrap(&["demo"]).ok().text().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
