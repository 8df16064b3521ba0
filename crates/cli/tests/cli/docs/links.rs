// SPDX-License-Identifier: Apache-2.0
//! Links and pictures lead to what is there, and every page is in the book.

use std::path::Path;

use super::{Page, pages, root};

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut count = 0;
    for page in pages() {
        for target in targets(&page) {
            if !target.contains("://") {
                check(&page, &target);
                count += 1;
            }
        }
    }
    assert!(count > 20, "only {count} links were found");
}

#[test]
fn the_book_has_every_page_and_leads_outside_nowhere() {
    let summary = Page::open("docs/SUMMARY.md");
    let listed = targets(&summary);
    for page in pages().iter().filter(|page| page.is_chapter() && page.name != summary.name) {
        let name = page.name.trim_start_matches("docs/");
        assert!(listed.iter().any(|target| target == name), "SUMMARY.md lacks {name}");
        for target in targets(page) {
            assert!(!target.starts_with(".."), "{}: {target} is not in the book", page.name);
        }
    }
}

/// What a page links to.
fn targets(page: &Page) -> Vec<String> {
    let prose = page.prose().collect::<Vec<_>>().join("\n");
    let links = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    links.map(|(target, _)| target.to_owned()).collect()
}

fn check(page: &Page, target: &str) {
    let (file, heading) = target.split_once('#').map_or((target, None), |(f, h)| (f, Some(h)));
    let path = if file.is_empty() {
        root().join(&page.name)
    } else {
        root().join(&page.name).parent().unwrap().join(file)
    };
    assert!(path.exists(), "{}: {target} leads nowhere", page.name);
    if let Some(heading) = heading {
        assert!(has_heading(&path, heading), "{}: {target} is no heading", page.name);
    }
}

fn has_heading(path: &Path, heading: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    let page = Page { name: String::new(), text };
    page.prose().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading)
}

/// The anchor of a heading, as mdBook and the usual forges make it.
fn anchor(line: &str) -> String {
    let title = line.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
