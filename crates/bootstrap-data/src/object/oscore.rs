// SPDX-License-Identifier: Apache-2.0
//! Object 21: keys for OSCORE (LwM2M TS Transport, App. A).

use super::{SecretBytes, check_other, opaque, secret, single};
use crate::error::DecodeError;
use crate::file::InstanceRef;
use crate::registry::OSCORE_VALUES;
use crate::value::RawValue;

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
        for resource in instance.resources() {
            match resource.id() {
                0 => oscore.master_secret = Some(single(&resource, secret)?),
                1 => oscore.sender_id = Some(single(&resource, opaque)?),
                2 => oscore.recipient_id = Some(single(&resource, opaque)?),
                3 => oscore.aead_algorithm = Some(single(&resource, RawValue::integer)?),
                4 => oscore.hmac_algorithm = Some(single(&resource, RawValue::integer)?),
                5 => oscore.master_salt = Some(single(&resource, opaque)?),
                6 => oscore.id_context = Some(single(&resource, opaque)?),
                _ => check_other(&OSCORE_VALUES, resource)?,
            }
        }
        Ok(oscore)
    }
}
