// SPDX-License-Identifier: Apache-2.0
//! What is wrong, or odd, with bootstrap data that is well formed.

use core::fmt;

use simstrap_bootstrap_data::object::{SecurityMode, ShortServerId};
use simstrap_bootstrap_data::{DataPath, DecodeError};

/// Something to know about bootstrap data: the rule it touches, where, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Object, instance and resource.
    pub path: DataPath,
    /// What it is.
    pub kind: FindingKind,
}

/// A requirement that bootstrap data has to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// At least one account, at most one of a bootstrap server (TS Core §5.2.2).
    Cs01,
    /// Security and Server instances belong together in pairs (TS Core §5.2.2).
    Cs02,
    /// Mandatory resources are there, with the right type and range (TS Core App. E).
    Cs03,
    /// Access control refers to what exists (TS Core App. E.3).
    Cs04,
    /// Keys of the bootstrap interface are used on no other (TS Core §5.2.5).
    Bs04,
    /// Bounds on what is dealt with.
    Ft03,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Cs01, Self::Cs02, Self::Cs03, Self::Cs04, Self::Bs04, Self::Ft03];

    /// Its identifier, such as `CS-02`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Cs01 => "CS-01",
            Self::Cs02 => "CS-02",
            Self::Cs03 => "CS-03",
            Self::Cs04 => "CS-04",
            Self::Bs04 => "BS-04",
            Self::Ft03 => "FT-03",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the data can be used.
    Warning,
    /// The data cannot be used as it is.
    Error,
}

impl Severity {
    /// A stable short name: `warning`, `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FindingKind {
    /// No account of any kind.
    #[error("no server account and no bootstrap-server account results")]
    NoAccount,
    /// A second bootstrap-server account.
    #[error("a second bootstrap-server account; one is allowed")]
    SecondBootstrapServer,
    /// More accounts than this crate deals with.
    #[error("more than {max} accounts", max = crate::MAX_ACCOUNTS)]
    TooManyAccounts,
    /// A Security instance without short server id.
    #[error("a server account needs a short server id from 1 to 65534")]
    NoShortServerId,
    /// Two instances of one object with the same short server id.
    #[error("short server id {0} is used twice")]
    ShortServerIdTwice(ShortServerId),
    /// A short server id that two's complement would make negative.
    #[error("the short server id is written in two bytes as if it had no sign; taken as meant")]
    UnsignedIdentifier,
    /// A Security instance without its Server instance.
    #[error("no Server instance has short server id {0}")]
    NoServerInstance(ShortServerId),
    /// A Server instance without its Security instance.
    #[error("no Security instance has short server id {0}")]
    NoSecurityInstance(ShortServerId),
    /// A mandatory resource is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A mandatory resource is missing, but its meaning is clear without it.
    #[error("{0} is missing; the client's default serves")]
    DefaultServes(&'static str),
    /// A resource is no value of its type.
    #[error("{0}")]
    Value(DecodeError),
    /// The URI is none.
    #[error("the server URI is no valid URI with a host")]
    UriMalformed,
    /// The URI is longer than 255 bytes.
    #[error("a server URI of {length} bytes is longer than 255")]
    UriTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The URI has a scheme LwM2M does not know.
    #[error("the scheme of the server URI is not one of LwM2M")]
    UriScheme,
    /// Scheme and security mode contradict each other.
    #[error("the scheme of the server URI does not go with security mode {0}")]
    SchemeAndMode(SecurityMode),
    /// Access control for an object instance that is not in the data.
    #[error("access control for /{object}/{instance}, which the data does not hold")]
    NoTarget {
        /// The object.
        object: u16,
        /// The instance.
        instance: u16,
    },
    /// Access control for a server that is not in the data.
    #[error("access control for short server id {0}, which no account has")]
    NoSuchServer(u16),
    /// The bootstrap server and a server share their secret key.
    #[error("the bootstrap-server account shares its secret key with a server account")]
    SharedSecret,
    /// A secret key is one of the keys of the card's secure channel.
    #[error("the secret key is also a key of the card's secure channel")]
    Scp03Key,
    /// An object the device does not support.
    #[error("the device does not support object {0}")]
    Unsupported(u16),
    /// More object instances than this crate deals with.
    #[error("{instances} object instances are more than {max}", max = crate::MAX_INSTANCES)]
    TooManyInstances {
        /// How many there are.
        instances: usize,
    },
}

impl FindingKind {
    /// The rule it touches.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::NoAccount | Self::SecondBootstrapServer | Self::TooManyAccounts => Rule::Cs01,
            Self::NoShortServerId
            | Self::UnsignedIdentifier
            | Self::ShortServerIdTwice(_)
            | Self::NoServerInstance(_)
            | Self::NoSecurityInstance(_) => Rule::Cs02,
            Self::Missing(_)
            | Self::DefaultServes(_)
            | Self::Value(_)
            | Self::UriMalformed
            | Self::UriTooLong { .. }
            | Self::UriScheme
            | Self::SchemeAndMode(_) => Rule::Cs03,
            Self::NoTarget { .. } | Self::NoSuchServer(_) | Self::Unsupported(_) => Rule::Cs04,
            Self::SharedSecret | Self::Scp03Key => Rule::Bs04,
            Self::TooManyInstances { .. } => Rule::Ft03,
        }
    }

    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::DefaultServes(_)
            | Self::SchemeAndMode(_)
            | Self::NoTarget { .. }
            | Self::NoSuchServer(_)
            | Self::SharedSecret
            | Self::UnsignedIdentifier
            | Self::Scp03Key
            | Self::Unsupported(_) => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// On which grounds a finding can refuse the whole of the data: of those on one ground a policy
/// accepts all or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    Error,
    SharedSecret,
    Scp03Key,
    Unsupported,
    OtherWarning,
}

impl FindingKind {
    pub(crate) fn ground(&self) -> Ground {
        match self {
            Self::SharedSecret => Ground::SharedSecret,
            Self::Scp03Key => Ground::Scp03Key,
            Self::Unsupported(_) => Ground::Unsupported,
            _ if self.severity() == Severity::Error => Ground::Error,
            _ => Ground::OtherWarning,
        }
    }
}

impl Finding {
    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// The rule it touches.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.kind.rule()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({}): {}", self.severity(), self.rule(), self.path, self.kind)
    }
}
