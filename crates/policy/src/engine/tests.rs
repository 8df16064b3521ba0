// SPDX-License-Identifier: Apache-2.0
//! One card after another: what each rule makes of it.

use std::collections::{BTreeMap, BTreeSet};

use simstrap_bootstrap_data::object::{AccessControlEntry, AccessRights, ShortServerId};
use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;
use simstrap_bootstrap_data::{BootstrapData, Value};

use super::*;
use crate::testing::{Resource, bootstrap_security, encode, numbered, security, server};
use crate::{
    Assessment, Circumstances, Comparison, Condition, Disposition, HeldAccessControl, HeldInstance,
    OnChange, PolicyRule, Reason, Salt, Winner,
};

fn id(number: u16) -> AccountId {
    AccountId::Server(ShortServerId::new(number).unwrap())
}

type Access = (InstancePath, u16, Vec<AccessControlEntry>);

/// An LwM2M stack, as far as plans touch it.
#[derive(Debug, Clone, PartialEq, Default)]
struct Host {
    instances: BTreeMap<InstancePath, (Vec<u8>, Source, Option<AccountId>)>,
    access: BTreeMap<u16, Access>,
    used: BTreeSet<AccountId>,
    sessions: BTreeSet<AccountId>,
    /// Whether it tells who wrote an instance.
    tracks: bool,
}

impl Host {
    fn with(mut self, path: InstancePath, source: Source, account: Option<AccountId>) -> Self {
        self.instances.insert(path, (vec![0xEE], source, account));
        self
    }

    fn controlling(mut self, own: u16, target: (u16, u16), owner: u16, list: &[(u16, u8)]) -> Self {
        let entries = list.iter().map(|(server, bits)| AccessControlEntry {
            server: *server,
            rights: AccessRights::new(*bits).unwrap(),
        });
        let target = InstancePath::new(target.0, target.1);
        self.instances.insert(target, (vec![0xEE], Source::Server, None));
        self.access.insert(own, (target, owner, entries.collect()));
        self
    }

    /// Carries out a step; accounts are found in what is written, as a stack would.
    fn carry_out(&mut self, step: &Step<'_>, after: &Record) {
        match *step {
            Step::CloseSession(id) => drop(self.sessions.remove(&id)),
            Step::Disable(id) => drop(self.used.remove(&id)),
            Step::ChangeOwner { access_control, owner } => {
                self.access.get_mut(&access_control).unwrap().1 = owner.to_u16();
            }
            Step::RemoveAccess { access_control, server } => {
                let list = &mut self.access.get_mut(&access_control).unwrap().2;
                list.retain(|entry| entry.server != server.to_u16());
            }
            Step::Remove(path) => {
                if path.object == 2 {
                    self.access.remove(&path.instance);
                }
                self.instances.remove(&path);
            }
            Step::Write { path, bytes } => {
                let mut accounts = after.accounts.iter().filter(|a| a.is_held());
                let account = accounts.find(|a| a.instances().any(|p| p == path)).map(|a| a.id);
                self.instances.insert(path, (bytes.to_vec(), Source::Smartcard, account));
            }
            Step::Enable(id) => {
                self.used.insert(id);
                self.sessions.insert(id);
            }
            Step::Deregister(_) | Step::CancelObservations(_) | Step::Keep(_) => {}
        }
    }

    fn of_card(&self) -> BTreeSet<InstancePath> {
        let held = self.instances.iter().filter(|(_, held)| held.1 == Source::Smartcard);
        held.map(|(path, _)| *path).collect()
    }
}

/// What is on a card.
#[derive(Clone)]
enum Card {
    None,
    Broken(u8),
    Data(u8, BootstrapData),
}

/// Plans under a policy and hands the plan to `look`.
fn planned<T>(
    policy: &Policy,
    host: &Host,
    record: &Record,
    card: &Card,
    look: impl FnOnce(&Plan<'_>) -> T,
) -> T {
    let instances: Vec<_> = host
        .instances
        .iter()
        .map(|(path, (_, source, account))| {
            let source = Some(*source).filter(|s| host.tracks || *s != Source::Smartcard);
            HeldInstance { path: *path, source, account: *account }
        })
        .collect();
    let access_control: Vec<_> = host
        .access
        .iter()
        .map(|(instance, (target, owner, entries))| HeldAccessControl {
            instance: *instance,
            target: *target,
            owner: *owner,
            entries,
        })
        .collect();
    let device = Device { instances: &instances, access_control: &access_control };
    let engine = Engine { policy, record, device };
    let iccid = |number: u8| Iccid::from_bytes([number; 10]);
    match card {
        Card::None => look(&engine.plan(Observation::Gone)),
        Card::Broken(number) => look(&engine.plan(Observation::Card {
            iccid: iccid(*number),
            digest: Digest::from_bytes([0xBB; 32]),
            assessment: None,
        })),
        Card::Data(number, data) => {
            let circumstances = Circumstances { device, ..Circumstances::default() };
            let assessment = Assessment::under(policy, data.as_ref(), &circumstances, &mut ());
            let digest = Digest::of(data.bytes());
            let assessment = Some(&assessment);
            look(&engine.plan(Observation::Card { iccid: iccid(*number), digest, assessment }))
        }
    }
}

/// Plans and carries out; gives the steps as text.
fn run(policy: &Policy, host: &mut Host, record: &mut Record, card: &Card) -> Vec<String> {
    let before = host.clone();
    planned(policy, &before, &record.clone(), card, |plan| {
        plan.steps().iter().for_each(|step| host.carry_out(step, plan.record()));
        *record = plan.record().clone();
        plan.steps().iter().map(ToString::to_string).collect()
    })
}

/// Carries out the first steps of a plan and no more, as a power cut has it: what is on the device
/// then, and the record that was stored last.
fn cut_short(
    policy: &Policy,
    start: &Host,
    before: &Record,
    card: &Card,
    steps: usize,
) -> (Host, Record) {
    let mut host = start.clone();
    let record = planned(policy, start, before, card, |plan| {
        plan.steps().iter().take(steps).for_each(|step| host.carry_out(step, plan.record()));
        plan.interim().unwrap_or(before).clone()
    });
    (host, record)
}

fn new_record() -> Record {
    Record::new(Salt::new([7; 16]))
}

fn data(securities: &[Vec<Resource<'_>>], servers: &[Vec<Resource<'_>>]) -> BootstrapData {
    encode(&[(0, numbered(securities)), (1, numbered(servers))])
}

fn with_key(number: i64, key: &'static [u8]) -> Vec<Resource<'static>> {
    let mut security = security(number);
    security[4] = (5, Value::Opaque(key));
    security
}

fn with_lifetime(number: i64, lifetime: i64) -> Vec<Resource<'static>> {
    let mut server = server(number);
    server[1] = (1, Value::Integer(lifetime));
    server
}

/// A bootstrap server and servers 1 and 2.
fn first() -> Card {
    Card::Data(1, data(&[bootstrap_security(), security(1), security(2)], &[server(1), server(2)]))
}

/// Server 1 with another key, server 2 gone, server 3 new, in the same card.
fn second() -> Card {
    let changed = with_key(1, b"changed test key");
    Card::Data(1, data(&[bootstrap_security(), changed, security(3)], &[server(1), server(3)]))
}

/// A device on which the first card is applied.
fn applied(policy: &Policy) -> (Host, Record) {
    let (mut host, mut record) = (Host::default(), new_record());
    run(policy, &mut host, &mut record, &first());
    (host, record)
}

fn states(record: &Record) -> Vec<String> {
    record.accounts().iter().map(|a| format!("{} {} {}", a.id, a.state, a.verdict.reason)).collect()
}

#[test]
fn cr_02_a_new_card_is_applied_and_recorded() {
    let (mut host, mut record) = (Host::default(), new_record());
    let steps = run(&Policy::default(), &mut host, &mut record, &first());
    let (writes, rest) = steps.split_at(5);
    assert!(writes.iter().all(|step| step.starts_with("write /")), "{steps:?}");
    assert_eq!(rest, ["enable bootstrap server", "enable server 1", "enable server 2"]);
    assert_eq!(host.of_card(), record.instances().iter().map(|held| held.path).collect());
    let Card::Data(_, data) = first() else { unreachable!() };
    let digest = Digest::of(data.bytes());
    assert_eq!(record.compare(Iccid::from_bytes([1; 10]), digest), Comparison::Unchanged);
    assert_eq!(record.compare(Iccid::from_bytes([2; 10]), digest), Comparison::OtherCard);
}

#[test]
fn cr_02_what_is_ignored_is_recorded_with_its_reason_and_not_on_the_device() {
    let mut policy = Policy::default();
    let second = Some(vec![ShortServerId::new(2).unwrap().into()]);
    let condition = Condition { short_server_ids: second, ..Condition::ANY };
    policy.rules.push(PolicyRule::new(condition, Disposition::Ignore));
    let (host, record) = applied(&policy);
    assert_eq!(
        states(&record),
        ["bootstrap server applied default", "server 1 applied default", "server 2 ignored rule 1"]
    );
    assert_eq!(host.of_card().len(), 3);
}

#[test]
fn cr_04_unchanged_data_keeps_everything_and_stores_nothing() {
    let policy = Policy::default();
    let (host, record) = applied(&policy);
    planned(&policy, &host, &record, &first(), |plan| {
        assert!(plan.steps().iter().all(|step| matches!(step, Step::Keep(_))));
        assert_eq!(plan.steps().len(), 3);
        assert_eq!((plan.interim(), plan.record()), (None, &record));
    });
}

#[test]
fn cr_05_changed_data_disables_the_previous_before_the_new_is_applied() {
    let policy = Policy::default();
    let (mut host, mut record) = applied(&policy);
    let steps = run(&policy, &mut host, &mut record, &second());
    let expected = [
        "de-register from server 2",
        "close the session with server 1",
        "close the session with server 2",
        "disable server 1",
        "disable server 2",
        "cancel observations of server 2",
        "write /0/1 (64 bytes)",
        "write /0/2 (64 bytes)",
        "write /1/1 (13 bytes)",
        "enable server 1",
        "enable server 3",
        "keep bootstrap server",
    ];
    assert_eq!(steps, expected);
    assert_eq!(host.used, BTreeSet::from([AccountId::BootstrapServer, id(1), id(3)]));
}

#[test]
fn cr_05_previous_accounts_stay_disabled_when_the_new_data_is_unreadable_or_refused() {
    let policy = Policy::default();
    let refused = Card::Data(1, data(&[security(1)], &[]));
    for card in [Card::Broken(1), refused] {
        let (mut host, mut record) = applied(&policy);
        let held = host.of_card();
        run(&policy, &mut host, &mut record, &card);
        assert_eq!(host.of_card(), held, "dd_02: still stored");
        assert!(host.used.is_empty() && host.sessions.is_empty());
        assert!(record.accounts().iter().all(|a| a.state == AccountState::Disabled));
        assert!(record.card().unwrap().refused.is_some());
        let steps = run(&policy, &mut host, &mut record, &first());
        assert!(steps.iter().any(|step| step == "enable server 1"), "{steps:?}");
    }
}

#[test]
fn cr_05_a_policy_that_follows_no_change_only_disables() {
    let policy = Policy { changed: OnChange::Disable, ..Policy::default() };
    let (mut host, mut record) = applied(&policy);
    run(&policy, &mut host, &mut record, &second());
    assert_eq!(host.used, BTreeSet::from([AccountId::BootstrapServer]), "the unchanged one");
    for _ in 0..2 {
        assert_eq!(
            states(&record),
            [
                "bootstrap server applied default",
                "server 1 disabled data in use was changed",
                "server 3 ignored data in use was changed",
                "server 2 disabled default"
            ]
        );
        let steps = run(&policy, &mut host, &mut record, &second());
        assert_eq!(steps, ["keep bootstrap server"]);
    }
    run(&Policy::default(), &mut host, &mut record, &second());
    assert!(host.used.contains(&id(1)) && host.used.contains(&id(3)));
}

#[test]
fn cr_06_data_that_was_not_applied_is_decided_afresh() {
    let ignoring = Policy { default: Disposition::Ignore, ..Policy::default() };
    let (mut host, mut record) = applied(&ignoring);
    assert!(host.instances.is_empty());
    let follows_none = Policy { changed: OnChange::Disable, ..Policy::default() };
    let steps = run(&follows_none, &mut host, &mut record, &second());
    assert!(!steps.iter().any(|step| step.starts_with("disable")), "{steps:?}");
    assert_eq!(host.used.len(), 3);
}

#[test]
fn cr_07_a_card_that_is_gone_takes_everything_with_it_that_came_from_it() {
    let policy = Policy::default();
    for tracks in [false, true] {
        let (mut host, mut record) = applied(&policy);
        host.tracks = tracks;
        host = host.with(InstancePath::security(9), Source::Factory, Some(id(9)));
        run(&policy, &mut host, &mut record, &Card::None);
        let left: Vec<_> = host.instances.keys().copied().collect();
        assert_eq!(left, [InstancePath::security(9)], "dd_01: the factory's stays");
        assert_eq!(record, new_record());
    }
}

#[test]
fn cr_07_another_card_is_processed_as_new() {
    let policy = Policy::default();
    let (mut host, mut record) = applied(&policy);
    let other = Card::Data(2, data(&[security(2)], &[server(2)]));
    let steps = run(&policy, &mut host, &mut record, &other);
    assert!(steps.contains(&"de-register from server 1".to_owned()));
    assert_eq!(host.used, BTreeSet::from([id(2)]));
    let expected = [InstancePath::security(0), InstancePath::server(0)];
    assert_eq!(host.of_card(), BTreeSet::from(expected));
}

#[test]
fn bs_03_settings_change_without_ending_the_session() {
    let policy = Policy::default();
    let (mut host, mut record) = applied(&policy);
    let longer = with_lifetime(1, 7200);
    let securities = [bootstrap_security(), security(1), security(2)];
    let card = Card::Data(1, data(&securities, &[longer, server(2)]));
    let steps = run(&policy, &mut host, &mut record, &card);
    assert_eq!(steps[0], "disable server 1");
    assert!(steps[1].starts_with("write /1/0 "));
    assert_eq!(steps[2..], ["enable server 1", "keep bootstrap server", "keep server 2"]);
}

#[test]
fn bs_05_the_card_takes_the_place_of_the_factory_and_leaves_a_bootstrap_servers() {
    let mut policy = Policy::default();
    let place = |source| {
        Host::default().with(InstancePath::security(1), source, Some(id(9))).with(
            InstancePath::server(9),
            source,
            Some(id(9)),
        )
    };
    let (mut host, mut record) = (place(Source::Factory), new_record());
    let steps = run(&policy, &mut host, &mut record, &first());
    assert!(steps.contains(&"remove /1/9".to_owned()), "{steps:?}");
    assert!(!host.instances.contains_key(&InstancePath::server(9)));
    assert_eq!(host.used.len(), 3);

    policy.precedence.factory = Winner::Existing;
    let (mut host, mut record) = (place(Source::Factory), new_record());
    run(&policy, &mut host, &mut record, &first());
    assert_eq!(record.account(id(1)).unwrap().verdict.reason, Reason::Precedence(Source::Factory));
    assert_eq!(host.instances[&InstancePath::security(1)].0, [0xEE]);
}

#[test]
fn ft_02_a_lost_record_is_made_up_for_by_what_the_device_knows() {
    let policy = Policy::default();
    let (mut host, _) = applied(&policy);
    host.tracks = true;
    let mut record = new_record();
    run(&policy, &mut host, &mut record, &Card::None);
    assert!(host.instances.is_empty() && host.used.is_empty());
}

#[test]
fn ft_04_no_secret_is_in_a_record_or_shown_by_a_plan() {
    let policy = Policy::default();
    let (host, record) = applied(&policy);
    planned(&policy, &host, &record, &second(), |plan| {
        let interim = plan.interim().unwrap().to_bytes().unwrap();
        let shown = format!("{plan:?}");
        for secret in [&b"sixteen test byt"[..], b"other test bytes", b"changed test key"] {
            for bytes in [&interim, &plan.record().to_bytes().unwrap()] {
                assert!(!bytes.windows(4).any(|window| secret.windows(4).any(|s| s == window)));
            }
            let numbers = format!("{:?}", &secret[..4]);
            assert!(!shown.contains(numbers.trim_matches(['[', ']'])));
        }
    });
}

#[test]
fn ft_03_a_full_card_is_planned_within_the_bounds_of_a_record() {
    let policy = Policy::default();
    let count = i64::try_from(MAX_ACCOUNTS).unwrap();
    let full = |first: i64| {
        let ids = first..first + count;
        let securities: Vec<_> = ids.clone().map(security).collect();
        Card::Data(1, data(&securities, &ids.map(server).collect::<Vec<_>>()))
    };
    let (mut host, mut record) = (Host::default(), new_record());
    for round in 0..4 {
        planned(&policy, &host, &record, &full(round * count + 1), |plan| {
            let interim = plan.interim().unwrap().to_bytes().unwrap();
            println!(
                "{count} accounts: {} steps, records of {} and {} bytes",
                plan.steps().len(),
                interim.len(),
                plan.record().to_bytes().unwrap().len()
            );
            assert!(Record::from_bytes(&interim).is_ok());
        });
        run(&policy, &mut host, &mut record, &full(round * count + 1));
        assert_eq!(host.used.len(), MAX_ACCOUNTS);
        assert!(Record::from_bytes(&record.to_bytes().unwrap()).is_ok());
    }
    let sizes = [
        ("Record", size_of::<Record>()),
        ("RecordedAccount", size_of::<RecordedAccount>()),
        ("RecordedInstance", size_of::<RecordedInstance>()),
        ("Plan", size_of::<Plan<'_>>()),
        ("Step", size_of::<Step<'_>>()),
    ];
    println!("bytes: {sizes:?}");
}

mod access;
mod crashes;
mod room;
mod sequences;
