// SPDX-License-Identifier: Apache-2.0
//! What is remembered between two looks at a card.

mod codec;
mod fingerprint;

pub use codec::{MAX_RECORD, RecordError};
pub use fingerprint::{Fingerprint, Salt};

use alloc::vec::Vec;
use core::fmt;

use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;

use crate::{AccountId, Decision, InstancePath, MAX_ACCOUNTS, MAX_INSTANCES, Reason, Verdict};

/// The most accounts of a record: those of the data, and as many disabled ones of earlier data.
pub const MAX_RECORDED_ACCOUNTS: usize = 2 * MAX_ACCOUNTS;

/// The most instances of an intent: those of the record, which it may remove, and as many that it,
/// or one before it that was cut short, writes.
pub const MAX_INTENT_INSTANCES: usize = 2 * MAX_INSTANCES;

/// What is remembered between two looks at a card: which card, which data, what was decided and
/// why, what came from the card, and which transaction is under way.
///
/// It holds no secret. It does hold salted [fingerprints](Fingerprint) and the SHA-256 of the
/// data: who can read the record and knows all else in the data can try out keys against them, so
/// keys must be random, as a pre-shared key has to be anyway. Keep the record as private as other
/// configuration.
///
/// Without a record, or with one that cannot be read, the card is processed as new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub(crate) salt: Salt,
    pub(crate) card: Option<RecordedCard>,
    pub(crate) accounts: Vec<RecordedAccount>,
    pub(crate) instances: Vec<RecordedInstance>,
    pub(crate) intent: Option<Intent>,
    pub(crate) timeout_runs: bool,
}

/// The card whose data was processed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedCard {
    /// Identity of the card.
    pub iccid: Iccid,
    /// Identity of the data.
    pub digest: Digest,
    /// Why the data was refused as a whole, if it was.
    pub refused: Option<Reason>,
}

/// What was decided about an account, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedAccount {
    /// Which account.
    pub id: AccountId,
    /// What became of it.
    pub state: AccountState,
    /// The last verdict on it. That of a disabled account is about the data that came after it,
    /// if that had the account at all.
    pub verdict: Verdict,
    /// Instance of object 0.
    pub security_instance: u16,
    /// Instance of object 1; a bootstrap server has none.
    pub server_instance: Option<u16>,
    /// The security material: when it changes, a session cannot go on (TS Core §5.2.5).
    pub material: Fingerprint,
    /// The Server instance.
    pub settings: Fingerprint,
}

/// What became of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountState {
    /// It is on the device, in use.
    Applied,
    /// It is on the device, not to be used.
    Disabled,
    /// It is not on the device: the policy or the device chose so.
    Ignored,
    /// It is not on the device: it is not in order, or falls short of a demand.
    Refused,
}

/// An object instance on the device that came from the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedInstance {
    /// Which one.
    pub path: InstancePath,
    /// What was written.
    pub content: Fingerprint,
}

/// A transaction that is under way: stored before its first change, gone after its last.
///
/// The accounts it names must not be used while it stands, and the instances it names may be
/// there, old or new, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What it does.
    pub kind: IntentKind,
    /// The card whose data it follows; `None` when there is none left.
    pub card: Option<(Iccid, Digest)>,
    /// The accounts it changes.
    pub accounts: Vec<AccountId>,
    /// The instances it writes or removes.
    pub instances: Vec<InstancePath>,
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IntentKind {
    /// It writes object instances, and may disable and delete others.
    Apply,
    /// It disables accounts.
    Disable,
    /// It deletes object instances.
    Delete,
}

/// How a card compares with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The card and its data are those of the record, and no transaction is under way.
    Unchanged,
    /// The data is another, or a transaction has to be finished.
    Changed,
    /// The card is another one.
    OtherCard,
    /// The record knows no card.
    New,
}

impl Record {
    /// A record that knows no card, with a salt of random bytes.
    #[must_use]
    pub const fn new(salt: Salt) -> Self {
        Self {
            salt,
            card: None,
            accounts: Vec::new(),
            instances: Vec::new(),
            intent: None,
            timeout_runs: false,
        }
    }

    /// A record that knows no card, with the salt of this one.
    #[must_use]
    pub const fn emptied(&self) -> Self {
        Self::new(self.salt)
    }

    /// The card whose data was processed last.
    #[must_use]
    pub const fn card(&self) -> Option<&RecordedCard> {
        self.card.as_ref()
    }

    /// The accounts, those of the data and disabled ones of earlier data.
    #[must_use]
    pub fn accounts(&self) -> &[RecordedAccount] {
        &self.accounts
    }

    /// The object instances that came from the card.
    #[must_use]
    pub fn instances(&self) -> &[RecordedInstance] {
        &self.instances
    }

    /// The transaction under way.
    #[must_use]
    pub const fn intent(&self) -> Option<&Intent> {
        self.intent.as_ref()
    }

    /// Whether the bootstrap-server account is to be purged when its timeout is over (BS-06):
    /// a bootstrap has succeeded since it was applied.
    #[must_use]
    pub const fn timeout_runs(&self) -> bool {
        self.timeout_runs
    }

    /// Remembers whether the timeout of the bootstrap-server account runs.
    pub const fn set_timeout_runs(&mut self, runs: bool) {
        self.timeout_runs = runs;
    }

    /// Remembers that the bootstrap-server account was purged: one from the card does not come
    /// back before it is another, or on another card.
    pub fn bootstrap_server_purged(&mut self) {
        self.timeout_runs = false;
        let purged = |account: &&mut RecordedAccount| {
            account.id == AccountId::BootstrapServer && account.is_held()
        };
        if let Some(account) = self.accounts.iter_mut().find(purged) {
            account.verdict = Verdict::ignore(Reason::TimedOut);
            account.state = AccountState::Ignored;
            let gone: Vec<_> = account.instances().collect();
            self.instances.retain(|held| !gone.contains(&held.path));
        }
    }

    /// Compares a card and its data with the record, for the check before Register and Update.
    #[must_use]
    pub fn compare(&self, iccid: Iccid, digest: Digest) -> Comparison {
        match &self.card {
            Some(card) if card.iccid != iccid => Comparison::OtherCard,
            Some(card) if card.digest == digest && self.intent.is_none() => Comparison::Unchanged,
            None if self.intent.is_none() => Comparison::New,
            _ => Comparison::Changed,
        }
    }

    /// Whether an account from the card may be used: it is applied, and no transaction that is
    /// under way changes it.
    #[must_use]
    pub fn is_usable(&self, id: AccountId) -> bool {
        self.account(id).is_some_and(|account| account.state == AccountState::Applied)
            && !self.is_in_transaction(id)
    }

    pub(crate) fn account(&self, id: AccountId) -> Option<&RecordedAccount> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub(crate) fn is_in_transaction(&self, id: AccountId) -> bool {
        self.intent.as_ref().is_some_and(|intent| intent.accounts.contains(&id))
    }
}

impl RecordedAccount {
    /// Its object instances.
    pub fn instances(&self) -> impl Iterator<Item = InstancePath> + use<> {
        let server = self.server_instance.map(InstancePath::server);
        core::iter::once(InstancePath::security(self.security_instance)).chain(server)
    }

    /// Whether it is on the device.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self.state, AccountState::Applied | AccountState::Disabled)
    }
}

impl AccountState {
    /// A stable short name: `applied`, `disabled`, `ignored`, `refused`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Disabled => "disabled",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
        }
    }
}

impl From<Decision> for AccountState {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Apply => Self::Applied,
            Decision::Ignore => Self::Ignored,
            Decision::Refuse => Self::Refused,
        }
    }
}

impl fmt::Display for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
