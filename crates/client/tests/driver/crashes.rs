// SPDX-License-Identifier: Apache-2.0
//! Power cuts at every change to memory, in every store.

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::reader::Digest;
use simstrap_client::policy::{Disposition, OnInconclusive, Policy};
use simstrap_client::{HostEvent, Operation};

use crate::card::Way;
use crate::data::{data, id};
use crate::memory::{Crash, Kind};
use crate::world::World;

/// What happens to a card in use, or to a device that has none yet.
enum Change {
    First,
    Data(BootstrapData),
    Swapped(BootstrapData),
    Removed,
    Deactivated,
}

impl Change {
    fn happen(&self, world: &World<'_>) {
        match self {
            Self::First => world.insert(1, data(&[0, 1, 2], 3600)),
            Self::Data(data) => world.change(data),
            Self::Swapped(data) => world.insert(2, data.clone()),
            Self::Removed => world.pull(),
            Self::Deactivated => world.card.lock().deactivate_bootstrap_file(),
        }
    }
}

fn boot<'d>(way: Way, store: Kind, policy: &'d Policy, change: &Change) -> World<'d> {
    let mut world = World::boot_with(way, store, policy, (1, data(&[0, 1, 2], 3600)), |stack| {
        stack.factory = Some(9);
        if matches!(change, Change::First) {
            stack.card.lock().remove();
        }
    });
    world.assert_in_step();
    world
}

/// Cuts power at every change to memory; returns how often.
fn sweep(way: Way, store: Kind, crash: Crash, change: &Change) -> usize {
    let policy = Policy::default();
    let mut undisturbed = boot(way, store, &policy, change);
    change.happen(&undisturbed);
    undisturbed.handle(HostEvent::RefreshHint);
    undisturbed.assert_in_step();
    for cut in 0.. {
        let mut world = boot(way, store, &policy, change);
        change.happen(&world);
        world.power.cut_after(cut, crash);
        world.handle(HostEvent::RefreshHint);
        if !world.power.is_cut() {
            return cut;
        }
        world.restart();
        let context = format!("{way:?}, {store:?}, {crash:?}, after {cut} changes");
        assert_eq!(world.stack().instances, undisturbed.stack().instances, "{context}");
        assert_eq!(world.record().accounts(), undisturbed.record().accounts(), "{context}");
        assert_eq!(world.record().intent(), None);
        world.assert_in_step();
    }
    unreachable!("there is an end to the changes")
}

fn changes() -> [Change; 7] {
    [
        Change::First,
        Change::Data(data(&[1, 3], 3600)),
        Change::Data(data(&[0, 1, 2], 7200)),
        Change::Data(data(&[2], 3600)),
        Change::Swapped(data(&[1, 4], 3600)),
        Change::Removed,
        Change::Deactivated,
    ]
}

#[test]
fn ft_01_ft_02_every_power_cut_ends_where_an_undisturbed_run_ends() {
    let mut points = 0;
    for (store, crash) in [
        (Kind::Simple, Crash::Before),
        (Kind::Simple, Crash::After),
        (Kind::TwoSlot, Crash::Before),
        (Kind::TwoSlot, Crash::Torn),
        (Kind::TwoSlot, Crash::After),
        (Kind::File, Crash::Torn),
    ] {
        for change in changes() {
            points += sweep(Way::InTheClear, store, crash, &change);
        }
    }
    println!("{points} power cuts");
    assert!(points > 500);
}

#[test]
fn ft_01_ft_06_every_power_cut_through_a_secure_channel_too() {
    let mut points = 0;
    for change in changes() {
        points += sweep(Way::Secure, Kind::TwoSlot, Crash::Torn, &change);
    }
    println!("{points} power cuts");
    assert!(points > 50);
}

/// Whoever waits for the driver loses patience, at every point of what it does with stack and
/// store.
#[test]
fn ft_01_ft_06_a_dropped_future_ends_where_an_undisturbed_run_ends() {
    let policy = Policy::default();
    let mut points = 0;
    for change in changes() {
        let mut undisturbed = boot(Way::InTheClear, Kind::Simple, &policy, &change);
        change.happen(&undisturbed);
        undisturbed.handle(HostEvent::RefreshHint);
        for point in 0.. {
            let mut world = boot(Way::InTheClear, Kind::Simple, &policy, &change);
            change.happen(&world);
            world.power.stall_after(point);
            world.attempt(HostEvent::RefreshHint);
            if world.power.is_about_to_stall() {
                break;
            }
            world.attempt(HostEvent::RefreshHint);
            world.assert_in_step();
            assert_eq!(world.stack().instances, undisturbed.stack().instances, "{point}");
            assert_eq!(world.record().accounts(), undisturbed.record().accounts(), "{point}");
            assert_eq!(world.record().intent(), None);
            points += 1;
        }
    }
    println!("{points} points");
    assert!(points > 100);
}

/// A store that fails once: the card is known to be another than the record has it.
#[test]
fn cr_04_ft_01_a_change_that_was_not_recorded_is_not_forgotten() {
    for way in Way::ALL {
        // Nothing is applied, so there is nothing to carry out but the record itself.
        let mut policy = Policy::default();
        policy.default = Disposition::Ignore;
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        let changed = data(&[1, 2], 3600);
        world.change(&changed);
        world.power.cut_after(0, Crash::Before);
        world.handle(HostEvent::RefreshHint);
        world.power.restore();
        world.handle(HostEvent::Due(Operation::Update(id(1))));
        world.pass_time();
        assert_eq!(world.record().card().unwrap().digest, Digest::of(changed.bytes()));

        // Neither is anything let through that is not touched by the change.
        let mut policy = Policy::default();
        policy.inconclusive = OnInconclusive::LetThrough;
        let mut world = World::boot(way, &policy, (1, data(&[1, 2], 3600)), |_| {});
        world.change(&data(&[1, 3], 3600));
        world.power.cut_after(0, Crash::Before);
        let log = world.update(1);
        assert!(
            log.contains(&"deferred: update the registration with server 1".to_owned()),
            "{log:?}"
        );
        world.power.restore();
        let log = world.pass_time();
        assert!(log.contains(&"update the registration with server 1".to_owned()), "{log:?}");
        world.assert_in_step();
    }
}

/// The stack was reset, the store was not: that is no purge of the bootstrap server either, whose
/// timeout runs.
#[test]
fn bs_06_ft_02_a_device_that_lost_its_only_account_is_configured_afresh() {
    let policy = Policy::default();
    for way in Way::ALL {
        let mut world = World::boot(way, &policy, (1, data(&[0], 3600)), |_| {});
        world.handle(HostEvent::Bootstrapped { success: true });
        assert!(world.record().timeout_runs());
        let held = std::mem::take(&mut world.stack().instances);
        world.restart();
        assert_eq!(world.stack().instances, held);
        world.assert_in_step();
        assert!(!world.record().timeout_runs(), "it is another account");
    }
}

/// The stack was reset, the store was not.
#[test]
fn ft_02_a_device_that_lost_all_its_accounts_is_configured_afresh() {
    let policy = Policy::default();
    for way in Way::ALL {
        let mut world = World::boot(way, &policy, (1, data(&[0, 1], 3600)), |_| {});
        let held = std::mem::take(&mut world.stack().instances);
        world.restart();
        assert_eq!(world.stack().instances, held);
        assert!(world.log().contains(&"register with server 1".to_owned()));
        world.assert_in_step();
    }
}

#[test]
fn ft_02_a_broken_record_counts_as_none() {
    let policy = Policy::default();
    for way in Way::ALL {
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        world.restart_with(b"no record");
        assert!(world.log().contains(&"register with server 1".to_owned()));
        world.assert_in_step();
    }
}
