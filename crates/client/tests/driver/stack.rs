// SPDX-License-Identifier: Apache-2.0
//! A device in memory: an LwM2M stack that notes what it is told, a store, a card.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::bootstrap_data::reader::{ReadOptions, SecureChannelOptions};
use simstrap_client::policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_client::policy::bootstrap_data::scp03::{Configuration, RandomError, StaticKeys};
use simstrap_client::policy::bootstrap_data::tlv::Entries;
use simstrap_client::policy::bootstrap_data::{BootstrapData, EncodeError, Value};
use simstrap_client::policy::{
    AccountId, Choice, Device, HeldInstance, InstancePath, Policy, Record, Source, Step,
};
use simstrap_client::{
    CancelReason, Driver, Host, HostEvent, IgnoreReason, Operation, Report, TimerId, View,
};
use simstrap_virtual_card::{
    CardDescription, ReadCondition, SAMPLE, Secret, SharedCard, VirtualCard,
};

use crate::memory::{Failure, Kind, Power, PoweredStore};

/// How the card is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    InTheClear,
    /// Through SCP03; the card gives the data in no other way.
    Secure,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::InTheClear, Self::Secure];

    /// The random numbers of a device that runs once are enough to be kept for good.
    fn options<'o>(self) -> ReadOptions<'o> {
        static KEYS: LazyLock<Configuration> = LazyLock::new(|| {
            let [enc, mac, dek] = keys();
            Configuration::new(StaticKeys::from_slices(&enc, &mac, &dek).unwrap())
        });
        let mut options = ReadOptions::in_the_clear();
        if self == Self::Secure {
            let random: &'o mut dyn FnMut(&mut [u8]) -> Result<(), RandomError> =
                Box::leak(Box::new(|challenge: &mut [u8]| {
                    challenge.fill(0x3C);
                    Ok(())
                }));
            options.secure_channel = Some(SecureChannelOptions { configuration: &KEYS, random });
        }
        options
    }
}

pub(crate) fn id(server: u16) -> ShortServerId {
    ShortServerId::new(server).unwrap()
}

/// Key-ENC, Key-MAC and Key-DEK.
fn keys() -> [Vec<u8>; 3] {
    [0x40_u8, 0x60, 0x80].map(|first| (first..).take(16).collect())
}

#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) card: SharedCard,
    /// What is on it.
    on_card: Rc<RefCell<BootstrapData>>,
    power: Power,
    pub(crate) instances: BTreeMap<InstancePath, (Vec<u8>, Source)>,
    disabled: BTreeSet<AccountId>,
    pub(crate) log: Vec<String>,
    pub(crate) timers: Vec<(TimerId, u32)>,
    /// Short server id of the factory's server.
    pub(crate) factory: Option<u16>,
    /// Account timeout of the bootstrap server in seconds.
    pub(crate) account_timeout: u32,
    /// Servers that do not answer.
    pub(crate) unreachable: BTreeSet<AccountId>,
    /// Exchanges with the card when the present event happened.
    mark: u64,
    /// Whether operations with the card's servers may go ahead without a look at it.
    pub(crate) lenient: bool,
}

impl Stack {
    fn account(path: InstancePath, bytes: &[u8]) -> Option<AccountId> {
        let number = |id| {
            let entry = Entries::new(bytes).flatten().find(|entry| entry.id == id)?;
            Some(entry.value.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)))
        };
        let server = |id| Some(AccountId::Server(ShortServerId::new(number(id)?)?));
        match path.object {
            0 if number(1) == Some(1) => Some(AccountId::BootstrapServer),
            0 => server(10),
            1 => server(0),
            _ => None,
        }
    }

    fn accounts(&self) -> impl Iterator<Item = (AccountId, Source)> {
        let held = self.instances.iter();
        held.filter_map(|(path, (bytes, source))| Some((Self::account(*path, bytes)?, *source)))
    }

    pub(crate) fn of_card(&self) -> BTreeSet<InstancePath> {
        let held = self.instances.iter().filter(|(_, held)| held.1 == Source::Smartcard);
        held.map(|(path, _)| *path).collect()
    }

    /// Writes an account that does not come from the card, with instance ids that no card here uses.
    pub(crate) fn put(&mut self, server: u16, source: Source) {
        let data = data(&[i64::from(server)], 300);
        for object in data.as_ref().objects() {
            for instance in object.instances() {
                let path = InstancePath::new(object.id(), 10 * server + instance.id());
                self.instances.insert(path, (instance.as_bytes().to_vec(), source));
            }
        }
    }

    /// What is on the card, in what the stack holds: every account in use is whole, and the
    /// card has it so.
    fn assert_current(&self, account: AccountId, on_card: &BootstrapData) {
        for (path, (bytes, source)) in &self.instances {
            if Self::account(*path, bytes) == Some(account) && *source == Source::Smartcard {
                let object = on_card.as_ref().object(path.object).unwrap();
                let instance = object.instance(path.instance).unwrap();
                assert_eq!(instance.as_bytes(), bytes, "{account} is not as on the card");
            }
        }
    }
}

impl Host for Stack {
    type Error = Failure;

    async fn next(&mut self) -> Option<HostEvent> {
        None
    }

    fn with_view<R>(&mut self, look: impl FnOnce(&View<'_>) -> R) -> R {
        let instances: Vec<_> = self
            .instances
            .iter()
            .map(|(path, (bytes, source))| HeldInstance {
                path: *path,
                source: Some(*source),
                account: Self::account(*path, bytes),
            })
            .collect();
        let device = Device { instances: &instances, access_control: &[] };
        look(&View { device, hold_off: 30, account_timeout: self.account_timeout })
    }

    async fn carry_out(&mut self, step: &Step<'_>) -> Result<(), Failure> {
        self.power.point().await;
        self.power.change()?;
        self.log.push(step.to_string());
        match *step {
            Step::Disable(id) => drop(self.disabled.insert(id)),
            Step::Enable(id) => drop(self.disabled.remove(&id)),
            Step::Remove(path) => {
                let source = self.instances.remove(&path).map(|held| held.1);
                assert!(source.is_none_or(|source| source != Source::BootstrapServer), "dd_01");
            }
            Step::Write { path, bytes } => {
                self.instances.insert(path, (bytes.to_vec(), Source::Smartcard));
            }
            Step::Deregister(id) if self.unreachable.contains(&id) => {
                return Err(Failure("no answer"));
            }
            _ => {}
        }
        self.power.point().await;
        Ok(())
    }

    async fn perform(&mut self, operation: Operation) -> Result<(), Failure> {
        self.power.point().await;
        if self.power.is_cut() {
            return Err(Failure("power is cut"));
        }
        let account = operation.account();
        self.log.push(operation.to_string());
        let mut sources = self.accounts().filter(|(id, _)| *id == account);
        let (_, source) = sources.next().unwrap();
        if source == Source::Smartcard {
            assert!(!self.disabled.contains(&account), "dd_02: {account} is disabled");
            if !self.lenient {
                let card = self.card.lock();
                assert!(card.exchanges() > self.mark, "cr_04: no check");
                drop(card);
                self.assert_current(account, &self.on_card.borrow());
            }
        }
        if self.unreachable.contains(&account) {
            return Err(Failure("no answer"));
        }
        self.power.point().await;
        Ok(())
    }

    async fn apply_factory_data(&mut self) -> bool {
        self.log.push("look for factory data".to_owned());
        if let Some(server) = self.factory.filter(|_| !self.power.is_cut()) {
            self.put(server, Source::Factory);
        }
        self.power.point().await;
        self.factory.is_some()
    }

    async fn purge_bootstrap_server(&mut self) -> Result<(), Failure> {
        self.power.point().await;
        self.log.push("purge the bootstrap server".to_owned());
        self.instances
            .retain(|path, held| Self::account(*path, &held.0) != Some(AccountId::BootstrapServer));
        self.power.point().await;
        Ok(())
    }

    fn answer_bootstrap(&mut self, answer: Result<(), IgnoreReason>) {
        self.log.push(format!("bootstrap request: {answer:?}"));
    }

    fn start_timer(&mut self, timer: TimerId, seconds: u32) {
        self.timers.push((timer, seconds));
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), RandomError> {
        buffer.fill(7);
        Ok(())
    }

    fn deferred(&mut self, operation: Operation) {
        self.log.push(format!("deferred: {operation}"));
    }

    fn cancelled(&mut self, operation: Operation, reason: CancelReason) {
        self.log.push(format!("cancelled: {operation}, {reason:?}"));
    }

    fn report(&mut self, report: Report) {
        self.log.push(match report {
            Report::NotUsed { account, state, reason } => format!("{account} {state}: {reason}"),
            other => format!("{other:?}"),
        });
    }

    fn trouble(&mut self, error: &dyn std::error::Error) {
        assert!(!error.to_string().is_empty());
    }
}

/// Channels of a card beside the basic one.
const CHANNELS: usize = 3;

type Running<'d> = Driver<'d, SharedCard, Stack, PoweredStore>;

/// A device with a card in it.
pub(crate) struct World<'d> {
    way: Way,
    pub(crate) card: SharedCard,
    on_card: Rc<RefCell<BootstrapData>>,
    pub(crate) policy: &'d Policy,
    pub(crate) power: Power,
    driver: Option<Running<'d>>,
}

impl<'d> World<'d> {
    /// Starts a device with an empty memory.
    pub(crate) fn boot(
        way: Way,
        policy: &'d Policy,
        card: (u8, BootstrapData),
        prepare: impl FnOnce(&mut Stack),
    ) -> Self {
        Self::boot_with(way, Kind::Simple, policy, card, prepare)
    }

    /// The same with a store of some kind.
    pub(crate) fn boot_with(
        way: Way,
        store: Kind,
        policy: &'d Policy,
        card: (u8, BootstrapData),
        prepare: impl FnOnce(&mut Stack),
    ) -> Self {
        let mut world = Self::off(way, store, policy, card, prepare);
        world.start();
        world
    }

    /// A device that is not started yet.
    pub(crate) fn off(
        way: Way,
        store: Kind,
        policy: &'d Policy,
        (number, data): (u8, BootstrapData),
        prepare: impl FnOnce(&mut Stack),
    ) -> Self {
        let card = SharedCard::new(card(way, number, &data));
        let on_card = Rc::new(RefCell::new(data));
        let power = Power::new();
        let mut stack = Stack {
            card: card.clone(),
            on_card: Rc::clone(&on_card),
            power: power.clone(),
            instances: BTreeMap::new(),
            disabled: BTreeSet::new(),
            log: Vec::new(),
            timers: Vec::new(),
            factory: None,
            account_timeout: 600,
            unreachable: BTreeSet::new(),
            mark: card.lock().exchanges(),
            lenient: false,
        };
        prepare(&mut stack);
        let store = PoweredStore::new(store, power.clone());
        let mut world = Self { way, card, on_card, policy, power, driver: None };
        world.load(stack, store);
        world
    }

    /// A device that is loaded and does nothing yet.
    fn load(&mut self, mut stack: Stack, store: PoweredStore) {
        stack.mark = self.card.lock().exchanges();
        let options = self.way.options();
        let loading = Driver::load(self.policy, self.card.clone(), options, stack, store);
        self.driver = Some(blocking::run(loading).unwrap().unwrap());
    }

    pub(crate) fn start(&mut self) {
        let _cut_short = blocking::run(self.driver.as_mut().unwrap().start());
    }

    /// Has a choice of the device's own decide.
    pub(crate) fn choose_by(&mut self, choice: &'d mut dyn Choice) {
        self.driver = self.driver.take().map(|driver| driver.with_choice(choice));
    }

    /// Power off and on: what is not stored is lost.
    pub(crate) fn restart(&mut self) {
        let (_, stack, store) = self.driver.take().unwrap().into_parts();
        self.start_again(stack, store);
    }

    /// A restart with other bytes in the store.
    pub(crate) fn restart_with(&mut self, bytes: &[u8]) {
        let (_, stack, store) = self.driver.take().unwrap().into_parts();
        self.start_again(stack, store.holding(bytes));
    }

    fn start_again(&mut self, mut stack: Stack, store: PoweredStore) {
        stack.timers.clear();
        stack.log.clear();
        self.power.restore();
        self.card.lock().reset();
        self.load(stack, store);
        self.start();
    }

    pub(crate) fn stack(&mut self) -> &mut Stack {
        self.driver.as_mut().unwrap().host()
    }

    pub(crate) fn record(&self) -> &Record {
        self.driver.as_ref().unwrap().client().record()
    }

    /// Lets something happen; returns what the stack was told.
    pub(crate) fn handle(&mut self, event: HostEvent) -> Vec<String> {
        self.attempt(event);
        self.log()
    }

    /// Lets something happen that may be cut short: whoever waits for it loses patience.
    pub(crate) fn attempt(&mut self, event: HostEvent) {
        let mark = self.card.lock().exchanges();
        self.stack().log.clear();
        self.stack().mark = mark;
        let _cut_short = blocking::run(self.driver.as_mut().unwrap().handle(event));
    }

    /// Lets the time pass until the next timer.
    pub(crate) fn pass_time(&mut self) -> Vec<String> {
        let timers = &mut self.stack().timers;
        timers.sort_by_key(|(_, left)| *left);
        let (timer, seconds) = timers.remove(0);
        timers.iter_mut().for_each(|(_, left)| *left -= seconds);
        self.handle(HostEvent::Timer(timer))
    }

    pub(crate) fn update(&mut self, server: u16) -> Vec<String> {
        self.handle(HostEvent::Due(Operation::Update(id(server))))
    }

    pub(crate) fn log(&mut self) -> Vec<String> {
        self.stack().log.clone()
    }

    /// Changes the data over the air.
    pub(crate) fn change(&self, data: &BootstrapData) {
        self.card.lock().update_bootstrap_data(data.bytes()).unwrap();
        self.on_card.replace(data.clone());
    }

    /// Puts a card into the reader, in place of what is there.
    pub(crate) fn insert(&self, number: u8, data: BootstrapData) {
        self.card.lock().replace(card(self.way, number, &data));
        self.on_card.replace(data);
    }

    /// Has operations with the card's servers be checked against this from now on.
    pub(crate) fn expect_on_card(&self, data: BootstrapData) {
        self.on_card.replace(data);
    }

    pub(crate) fn release_card(&mut self) {
        blocking::run(self.driver.as_mut().unwrap().release_card()).unwrap();
    }

    /// How many channels are open beside the basic one.
    pub(crate) fn further_channels(&self) -> usize {
        const MANAGE_CHANNEL: [u8; 4] = [0x00, 0x70, 0x00, 0x00];
        let mut card = self.card.lock();
        let mut opened = Vec::new();
        while let Ok([number, 0x90, 0x00]) =
            card.exchange(&[&MANAGE_CHANNEL[..], &[1]].concat()).as_deref()
        {
            opened.push(*number);
        }
        for number in &opened {
            card.exchange(&[0x00, 0x70, 0x80, *number]).unwrap();
        }
        CHANNELS - opened.len()
    }

    /// Pulls the card.
    pub(crate) fn pull(&self) {
        self.card.lock().remove();
        self.on_card.replace(data(&[], 3600));
    }

    /// Provenance: the record is what the device holds of the card.
    pub(crate) fn assert_in_step(&mut self) {
        let recorded = self.record().instances().iter().map(|held| held.path).collect();
        assert_eq!(self.stack().of_card(), recorded);
    }
}

/// A card with this number and this data.
pub(crate) fn card(way: Way, number: u8, data: &BootstrapData) -> VirtualCard {
    static DESCRIPTION: LazyLock<CardDescription> =
        LazyLock::new(|| CardDescription::from_toml(SAMPLE).unwrap());
    let mut description = DESCRIPTION.clone();
    let scp03 = description.scp03.as_mut().unwrap();
    [scp03.enc, scp03.mac, scp03.dek] = keys().map(Secret::new);
    if way == Way::Secure {
        description.bootstrap.read = ReadCondition::SecureChannel;
    }
    description.iccid = format!("89882110000001234{number:02}");
    description.bootstrap.size = Some(2048);
    let mut card = VirtualCard::new(&description).unwrap();
    card.update_bootstrap_data(data.bytes()).unwrap();
    card
}

/// PSK accounts for these servers, 0 being the bootstrap server, with a lifetime in seconds.
pub(crate) fn data(servers: &[i64], lifetime: i64) -> BootstrapData {
    let numbered = || (0_u16..).zip(servers);
    let file = BootstrapData::encode(|encoder| {
        encoder.object(0, None, |encoder| {
            numbered().try_for_each(|(own, id)| -> Result<(), EncodeError> {
                encoder.instance(own, |instance| {
                    let key = if *id == 0 { b"bootstrap testky" } else { b"sixteen test byt" };
                    instance.resource(0, Value::String("coaps://dm.example.com"))?;
                    instance.resource(1, Value::Boolean(*id == 0))?;
                    instance.resource(2, Value::Integer(0))?;
                    instance.resource(3, Value::Opaque(b"identity"))?;
                    instance.resource(5, Value::Opaque(key))?;
                    if *id == 0 { Ok(()) } else { instance.resource(10, Value::Integer(*id)) }
                })
            })
        })?;
        encoder.object(1, None, |encoder| {
            let mut servers = numbered().filter(|(_, id)| **id != 0);
            servers.try_for_each(|(own, id)| -> Result<(), EncodeError> {
                encoder.instance(own, |instance| {
                    instance.resource(0, Value::Integer(*id))?;
                    instance.resource(1, Value::Integer(lifetime))?;
                    instance.resource(6, Value::Boolean(true))?;
                    instance.resource(7, Value::String("U"))
                })
            })
        })
    });
    BootstrapData::from_bytes(&file.unwrap()).unwrap()
}
