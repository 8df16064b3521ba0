// SPDX-License-Identifier: Apache-2.0
//! TOML documents, walked by hand: errors tell line and key, and never a value, which may be a
//! key or a PIN.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A document and where its lines begin.
pub(crate) struct Document<'t> {
    text: &'t str,
    table: DeTable<'t>,
}

/// A key and its value, in the order of the document.
pub(crate) struct Item<'d, 't> {
    pub(crate) key: &'d str,
    pub(crate) value: &'d DeValue<'t>,
    /// Where the key stands, in bytes.
    pub(crate) at: usize,
}

/// Text that is no TOML: where, and what the parser says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub(crate) struct SyntaxError {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl<'t> Document<'t> {
    /// Parses a document.
    pub(crate) fn parse(text: &'t str) -> Result<Self, SyntaxError> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { text, table: table.into_inner() }),
            Err(error) => Err(SyntaxError {
                line: line_at(text, error.span().map_or(0, |span| span.start)),
                message: error.message().lines().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// What stands in the document itself.
    pub(crate) fn items(&self) -> Vec<Item<'_, 't>> {
        self.items_of(&self.table)
    }

    /// The line of a place, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        line_at(self.text, at)
    }

    /// What stands in one of its tables.
    pub(crate) fn items_of<'d>(&self, table: &'d DeTable<'t>) -> Vec<Item<'d, 't>> {
        let mut entries: Vec<(&Spanned<DeString<'t>>, _)> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
            .into_iter()
            .map(|(key, value)| Item {
                key: key.get_ref(),
                value: value.get_ref(),
                at: key.span().start,
            })
            .collect()
    }
}

/// The value of an integer in any of TOML's forms.
pub(crate) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}
