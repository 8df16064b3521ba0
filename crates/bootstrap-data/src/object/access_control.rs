// SPDX-License-Identifier: Apache-2.0
//! Object 2: who may do what with an object instance (TS Core, E.3).
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use super::{check_other, identifier};
use crate::error::{DecodeError, ErrorKind};
use crate::file::{InstanceRef, ResourceInstances, ResourceRef};
use crate::registry::ACCESS_CONTROL_VALUES;
use crate::value::RawValue;

/// An instance of the Access Control object.
#[derive(Debug, Clone, Default)]
pub struct AccessControl<'a> {
    /// Resource 0: the object it is about.
    pub object: Option<u16>,
    /// Resource 1: the object instance it is about; 65535 is the object itself.
    pub instance: Option<u16>,
    /// Resource 3: short server id of the owner; 65535 when only a bootstrap may change it.
    pub owner: Option<u16>,
    entries: Option<ResourceInstances<'a>>,
}

/// One entry of an access control list (resource 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessControlEntry {
    /// Short server id; 0 is every server without an entry of its own.
    pub server: u16,
    /// What it may do.
    pub rights: AccessRights,
}

/// Rights of a server, as bits: 1 Read, 2 Write, 4 Execute, 8 Delete, 16 Create.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccessRights(u8);

impl<'a> AccessControl<'a> {
    /// Object id.
    pub const OBJECT_ID: u16 = 2;
    /// See [`owner`](Self::owner).
    pub const OWNER: u16 = 3;
    /// See [`entries`](Self::entries).
    pub const LIST: u16 = 2;

    /// Reads an instance of object 2.
    ///
    /// # Errors
    /// [`DecodeError`] for the first resource that is no value of its type.
    pub fn from_instance(instance: &InstanceRef<'a>) -> Result<Self, DecodeError> {
        let mut access_control = Self::default();
        access_control.fill(instance).map(|()| access_control)
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
            0 => self.object = Some(identifier(resource.one()?)?),
            1 => self.instance = Some(identifier(resource.one()?)?),
            Self::LIST => {
                let entries = resource.many()?;
                for (_, rights) in entries.clone() {
                    AccessRights::from_value(rights)?;
                }
                self.entries = Some(entries);
            }
            Self::OWNER => self.owner = Some(identifier(resource.one()?)?),
            _ => check_other(&ACCESS_CONTROL_VALUES, resource)?,
        }
        Ok(())
    }

    /// The access control list: server and rights.
    pub fn entries(&self) -> impl Iterator<Item = AccessControlEntry> + 'a {
        self.entries.clone().into_iter().flatten().filter_map(|(server, value)| {
            let rights = AccessRights::from_value(value).ok()?;
            Some(AccessControlEntry { server, rights })
        })
    }
}

impl AccessRights {
    /// Read, Observe, Write-Attributes.
    pub const READ: Self = Self(1);
    /// Write.
    pub const WRITE: Self = Self(2);
    /// Execute.
    pub const EXECUTE: Self = Self(4);
    /// Delete.
    pub const DELETE: Self = Self(8);
    /// Create.
    pub const CREATE: Self = Self(16);

    /// Rights by their bits; `None` when others than the five are set.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        if bits < 0x20 { Some(Self(bits)) } else { None }
    }

    /// Whether all of these rights are among them.
    #[must_use]
    pub const fn contains(self, rights: Self) -> bool {
        self.0 & rights.0 == rights.0
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    fn from_value(value: RawValue<'_>) -> Result<Self, DecodeError> {
        let bits = value.unsigned()?;
        u8::try_from(bits).ok().and_then(Self::new).ok_or_else(|| {
            ErrorKind::OutOfRange { value: i64::try_from(bits).unwrap_or(i64::MAX) }
                .at(value.offset())
        })
    }
}

impl fmt::Display for AccessRights {
    /// The letters of the rights: `RWEDC`, a dash where one is missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = [
            (Self::READ, 'R'),
            (Self::WRITE, 'W'),
            (Self::EXECUTE, 'E'),
            (Self::DELETE, 'D'),
            (Self::CREATE, 'C'),
        ];
        letters.into_iter().try_for_each(|(right, letter)| {
            write!(f, "{}", if self.contains(right) { letter } else { '-' })
        })
    }
}

impl fmt::Debug for AccessRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessRights({self})")
    }
}
