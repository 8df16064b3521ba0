// SPDX-License-Identifier: Apache-2.0
//! The documentation: its commands run, its output is real, its links lead somewhere, its diagrams
//! are current.

mod commands;
mod coverage;
mod diagrams;
mod links;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A page: the README and its neighbours, or a chapter of the book.
struct Page {
    /// From the root, with `/`.
    name: String,
    text: String,
}

impl Page {
    fn open(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        Self { name: name.to_owned(), text }
    }

    /// Whether it is a chapter of the book.
    fn is_chapter(&self) -> bool {
        self.name.starts_with("docs/")
    }

    /// The fenced blocks, in order.
    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for (index, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    let mut words = info.split(',').map(str::trim);
                    let language = words.next().unwrap_or_default();
                    let line = index + 1;
                    open =
                        Some(Block { language, flags: words.collect(), line, lines: Vec::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => block.lines.push(line),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", self.name);
        blocks
    }

    /// The lines outside of fenced blocks.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut inside = false;
        self.text.lines().filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
    }
}

/// A fenced block.
struct Block<'p> {
    language: &'p str,
    flags: Vec<&'p str>,
    /// Line of the page where it begins.
    line: usize,
    lines: Vec<&'p str>,
}

/// Every page.
fn pages() -> Vec<Page> {
    let mut names = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned).to_vec();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names.sort();
    names.iter().map(|name| Page::open(name)).collect()
}
