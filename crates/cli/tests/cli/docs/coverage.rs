// SPDX-License-Identifier: Apache-2.0
//! Every Rust example of the documentation is compiled and run.

use std::fs;

use super::{pages, root};

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
