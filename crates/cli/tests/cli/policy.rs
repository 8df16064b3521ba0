// SPDX-License-Identifier: Apache-2.0
//! `--policy`, and every example of `docs/policy.md`.

use serde_json::Value;

use crate::{Desk, SAMPLE, TWO_SERVERS, bytes, simstrap};

const DOCUMENT: &str = include_str!("../../../../docs/policy.md");

/// The examples of the document.
fn policies_of_the_document() -> Vec<&'static str> {
    DOCUMENT.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn verdicts(json: &Value) -> Vec<(u64, String)> {
    let servers = json["accounts"]["servers"].as_array().unwrap().iter();
    let verdict = |server: &Value| {
        let told = [&server["verdict"], &server["reason"]].map(|v| v.as_str().unwrap());
        (server["short_server_id"].as_u64().unwrap(), told.join(": "))
    };
    servers.map(verdict).collect()
}

#[test]
fn every_policy_of_the_document_is_one_for_read_decode_and_run() {
    let policies = policies_of_the_document();
    assert!(policies.len() >= 7, "{}", policies.len());
    let desk = Desk::new();
    desk.put("two.bin", bytes(TWO_SERVERS)).put("factory.toml", crate::FACTORY);
    for policy in policies {
        desk.put("p.toml", policy);
        desk.run(&["read", "--policy", "p.toml"]).ok();
        desk.run(&["decode", "two.bin", "--policy", "p.toml"]).ok();
        desk.run(&[
            "run",
            "--dry-run",
            "--once",
            "--policy",
            "p.toml",
            "--factory",
            "factory.toml",
        ])
        .ok();
    }
}

#[test]
fn cr_02_verdicts_are_told_with_the_rule_that_gave_them() {
    let desk = Desk::new();
    desk.put("two.bin", bytes(TWO_SERVERS));
    desk.put(
        "p.toml",
        "default = \"ignore\"\n[[rule]]\nname = \"ours\"\nuri = \"coaps://*.example.net\"\n\
         decision = \"apply\"\n",
    );
    let arguments = ["decode", "two.bin", "--policy", "p.toml", "--format", "json"];
    let json = desk.run(&arguments).ok().json();
    let expected = [(101, "apply: rule 1 (ours)"), (102, "ignore: default")];
    assert_eq!(verdicts(&json), expected.map(|(id, told)| (id, told.to_owned())));
    let plan = json["plan"].as_array().unwrap();
    assert!(plan.iter().any(|step| step["action"] == "enable" && step["short_server_id"] == 101));
    assert!(!plan.iter().any(|step| step["short_server_id"] == 102), "{plan:?}");

    desk.put("few.toml", "[objects]\nsupported = [2]\nothers = \"skip\"\n");
    let arguments = ["decode", "two.bin", "--policy", "few.toml", "--format", "json"];
    let json = desk.run(&arguments).ok().json();
    let last = json["plan"].as_array().unwrap().last().unwrap();
    assert_eq!(*last, serde_json::json!({"action": "skip", "path": "/11/0"}));

    let table = desk.run(&["decode", "two.bin", "--policy", "p.toml"]).ok();
    for told in ["apply (rule 1 (ours))", "ignore (default)", "Plan\n", "enable server 101"] {
        assert!(table.text().contains(told), "{told}: {}", table.text());
    }
}

#[test]
fn cr_03_a_policy_that_demands_a_secure_channel_refuses_what_was_read_in_the_clear() {
    let desk = Desk::new();
    desk.put("p.toml", "secure_channel = \"33\"").put("keys.toml", crate::read::KEYS);
    let read = ["read", "--policy", "p.toml", "--format", "json"];
    let json = desk.run(&read).ok().json();
    let told = "refuse: read in the clear, security level 33 is demanded";
    assert_eq!(verdicts(&json), [(1, told.to_owned())]);
    assert_eq!(json["plan"], Value::Array(Vec::new()));
    let json = desk.run(&[&read[..], &["--scp03", "keys.toml"]].concat()).ok().json();
    assert_eq!(verdicts(&json), [(1, "apply: default".to_owned())]);
}

#[test]
fn errors_name_file_line_key_and_remedy() {
    let desk = Desk::new();
    desk.put("b.bin", bytes(SAMPLE));
    for (policy, told) in [
        ("default = \"aply\"", "line 1, `default`: unknown variant `aply`, expected `apply` or"),
        ("\n\ndefualt = \"apply\"", "line 3, `defualt`: unknown field `defualt`"),
        ("[[rule]]\nuri = \"x\"\n", "line "),
        ("secure_channel = \"34\"", "give \"01\", \"03\", \"11\", \"13\" or \"33\""),
        ("[[rule]]\nshort_server_id = 0\ndecision = \"apply\"", "1 to 65534"),
        ("minimum_security_mode = \"ps\"", "give `psk`, `rpk`"),
        ("{", "line 1"),
    ] {
        desk.put("p.toml", policy);
        for command in [&["read"][..], &["decode", "b.bin"], &["run", "--dry-run", "--once"]] {
            let run = desk.run(&[command, &["--policy", "p.toml"]].concat());
            run.failed(1);
            assert!(run.stderr.starts_with("error: no policy from p.toml\n"), "{}", run.stderr);
            assert!(run.stderr.contains(told), "{policy}: {}", run.stderr);
            assert!(run.stderr.contains("help: docs/policy.md"), "{}", run.stderr);
        }
    }
    desk.put("p.toml", " ".repeat(70_000));
    desk.run(&["read", "--policy", "p.toml"]).failed(1);
    simstrap(&["read", "--policy", "nowhere.toml"]).failed(1);
}
