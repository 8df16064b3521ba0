// SPDX-License-Identifier: Apache-2.0
//! Deviations: strict decoding stops at the first, lenient decoding names them all.

use crate::{Desk, bytes, file_with};

/// A file with every deviation that can be passed over.
pub(crate) fn everything() -> Vec<u8> {
    let security = [
        "c700636f61703a2f2f", // 0: a URI without a host
        "c301000001",         // 1: a boolean of three bytes
        "c10203",             // 2: NoSec
        "c20a9c40",           // 10: 40000 in two bytes
        "c80a0100",           // 10 again, in a longer form
        "8010",               // 16: a multiple resource without instances
    ]
    .concat();
    let server = ["c10065", "c301015180", "c10603", "c10755"].concat();
    let (security, server) = (bytes(&security), bytes(&server));
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let mut file = vec![0, 2, 0, 0];
    file.extend([0, 0, 0]);
    file.extend(length(&security));
    file.extend(&security);
    file.extend([0, 1, 0]);
    file.extend(length(&server));
    file.extend(&server);
    let size = u16::try_from(file.len() - 4).unwrap().to_be_bytes();
    file[2..4].copy_from_slice(&size);
    file.extend([0xFF, 0xFF, 0x5A]);
    file
}

/// Rule, severity and path of each finding, with what it says.
fn findings(file: &[u8], arguments: &[&str]) -> Vec<(String, String, String, String)> {
    let desk = Desk::new();
    desk.put("b.bin", file);
    let run = desk.run(&[&["decode", "b.bin", "--format", "json"], arguments].concat());
    let json = run.json();
    let text =
        |finding: &serde_json::Value, field: &str| finding[field].as_str().unwrap().to_owned();
    let findings: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let [rule, severity, path, message] =
                ["rule", "severity", "path", "message"].map(|field| text(finding, field));
            (rule, severity, path, message)
        })
        .collect();
    let errors = findings.iter().any(|(_, severity, ..)| severity == "error");
    assert_eq!(run.code, if errors { 2 } else { 0 }, "{}", run.stderr);
    findings
}

#[test]
fn lenient_decoding_names_each_deviation_and_what_it_is_taken_for() {
    let found = findings(&everything(), &["--lenient"]);
    for (rule, severity, path, message) in [
        ("format", "error", "/0", "taken for the resources of object instance 0"),
        ("format", "error", "/0/0/10", "resource 10 stands here twice; all are shown, the last"),
        ("format", "error", "/0/0/16", "taken for a resource without instances"),
        ("format", "error", "/1", "taken for the resources of object instance 0"),
        ("format", "error", "/", "not 5A; taken for padding"),
        ("CS-03", "error", "/0/0/1", "taken for true if any bit is set"),
        ("CS-03", "error", "/1/0/1", "taken for a number of that many bytes"),
        ("CS-03", "warning", "/0/0/10", "taken for 40000"),
        ("CS-03", "warning", "/1/0/6", "3 is no boolean; taken for true"),
    ] {
        let matching = found.iter().filter(|finding| {
            (finding.0.as_str(), finding.1.as_str(), finding.2.as_str()) == (rule, severity, path)
                && finding.3.contains(message)
        });
        assert_eq!(matching.count(), 1, "{rule} {severity} {path} {message}: {found:#?}");
    }
    let with_offset = found.iter().filter(|(.., message)| message.starts_with("byte "));
    assert!(with_offset.count() >= 9, "{found:#?}");
}

#[test]
fn strict_decoding_stops_at_the_first_and_offers_lenient_decoding() {
    let desk = Desk::new();
    let run = desk.put("b.bin", everything()).run(&["decode", "b.bin"]);
    run.failed(2);
    assert!(run.stderr.contains("byte 9 (/0): a resource without an object instance"));
    assert!(run.stderr.contains("help: --lenient names every such deviation"), "{}", run.stderr);
}

#[test]
fn lenient_values_are_shown_as_what_they_are_taken_for() {
    let desk = Desk::new();
    let arguments = ["decode", "b.bin", "--format", "json", "--lenient"];
    let json = desk.put("b.bin", everything()).run(&arguments).json();
    let security = &json["objects"][0]["instances"][0]["resources"];
    assert_eq!(security[1]["value"], true);
    assert_eq!(security[3]["value"], 40000);
    assert_eq!(security[4]["value"], 0);
    assert_eq!(security[5]["instances"], serde_json::json!([]));
    let server = &json["objects"][1]["instances"][0]["resources"];
    assert_eq!(server[1]["value"], 86400);
    assert_eq!(server[2]["value"], true);
}

/// A device decodes strictly and would use nothing of it.
#[test]
fn cs_05_malformed_data_is_refused_however_lenient_the_look() {
    let padding = file_with(0, &bytes("08000bc800086f61703a2f2f6162"));
    let file = [bytes(crate::SAMPLE), vec![0x5A]].concat();
    let desk = Desk::new();
    let arguments = ["decode", "-", "--format", "json", "--lenient"];
    let json = desk.run_with(&arguments, &file).json();
    assert_eq!(json["accounts"]["servers"][0]["verdict"], "refuse");
    assert_eq!(json["accounts"]["servers"][0]["reason"], "the file is no bootstrap data");
    let run = desk.run_with(&arguments, &padding);
    assert_eq!(run.code, 2);
}

#[test]
fn values_that_are_none_of_their_type_are_shown_as_bytes() {
    // Object 5: state (integer) in three bytes, URI (string) that is no UTF-8.
    let file = file_with(5, &bytes("080009c20180ffc303010203"));
    let desk = Desk::new();
    let json = desk.put("b.bin", &file).run(&["decode", "b.bin", "--format", "json"]).json();
    let resources = &json["objects"][0]["instances"][0]["resources"];
    for (index, value) in [(0, "80ff"), (1, "010203")] {
        assert_eq!(
            (&resources[index]["type"], &resources[index]["value"]),
            (&"opaque".into(), &value.into())
        );
    }
    let found = findings(&file, &[]);
    let warning = |path: &str| {
        found.iter().find(|finding| finding.1 == "warning" && finding.2 == path).unwrap().3.clone()
    };
    assert!(warning("/5/0/1").ends_with("the string is no UTF-8; shown as bytes"));
    assert!(warning("/5/0/3").ends_with("3 bytes are no integer; shown as bytes"));
    let lenient = findings(&file, &["--lenient"]);
    let number = lenient.iter().find(|finding| finding.2 == "/5/0/3").unwrap();
    assert!(number.3.ends_with("taken for a number of that many bytes"), "{lenient:#?}");
}

#[test]
fn deviations_are_named_in_every_format() {
    let desk = Desk::new();
    desk.put("b.bin", everything());
    for format in ["table", "json", "senml", "toml", "hex", "raw"] {
        let run = desk.run(&["decode", "b.bin", "--lenient", "--format", format]);
        assert_eq!(run.code, 2, "{format}");
        assert!(run.everything().contains("taken for padding"), "{format}: {}", run.stderr);
    }
    let toml = desk.run(&["decode", "b.bin", "--lenient", "--format", "toml"]);
    assert!(toml.text().contains("# 10 = 40000"), "the first of two is a comment: {}", toml.text());
    assert!(toml.text().contains("\n10 = 0 "), "{}", toml.text());
    assert!(toml.text().contains("\n16 = {}"), "{}", toml.text());
    let senml = desk.run(&["decode", "b.bin", "--lenient", "--format", "senml"]);
    assert!(senml.stderr.contains("/0/0/16 holds nothing, which SenML cannot say"));
}
