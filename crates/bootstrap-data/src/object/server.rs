// SPDX-License-Identifier: Apache-2.0
//! Object 1: how to register with a server (TS Core, E.2).

use super::{ShortServerId, check_other, natural, short_server_id, single};
use crate::error::DecodeError;
use crate::file::InstanceRef;
use crate::registry::SERVER_VALUES;
use crate::value::{ObjectLink, RawValue};

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
        for resource in instance.resources() {
            match resource.id() {
                Self::SHORT_SERVER_ID => {
                    server.short_server_id = Some(single(&resource, short_server_id)?);
                }
                Self::LIFETIME => server.lifetime = Some(single(&resource, natural)?),
                2 => server.default_minimum_period = Some(single(&resource, natural)?),
                3 => server.default_maximum_period = Some(single(&resource, natural)?),
                5 => server.disable_timeout = Some(single(&resource, natural)?),
                Self::NOTIFICATION_STORING => {
                    server.notification_storing = Some(single(&resource, RawValue::boolean)?);
                }
                Self::BINDING => server.binding = Some(single(&resource, RawValue::string)?),
                10 => server.apn_link = Some(single(&resource, RawValue::object_link)?),
                16 => {
                    server.bootstrap_on_registration_failure =
                        Some(single(&resource, RawValue::boolean)?);
                }
                _ => check_other(&SERVER_VALUES, resource)?,
            }
        }
        Ok(server)
    }
}
