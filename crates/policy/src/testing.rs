// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data for tests.

use simstrap_bootstrap_data::{BootstrapData, EncodeError, InstanceEncoder, Value};

pub(crate) type Resource<'v> = (u16, Value<'v>);

/// Instances of an object: id and single resources.
pub(crate) type Object<'v> = (u16, Vec<(u16, Vec<Resource<'v>>)>);

pub(crate) fn encode(objects: &[Object<'_>]) -> BootstrapData {
    let write = |encoder: &mut InstanceEncoder<'_, '_>, resources: &[Resource<'_>]| {
        resources.iter().try_for_each(|(id, value)| encoder.resource(*id, *value))
    };
    let file = BootstrapData::encode(|encoder| {
        objects.iter().try_for_each(|(object, instances)| {
            encoder.object(*object, None, |encoder| {
                instances.iter().try_for_each(|(id, resources)| -> Result<(), EncodeError> {
                    encoder.instance(*id, |encoder| write(encoder, resources))
                })
            })
        })
    });
    BootstrapData::from_bytes(&file.unwrap()).unwrap()
}

pub(crate) fn security(id: i64) -> Vec<Resource<'static>> {
    vec![
        (0, Value::String("coaps://dm.example.com")),
        (1, Value::Boolean(false)),
        (2, Value::Integer(0)),
        (3, Value::Opaque(b"identity")),
        (5, Value::Opaque(b"sixteen test byt")),
        (10, Value::Integer(id)),
    ]
}

pub(crate) fn bootstrap_security() -> Vec<Resource<'static>> {
    let mut resources = security(0);
    resources[1] = (1, Value::Boolean(true));
    resources[4] = (5, Value::Opaque(b"other test bytes"));
    resources.pop();
    resources
}

pub(crate) fn server(id: i64) -> Vec<Resource<'static>> {
    vec![
        (0, Value::Integer(id)),
        (1, Value::Integer(3600)),
        (6, Value::Boolean(true)),
        (7, Value::String("U")),
    ]
}

pub(crate) fn numbered<'v>(list: &[Vec<Resource<'v>>]) -> Vec<(u16, Vec<Resource<'v>>)> {
    (0..).zip(list.to_vec()).collect()
}
