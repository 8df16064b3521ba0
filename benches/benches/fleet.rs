// SPDX-License-Identifier: Apache-2.0
//! Many devices in one process, each with its virtual card, its policy and its client. Their
//! LwM2M stack answers at once: what a server would be sent goes down a channel in memory.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, Sender};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use simstrap_bootstrap_data::object::{Security, Server, ShortServerId};
use simstrap_bootstrap_data::reader::ReadOptions;
use simstrap_bootstrap_data::scp03::RandomError;
use simstrap_bootstrap_data::scp03::apdu::blocking;
use simstrap_bootstrap_data::{BootstrapData, InstanceRef, Value};
use simstrap_client::{
    CancelReason, Driver, Host, HostEvent, IgnoreReason, Operation, Report, TimerId, View,
};
use simstrap_policy::{AccountId, HeldInstance, InstancePath, Policy, Source, Step, Store};
use simstrap_virtual_card::{CardDescription, SharedCard, VirtualCard};

const DEVICES: u32 = 100;

/// An LwM2M stack that holds instances, and that every server says yes to.
struct Stack {
    held: Vec<HeldInstance>,
    to_server: Sender<Operation>,
}

impl Stack {
    fn write(&mut self, path: InstancePath, resources: &[u8]) {
        let instance = InstanceRef::from_resources(path.object, path.instance, resources).unwrap();
        let id = match path.object {
            Security::OBJECT_ID => Security::from_instance(&instance).unwrap().short_server_id,
            Server::OBJECT_ID => Server::from_instance(&instance).unwrap().short_server_id,
            _ => None,
        };
        let account = id.map(AccountId::Server);
        self.held.retain(|held| held.path != path);
        self.held.push(HeldInstance { path, source: Some(Source::Smartcard), account });
    }
}

impl Host for Stack {
    type Error = Infallible;

    async fn next(&mut self) -> Option<HostEvent> {
        None
    }

    fn with_view<R>(&mut self, look: impl FnOnce(&View<'_>) -> R) -> R {
        let mut view = View::default();
        view.device.instances = &self.held;
        look(&view)
    }

    async fn carry_out(&mut self, step: &Step<'_>) -> Result<(), Infallible> {
        match step {
            Step::Write { path, bytes } => self.write(*path, bytes),
            Step::Remove(path) => self.held.retain(|held| held.path != *path),
            _ => {}
        }
        Ok(())
    }

    async fn perform(&mut self, operation: Operation) -> Result<(), Infallible> {
        self.to_server.send(operation).unwrap();
        Ok(())
    }

    async fn apply_factory_data(&mut self) -> bool {
        false
    }

    async fn purge_bootstrap_server(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn answer_bootstrap(&mut self, _: Result<(), IgnoreReason>) {}

    fn start_timer(&mut self, _: TimerId, _: u32) {}

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), RandomError> {
        buffer.fill(0x5A);
        Ok(())
    }

    fn deferred(&mut self, _: Operation) {}

    fn cancelled(&mut self, _: Operation, _: CancelReason) {}

    fn report(&mut self, _: Report) {}

    fn trouble(&mut self, error: &dyn std::error::Error) {
        unreachable!("{error}");
    }
}

/// A record in memory.
#[derive(Default)]
struct InMemory(Option<Vec<u8>>);

impl Store for InMemory {
    type Error = Infallible;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.clone())
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0 = Some(bytes.to_vec());
        Ok(())
    }
}

/// An account of a server, in the clear: some 80 bytes.
fn data(lifetime: i64) -> BootstrapData {
    let file = BootstrapData::encode(|encoder| {
        encoder.object(0, None, |object| {
            object.instance(1, |instance| {
                instance.resource(0, Value::String("coap://fleet.example.net"))?;
                instance.resource(1, Value::Boolean(false))?;
                instance.resource(2, Value::Integer(3))?;
                instance.resource(10, Value::Integer(1))
            })
        })?;
        encoder.object(1, None, |object| {
            object.instance(1, |instance| {
                instance.resource(0, Value::Integer(1))?;
                instance.resource(1, Value::Integer(lifetime))?;
                instance.resource(6, Value::Boolean(false))?;
                instance.resource(7, Value::String("U"))
            })
        })
    });
    BootstrapData::from_bytes(&file.unwrap()).unwrap()
}

struct Member<'p> {
    card: SharedCard,
    driver: Driver<'p, SharedCard, Stack, InMemory>,
}

impl<'p> Member<'p> {
    /// Switches a device on; it reads its card and registers.
    fn boot(card: VirtualCard, policy: &'p Policy, to_server: Sender<Operation>) -> Self {
        let card = SharedCard::new(card);
        let host = Stack { held: Vec::new(), to_server };
        let options = ReadOptions::in_the_clear();
        let loading = Driver::load(policy, card.clone(), options, host, InMemory::default());
        let mut driver = blocking::run(loading).unwrap().unwrap();
        blocking::run(driver.start()).unwrap();
        Self { card, driver }
    }

    /// An Update is due; the card is looked at first.
    fn update(&mut self) {
        let event = HostEvent::Due(Operation::Update(ShortServerId::new(1).unwrap()));
        blocking::run(self.driver.handle(event)).unwrap();
        self.card.lock().clear_log();
    }
}

fn cards() -> Vec<VirtualCard> {
    let mut description = CardDescription::sample().unwrap();
    let cards = (0..DEVICES).map(|number| {
        description.iccid = format!("898821100000{number:07}");
        let mut card = VirtualCard::new(&description).unwrap();
        card.update_bootstrap_data(data(86_400).bytes()).unwrap();
        card
    });
    cards.collect()
}

/// Makes sure that each device asked for one thing.
fn served(server: &Receiver<Operation>, expected: fn(&Operation) -> bool) {
    let requests: Vec<_> = server.try_iter().collect();
    assert_eq!(requests.len(), DEVICES as usize);
    assert!(requests.iter().all(expected));
}

const fn is_register(operation: &Operation) -> bool {
    matches!(operation, Operation::Register(_))
}

fn fleet(criterion: &mut Criterion) {
    let policy = Policy::default();
    let (to_server, server) = mpsc::channel();
    let boot = |cards: Vec<VirtualCard>| -> Vec<_> {
        cards.into_iter().map(|card| Member::boot(card, &policy, to_server.clone())).collect()
    };
    let mut group = criterion.benchmark_group("fleet");
    group.throughput(Throughput::Elements(u64::from(DEVICES)));
    let named = |what: &str| BenchmarkId::new("100_devices", what);

    group.bench_function(named("read_and_registered"), |b| {
        let cards = cards();
        let routine = |cards| {
            let fleet = boot(cards);
            served(&server, is_register);
            fleet
        };
        b.iter_batched(|| cards.clone(), routine, BatchSize::LargeInput);
    });
    let mut fleet = boot(cards());
    served(&server, is_register);
    group.bench_function(named("checked_and_updated"), |b| {
        b.iter(|| {
            fleet.iter_mut().for_each(Member::update);
            served(&server, |operation| matches!(operation, Operation::Update(_)));
        });
    });
    let mut versions = [data(600), data(900)].into_iter().cycle();
    group.bench_function(named("changed_and_registered_anew"), |b| {
        b.iter(|| {
            let new = versions.next().unwrap();
            for member in &mut fleet {
                member.card.lock().update_bootstrap_data(new.bytes()).unwrap();
                member.update();
            }
            served(&server, is_register);
        });
    });
    group.finish();
}

criterion_group!(benches, fleet);
criterion_main!(benches);
