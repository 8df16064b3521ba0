// SPDX-License-Identifier: Apache-2.0
//! Descriptions of bootstrap data, a module for each format they come in.

mod draft;
mod error;
mod json;
mod senml;
mod toml;
mod value;

pub(crate) use draft::Draft;
pub(crate) use error::InputError;

use clap::ValueEnum;
use error::{Place, Problem};

use crate::source::Origin;

/// The longest description: an indented line for each of the smallest resources that fit a
/// bootstrap file is a fifth of this.
pub(crate) const MAX_DESCRIPTION: usize = 16 * 1024 * 1024;

/// The format of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As `--format toml` writes it
    Toml,
    /// As `--format json` writes it; what is not needed may be left out
    Json,
    /// SenML JSON (RFC 8428)
    Senml,
}

/// Reads a description.
pub(crate) fn read(
    bytes: &[u8],
    origin: &Origin,
    format: Option<Format>,
) -> Result<Draft, InputError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|b| **b == b'\n').count();
        InputError::new(Place::Line(line), Problem::NotUtf8)
    })?;
    if text.trim().is_empty() {
        return Err(InputError::new(Place::Line(1), Problem::Empty));
    }
    match format.unwrap_or_else(|| recognise(text, origin)) {
        Format::Toml => toml::read(text),
        Format::Json => json::read(text),
        Format::Senml => senml::read(text),
    }
}

/// The format by the name of the file, where that tells, or by how the text begins.
fn recognise(text: &str, origin: &Origin) -> Format {
    let text = text.trim_start();
    let extension = match origin {
        Origin::File(path) => path.extension().and_then(|extension| extension.to_str()),
        Origin::Standard(_) => None,
    };
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("toml") => return Format::Toml,
        Some("senml") => return Format::Senml,
        Some("json") if !text.starts_with('[') => return Format::Json,
        _ => {}
    }
    let after_bracket = text.strip_prefix('[').map(str::trim_start);
    match after_bracket {
        Some(rest) if rest.starts_with(['{', ']']) || extension == Some("json") => Format::Senml,
        None if text.starts_with('{') => Format::Json,
        _ => Format::Toml,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::Stream;

    #[test]
    fn the_name_tells_the_format_and_else_the_content() {
        let recognised =
            |name: &str, text: &str| recognise(text, &Origin::new(Path::new(name), Stream::Input));
        for (name, text, expected) in [
            ("a.toml", "{", Format::Toml),
            ("a.json", "", Format::Json),
            ("a.json", "\n[{", Format::Senml),
            ("a.senml", "", Format::Senml),
            ("a.senml.json", " [\n", Format::Senml),
            ("a.txt", "{}", Format::Json),
            ("-", " {\n", Format::Json),
            ("-", "[ {\"n\"", Format::Senml),
            ("-", "[]", Format::Senml),
            ("-", "[0.1]", Format::Toml),
            ("-", "# comment\n[0.1]", Format::Toml),
            ("-", "", Format::Toml),
        ] {
            assert_eq!(recognised(name, text), expected, "{name} {text:?}");
        }
    }
}
