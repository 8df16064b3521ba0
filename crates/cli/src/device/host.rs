// SPDX-License-Identifier: Apache-2.0
//! The device as the client's host: joins what it holds, its uplink, its agenda and its narrator.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use simstrap_client::{
    CancelReason, Host, HostEvent, IgnoreReason, Operation, QUICK_RETRIES, Report, TimerId, View,
};
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::scp03::{RandomError, os_random};
use simstrap_policy::{AccountId, Step};

use super::agenda::{Agenda, update_delay};
use super::mailbox::Mailbox;
use super::narrator::{Narration, Narrator};
use super::uplink::{Uplink, UplinkError, UplinkEvent};
use super::{Device, DeviceError, FactoryData};
use crate::error::messages;

/// Runs a device for the client.
#[derive(Debug)]
pub(crate) struct DeviceHost<U, L> {
    device: Device,
    uplink: U,
    /// What lines of standard input make happen.
    lines: L,
    mailbox: Mailbox,
    agenda: Agenda,
    narrator: Narrator,
    factory: Option<FactoryData>,
    registrations: BTreeSet<ShortServerId>,
    events: VecDeque<HostEvent>,
    /// Exchanges with the card so far, and up to where they were told about.
    exchanges: Rc<Cell<u64>>,
    told: u64,
    once: Option<Once>,
    /// Whether the last look at the card could not tell.
    unreadable: bool,
    /// What is at the bottom of the last trouble with the card, in the look that is going on.
    cause: Option<String>,
}

/// How far a device is that leaves when every server was registered with and updated.
#[derive(Debug, Default)]
struct Once {
    /// The servers whose Update was asked for, and of them those where it is to come.
    updates: BTreeMap<ShortServerId, Update>,
    /// Nothing better will come.
    given_up: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Update {
    ToCome,
    Over,
}

/// Makes things happen by lines of standard input.
pub(crate) trait Lines {
    /// What a line makes happen, as far as the client has to know of it.
    fn obey(&mut self, line: &str, servers: &[ShortServerId]) -> Vec<HostEvent>;
}

/// Nobody types anything.
#[derive(Debug)]
pub(crate) struct NoLines;

impl Lines for NoLines {
    fn obey(&mut self, _: &str, _: &[ShortServerId]) -> Vec<HostEvent> {
        Vec::new()
    }
}

/// How to make a host.
#[derive(Debug)]
pub(crate) struct HostOptions {
    pub(crate) narrator: Narrator,
    pub(crate) factory: Option<FactoryData>,
    /// The count of exchanges with the card.
    pub(crate) exchanges: Rc<Cell<u64>>,
    /// Whether to leave when every server was registered with and updated.
    pub(crate) once: bool,
}

/// What can go wrong on the device.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HostError {
    /// With a server.
    #[error("cannot {operation}")]
    Server { operation: Operation, source: UplinkError },
    /// With telling a server that the device leaves.
    #[error("cannot de-register from {account}")]
    Deregister { account: AccountId, source: UplinkError },
    /// With what the device holds.
    #[error("cannot {step}")]
    Device { step: String, source: DeviceError },
}

impl<U: Uplink, L: Lines> DeviceHost<U, L> {
    /// A device that talks through an uplink.
    pub(crate) fn new(
        device: Device,
        uplink: U,
        lines: L,
        mailbox: Mailbox,
        options: HostOptions,
    ) -> Self {
        let HostOptions { narrator, factory, exchanges, once } = options;
        Self {
            device,
            uplink,
            lines,
            mailbox,
            agenda: Agenda::default(),
            narrator,
            factory,
            registrations: BTreeSet::new(),
            events: VecDeque::new(),
            told: exchanges.get(),
            exchanges,
            once: once.then(Once::default),
            unreadable: false,
            cause: None,
        }
    }

    /// Whether any server knows the device.
    pub(crate) fn is_registered(&self) -> bool {
        !self.registrations.is_empty()
    }

    /// Whether the last look at the card could not tell how it stands.
    pub(crate) const fn is_card_unreadable(&self) -> bool {
        self.unreadable
    }

    /// Takes leave of every server the device is registered with. The user may end that, too.
    pub(crate) fn take_leave(&mut self) {
        self.mailbox.take_leave();
        let servers: Vec<_> = self.registrations.iter().copied().collect();
        for (server, source) in self.deregister(&servers) {
            let account = AccountId::Server(server);
            self.trouble(&HostError::Deregister { account, source });
        }
        self.narrator.tell(&Narration::Stopped);
    }

    /// Gives the servers that could not be told.
    fn deregister(&mut self, servers: &[ShortServerId]) -> Vec<(ShortServerId, UplinkError)> {
        servers.iter().for_each(|server| self.agenda.forget(*server));
        let registered = servers.iter().copied().filter(|server| self.registrations.remove(server));
        let registered: Vec<_> = registered.collect();
        self.uplink.deregister(&registered, &mut self.device, &mut self.mailbox)
    }

    /// Forgets a registration: no Update is due for it any more.
    fn forget(&mut self, account: AccountId) {
        if let AccountId::Server(server) = account {
            self.agenda.forget(server);
            self.registrations.remove(&server);
        }
    }

    /// Asks for the Updates that are left to do when the device runs only once; tells whether it
    /// may leave.
    fn is_done(&mut self) -> bool {
        let Some(once) = &mut self.once else { return false };
        for server in &self.registrations {
            if !once.updates.contains_key(server) {
                once.updates.insert(*server, Update::ToCome);
                self.events.push_back(HostEvent::Due(Operation::Update(*server)));
            }
        }
        let over = once.updates.values().all(|update| *update == Update::Over);
        self.events.is_empty() && (once.given_up || over && !self.registrations.is_empty())
    }

    /// An Update is over, whatever came of it.
    fn is_over(&mut self, operation: Operation) {
        if let (Some(once), Operation::Update(server)) = (&mut self.once, operation) {
            once.updates.insert(server, Update::Over);
        }
    }

    fn give_up(&mut self) {
        if let Some(once) = &mut self.once {
            once.given_up = true;
        }
    }

    /// Tells of a look at the card that has just been taken, if there was one.
    fn tell_look(&mut self, narration: impl FnOnce(u64) -> Narration) {
        let apdus = self.exchanges.get().saturating_sub(self.told);
        self.told = self.exchanges.get();
        self.cause = None;
        if apdus > 0 {
            self.narrator.tell(&narration(apdus));
        }
    }

    fn talk(&mut self, operation: Operation) -> Result<(), UplinkError> {
        let (device, mailbox) = (&mut self.device, &mut self.mailbox);
        match operation {
            Operation::Register(server) => self.uplink.register(server, device, mailbox),
            Operation::Update(server) => self.uplink.update(server, device, mailbox),
            Operation::Bootstrap => self.uplink.bootstrap(device, mailbox),
        }
    }

    fn schedule(&mut self, operation: Operation) {
        let (Operation::Register(server) | Operation::Update(server)) = operation else { return };
        self.registrations.insert(server);
        let account = self.device.account(AccountId::Server(server));
        let delay = account.and_then(|account| update_delay(account.lifetime()));
        if let Some(seconds) = delay.filter(|_| self.once.is_none()) {
            self.agenda.schedule_update(server, seconds);
            let what = format!("next update with server {server}");
            self.narrator.tell(&Narration::Scheduled { what, seconds });
        }
    }

    /// What an end of a wait means for the client, if anything.
    fn on(&mut self, event: UplinkEvent) -> Option<HostEvent> {
        match event {
            UplinkEvent::Elapsed => self.agenda.take_due(Instant::now()),
            UplinkEvent::Line(line) => {
                let servers: Vec<_> = self.registrations.iter().copied().collect();
                self.events.extend(self.lines.obey(&line, &servers));
                None
            }
            UplinkEvent::UpdateRequested(server) => Some(HostEvent::Due(Operation::Update(server))),
            UplinkEvent::BootstrapTriggered => Some(HostEvent::Due(Operation::Bootstrap)),
            UplinkEvent::BootstrapRequested => Some(HostEvent::ServerInitiatedBootstrap),
            UplinkEvent::Stopped => None,
        }
    }
}

impl<U: Uplink, L: Lines> Host for DeviceHost<U, L> {
    type Error = HostError;

    async fn next(&mut self) -> Option<HostEvent> {
        self.tell_look(|apdus| Narration::CardUnchanged { apdus });
        if self.is_done() {
            return None;
        }
        loop {
            if self.mailbox.is_stopped() || self.narrator.has_failed() {
                return None;
            }
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            // What is due comes before lines and wishes, which may be without end.
            if let Some(event) = self.agenda.take_due(Instant::now()) {
                return Some(event);
            }
            let until = self.agenda.next_time();
            match self.uplink.wait(until, &mut self.device, &mut self.mailbox) {
                UplinkEvent::Stopped => return None,
                event => {
                    if let Some(event) = self.on(event) {
                        return Some(event);
                    }
                }
            }
        }
    }

    fn with_view<R>(&mut self, look: impl FnOnce(&View<'_>) -> R) -> R {
        self.device.with_view(look)
    }

    async fn carry_out(&mut self, step: &Step<'_>) -> Result<(), HostError> {
        self.unreadable = false;
        self.tell_look(|apdus| Narration::CardRead { apdus });
        match *step {
            Step::Deregister(account) => {
                let server = account.short_server_id();
                let untold = self.deregister(server.as_slice()).pop();
                return match untold {
                    Some((_, source)) => Err(HostError::Deregister { account, source }),
                    None => Ok(()),
                };
            }
            Step::CloseSession(account) => {
                self.forget(account);
                self.uplink.close_session(account, &self.device);
            }
            Step::CancelObservations(server) => self.uplink.cancel_observations(server),
            Step::Disable(account) => self.forget(account),
            _ => {}
        }
        self.device
            .carry_out(step)
            .map_err(|source| HostError::Device { step: step.to_string(), source })?;
        self.narrator.tell(&Narration::Step { step: step.to_string() });
        Ok(())
    }

    async fn perform(&mut self, operation: Operation) -> Result<(), HostError> {
        self.tell_look(|apdus| Narration::CardUnchanged { apdus });
        let account = operation.account();
        // DD-02 is the client's. A mark that its record does not know of is from another time.
        let marked = self.device.contents().disabled().contains(&account);
        if marked && let Err(source) = self.device.carry_out(&Step::Enable(account)) {
            let step = Step::Enable(account).to_string();
            return Err(HostError::Device { step, source });
        }
        let talked = self.talk(operation);
        self.is_over(operation);
        if let Err(source) = talked {
            self.forget(account);
            return Err(HostError::Server { operation, source });
        }
        self.schedule(operation);
        Ok(())
    }

    async fn apply_factory_data(&mut self) -> bool {
        let Some(factory) = &self.factory else {
            self.narrator.tell(&Narration::Factory { present: false });
            return false;
        };
        let mut contents = self.device.contents().clone();
        let applied = factory.apply(&mut contents).map_err(DeviceError::from);
        match applied.and_then(|()| Ok(self.device.replace(contents)?)) {
            Ok(()) => {
                self.narrator.tell(&Narration::Factory { present: true });
                true
            }
            Err(source) => {
                self.trouble(&HostError::Device {
                    step: "use the factory data".to_owned(),
                    source,
                });
                false
            }
        }
    }

    async fn purge_bootstrap_server(&mut self) -> Result<(), HostError> {
        self.uplink.close_session(AccountId::BootstrapServer, &self.device);
        let step = "remove the bootstrap server".to_owned();
        match self.device.purge_bootstrap_server() {
            Ok(()) => {
                self.narrator.tell(&Narration::Step { step });
                Ok(())
            }
            Err(source) => Err(HostError::Device { step, source: source.into() }),
        }
    }

    fn answer_bootstrap(&mut self, answer: Result<(), IgnoreReason>) {
        let reason = answer.err().map(|reason| match reason {
            IgnoreReason::TooEarly => "the card and the factory data come first",
            IgnoreReason::NoAccount => "the device has no bootstrap server",
        });
        let accepted = answer.is_ok();
        self.narrator.tell(&Narration::BootstrapRequest { accepted, reason });
        let result = self.uplink.answer_bootstrap(answer, &mut self.device, &mut self.mailbox);
        if accepted {
            if let Err(source) = &result {
                self.trouble(source);
            }
            self.events.push_back(HostEvent::Bootstrapped { success: result.is_ok() });
        }
    }

    fn start_timer(&mut self, timer: TimerId, seconds: u32) {
        self.agenda.start(timer, seconds);
        self.narrator.tell(&Narration::Scheduled { what: "next try".to_owned(), seconds });
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), RandomError> {
        os_random(buffer)
    }

    fn deferred(&mut self, operation: Operation) {
        let operation = operation.to_string();
        self.narrator.tell(&Narration::Deferred { operation });
    }

    fn cancelled(&mut self, operation: Operation, reason: CancelReason) {
        self.forget(operation.account());
        self.is_over(operation);
        let reason = match reason {
            CancelReason::NotUsable => "the account is not in use",
            CancelReason::TooMany => "too much waits already",
        };
        let (operation, reason) = (operation.to_string(), reason.to_owned());
        self.narrator.tell(&Narration::Cancelled { operation, reason });
    }

    fn report(&mut self, report: Report) {
        let narration = match report {
            Report::Unreadable { attempt } => {
                self.unreadable = true;
                if attempt > QUICK_RETRIES {
                    self.give_up();
                }
                Narration::Unreadable { attempt }
            }
            Report::NotCarriedOut { attempt } => {
                if attempt > QUICK_RETRIES {
                    self.give_up();
                }
                Narration::NotCarriedOut { attempt }
            }
            Report::Refused(reason) => Narration::Refused { reason: reason.to_string() },
            Report::NotUsed { account, state, reason } => Narration::NotUsed {
                account: account.to_string(),
                state: state.name(),
                reason: reason.to_string(),
            },
            Report::Stranded => {
                self.give_up();
                Narration::Stranded
            }
        };
        self.tell_look(|apdus| Narration::CardRead { apdus });
        self.narrator.tell(&narration);
    }

    /// Where the short look at a card fails, a whole one follows, which may fail alike: that is
    /// told once.
    fn trouble(&mut self, error: &dyn std::error::Error) {
        let cause = messages(error).pop();
        let is_in_look = self.exchanges.get() > self.told;
        if !is_in_look || self.cause != cause {
            self.narrator.tell(&Narration::trouble(error));
        }
        self.cause = cause.filter(|_| is_in_look);
    }
}

#[cfg(test)]
mod tests;
