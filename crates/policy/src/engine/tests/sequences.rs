// SPDX-License-Identifier: Apache-2.0
//! What other objects come to, and long runs of cards and crashes.

use proptest::prelude::*;

use super::*;
use crate::{ObjectPolicy, Unsupported};

/// Server 1 with OSCORE 5, server 2, access control for both Server instances, and /7/0.
fn with_others() -> Card {
    let mut protected = security(1);
    let link = simstrap_bootstrap_data::ObjectLink { object: 21, instance: 5 };
    protected.push((17, Value::ObjectLink(link)));
    let access = |instance: i64, owner: i64| {
        vec![(0, Value::Integer(1)), (1, Value::Integer(instance)), (3, Value::Integer(owner))]
    };
    Card::Data(
        1,
        encode(&[
            (0, numbered(&[protected, security(2)])),
            (1, numbered(&[server(1), server(2)])),
            (2, numbered(&[access(0, 1), access(1, 2)])),
            (7, numbered(&[vec![(0, Value::Integer(1))]])),
            (21, vec![(5, vec![(0, Value::Opaque(b"oscore test data"))])]),
        ]),
    )
}

#[test]
fn cs_04_other_objects_come_with_the_accounts_they_are_about() {
    let mut policy = Policy {
        objects: ObjectPolicy { supported: Some(vec![2, 21]), others: Unsupported::Skip },
        ..Policy::default()
    };
    let others = |policy: &Policy| {
        let (mut host, mut record) = (Host::default(), new_record());
        let skipped = planned(policy, &host, &record, &with_others(), |plan| {
            plan.skipped().iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        run(policy, &mut host, &mut record, &with_others());
        let written = host.of_card().into_iter().filter(|path| path.object > 1);
        (written.map(|path| path.to_string()).collect::<Vec<_>>(), skipped)
    };
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(others(&policy), (owned(&["/2/0", "/2/1", "/21/5"]), owned(&["/7/0"])));

    let first = Some(vec![ShortServerId::new(1).unwrap().into()]);
    let condition = Condition { short_server_ids: first, ..Condition::ANY };
    policy.rules.push(PolicyRule::new(condition, Disposition::Ignore));
    assert_eq!(others(&policy), (owned(&["/2/1"]), owned(&["/2/0", "/7/0", "/21/5"])));
}

#[test]
fn bs_03_a_changed_oscore_context_ends_the_session() {
    let policy = Policy::default();
    let (mut host, mut record) = (Host::default(), new_record());
    run(&policy, &mut host, &mut record, &with_others());
    let Card::Data(_, data) = with_others() else { unreachable!() };
    let mut bytes = data.bytes().to_vec();
    let at = bytes.windows(6).position(|window| window == b"oscore").unwrap();
    bytes[at] = b'O';
    let changed = Card::Data(1, BootstrapData::from_bytes(&bytes).unwrap());
    let steps = run(&policy, &mut host, &mut record, &changed);
    assert!(steps.contains(&"close the session with server 1".to_owned()), "{steps:?}");
    assert!(steps.contains(&"keep server 2".to_owned()), "{steps:?}");
}

#[test]
fn dd_01_what_another_source_wrote_anew_is_no_longer_the_cards() {
    let policy = Policy::default();
    let (mut host, mut record) = applied(&policy);
    host.tracks = true;
    for path in [InstancePath::security(1), InstancePath::server(0)] {
        host = host.with(path, Source::BootstrapServer, Some(id(1)));
    }
    run(&policy, &mut host, &mut record, &Card::None);
    let left: Vec<_> = host.instances.keys().map(ToString::to_string).collect();
    assert_eq!(left, ["/0/1", "/1/0"]);
    assert!(host.used.contains(&id(1)) && !host.used.contains(&id(2)));
}

#[test]
fn ft_01_a_deletion_that_was_cut_short_is_finished_without_a_card() {
    let policy = Policy::default();
    let (start, before) = applied(&policy);
    let steps = planned(&policy, &start, &before, &Card::None, |plan| plan.steps().len());
    let (mut host, interim) = cut_short(&policy, &start, &before, &Card::None, steps - 2);
    assert!(!host.instances.is_empty());
    let engine = Engine { policy: &policy, record: &interim, device: Device::default() };
    let plan = engine.resume().unwrap();
    plan.steps().iter().for_each(|step| host.carry_out(step, plan.record()));
    assert!(host.instances.is_empty());
    assert_eq!(plan.record(), &new_record());
    let nothing = Engine { record: &before, ..engine };
    assert_eq!(nothing.resume(), None);
}

#[test]
fn bs_06_the_timeout_runs_on_while_the_bootstrap_server_account_stays_as_it_is() {
    let with = |change: fn(&mut Resource<'static>)| {
        let mut bootstrap = bootstrap_security();
        bootstrap.iter_mut().for_each(change);
        Card::Data(1, data(&[bootstrap, security(1), security(2)], &[server(1), server(2)]))
    };
    let other_key = with(|(id, value)| {
        if *id == 5 {
            *value = Value::Opaque(b"another boot key");
        }
    });
    let other_server = Card::Data(1, data(&[bootstrap_security(), security(3)], &[server(3)]));
    let follow = Policy::default();
    let disable = Policy { changed: OnChange::Disable, ..Policy::default() };
    for (policy, card, runs_on, told) in [
        (&follow, with(|_| ()), true, "the same data"),
        (&follow, other_server, true, "other servers"),
        (&follow, other_key.clone(), false, "another key"),
        (&disable, other_key, false, "changed and not used any more"),
        (&follow, Card::None, false, "no card"),
    ] {
        for ran in [false, true] {
            let (mut host, mut record) = applied(policy);
            record.set_timeout_runs(ran);
            run(policy, &mut host, &mut record, &card);
            assert_eq!(record.timeout_runs(), ran && runs_on, "{told}");
        }
    }
}

/// Cards of two owners with servers 1 to 4, keys and lifetimes that differ.
fn cards() -> impl Strategy<Value = Card> {
    const KEYS: [&[u8]; 2] = [b"first test key..", b"second test key."];
    let accounts = proptest::collection::btree_map(1..5_i64, (0..2_usize, 1..3_i64), 1..4);
    let data = (1..3_u8, accounts, any::<bool>()).prop_map(|(owner, accounts, bootstrap)| {
        let mut securities: Vec<_> =
            accounts.iter().map(|(id, (key, _))| with_key(*id, KEYS[*key])).collect();
        if bootstrap {
            securities.insert(0, bootstrap_security());
        }
        let servers: Vec<_> =
            accounts.iter().map(|(id, (_, life))| with_lifetime(*id, 3600 * life)).collect();
        Card::Data(owner, data(&securities, &servers))
    });
    prop_oneof![6 => data, 1 => (1..3_u8).prop_map(Card::Broken), 1 => Just(Card::None)]
}

impl core::fmt::Debug for Card {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Broken(owner) => write!(f, "Broken({owner})"),
            Self::Data(owner, data) => write!(f, "Data({owner}, {data:?})"),
        }
    }
}

proptest! {
    #[test]
    fn ft_01_after_any_cards_and_crashes_the_record_is_what_the_device_holds(
        cards in proptest::collection::vec((cards(), proptest::option::of(0..12_usize)), 1..12),
        tracks: bool,
        follows: bool,
    ) {
        let changed = if follows { OnChange::Apply } else { OnChange::Disable };
        let policy = Policy { changed, ..Policy::default() };
        let factory = InstancePath::security(99);
        let mut host = Host { tracks, ..Host::default() };
        host = host.with(factory, Source::Factory, Some(id(99)));
        let mut record = new_record();
        for (card, crash) in cards {
            if let Some(crash) = crash {
                (host, record) = cut_short(&policy, &host, &record, &card, crash);
                host.used.retain(|id| record.is_usable(*id));
                continue;
            }
            run(&policy, &mut host, &mut record, &card);
            let known = record.instances().iter().map(|held| held.path).collect();
            prop_assert_eq!(host.of_card(), known);
            let used: BTreeSet<_> =
                record.accounts().iter().map(|a| a.id).filter(|id| record.is_usable(*id)).collect();
            prop_assert_eq!(&host.used, &used);
            for account in record.accounts().iter().filter(|account| account.is_held()) {
                prop_assert!(account.instances().all(|path| host.instances.contains_key(&path)));
            }
            prop_assert!(host.instances.contains_key(&factory));
            prop_assert!(Record::from_bytes(&record.to_bytes().unwrap()).as_ref() == Ok(&record));
            let again = run(&policy, &mut host, &mut record, &card);
            prop_assert!(again.iter().all(|step| step.starts_with("keep")), "{:?}", again);
        }
    }
}
