// SPDX-License-Identifier: Apache-2.0
//! Every Rust example of the documentation is compiled and run, and every fuzz target is described.

use std::fs;

use super::{Page, pages, root};

#[test]
fn every_page_with_a_rust_example_is_a_doctest_of_the_client_crate() {
    let doctests = fs::read_to_string(root().join("crates/client/src/book.rs")).unwrap();
    let mut count = 0;
    for page in pages() {
        if page.blocks().iter().any(|block| block.language == "rust") {
            let include = format!("include_str!(\"../../../{}\")", page.name);
            assert!(doctests.contains(&include), "{} is not compiled", page.name);
            count += 1;
        }
    }
    assert!(count > 0, "no page has an example");
}

#[test]
fn the_page_on_fuzzing_describes_every_target_and_what_was_run() {
    let page = Page::open("docs/fuzzing.md");
    let rows = |name: &str| page.prose().filter(|line| line.starts_with(name)).count();
    let targets = fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap();
    let mut count = 0;
    for target in targets.map(|entry| entry.unwrap().path()) {
        let name = target.file_stem().unwrap().to_str().unwrap();
        assert_eq!(rows(&format!("| `{name}` |")), 2, "{name}: a property, and a run");
        count += 1;
    }
    assert_eq!(page.prose().filter(|line| line.starts_with("| `")).count(), 2 * count);
}
