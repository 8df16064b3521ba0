// SPDX-License-Identifier: Apache-2.0
//! Columns of text, the last of them wrapped where the page ends.

use anstyle::Style;

use crate::terminal::{columns, wrapped};

/// Between two columns.
const GAP: usize = 2;

/// The last column is never narrower, whatever the page.
const NARROWEST: usize = 16;

/// Text in a style.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    /// Text without a style.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Style::new(), text)
    }

    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style, right: false }
    }

    /// A number, its last digit below those of others.
    pub(super) fn number(number: u16) -> Self {
        Self { right: true, ..Self::plain(number.to_string()) }
    }
}

/// Lays rows out, `indent` columns from the left. Cells hold nothing a terminal would obey.
pub(super) fn laid_out<const N: usize>(rows: &[[Cell; N]], indent: usize, page: usize) -> String {
    let width = |column: usize| {
        let widths = rows.iter().filter_map(|row| row.get(column));
        widths.map(|cell| columns(&cell.text)).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let mut text = String::new();
    rows.iter().for_each(|row| add_row(&mut text, row, &widths, indent, page));
    text
}

fn add_row(text: &mut String, row: &[Cell], widths: &[usize], indent: usize, page: usize) {
    let Some((last, cells)) = row.split_last() else { return };
    let mut line = " ".repeat(indent);
    let mut start = indent;
    for (cell, width) in cells.iter().zip(widths) {
        let padding = " ".repeat(width.saturating_sub(columns(&cell.text)));
        let painted = painted(cell.style, &cell.text);
        let sides = if cell.right { [padding, painted] } else { [painted, padding] };
        line.push_str(&sides.concat());
        line.push_str(&" ".repeat(GAP));
        start += width + GAP;
    }
    for piece in wrapped(&last.text, page.saturating_sub(start).max(NARROWEST)) {
        line.push_str(&painted(last.style, &piece));
        text.push_str(line.trim_end());
        text.push('\n');
        line = " ".repeat(start);
    }
}

fn painted(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_one_wraps() {
        let rows = [
            [Cell::number(1), Cell::plain("東京"), Cell::plain("0123456789abcdefgh")],
            [Cell::number(20), Cell::plain("a"), Cell::plain("")],
        ];
        assert_eq!(
            laid_out(&rows, 2, 26),
            "   1  東京  0123456789abcdef\n            gh\n  20  a\n"
        );
        assert_eq!(laid_out(&rows[..1], 0, usize::MAX), "1  東京  0123456789abcdefgh\n");
    }
}
