// SPDX-License-Identifier: Apache-2.0
//! What to do with an account, and why.

use core::fmt;

use crate::{Finding, Rule, Severity};

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
    /// Do not use it: the data is not in order.
    Refuse,
}

/// Why a decision was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing speaks against the default, which is to apply.
    Default,
    /// The data breaks this rule.
    Inconsistent(Rule),
}

impl Verdict {
    /// The verdict on all accounts of a card: inconsistent data is never half applied.
    pub(crate) fn on(findings: &[Finding]) -> Self {
        match findings.iter().find(|finding| finding.severity() == Severity::Error) {
            Some(finding) => {
                Self { decision: Decision::Refuse, reason: Reason::Inconsistent(finding.rule()) }
            }
            None => Self { decision: Decision::Apply, reason: Reason::Default },
        }
    }
}

impl Decision {
    /// A stable short name: `apply`, `refuse`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
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
            Self::Inconsistent(rule) => write!(f, "inconsistent: {rule}"),
        }
    }
}
