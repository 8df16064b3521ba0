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

/// Server 1's Server instance is owned by server 2: it comes when both accounts are applied.
#[test]
fn cs_04_access_control_comes_when_its_owner_and_its_target_do() {
    let access = vec![(0, Value::Integer(1)), (1, Value::Integer(0)), (3, Value::Integer(2))];
    let card = Card::Data(
        1,
        encode(&[
            (0, numbered(&[security(1), security(2)])),
            (1, numbered(&[server(1), server(2)])),
            (2, numbered(&[access])),
        ]),
    );
    for (ignored, comes) in [(None, true), (Some(1), false), (Some(2), false)] {
        let mut policy = Policy::default();
        policy.rules.extend(ignored.map(|server| {
            let servers = Some(vec![ShortServerId::new(server).unwrap().into()]);
            let condition = Condition { short_server_ids: servers, ..Condition::ANY };
            PolicyRule::new(condition, Disposition::Ignore)
        }));
        let (mut host, mut record) = (Host::default(), new_record());
        run(&policy, &mut host, &mut record, &card);
        let written = host.of_card().contains(&InstancePath::new(2, 0));
        assert_eq!(written, comes, "without server {ignored:?}");
    }
}

#[test]
fn bs_05_an_instance_of_another_source_keeps_its_place_and_no_other() {
    let mut policy = Policy::default();
    policy.precedence.factory = Winner::Existing;
    for (there, written) in [((7, 0), false), ((7, 1), true), ((9, 0), true)] {
        let there = InstancePath::new(there.0, there.1);
        let mut host = Host::default().with(there, Source::Factory, None);
        run(&policy, &mut host, &mut new_record(), &with_others());
        let written_there = host.of_card().contains(&InstancePath::new(7, 0));
        assert_eq!(written_there, written, "with {there} of the factory");
    }
}

#[test]
fn dd_02_other_objects_stay_stored_while_no_account_is_applied() {
    let policy = Policy::default();
    let (mut host, mut record) = (Host::default(), new_record());
    run(&policy, &mut host, &mut record, &with_others());
    let held = host.of_card();
    run(&policy, &mut host, &mut record, &Card::Broken(1));
    assert!(host.used.is_empty());
    assert_eq!(host.of_card(), held);
    run(&policy, &mut host, &mut record, &first());
    assert!(host.of_card().iter().all(|path| path.object < 2), "{:?}", host.of_card());
}

#[test]
fn bs_06_a_purged_account_comes_back_changed_or_on_another_card() {
    let policy = Policy::default();
    let with = |number: u8, bootstrap: Vec<Resource<'_>>| {
        Card::Data(number, data(&[bootstrap, security(1)], &[server(1)]))
    };
    let mut changed = bootstrap_security();
    changed.retain(|(id, _)| *id != 5);
    changed.push((5, Value::Opaque(b"another boot key")));
    for (card, comes_back) in [
        (with(1, bootstrap_security()), false),
        (with(1, changed), true),
        (with(2, bootstrap_security()), true),
    ] {
        let (mut host, mut record) = applied(&policy);
        record.bootstrap_server_purged();
        host.instances.remove(&InstancePath::security(0));
        host.used.remove(&AccountId::BootstrapServer);
        run(&policy, &mut host, &mut record, &card);
        assert_eq!(host.used.contains(&AccountId::BootstrapServer), comes_back);
        assert!(host.used.contains(&id(1)), "servers are not concerned");
        let reason = record.account(AccountId::BootstrapServer).unwrap().verdict.reason;
        assert_eq!(reason == Reason::TimedOut, !comes_back);
    }
}

/// What a power cut left behind may be in use: it is put out of use before it is written anew.
#[test]
fn ft_01_what_may_be_in_use_is_closed_and_disabled_first() {
    let policy = Policy::default();
    let (_, record) = applied(&policy);
    let (_, interrupted) = cut_short(&policy, &Host::default(), &new_record(), &first(), 100);
    let factory = Host::default().with(InstancePath::security(7), Source::Factory, Some(id(1)));
    let (card, blank) = (first(), new_record());
    for (host, record, found, told) in [
        (Host::default(), &interrupted, &card, "interrupted, by the record"),
        (Host::default(), &record, &second(), "changed, by the record"),
        (factory, &blank, &card, "another source's, by the device"),
    ] {
        planned(&policy, &host, record, found, |plan| {
            let steps: Vec<_> = plan.steps().iter().map(ToString::to_string).collect();
            let at = |step: &str| steps.iter().position(|s| s.starts_with(step)).expect(step);
            assert!(at("close the session with server 1") < at("disable server 1"), "{told}");
            assert!(at("disable server 1") < at("write /0/1"), "{told}");
            assert!(at("write /0/1") < at("enable server 1"), "{told}");
        });
    }
    planned(&policy, &Host::default(), &blank, &card, |plan| {
        let disables = |step: &Step<'_>| matches!(step, Step::CloseSession(_) | Step::Disable(_));
        assert!(!plan.steps().iter().any(disables), "there is nothing in use");
    });
}

#[test]
fn ft_01_an_intent_says_what_it_does_and_names_what_came_from_the_card() {
    let policy = Policy::default();
    let (host, record) = applied(&policy);
    let host = host.controlling(3, (7, 2), 1, &[(1, 31)]);
    let empty = Host::default();
    let blank = new_record();
    for (host, record, card, kind, instances) in [
        (&empty, &blank, first(), IntentKind::Apply, 5),
        (&host, &record, Card::Broken(1), IntentKind::Disable, 0),
        // Besides these five /7/2 and /2/3 are removed, which others made.
        (&host, &record, Card::None, IntentKind::Delete, 5),
    ] {
        planned(&policy, host, record, &card, |plan| {
            let intent = plan.interim().unwrap().intent().unwrap();
            assert_eq!((intent.kind, intent.instances.len()), (kind, instances));
        });
    }
}

#[test]
fn bs_05_an_account_that_another_source_has_elsewhere_is_removed_from_there() {
    let policy = Policy::default();
    let places = [InstancePath::security(7), InstancePath::server(7)];
    let host = places
        .iter()
        .fold(Host::default(), |host, path| host.with(*path, Source::Factory, Some(id(1))));
    let of_another = InstancePath::security(8);
    let mut host = host.with(of_another, Source::Factory, Some(id(8)));
    run(&policy, &mut host, &mut new_record(), &first());
    assert!(!places.iter().any(|path| host.instances.contains_key(path)));
    assert!(host.instances.contains_key(&of_another), "dd_01");
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
