// SPDX-License-Identifier: Apache-2.0
//! Object 1: how to register with a server (TS Core, E.2).
#![warn(clippy::arithmetic_side_effects)]

use super::{ShortServerId, check_other, natural, short_server_id};
use crate::error::DecodeError;
use crate::file::{InstanceRef, ResourceRef};
use crate::registry::SERVER_VALUES;
use crate::value::ObjectLink;

/// An instance of the Server object.
#[derive(Debug, Clone, Default)]
pub struct Server<'a> {
    /// Resource 0: short server id.
    pub short_server_id: Option<ShortServerId>,
    /// Resource 1: lifetime of a registration, in seconds.
    pub lifetime: Option<u32>,
    /// Resource 2: default minimum period of notifications, in seconds.
    pub default_minimum_period: Option<u32>,
    /// Resource 3: default maximum period of notifications, in seconds.
    pub default_maximum_period: Option<u32>,
    /// Resource 5: how long the server stays disabled, in seconds.
    pub disable_timeout: Option<u32>,
    /// Resource 6: whether notifications are stored while offline.
    pub notification_storing: Option<bool>,
    /// Resource 7: transport bindings: `U`, `UQ`, `T` and so on.
    pub binding: Option<&'a str>,
    /// Resource 10: the APN profile to use.
    pub apn_link: Option<ObjectLink>,
    /// Resource 16: whether a failed registration leads to a bootstrap.
    pub bootstrap_on_registration_failure: Option<bool>,
}

impl<'a> Server<'a> {
    /// Object id.
    pub const OBJECT_ID: u16 = 1;
    /// See [`short_server_id`](Self::short_server_id).
    pub const SHORT_SERVER_ID: u16 = 0;
    /// See [`lifetime`](Self::lifetime).
    pub const LIFETIME: u16 = 1;
    /// See [`notification_storing`](Self::notification_storing).
    pub const NOTIFICATION_STORING: u16 = 6;
    /// See [`binding`](Self::binding).
    pub const BINDING: u16 = 7;

    /// Reads an instance of object 1.
    ///
    /// # Errors
    /// [`DecodeError`] for the first resource that is no value of its type.
    pub fn from_instance(instance: &InstanceRef<'a>) -> Result<Self, DecodeError> {
        let mut server = Self::default();
        server.fill(instance).map(|()| server)
    }

    /// Reads an instance, from nothing on.
    pub(super) fn fill(&mut self, instance: &InstanceRef<'a>) -> Result<(), DecodeError> {
        for resource in instance.resources() {
            self.read(&resource).map_err(|error| resource.located(error))?;
        }
        Ok(())
    }

    fn read(&mut self, resource: &ResourceRef<'a>) -> Result<(), DecodeError> {
        match resource.id() {
            Self::SHORT_SERVER_ID => {
                self.short_server_id = Some(short_server_id(resource.one()?)?);
            }
            Self::LIFETIME => self.lifetime = Some(natural(resource.one()?)?),
            2 => self.default_minimum_period = Some(natural(resource.one()?)?),
            3 => self.default_maximum_period = Some(natural(resource.one()?)?),
            5 => self.disable_timeout = Some(natural(resource.one()?)?),
            Self::NOTIFICATION_STORING => {
                self.notification_storing = Some(resource.one()?.boolean()?);
            }
            Self::BINDING => self.binding = Some(resource.one()?.string()?),
            10 => self.apn_link = Some(resource.one()?.object_link()?),
            16 => self.bootstrap_on_registration_failure = Some(resource.one()?.boolean()?),
            _ => check_other(&SERVER_VALUES, resource)?,
        }
        Ok(())
    }
}
