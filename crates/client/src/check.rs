// SPDX-License-Identifier: Apache-2.0
//! Looking at the card: a type for every state of it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::{AccountId, Plan, Record, Step};

use crate::TimerId;

/// Seconds until a card that could not be read is tried again: long enough for another program
/// to let go of it.
pub const SHORTEST_RETRY: u32 = 5;

/// Seconds between two tries at most, after doubling: a card that stays unreadable costs little,
/// and one that recovers is found within a quarter of an hour.
pub const LONGEST_RETRY: u32 = 900;

/// Tries after the first before the device goes on without the card: some two and a half minutes.
pub const QUICK_RETRIES: u8 = 5;

/// How it stands between the client and the card.
#[derive(Debug)]
pub(crate) enum Check {
    /// Nothing to find out.
    Resting,
    Reading(Reading),
    Retrying(Retrying),
    CarryingOut(Box<CarryingOut>),
}

impl Check {
    /// Whether a plan about this account is being carried out.
    pub(crate) fn touches(&self, id: AccountId) -> bool {
        matches!(self, Self::CarryingOut(plan) if plan.touches(id))
    }
}

/// Waits for the card.
#[derive(Debug)]
pub(crate) struct Reading {
    /// How many tries in a row have failed.
    pub(crate) failures: u8,
}

/// Waits for another try.
#[derive(Debug)]
pub(crate) struct Retrying {
    pub(crate) failures: u8,
    pub(crate) timer: TimerId,
}

/// Waits for a plan to be carried out.
#[derive(Debug)]
pub(crate) struct CarryingOut {
    failures: u8,
    interim: Option<Record>,
    after: Record,
    /// Whether the records are no longer those of the plan, which are stored with it.
    altered: bool,
    enabled: Vec<ShortServerId>,
}

impl Reading {
    pub(crate) const fn inconclusive(self, timer: TimerId) -> Retrying {
        Retrying { failures: self.failures.saturating_add(1), timer }
    }

    pub(crate) fn found(self, plan: &Plan<'_>) -> Box<CarryingOut> {
        let enabled = plan.steps().iter().filter_map(|step| match step {
            Step::Enable(AccountId::Server(id)) => Some(*id),
            _ => None,
        });
        Box::new(CarryingOut {
            failures: self.failures,
            interim: plan.interim().cloned(),
            after: plan.record().clone(),
            altered: false,
            enabled: enabled.collect(),
        })
    }
}

impl Retrying {
    pub(crate) const fn again(self) -> Reading {
        Reading { failures: self.failures }
    }

    /// Seconds to wait.
    pub(crate) fn delay(&self) -> u32 {
        let doublings = u32::from(self.failures.saturating_sub(1)).min(16);
        (SHORTEST_RETRY << doublings).min(LONGEST_RETRY)
    }

    /// Whether the device has waited long enough for the card.
    pub(crate) const fn is_exhausted(&self) -> bool {
        self.failures > QUICK_RETRIES
    }
}

impl CarryingOut {
    /// The account timeout began, or ended, meanwhile.
    pub(crate) fn set_timeout_runs(&mut self, runs: bool) {
        self.altered = true;
        self.after.set_timeout_runs(runs);
        if let Some(interim) = &mut self.interim {
            interim.set_timeout_runs(runs);
        }
    }

    /// Whether the record that holds now is yet to be stored.
    pub(crate) const fn is_altered(&self) -> bool {
        self.altered
    }

    /// Whether the plan is about this account.
    pub(crate) fn touches(&self, id: AccountId) -> bool {
        let intent = self.interim.as_ref().and_then(Record::intent);
        intent.is_some_and(|intent| intent.accounts.contains(&id))
    }

    /// The record that holds now, and the servers to register with.
    pub(crate) fn done(self) -> (Record, Vec<ShortServerId>) {
        (self.after, self.enabled)
    }

    /// The record that may be stored now: where it is unknown how far the plan came, the accounts
    /// it touches are not used (FT-01).
    pub(crate) fn failed(self, timer: TimerId) -> (Option<Record>, Retrying) {
        (self.interim, Retrying { failures: self.failures.saturating_add(1), timer })
    }
}
