// SPDX-License-Identifier: Apache-2.0
//! The crates depend on each other as the architecture says, by what cargo knows of them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// The protocol crates, each depending on the next.
const CHAIN: [&str; 5] = [
    "simstrap-client",
    "simstrap-policy",
    "simstrap-bootstrap-data",
    "simstrap-scp03",
    "simstrap-apdu",
];

/// Our crates that each of our crates depends on, dev-dependencies left out.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is what runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let ours = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(name)
                .filter(|name| name.starts_with("simstrap"))
                .collect();
            (name(package), ours)
        })
        .collect()
}

#[test]
fn the_protocol_crates_are_a_chain() {
    let dependencies = dependencies();
    for (index, name) in CHAIN.iter().enumerate() {
        let next: Vec<_> = CHAIN.get(index + 1).map(ToString::to_string).into_iter().collect();
        assert_eq!(dependencies[*name], next, "{name} depends on the next of the chain only");
    }
}

#[test]
fn the_virtual_card_stands_beside_the_chain() {
    let dependencies = dependencies();
    let allowed = &CHAIN[2..];
    for dependency in &dependencies["simstrap-virtual-card"] {
        assert!(allowed.contains(&dependency.as_str()), "it depends on {dependency}");
    }
    for name in CHAIN {
        assert!(!dependencies[name].contains(&"simstrap-virtual-card".to_owned()), "{name}");
    }
}
