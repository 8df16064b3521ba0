// SPDX-License-Identifier: Apache-2.0
//! The look at the card, and what waits for it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::reader::ReadErrorKind;
use simstrap_policy::{AccountState, Engine, Observation, OnInconclusive, Plan};

use super::{Client, MAX_WAITING, Waiting};
use crate::check::{Check, Reading, Retrying};
use crate::sequence::{Sequence, Standing};
use crate::usability::Usability;
use crate::{Action, CancelReason, Operation, Report, View};

impl Client<'_> {
    pub(super) fn engine<'e>(&'e self, view: &View<'e>) -> Engine<'e> {
        Engine { policy: self.policy, record: &self.record, device: view.device }
    }

    /// What is left of a deletion that was cut short. In a box from the start, as in
    /// [`plan`](Self::plan).
    #[inline(never)]
    pub(super) fn resume(&self, view: &View<'_>) -> Option<Box<Plan<'static>>> {
        self.engine(view).resume().map(Box::new)
    }

    /// Plans what follows. A plan is large: in a box from the start, it takes the stack once.
    #[inline(never)]
    fn plan<'a>(&self, observation: Observation<'_, 'a>, view: &View<'_>) -> Box<Plan<'a>> {
        Box::new(self.engine(view).plan(observation))
    }

    /// Begins a look at the card, or remembers that the present one is not enough (CR-08).
    pub(super) fn look(&mut self, out: &mut Vec<Action<'_>>) {
        let reading = match mem::replace(&mut self.check, Check::Resting) {
            Check::Resting => Reading { failures: 0 },
            Check::Retrying(retrying) => retrying.again(),
            busy => {
                self.check = busy;
                self.again = true;
                return;
            }
        };
        self.check = Check::Reading(reading);
        self.again = false;
        for waiting in &mut self.waiting {
            waiting.joined = true;
        }
        let known = self.record.card().is_some() && self.record.intent().is_none();
        out.push(if known && !self.whole { Action::CheckCard } else { Action::ReadCard });
    }

    pub(super) fn card_read<'a>(
        &mut self,
        observation: Observation<'_, 'a>,
        view: &View<'_>,
        out: &mut Vec<Action<'a>>,
    ) {
        let Some(reading) = self.reading() else { return };
        let plan = self.plan(observation, view);
        if plan.interim().is_none() && *plan.record() == self.record {
            return self.conclude(&[], view, out);
        }
        self.report(&plan, out);
        self.check = Check::CarryingOut(reading.found(&plan));
        out.push(Action::CarryOut(plan));
    }

    pub(super) fn card_unchanged(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        let Some(reading) = self.reading() else { return };
        // Where a whole reading was asked for, only that is an answer.
        let is_answer = !self.whole || self.again;
        if is_answer && self.record.card().is_some() && self.record.intent().is_none() {
            self.conclude(&[], view, out);
        } else {
            self.inconclusive(reading, view, out);
        }
    }

    pub(super) fn read_failed(
        &mut self,
        kind: ReadErrorKind,
        view: &View<'_>,
        out: &mut Vec<Action<'_>>,
    ) {
        match kind {
            // CR-07: certain, and so as good as a reading.
            ReadErrorKind::NoCard | ReadErrorKind::NoBootstrapData => {
                self.card_read(Observation::Gone, view, out);
            }
            ReadErrorKind::Unreadable => {
                if let Some(reading) = self.reading() {
                    self.inconclusive(reading, view, out);
                }
            }
        }
    }

    pub(super) fn carried_out(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        match mem::replace(&mut self.check, Check::Resting) {
            Check::CarryingOut(carrying_out) => {
                let is_altered = carrying_out.is_altered();
                let (record, enabled) = carrying_out.done();
                self.record = record;
                if is_altered {
                    self.store_record(out);
                }
                self.follow_record(view, out);
                self.conclude(&enabled, view, out);
            }
            other => self.check = other,
        }
    }

    pub(super) fn not_carried_out(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        match mem::replace(&mut self.check, Check::Resting) {
            Check::CarryingOut(carrying_out) => {
                let is_altered = carrying_out.is_altered();
                let (record, retrying) = carrying_out.failed(self.next_timer());
                if let Some(record) = record {
                    self.record = record;
                }
                if is_altered {
                    self.store_record(out);
                }
                let attempt = retrying.failures;
                out.push(Action::Report(Report::NotCarriedOut { attempt }));
                // The card is known to differ: nothing is let through.
                self.retry(retrying, false, view, out);
            }
            other => self.check = other,
        }
    }

    /// Queues an operation; one for the same account becomes part of it.
    pub(super) fn enqueue(
        &mut self,
        operation: Operation,
        joined: bool,
        out: &mut Vec<Action<'_>>,
    ) {
        let account = operation.account();
        if let Some(own) = self.waiting.iter_mut().find(|w| w.operation.account() == account) {
            if matches!(own.operation, Operation::Update(_)) && own.operation != operation {
                own.operation = operation;
                own.deferred = false;
            }
            own.joined &= joined;
        } else if self.waiting.len() < MAX_WAITING {
            self.waiting.push(Waiting { operation, joined, deferred: false });
        } else {
            self.cancel(operation, CancelReason::TooMany, out);
        }
    }

    /// CR-04: the check is over, and the device in step with the card.
    fn conclude(&mut self, enabled: &[ShortServerId], view: &View<'_>, out: &mut Vec<Action<'_>>) {
        for server in enabled {
            self.standings.set(*server, Standing::Pending);
            self.enqueue(Operation::Register(*server), true, out);
        }
        if self.again {
            return self.look(out);
        }
        self.whole = false;
        self.card_tried(true, view, out);
        for waiting in mem::take(&mut self.waiting) {
            match self.usability(waiting.operation.account(), view) {
                Usability::No => self.cancel(waiting.operation, CancelReason::NotUsable, out),
                Usability::FromCard if !waiting.joined => self.waiting.push(waiting),
                Usability::FromCard | Usability::FromElsewhere => {
                    self.perform(waiting.operation, out);
                }
            }
        }
        if !self.waiting.is_empty() {
            self.look(out);
        }
    }

    fn inconclusive(&mut self, reading: Reading, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        let retrying = reading.inconclusive(self.next_timer());
        out.push(Action::Report(Report::Unreadable { attempt: retrying.failures }));
        let let_through = self.policy.inconclusive == OnInconclusive::LetThrough;
        self.retry(retrying, let_through, view, out);
    }

    /// CR-09: what is known does not change, and another try follows.
    fn retry(
        &mut self,
        retrying: Retrying,
        let_through: bool,
        view: &View<'_>,
        out: &mut Vec<Action<'_>>,
    ) {
        let exhausted = retrying.is_exhausted();
        out.push(Action::StartTimer { timer: retrying.timer, seconds: retrying.delay() });
        self.check = Check::Retrying(retrying);
        if exhausted {
            self.card_tried(false, view, out);
        }
        for waiting in mem::take(&mut self.waiting) {
            let goes_ahead = match self.usability(waiting.operation.account(), view) {
                Usability::FromElsewhere => self.sequence != Sequence::Smartcard,
                Usability::FromCard => {
                    // BS-01: to bootstrap is what comes after the card.
                    let in_order = self.tried || waiting.operation != Operation::Bootstrap;
                    let_through && waiting.joined && in_order
                }
                Usability::No => false,
            };
            if goes_ahead {
                self.perform(waiting.operation, out);
            } else {
                self.waiting.push(waiting);
            }
        }
        self.defer(exhausted, out);
    }

    /// What waits, waits for longer; the sequence does not, once the tries are exhausted.
    pub(super) fn defer(&mut self, exhausted: bool, out: &mut Vec<Action<'_>>) {
        for waiting in &mut self.waiting {
            if !mem::replace(&mut waiting.deferred, true) {
                out.push(Action::Defer(waiting.operation));
            }
        }
        if exhausted {
            let operations: Vec<_> = self.waiting.iter().map(|w| w.operation).collect();
            for operation in operations {
                self.unserved(operation, out);
            }
        }
    }

    /// CR-02: what is not used is told, with the reason.
    fn report(&self, plan: &Plan<'_>, out: &mut Vec<Action<'_>>) {
        let refused = plan.record().card().and_then(|card| card.refused);
        out.extend(refused.map(|reason| Action::Report(Report::Refused(reason))));
        let accounts = plan.record().accounts().iter();
        out.extend(accounts.filter(|account| account.state != AccountState::Applied).map(
            |account| {
                Action::Report(Report::NotUsed {
                    account: account.id,
                    state: account.state,
                    reason: account.verdict.reason,
                })
            },
        ));
    }

    fn reading(&mut self) -> Option<Reading> {
        match mem::replace(&mut self.check, Check::Resting) {
            Check::Reading(reading) => Some(reading),
            other => {
                self.check = other;
                None
            }
        }
    }
}
