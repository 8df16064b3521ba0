// SPDX-License-Identifier: Apache-2.0
//! `simstrap doctor`: it works without any hardware, and says what stands in the way.

use serde_json::Value;

use crate::{Desk, simstrap};

fn finding(desk: &Desk, spec: &str) -> (i32, Value) {
    let run = desk.run(&["doctor", "--card", spec, "--format", "json"]);
    let report = run.json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report}");
    (run.code, report["findings"][0].clone())
}

#[test]
fn a_card_that_can_be_read_is_well() {
    let run = simstrap(&["doctor", "--card", "virtual"]).ok();
    assert!(run.text().contains("ok      virtual\n        card 8988211000000123458 can be read"));
    let (code, finding) = finding(&Desk::new(), "virtual");
    assert_eq!((code, &finding["state"]), (0, &"readable".into()));
}

#[test]
fn without_bootstrap_data_there_is_nothing_to_read() {
    let desk = Desk::new();
    desk.put_card("none.toml", &[("deactivated-file = false", "deactivated-file = true ")]);
    let (code, finding) = finding(&desk, "virtual:none.toml");
    assert_eq!((code, &finding["state"]), (4, &"no-data".into()), "{finding}");
    assert!(finding["help"].is_string());
}

#[test]
fn ft_05_a_card_that_wants_a_pin_costs_no_try() {
    let desk = Desk::new();
    desk.put_card("c.toml", &[("read = \"always\"", "read = \"pin\"")]);
    let (code, finding) = finding(&desk, "virtual:c.toml");
    assert_eq!((code, &finding["state"]), (5, &"unreadable".into()), "{finding}");
    assert!(finding["help"].as_str().unwrap().contains("--pin-file"), "{finding}");
}

#[test]
fn a_modem_that_is_not_there_stands_in_the_way() {
    let (code, finding) = finding(&Desk::new(), "at:/nowhere/ttyUSB2");
    assert_eq!((code, &finding["state"]), (5, &"unreadable".into()), "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("no modem at /nowhere/ttyUSB2"));
    assert!(finding["help"].as_str().unwrap().contains("check the name of the port"));
}

/// Whatever this machine has, every place is named, and has a remedy where it is not well.
#[test]
fn everything_is_looked_at() {
    let run = simstrap(&["doctor", "--timeout", "1", "--format", "json"]);
    assert!([0, 4, 5].contains(&run.code), "{}", run.stderr);
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    let any =
        |start: &str| findings.iter().any(|f| f["place"].as_str().unwrap().starts_with(start));
    assert!(any("pcsc") && any("at"), "{report}");
    let states: Vec<_> = findings.iter().map(|finding| finding["state"].clone()).collect();
    assert_eq!(run.code == 0, states.contains(&"readable".into()), "{report}");
    for finding in findings.iter().filter(|finding| finding["state"] != "readable") {
        assert!(finding["help"].as_str().is_some_and(|help| !help.is_empty()), "{finding}");
    }
}

#[test]
fn what_names_no_card_is_an_error_of_usage() {
    simstrap(&["doctor", "--card", "nonsense"]).failed(1);
    simstrap(&["doctor", "--card", "virtual:nothing.toml"]).failed(1);
}
