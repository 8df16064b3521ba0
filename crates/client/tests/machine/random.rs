// SPDX-License-Identifier: Apache-2.0
//! Events in any order: late, twice, unasked, and power cuts in between.

use std::collections::{BTreeMap, BTreeSet};

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::bootstrap_data::reader::{Digest, ReadErrorKind};
use simstrap_client::policy::bootstrap_data::scp03::apdu::Iccid;
use simstrap_client::policy::{
    AccountId, AccountState, Assessment, Comparison, Device, HeldInstance, InstancePath,
    Observation, OnInconclusive, Plan, Policy, Record, Salt, Source, Step,
};
use simstrap_client::{Action, Client, Event, Operation, QUICK_RETRIES, TimerId, View};

use crate::data::{data, id};
use crate::random_numbers::Random;

/// A card; its data lives as long as the test.
#[derive(Debug, Clone, Copy)]
struct Card {
    number: u8,
    servers: &'static [i64],
    data: &'static BootstrapData,
}

impl Card {
    fn new(number: u8, servers: Vec<i64>, lifetime: i64) -> Self {
        let data = Box::leak(Box::new(data(&servers, lifetime)));
        Self { number, servers: servers.leak(), data }
    }

    /// The account with this place in the data.
    fn account(&self, instance: u16) -> AccountId {
        account(self.servers[usize::from(instance)])
    }
}

fn account(server: i64) -> AccountId {
    let id = ShortServerId::new(u16::try_from(server).unwrap());
    id.map_or(AccountId::BootstrapServer, AccountId::Server)
}

/// A plan that is being carried out, and the card it follows.
#[derive(Debug)]
struct Doing {
    plan: Box<Plan<'static>>,
    card: Option<Card>,
    look: u32,
}

/// A device, its card, and what the client waits for.
struct Life<'p> {
    policy: &'p Policy,
    client: Client<'p>,
    random: Random,
    card: Option<Card>,
    held: BTreeMap<InstancePath, (AccountId, Source)>,
    disabled: BTreeSet<AccountId>,
    stored: Record,
    /// Looks that have begun.
    looks: u32,
    /// The last of them that told how it stands with the card.
    conclusive: u32,
    /// Looks and plans that failed since the start.
    failures: u8,
    look: Option<u32>,
    /// Whether "unchanged" is an answer to it.
    may_be_short: bool,
    doing: Option<Doing>,
    performing: Vec<Operation>,
    factory: bool,
    purging: bool,
    timers: Vec<(TimerId, u32)>,
    /// What is to be done with an account, by the looks that had begun by then.
    due: BTreeMap<AccountId, u32>,
}

impl<'p> Life<'p> {
    fn new(policy: &'p Policy, seed: u64) -> Self {
        let record = Record::new(Salt::new([0; 16]));
        let mut life = Self {
            policy,
            client: Client::new(policy, record.clone()),
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            card: None,
            held: BTreeMap::new(),
            disabled: BTreeSet::new(),
            stored: record,
            looks: 0,
            conclusive: 0,
            failures: 0,
            look: None,
            may_be_short: false,
            doing: None,
            performing: Vec::new(),
            factory: false,
            purging: false,
            timers: Vec::new(),
            due: BTreeMap::new(),
        };
        life.touch_card();
        life.event(Event::Start);
        life
    }

    /// Hands an event in, and notes what is asked for; returns how much that is.
    fn event(&mut self, event: Event<'_, 'static>) -> usize {
        let held: Vec<_> = self
            .held
            .iter()
            .map(|(path, (account, source))| HeldInstance {
                path: *path,
                source: Some(*source),
                account: Some(*account),
            })
            .collect();
        let device = Device { instances: &held, access_control: &[] };
        let view = View { device, hold_off: 30, account_timeout: 600 };
        let actions = self.client.handle(event, &view);
        let count = actions.len();
        for action in actions {
            self.asked(action);
        }
        assert!(self.look.is_none() || self.doing.is_none());
        let waits = self.look.is_some() || self.doing.is_some() || !self.timers.is_empty();
        assert!(self.due.is_empty() || waits || !self.performing.is_empty(), "nothing is lost");
        count
    }

    fn asked(&mut self, action: Action<'static>) {
        match action {
            Action::ReadCard | Action::CheckCard => {
                assert!(self.look.is_none() && self.doing.is_none(), "one thing at a time");
                self.may_be_short = matches!(action, Action::CheckCard);
                if self.may_be_short {
                    assert_eq!(self.client.record().intent(), None, "ft_01: it is to be read");
                }
                self.looks += 1;
                self.look = Some(self.looks);
            }
            Action::CarryOut(plan) => {
                assert!(self.look.is_none() && self.doing.is_none(), "one thing at a time");
                if let Some(interim) = plan.interim() {
                    self.stored = interim.clone();
                }
                self.doing = Some(Doing { plan, card: self.card, look: self.looks });
            }
            Action::Perform(operation) => {
                self.assert_may(operation);
                self.due.remove(&operation.account());
                self.performing.push(operation);
            }
            Action::Cancel { operation, .. } => drop(self.due.remove(&operation.account())),
            Action::StartTimer { timer, seconds } => self.timers.push((timer, seconds)),
            Action::LookForFactoryData => self.factory = true,
            Action::PurgeBootstrapServer => self.purging = true,
            Action::StoreRecord(record) => {
                assert!(self.doing.is_none(), "ft_01: the intent is in the store");
                self.stored = *record;
            }
            Action::AcceptBootstrap => {
                let id = AccountId::BootstrapServer;
                assert!(self.has_tried(), "bs_02: too early");
                assert!(self.held.values().any(|held| held.0 == id), "bs_02: no account");
                assert!(!self.disabled.contains(&id), "dd_02");
                let interim = self.doing.as_ref().and_then(|doing| doing.plan.interim());
                let intent = interim.and_then(Record::intent);
                let is_touched = intent.is_some_and(|intent| intent.accounts.contains(&id));
                assert!(!is_touched, "ft_01: a plan is about it");
            }
            _ => {}
        }
    }

    /// Whether the card was tried since the start, and it was heard of or given up for now.
    fn has_tried(&self) -> bool {
        self.conclusive > 0 || self.failures > QUICK_RETRIES
    }

    /// BS-01, CR-04, CR-05, DD-02, FT-01.
    fn assert_may(&self, operation: Operation) {
        let account = operation.account();
        assert!(self.doing.is_none(), "ft_01: {operation} during a plan");
        let mut own = self.held.values().filter(|held| held.0 == account);
        let source = own.next().map(|held| held.1);
        assert!(source.is_some(), "{operation}: there is no such account");
        if operation == Operation::Bootstrap || source != Some(Source::Smartcard) {
            assert!(self.has_tried(), "bs_01: {operation} before the card");
        }
        if source == Some(Source::Smartcard) {
            assert!(self.client.record().is_usable(account), "{operation}: not by the record");
            assert!(!self.disabled.contains(&account), "dd_02: {operation}");
            if self.policy.inconclusive == OnInconclusive::Defer {
                let since = self.due.get(&account);
                assert!(since.is_none_or(|since| self.conclusive > *since), "cr_04: {operation}");
                assert_eq!(self.look, None, "cr_04: {operation} during a look");
            }
        }
    }

    fn touch_card(&mut self) {
        self.card = (self.random.below(4) > 0).then(|| {
            let number = 1 + u8::try_from(self.random.below(2)).unwrap();
            let lifetime = 300 + i64::try_from(self.random.below(2)).unwrap();
            Card::new(number, self.random.servers(), lifetime)
        });
    }

    /// The answer to the look that is under way, by what is in the reader now.
    fn answer_look(&mut self, look: u32) {
        self.look = None;
        let may_be_short = self.may_be_short && self.random.below(2) == 0;
        let Some(card) = self.card else {
            self.conclusive = look;
            self.event(Event::ReadFailed(ReadErrorKind::NoCard));
            return;
        };
        let digest = Digest::of(card.data.bytes());
        let assessment = Assessment::of(card.data.as_ref());
        let observation = Observation::Card {
            iccid: Iccid::from_bytes([card.number; 10]),
            digest,
            assessment: Some(&assessment),
        };
        self.conclusive = look;
        let record = self.client.record();
        let compared = record.compare(Iccid::from_bytes([card.number; 10]), digest);
        if may_be_short && compared == Comparison::Unchanged {
            self.event(Event::CardUnchanged);
        } else {
            self.event(Event::CardRead(observation));
        }
    }

    /// As many steps of a plan as are done.
    fn carry_out(&mut self, doing: &Doing, steps: usize) {
        for step in doing.plan.steps().iter().take(steps) {
            match *step {
                Step::Write { path, .. } => {
                    let account = doing.card.unwrap().account(path.instance);
                    self.held.insert(path, (account, Source::Smartcard));
                }
                Step::Remove(path) => drop(self.held.remove(&path)),
                Step::Disable(id) => drop(self.disabled.insert(id)),
                Step::Enable(id) => drop(self.disabled.remove(&id)),
                _ => {}
            }
        }
    }

    fn answer_plan(&mut self, doing: &Doing, success: bool) {
        let all = doing.plan.steps().len();
        let steps = if success { all } else { self.random.index(all + 1) };
        self.carry_out(doing, steps);
        if success {
            self.stored = doing.plan.record().clone();
            self.conclusive = doing.look;
            self.event(Event::CarriedOut);
        } else {
            self.failures = self.failures.saturating_add(1);
            self.event(Event::NotCarriedOut);
        }
    }

    /// Answers something the client waits for; tells whether there was anything.
    fn answer(&mut self, well: bool) -> bool {
        let success = well || self.random.below(3) > 0;
        if let Some(look) = self.look {
            if success {
                self.answer_look(look);
            } else {
                self.look = None;
                self.failures = self.failures.saturating_add(1);
                self.event(Event::ReadFailed(ReadErrorKind::Unreadable));
            }
        } else if let Some(doing) = self.doing.take() {
            self.answer_plan(&doing, success);
        } else if !self.performing.is_empty() {
            let at = self.random.index(self.performing.len());
            let operation = self.performing.swap_remove(at);
            let answer = if success { Event::Done } else { Event::Failed };
            self.event(answer(operation));
        } else if self.factory {
            self.factory = false;
            if success {
                for path in [InstancePath::security(90), InstancePath::server(90)] {
                    self.held.insert(path, (AccountId::Server(id(9)), Source::Factory));
                }
            }
            self.event(Event::FactoryData { present: success });
        } else if self.purging {
            self.purging = false;
            if success {
                self.held.retain(|_, held| held.0 != AccountId::BootstrapServer);
            }
            self.event(Event::Purged { success });
        } else {
            return false;
        }
        true
    }

    fn due(&mut self) {
        let server = [0, 1, 2, 3, 9][self.random.index(5)];
        let operation = match account(server) {
            AccountId::BootstrapServer => Operation::Bootstrap,
            AccountId::Server(id) if self.random.below(2) == 0 => Operation::Register(id),
            AccountId::Server(id) => Operation::Update(id),
        };
        self.due.insert(operation.account(), self.looks);
        self.event(Event::Due(operation));
    }

    /// What nobody asked for: it changes nothing.
    fn unasked(&mut self) {
        let record = self.client.record().clone();
        let before = (self.look.is_some(), self.doing.is_some());
        let unreadable = [
            Event::CardUnchanged,
            Event::ReadFailed(ReadErrorKind::NoCard),
            Event::ReadFailed(ReadErrorKind::Unreadable),
            Event::CardRead(Observation::Gone),
        ];
        let other = [
            Event::Start,
            Event::Timer(TimerId::new(1_000_000)),
            Event::FactoryData { present: true },
            Event::CarriedOut,
            Event::NotCarriedOut,
        ];
        let event = if before.0 {
            other[self.random.index(other.len())]
        } else {
            unreadable[self.random.index(unreadable.len())]
        };
        let asked = match event {
            Event::FactoryData { .. } => self.factory,
            Event::CarriedOut | Event::NotCarriedOut => before.1,
            _ => false,
        };
        if !asked {
            assert_eq!(self.event(event), 0, "{event:?}");
            assert_eq!(*self.client.record(), record, "{event:?}");
        }
    }

    /// Power is cut, perhaps in the middle of a plan.
    fn restart(&mut self) {
        if let Some(doing) = self.doing.take() {
            let steps = self.random.index(doing.plan.steps().len() + 1);
            self.carry_out(&doing, steps);
        }
        self.look = None;
        self.performing.clear();
        self.timers.clear();
        self.due.clear();
        (self.factory, self.purging) = (false, false);
        let stored = Record::from_bytes(&self.stored.to_bytes().unwrap()).unwrap();
        self.client = Client::new(self.policy, stored);
        (self.conclusive, self.failures) = (0, 0);
        self.event(Event::Start);
    }

    fn step(&mut self) {
        match self.random.below(16) {
            0 => self.touch_card(),
            1 => drop(self.event(Event::RefreshHint)),
            2 | 3 => self.due(),
            4 => self.unasked(),
            5 => drop(self.event(Event::ServerInitiatedBootstrap)),
            6 if !self.timers.is_empty() => {
                // In any order, and perhaps twice.
                let at = self.random.index(self.timers.len());
                let (timer, _) = self.timers[at];
                if self.random.below(4) > 0 {
                    self.timers.swap_remove(at);
                }
                self.event(Event::Timer(timer));
            }
            7 => {
                let server = [0, 1, 2][self.random.index(3)];
                let operation = match account(server) {
                    AccountId::BootstrapServer => Operation::Bootstrap,
                    AccountId::Server(id) => Operation::Register(id),
                };
                let end = [Event::Done, Event::Failed][self.random.index(2)];
                self.event(end(operation));
            }
            8 if self.random.below(4) == 0 => self.restart(),
            _ => drop(self.answer(false)),
        }
    }

    /// From now on all goes well: the device gets in step with its card, and nothing waits.
    fn settle(&mut self) {
        self.event(Event::RefreshHint);
        for _ in 0..400 {
            if !self.answer(true) {
                let soonest = (0..self.timers.len()).min_by_key(|at| self.timers[*at].1);
                let Some(soonest) = soonest.filter(|_| !self.due.is_empty()) else { break };
                let (timer, passed) = self.timers.swap_remove(soonest);
                self.timers.iter_mut().for_each(|(_, left)| *left -= passed);
                self.event(Event::Timer(timer));
            }
        }
        assert!(!self.answer(true), "there is an end to it");
        assert!(self.due.is_empty(), "{:?} is done, or not to be done", self.due);
        let record = self.client.record();
        assert_eq!(record.intent(), None);
        assert_eq!(*record, self.stored, "ft_02: what is remembered is stored");
        let own = self.held.iter().filter(|(_, held)| held.1 == Source::Smartcard);
        let own: BTreeSet<_> = own.map(|(path, _)| *path).collect();
        let recorded = record.instances().iter().map(|held| held.path).collect();
        assert_eq!(own, recorded, "dd_01");
        let applied = record.accounts().iter().filter(|a| a.state == AccountState::Applied);
        let applied: BTreeSet<_> = applied.map(|account| account.id).collect();
        for id in &applied {
            assert!(!self.disabled.contains(id), "{id} is in use");
        }
        // CR-05, CR-07. A bootstrap server may have been purged.
        let mut wanted: BTreeSet<_> =
            self.card.iter().flat_map(|card| card.servers).map(|server| account(*server)).collect();
        if !applied.contains(&AccountId::BootstrapServer) {
            wanted.remove(&AccountId::BootstrapServer);
        }
        assert_eq!(applied, wanted);
        self.assert_served();
    }

    /// Whatever can be used is used when it is due, or the device has a time to try again.
    fn assert_served(&mut self) {
        let servers: BTreeSet<_> = self.held.values().map(|held| held.0).collect();
        let usable = |id: &AccountId| !self.disabled.contains(id);
        let servers: Vec<_> = servers.into_iter().filter(usable).collect();
        for server in servers.iter().filter_map(|account| account.short_server_id()) {
            self.due.insert(AccountId::Server(server), self.looks);
            self.event(Event::Due(Operation::Update(server)));
            while self.look.is_some() || self.doing.is_some() {
                self.answer(true);
            }
            let account = AccountId::Server(server);
            let is_it = |operation: &Operation| operation.account() == account;
            assert!(self.performing.iter().any(is_it), "server {server} is served");
            while self.answer(true) {}
        }
        if !servers.iter().any(|account| account.short_server_id().is_some()) {
            assert!(!self.timers.is_empty(), "bs_01: it starts over");
        }
    }
}

#[test]
fn cr_04_cr_05_cr_07_cr_09_bs_01_bs_02_ft_01_random_events_keep_the_rules() {
    let mut letting_through = Policy::default();
    letting_through.inconclusive = OnInconclusive::LetThrough;
    for policy in [Policy::default(), letting_through] {
        for seed in 1..=300 {
            println!("{:?}, seed {seed}", policy.inconclusive);
            let mut life = Life::new(&policy, seed);
            for _ in 0..120 {
                life.step();
            }
            life.settle();
        }
    }
}
