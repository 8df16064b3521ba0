// SPDX-License-Identifier: Apache-2.0
//! Long random lives, against a small model of the rules.

use std::collections::BTreeSet;

use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::{AccountId, AccountState, Policy, RecordedAccount, Source};
use simstrap_client::{HostEvent, Operation};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::stack::{World, card, data};

/// Lives, and steps in each.
const LIVES: u64 = 40;
const STEPS: usize = 150;

/// A generator of numbers (xorshift64*), so that a seed gives the same life anywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    fn servers(&mut self) -> Vec<i64> {
        let all = [0, 1, 2, 3].into_iter();
        let mut servers: Vec<i64> = all.filter(|_| self.below(2) == 0).collect();
        if servers.is_empty() {
            servers.push(1);
        }
        servers
    }
}

/// What is in the reader, as the rules see it.
#[derive(Debug, Clone, PartialEq)]
enum Reader {
    Empty,
    Card { number: u8, servers: Vec<i64>, lifetime: i64, active: bool },
}

struct Life<'d> {
    world: World<'d>,
    reader: Reader,
    random: Random,
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
                self.reader = Reader::Empty;
            }
            (1, Reader::Card { active, .. }) => {
                self.world.card.lock().deactivate_bootstrap_file();
                *active = false;
            }
            (2, Reader::Card { servers: own, lifetime: time, .. }) => {
                self.world.change(&data(&servers, lifetime));
                (*own, *time) = (servers, lifetime);
            }
            _ => {
                let data = data(&servers, lifetime);
                self.world.card.lock().replace(card(number, &data));
                self.world.change(&data);
                self.reader = Reader::Card { number, servers, lifetime, active: true };
            }
        }
    }

    /// Something happens to the device.
    fn step(&mut self) {
        let server = ShortServerId::new(1 + u16::try_from(self.random.below(9)).unwrap()).unwrap();
        match self.random.below(12) {
            0..=2 => self.touch_card(),
            3 => {
                let at = self.world.card.lock().exchanges() + self.random.below(14);
                let kind = match self.random.below(4) {
                    0 => FaultKind::NeverAnswers,
                    1 => FaultKind::EmptyResponse,
                    2 => FaultKind::Status([0x6F, 0x00]),
                    _ => FaultKind::Reset,
                };
                self.world.card.lock().inject(Fault { at, kind });
            }
            4 => {
                let cut = usize::try_from(self.random.below(12)).unwrap();
                self.world.power.cut_after(cut);
                self.world.handle(HostEvent::RefreshHint);
                self.world.restart();
            }
            5 => self.world.attempt(HostEvent::RefreshHint),
            6 => self.world.attempt(HostEvent::ServerInitiatedBootstrap),
            7 if !self.world.stack().timers.is_empty() => drop(self.world.pass_time()),
            8 => {
                let unreachable = &mut self.world.stack().unreachable;
                if !unreachable.remove(&AccountId::Server(server)) {
                    unreachable.insert(AccountId::Server(server));
                }
            }
            9 => self.world.attempt(HostEvent::Due(Operation::Register(server))),
            _ => self.world.attempt(HostEvent::Due(Operation::Update(server))),
        }
    }

    /// What holds after every step; the stack asserts the rest at each operation.
    fn check(&mut self) {
        let record = self.world.record().clone();
        if record.intent().is_none() {
            self.world.assert_in_step();
        }
        let applied = record.accounts().iter().filter(|a| a.state == AccountState::Applied);
        let whole: Vec<_> = applied.flat_map(RecordedAccount::instances).collect();
        if record.intent().is_none() {
            let held = &self.world.stack().instances;
            assert!(whole.iter().all(|path| held.contains_key(path)), "never half an account");
        }
        let kept = self.world.stack().instances.iter();
        let others = kept.filter(|(_, held)| held.1 == Source::BootstrapServer).count();
        assert_eq!(others, 2, "dd_01: what did not come from the card stays");
    }

    /// Without faults the device comes to what the model of the rules has.
    fn settle(&mut self) {
        for _ in 0..20 {
            self.world.attempt(HostEvent::RefreshHint);
        }
        self.check();
        let record = self.world.record();
        assert_eq!(record.intent(), None);
        let used = record.accounts().iter().filter(|a| a.state == AccountState::Applied);
        let used: BTreeSet<_> = used.map(|account| account.id).collect();
        let model = match &self.reader {
            Reader::Card { servers, active: true, .. } => servers
                .iter()
                .map(|id| ShortServerId::new(u16::try_from(*id).unwrap()))
                .map(|id| id.map_or(AccountId::BootstrapServer, AccountId::Server))
                .collect(),
            _ => BTreeSet::new(),
        };
        assert_eq!(used, model);
    }
}

#[test]
fn cr_04_cr_05_cr_07_dd_01_dd_02_ft_01_random_lives_keep_the_rules() {
    let policy = Policy::default();
    for seed in 1..=LIVES {
        println!("seed {seed}");
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let servers = random.servers();
        let world = World::boot(&policy, (1, data(&servers, 300)), |stack| {
            stack.put(8, Source::BootstrapServer);
            stack.factory = Some(9).filter(|_| seed % 2 == 0);
        });
        let reader = Reader::Card { number: 1, servers, lifetime: 300, active: true };
        let mut life = Life { world, reader, random };
        for _ in 0..STEPS {
            life.step();
            life.check();
        }
        life.settle();
    }
}
