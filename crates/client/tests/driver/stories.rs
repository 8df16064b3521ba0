// SPDX-License-Identifier: Apache-2.0
//! The six stories of bootstrap from a smart card, and what lies between them.

use simstrap_client::policy::{
    AccountView, Choice, Decision, Disposition, OnInconclusive, Policy, Source, Verdict,
};
use simstrap_client::{HostEvent, MAX_RECHECKS, Operation};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::card::Way;
use crate::data::{data, id};
use crate::memory::Kind;
use crate::world::World;

fn ignoring() -> Policy {
    let mut policy = Policy::default();
    policy.default = Disposition::Ignore;
    policy
}

#[test]
fn cr_02_story_1_the_data_is_applied_and_the_device_registers() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        let log = world.log();
        assert!(log[..2].iter().all(|step| step.starts_with("write /")), "{log:?}");
        assert_eq!(log[2..], ["enable server 1", "register with server 1"]);
        world.assert_in_step();
    }
}

#[test]
fn cr_02_story_2_the_device_chooses_not_to_apply_and_says_why() {
    for way in Way::ALL {
        let policy = ignoring();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |stack| {
            stack.factory = Some(9);
        });
        let log = ["server 1 ignored: default", "look for factory data", "register with server 9"];
        assert_eq!(world.log(), log, "bs_01: the factory is next");
        assert_eq!(world.record().accounts().len(), 1, "the decision is kept");
        world.assert_in_step();
    }
}

/// Never two servers.
struct OnlyOne(bool);

impl Choice for OnlyOne {
    fn choose(&mut self, _account: &AccountView<'_, '_>, proposed: Verdict) -> Decision {
        if std::mem::replace(&mut self.0, true) { Decision::Ignore } else { proposed.decision }
    }
}

#[test]
fn cr_02_the_devices_own_choice_is_asked_and_kept() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut choice = OnlyOne(false);
        let mut world = World::off(way, Kind::Simple, &policy, (1, data(&[1, 2], 3600)), |_| {});
        world.choose_by(&mut choice);
        world.start();
        let log = world.log();
        assert!(log.contains(&"server 2 ignored: the device's choice".to_owned()), "{log:?}");
        assert!(log.ends_with(&["register with server 1".to_owned()]), "{log:?}");
        assert_eq!(world.update(1), ["update the registration with server 1"]);
        world.assert_in_step();
    }
}

#[test]
fn cr_04_story_3_unchanged_at_update() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        let before = world.card.lock().exchanges();
        assert_eq!(world.update(1), ["update the registration with server 1"]);
        assert_eq!(world.card.lock().exchanges() - before, 1, "it reads the file that is open");
    }
}

#[test]
fn cr_04_cr_08_a_hint_and_every_so_many_looks_go_the_whole_way() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        for look in 0..2 * u64::from(MAX_RECHECKS) + 2 {
            let before = world.card.lock().exchanges();
            world.update(1);
            let whole = world.card.lock().exchanges() - before > 1;
            assert_eq!(whole, look % (u64::from(MAX_RECHECKS) + 1) == u64::from(MAX_RECHECKS));
        }
        let before = world.card.lock().exchanges();
        world.handle(HostEvent::RefreshHint);
        assert!(world.card.lock().exchanges() - before > 10);
    }
}

#[test]
fn cr_05_story_4_changed_and_previously_applied() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1, 2], 3600)), |_| {});
        world.change(&data(&[1, 3], 3600));
        let log = world.update(1);
        let at = |what: &str| log.iter().position(|step| step == what).expect(what);
        assert!(at("disable server 2") < at("enable server 3"), "{log:?}");
        assert!(at("enable server 3") < at("register with server 3"));
        assert!(at("keep server 1") < at("update the registration with server 1"));
        world.assert_in_step();

        // What the new data does not have stays out of use.
        assert_eq!(
            world.update(2),
            ["cancelled: update the registration with server 2, NotUsable"]
        );
    }
}

#[test]
fn cr_06_story_5_changed_and_previously_ignored() {
    for way in Way::ALL {
        let policy = ignoring();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |stack| {
            stack.factory = Some(9);
        });
        world.change(&data(&[1, 2], 3600));
        let log = world.handle(HostEvent::RefreshHint);
        assert_eq!(log, ["server 1 ignored: default", "server 2 ignored: default"]);
        assert_eq!(world.update(9), ["update the registration with server 9"]);
        world.assert_in_step();
    }
}

#[test]
fn cr_07_story_6_removed() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |stack| {
            stack.factory = Some(9);
        });
        world.pull();
        let log = world.update(1);
        let end = [
            "cancel observations of server 1",
            "remove /0/0",
            "remove /1/0",
            "cancelled: update the registration with server 1, NotUsable",
            "look for factory data",
            "register with server 9",
        ];
        assert!(log.starts_with(&["de-register from server 1".to_owned()]), "{log:?}");
        assert!(log.ends_with(&end.map(str::to_owned)), "{log:?}");
        world.assert_in_step();
        let left: Vec<_> = world.stack().instances.values().map(|held| held.1).collect();
        assert_eq!(left, [Source::Factory; 2]);
    }
}

#[test]
fn dd_02_what_is_disabled_is_stored_but_not_used_until_it_is_deleted() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1, 2], 3600)), |_| {});
        world.change(&data(&[1], 3600));
        let log = world.handle(HostEvent::RefreshHint);
        assert!(log.contains(&"close the session with server 2".to_owned()), "{log:?}");
        assert!(!log.iter().any(|step| step.starts_with("remove")), "{log:?}");
        let operations = [Operation::Register(id(2)), Operation::Update(id(2))];
        for operation in operations {
            let log = world.handle(HostEvent::Due(operation));
            assert_eq!(log, [format!("cancelled: {operation}, NotUsable")]);
        }
        world.restart();
        assert_eq!(world.log(), ["register with server 1"]);
        assert_eq!(world.stack().of_card().len(), 4, "it is stored");
        world.pull();
        world.handle(HostEvent::RefreshHint);
        assert!(world.stack().of_card().is_empty());
    }
}

#[test]
fn cr_09_an_unreadable_card_defers_until_it_can_be_read() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        break_next(&world, 2);
        let log = world.update(1);
        let deferred = "deferred: update the registration with server 1";
        assert_eq!(log, ["Unreadable { attempt: 1 }", deferred]);
        assert_eq!(world.pass_time(), ["Unreadable { attempt: 2 }"]);
        assert_eq!(world.pass_time(), ["update the registration with server 1"]);
    }
}

#[test]
fn cr_09_policy_may_let_through_what_cannot_be_checked() {
    for way in Way::ALL {
        let mut policy = Policy::default();
        policy.inconclusive = OnInconclusive::LetThrough;
        let mut world =
            World::boot(way, &policy, (1, data(&[1], 3600)), |stack| stack.lenient = true);
        break_next(&world, 1);
        let log = world.update(1);
        assert_eq!(log, ["Unreadable { attempt: 1 }", "update the registration with server 1"]);
    }
}

#[test]
fn bs_01_without_any_server_the_bootstrap_server_is_asked_after_the_hold_off_time() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[0], 3600)), |_| {});
        assert_eq!(world.stack().timers[0].1, 30);
        assert_eq!(
            world.handle(HostEvent::ServerInitiatedBootstrap),
            ["bootstrap request: Ok(())"]
        );
        assert_eq!(world.pass_time()[0], "client-initiated bootstrap");
    }
}

/// The next looks at the card fail, one after the other.
fn break_next(world: &World<'_>, looks: u64) {
    /// The first reads the open file, closes its channel, and cannot open another; one that fails
    /// at its first exchange has no other.
    const FURTHER_IN_FIRST: u64 = 2;
    let mut card = world.card.lock();
    for exchange in 0..looks + FURTHER_IN_FIRST {
        let at = card.exchanges() + exchange;
        card.inject(Fault { at, kind: FaultKind::Status([0x6F, 0x00]) });
    }
}
