// SPDX-License-Identifier: Apache-2.0
//! Which card is meant: the SPEC of `--card`.

use std::fmt;
use std::path::PathBuf;

use simstrap_virtual_card::{CardDescription, DescriptionError, SharedCard, VirtualCard};

use crate::card_transport::CardTransport;
use crate::error::Error;
use crate::terminal::escaped;

/// A card, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CardSpec {
    /// The built-in sample card.
    Sample,
    /// A virtual card by its description.
    Virtual(PathBuf),
}

impl CardSpec {
    /// Reads a SPEC.
    pub(crate) fn parse(spec: &str) -> Result<Self, CardSpecError> {
        let spec_owned = || spec.to_owned();
        match spec.split_once(':') {
            None if spec == "virtual" => Ok(Self::Sample),
            Some(("virtual", "")) => Err(CardSpecError::NoDescription),
            Some(("virtual", file)) => Ok(Self::Virtual(PathBuf::from(file))),
            _ if spec.starts_with("pcsc") => Err(CardSpecError::NoReaders { spec: spec_owned() }),
            _ if spec.starts_with("at:") || spec.starts_with("at+") => {
                Err(CardSpecError::NoModems { spec: spec_owned() })
            }
            _ => Err(CardSpecError::Unknown { spec: spec_owned() }),
        }
    }

    /// Opens the way to the card; a virtual one is made and put in.
    pub(crate) fn open(&self) -> Result<CardTransport, Error> {
        let made = match self {
            Self::Sample => VirtualCard::sample(),
            Self::Virtual(path) => {
                CardDescription::from_file(path).and_then(|card| VirtualCard::new(&card))
            }
        };
        let card = made.map_err(|source| self.no_card(source))?;
        Ok(CardTransport::Virtual(SharedCard::new(card)))
    }

    fn no_card(&self, source: DescriptionError) -> Error {
        let path = match self {
            Self::Sample => PathBuf::from("the built-in description"),
            Self::Virtual(path) => path.clone(),
        };
        Error::Description { path, source }
    }
}

impl fmt::Display for CardSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str("virtual"),
            Self::Virtual(path) => write!(f, "virtual:{}", escaped(&path.to_string_lossy())),
        }
    }
}

/// Why a SPEC names no card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CardSpecError {
    /// A card in a PC/SC reader.
    #[error("--card {spec}: this version knows no card readers yet")]
    NoReaders { spec: String },
    /// A card behind a modem.
    #[error("--card {spec}: this version knows no modems yet")]
    NoModems { spec: String },
    /// A virtual card without a description.
    #[error("--card virtual: is followed by nothing")]
    NoDescription,
    /// Anything else.
    #[error("--card {spec} names no card")]
    Unknown { spec: String },
}

impl CardSpecError {
    /// What to do about it.
    pub(crate) const fn help(&self) -> &'static str {
        match self {
            Self::NoReaders { .. } | Self::NoModems { .. } => {
                "read the file on the card with another tool and give it to simstrap decode, \
                 or use a virtual card: --card virtual:CARD.toml"
            }
            Self::NoDescription | Self::Unknown { .. } => {
                "use --card virtual, the built-in sample card, or --card virtual:CARD.toml, \
                 which simstrap card new -o CARD.toml writes"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_read_and_told_alike() {
        for spec in ["virtual", "virtual:CARD.toml", "virtual:C:\\cards\\a.toml"] {
            assert_eq!(CardSpec::parse(spec).unwrap().to_string(), spec);
        }
    }

    #[test]
    fn what_this_version_does_not_know_is_said() {
        let error = |spec: &str| CardSpec::parse(spec).unwrap_err();
        for spec in ["pcsc", "pcsc:Gemalto"] {
            assert!(matches!(error(spec), CardSpecError::NoReaders { .. }), "{spec}");
        }
        for spec in ["at:/dev/ttyUSB2@115200", "at+tcp:localhost:5000"] {
            assert!(matches!(error(spec), CardSpecError::NoModems { .. }), "{spec}");
        }
        assert_eq!(error("virtual:"), CardSpecError::NoDescription);
        for spec in ["", "CARD.toml", "Virtual", "atm"] {
            assert!(matches!(error(spec), CardSpecError::Unknown { .. }), "{spec}");
        }
    }
}
