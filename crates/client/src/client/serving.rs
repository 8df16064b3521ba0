// SPDX-License-Identifier: Apache-2.0
//! The sequence of TS Core §5.2.4, and what is done with servers.

use alloc::vec::Vec;

use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::{AccountId, AccountState, OnInconclusive};

use super::Client;
use crate::check::Check;
use crate::sequence::{Sequence, Standing, restart_delay};
use crate::usability::{self, Usability};
use crate::{Action, CancelReason, Operation, Report, View};

/// The most steps the sequence takes at once: from the card past the factory to the hold-off.
const MAX_ADVANCE: usize = 4;

impl Client<'_> {
    /// CR-04: an operation with a server from the card waits for a look at it.
    pub(super) fn due(&mut self, operation: Operation, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        if self.sequence == Sequence::Smartcard || matches!(self.check, Check::CarryingOut(_)) {
            return self.enqueue(operation, false, out);
        }
        match self.usability(operation.account(), view) {
            Usability::No if self.record.intent().is_none() => {
                self.cancel(operation, CancelReason::NotUsable, out);
            }
            Usability::FromElsewhere => self.perform(operation, out),
            // What a plan that was cut short has put out of use may come back.
            Usability::FromCard | Usability::No => {
                self.enqueue(operation, false, out);
                match &self.check {
                    Check::Resting => self.look(out),
                    Check::Retrying(_)
                        if self.policy.inconclusive == OnInconclusive::LetThrough =>
                    {
                        self.look(out);
                    }
                    Check::Retrying(retrying) => {
                        let exhausted = retrying.is_exhausted();
                        self.defer(exhausted, out);
                    }
                    Check::Reading(_) | Check::CarryingOut(_) => {}
                }
            }
        }
    }

    pub(super) fn done(
        &mut self,
        operation: Operation,
        view: &View<'_>,
        out: &mut Vec<Action<'_>>,
    ) {
        match operation {
            Operation::Register(server) | Operation::Update(server) => {
                self.standings.set(server, Standing::Registered);
            }
            // BS-02: nobody was let go ahead.
            Operation::Bootstrap if !self.tried => {}
            Operation::Bootstrap => {
                self.start_account_timeout(view, out);
                self.standings.clear();
                self.fruitless = self.fruitless.saturating_add(1);
                self.sequence = Sequence::Registering;
                self.register_with_all(false, view, out);
            }
        }
    }

    pub(super) fn failed(
        &mut self,
        operation: Operation,
        view: &View<'_>,
        out: &mut Vec<Action<'_>>,
    ) {
        match operation {
            Operation::Register(server) => self.standings.set(server, Standing::Failed),
            Operation::Update(server) => {
                self.standings.set(server, Standing::Pending);
                self.due(Operation::Register(server), view, out);
            }
            Operation::Bootstrap => self.bootstrap_failed(out),
        }
    }

    pub(super) fn perform(&mut self, operation: Operation, out: &mut Vec<Action<'_>>) {
        if let Operation::Register(server) = operation {
            self.standings.set(server, Standing::Pending);
        }
        out.push(Action::Perform(operation));
    }

    pub(super) fn cancel(
        &mut self,
        operation: Operation,
        reason: CancelReason,
        out: &mut Vec<Action<'_>>,
    ) {
        out.push(Action::Cancel { operation, reason });
        self.unserved(operation, out);
    }

    /// Nothing comes of the operation, at least for now.
    pub(super) fn unserved(&mut self, operation: Operation, out: &mut Vec<Action<'_>>) {
        match operation {
            Operation::Register(server) => self.standings.set(server, Standing::Failed),
            Operation::Update(_) => {}
            Operation::Bootstrap => self.bootstrap_failed(out),
        }
    }

    /// What came of the card is known, or it was waited for long enough.
    pub(super) fn card_tried(&mut self, fresh: bool, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        self.tried = true;
        if self.sequence == Sequence::Smartcard {
            let usable = |id| self.usability(id, view) == Usability::FromCard;
            let mut accounts = self.record.accounts().iter();
            if accounts.any(|a| a.state == AccountState::Applied && usable(a.id)) {
                self.sequence = Sequence::Registering;
                self.register_with_all(fresh, view, out);
            } else {
                self.look_for_factory_data(out);
            }
        }
        self.advance(fresh, view, out);
    }

    pub(super) fn factory_tried(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        if self.sequence == Sequence::Factory {
            self.sequence = Sequence::Registering;
            self.register_with_all(false, view, out);
        }
    }

    /// BS-01: goes on as far as what is known allows. A `fresh` look at the card needs no other.
    pub(super) fn advance(&mut self, fresh: bool, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        for _ in 0..MAX_ADVANCE {
            let servers = usability::servers(&self.record, view.device);
            self.standings.retain(&servers);
            let before = self.sequence;
            self.step(&servers, fresh, view, out);
            if self.sequence == before {
                return;
            }
        }
    }

    fn step(
        &mut self,
        servers: &[ShortServerId],
        fresh: bool,
        view: &View<'_>,
        out: &mut Vec<Action<'_>>,
    ) {
        let registered = self.standings.any(Standing::Registered);
        let pending = self.standings.any(Standing::Pending);
        let is_new = |server: &ShortServerId| self.standings.of(*server).is_none();
        // A plan that is tried again soon may give back what is out of use now.
        let settled = match &self.check {
            Check::Resting => true,
            Check::Retrying(retrying) => retrying.is_exhausted(),
            Check::Reading(_) | Check::CarryingOut(_) => false,
        };
        match self.sequence {
            Sequence::Registering | Sequence::HoldingOff(_) | Sequence::Stranded(_)
                if registered =>
            {
                self.sequence = Sequence::InService;
                self.restarts = 0;
                self.fruitless = 0;
            }
            Sequence::InService if !settled => {}
            Sequence::InService if servers.is_empty() => self.look_for_factory_data(out),
            Sequence::InService if !registered && servers.iter().any(is_new) => {
                self.sequence = Sequence::Registering;
                self.register_with_all(fresh, view, out);
            }
            Sequence::Registering | Sequence::InService if !registered && !pending => {
                self.hold_off(view, out);
            }
            _ => {}
        }
    }

    fn register_with_all(&mut self, fresh: bool, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        for server in usability::servers(&self.record, view.device) {
            let standing = self.standings.of(server);
            if matches!(standing, Some(Standing::Pending | Standing::Registered)) {
                continue;
            }
            self.standings.set(server, Standing::Pending);
            let operation = Operation::Register(server);
            if fresh {
                self.enqueue(operation, true, out);
            } else {
                self.due(operation, view, out);
            }
        }
    }

    fn look_for_factory_data(&mut self, out: &mut Vec<Action<'_>>) {
        self.sequence = Sequence::Factory;
        out.push(Action::LookForFactoryData);
    }

    /// The hold-off time may be none, and what a bootstrap server writes of no use: it is not
    /// asked again and again without a pause.
    fn hold_off(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        if self.usability(AccountId::BootstrapServer, view) == Usability::No {
            self.strand(out);
        } else {
            let pause = self.fruitless.checked_sub(1).map_or(0, restart_delay);
            let seconds = view.hold_off.max(pause);
            self.sequence = Sequence::HoldingOff(self.start_timer(seconds, out));
        }
    }

    fn bootstrap_failed(&mut self, out: &mut Vec<Action<'_>>) {
        if self.sequence == Sequence::Bootstrapping {
            self.strand(out);
        }
    }

    fn strand(&mut self, out: &mut Vec<Action<'_>>) {
        let timer = self.start_timer(restart_delay(self.restarts), out);
        self.restarts = self.restarts.saturating_add(1);
        self.sequence = Sequence::Stranded(timer);
        out.push(Action::Report(Report::Stranded));
    }
}
