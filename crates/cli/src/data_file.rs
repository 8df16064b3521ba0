// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data in a file, whatever its form: the file of a card, or a description.

use std::path::Path;

use simstrap_policy::bootstrap_data::{BootstrapData, DecodeError, EncodeError};

use crate::input::{self, InputError, MAX_DESCRIPTION};
use crate::source::{Origin, SourceError, Stream};

/// Why a file holds no bootstrap data.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFileError {
    /// It cannot be read.
    #[error(transparent)]
    Source(SourceError),
    /// It is a description that describes no bootstrap data.
    #[error(transparent)]
    Input(InputError),
    /// What it describes does not fit a bootstrap file.
    #[error(transparent)]
    Encode(EncodeError),
    /// It is no valid bootstrap file.
    #[error(transparent)]
    Malformed(DecodeError),
}

impl DataFileError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Source(source) => source.help().to_owned(),
            Self::Input(source) => source.help(),
            Self::Encode(_) => "leave out what the device does not need".to_owned(),
            Self::Malformed(_) => "give a bootstrap file, or a description of one as simstrap \
                 decode --format toml --show-secrets writes it"
                .to_owned(),
        }
    }
}

/// Reads a bootstrap file, or a description of one in TOML, JSON or SenML JSON.
pub(crate) fn read(path: &Path) -> Result<BootstrapData, DataFileError> {
    let origin = Origin::new(path, Stream::Input);
    let bytes = origin.read(MAX_DESCRIPTION).map_err(DataFileError::Source)?;
    // A bootstrap file begins with the number of its objects, in two bytes: the first is 0 for
    // fewer than 256, and no text has a 0.
    let data = if bytes.first() == Some(&0) {
        BootstrapData::from_bytes(&bytes)
    } else {
        let draft = input::read(&bytes, &origin, None).map_err(DataFileError::Input)?;
        BootstrapData::from_bytes(&draft.encode().map_err(DataFileError::Encode)?)
    };
    data.map_err(DataFileError::Malformed)
}
