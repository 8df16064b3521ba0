// SPDX-License-Identifier: Apache-2.0
//! What should be on the device once the plan is carried out.

use alloc::vec::Vec;

use simstrap_bootstrap_data::object::{AccessControl, Oscore, Security, ShortServerId};
use simstrap_bootstrap_data::{BootstrapDataRef, InstanceRef};

use super::{Engine, Observation, dedup};
use crate::account::oscore_instance;
use crate::record::MAX_INTENT_INSTANCES;
use crate::{
    AccountId, AccountState, Assessment, Decision, Fingerprint, InstancePath,
    MAX_RECORDED_ACCOUNTS, OnChange, Reason, RecordedAccount, RecordedCard, Salt, Verdict,
};

/// What should be on the device once the plan is carried out.
pub(super) struct Target<'a> {
    pub(super) card: Option<RecordedCard>,
    /// Every account of the data, as it will be recorded.
    pub(super) accounts: Vec<RecordedAccount>,
    /// Every instance that comes from the data.
    pub(super) writes: Vec<(InstancePath, &'a [u8], Fingerprint)>,
    /// Instances of the data that are left out.
    pub(super) skipped: Vec<InstancePath>,
}

impl<'a> Target<'a> {
    pub(super) fn of(engine: &Engine<'_>, observation: Observation<'_, 'a>) -> Self {
        let mut target =
            Self { card: None, accounts: Vec::new(), writes: Vec::new(), skipped: Vec::new() };
        let Observation::Card { iccid, digest, assessment } = observation else { return target };
        let refused = assessment.map_or(Some(Reason::Undecodable), Assessment::refused);
        let card = RecordedCard { iccid, digest, refused };
        target.card = Some(card);
        let Some(assessment) = assessment else { return target };
        target.accounts = accounts(&engine.record.salt, assessment);
        if engine.policy.changed == OnChange::Disable {
            hold_back(engine, &card, &mut target.accounts);
        }
        stay_purged(engine, &card, &mut target.accounts);
        target.collect(engine, assessment.data());
        if !has_room(engine, &target) {
            for account in &mut target.accounts {
                if account.state == AccountState::Applied {
                    account.decide(Verdict::ignore(Reason::NoRoom));
                }
            }
            target.writes.clear();
        }
        target
    }

    pub(super) fn writes_to(&self, path: InstancePath) -> bool {
        self.writes.iter().any(|(written, ..)| *written == path)
    }

    /// Collects the instances of the accounts that are applied, and with them the others.
    fn collect(&mut self, engine: &Engine<'_>, data: BootstrapDataRef<'a>) {
        let salt = &engine.record.salt;
        let applied = self.accounts.iter().filter(|a| a.state == AccountState::Applied);
        let paths: Vec<_> = applied.flat_map(RecordedAccount::instances).collect();
        if paths.is_empty() {
            return;
        }
        for object in data.objects() {
            for instance in object.instances() {
                let path = InstancePath::new(object.id(), instance.id());
                let wanted = match object.id() {
                    0 | 1 => paths.contains(&path),
                    _ => self.wants(engine, data, path, &instance),
                };
                if wanted {
                    let (object, bytes) = (path.object.to_be_bytes(), instance.as_bytes());
                    self.writes.push((path, bytes, salt.fingerprint(&[&object, bytes])));
                } else if object.id() > 1 {
                    self.skipped.push(path);
                }
            }
        }
    }

    /// Whether an instance beside the accounts is written.
    fn wants(
        &self,
        engine: &Engine<'_>,
        data: BootstrapDataRef<'a>,
        path: InstancePath,
        instance: &InstanceRef<'a>,
    ) -> bool {
        let mut held = engine.device.instances.iter().filter(|held| held.path == path);
        let yields = held.any(|held| {
            let source = held.foreign_source();
            source.is_some_and(|source| engine.policy.precedence.yields_to(source))
        });
        if yields || !engine.policy.objects.uses(path.object) {
            return false;
        }
        match path.object {
            AccessControl::OBJECT_ID => {
                AccessControl::from_instance(instance).is_ok_and(|access| self.controls(&access))
            }
            Oscore::OBJECT_ID => {
                let mut linking = self.accounts.iter().filter(|account| {
                    oscore(data, account.security_instance).is_some_and(|o| o.id() == path.instance)
                });
                linking.clone().next().is_none()
                    || linking.any(|account| account.state == AccountState::Applied)
            }
            _ => true,
        }
    }

    /// Whether an Access Control instance is about accounts that are applied.
    fn controls(&self, access: &AccessControl<'_>) -> bool {
        let applied = |account: &RecordedAccount| account.state == AccountState::Applied;
        let target = InstancePath::new(
            access.object.unwrap_or_default(),
            access.instance.unwrap_or_default(),
        );
        let of_account = self.accounts.iter().find(|a| a.instances().any(|path| path == target));
        let owner = access.owner.and_then(ShortServerId::new).map(AccountId::Server);
        let owner = self.accounts.iter().find(|account| Some(account.id) == owner);
        of_account.is_none_or(applied) && owner.is_none_or(applied)
    }
}

impl RecordedAccount {
    fn decide(&mut self, verdict: Verdict) {
        self.verdict = verdict;
        self.state = verdict.decision.into();
    }

    /// Whether another describes the same, whatever became of it.
    fn is_like(&self, other: &Self) -> bool {
        self.id == other.id
            && self.instances().eq(other.instances())
            && self.material == other.material
            && self.settings == other.settings
    }
}

/// Every account of the data, as its verdict has it.
fn accounts(salt: &Salt, assessment: &Assessment<'_>) -> Vec<RecordedAccount> {
    let data = assessment.data();
    let recorded = |id, verdict: Verdict, security_instance, server_instance: Option<u16>| {
        let bytes = |object: u16, instance: u16| {
            let instance = data.object(object).and_then(|object| object.instance(instance));
            instance.map(|instance| instance.as_bytes()).unwrap_or_default()
        };
        let oscore = oscore(data, security_instance);
        let oscore = oscore.map(|instance| instance.as_bytes()).unwrap_or_default();
        let server = server_instance.map(|instance| bytes(1, instance)).unwrap_or_default();
        RecordedAccount {
            id,
            state: verdict.decision.into(),
            verdict,
            security_instance,
            server_instance,
            material: salt.fingerprint(&[b"material", bytes(0, security_instance), oscore]),
            settings: salt.fingerprint(&[b"settings", server]),
        }
    };
    let bootstrap_server = assessment.bootstrap_server().map(|account| {
        recorded(AccountId::BootstrapServer, account.verdict, account.security_instance, None)
    });
    let servers = assessment.servers().filter_map(|account| {
        let id = AccountId::Server(account.short_server_id()?);
        Some(recorded(id, account.verdict, account.security_instance, account.server_instance))
    });
    let mut accounts: Vec<RecordedAccount> = bootstrap_server.into_iter().chain(servers).collect();
    // Ids that are not unique occur in data that is refused as a whole.
    let mut seen = Vec::new();
    accounts.retain(|account| {
        let new = !seen.contains(&account.id);
        seen.push(account.id);
        new
    });
    accounts
}

/// The OSCORE instance that the Security instance with this id links to.
fn oscore(data: BootstrapDataRef<'_>, security_instance: u16) -> Option<InstanceRef<'_>> {
    let security = data.object(Security::OBJECT_ID)?.instance(security_instance)?;
    oscore_instance(data, &Security::from_instance(&security).ok()?)
}

/// Under [`OnChange::Disable`], new data does not take the place of data that was in use.
fn hold_back(engine: &Engine<'_>, card: &RecordedCard, accounts: &mut [RecordedAccount]) {
    let record = engine.record;
    let Some(recorded) = record.card.filter(|recorded| recorded.iccid == card.iccid) else {
        return;
    };
    let was_held_back = |old: &RecordedAccount| old.verdict.reason == Reason::Changed;
    let changed = recorded.digest != card.digest
        && record.accounts.iter().any(|old| old.is_held() || was_held_back(old));
    for account in accounts.iter_mut().filter(|a| a.verdict.decision == Decision::Apply) {
        let old = record.account(account.id);
        let unchanged =
            old.is_some_and(|old| old.state == AccountState::Applied && old.is_like(account));
        if !unchanged && (changed || old.is_some_and(was_held_back)) {
            account.decide(Verdict::ignore(Reason::Changed));
        }
    }
}

/// BS-06: an account that was purged does not come back because its card is read again.
fn stay_purged(engine: &Engine<'_>, card: &RecordedCard, accounts: &mut [RecordedAccount]) {
    let same_card = engine.record.card.is_some_and(|recorded| recorded.iccid == card.iccid);
    for account in accounts.iter_mut().filter(|a| a.verdict.decision == Decision::Apply) {
        let purged = engine.record.account(account.id).is_some_and(|old| {
            old.verdict == Verdict::ignore(Reason::TimedOut) && old.is_like(account)
        });
        if same_card && purged {
            account.decide(Verdict::ignore(Reason::TimedOut));
        }
    }
}

/// Whether the intent that carries this out can be kept beside what earlier ones left behind.
fn has_room(engine: &Engine<'_>, target: &Target<'_>) -> bool {
    let intent = engine.record.intent.as_ref();
    let mut paths: Vec<_> = target.writes.iter().map(|(path, ..)| *path).collect();
    paths.extend(intent.iter().flat_map(|intent| &intent.instances));
    paths.extend(engine.record.instances.iter().map(|held| held.path));
    dedup(&mut paths);
    let mut ids: Vec<_> = target.accounts.iter().map(|account| account.id).collect();
    ids.extend(engine.on_device());
    dedup(&mut ids);
    paths.len() <= MAX_INTENT_INSTANCES && ids.len() <= MAX_RECORDED_ACCOUNTS
}
