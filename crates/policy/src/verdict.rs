// SPDX-License-Identifier: Apache-2.0
//! What to do with an account, and why.

use core::fmt;

use simstrap_bootstrap_data::object::SecurityMode;
use simstrap_bootstrap_data::scp03::SecurityLevel;

use crate::policy::RuleName;
use crate::{Rule, Source};

/// What to do with an account, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What to do.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
}

/// What to do with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// Use it.
    Apply,
    /// Do not use it, although it could be: the policy or the device chose so.
    Ignore,
    /// Do not use it: the data is not in order, or falls short of what the policy demands.
    Refuse,
}

/// Why a decision was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No rule matched: what the policy does by default.
    Default,
    /// A rule of the policy, the first that matched.
    Rule {
        /// Its place among the rules, from 0.
        index: u16,
        /// Its name, where it has one.
        name: Option<RuleName>,
    },
    /// The device's own choice.
    Choice,
    /// The data breaks this rule.
    Inconsistent(Rule),
    /// The data has a finding that the policy does not accept.
    Finding(Rule),
    /// The data did not come over a secure channel that protects enough.
    SecureChannel {
        /// What the policy demands.
        demanded: SecurityLevel,
        /// What protected the data; `None` when it was read in the clear.
        achieved: Option<SecurityLevel>,
    },
    /// The security mode is below the policy's minimum.
    SecurityMode {
        /// The minimum.
        minimum: SecurityMode,
    },
    /// The data has an object that the device does not support.
    UnsupportedObject(u16),
    /// The device has an account from this source in its place, which takes precedence.
    Precedence(Source),
    /// The data replaced other data that was in use, and the policy does not follow the change.
    Changed,
    /// The bootstrap file is there but is no bootstrap data.
    Undecodable,
    /// More instances than a record can keep would be on the device.
    NoRoom,
    /// The bootstrap-server account is as it was when it was purged after its timeout (BS-06).
    TimedOut,
}

impl Verdict {
    /// A verdict not to use an account that is not in order.
    pub(crate) const fn refuse(reason: Reason) -> Self {
        Self { decision: Decision::Refuse, reason }
    }

    /// A verdict not to use an account that is in order.
    pub(crate) const fn ignore(reason: Reason) -> Self {
        Self { decision: Decision::Ignore, reason }
    }
}

impl Decision {
    /// A stable short name: `apply`, `ignore`, `refuse`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Ignore => "ignore",
            Self::Refuse => "refuse",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Rule { index, name: None } => write!(f, "rule {}", u32::from(*index) + 1),
            Self::Rule { index, name: Some(name) } => {
                write!(f, "rule {} ({name})", u32::from(*index) + 1)
            }
            Self::Choice => f.write_str("the device's choice"),
            Self::Inconsistent(rule) => write!(f, "inconsistent: {rule}"),
            Self::Finding(rule) => write!(f, "finding not accepted: {rule}"),
            Self::SecureChannel { demanded, achieved: None } => {
                write!(f, "read in the clear, security level {demanded} is demanded")
            }
            Self::SecureChannel { demanded, achieved: Some(achieved) } => {
                write!(f, "read at security level {achieved}, {demanded} is demanded")
            }
            Self::SecurityMode { minimum } => write!(f, "security mode below {minimum}"),
            Self::UnsupportedObject(object) => write!(f, "object {object} is not supported"),
            Self::Precedence(source) => write!(f, "{source} takes precedence"),
            Self::Changed => f.write_str("data in use was changed"),
            Self::Undecodable => f.write_str("the file is no bootstrap data"),
            Self::NoRoom => f.write_str("too many object instances"),
            Self::TimedOut => f.write_str("its account timeout is over"),
        }
    }
}
