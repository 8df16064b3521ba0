// SPDX-License-Identifier: Apache-2.0
//! From what a check found and what is remembered to what has to be done.

mod delete;
mod plan;
mod target;

pub use plan::{Observation, Plan, Step};

use alloc::vec::Vec;

use simstrap_bootstrap_data::object::{Security, Server};

use crate::{
    AccountId, AccountState, Device, InstancePath, Intent, IntentKind, MAX_ACCOUNTS, MAX_INSTANCES,
    Policy, Record, RecordedAccount, RecordedInstance, Source,
};

use delete::Deletion;
use target::Target;

/// Compares what a check found with the record and the device, and plans what follows. Pure: no
/// I/O, no clock.
#[derive(Debug, Clone, Copy)]
pub struct Engine<'e> {
    /// What the device wants.
    pub policy: &'e Policy,
    /// What is remembered.
    pub record: &'e Record,
    /// What the device holds.
    pub device: Device<'e>,
}

/// What is planned so far.
#[derive(Debug, Default)]
struct Draft<'a> {
    /// Accounts on the device to be deleted, in order.
    delete: Vec<AccountId>,
    /// Those among them that are another source's.
    displaced: Vec<AccountId>,
    /// Accounts whose session ends.
    close: Vec<AccountId>,
    /// Accounts that are not used until enabled.
    disable: Vec<AccountId>,
    /// Instances to remove that no account deletion covers.
    remove: Vec<InstancePath>,
    write: Vec<(InstancePath, &'a [u8])>,
    enable: Vec<AccountId>,
    keep: Vec<AccountId>,
}

impl Draft<'_> {
    /// Whether an account does not stay as it is.
    fn touches(&self, id: AccountId) -> bool {
        [&self.delete, &self.disable, &self.enable].iter().any(|list| list.contains(&id))
    }
}

impl Engine<'_> {
    /// What to do after a check found something.
    ///
    /// The plan brings about the same end from wherever an earlier one was cut short: compute it
    /// anew after a restart.
    #[must_use]
    pub fn plan<'a>(&self, observation: Observation<'_, 'a>) -> Plan<'a> {
        let target = Target::of(self, observation);
        let same_card = match (&self.record.card, &target.card) {
            (Some(recorded), Some(card)) => recorded.iccid == card.iccid,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let mut draft = Draft::default();
        let mut accounts = Vec::new();
        if !same_card {
            // CR-07: everything created from the previous card is deleted.
            draft.delete = self.on_device();
            draft.remove = self.ours();
        }
        self.apply(&target, same_card, &mut draft, &mut accounts);
        if same_card {
            self.retire(&target, &mut draft, &mut accounts);
        }
        let instances = self.account_for_instances(&target, same_card, &mut draft, &accounts);
        self.displace(&target, &mut draft);
        let record = Record {
            salt: self.record.salt,
            card: target.card,
            accounts,
            instances,
            intent: None,
            timeout_runs: self.record.timeout_runs && !draft.touches(AccountId::BootstrapServer),
        };
        self.finish(draft, record, target.skipped)
    }

    /// What is left to do of a deletion that was cut short and needs no card; `None` when there
    /// is none, or when only a look at the card can tell.
    #[must_use]
    pub fn resume(&self) -> Option<Plan<'static>> {
        let intent = self.record.intent.as_ref()?;
        intent.card.is_none().then(|| self.plan(Observation::Gone))
    }

    /// The accounts of the target, those that are applied and those that are not.
    fn apply<'a>(
        &self,
        target: &Target<'a>,
        same_card: bool,
        draft: &mut Draft<'a>,
        accounts: &mut Vec<RecordedAccount>,
    ) {
        for new in &target.accounts {
            let old = self.record.account(new.id).filter(|old| same_card && old.is_held());
            if new.state == AccountState::Applied {
                self.put_to_use(new, old, draft);
                accounts.push(*new);
            } else {
                accounts.push(self.leave_unused(new, old, same_card, draft));
            }
        }
    }

    /// An account that is applied: it goes on as it is, or is disabled while it is written.
    fn put_to_use(
        &self,
        new: &RecordedAccount,
        old: Option<&RecordedAccount>,
        draft: &mut Draft<'_>,
    ) {
        let dirty = self.record.is_in_transaction(new.id);
        let in_use = old.filter(|old| old.state == AccountState::Applied && !dirty);
        let same_place = in_use.filter(|old| old.instances().eq(new.instances()));
        match same_place {
            Some(old) if old.material == new.material && old.settings == new.settings => {
                draft.keep.push(new.id);
                return;
            }
            // BS-03: the material is the same, so the session goes on.
            Some(old) if old.material == new.material => draft.disable.push(new.id),
            _ if old.is_some() || dirty || self.is_on_device(new.id) => {
                draft.close.push(new.id);
                draft.disable.push(new.id);
            }
            _ => {}
        }
        draft.enable.push(new.id);
    }

    /// An account that is not applied, as it is recorded: what earlier data of the card made of it
    /// is disabled, or deleted when it is no longer whole.
    fn leave_unused(
        &self,
        new: &RecordedAccount,
        old: Option<&RecordedAccount>,
        same_card: bool,
        draft: &mut Draft<'_>,
    ) -> RecordedAccount {
        if let Some(old) = old.filter(|old| !self.is_damaged(old)) {
            self.disable(old, draft);
            let (state, verdict) = (AccountState::Disabled, new.verdict);
            return RecordedAccount { state, verdict, ..*old };
        }
        if same_card && self.on_device().contains(&new.id) {
            draft.delete.push(new.id);
        }
        *new
    }

    /// CR-05: accounts on the device that the new data does not have are disabled. They stay
    /// stored, unless something of the new data takes their place or there is no room.
    fn retire(
        &self,
        target: &Target<'_>,
        draft: &mut Draft<'_>,
        accounts: &mut Vec<RecordedAccount>,
    ) {
        for old in self.record.accounts.iter().filter(|old| old.is_held() && !self.is_damaged(old))
        {
            if !target.accounts.iter().any(|new| new.id == old.id) {
                self.disable(old, draft);
                accounts.push(RecordedAccount { state: AccountState::Disabled, ..*old });
            }
        }
        for id in self.on_device() {
            if !accounts.iter().any(|account| account.id == id) {
                draft.delete.push(id);
            }
        }
        let mut held = accounts.iter().filter(|account| account.is_held()).count();
        let others = target.writes.len();
        let mut stored = 2 * accounts.iter().filter(|a| a.state == AccountState::Disabled).count();
        accounts.retain_mut(|account| {
            let stays = account.state != AccountState::Disabled
                || (held <= MAX_ACCOUNTS
                    && stored + others <= MAX_INSTANCES
                    && !account.instances().any(|path| target.writes_to(path)));
            if stays {
                return true;
            }
            held -= 1;
            stored -= 2;
            draft.delete.push(account.id);
            let new = target.accounts.iter().find(|new| new.id == account.id);
            new.map(|new| *account = *new).is_some()
        });
    }

    /// Whether an interrupted transaction may have written or removed an instance.
    fn is_dirty(&self, path: InstancePath) -> bool {
        self.record.intent.as_ref().is_some_and(|intent| intent.instances.contains(&path))
    }

    /// Whether an account is no longer what the record says: it can be applied anew or deleted,
    /// not stay as it is.
    fn is_damaged(&self, account: &RecordedAccount) -> bool {
        account.instances().any(|path| self.is_dirty(path))
    }

    fn disable(&self, old: &RecordedAccount, draft: &mut Draft<'_>) {
        if old.state == AccountState::Applied || self.record.is_in_transaction(old.id) {
            draft.close.push(old.id);
            draft.disable.push(old.id);
        }
    }

    /// Sorts out the object instances: which are written, which removed, which are from the card
    /// in the end.
    fn account_for_instances<'a>(
        &self,
        target: &Target<'a>,
        same_card: bool,
        draft: &mut Draft<'a>,
        accounts: &[RecordedAccount],
    ) -> Vec<RecordedInstance> {
        let mut instances = Vec::new();
        for (path, bytes, content) in &target.writes {
            let old = self.record.instances.iter().find(|old| old.path == *path);
            let there = same_card
                && !self.is_dirty(*path)
                && !self.is_foreign(*path)
                && old.is_some_and(|old| old.content == *content);
            let kept = draft.keep.iter().any(|id| {
                accounts.iter().any(|a| a.id == *id && a.instances().any(|held| held == *path))
            });
            if !there && !kept {
                draft.write.push((*path, *bytes));
            }
            instances.push(RecordedInstance { path: *path, content: *content });
        }
        if !same_card {
            return instances;
        }
        let nothing_new = !accounts.iter().any(|account| account.state == AccountState::Applied);
        for path in self.ours() {
            let stored = accounts
                .iter()
                .filter(|account| account.state == AccountState::Disabled)
                .any(|account| account.instances().any(|held| held == path));
            let is_account = matches!(path.object, Security::OBJECT_ID | Server::OBJECT_ID);
            let old = self.record.instances.iter().find(|old| old.path == path);
            match old {
                _ if target.writes_to(path) => {}
                Some(old) if stored || (nothing_new && !is_account && !self.is_dirty(path)) => {
                    instances.push(*old);
                }
                _ => draft.remove.push(path),
            }
        }
        instances
    }

    /// What other sources have in place of what is applied is removed, where the card has
    /// precedence (BS-05).
    fn displace(&self, target: &Target<'_>, draft: &mut Draft<'_>) {
        let applied = |id: AccountId| {
            target.accounts.iter().any(|new| new.id == id && new.state == AccountState::Applied)
        };
        for held in self.device.instances.iter().filter(|held| self.is_foreign(held.path)) {
            let Some(id) = held.account else { continue };
            if applied(id) {
                if !target.writes_to(held.path) {
                    draft.remove.push(held.path);
                }
            } else if target.writes_to(held.path) && !draft.delete.contains(&id) {
                draft.delete.push(id);
                draft.displaced.push(id);
                let all = self.device.instances.iter().filter(|other| other.account == Some(id));
                draft.remove.extend(all.map(|other| other.path));
            }
        }
    }

    /// Puts the steps in order, and makes the intent.
    fn finish<'a>(
        &self,
        mut draft: Draft<'a>,
        record: Record,
        skipped: Vec<InstancePath>,
    ) -> Plan<'a> {
        draft.delete.retain(|id| !draft.keep.contains(id));
        let mut steps = Vec::new();
        for id in &draft.delete {
            if self.record.is_usable(*id) {
                steps.push(Step::Deregister(*id));
            }
            draft.close.push(*id);
            draft.disable.push(*id);
        }
        dedup(&mut draft.close);
        dedup(&mut draft.disable);
        steps.extend(draft.close.iter().copied().map(Step::CloseSession));
        steps.extend(draft.disable.iter().copied().map(Step::Disable));
        let mut remove = draft.remove;
        remove.extend(self.instances_of(&draft.delete));
        dedup(&mut remove);
        let deletion = Deletion { device: self.device, servers: &draft.delete, ours: &self.ours() };
        deletion.steps(&mut remove, &mut steps);
        let writes: Vec<_> = draft.write.iter().map(|(path, _)| *path).collect();
        let remove = remove.into_iter().filter(|path| !writes.contains(path));
        steps.extend(remove.map(Step::Remove));
        steps.extend(draft.write.iter().map(|(path, bytes)| Step::Write { path: *path, bytes }));
        draft.disable.retain(|id| !draft.displaced.contains(id));
        let interim = self.interim(&steps, &draft.disable, &draft.enable, &writes, &record);
        steps.extend(draft.enable.into_iter().map(Step::Enable));
        steps.extend(draft.keep.into_iter().map(Step::Keep));
        Plan { steps, interim, record, skipped }
    }

    /// The record to store before the first change: the present one with the intent.
    fn interim(
        &self,
        steps: &[Step<'_>],
        disabled: &[AccountId],
        enabled: &[AccountId],
        writes: &[InstancePath],
        after: &Record,
    ) -> Option<Record> {
        let before = self.record.intent.as_ref();
        if steps.is_empty() && enabled.is_empty() {
            return None;
        }
        let kind = if !writes.is_empty() {
            IntentKind::Apply
        } else if steps.iter().any(|step| matches!(step, Step::Remove(_))) {
            IntentKind::Delete
        } else {
            IntentKind::Disable
        };
        let mut accounts = before.map(|intent| intent.accounts.clone()).unwrap_or_default();
        accounts.extend(disabled.iter().chain(enabled));
        dedup(&mut accounts);
        let mut instances = before.map(|intent| intent.instances.clone()).unwrap_or_default();
        instances.extend_from_slice(writes);
        instances.extend(steps.iter().filter_map(|step| match step {
            Step::Remove(path) => Some(*path).filter(|path| self.is_recorded(*path)),
            _ => None,
        }));
        dedup(&mut instances);
        let card = after.card.map(|card| (card.iccid, card.digest));
        let intent = Intent { kind, card, accounts, instances };
        Some(Record { intent: Some(intent), ..self.record.clone() })
    }

    /// Every account of the card that is, or may be, on the device.
    fn on_device(&self) -> Vec<AccountId> {
        let held = self.record.accounts.iter().filter(|account| account.is_held());
        let mut ids: Vec<_> = held.map(|account| account.id).collect();
        ids.extend(self.record.intent.iter().flat_map(|intent| &intent.accounts));
        let tagged = self.device.instances.iter();
        let tagged = tagged.filter(|held| held.source == Some(Source::Smartcard));
        ids.extend(tagged.filter_map(|held| held.account));
        dedup(&mut ids);
        // DD-01: an account that another source has written anew is no longer the card's.
        ids.retain(|id| {
            let mut own = self.device.instances.iter().filter(|held| held.account == Some(*id));
            own.clone().next().is_none() || own.any(|held| held.foreign_source().is_none())
        });
        ids
    }

    /// Every object instance of the card that is, or may be, on the device (DD-01).
    fn ours(&self) -> Vec<InstancePath> {
        let mut paths: Vec<_> = self.record.instances.iter().map(|held| held.path).collect();
        paths.extend(self.record.intent.iter().flat_map(|intent| &intent.instances));
        let tagged = self.device.instances.iter();
        let tagged = tagged.filter(|held| held.source == Some(Source::Smartcard));
        paths.extend(tagged.map(|held| held.path));
        dedup(&mut paths);
        paths.retain(|path| !self.is_foreign(*path));
        paths
    }

    /// The card's instances of these accounts.
    fn instances_of(&self, ids: &[AccountId]) -> Vec<InstancePath> {
        let recorded = self.record.accounts.iter().filter(|a| a.is_held() && ids.contains(&a.id));
        let mut paths: Vec<_> = recorded.flat_map(RecordedAccount::instances).collect();
        let ours = self.ours();
        let held = self.device.instances.iter().filter(|held| ours.contains(&held.path));
        let of_them = held.filter(|held| held.account.is_some_and(|id| ids.contains(&id)));
        paths.extend(of_them.map(|held| held.path));
        paths.retain(|path| ours.contains(path));
        paths
    }

    fn is_recorded(&self, path: InstancePath) -> bool {
        self.record.instances.iter().any(|held| held.path == path)
    }

    /// Whether another source than the card wrote an instance last.
    fn is_foreign(&self, path: InstancePath) -> bool {
        let mut held = self.device.instances.iter().filter(|held| held.path == path);
        held.any(|held| held.foreign_source().is_some())
    }

    fn is_on_device(&self, id: AccountId) -> bool {
        self.device.instances.iter().any(|held| held.account == Some(id))
    }
}

/// Removes all but the first of equal elements.
fn dedup<T: PartialEq + Copy>(list: &mut Vec<T>) {
    let mut seen = Vec::with_capacity(list.len());
    list.retain(|element| {
        let new = !seen.contains(element);
        if new {
            seen.push(*element);
        }
        new
    });
}

#[cfg(test)]
mod tests;
