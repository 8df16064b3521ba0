// SPDX-License-Identifier: Apache-2.0
//! Decoding TLV, beside a copy of the same bytes and a walk that only checks bounds.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use simstrap_benches::{DEVICE, ber, bounds_only};
use simstrap_bootstrap_data::registry::{self, DataType, ObjectDefinition};
use simstrap_bootstrap_data::tlv::{Entries, Entry, Kind};
use simstrap_bootstrap_data::{BootstrapData, BootstrapDataRef, DecodeError, RawValue, Value};

/// The types of the Device object as a program that knows them has them.
const fn device_type(resource: u16) -> DataType {
    match resource {
        0..=3 | 14..=16 => DataType::String,
        13 => DataType::Time,
        _ => DataType::Integer,
    }
}

fn typed(entry: &Entry<'_>, data_type: DataType) -> Result<u64, DecodeError> {
    Ok(match RawValue::from(entry).typed(data_type)? {
        Value::String(text) => text.len() as u64,
        Value::Integer(number) | Value::Time(number) => number.cast_unsigned(),
        _ => 0,
    })
}

/// Every value of the instance, typed; what they come to, so that none can be left out.
fn walk(bytes: &[u8], type_of: impl Fn(u16) -> DataType) -> Result<u64, DecodeError> {
    let mut sum = 0_u64;
    for entry in Entries::new(bytes) {
        let entry = entry?;
        let data_type = type_of(entry.id);
        if entry.kind == Kind::MultipleResource {
            for instance in entry.entries() {
                sum = sum.wrapping_add(typed(&instance?, data_type)?);
            }
        } else {
            sum = sum.wrapping_add(typed(&entry, data_type)?);
        }
    }
    Ok(sum)
}

fn registered(definition: &ObjectDefinition, resource: u16) -> DataType {
    definition.resource(resource).map_or(DataType::Opaque, |resource| resource.data_type)
}

fn tlv_decode(criterion: &mut Criterion) {
    let device = hex::decode(DEVICE).unwrap();
    let definition = registry::object(3).unwrap();
    let mut group = criterion.benchmark_group("tlv_decode");
    group.throughput(Throughput::Bytes(device.len() as u64));
    group.bench_function(BenchmarkId::new("device_121", "typed"), |b| {
        b.iter(|| walk(black_box(&device), device_type));
    });
    group.bench_function(BenchmarkId::new("device_121", "typed_by_registry"), |b| {
        b.iter(|| walk(black_box(&device), |id| registered(definition, id)));
    });
    group.bench_function(BenchmarkId::new("device_121", "limit_bounds_only"), |b| {
        b.iter(|| bounds_only(black_box(&device)));
    });
    let image = ber::image(Entries::new(&device));
    let wrapped = ber::wrapped(&image);
    group.bench_function(BenchmarkId::new("device_121", "other_iso7816_tlv_of_ber"), |b| {
        b.iter(|| iso7816_tlv::ber::Tlv::from_bytes(black_box(&wrapped)).unwrap());
    });
    group.bench_function(BenchmarkId::new("device_121", "other_tlv_parser_of_ber"), |b| {
        b.iter(|| tlv_parser::tlv::Tlv::from_vec(black_box(&wrapped)).unwrap());
    });
    let mut copy = device.clone();
    group.bench_function(BenchmarkId::new("device_121", "limit_memcpy"), |b| {
        b.iter(|| black_box(&mut copy).copy_from_slice(black_box(&device)));
    });
    group.finish();
}

/// A file of 32 KiB: Security instances with URI, identity and key, until it is full.
fn accounts_file() -> Vec<u8> {
    let mut file = Vec::new();
    for count in (1..).map_while(|count: u16| count.checked_mul(2)) {
        let larger = BootstrapData::encode(|encoder| {
            encoder.object(0, None, |object| {
                (0..count).try_for_each(|id| {
                    object.instance(id, |instance| {
                        instance.resource(0, Value::String("coaps://lwm2m.example.com:5684/"))?;
                        instance.resource(1, Value::Boolean(false))?;
                        instance.resource(2, Value::Integer(0))?;
                        instance.resource(3, Value::Opaque(b"urn:dev:example-identity"))?;
                        instance.resource(5, Value::Opaque(&[0x5A; 16]))?;
                        instance.resource(6, Value::Integer(3))?;
                        instance.resource(10, Value::Integer(i64::from(id) + 1))
                    })
                })
            })
        });
        match larger {
            Ok(larger) => file = larger.to_vec(),
            Err(_) => break,
        }
    }
    file
}

/// A file of 32 KiB: access control instances, 8 to an object, until it is full.
fn large_file() -> Vec<u8> {
    let mut instances = 0;
    let mut file = Vec::new();
    loop {
        instances += 32;
        let larger = BootstrapData::encode(|encoder| {
            encoder.object(2, None, |object| {
                (0..instances).try_for_each(|id| {
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
        });
        match larger {
            Ok(larger) => file = larger.to_vec(),
            Err(_) => return file,
        }
    }
}

fn container(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("container");
    for (name, file) in [("32_kib_accounts", accounts_file()), ("32_kib_numbers", large_file())] {
        let resources = BootstrapDataRef::from_bytes(&file)
            .unwrap()
            .objects()
            .flat_map(|object| object.instances())
            .map(|instance| instance.resources().count())
            .sum::<usize>();
        println!("{name}: {} bytes, {resources} resources", file.len());
        group.throughput(Throughput::Elements(resources as u64));
        group.bench_function(BenchmarkId::new(name, "checked"), |b| {
            b.iter(|| BootstrapDataRef::from_bytes(black_box(&file)).is_ok());
        });
        group.bench_function(BenchmarkId::new(name, "checked_and_typed"), |b| {
            b.iter(|| {
                let data = BootstrapDataRef::from_bytes(black_box(&file)).unwrap();
                simstrap_bootstrap_data::object::check_types(&data).is_ok()
            });
        });
        group.bench_function(BenchmarkId::new(name, "limit_bounds_only"), |b| {
            const HEADERS: usize = 4 + 5;
            b.iter(|| bounds_only(black_box(file.get(HEADERS..).unwrap_or_default())));
        });
    }
    group.finish();
}

criterion_group!(benches, tlv_decode, container);
criterion_main!(benches);
