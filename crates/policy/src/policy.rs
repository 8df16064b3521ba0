// SPDX-License-Identifier: Apache-2.0
//! What a device wants of bootstrap data.

mod condition;
mod pattern;
#[cfg(feature = "toml")]
mod toml;

pub use condition::{Condition, IdRange, InvalidName, InvalidRange, PolicyRule, RuleName};
pub use pattern::{InvalidPattern, UriPattern};
#[cfg(feature = "toml")]
pub use toml::{MAX_POLICY, PolicyError};

use alloc::vec::Vec;

use simstrap_bootstrap_data::object::SecurityMode;
use simstrap_bootstrap_data::scp03::SecurityLevel;

use self::pattern::UriParts;
use crate::{AccountView, Decision, Reason, Source, Verdict};

/// The most rules that are looked at: more than anybody writes by hand, and few enough that a
/// verdict takes no time.
pub const MAX_RULES: usize = 64;

/// What a device wants of bootstrap data. The default applies everything that is consistent.
///
/// The demands come first: what falls short of them is refused, and no rule and no
/// [`Choice`](crate::Choice) lifts that. Then the first [rule](PolicyRule) that matches an
/// account decides, and without one the default.
///
/// ```
/// use simstrap_policy::{Condition, Disposition, Policy, PolicyRule, UriPattern};
///
/// let mut policy = Policy::default();
/// policy.default = Disposition::Ignore;
/// let ours = Condition { uri: Some(UriPattern::new("coaps://*.example.com")?), ..Condition::ANY };
/// policy.rules.push(PolicyRule::new(ours, Disposition::Apply));
/// # Ok::<(), simstrap_policy::InvalidPattern>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
#[non_exhaustive]
pub struct Policy {
    /// What to do with an account no rule matches.
    pub default: Disposition,
    /// The rules; the first that matches decides. Those beyond [`MAX_RULES`] are not looked at.
    #[cfg_attr(feature = "toml", serde(rename = "rule", deserialize_with = "toml::rules"))]
    pub rules: Vec<PolicyRule>,
    /// The weakest security mode that is used: `nosec` is below `psk`, that below `rpk`, that
    /// below `certificate` and `est`, which are equal. An account below it is refused.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "toml::security_mode"))]
    pub minimum_security_mode: Option<SecurityMode>,
    /// What has to protect the data on its way from the card; without it the whole is refused.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "toml::security_level"))]
    pub secure_channel: Option<SecurityLevel>,
    /// Which objects are used.
    pub objects: ObjectPolicy,
    /// Which findings are lived with. Errors never are.
    pub findings: FindingPolicy,
    /// Who wins where the card and another source configure the same.
    pub precedence: Precedence,
    /// What to do when data in use was changed.
    pub changed: OnChange,
    /// What to do when a check cannot be carried through.
    pub inconclusive: OnInconclusive,
}

/// What a rule, or the default, does with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Disposition {
    /// Use it.
    #[default]
    Apply,
    /// Do not use it.
    Ignore,
}

/// Which objects are used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct ObjectPolicy {
    /// Ids of the objects the device supports; `None` is all. Security and Server (0 and 1)
    /// always are.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "toml::some"))]
    pub supported: Option<Vec<u16>>,
    /// What to do with others.
    pub others: Unsupported,
}

/// What to do with objects the device does not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Unsupported {
    /// A finding; they are part of the plan all the same.
    #[default]
    Report,
    /// A finding; they are left out of the plan.
    Skip,
    /// A finding that refuses the whole.
    Refuse,
}

/// Which findings are lived with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct FindingPolicy {
    /// Warnings other than the two below.
    pub warnings: Tolerance,
    /// The bootstrap server and a server have the same secret key (TS Core §5.2.5).
    pub shared_secret: Tolerance,
    /// A key of the card's secure channel is also the secret of a server: whoever runs that
    /// server could open the secure channel. Not accepted unless told otherwise.
    pub scp03_keys: Tolerance,
}

/// Whether a finding is lived with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Tolerance {
    /// It is reported.
    Accept,
    /// It is reported, and the whole is refused.
    Refuse,
}

/// Who wins where the card and another source configure the same: the same short server id, the
/// one bootstrap-server account, or the same object instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct Precedence {
    /// Against factory bootstrap, which comes after the card (TS Core §5.2.4) and can be repeated
    /// when the card is gone: the card wins unless told otherwise.
    pub factory: Winner,
    /// Against what a bootstrap server, or a server, has written: that stays unless told
    /// otherwise.
    pub bootstrap_server: Winner,
}

/// Who wins against the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Winner {
    /// The card: what is there is replaced.
    Smartcard,
    /// What is there: the account on the card is ignored.
    Existing,
}

/// What to do when data in use was changed (over the air, or by another program).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum OnChange {
    /// Disable what the previous data made, then apply the new data.
    #[default]
    Apply,
    /// Disable what the previous data made, and ignore the new data.
    Disable,
}

/// What to do with Register and Update when it cannot be found out whether the card and its data
/// are unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum OnInconclusive {
    /// They wait until it can.
    #[default]
    Defer,
    /// They go ahead.
    LetThrough,
}

impl Policy {
    /// The verdict on an account of data that is in order as a whole.
    pub(crate) fn judge(&self, account: &AccountView<'_, '_>, rival: Option<Source>) -> Verdict {
        let mode = account.security.mode;
        if let Some(minimum) = self.minimum_security_mode
            && mode.is_none_or(|mode| strength(mode) < strength(minimum))
        {
            return Verdict::refuse(Reason::SecurityMode { minimum });
        }
        if let Some(source) = rival.filter(|source| self.precedence.yields_to(*source)) {
            return Verdict::ignore(Reason::Precedence(source));
        }
        let mut rules = (0..).zip(self.rules.iter().take(MAX_RULES));
        // Once for all rules.
        let uri = account.security.uri.filter(|_| !self.rules.is_empty()).map(UriParts::of);
        match rules.find(|(_, rule)| rule.condition.matches_with(account, uri.as_ref())) {
            Some((index, rule)) => Verdict {
                decision: rule.decision.into(),
                reason: Reason::Rule { index, name: rule.name },
            },
            None => Verdict { decision: self.default.into(), reason: Reason::Default },
        }
    }
}

impl ObjectPolicy {
    /// Whether the device supports an object.
    #[must_use]
    pub fn supports(&self, object: u16) -> bool {
        object <= 1 || self.supported.as_ref().is_none_or(|supported| supported.contains(&object))
    }

    /// Whether instances of an object are part of a plan.
    #[must_use]
    pub fn uses(&self, object: u16) -> bool {
        self.others != Unsupported::Skip || self.supports(object)
    }
}

impl Precedence {
    /// Whether the card leaves in place what came from `source`.
    #[must_use]
    pub fn yields_to(self, source: Source) -> bool {
        match source {
            Source::Smartcard => false,
            Source::Factory => self.factory == Winner::Existing,
            Source::BootstrapServer | Source::Server => self.bootstrap_server == Winner::Existing,
        }
    }
}

impl From<Disposition> for Decision {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Apply => Self::Apply,
            Disposition::Ignore => Self::Ignore,
        }
    }
}

impl Default for FindingPolicy {
    fn default() -> Self {
        Self {
            warnings: Tolerance::Accept,
            shared_secret: Tolerance::Accept,
            scp03_keys: Tolerance::Refuse,
        }
    }
}

impl Default for Precedence {
    fn default() -> Self {
        Self { factory: Winner::Smartcard, bootstrap_server: Winner::Existing }
    }
}

/// How much a security mode protects, for the minimum. A mode unknown here counts as none.
const fn strength(mode: SecurityMode) -> u8 {
    match mode {
        SecurityMode::PreSharedKey => 1,
        SecurityMode::RawPublicKey => 2,
        SecurityMode::Certificate | SecurityMode::CertificateWithEst => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
