// SPDX-License-Identifier: Apache-2.0
//! Rules: which accounts, and what to do with them.

use alloc::vec::Vec;
use core::fmt;

use simstrap_bootstrap_data::object::{SecurityMode, ShortServerId};

use super::pattern::UriParts;
use super::{Disposition, UriPattern};
use crate::{AccountId, AccountView};

/// A rule: accounts that meet the condition are applied, or ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyRule {
    /// What it is called in reasons and in the record.
    pub name: Option<RuleName>,
    /// Which accounts it is about.
    pub condition: Condition,
    /// What to do with them.
    pub decision: Disposition,
}

/// Which accounts a rule is about: those that meet all that is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The server URI.
    pub uri: Option<UriPattern>,
    /// The short server id is in one of these ranges; a bootstrap server has none.
    pub short_server_ids: Option<Vec<IdRange>>,
    /// The security mode is one of these.
    pub modes: Option<Vec<SecurityMode>>,
    /// It is, or is not, the account of a bootstrap server.
    pub bootstrap_server: Option<bool>,
}

/// Short server ids from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdRange {
    first: ShortServerId,
    last: ShortServerId,
}

/// The name of a rule: 1 to 32 bytes, no control characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RuleName {
    bytes: [u8; Self::MAX],
    length: u8,
}

/// The range ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the range from {first} to {last} is empty: put the lower number first")]
pub struct InvalidRange {
    /// Its first id.
    pub first: ShortServerId,
    /// Its last id.
    pub last: ShortServerId,
}

/// Text that cannot name a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rule's name has 1 to {max} bytes and no control characters, this one has {length} bytes",
    max = RuleName::MAX
)]
pub struct InvalidName {
    /// Its length in bytes.
    pub length: usize,
}

impl PolicyRule {
    /// A rule without a name.
    #[must_use]
    pub const fn new(condition: Condition, decision: Disposition) -> Self {
        Self { name: None, condition, decision }
    }

    /// The same rule with a name.
    #[must_use]
    pub fn named(self, name: RuleName) -> Self {
        Self { name: Some(name), ..self }
    }
}

impl Condition {
    /// Every account.
    pub const ANY: Self =
        Self { uri: None, short_server_ids: None, modes: None, bootstrap_server: None };

    /// Whether an account meets it.
    #[must_use]
    pub fn matches(&self, account: &AccountView<'_, '_>) -> bool {
        self.matches_with(account, account.security.uri.map(UriParts::of).as_ref())
    }

    /// The same with the URI of the account taken apart before.
    pub(super) fn matches_with(
        &self,
        account: &AccountView<'_, '_>,
        uri: Option<&UriParts<'_>>,
    ) -> bool {
        let (id, security) = (account.id, account.security);
        let uri_matches = |pattern: &UriPattern| uri.is_some_and(|uri| pattern.matches_parts(uri));
        self.uri.as_ref().is_none_or(uri_matches)
            && self.short_server_ids.as_ref().is_none_or(|ranges| match id {
                AccountId::Server(id) => ranges.iter().any(|range| range.contains(id)),
                AccountId::BootstrapServer => false,
            })
            && self
                .modes
                .as_ref()
                .is_none_or(|modes| security.mode.is_some_and(|mode| modes.contains(&mode)))
            && self.bootstrap_server.is_none_or(|flag| flag == (id == AccountId::BootstrapServer))
    }
}

impl IdRange {
    /// The ids from `first` to `last`.
    ///
    /// # Errors
    /// [`InvalidRange`] when `last` comes before `first`.
    pub const fn new(first: ShortServerId, last: ShortServerId) -> Result<Self, InvalidRange> {
        if first.to_u16() <= last.to_u16() {
            Ok(Self { first, last })
        } else {
            Err(InvalidRange { first, last })
        }
    }

    /// Whether an id is among them.
    #[must_use]
    pub fn contains(self, id: ShortServerId) -> bool {
        (self.first..=self.last).contains(&id)
    }
}

impl From<ShortServerId> for IdRange {
    fn from(id: ShortServerId) -> Self {
        Self { first: id, last: id }
    }
}

impl RuleName {
    /// The most bytes: a name is kept in every record.
    pub const MAX: usize = 32;

    /// A name.
    ///
    /// # Errors
    /// [`InvalidName`] when it is empty, too long, or has control characters.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        let invalid = InvalidName { length: name.len() };
        let mut bytes = [0; Self::MAX];
        let length = u8::try_from(name.len()).map_err(|_| invalid)?;
        match bytes.get_mut(..name.len()) {
            Some(front) if !name.is_empty() && !name.chars().any(char::is_control) => {
                front.copy_from_slice(name.as_bytes());
                Ok(Self { bytes, length })
            }
            _ => Err(invalid),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RuleName({self})")
    }
}
