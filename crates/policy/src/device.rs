// SPDX-License-Identifier: Apache-2.0
//! What a device holds, as far as it matters here: a view, made by the LwM2M stack.

use core::fmt;

use simstrap_bootstrap_data::object::{AccessControlEntry, Security, Server};

use crate::AccountId;

/// What a device holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Device<'d> {
    /// Its object instances: those of Security and Server, those the card brought, and those
    /// that what the card brings could meet. Others may be left out.
    pub instances: &'d [HeldInstance],
    /// Its Access Control instances. A device without object 2 has none.
    pub access_control: &'d [HeldAccessControl<'d>],
}

/// An object instance on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldInstance {
    /// Which one.
    pub path: InstancePath,
    /// Who wrote it last; `None` when the device does not keep track, then the record tells what
    /// came from the card.
    pub source: Option<Source>,
    /// The account a Security or Server instance belongs to.
    pub account: Option<AccountId>,
}

/// An Access Control instance on the device (object 2).
#[derive(Debug, Clone, Copy)]
pub struct HeldAccessControl<'d> {
    /// Its instance id.
    pub instance: u16,
    /// Resources 0 and 1: what it is about. Instance 65535 is the object itself.
    pub target: InstancePath,
    /// Resource 3: short server id of the owner; 65535 when only a bootstrap may change it.
    pub owner: u16,
    /// Resource 2: who may do what.
    pub entries: &'d [AccessControlEntry],
}

/// Where configuration came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A smart card.
    Smartcard,
    /// The factory.
    Factory,
    /// A bootstrap server.
    BootstrapServer,
    /// A server, through device management.
    Server,
}

/// An object instance: `/object/instance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstancePath {
    /// Object id.
    pub object: u16,
    /// Object instance id.
    pub instance: u16,
}

impl InstancePath {
    /// An object instance.
    #[must_use]
    pub const fn new(object: u16, instance: u16) -> Self {
        Self { object, instance }
    }

    /// An instance of object 0.
    #[must_use]
    pub const fn security(instance: u16) -> Self {
        Self::new(Security::OBJECT_ID, instance)
    }

    /// An instance of object 1.
    #[must_use]
    pub const fn server(instance: u16) -> Self {
        Self::new(Server::OBJECT_ID, instance)
    }
}

impl HeldInstance {
    /// Whether another source than the card wrote it last.
    #[must_use]
    pub fn foreign_source(&self) -> Option<Source> {
        self.source.filter(|source| *source != Source::Smartcard)
    }
}

impl Source {
    /// A stable short name: `smartcard`, `factory`, `bootstrap-server`, `server`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smartcard => "smartcard",
            Self::Factory => "factory",
            Self::BootstrapServer => "bootstrap-server",
            Self::Server => "server",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for InstancePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.object, self.instance)
    }
}
