// SPDX-License-Identifier: Apache-2.0
//! What comes around the data: directories that lead to it, the encoder, policy and record.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sha2::{Digest as _, Sha256};
use simstrap_benches::ACCOUNTS;
use simstrap_benches::cases::encoded_again;
use simstrap_bootstrap_data::BootstrapDataRef;
use simstrap_bootstrap_data::pkcs15::{DataObjects, Directories};
use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;
use simstrap_policy::{
    Assessment, Circumstances, Device, Engine, Observation, Policy, Record, Salt,
};

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
    let file = bytes(ACCOUNTS);
    let data = BootstrapDataRef::from_bytes(&file).unwrap();
    assert_eq!(encoded_again(&data).unwrap().as_ref(), file);
    let mut group = criterion.benchmark_group("tlv_encode");
    group.bench_function(BenchmarkId::new("324_bytes", "encode"), |b| {
        b.iter(|| encoded_again(black_box(&data)).unwrap());
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
    let file = bytes(ACCOUNTS);
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
    let record = full_record(&bytes(ACCOUNTS));
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
