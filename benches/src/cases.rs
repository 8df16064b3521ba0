// SPDX-License-Identifier: Apache-2.0
//! What is decoded, for the benchmarks and for the counts of instructions alike.

use simstrap_bootstrap_data::registry::{DataType, ObjectDefinition};
use simstrap_bootstrap_data::tlv::{Entries, Kind};
use simstrap_bootstrap_data::{
    BootstrapData, BootstrapDataRef, Content, DecodeError, EncodeError, Encoder, RawValue, Value,
};
use simstrap_virtual_card::{CardDescription, DescriptionError, Secret};

/// The largest files there are, by name.
#[must_use]
pub fn files() -> [(&'static str, Vec<u8>); 3] {
    [
        ("32_kib_accounts", largest(accounts)),
        ("32_kib_1800", largest(long_accounts)),
        ("32_kib_numbers", largest(access_control)),
    ]
}

/// The number of resources of a file; a multiple one counts once.
#[must_use]
pub fn resources(file: &[u8]) -> usize {
    let objects = BootstrapDataRef::from_bytes(file).map(|data| data.objects());
    let instances = objects.into_iter().flatten().flat_map(|object| object.instances());
    instances.map(|instance| instance.resources().count()).sum()
}

/// The instances of a file with a single object.
#[must_use]
pub fn instances_of(file: &[u8]) -> &[u8] {
    const HEADERS: usize = 4 + 5;
    file.get(HEADERS..).unwrap_or_default()
}

/// The file with as many instances as fit, up to 4,095.
fn largest(instances: fn(&mut Encoder<'_>, u16) -> Result<(), EncodeError>) -> Vec<u8> {
    let mut largest = (0, Vec::new());
    for bit in (0..12).rev() {
        let count = largest.0 | 1 << bit;
        if let Ok(file) = BootstrapData::encode(|encoder| instances(encoder, count)) {
            largest = (count, file.to_vec());
        }
    }
    largest.1
}

/// Security instances with URI, identity and key: 7 resources in some 95 bytes.
fn accounts(encoder: &mut Encoder<'_>, count: u16) -> Result<(), EncodeError> {
    security(encoder, count, "coaps://lwm2m.example.com:5684/", b"urn:dev:example-identity")
}

/// The same with longer texts, so that some 1,800 resources fill the file.
fn long_accounts(encoder: &mut Encoder<'_>, count: u16) -> Result<(), EncodeError> {
    let uri = "coaps://lwm2m.europe.iot.example.com:5684/bootstrap";
    security(encoder, count, uri, b"urn:imei-msisdn:354658090000001-4915")
}

fn security(
    encoder: &mut Encoder<'_>,
    count: u16,
    uri: &str,
    identity: &[u8],
) -> Result<(), EncodeError> {
    encoder.object(0, None, |object| {
        (0..count).try_for_each(|id| {
            object.instance(id, |instance| {
                instance.resource(0, Value::String(uri))?;
                instance.resource(1, Value::Boolean(false))?;
                instance.resource(2, Value::Integer(0))?;
                instance.resource(3, Value::Opaque(identity))?;
                instance.resource(5, Value::Opaque(&[0x5A; 16]))?;
                instance.resource(6, Value::Integer(3))?;
                instance.resource(10, Value::Integer(i64::from(id) + 1))
            })
        })
    })
}

/// Access control instances, which hold numbers only.
fn access_control(encoder: &mut Encoder<'_>, count: u16) -> Result<(), EncodeError> {
    encoder.object(2, None, |object| {
        (0..count).try_for_each(|id| {
            object.instance(id, |instance| {
                instance.resource(0, Value::Integer(3))?;
                instance.resource(1, Value::Integer(i64::from(id)))?;
                instance.multiple(2, |list| {
                    list.instance(101, Value::Integer(15))?;
                    list.instance(102, Value::Integer(1))
                })?;
                instance.resource(3, Value::Integer(101))
            })
        })
    })
}

/// The types of the Device object as a program that knows them has them.
#[must_use]
pub const fn device_type(resource: u16) -> DataType {
    match resource {
        0..=3 | 14..=16 => DataType::String,
        13 => DataType::Time,
        _ => DataType::Integer,
    }
}

#[inline]
fn typed(value: RawValue<'_>, data_type: DataType) -> Result<u64, DecodeError> {
    Ok(match value.typed(data_type)? {
        Value::String(text) => text.len() as u64,
        Value::Integer(number) | Value::Time(number) => number.cast_unsigned(),
        _ => 0,
    })
}

/// Every value of the instance, typed; what they come to, so that none can be left out.
///
/// # Errors
/// [`DecodeError`] for what is wrong in the bytes.
pub fn walk(bytes: &[u8], type_of: impl Fn(u16) -> DataType) -> Result<u64, DecodeError> {
    let mut sum = 0_u64;
    for entry in Entries::new(bytes) {
        let entry = entry?;
        let data_type = type_of(entry.id);
        if entry.kind == Kind::MultipleResource {
            for instance in entry.entries() {
                sum = sum.wrapping_add(typed(RawValue::from(&instance?), data_type)?);
            }
        } else {
            sum = sum.wrapping_add(typed(RawValue::from(&entry), data_type)?);
        }
    }
    Ok(sum)
}

/// The type of a resource by the registry.
#[must_use]
pub fn registered(definition: &ObjectDefinition, resource: u16) -> DataType {
    definition.resource(resource).map_or(DataType::Opaque, |resource| resource.data_type)
}

/// A card that holds the sample data, or 32 KiB.
///
/// # Errors
/// None that the benchmarks would not have found.
pub fn card_description(large: bool) -> Result<CardDescription, DescriptionError> {
    let mut description = CardDescription::sample()?;
    if large {
        const AROUND: usize = 4 + 5 + 4 + 4;
        let value = vec![0x5A; 32 * 1024 - AROUND];
        let file = BootstrapData::encode(|encoder| {
            encoder.object(9, None, |object| {
                object.instance(0, |instance| instance.resource(2, Value::Opaque(&value)))
            })
        });
        description.bootstrap.size = None;
        description.bootstrap.data = file.ok().map(|file| Secret::new(file.to_vec()));
    }
    Ok(description)
}

/// The data taken apart and encoded anew.
///
/// # Errors
/// [`EncodeError`] when it does not fit a file, which it came from.
pub fn encoded_again(data: &BootstrapDataRef<'_>) -> Result<impl AsRef<[u8]>, EncodeError> {
    BootstrapData::encode(|encoder| {
        data.objects().try_for_each(|object| {
            encoder.object(object.id(), object.version(), |encoder| {
                object.instances().try_for_each(|instance| {
                    encoder.instance(instance.id(), |encoder| {
                        instance.resources().try_for_each(|resource| match resource.content() {
                            Content::Single(value) => {
                                encoder.resource(resource.id(), Value::Opaque(value.bytes()))
                            }
                            Content::Multiple(mut values) => {
                                encoder.multiple(resource.id(), |encoder| {
                                    values.try_for_each(|(id, value)| {
                                        encoder.instance(id, Value::Opaque(value.bytes()))
                                    })
                                })
                            }
                        })
                    })
                })
            })
        })
    })
}
