// SPDX-License-Identifier: Apache-2.0
//! The header says what the code does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::path::Path;

#[test]
fn the_committed_header_is_the_one_the_code_makes() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_dir.join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_crate(crate_dir)
        .with_config(config)
        .generate()
        .expect("the code makes a header");
    let mut made = Vec::new();
    bindings.write(&mut made);
    let made = String::from_utf8(made).unwrap();
    let committed = crate_dir.join("include/simstrap.h");
    let current = std::fs::read_to_string(&committed).unwrap_or_default();
    if made != current {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("simstrap.h");
        std::fs::write(&new, &made).unwrap();
        panic!("the header is out of date: cp {} {}", new.display(), committed.display());
    }
}

/// The names of all functions.
fn functions() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = std::fs::read_to_string(root.join("include/simstrap.h")).unwrap();
    let lines = header.lines().filter(|line| !line.trim_start().starts_with("//"));
    let names = lines.filter_map(|line| {
        let name = line.split('(').next()?.rsplit([' ', '*']).next()?;
        (line.contains('(') && name.starts_with("simstrap_")).then(|| name.to_owned())
    });
    let names: Vec<_> = names.collect();
    assert!(names.len() > 40, "{names:?}");
    names
}

#[test]
fn every_function_of_the_header_is_in_the_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(root.join("../../docs/c-api.md")).unwrap();
    let names = functions();
    let missing: Vec<_> = names.iter().filter(|name| !guide.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/c-api.md does not name {missing:?}");
}

/// What the device gives, and not the library.
const OF_THE_DEVICE: [&str; 3] = ["simstrap_allocate", "simstrap_release", "simstrap_abort"];

#[test]
fn every_function_of_the_header_is_given_null_in_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = std::fs::read_to_string(root.join("tests/c/hostile.c")).unwrap();
    let is_called = |name: &&String| {
        OF_THE_DEVICE.contains(&name.as_str()) || test.contains(&format!("{name}("))
    };
    let names = functions();
    let missing: Vec<_> = names.iter().filter(|name| !is_called(name)).collect();
    assert!(missing.is_empty(), "tests/c/hostile.c does not call {missing:?}");
}
