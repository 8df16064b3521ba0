// SPDX-License-Identifier: Apache-2.0
//! Whether a text shows bytes that it should not, in any way in which bytes are commonly printed.

use std::collections::HashSet;

/// So many bytes in a row, printed as numbers, count as being there.
const NUMBERS: usize = 4;
/// So many of them as text, of which fewer may stand in any word.
const LETTERS: usize = 6;

/// Bytes that are looked for.
pub(crate) struct Secrets {
    numbers: HashSet<Vec<u8>>,
    letters: HashSet<Vec<u8>>,
}

impl Secrets {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut found = Self { numbers: HashSet::new(), letters: HashSet::new() };
        for secret in secrets {
            found.numbers.extend(secret.windows(NUMBERS).map(<[u8]>::to_vec));
            let parts = secret.windows(LETTERS).filter(|part| part.is_ascii());
            found.letters.extend(parts.map(<[u8]>::to_ascii_lowercase));
        }
        found
    }

    pub(crate) fn are_shown_by(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let letters = text.as_bytes().windows(LETTERS).any(|part| self.letters.contains(part));
        letters || self.are_numbers_in(&text, hexadecimal) || self.are_numbers_in(&text, decimal)
    }

    /// Numbers that follow each other, whatever stands between them.
    fn are_numbers_in(&self, text: &str, read: fn(&str) -> Option<Vec<u8>>) -> bool {
        let words =
            text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut runs = vec![Vec::new()];
        for word in words {
            match (read(word), runs.last_mut()) {
                (Some(bytes), Some(run)) => run.extend(bytes),
                _ => runs.push(Vec::new()),
            }
        }
        let mut parts = runs.iter().flat_map(|run: &Vec<u8>| run.windows(NUMBERS));
        parts.any(|part| self.numbers.contains(part))
    }
}

/// `c3`, `3`, `0xc3`, or many bytes at a time.
fn hexadecimal(word: &str) -> Option<Vec<u8>> {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    match digits.len() {
        1 => u8::from_str_radix(digits, 16).ok().map(|byte| vec![byte]),
        _ => hex::decode(digits).ok(),
    }
}

fn decimal(word: &str) -> Option<Vec<u8>> {
    word.parse().ok().map(|byte| vec![byte])
}

#[test]
fn the_search_finds_what_is_there() {
    let all = [&b"3x@mpl3P5K53cr3tK3y"[..], &[0xC3, 0x00, 0x17, 0xFE, 0x2A]];
    let secrets = Secrets::new(all);
    for secret in all {
        assert!(secrets.are_shown_by(&format!("{secret:?}")));
        assert!(secrets.are_shown_by(&format!("{secret:#?}")));
        assert!(secrets.are_shown_by(&format!("{secret:02X?}")));
        assert!(secrets.are_shown_by(&format!("{secret:x?}")));
        assert!(secrets.are_shown_by(&format!("key: {secret:#04x?}")));
        assert!(secrets.are_shown_by(&format!("the key {} of", hex::encode(secret))));
        assert!(secrets.are_shown_by(&format!("> 05 {:02X?} 90 00", &secret[1..])));
    }
    assert!(secrets.are_shown_by("the key is 3X@mpl"));
    assert!(!secrets.are_shown_by("StaticKeys(AES-128, redacted) 17 fe"));
}
