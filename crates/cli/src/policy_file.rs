// SPDX-License-Identifier: Apache-2.0
//! The policy that `--policy` names.

use std::path::Path;

use simstrap_policy::{MAX_POLICY, Policy, PolicyError};

use crate::error::Error;
use crate::source::{Origin, SourceError, Stream};

/// Why a file is no policy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyFileError {
    /// It cannot be read.
    #[error(transparent)]
    Source(SourceError),
    /// It is no text.
    #[error("line {line}: it is not UTF-8")]
    NotText { line: usize },
    /// What it says is no policy.
    #[error(transparent)]
    Policy(PolicyError),
}

impl PolicyFileError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Source(source) => source.help(),
            Self::NotText { .. } => "save it as UTF-8 text",
            Self::Policy(_) => "docs/policy.md shows every key by example",
        }
    }
}

/// Reads a policy; without a file it is the default one.
pub(crate) fn read(path: Option<&Path>) -> Result<Policy, Error> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let origin = Origin::new(path, Stream::Input);
    let policy = parse(&origin);
    policy.map_err(|source| Error::Policy { origin, source })
}

fn parse(origin: &Origin) -> Result<Policy, PolicyFileError> {
    let bytes = origin.read(MAX_POLICY).map_err(PolicyFileError::Source)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        PolicyFileError::NotText { line: 1 + before.filter(|byte| **byte == b'\n').count() }
    })?;
    Policy::from_toml(text).map_err(PolicyFileError::Policy)
}
