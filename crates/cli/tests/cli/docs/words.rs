// SPDX-License-Identifier: Apache-2.0
//! The page on troubles knows every status word, every quirk and every rule the program can name.

use std::collections::BTreeSet;

use simstrap_policy::Rule;
use simstrap_policy::bootstrap_data::scp03::apdu::{Quirk, StatusWord};

use super::Page;

#[test]
fn the_page_on_troubles_explains_whatever_the_program_can_name() {
    let page = Page::open("docs/troubleshooting.md").text;
    let words = (0..=u16::MAX).map(|word| StatusWord::from_bytes(word.to_be_bytes()).meaning());
    for meaning in words.collect::<BTreeSet<_>>() {
        assert!(page.contains(meaning), "status word: {meaning}");
    }
    for quirk in Quirk::ALL {
        assert!(page.contains(&format!("`{quirk}`")), "quirk: {quirk}");
    }
    for rule in Rule::ALL {
        assert!(page.contains(rule.id()), "rule: {rule}");
    }
}
