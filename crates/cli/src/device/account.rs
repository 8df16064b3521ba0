// SPDX-License-Identifier: Apache-2.0
//! An account as a stack needs it: where the server is, and what it takes to talk to it.

use simstrap_policy::bootstrap_data::object::{Security, SecurityMode, Server};
use simstrap_policy::{AccountId, Source};

/// The account of a server, typed. Keys in it redact themselves in `Debug`.
#[derive(Debug, Clone)]
pub(crate) struct Account<'d> {
    pub(crate) id: AccountId,
    pub(crate) security: Security<'d>,
    /// A bootstrap server has none.
    pub(crate) server: Option<Server<'d>>,
    /// Who wrote the Security instance.
    pub(crate) source: Source,
}

impl Account<'_> {
    /// Where the server is.
    pub(crate) fn uri(&self) -> &str {
        self.security.uri.unwrap_or_default()
    }

    /// How messages are protected; without being told, not at all.
    pub(crate) fn mode(&self) -> SecurityMode {
        self.security.mode.unwrap_or(SecurityMode::NoSec)
    }

    /// Seconds that a registration lasts; 0 is for ever.
    pub(crate) fn lifetime(&self) -> u32 {
        self.server.as_ref().and_then(|server| server.lifetime).unwrap_or(0)
    }

    /// Transport bindings, `U` where none are named.
    pub(crate) fn binding(&self) -> &str {
        self.server.as_ref().and_then(|server| server.binding).unwrap_or("U")
    }
}
