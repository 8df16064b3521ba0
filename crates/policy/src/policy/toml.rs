// SPDX-License-Identifier: Apache-2.0
//! Policies from TOML.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, de};
use simstrap_bootstrap_data::object::{SecurityMode, ShortServerId};
use simstrap_bootstrap_data::scp03::SecurityLevel;

use super::{Condition, Disposition, IdRange, MAX_RULES, Policy, PolicyRule, RuleName, UriPattern};

/// The longest policy in bytes: [`MAX_RULES`] rules with long patterns and comments.
pub const MAX_POLICY: usize = 64 * 1024;

/// Why text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is longer than [`MAX_POLICY`].
    #[error("the policy has {length} bytes: keep it within {MAX_POLICY}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It is not TOML, or a key or value is not one of a policy.
    #[error("line {line}{}: {message}", in_key(key.as_deref()))]
    Malformed {
        /// Line, counted from 1.
        line: usize,
        /// The key on that line.
        key: Option<String>,
        /// What is wrong, and what to write instead.
        message: String,
    },
}

impl Policy {
    /// A policy from TOML. Keys that are left out have their default; keys that no policy has are
    /// errors.
    ///
    /// ```
    /// use simstrap_policy::Policy;
    ///
    /// let policy = Policy::from_toml("minimum_security_mode = \"psk\"")?;
    /// let error = Policy::from_toml("default = \"aply\"").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "line 1, `default`: unknown variant `aply`, expected `apply` or `ignore`"
    /// );
    /// # Ok::<(), simstrap_policy::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError`] with the line, the key, and what to write instead.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        if text.len() > MAX_POLICY {
            return Err(PolicyError::TooLong { length: text.len() });
        }
        toml::from_str(text).map_err(|error| PolicyError::malformed(text, &error))
    }
}

impl PolicyError {
    fn malformed(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or(text).matches('\n').count();
        let key = text.lines().nth(line).and_then(|content| content.split_once('='));
        Self::Malformed {
            line: line + 1,
            key: key.map(|(key, _)| key.trim().to_owned()).filter(|key| is_bare_key(key)),
            message: error.message().to_owned(),
        }
    }
}

fn is_bare_key(key: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !key.is_empty() && key.chars().all(allowed)
}

fn in_key(key: Option<&str>) -> String {
    key.map_or_else(String::new, |key| format!(", `{key}`"))
}

/// A rule as it stands in TOML: flat.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    name: Option<Name>,
    uri: Option<Pattern>,
    short_server_id: Option<OneOrMany<IdOrRange>>,
    security_mode: Option<OneOrMany<Mode>>,
    bootstrap_server: Option<bool>,
    decision: Disposition,
}

/// Declares types that are read from a string by a function.
macro_rules! from_text {
    ($($name:ident($inner:ty) = $parse:expr;)+) => {$(
        struct $name($inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let parse: fn(&str) -> Result<$inner, D::Error> = $parse;
                parse(&text).map($name)
            }
        }
    )+};
}

from_text! {
    Name(RuleName) = |text| RuleName::new(text).map_err(D::Error::custom);
    Pattern(UriPattern) = |text| UriPattern::new(text).map_err(D::Error::custom);
    Mode(SecurityMode) = |text| {
        let mut modes = (0..=u8::MAX).map_while(SecurityMode::new);
        modes.find(|mode| mode.name() == text).ok_or_else(|| {
            D::Error::custom(format!(
                "no security mode `{text}`: give `psk`, `rpk`, `certificate`, `nosec` or `est`"
            ))
        })
    };
    Level(SecurityLevel) = |text| {
        let mut levels = SecurityLevel::ALL.into_iter();
        levels.find(|level| level.to_string() == text).ok_or_else(|| {
            D::Error::custom(format!(
                "no security level `{text}`: give \"01\", \"03\", \"11\", \"13\" or \"33\""
            ))
        })
    };
}

/// A short server id, or a range of them in quotes.
struct IdOrRange(IdRange);

impl<'de> Deserialize<'de> for IdOrRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "give numbers from 1 to 65534, or ranges as \"100-199\"")]
        enum Either {
            Number(i64),
            Text(String),
        }
        const REMEDY: &str = "a short server id is 1 to 65534, a range of them \"100-199\"";
        let id = |number: Option<u16>| {
            number.and_then(ShortServerId::new).ok_or_else(|| D::Error::custom(REMEDY))
        };
        match Either::deserialize(deserializer)? {
            Either::Number(number) => id(u16::try_from(number).ok()).map(|id| Self(id.into())),
            Either::Text(text) => {
                let (first, last) = text.split_once('-').unwrap_or((&text, &text));
                let parse = |number: &str| id(number.trim().parse().ok());
                let range = IdRange::new(parse(first)?, parse(last)?);
                range.map(Self).map_err(D::Error::custom)
            }
        }
    }
}

/// `x` or `[x, y]`.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(core::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("one value, or several in brackets")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let one = T::deserialize(de::value::StrDeserializer::new(text))?;
                Ok(OneOrMany(alloc::vec![one]))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                let one = T::deserialize(de::value::I64Deserializer::new(number))?;
                Ok(OneOrMany(alloc::vec![one]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut sequence: A,
            ) -> Result<Self::Value, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = sequence.next_element()? {
                    many.push(one);
                }
                Ok(OneOrMany(many))
            }
        }

        deserializer.deserialize_any(Visitor(core::marker::PhantomData))
    }
}

/// The array of rules.
pub(super) fn rules<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<PolicyRule>, D::Error> {
    let tables = Vec::<RuleTable>::deserialize(d)?;
    if tables.len() > MAX_RULES {
        return Err(D::Error::custom(format!(
            "{} rules: keep them within {MAX_RULES}",
            tables.len()
        )));
    }
    let rule = |table: RuleTable| PolicyRule {
        name: table.name.map(|Name(name)| name),
        condition: Condition {
            uri: table.uri.map(|Pattern(pattern)| pattern),
            short_server_ids: table
                .short_server_id
                .map(|OneOrMany(ids)| ids.into_iter().map(|IdOrRange(range)| range).collect()),
            modes: table
                .security_mode
                .map(|OneOrMany(modes)| modes.into_iter().map(|Mode(mode)| mode).collect()),
            bootstrap_server: table.bootstrap_server,
        },
        decision: table.decision,
    };
    Ok(tables.into_iter().map(rule).collect())
}

pub(super) fn security_mode<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<SecurityMode>, D::Error> {
    Mode::deserialize(d).map(|Mode(mode)| Some(mode))
}

pub(super) fn security_level<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<SecurityLevel>, D::Error> {
    Level::deserialize(d).map(|Level(level)| Some(level))
}

/// The list of object ids.
pub(super) fn some<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<u16>>, D::Error> {
    Vec::deserialize(d).map(Some)
}
