// SPDX-License-Identifier: Apache-2.0
//! The account timeout of the bootstrap server (BS-06, TS Core §E.1).

use alloc::vec::Vec;

use simstrap_policy::AccountId;

use super::Client;
use crate::check::{Check, LONGEST_RETRY};
use crate::usability::Usability;
use crate::{Action, View};

impl Client<'_> {
    /// A bootstrap has succeeded: its time begins.
    pub(super) fn start_account_timeout(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        let runs = view.account_timeout > 0;
        self.account_timeout = runs.then(|| self.start_timer(view.account_timeout, out));
        if self.record.timeout_runs() != runs {
            self.record.set_timeout_runs(runs);
            if let Check::CarryingOut(plan) = &mut self.check {
                plan.set_timeout_runs(runs);
            } else {
                self.store_record(out);
            }
        }
    }

    /// Whether it runs is in the record. After a restart it counts anew: there is no clock that
    /// went on. It does not run for an account that a plan has renewed or disabled.
    pub(super) fn follow_record(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        if !self.record.timeout_runs() {
            self.account_timeout = None;
        } else if self.account_timeout.is_none() && self.record.intent().is_none() {
            if !holds_bootstrap_server(view) {
                // Power was cut after it was purged, and before that was stored.
                self.purged(true, view, out);
            } else if view.account_timeout > 0 {
                self.account_timeout = Some(self.start_timer(view.account_timeout, out));
            }
        }
    }

    pub(super) fn account_timed_out(&mut self, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        self.account_timeout = None;
        let usable = self.usability(AccountId::BootstrapServer, view) != Usability::No;
        if usable && !matches!(self.check, Check::CarryingOut(_)) {
            out.push(Action::PurgeBootstrapServer);
        } else if holds_bootstrap_server(view) {
            // A plan is about this account, or may be.
            self.account_timeout = Some(self.start_timer(LONGEST_RETRY, out));
        }
    }

    pub(super) fn purged(&mut self, success: bool, view: &View<'_>, out: &mut Vec<Action<'_>>) {
        let held = holds_bootstrap_server(view);
        let is_news = if held {
            // Otherwise its time is not over, or it is another account by now.
            self.record.timeout_runs() && self.account_timeout.is_none()
        } else {
            self.record.timeout_runs() || self.records_bootstrap_server()
        };
        if !is_news {
            return;
        }
        // Nobody may have heard that it is gone.
        if held && !success {
            self.account_timeout = Some(self.start_timer(LONGEST_RETRY, out));
        } else if !matches!(self.check, Check::CarryingOut(_)) {
            self.record.bootstrap_server_purged();
            self.store_record(out);
        }
    }

    fn records_bootstrap_server(&self) -> bool {
        let accounts = self.record.accounts();
        accounts.iter().any(|own| own.id == AccountId::BootstrapServer && own.is_held())
    }
}

fn holds_bootstrap_server(view: &View<'_>) -> bool {
    let account = Some(AccountId::BootstrapServer);
    view.device.instances.iter().any(|held| held.account == account)
}
