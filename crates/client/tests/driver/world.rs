// SPDX-License-Identifier: Apache-2.0
//! A device in memory: a stack, a store, a card, and what happens to them.

use std::cell::RefCell;
use std::rc::Rc;

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_client::policy::{Choice, Policy, Record};
use simstrap_client::{Driver, HostEvent, Operation};
use simstrap_virtual_card::SharedCard;

use crate::card::{Way, card};
use crate::data::{data, id};
use crate::memory::{Kind, Power, PoweredStore};
use crate::stack::Stack;

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
        let mut stack = Stack::new(card.clone(), Rc::clone(&on_card), power.clone());
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
