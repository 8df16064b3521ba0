// SPDX-License-Identifier: Apache-2.0
//! KEYS.toml: the key set of a card, and how to use it. Nothing in an error is a value.

use std::path::Path;

use simstrap_policy::bootstrap_data::scp03::{
    CommandCounter, Configuration, KeyError, KeyVersionNumber, Mode, ModePreference, SecurityLevel,
    StaticKeys,
};
use toml::de::DeValue;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::secret_file;
use crate::source::SourceError;
use crate::toml_text::{Document, SyntaxError, integer};

/// Ample for three keys and comments.
const MAX_KEYS_FILE: usize = 16 * 1024;

/// The longest AES key.
const MAX_KEY: usize = 32;

/// Reads keys and how to use them.
pub(crate) fn read(path: &Path) -> Result<Configuration<StaticKeys>, Error> {
    secret_file::read(path, MAX_KEYS_FILE)
        .map_err(KeysFileError::Source)
        .and_then(|bytes| {
            let text = std::str::from_utf8(&bytes).map_err(|_| KeysFileError::NotText)?;
            parse(text)
        })
        .map_err(|source| Error::Keys { path: path.to_owned(), source })
}

/// Why a file is no key file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysFileError {
    /// It cannot be read.
    #[error(transparent)]
    Source(SourceError),
    /// It is no UTF-8.
    #[error("it is no text")]
    NotText,
    /// It is no TOML.
    #[error(transparent)]
    Syntax(SyntaxError),
    /// A key that means nothing here.
    #[error("line {line}: `{key}` is not known here")]
    UnknownKey { line: usize, key: String },
    /// A key is not there.
    #[error("`{key}` is missing")]
    Missing { key: &'static str },
    /// A value is not what its key needs.
    #[error("line {line}: `{key}` must be {expected}")]
    Value { line: usize, key: &'static str, expected: &'static str },
    /// The keys are no key set.
    #[error(transparent)]
    Keys(KeyError),
}

impl KeysFileError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Source(source) => source.help(),
            _ => "simstrap read --help shows a key file",
        }
    }
}

fn parse(text: &str) -> Result<Configuration<StaticKeys>, KeysFileError> {
    let document = Document::parse(text).map_err(KeysFileError::Syntax)?;
    let (mut enc, mut mac, mut dek) = (None, None, None);
    let mut options = Options::default();
    for item in document.items() {
        let line = document.line(item.at);
        match item.key {
            "enc" => enc = Some(key(item.value, line, "enc")?),
            "mac" => mac = Some(key(item.value, line, "mac")?),
            "dek" => dek = Some(key(item.value, line, "dek")?),
            other => options.set(other, item.value, line)?,
        }
    }
    let missing = |key| KeysFileError::Missing { key };
    let enc = enc.ok_or(missing("enc"))?;
    let mac = mac.ok_or(missing("mac"))?;
    let dek = dek.ok_or(missing("dek"))?;
    let keys = StaticKeys::from_slices(&enc, &mac, &dek).map_err(KeysFileError::Keys)?;
    Ok(options.with(keys))
}

/// What may be told besides the keys.
#[derive(Default)]
struct Options {
    key_version: Option<KeyVersionNumber>,
    level: Option<SecurityLevel>,
    mode: Option<ModePreference>,
    counter: Option<CommandCounter>,
}

impl Options {
    fn set(&mut self, key: &str, value: &DeValue<'_>, line: usize) -> Result<(), KeysFileError> {
        let wrong = |key, expected| KeysFileError::Value { line, key, expected };
        match key {
            "key_version" => {
                let number = integer(value).and_then(|number| u8::try_from(number).ok());
                let number = number.filter(|number| *number <= 0x7F);
                let number = number.ok_or(wrong("key_version", "a number from 0 to 0x7F"))?;
                self.key_version = Some(KeyVersionNumber::new(number));
            }
            "level" => {
                let level = value.as_str().and_then(level);
                const LEVELS: &str = "\"0x01\", \"0x03\", \"0x11\", \"0x13\" or \"0x33\"";
                self.level = Some(level.ok_or(wrong("level", LEVELS))?);
            }
            "mode" => {
                let mode = value.as_str().and_then(mode);
                self.mode = Some(mode.ok_or(wrong("mode", "\"s8\", \"s16\" or \"auto\""))?);
            }
            "counter" => {
                let counter = value.as_str().and_then(counter);
                self.counter = Some(counter.ok_or(wrong("counter", "\"spec\" or \"data-only\""))?);
            }
            _ => return Err(KeysFileError::UnknownKey { line, key: key.to_owned() }),
        }
        Ok(())
    }

    fn with(self, keys: StaticKeys) -> Configuration<StaticKeys> {
        let default = Configuration::new(keys);
        Configuration {
            key_version: self.key_version.unwrap_or(default.key_version),
            level: self.level.unwrap_or(default.level),
            mode: self.mode.unwrap_or(default.mode),
            counter: self.counter.unwrap_or(default.counter),
            ..default
        }
    }
}

/// A key from its hexadecimal digits; its length is for [`StaticKeys`] to judge.
fn key(
    value: &DeValue<'_>,
    line: usize,
    key: &'static str,
) -> Result<Zeroizing<Vec<u8>>, KeysFileError> {
    const EXPECTED: &str = "16, 24 or 32 bytes as hexadecimal digits in quotes";
    let wrong = KeysFileError::Value { line, key, expected: EXPECTED };
    let Some(digits) = value.as_str().filter(|digits| digits.len() <= 2 * MAX_KEY) else {
        return Err(wrong);
    };
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| wrong)?;
    Ok(bytes)
}

fn level(text: &str) -> Option<SecurityLevel> {
    let digits = text.strip_prefix("0x")?;
    SecurityLevel::ALL.into_iter().find(|level| level.to_string() == digits)
}

fn mode(text: &str) -> Option<ModePreference> {
    Some(match text {
        "s8" => ModePreference::Only(Mode::S8),
        "s16" => ModePreference::Only(Mode::S16),
        "auto" => ModePreference::Auto,
        _ => return None,
    })
}

fn counter(text: &str) -> Option<CommandCounter> {
    Some(match text {
        "spec" => CommandCounter::Spec,
        "data-only" => CommandCounter::DataOnly,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f";

    fn three_keys() -> String {
        format!("enc = '{KEY}'\nmac = '{KEY}'\ndek = '{KEY}'\n")
    }

    fn error(text: &str) -> String {
        let error = parse(text).unwrap_err();
        assert!(!error.to_string().contains("0c0d"), "FT-04: {error}");
        error.to_string()
    }

    #[test]
    fn the_keys_are_enough() {
        let configuration = parse(&three_keys()).unwrap();
        assert_eq!(configuration.key_version, KeyVersionNumber::FIRST);
        assert_eq!(configuration.level, SecurityLevel::Full);
        assert_eq!(configuration.mode, ModePreference::Auto);
        assert_eq!(configuration.counter, CommandCounter::Spec);
    }

    #[test]
    fn everything_can_be_told() {
        let text = three_keys()
            + "key_version = 0x30\nlevel = '0x13'\nmode = 's16'\ncounter = 'data-only'";
        let configuration = parse(&text).unwrap();
        assert_eq!(configuration.key_version, KeyVersionNumber::new(0x30));
        assert_eq!(configuration.level, SecurityLevel::CMacCDecRMac);
        assert_eq!(configuration.mode, ModePreference::Only(Mode::S16));
        assert_eq!(configuration.counter, CommandCounter::DataOnly);
    }

    #[test]
    fn ft_04_errors_name_line_and_key_but_no_value() {
        assert_eq!(error(&format!("enc = '{KEY}'\nmac = '{KEY}'")), "`dek` is missing");
        let bytes = "16, 24 or 32 bytes as hexadecimal digits in quotes";
        let wrong = format!("\nenc = '{KEY}0g'");
        assert_eq!(error(&wrong), format!("line 2: `enc` must be {bytes}"));
        assert_eq!(error("mac = 0x0c0d"), format!("line 1: `mac` must be {bytes}"));
        let short = three_keys().replacen("0f'", "'", 1);
        assert_eq!(error(&short), "Key-ENC has 15 bytes; an AES key has 16, 24 or 32");
        let mixed = three_keys().replacen(KEY, &format!("{KEY}{KEY}"), 1);
        assert!(error(&mixed).contains("must be of one length"));
        assert_eq!(error(&format!("key = '{KEY}'")), "line 1: `key` is not known here");
        assert!(error(&format!("enc = '{KEY}")).starts_with("line 1: "));
        assert!(error(&format!("enc = {KEY}")).starts_with("line 1: "));
        for (line, expected) in [
            ("level = 0x33", "line 4: `level` must be \"0x01\""),
            ("level = '0x34'", "line 4: `level` must be \"0x01\""),
            ("level = '0x+3'", "line 4: `level` must be \"0x01\""),
            ("level = '0x033'", "line 4: `level` must be \"0x01\""),
            ("level = '0x3'", "line 4: `level` must be \"0x01\""),
            ("mode = 'S8'", "line 4: `mode` must be \"s8\""),
            ("counter = true", "line 4: `counter` must be \"spec\""),
            ("key_version = 128", "line 4: `key_version` must be a number"),
            (&format!("key_version = '{KEY}'"), "line 4: `key_version` must be a number"),
        ] {
            let shown = error(&(three_keys() + line));
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
