// SPDX-License-Identifier: Apache-2.0
//! The device of the demo: the client, driven against the card, with servers it only talks about,
//! or with one that is there.

use std::cell::RefCell;
use std::rc::Rc;

use simstrap_client::{Driver, HostEvent, Operation};
use simstrap_policy::Policy;
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::reader::ReadOptions;
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_virtual_card::{Exchange, SharedCard};

use crate::card_transport::CardTransport;
use crate::device::{
    Counted, Device, DeviceHost, FactoryData, HostOptions, LogUplink, Mailbox, Narration, Narrator,
    NoLines, RecordStore, Uplink,
};
use crate::error::Error;
use crate::network::{Network, NetworkOptions, Version};

/// What the device is called.
const NAME: &str = "demo";

/// A device with a card in it.
pub(super) struct DemoDevice<'d, U = LogUplink> {
    card: SharedCard,
    driver: Driver<'d, Counted<CardTransport>, DeviceHost<U, NoLines>, RecordStore>,
    narrations: Rc<RefCell<Vec<Narration>>>,
}

/// What came of something that happened.
pub(super) struct Happened {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) narrations: Vec<Narration>,
}

impl<'d> DemoDevice<'d> {
    /// A device that holds nothing yet, and only talks about servers.
    pub(super) fn new(
        policy: &'d Policy,
        options: ReadOptions<'d>,
        card: SharedCard,
        factory: FactoryData,
    ) -> Result<Self, Error> {
        let uplink = |narrator| LogUplink::new(NAME.to_owned(), narrator);
        Self::with(policy, options, card, Some(factory), uplink)
    }
}

impl<'d> DemoDevice<'d, Network> {
    /// A device that holds nothing yet, and talks to servers.
    pub(super) fn networked(policy: &'d Policy, card: SharedCard) -> Result<Self, Error> {
        let options = NetworkOptions::named(NAME.to_owned(), Version::default());
        let uplink = |narrator| Network::new(options, narrator);
        Self::with(policy, ReadOptions::in_the_clear(), card, None, uplink)
    }
}

impl<'d, U: Uplink> DemoDevice<'d, U> {
    fn with(
        policy: &'d Policy,
        options: ReadOptions<'d>,
        card: SharedCard,
        factory: Option<FactoryData>,
        uplink: impl FnOnce(Narrator) -> U,
    ) -> Result<Self, Error> {
        let narrations = Rc::default();
        let narrator = Narrator::Collecting(Rc::clone(&narrations));
        let transport = Counted::new(CardTransport::from(card.clone()));
        let uplink = uplink(narrator.clone());
        let exchanges = transport.exchanges();
        let host = HostOptions { narrator, factory, exchanges, once: false };
        let host = DeviceHost::new(Device::in_memory(), uplink, NoLines, Mailbox::new(), host);
        let store = RecordStore::Memory(None);
        let driver = Driver::load(policy, transport, options, host, store);
        let driver = blocking::run(driver).map_err(Error::NeverAnswers)?.map_err(Error::Record)?;
        Ok(Self { card, driver, narrations })
    }

    /// Switches it on.
    pub(super) fn start(&mut self) -> Result<Happened, Error> {
        self.card.lock().clear_log();
        blocking::run(self.driver.start()).map_err(Error::NeverAnswers)?;
        Ok(self.happened())
    }

    /// An Update with a server is due.
    pub(super) fn update(&mut self, server: u16) -> Result<Happened, Error> {
        match ShortServerId::new(server) {
            Some(server) => self.handle(HostEvent::Due(Operation::Update(server))),
            None => Ok(self.happened()),
        }
    }

    /// The modem says that the card may have changed.
    pub(super) fn hint(&mut self) -> Result<Happened, Error> {
        self.handle(HostEvent::RefreshHint)
    }

    fn handle(&mut self, event: HostEvent) -> Result<Happened, Error> {
        self.card.lock().clear_log();
        blocking::run(self.driver.handle(event)).map_err(Error::NeverAnswers)?;
        Ok(self.happened())
    }

    fn happened(&self) -> Happened {
        let exchanges = self.card.lock().log().to_vec();
        Happened { exchanges, narrations: self.narrations.take() }
    }
}
