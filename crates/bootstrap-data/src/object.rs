// SPDX-License-Identifier: Apache-2.0
//! The objects that make an account, typed: Security, Server, Access Control, OSCORE
//! (LwM2M TS Core, App. E).
//!
//! A resource that is absent is `None`, also a mandatory one: whether the whole is consistent is
//! for the policy to judge. A resource that is there but no value of its type is an error.

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
use crate::file::ResourceRef;
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

/// Key material, borrowed: `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
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

/// Checks that the resources of objects 0, 1, 2 and 21 are of the types they must have.
///
/// # Errors
/// [`DecodeError`] for the first one that is not.
pub fn check_types(data: &crate::BootstrapDataRef<'_>) -> Result<(), DecodeError> {
    for object in data.objects() {
        for instance in object.instances() {
            match object.id() {
                Security::OBJECT_ID => Security::from_instance(&instance).map(|_| ())?,
                Server::OBJECT_ID => Server::from_instance(&instance).map(|_| ())?,
                AccessControl::OBJECT_ID => AccessControl::from_instance(&instance).map(|_| ())?,
                Oscore::OBJECT_ID => Oscore::from_instance(&instance).map(|_| ())?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// The value of a single resource, read by `read`.
fn single<'a, T>(
    resource: &ResourceRef<'a>,
    read: impl FnOnce(&RawValue<'a>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let value = resource.single()?;
    read(&value).map_err(|error| error.within(resource.path()))
}

/// Any bytes.
fn opaque<'a>(value: &RawValue<'a>) -> Result<&'a [u8], DecodeError> {
    Ok(value.bytes())
}

/// Key material.
fn secret<'a>(value: &RawValue<'a>) -> Result<SecretBytes<'a>, DecodeError> {
    Ok(SecretBytes(value.bytes()))
}

/// A number that cannot be negative: encoders that write 40000 in two bytes mean it, although
/// two's complement would make it negative.
fn natural<N: TryFrom<u64>>(value: &RawValue<'_>) -> Result<N, DecodeError> {
    let number = value.unsigned()?;
    N::try_from(number).map_err(|_| {
        let value_i64 = i64::try_from(number).unwrap_or(i64::MAX);
        ErrorKind::OutOfRange { value: value_i64 }.at(value.offset())
    })
}

/// A short server id in its range.
fn short_server_id(value: &RawValue<'_>) -> Result<ShortServerId, DecodeError> {
    let id: u16 = natural(value)?;
    ShortServerId::new(id).ok_or(ErrorKind::OutOfRange { value: i64::from(id) }.at(value.offset()))
}

#[cfg(test)]
mod tests;
