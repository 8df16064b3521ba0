// SPDX-License-Identifier: Apache-2.0
//! An LwM2M stack in memory that notes what it is told.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::bootstrap_data::scp03::RandomError;
use simstrap_client::policy::bootstrap_data::tlv::Entries;
use simstrap_client::policy::{AccountId, Device, HeldInstance, InstancePath, Source, Step};
use simstrap_client::{
    CancelReason, Host, HostEvent, IgnoreReason, Operation, Report, TimerId, View,
};
use simstrap_virtual_card::SharedCard;

use crate::data::data;
use crate::memory::{Failure, Power};

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
    pub(crate) mark: u64,
    /// Whether operations with the card's servers may go ahead without a look at it.
    pub(crate) lenient: bool,
}

impl Stack {
    /// One that holds nothing.
    pub(crate) fn new(card: SharedCard, on_card: Rc<RefCell<BootstrapData>>, power: Power) -> Self {
        Self {
            card,
            on_card,
            power,
            instances: BTreeMap::new(),
            disabled: BTreeSet::new(),
            log: Vec::new(),
            timers: Vec::new(),
            factory: None,
            account_timeout: 600,
            unreachable: BTreeSet::new(),
            mark: 0,
            lenient: false,
        }
    }

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
