// SPDX-License-Identifier: Apache-2.0
//! Decoding TLV, beside a copy of the same bytes and a walk that only checks bounds.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use simstrap_benches::cases::{self, device_type, registered, walk};
use simstrap_benches::{DEVICE, ber, bounds_only};
use simstrap_bootstrap_data::BootstrapDataRef;
use simstrap_bootstrap_data::registry;
use simstrap_bootstrap_data::tlv::Entries;

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

fn container(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("container");
    for (name, file) in cases::files() {
        let resources = cases::resources(&file);
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
            b.iter(|| bounds_only(black_box(cases::instances_of(&file))));
        });
    }
    group.finish();
}

criterion_group!(benches, tlv_decode, container);
criterion_main!(benches);
