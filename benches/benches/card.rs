// SPDX-License-Identifier: Apache-2.0
//! Reading the virtual card and looking at it again, beside what the card alone takes for the same
//! commands, and beside the hash of the data.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use sha2::{Digest as _, Sha256};
use simstrap_benches::cases::card_description;
use simstrap_bootstrap_data::reader::{CardSession, ReadOptions, SecureChannelOptions, read_card};
use simstrap_bootstrap_data::scp03::apdu::{LastTry, blocking};
use simstrap_bootstrap_data::scp03::{Configuration, KeyVersionNumber, StaticKeys};
use simstrap_virtual_card::{CardDescription, SharedCard, VirtualCard};

fn configuration(description: &CardDescription) -> Configuration<StaticKeys> {
    let scp03 = description.scp03.as_ref().unwrap();
    let keys = StaticKeys::from_slices(scp03.enc.expose(), scp03.mac.expose(), scp03.dek.expose());
    let key_version = KeyVersionNumber::new(scp03.key_version);
    Configuration { key_version, ..Configuration::new(keys.unwrap()) }
}

/// Calls with options to read in the clear, or through SCP03.
fn with_options<T>(
    secure: Option<&Configuration<StaticKeys>>,
    use_them: impl FnOnce(&mut ReadOptions<'_>) -> T,
) -> T {
    let mut random = |challenge: &mut [u8]| {
        challenge.fill(0x42);
        Ok(())
    };
    let secure_channel =
        secure.map(|configuration| SecureChannelOptions { configuration, random: &mut random });
    use_them(&mut ReadOptions { pin: None, last_try: LastTry::Keep, secure_channel })
}

/// The commands of what was done last, given to the card again without anybody at the other end.
fn card_alone(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    card: &mut VirtualCard,
    commands: &[Vec<u8>],
) {
    group.bench_function(BenchmarkId::new(name, "limit_card_alone"), |b| {
        b.iter(|| {
            for command in commands {
                black_box(card.exchange(black_box(command)).unwrap());
            }
            card.clear_log();
        });
    });
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read_card");
    for (name, large) in [("126_bytes", false), ("32_kib", true)] {
        let description = card_description(large).unwrap();
        let keys = configuration(&description);
        for (kind, secure) in [("in_the_clear", None), ("scp03_33", Some(&keys))] {
            let mut card = VirtualCard::new(&description).unwrap();
            group.bench_function(BenchmarkId::new(name, kind), |b| {
                b.iter(|| {
                    let read = with_options(secure, |options| {
                        blocking::run(read_card(&mut card, options)).unwrap().unwrap()
                    });
                    card.clear_log();
                    read.reading.digest
                });
            });
        }
        let mut card = VirtualCard::new(&description).unwrap();
        let mut options = ReadOptions::in_the_clear();
        blocking::run(read_card(&mut card, &mut options)).unwrap().unwrap();
        let commands: Vec<_> = card.log().iter().map(|exchange| exchange.command.clone()).collect();
        card_alone(&mut group, name, &mut card, &commands);
    }
    group.finish();
}

fn recheck(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recheck");
    for (name, large) in [("126_bytes", false), ("32_kib", true)] {
        let description = card_description(large).unwrap();
        let keys = configuration(&description);
        let mut used = Vec::new();
        for (kind, secure) in [("in_the_clear", None), ("scp03_33", Some(&keys))] {
            let card = SharedCard::new(VirtualCard::new(&description).unwrap());
            let mut session = CardSession::new(card.clone());
            let first = with_options(secure, |options| {
                blocking::run(session.read(options)).unwrap().unwrap()
            });
            used = first.reading.used.to_vec();
            group.bench_function(BenchmarkId::new(name, kind), |b| {
                b.iter(|| {
                    let unchanged = blocking::run(session.recheck()).unwrap().unwrap();
                    card.lock().clear_log();
                    unchanged
                });
            });
        }
        group.bench_function(BenchmarkId::new(name, "limit_sha256"), |b| {
            b.iter(|| Sha256::digest(black_box(&used)));
        });
        let card = SharedCard::new(VirtualCard::new(&description).unwrap());
        let mut session = CardSession::new(card.clone());
        blocking::run(session.read(&mut ReadOptions::in_the_clear())).unwrap().unwrap();
        card.lock().clear_log();
        blocking::run(session.recheck()).unwrap().unwrap();
        let commands: Vec<_> =
            card.lock().log().iter().map(|exchange| exchange.command.clone()).collect();
        card_alone(&mut group, name, &mut card.lock(), &commands);
    }
    group.finish();
}

criterion_group!(benches, read, recheck);
criterion_main!(benches);
