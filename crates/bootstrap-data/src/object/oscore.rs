// SPDX-License-Identifier: Apache-2.0
//! Object 21: keys for OSCORE (LwM2M TS Transport, App. A).
#![warn(clippy::arithmetic_side_effects)]

use super::{SecretBytes, check_other};
use crate::error::DecodeError;
use crate::file::{InstanceRef, ResourceRef};
use crate::registry::OSCORE_VALUES;

/// An instance of the OSCORE object.
#[derive(Debug, Clone, Default)]
pub struct Oscore<'a> {
    /// Resource 0: master secret.
    pub master_secret: Option<SecretBytes<'a>>,
    /// Resource 1: sender id.
    pub sender_id: Option<&'a [u8]>,
    /// Resource 2: recipient id.
    pub recipient_id: Option<&'a [u8]>,
    /// Resource 3: AEAD algorithm, by its COSE number.
    pub aead_algorithm: Option<i64>,
    /// Resource 4: HMAC algorithm, by its COSE number.
    pub hmac_algorithm: Option<i64>,
    /// Resource 5: master salt.
    pub master_salt: Option<&'a [u8]>,
    /// Resource 6: id context.
    pub id_context: Option<&'a [u8]>,
}

impl<'a> Oscore<'a> {
    /// Object id.
    pub const OBJECT_ID: u16 = 21;

    /// Reads an instance of object 21.
    ///
    /// # Errors
    /// [`DecodeError`] for the first resource that is no value of its type.
    pub fn from_instance(instance: &InstanceRef<'a>) -> Result<Self, DecodeError> {
        let mut oscore = Self::default();
        oscore.fill(instance).map(|()| oscore)
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
            0 => self.master_secret = Some(SecretBytes(resource.one()?.bytes())),
            1 => self.sender_id = Some(resource.one()?.bytes()),
            2 => self.recipient_id = Some(resource.one()?.bytes()),
            3 => self.aead_algorithm = Some(resource.one()?.integer()?),
            4 => self.hmac_algorithm = Some(resource.one()?.integer()?),
            5 => self.master_salt = Some(resource.one()?.bytes()),
            6 => self.id_context = Some(resource.one()?.bytes()),
            _ => check_other(&OSCORE_VALUES, resource)?,
        }
        Ok(())
    }
}
