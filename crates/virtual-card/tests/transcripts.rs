// SPDX-License-Identifier: Apache-2.0
//! Plays the exchanges in `testdata/transcripts`, written down from the standards.
//!
//! ```text
//! # a comment
//! card                     a fresh built-in card; the settings below belong to it
//! set quirks.dir-cyclic = true
//! > 00 A4 00 04 02 2F 00 00
//! < 62 * FFx15 90 00       * stands for any bytes, FFx15 for fifteen FF
//! ! no card: it was removed
//! do remove                also: insert, reset, deactivate, activate, update <hex>
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, mem};

use simstrap_virtual_card::{CardDescription, CardQuirk, SAMPLE, VirtualCard};
use toml::{Table, Value};

#[test]
fn cards_answer_as_written_down() {
    let scripts = scripts();
    assert!(scripts.len() > 10, "scripts are found");
    for path in scripts {
        let text = fs::read_to_string(&path).unwrap();
        Player::new(&path).play(&text);
    }
}

#[test]
fn every_quirk_has_a_script() {
    let text: String = scripts().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let set: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("set quirks.")?.strip_suffix(" = true"))
        .collect();
    for quirk in CardQuirk::ALL {
        assert!(set.contains(quirk.name()), "no script shows {quirk}");
    }
}

fn scripts() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/transcripts");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Plays one script.
struct Player<'a> {
    path: &'a Path,
    line: usize,
    settings: Table,
    card: Option<VirtualCard>,
    /// What the card answered and the script did not look at yet.
    answer: Option<Result<Vec<u8>, String>>,
}

impl<'a> Player<'a> {
    fn new(path: &'a Path) -> Self {
        Self { path, line: 0, settings: Table::new(), card: None, answer: None }
    }

    fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.line)
    }

    fn play(mut self, text: &str) {
        for (index, line) in text.lines().enumerate() {
            self.line = index + 1;
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "" | "#" => {}
                "card" => self.start(),
                "set" => self.set(rest),
                "do" => self.act(rest),
                ">" => self.send(rest),
                "<" => self.expect(rest),
                "!" => self.expect_error(rest),
                _ => panic!("{}: {line:?} is no step", self.place()),
            }
        }
        assert!(self.answer.is_none(), "{}: answer not looked at", self.place());
    }

    fn start(&mut self) {
        assert!(self.answer.is_none(), "{}: answer not looked at", self.place());
        self.settings = toml::from_str(SAMPLE).unwrap();
        self.card = None;
    }

    fn set(&mut self, setting: &str) {
        assert!(self.card.is_none(), "{}: the card is made already", self.place());
        let (path, value) = setting.split_once(" = ").unwrap();
        let mut parsed: Table = toml::from_str(&format!("value = {value}")).unwrap();
        let (sections, key) = path.rsplit_once('.').unwrap_or(("", path));
        let section = sections
            .split('.')
            .filter(|name| !name.is_empty())
            .fold(&mut self.settings, |table, name| table[name].as_table_mut().unwrap());
        section.insert(key.to_owned(), parsed.remove("value").unwrap());
    }

    fn card(&mut self) -> &mut VirtualCard {
        let settings = mem::take(&mut self.settings);
        self.card.get_or_insert_with(|| {
            let text = toml::to_string(&Value::Table(settings)).unwrap();
            let description = CardDescription::from_toml(&text).unwrap();
            VirtualCard::new(&description).unwrap()
        })
    }

    fn act(&mut self, action: &str) {
        let (name, argument) = action.split_once(' ').unwrap_or((action, ""));
        let card = self.card();
        match name {
            "remove" => card.remove(),
            "insert" => card.insert(),
            "reset" => card.reset(),
            "deactivate" => card.deactivate_bootstrap_file(),
            "activate" => card.activate_bootstrap_file(),
            "update" => card.update_bootstrap_data(&hex(argument)).unwrap(),
            _ => panic!("{}: {name:?} is no action", self.place()),
        }
    }

    fn send(&mut self, command: &str) {
        assert!(self.answer.is_none(), "{}: answer not looked at", self.place());
        let command = hex(command);
        let answer = self.card().exchange(&command);
        self.answer = Some(answer.map_err(|error| error.to_string()));
    }

    fn expect(&mut self, pattern: &str) {
        let place = self.place();
        let answer = self.answer.take().expect("an answer").expect(&place);
        let whole = match pattern.split_once('*') {
            None => answer == hex(pattern),
            Some((start, end)) => {
                let (start, end) = (hex(start), hex(end));
                answer.len() >= start.len() + end.len()
                    && answer.starts_with(&start)
                    && answer.ends_with(&end)
            }
        };
        assert!(whole, "{place}\nexpected {pattern}\nanswered {}", show(&answer));
    }

    fn expect_error(&mut self, message: &str) {
        let place = self.place();
        let error = self.answer.take().expect("an answer").expect_err(&place);
        assert_eq!(error, message, "{place}");
    }
}

/// Bytes from pairs of digits; `FFx3` is `FF FF FF`.
fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .flat_map(|word| {
            let (byte, times) = word.split_once('x').unwrap_or((word, "1"));
            let byte = u8::from_str_radix(byte, 16).unwrap();
            vec![byte; times.parse().unwrap()]
        })
        .collect()
}

fn show(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X} ")).collect()
}
