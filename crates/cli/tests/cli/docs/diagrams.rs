// SPDX-License-Identifier: Apache-2.0
//! Diagrams are drawn from the sources next to them. `docs/diagrams/render` draws them anew, and
//! notes in each picture the digest of its source. What a program draws differs a little between
//! its versions: the pictures themselves are compared by `docs/diagrams/render check`, but for
//! places and sizes.

use std::fs;
use std::path::PathBuf;

use simstrap_policy::bootstrap_data::reader::Digest;

use super::{pages, root};

#[test]
fn every_diagram_is_drawn_from_its_present_source_and_shown() {
    let mut count = 0;
    for source in files_with("dot").into_iter().chain(files_with("msc")) {
        let picture = source.with_extension("svg");
        let drawn = fs::read_to_string(&picture).unwrap_or_default();
        let digest = Digest::of(&fs::read(&source).unwrap());
        let current = drawn.contains(&format!("source sha256 {digest}"));
        assert!(current, "{} is not current: run docs/diagrams/render", picture.display());
        count += 1;
    }
    let pictures = files_with("svg");
    assert_eq!(pictures.len(), count, "a picture has no source");
    for picture in pictures {
        let name = format!("diagrams/{}", picture.file_name().unwrap().to_str().unwrap());
        assert!(pages().iter().any(|page| page.text.contains(&name)), "no page shows {name}");
    }
}

fn files_with(extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs/diagrams")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|own| own == extension)).collect()
}
