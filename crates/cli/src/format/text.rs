// SPDX-License-Identifier: Apache-2.0
//! Values as text, alike in all formats.

use std::fmt::Write;

use crate::terminal::is_hidden;

/// The text of a string in JSON and TOML, quotes included, with nothing in it that a terminal
/// would obey.
pub(super) fn quoted(text: &str, escape: Escape) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_hidden(c) => escape.write(&mut quoted, c),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// How characters beyond U+FFFF are escaped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Escape {
    /// By two surrogates.
    Json,
    /// By eight digits.
    Toml,
}

impl Escape {
    fn write(self, text: &mut String, c: char) {
        let _infallible = match (self, u16::try_from(u32::from(c))) {
            (_, Ok(short)) => write!(text, "\\u{short:04x}"),
            (Self::Toml, Err(_)) => write!(text, "\\U{:08x}", u32::from(c)),
            (Self::Json, Err(_)) => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .try_for_each(|surrogate| write!(text, "\\u{surrogate:04x}")),
        };
    }
}

/// Bytes that are nothing but printable ASCII, as text.
pub(super) fn ascii(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    (printable && !text.is_empty()).then_some(text)
}

/// A number of things.
pub(super) fn plural(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\"\\\n\t\r\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{e0041}é東";

    #[test]
    fn quoted_text_is_read_back_and_shows_no_control() {
        let json = quoted(NASTY, Escape::Json);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), NASTY);
        let toml = quoted(NASTY, Escape::Toml);
        let table: ::toml::Table = format!("a = {toml}").parse().unwrap();
        assert_eq!(table["a"].as_str(), Some(NASTY));
        assert!(!json.contains(is_hidden) && !toml.contains(is_hidden));
    }

    #[test]
    fn only_printable_ascii_is_text() {
        assert_eq!(ascii(b"example psk"), Some("example psk"));
        for bytes in [&b""[..], b"a\n", b"\x1b[", "é".as_bytes(), b"\xff"] {
            assert_eq!(ascii(bytes), None);
        }
    }
}
