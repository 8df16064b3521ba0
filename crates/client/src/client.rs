// SPDX-License-Identifier: Apache-2.0
//! The state machine: events in, actions out.

mod checking;
mod serving;
mod timeout;

use alloc::boxed::Box;
use alloc::vec::Vec;

use simstrap_policy::bootstrap_data::object::Security;
use simstrap_policy::{AccountId, MAX_ACCOUNTS, Policy, Record, RecordedAccount};

use crate::check::{Check, Reading};
use crate::sequence::{Sequence, Standing, Standings};
use crate::usability::{self, Usability};
use crate::{Action, Event, IgnoreReason, Operation, TimerId, View};

/// The most operations that wait for a look at the card: one for every account of the data, for
/// every disabled one that is enabled again, and for the bootstrap server.
pub const MAX_WAITING: usize = 2 * MAX_ACCOUNTS + 1;

/// Keeps a device in step with its card: events in, actions out. No I/O, no clock.
///
/// What has to survive a restart is in the [`record`](Self::record), which plans store.
#[derive(Debug)]
pub struct Client<'p> {
    policy: &'p Policy,
    record: Record,
    check: Check,
    /// The card may have changed since the present look at it began.
    again: bool,
    /// The next look has to be a whole reading: the policy may be another, or accounts of other
    /// sources.
    whole: bool,
    /// The card was tried, and it is known what came of it (BS-02).
    tried: bool,
    sequence: Sequence,
    restarts: u8,
    /// Bootstraps in a row that no registration came of.
    fruitless: u8,
    standings: Standings,
    waiting: Vec<Waiting>,
    account_timeout: Option<TimerId>,
    timers: u32,
}

/// An operation that waits for a look at the card.
#[derive(Debug)]
struct Waiting {
    operation: Operation,
    /// Whether the present look began after the operation was due, so that it counts (CR-04).
    joined: bool,
    /// Whether the stack was told that it takes longer.
    deferred: bool,
}

impl<'p> Client<'p> {
    /// A client with the record that was stored, or a new one. It does nothing before
    /// [`Event::Start`].
    #[must_use]
    pub fn new(policy: &'p Policy, record: Record) -> Self {
        Self {
            policy,
            record,
            check: Check::Resting,
            again: false,
            whole: true,
            tried: false,
            sequence: Sequence::Off,
            restarts: 0,
            fruitless: 0,
            standings: Standings::default(),
            waiting: Vec::new(),
            account_timeout: None,
            timers: 0,
        }
    }

    /// What is remembered. While a plan is carried out this is the record of before.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &'p Policy {
        self.policy
    }

    /// What follows from an event, given what the device holds now.
    ///
    /// Carry out the actions in order, and hand in what comes of them, one event at a time.
    #[must_use]
    pub fn handle<'a>(&mut self, event: Event<'_, 'a>, view: &View<'_>) -> Vec<Action<'a>> {
        let mut actions = Vec::new();
        let out = &mut actions;
        if self.sequence == Sequence::Off && !matches!(event, Event::Start) {
            return actions;
        }
        match event {
            Event::Start if self.sequence == Sequence::Off => self.start(view, out),
            Event::Start => {}
            Event::CardRead(observation) => self.card_read(observation, view, out),
            Event::CardUnchanged => self.card_unchanged(view, out),
            Event::ReadFailed(kind) => self.read_failed(kind, view, out),
            Event::CarriedOut => self.carried_out(view, out),
            Event::NotCarriedOut => self.not_carried_out(view, out),
            Event::RefreshHint => self.look(out),
            Event::Due(operation) => self.due(operation, view, out),
            Event::Done(operation) => self.done(operation, view, out),
            Event::Failed(operation) => self.failed(operation, view, out),
            Event::FactoryData { present: _ } => self.factory_tried(view, out),
            Event::ServerInitiatedBootstrap => out.push(self.answer_bootstrap(view)),
            Event::Purged { success } => self.purged(success, view, out),
            Event::Timer(timer) => self.timer(timer, view, out),
        }
        self.advance(false, view, out);
        actions
    }

    fn start(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        self.sequence = Sequence::Smartcard;
        // FT-01: a deletion that was cut short needs no card to be finished.
        match self.resume(view) {
            Some(plan) => {
                self.again = true;
                self.check = Check::CarryingOut(Reading { failures: 0 }.found(&plan));
                out.push(Action::CarryOut(plan));
            }
            None => {
                // First: what was lost was not purged.
                if self.has_lost_everything(view) {
                    // Also to the store, once the card was read: until then nothing is usable.
                    self.record = self.record.emptied();
                }
                self.follow_record(view, out);
                self.look(out);
            }
        }
    }

    /// Whether the device holds no account at all, while the record says that some came from the
    /// card: what holds the accounts was reset, what holds the record was not.
    fn has_lost_everything(&self, view: &View<'_>) -> bool {
        self.record.intent().is_none()
            && self.record.accounts().iter().any(RecordedAccount::is_held)
            && !view.device.instances.iter().any(|held| held.path.object == Security::OBJECT_ID)
    }

    fn timer(&mut self, timer: TimerId, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        if matches!(&self.check, Check::Retrying(retrying) if retrying.timer == timer) {
            self.look(out);
        } else if self.sequence == Sequence::HoldingOff(timer) {
            if self.standings.any(Standing::Pending) {
                // BS-01: not all registrations have failed.
                self.sequence = Sequence::Registering;
            } else {
                self.sequence = Sequence::Bootstrapping;
                self.due(Operation::Bootstrap, view, out);
            }
        } else if self.sequence == Sequence::Stranded(timer) {
            self.sequence = Sequence::Smartcard;
            self.whole = true;
            self.look(out);
        } else if self.account_timeout == Some(timer) {
            self.account_timed_out(view, out);
        }
    }

    /// BS-02.
    fn answer_bootstrap<'a>(&self, view: &View<'_>) -> Action<'a> {
        if !self.tried {
            Action::IgnoreBootstrap(IgnoreReason::TooEarly)
        } else if self.usability(AccountId::BootstrapServer, view) == Usability::No
            || self.check.touches(AccountId::BootstrapServer)
        {
            Action::IgnoreBootstrap(IgnoreReason::NoAccount)
        } else {
            Action::AcceptBootstrap
        }
    }

    fn usability(&self, account: AccountId, view: &View<'_>) -> Usability {
        usability::of(&self.record, view.device, account)
    }

    fn store_record(&self, out: &mut Vec<Action<'_>>) {
        out.push(Action::StoreRecord(Box::new(self.record.clone())));
    }

    fn start_timer(&mut self, seconds: u32, out: &mut Vec<Action<'_>>) -> TimerId {
        let timer = self.next_timer();
        out.push(Action::StartTimer { timer, seconds });
        timer
    }

    const fn next_timer(&mut self) -> TimerId {
        self.timers = self.timers.wrapping_add(1);
        TimerId(self.timers)
    }
}
