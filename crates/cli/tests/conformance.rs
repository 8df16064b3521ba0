// SPDX-License-Identifier: Apache-2.0
//! docs/conformance.md names every rule, and what it names exists.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The families of rules, and how many each has.
const RULES: [(&str, usize); 5] = [("CR", 9), ("BS", 6), ("CS", 5), ("DD", 4), ("FT", 6)];

/// The items of the OMA list that these rules answer.
const ITEMS: [&str; 12] = [
    "BOOT-003", "BOOT-006", "BOOT-007", "BOOT-009", "BOOT-010", "BOOT-011", "BOOT-012", "BOOT-013",
    "BOOT-016", "SEC-007", "SEC-009", "CR-010",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn document() -> String {
    fs::read_to_string(root().join("docs/conformance.md")).expect("docs/conformance.md")
}

fn ids() -> impl Iterator<Item = String> {
    RULES.iter().flat_map(|(family, count)| (1..=*count).map(move |n| format!("{family}-{n:02}")))
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_path(name: &str) -> bool {
    name.contains('/') && !name.contains(' ')
}

/// A test that bears ids, such as `cr_05_…` or `cr_09_ft_06_…`.
fn is_test(name: &str) -> bool {
    ids_of(name).next().is_some()
}

/// The ids at the front of a name.
fn ids_of(name: &str) -> impl Iterator<Item = String> {
    let mut parts = name.split('_');
    std::iter::from_fn(move || {
        let (family, number) = (parts.next()?.to_uppercase(), parts.next()?);
        let known = RULES.iter().any(|(known, _)| *known == family);
        let is_number = number.len() == 2 && number.bytes().all(|digit| digit.is_ascii_digit());
        (known && is_number).then(|| format!("{family}-{number}"))
    })
}

/// The row of each rule.
fn rows(document: &str) -> BTreeMap<&str, &str> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| "));
    let named = rows.filter_map(|row| Some((row.split_once(" | ")?.0, row)));
    named.filter(|(id, _)| is_test(&id.to_lowercase().replace('-', "_"))).collect()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all functions without arguments, tests among them.
fn tests() -> BTreeSet<String> {
    let mut files = Vec::new();
    for crate_directory in fs::read_dir(root().join("crates")).unwrap() {
        for part in ["src", "tests"] {
            let directory = crate_directory.as_ref().unwrap().path().join(part);
            if directory.is_dir() {
                sources(&directory, &mut files);
            }
        }
    }
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let functions = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
        names.extend(functions.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
    }
    names
}

#[test]
fn every_rule_has_its_code_and_its_tests() {
    let document = document();
    let rows = rows(&document);
    let listed: Vec<_> = rows.keys().map(ToString::to_string).collect();
    let mut expected: Vec<_> = ids().collect();
    expected.sort();
    assert_eq!(listed, expected);
    for (id, row) in rows {
        assert!(quoted(row).any(is_path), "{id} names no code");
        let tests: Vec<_> = quoted(row).filter(|name| is_test(name)).collect();
        assert!(!tests.is_empty(), "{id} names no test");
        let own = tests.iter().flat_map(|test| ids_of(test)).filter(|own| own == id).count();
        assert!(own > 0, "{id}: none of its tests bears it");
    }
}

#[test]
fn what_the_document_names_exists() {
    let document = document();
    let tests = tests();
    for name in quoted(&document) {
        if is_path(name) {
            assert!(root().join(name).exists(), "{name} does not exist");
        } else if is_test(name) {
            assert!(tests.contains(name), "there is no test {name}");
        } else {
            // A command to run.
            assert!(name.starts_with("cargo test "), "{name} is neither a file nor a test");
        }
    }
}

#[test]
fn every_id_in_the_name_of_a_test_is_a_rule() {
    let known: BTreeSet<_> = ids().collect();
    let mut named = BTreeSet::new();
    for test in tests() {
        for id in ids_of(&test) {
            assert!(known.contains(&id), "{test}: there is no rule {id}");
            named.insert(id);
        }
    }
    assert_eq!(named, known, "every rule is in the name of a test");
}

#[test]
fn every_item_of_the_oma_list_is_answered_by_rules() {
    let document = document();
    let known: BTreeSet<_> = ids().collect();
    let (_, table) = document.split_once("| item | answered by |").expect("the table of items");
    let rows: Vec<_> = table.lines().filter_map(|line| line.strip_prefix("| ")).collect();
    for item in ITEMS {
        let row = rows.iter().find(|row| row.split(" | ").next().unwrap().contains(item));
        let row = row.unwrap_or_else(|| panic!("{item} is missing"));
        let rules = row.split(" | ").nth(1).unwrap().trim_end_matches('|').split_whitespace();
        let rules: Vec<_> = rules.collect();
        assert!(!rules.is_empty(), "{item} is not answered");
        for rule in rules {
            assert!(known.contains(rule), "{item}: there is no rule {rule}");
        }
    }
}
