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

/// What cargo knows of the workspace, with everything it depends on or without.
fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is what runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn packages(metadata: &Value) -> &[Value] {
    metadata["packages"].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Our crates that each of our crates depends on, dev-dependencies left out.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = metadata(&["--no-deps"]);
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    packages(&metadata)
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

/// A version as numbers, of which the last may be left out.
fn version(text: &str) -> Vec<u32> {
    let mut version: Vec<_> = text.split('.').map(|number| number.parse().unwrap()).collect();
    version.resize(3, 0);
    version
}

#[test]
fn no_dependency_needs_a_newer_rust_than_we_say() {
    let everything = metadata(&["--all-features"]);
    let ours = env!("CARGO_PKG_RUST_VERSION");
    let mut count = 0;
    for package in packages(&everything) {
        if let Some(theirs) = package["rust_version"].as_str() {
            assert!(version(theirs) <= version(ours), "{} needs Rust {theirs}", package["name"]);
            count += 1;
        }
    }
    assert!(count > 20, "only {count} packages say what they need");
}

#[test]
fn the_page_on_dependencies_has_a_row_for_each() {
    let page = include_str!("../../../docs/dependencies.md");
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let first_cells: String = rows.iter().filter_map(|row| row.split('|').nth(1)).collect();
    let mut count = 0;
    let ours = metadata(&["--no-deps"]);
    for package in packages(&ours) {
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = text(&dependency["name"]);
            if !name.starts_with("simstrap") {
                let row = first_cells.contains(&format!("`{name}`"));
                assert!(
                    row,
                    "docs/dependencies.md has no row for {name}, which {} needs",
                    package["name"]
                );
                count += 1;
            }
        }
    }
    assert!(count > 20, "only {count} dependencies were found");
}

#[test]
fn what_is_published_says_what_it_is() {
    let ours = metadata(&["--no-deps"]);
    let published = packages(&ours).iter().filter(|package| package["publish"].is_null());
    let mut count = 0;
    for package in published {
        let name = text(&package["name"]);
        for field in ["description", "license", "readme", "documentation", "rust_version"] {
            assert!(package[field].is_string(), "{name} has no {field}");
        }
        for field in ["keywords", "categories"] {
            let words = package[field].as_array().unwrap();
            assert!((1..=5).contains(&words.len()), "{name}: crates.io takes 1 to 5 {field}");
        }
        assert_eq!(text(&package["documentation"]), format!("https://docs.rs/{name}"));
        count += 1;
    }
    assert_eq!(count, 8, "the chain, the virtual card, the C API and the command");
}
