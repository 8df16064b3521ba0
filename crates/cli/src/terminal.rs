// SPDX-License-Identifier: Apache-2.0
//! What a terminal may get to see, and how wide it is.

use std::borrow::Cow;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// What is less important than the rest.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What is in order.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is odd.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();

/// Width of the terminal on standard output; `None` when that is none, and lines may be long.
pub(crate) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Whether a character does something to a terminal or to the reading of the text around it,
/// instead of showing: controls, marks of direction, marks without width.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Text from a card or a file, with what a terminal would not show as escapes: `\u{1b}`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 8), |mut shown, c| {
        if is_hidden(c) {
            let _infallible = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
        shown
    }))
}

/// Columns that text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// Lines of at most so many columns, broken between words; a word that is longer is cut.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        if used > 0 && used + columns(word.trim_end()) > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for c in word.chars() {
            let needed = c.width().unwrap_or(0);
            if used > 0 && used + needed > width && c != ' ' {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += needed;
        }
    }
    lines.push(line);
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(escaped("a\x1b[31mb\r\n"), "a\\u{1b}[31mb\\u{d}\\u{a}");
        assert_eq!(escaped("\u{9b}2J \u{202e}fdp.exe"), "\\u{9b}2J \\u{202e}fdp.exe");
        assert!(matches!(escaped("grün 東京 ✓"), Cow::Borrowed("grün 東京 ✓")));
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("to be or not to be", 8), ["to be or", "not to", "be"]);
        assert_eq!(wrapped("a questionable word", 7), ["a", "questio", "nable", "word"]);
        assert_eq!(wrapped("one", usize::MAX), ["one"]);
    }

    #[test]
    fn wrapping_counts_columns() {
        assert_eq!(wrapped("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(wrapped("東京都", 4), ["東京", "都"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("東", 1), ["東"], "a character that is too wide still shows");
    }
}
