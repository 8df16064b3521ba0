// SPDX-License-Identifier: Apache-2.0
//! The objects that make an account, typed: Security, Server, Access Control, OSCORE
//! (LwM2M TS Core, App. E).
//!
//! A resource that is absent is `None`, also a mandatory one: whether the whole is consistent is
//! for the policy to judge. A resource that is there but no value of its type is an error.
#![warn(clippy::arithmetic_side_effects)]

mod access_control;
mod oscore;
mod security;
mod server;

pub use access_control::{AccessControl, AccessControlEntry, AccessRights};
pub use oscore::Oscore;
pub use security::{Security, SecurityMode};
pub use server::Server;

use core::fmt;

use crate::error::{DecodeError, ErrorKind};
use crate::file::{Content, ResourceInstances, ResourceRef};
use crate::registry::{DataType, ValueDefinition};
use crate::value::RawValue;

/// A short server id: 1 to 65534.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortServerId(u16);

impl ShortServerId {
    /// A short server id; `None` for 0 and 65535, which are reserved.
    #[must_use]
    pub const fn new(id: u16) -> Option<Self> {
        match id {
            0 | u16::MAX => None,
            _ => Some(Self(id)),
        }
    }

    /// The number.
    #[must_use]
    pub const fn to_u16(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ShortServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Key material, borrowed: `Debug` does not show it, and there is no `==`, which would not take
/// the same time for every value.
#[derive(Clone, Copy)]
pub struct SecretBytes<'a>(&'a [u8]);

impl<'a> SecretBytes<'a> {
    /// The bytes. Handle with care; compare in constant time.
    #[must_use]
    pub const fn expose(&self) -> &'a [u8] {
        self.0
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes, redacted)", self.0.len())
    }
}

/// Checks that all resources of objects 0, 1, 2 and 21 are of the types they must have.
///
/// # Errors
/// [`DecodeError`] for the first one that is not.
pub fn check_types(data: &crate::BootstrapDataRef<'_>) -> Result<(), DecodeError> {
    for object in data.objects() {
        for instance in object.instances() {
            match object.id() {
                Security::OBJECT_ID => Security::default().fill(&instance)?,
                Server::OBJECT_ID => Server::default().fill(&instance)?,
                AccessControl::OBJECT_ID => AccessControl::default().fill(&instance)?,
                Oscore::OBJECT_ID => Oscore::default().fill(&instance)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// A number that cannot be negative.
fn natural<N: TryFrom<i64>>(value: RawValue<'_>) -> Result<N, DecodeError> {
    let number = value.integer()?;
    N::try_from(number).map_err(|_| ErrorKind::OutOfRange { value: number }.at(value.offset()))
}

/// An identifier of 16 bits: encoders that write 40000 in two bytes mean it, although two's
/// complement would make it negative ([`is_unsigned_identifier`] tells).
fn identifier(value: RawValue<'_>) -> Result<u16, DecodeError> {
    match *value.bytes() {
        [high, low] => Ok(u16::from_be_bytes([high, low])),
        _ => natural(value),
    }
}

/// Whether an identifier is written in two bytes that two's complement would make negative.
#[must_use]
pub fn is_unsigned_identifier(value: &RawValue<'_>) -> bool {
    matches!(*value.bytes(), [0x80..=0xFF, _])
}

/// Checks a resource that has no field of its own against its definition, if it has one.
#[inline(always)]
fn check_other(
    definitions: &'static [ValueDefinition],
    resource: &ResourceRef<'_>,
) -> Result<(), DecodeError> {
    // Takes it apart, so that a loop over resources keeps them in registers.
    check_content(definitions, resource.id(), resource.offset(), resource.content())
}

fn check_content(
    definitions: &'static [ValueDefinition],
    resource: u16,
    offset: usize,
    content: Content<'_>,
) -> Result<(), DecodeError> {
    let definition = ValueDefinition::of(definitions, resource);
    let Some(definition) = definition.filter(|definition| definition.data_type != DataType::None)
    else {
        return Ok(());
    };
    match content {
        Content::Single(value) if !definition.multiple => check(definition.data_type, value),
        Content::Multiple(values) if definition.multiple => {
            check_each(definition.data_type, values)
        }
        Content::Single(_) => Err(ErrorKind::NotMultiple.at(offset)),
        Content::Multiple(_) => Err(ErrorKind::NotSingle.at(offset)),
    }
}

fn check(data_type: DataType, value: RawValue<'_>) -> Result<(), DecodeError> {
    value.typed(data_type).map(|_| ())
}

fn check_each(data_type: DataType, mut values: ResourceInstances<'_>) -> Result<(), DecodeError> {
    values.try_for_each(|(_, value)| check(data_type, value))
}

/// A short server id in its range.
fn short_server_id(value: RawValue<'_>) -> Result<ShortServerId, DecodeError> {
    let id = identifier(value)?;
    ShortServerId::new(id).ok_or(ErrorKind::OutOfRange { value: i64::from(id) }.at(value.offset()))
}

#[cfg(test)]
mod tests;
