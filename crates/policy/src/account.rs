// SPDX-License-Identifier: Apache-2.0
//! Accounts: what it takes to talk to one server.

use simstrap_bootstrap_data::object::{Security, Server, ShortServerId};

use crate::Verdict;

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

impl Account<'_> {
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

impl BootstrapServerAccount<'_> {
    /// What to do with it, and why.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }
}
