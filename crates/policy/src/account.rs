// SPDX-License-Identifier: Apache-2.0
//! Accounts: what it takes to talk to one server.

use core::fmt;

use simstrap_bootstrap_data::object::{Oscore, Security, Server, ShortServerId};
use simstrap_bootstrap_data::{BootstrapDataRef, InstanceRef};

use crate::{Decision, Verdict};

/// The most server accounts dealt with: several times what any device uses.
pub const MAX_ACCOUNTS: usize = 32;

/// A server account: a Security and a Server instance with the same short server id.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    /// Instance of object 0.
    pub security_instance: u16,
    /// The Security object.
    pub security: Security<'a>,
    /// Instance of object 1, where there is one with the same short server id.
    pub server_instance: Option<u16>,
    /// The Server object.
    pub server: Option<Server<'a>>,
    pub(crate) verdict: Verdict,
}

impl<'a> Account<'a> {
    /// The short server id both have.
    #[must_use]
    pub const fn short_server_id(&self) -> Option<ShortServerId> {
        self.security.short_server_id
    }

    /// What to do with it, and why.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The account as rules and choices see it; `None` without a short server id.
    #[must_use]
    pub fn view(&self) -> Option<AccountView<'_, 'a>> {
        Some(AccountView {
            id: AccountId::Server(self.short_server_id()?),
            security: &self.security,
            server: self.server.as_ref(),
        })
    }
}

/// The account of the bootstrap server: a Security instance without a Server instance.
#[derive(Debug, Clone)]
pub struct BootstrapServerAccount<'a> {
    /// Instance of object 0.
    pub security_instance: u16,
    /// The Security object.
    pub security: Security<'a>,
    pub(crate) verdict: Verdict,
}

impl<'a> BootstrapServerAccount<'a> {
    /// What to do with it, and why.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The account as rules and choices see it.
    #[must_use]
    pub const fn view(&self) -> AccountView<'_, 'a> {
        AccountView { id: AccountId::BootstrapServer, security: &self.security, server: None }
    }
}

/// Which account: the one of the bootstrap server, or that of a server by its short server id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountId {
    /// The account of the bootstrap server.
    BootstrapServer,
    /// The account of a server.
    Server(ShortServerId),
}

impl AccountId {
    /// The short server id; the bootstrap server has none.
    #[must_use]
    pub const fn short_server_id(self) -> Option<ShortServerId> {
        match self {
            Self::BootstrapServer => None,
            Self::Server(id) => Some(id),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BootstrapServer => f.write_str("bootstrap server"),
            Self::Server(id) => write!(f, "server {id}"),
        }
    }
}

/// An account, as rules and choices see it.
#[derive(Debug, Clone, Copy)]
pub struct AccountView<'v, 'a> {
    /// Which account.
    pub id: AccountId,
    /// The Security object.
    pub security: &'v Security<'a>,
    /// The Server object; a bootstrap server has none.
    pub server: Option<&'v Server<'a>>,
}

/// A device's own choice, where a policy in words does not suffice.
///
/// It is asked once for every account that is in order and meets the demands of the policy; what
/// is refused stays so.
///
/// ```
/// use simstrap_policy::{AccountView, Choice, Decision, Verdict};
///
/// /// Uses the first account it is asked about, no other.
/// struct OnlyOne(bool);
///
/// impl Choice for OnlyOne {
///     fn choose(&mut self, _account: &AccountView<'_, '_>, proposed: Verdict) -> Decision {
///         let taken = core::mem::replace(&mut self.0, true);
///         if taken { Decision::Ignore } else { proposed.decision }
///     }
/// }
/// ```
pub trait Choice {
    /// Decides about an account, given what the policy proposes.
    fn choose(&mut self, account: &AccountView<'_, '_>, proposed: Verdict) -> Decision;
}

/// Whatever the policy proposes.
impl Choice for () {
    fn choose(&mut self, _account: &AccountView<'_, '_>, proposed: Verdict) -> Decision {
        proposed.decision
    }
}

impl<C: Choice + ?Sized> Choice for &mut C {
    fn choose(&mut self, account: &AccountView<'_, '_>, proposed: Verdict) -> Decision {
        C::choose(self, account, proposed)
    }
}

/// The OSCORE instance that a Security instance links to: part of its security material.
pub(crate) fn oscore_instance<'a>(
    data: BootstrapDataRef<'a>,
    security: &Security<'a>,
) -> Option<InstanceRef<'a>> {
    let link = security.oscore.filter(|link| link.object == Oscore::OBJECT_ID)?;
    data.object(link.object)?.instance(link.instance)
}
