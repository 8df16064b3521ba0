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
        .filter_map(|line| {
            let (number, title) = line.get(..2).zip(line.get(2..))?;
            number.trim().parse::<u8>().ok().map(|number| format!("{number}{title}"))
        })
        .collect();
    assert_eq!(
        chapters,
        [
            "1  The device boots and finds a card",
            "2  It looks for bootstrap data",
            "3  It opens a secure channel",
            "4  It reads the data",
            "5  It decides what to use",
            "6  It applies the data and registers",
            "7  The registration has to be updated",
            "8  The operator adds a server, over the air",
            "9  The key of the first server changes",
            "10  The card is pulled",
            "11  Another card is put in",
            "12  A server that is really there",
            "13  What it cost",
        ]
    );
    for told in [
        "8988211000000123458",
        "A000000063504B43532D3135",
        "SCP03 level 0x33 (S8, key version 0x30",
        SAMPLE_SHA256,
        "apply (default)  coaps://eu.iot.avsystem.cloud:5684",
        "13 APDUs",
        "The look before an Update: 1 APDU,",
        "registered with coap://127.0.0.1:",
        "POST /rd, answered with 2.01, /rd/1",
        "POST /rd/1, answered with 2.04",
        "DELETE /rd/1, answered with 2.02",
    ] {
        assert!(run.text().contains(told), "{told}");
    }
}

/// Every exchange of the reading is told once: as many as it cost. The look before an Update is one
/// more.
#[test]
fn the_demo_shows_every_exchange_of_a_look() {
    let run = simstrap(&["demo"]).ok();
    let exchanges = run.text().lines().filter(|line| {
        let status = line.rsplit("  ").next().unwrap_or_default();
        line.starts_with("    ") && matches!(status, "90 00" | "62 82")
    });
    assert_eq!(exchanges.count(), 13 + 1, "{}", run.text());
}

/// The lines of a chapter.
fn chapter(story: &str, number: u8) -> Vec<&str> {
    let is_heading = |line: &&str| line.get(..2).is_some_and(|n| n.trim().parse() == Ok(number));
    let lines = story.lines().skip_while(|line| !is_heading(line)).skip(1);
    lines.take_while(|line| line.is_empty() || line.starts_with("  ")).map(str::trim).collect()
}

/// Asserts that lines of a chapter come in this order.
fn in_order(lines: &[&str], expected: &[&str]) {
    let mut rest = lines.iter();
    for line in expected {
        assert!(rest.any(|told| told.starts_with(line)), "{line} in {lines:#?}");
    }
}

#[test]
fn cr_04_the_update_waits_for_a_look_of_one_exchange() {
    let run = simstrap(&["demo"]).ok();
    let update = chapter(run.text(), 7);
    in_order(
        &update,
        &["looked at the card: nothing new (1 APDU)", "would update the registration"],
    );
}

#[test]
fn cr_05_bs_03_a_changed_key_closes_its_session_and_leaves_the_other_server_alone() {
    let run = simstrap(&["demo"]).ok();
    in_order(&chapter(run.text(), 8), &["enable server 2", "keep server 1", "would register"]);
    let changed = chapter(run.text(), 9);
    in_order(
        &changed,
        &[
            "close the session with server 1",
            "disable server 1",
            "write /0/1",
            "enable server 1",
            "keep server 2",
            "would register with coaps://eu.iot.avsystem.cloud:5684",
        ],
    );
    assert!(!changed.contains(&"disable server 2"), "{changed:?}");
}

#[test]
fn cr_07_bs_01_a_pulled_card_takes_its_accounts_along_and_the_factory_is_next() {
    let run = simstrap(&["demo"]).ok();
    in_order(
        &chapter(run.text(), 10),
        &["remove /0/1", "remove /1/2", "factory data is used", "would register with coap://fac"],
    );
    let other = chapter(run.text(), 11);
    in_order(&other, &["write /0/2", "would register with coap://backup.example.com"]);
    assert!(!other.iter().any(|line| line.starts_with("remove")), "dd_01: {other:?}");
}

#[test]
fn cr_05_cr_07_a_server_that_is_there_hears_of_the_move_and_of_the_end() {
    let run = simstrap(&["demo"]).ok();
    in_order(
        &chapter(run.text(), 12),
        &[
            "registered with coap://127.0.0.1:",
            "updated the registration with coap://127.0.0.1:",
            "de-registered from coap://127.0.0.1:",
            "disable server 1",
            "registered with coap://127.0.0.1:",
            "remove /0/1",
            "POST /rd, answered with 2.01, /rd/1",
            "POST /rd/1, answered with 2.04",
            "DELETE /rd/1, which wants no answer",
            "POST /rd, answered with 2.01, /rd/1",
            "DELETE /rd/1, answered with 2.02",
        ],
    );
}

#[test]
fn ft_04_the_demo_shows_no_key() {
    let run = simstrap(&["demo"]).ok();
    for key in [crate::SAMPLE_KEY, "3378406d", "40414243", "33 78 40 6D", "40 41 42 43", "4n0th3r"]
    {
        assert!(!run.text().contains(key), "{key}");
    }
}

#[test]
fn the_demo_fits_a_terminal_of_80_columns() {
    for line in simstrap(&["demo"]).ok().text().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
