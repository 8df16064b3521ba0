// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data as described: what is to be encoded, in that order.

use simstrap_policy::bootstrap_data::{
    BootstrapData, EncodeError, InstanceEncoder, ObjectEncoder, ObjectLink, Value, Version,
};
use zeroize::Zeroizing;

/// Objects, to be encoded.
#[derive(Default)]
pub(crate) struct Draft {
    pub(super) objects: Vec<DraftObject>,
}

pub(super) struct DraftObject {
    pub(super) id: u16,
    pub(super) version: Option<Version>,
    pub(super) instances: Vec<DraftInstance>,
}

pub(super) struct DraftInstance {
    pub(super) id: u16,
    pub(super) resources: Vec<DraftResource>,
}

pub(super) struct DraftResource {
    pub(super) id: u16,
    pub(super) content: DraftContent,
}

pub(super) enum DraftContent {
    Single(DraftValue),
    Multiple(Vec<(u16, DraftValue)>),
}

/// A value that owns its bytes and wipes them.
pub(super) enum DraftValue {
    String(Zeroizing<String>),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
    Opaque(Zeroizing<Vec<u8>>),
    Time(i64),
    ObjectLink(ObjectLink),
}

impl Draft {
    /// The used bytes of the bootstrap file.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, EncodeError> {
        let encoded = BootstrapData::encode(|encoder| {
            self.objects.iter().try_for_each(|object| {
                encoder.object(object.id, object.version, |encoder| object.encode(encoder))
            })
        })?;
        Ok(Zeroizing::new(encoded.to_vec()))
    }
}

impl DraftObject {
    fn encode(&self, encoder: &mut ObjectEncoder<'_, '_>) -> Result<(), EncodeError> {
        self.instances.iter().try_for_each(|instance| {
            encoder.instance(instance.id, |encoder| {
                instance.resources.iter().try_for_each(|resource| resource.encode(encoder))
            })
        })
    }
}

impl DraftResource {
    fn encode(&self, encoder: &mut InstanceEncoder<'_, '_>) -> Result<(), EncodeError> {
        match &self.content {
            DraftContent::Single(value) => encoder.resource(self.id, value.as_value()),
            DraftContent::Multiple(values) => encoder.multiple(self.id, |encoder| {
                values.iter().try_for_each(|(id, value)| encoder.instance(*id, value.as_value()))
            }),
        }
    }
}

impl DraftValue {
    fn as_value(&self) -> Value<'_> {
        match self {
            Self::String(text) => Value::String(text),
            Self::Integer(number) => Value::Integer(*number),
            Self::Unsigned(number) => Value::Unsigned(*number),
            Self::Float(number) => Value::Float(*number),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Opaque(bytes) => Value::Opaque(bytes),
            Self::Time(number) => Value::Time(*number),
            Self::ObjectLink(link) => Value::ObjectLink(*link),
        }
    }
}
