// SPDX-License-Identifier: Apache-2.0
//! Protecting one READ BINARY and opening its response, beside the AES and CMAC operations that
//! this consists of.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "benchmarks"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aes::Aes128;
use aes::cipher::array::Array;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt};
use cmac::{Cmac, KeyInit, Mac};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use simstrap_scp03::apdu::{Command, ExpectedLength, Response};
use simstrap_scp03::card::{CardConfig, CardKeySet, CardSecureChannel, Received, SecurityDomain};
use simstrap_scp03::{Challenge, Configuration, Handshake, Session, StaticKeys};

/// The most a protected response can hold at level 33.
const PLAIN: usize = 239;

struct Pair {
    host: Session,
    card: CardSecureChannel,
    domain: SecurityDomain,
}

fn send(
    card: &mut CardSecureChannel,
    domain: &mut SecurityDomain,
    command: &Command<'_>,
) -> Vec<u8> {
    let mut buffer = [0; 261];
    let bytes = command.write_to(&mut buffer).unwrap();
    match card.receive(domain, bytes, b"application", &mut |random| random.fill(0x5A)) {
        Received::Answer(answer) => answer,
        Received::Command(_) => card.respond(&[0x77; PLAIN], 0x9000),
    }
}

impl Pair {
    fn open() -> Self {
        let keys = StaticKeys::from_slices(&[0x11; 16], &[0x22; 16], &[0x33; 16]).unwrap();
        let set = CardKeySet::new(0x30, &[0x11; 16], &[0x22; 16], &[0x33; 16]).unwrap();
        let mut domain = SecurityDomain::new(CardConfig::default(), vec![set]);
        let mut card = CardSecureChannel::new();
        let configuration = Configuration::new(keys);
        let handshake = Handshake::new(&configuration, Challenge::from_bytes(&[0x42; 8]).unwrap());
        let answer = send(&mut card, &mut domain, &handshake.initialize_update());
        let response = Response::from_bytes(&answer).unwrap();
        let authenticated = handshake.verify_card(response, Some(b"application")).unwrap();
        let answer = send(&mut card, &mut domain, &authenticated.external_authenticate());
        let host = authenticated.open(Response::from_bytes(&answer).unwrap().status).unwrap();
        Self { host, card, domain }
    }

    /// One exchange; only what the host does counts.
    fn exchange(&mut self) -> Duration {
        let le = ExpectedLength::new(239).unwrap();
        let command = Command::read_binary(0, le).unwrap();
        let mut work = [0; Session::MAX_WRAPPED];
        let start = Instant::now();
        let protected = self.host.wrap(black_box(&command), &mut work).unwrap();
        let wrapped = start.elapsed();
        let mut answer = send(&mut self.card, &mut self.domain, &protected);
        let status = Response::from_bytes(&answer).unwrap().status;
        let length = answer.len() - 2;
        let start = Instant::now();
        let plain = self.host.unwrap(black_box(&mut answer[..length]), status).unwrap();
        let unwrapped = start.elapsed();
        assert_eq!(plain.data.len(), PLAIN);
        wrapped + unwrapped
    }
}

/// The operations of the same exchange, with keys that are ready.
struct Bare {
    cipher: Aes128,
    mac: Cmac<Aes128>,
    blocks: [Block<Aes128>; 15],
}

impl Bare {
    /// C-MAC over chaining value and header.
    fn command(&self) -> u8 {
        let mut mac = self.mac.clone();
        mac.update(black_box(&[0; 16 + 5]));
        mac.finalize().into_bytes()[0]
    }

    /// R-MAC over chaining value, data and status word; the IV; 15 blocks decrypted.
    fn response(&mut self) -> u8 {
        let mut mac = self.mac.clone();
        mac.update(black_box(&[0; 16]));
        let data = Array::slice_as_flattened(&self.blocks);
        mac.update(black_box(data));
        mac.update(black_box(&[0x90, 0x00]));
        let mut iv = Block::<Aes128>::default();
        self.cipher.encrypt_block(&mut iv);
        self.cipher.decrypt_blocks(black_box(&mut self.blocks));
        mac.finalize().into_bytes()[0] ^ iv[0]
    }

    fn exchange(&mut self) -> Duration {
        let start = Instant::now();
        black_box(self.command());
        let command = start.elapsed();
        let start = Instant::now();
        black_box(self.response());
        command + start.elapsed()
    }
}

fn scp03(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scp03");
    let mut pair = Pair::open();
    group.bench_function(BenchmarkId::new("read_binary_239", "wrap_and_unwrap"), |b| {
        b.iter_custom(|iterations| (0..iterations).map(|_| pair.exchange()).sum());
    });
    let mut bare = Bare {
        cipher: Aes128::new(&[0x11; 16].into()),
        mac: Cmac::new(&[0x22; 16].into()),
        blocks: [Block::<Aes128>::default(); 15],
    };
    group.bench_function(BenchmarkId::new("read_binary_239", "limit_bare_aes_and_cmac"), |b| {
        b.iter_custom(|iterations| (0..iterations).map(|_| bare.exchange()).sum());
    });
    group.bench_function(BenchmarkId::new("handshake", "aes_128_s8"), |b| {
        b.iter(Pair::open);
    });
    group.finish();
}

criterion_group!(benches, scp03);
criterion_main!(benches);
