// SPDX-License-Identifier: Apache-2.0
//! The formats in which bootstrap data is shown, a module for each.

pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod senml;
pub(crate) mod table;
pub(crate) mod toml;

mod text;

use clap::ValueEnum;
use simstrap_policy::bootstrap_data::DataPath;

/// How to show bootstrap data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// For programs; described by docs/simstrap-output.schema.json
    Json,
    /// SenML JSON (RFC 8428) with LwM2M names
    Senml,
    /// For editing; `simstrap encode` makes a file from it
    Toml,
    /// Every byte and what it is
    Hex,
    /// The used bytes of the file as they are, keys included
    Raw,
}

/// Text, and what it does not hold although it should.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Partial {
    pub(crate) text: String,
    pub(crate) left_out: Vec<LeftOut>,
}

/// Something a format could not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) path: DataPath,
    pub(crate) reason: Reason,
}

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is a secret.
    Secret,
    /// The format has no way to say that there is nothing.
    Nothing,
    /// The format has one value in each place, and another one stands there.
    Again,
}

#[cfg(test)]
mod tests;
