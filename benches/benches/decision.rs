// SPDX-License-Identifier: Apache-2.0
//! What comes around the data: directories that lead to it, the encoder, policy and record.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sha2::{Digest as _, Sha256};
use simstrap_bootstrap_data::pkcs15::{DataObjects, Directories};
use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;
use simstrap_bootstrap_data::{BootstrapData, BootstrapDataRef, Content, Value};
use simstrap_policy::{
    Assessment, Circumstances, Device, Engine, Observation, Policy, Record, Salt,
};

/// A bootstrap server, two servers, access control and an APN profile: 324 bytes.
const FILE: &str = "000401400000010100c6080046c8001b636f6170733a2f2f62732e6578616d706c652e6e6574\
3a35363834c10101c10200c50362732d6964c004c80510000102030405060708090a0b0c0d0e0fc10b1ec10c00080152c8\
001b636f6170733a2f2f646d2e6578616d706c652e6e65743a35363834c10100c10200c5036465762d31c004c805101011\
12131415161718191a1b1c1d1e1fc10a6588100c44000000c0a844010000c0ab080225c80019636f61703a2f2f6261636b\
75702e6578616d706c652e6e6574c10100c10203c10a66000101010029080015c10065c40100015180c10201c1033cc106\
01c1075508010ec10066c201012cc10600c20755510002000025080011c10003c10100860241650f416601c1036508010e\
c10001c10100830241650fc10365000b000016080013c300696f74c8010b696f742e6578616d706c65";

/// EF ODF with keys before the data objects, EF DODF with the double-encoded identifier.
const ODF: &str = "a406300404024401a706300404026430a706300404026431ffffff";
const DODF: &str = "a127300030110c0f4c774d324d20426f6f747374726170a110300e06060604672b09013004040264\
32";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).unwrap()
}

fn pkcs15(criterion: &mut Criterion) {
    let (odf, dodf) = (bytes(ODF), bytes(DODF));
    let mut group = criterion.benchmark_group("pkcs15");
    group.bench_function(BenchmarkId::new("odf_and_dodf", "to_the_object"), |b| {
        b.iter(|| {
            let directories = Directories::new(black_box(&odf)).map_while(Result::ok).count();
            let mut objects = DataObjects::new(black_box(&dodf)).map_while(Result::ok);
            (directories, objects.find_map(|object| object.bootstrap_oid()))
        });
    });
    let mut copy = odf.clone();
    group.bench_function(BenchmarkId::new("odf_and_dodf", "limit_memcpy_of_odf"), |b| {
        b.iter(|| black_box(&mut copy).copy_from_slice(black_box(&odf)));
    });
    group.finish();
}

fn tlv_encode(criterion: &mut Criterion) {
    let file = bytes(FILE);
    let data = BootstrapDataRef::from_bytes(&file).unwrap();
    let encode = |data: &BootstrapDataRef<'_>| {
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
    };
    assert_eq!(encode(&data).unwrap().as_ref(), file);
    let mut group = criterion.benchmark_group("tlv_encode");
    group.bench_function(BenchmarkId::new("324_bytes", "encode"), |b| {
        b.iter(|| encode(black_box(&data)).unwrap());
    });
    group.bench_function(BenchmarkId::new("324_bytes", "limit_memcpy_to_new"), |b| {
        b.iter(|| black_box(&file).clone());
    });
    group.finish();
}

/// The most rules there can be, none of which matches.
fn long_policy() -> Policy {
    let mut text = String::new();
    for number in 0..64 {
        writeln!(text, "[[rule]]\nuri = \"coaps://*.{number}.example.org\"\ndecision = \"ignore\"")
            .unwrap();
    }
    Policy::from_toml(&text).unwrap()
}

fn policy(criterion: &mut Criterion) {
    let file = bytes(FILE);
    let data = BootstrapDataRef::from_bytes(&file).unwrap();
    let mut group = criterion.benchmark_group("policy");
    for (name, policy) in [("default", Policy::default()), ("64_rules", long_policy())] {
        group.bench_function(BenchmarkId::new("assess_324_bytes", name), |b| {
            b.iter(|| {
                let circumstances = Circumstances::default();
                Assessment::under(black_box(&policy), data, &circumstances, &mut ()).refused()
            });
        });
    }
    group.bench_function(BenchmarkId::new("assess_324_bytes", "limit_types_alone"), |b| {
        b.iter(|| simstrap_bootstrap_data::object::check_types(black_box(&data)));
    });
    group.finish();
}

/// The record of a device that has applied the file.
fn full_record(file: &[u8]) -> Record {
    let policy = Policy::default();
    let data = BootstrapDataRef::from_bytes(file).unwrap();
    let assessment = Assessment::of(data);
    let record = Record::new(Salt::new([7; 16]));
    let engine = Engine { policy: &policy, record: &record, device: Device::default() };
    let plan = engine.plan(Observation::Card {
        iccid: Iccid::from_bytes([1; 10]),
        digest: Digest::of(file),
        assessment: Some(&assessment),
    });
    plan.record().clone()
}

fn record(criterion: &mut Criterion) {
    let record = full_record(&bytes(FILE));
    let stored = record.to_bytes().unwrap();
    let mut group = criterion.benchmark_group("record");
    group.bench_function(BenchmarkId::new("three_accounts", "to_bytes"), |b| {
        b.iter(|| black_box(&record).to_bytes().unwrap());
    });
    group.bench_function(BenchmarkId::new("three_accounts", "from_bytes"), |b| {
        b.iter(|| Record::from_bytes(black_box(&stored)).unwrap());
    });
    group.bench_function(BenchmarkId::new("three_accounts", "limit_sha256"), |b| {
        b.iter(|| Sha256::digest(black_box(&stored)));
    });
    group.finish();
}

criterion_group!(benches, pkcs15, tlv_encode, policy, record);
criterion_main!(benches);
