// SPDX-License-Identifier: Apache-2.0
//! Long random lives, against a small model of the rules.

use std::collections::{BTreeMap, BTreeSet};

use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::{AccountId, AccountState, Policy, Record, RecordedAccount, Source};
use simstrap_client::{HostEvent, Operation};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::card::{Way, card};
use crate::data::{data, id};
use crate::memory::{Crash, Kind};
use crate::random_numbers::Random;
use crate::world::World;

/// What is in the reader, as the rules see it.
#[derive(Debug, Clone, PartialEq)]
struct Card {
    number: u8,
    servers: Vec<i64>,
    lifetime: i64,
    active: bool,
}

/// What the rules want of a device, written from them alone: which accounts of the card it uses,
/// and which it still stores, disabled, at which place of the data they came from.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    card: Option<u8>,
    used: BTreeMap<AccountId, usize>,
    disabled: BTreeMap<AccountId, usize>,
}

impl Model {
    /// After a look that came to its end.
    fn looked(&self, reader: Option<&Card>) -> Self {
        // CR-07: no card, no file, or another card: nothing of before is left.
        let Some(card) = reader.filter(|card| card.active) else { return Self::default() };
        let before = if self.card == Some(card.number) { self.clone() } else { Self::default() };
        let account =
            |id: i64| ShortServerId::new(u16::try_from(id).unwrap()).map(AccountId::Server);
        let accounts = card.servers.iter().map(|id| account(*id));
        let used: BTreeMap<_, _> =
            accounts.map(|id| id.unwrap_or(AccountId::BootstrapServer)).zip(0..).collect();
        // CR-05: what the new data does not have is disabled, unless something takes its place.
        let mut disabled = before.disabled;
        disabled.extend(before.used);
        disabled.retain(|id, place| !used.contains_key(id) && *place >= used.len());
        Self { card: Some(card.number), used, disabled }
    }
}

struct Life<'d> {
    way: Way,
    world: World<'d>,
    reader: Option<Card>,
    /// What was in it at the beginning of the step.
    reader_before: Option<Card>,
    model: Model,
    random: Random,
    /// The last exchange at which something may go wrong.
    faults_until: u64,
}

impl Life<'_> {
    /// Something happens to the card, unseen by the device.
    fn touch_card(&mut self) {
        let number = 1 + u8::try_from(self.random.below(2)).unwrap();
        let servers = self.random.servers();
        let lifetime = 300 + i64::try_from(self.random.below(3)).unwrap();
        match (self.random.below(4), &mut self.reader) {
            (0, _) => {
                self.world.pull();
                self.reader = None;
            }
            (1, Some(card)) => {
                self.world.card.lock().deactivate_bootstrap_file();
                card.active = false;
            }
            (2, Some(card)) => {
                self.world.change(&data(&servers, lifetime));
                (card.servers, card.lifetime) = (servers, lifetime);
            }
            _ => {
                self.world.insert(number, data(&servers, lifetime));
                self.reader = Some(Card { number, servers, lifetime, active: true });
            }
        }
    }

    /// Something will go wrong at one of the next exchanges.
    fn inject(&mut self) {
        let kinds = [
            FaultKind::NeverAnswers,
            FaultKind::EmptyResponse,
            FaultKind::Status([0x6F, 0x00]),
            FaultKind::Status([0x69, 0x86]),
            FaultKind::Reset,
            FaultKind::Garbage(vec![0x5A; 40]),
        ];
        let kind = kinds[self.random.index(kinds.len())].clone();
        let mut card = self.world.card.lock();
        let at = card.exchanges() + self.random.below(16);
        card.inject(Fault { at, kind });
        self.faults_until = self.faults_until.max(at);
    }

    /// The card is another one from some exchange on.
    fn swap(&mut self) {
        let servers = self.random.servers();
        let new = data(&servers, 900);
        let kind = FaultKind::Replace(Box::new(card(self.way, 3, &new)));
        // Of two faults at one exchange only the first happens.
        let first = self.world.card.lock().exchanges().max(self.faults_until + 1);
        let at = first + self.random.below(5);
        self.world.card.lock().inject(Fault { at, kind });
        self.reader = Some(Card { number: 3, servers, lifetime: 900, active: true });
        // What is done after a look at the one card is right by that, not by the other.
        self.world.stack().lenient = true;
        self.world.attempt(HostEvent::RefreshHint);
        self.world.stack().lenient = false;
        self.world.expect_on_card(new);
        let mut card = self.world.card.lock();
        while card.exchanges() <= at {
            // STATUS: the swap takes place, if the device was not looking for long enough.
            card.exchange(&[0x80, 0xF2, 0x00, 0x0C]).ok();
        }
    }

    fn power_cut(&mut self) {
        let crash = Crash::ALL[self.random.index(3)];
        let cut = self.random.index(12);
        self.world.power.cut_after(cut, crash);
        self.world.handle(HostEvent::RefreshHint);
        self.world.restart();
    }

    /// Whoever waits for the driver loses patience, at some point of what it does with stack and
    /// store; then it goes on.
    fn lose_patience(&mut self) {
        self.world.power.stall_after(self.random.index(24));
        self.world.attempt(HostEvent::RefreshHint);
        self.world.power.resume();
        self.world.attempt(HostEvent::RefreshHint);
    }

    /// Something happens to the device. Tells whether it must have had a look that went well.
    fn step(&mut self) -> bool {
        let undisturbed = self.faults_until < self.world.card.lock().exchanges();
        let server = id(1 + u16::try_from(self.random.below(9)).unwrap());
        match self.random.below(15) {
            0..=2 => self.touch_card(),
            3 => self.inject(),
            4 => {
                self.power_cut();
                return undisturbed;
            }
            5 => {
                self.world.attempt(HostEvent::RefreshHint);
                return undisturbed;
            }
            6 => self.world.attempt(HostEvent::ServerInitiatedBootstrap),
            7 if !self.world.stack().timers.is_empty() => drop(self.world.pass_time()),
            8 => {
                let unreachable = &mut self.world.stack().unreachable;
                if !unreachable.remove(&AccountId::Server(server)) {
                    unreachable.insert(AccountId::Server(server));
                }
            }
            9 => self.world.attempt(HostEvent::Due(Operation::Register(server))),
            10 => self.swap(),
            11 => {
                self.lose_patience();
                return undisturbed;
            }
            12 => {
                let success = self.random.below(2) == 0;
                self.world.attempt(HostEvent::Bootstrapped { success });
            }
            _ => self.world.attempt(HostEvent::Due(Operation::Update(server))),
        }
        false
    }

    /// What holds after every step; the stack asserts the rest at each operation: no operation
    /// without a look, none with what is disabled, and the card has the account as it is.
    fn check(&mut self, looked: bool) {
        let record = self.world.record().clone();
        let held = self.world.stack().instances.clone();
        let applied = record.accounts().iter().filter(|a| a.state == AccountState::Applied);
        if record.intent().is_none() {
            self.world.assert_in_step();
            let mut whole = applied.clone().flat_map(RecordedAccount::instances);
            assert!(whole.all(|path| held.contains_key(&path)), "never half an account");
        }
        let others = held.values().filter(|held| held.1 == Source::BootstrapServer).count();
        assert_eq!(others, 2, "dd_01: what did not come from the card stays");

        // A step may have looked at what was there before, at what is there now, or at both.
        let before = self.model.looked(self.reader_before.as_ref());
        let both = before.looked(self.reader.as_ref());
        let after = self.model.looked(self.reader.as_ref());
        let used: BTreeSet<_> = applied.map(|account| account.id).collect();
        let wants = |model: &Model| model.used.keys().copied().collect::<BTreeSet<_>>();
        if looked {
            assert_eq!(record.intent(), None);
            assert_eq!(used, wants(&after), "cr_05, cr_07: as the card has it");
        }
        if record.intent().is_none() {
            let fits = |model: &Model| used == wants(model) && record_is_of(&record, model);
            let mut outcomes = [after, both, before, self.model.clone()].into_iter();
            let outcome = outcomes.find(fits);
            self.model = outcome.unwrap_or_else(|| {
                let (reader, model) = (&self.reader, &self.model);
                panic!("cr_09: what is not known changes nothing: {used:?}, {reader:?}, {model:?}")
            });
        }
        let disabled = record.accounts().iter().filter(|a| a.state == AccountState::Disabled);
        for account in disabled.filter(|_| record.intent().is_none()) {
            let stored = self.model.disabled.contains_key(&account.id);
            assert!(stored, "cr_05: {} is stored without a reason", account.id);
        }
    }

    fn settle(&mut self) {
        self.reader_before.clone_from(&self.reader);
        for _ in 0..20 {
            self.world.attempt(HostEvent::RefreshHint);
        }
        self.check(true);
    }
}

fn record_is_of(record: &Record, model: &Model) -> bool {
    let digits = record.card().map(|card| card.iccid.to_string());
    digits.map(|digits| digits[digits.len() - 2..].parse().unwrap()) == model.card
}

fn live(way: Way, seed: u64, steps: usize) {
    println!("{way:?}, seed {seed}");
    let policy = Policy::default();
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let servers = random.servers();
    let store = if seed.is_multiple_of(10) { Kind::File } else { Kind::ALL[random.index(2)] };
    let world = World::boot_with(way, store, &policy, (1, data(&servers, 300)), |stack| {
        stack.put(8, Source::BootstrapServer);
        stack.factory = Some(9).filter(|_| seed.is_multiple_of(2));
        stack.account_timeout = 0;
    });
    let reader = Some(Card { number: 1, servers, lifetime: 300, active: true });
    let model = Model::default();
    let reader_before = None;
    let mut life = Life { way, world, reader, reader_before, model, random, faults_until: 0 };
    life.check(true);
    for _ in 0..steps {
        life.reader_before.clone_from(&life.reader);
        let looked = life.step();
        life.check(looked);
    }
    life.settle();
}

#[test]
fn cr_04_cr_05_cr_07_cr_09_dd_01_dd_02_ft_01_random_lives_keep_the_rules() {
    for seed in 1..=40 {
        live(Way::InTheClear, seed, 150);
    }
}

#[test]
fn cr_03_cr_04_cr_05_cr_07_cr_09_ft_06_random_lives_behind_a_secure_channel_keep_the_rules() {
    for seed in 101..=115 {
        live(Way::Secure, seed, 150);
    }
}
