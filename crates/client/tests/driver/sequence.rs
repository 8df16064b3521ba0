// SPDX-License-Identifier: Apache-2.0
//! The sequence of bootstrap.

use simstrap_client::HostEvent;
use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::{AccountId, Policy};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::card::Way;
use crate::data::data;
use crate::memory::Crash;
use crate::world::World;

fn server(id: u16) -> AccountId {
    AccountId::Server(ShortServerId::new(id).unwrap())
}

#[test]
fn bs_01_when_all_registrations_fail_the_bootstrap_server_is_asked_and_all_starts_over() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[0, 1], 3600)), |stack| {
            stack.unreachable = [server(1), AccountId::BootstrapServer].into();
        });
        assert!(world.log().ends_with(&["register with server 1".to_owned()]));
        assert_eq!(world.pass_time(), ["client-initiated bootstrap", "Stranded"]);
        assert_eq!(world.pass_time(), ["register with server 1"]);
        world.stack().unreachable.clear();
        assert_eq!(
            world.pass_time()[..2],
            ["client-initiated bootstrap", "register with server 1"]
        );
    }
}

#[test]
fn bs_01_a_bootstrap_that_no_registration_comes_of_is_not_repeated_without_a_pause() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[0, 1], 3600)), |stack| {
            stack.unreachable = [server(1)].into();
        });
        let again = ["client-initiated bootstrap", "register with server 1"];
        for seconds in [30, 60, 120, 240] {
            assert_eq!(world.stack().timers.iter().map(|timer| timer.1).min(), Some(seconds));
            assert_eq!(world.pass_time(), again);
        }
        world.stack().unreachable.clear();
        world.pass_time();
        world.stack().unreachable = [server(1)].into();
        // A registration in between, and it begins with the hold-off time again.
        world.restart();
        assert_eq!(world.stack().timers.iter().map(|timer| timer.1).min(), Some(30));
    }
}

#[test]
fn bs_02_a_server_may_bootstrap_only_after_the_card_was_tried_and_with_an_account() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        let log = world.handle(HostEvent::ServerInitiatedBootstrap);
        assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);

        world.card.lock().reset();
        let at = world.card.lock().exchanges();
        world.card.lock().inject(Fault { at, kind: FaultKind::Status([0x6F, 0x00]) });
        world.restart();
        let log = world.handle(HostEvent::ServerInitiatedBootstrap);
        assert_eq!(log, ["bootstrap request: Err(TooEarly)"]);
    }
}

#[test]
fn bs_06_the_bootstrap_server_account_goes_when_its_time_is_over() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[0, 1], 3600)), |_| {});
        world.handle(HostEvent::Bootstrapped { success: true });
        assert_eq!(world.stack().timers[0].1, 600);
        assert_eq!(world.pass_time(), ["purge the bootstrap server"]);
        let log = world.handle(HostEvent::ServerInitiatedBootstrap);
        assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);
    }
}

/// Boots a device that has had its bootstrap.
fn bootstrapped(way: Way, policy: &Policy) -> World<'_> {
    let mut world = World::boot(way, policy, (1, data(&[0, 1], 3600)), |_| {});
    world.handle(HostEvent::Bootstrapped { success: true });
    world
}

#[test]
fn bs_06_an_unchanged_card_does_not_bring_a_purged_account_back() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = bootstrapped(way, &policy);
        world.pass_time();
        for _ in 0..2 {
            world.assert_in_step();
            world.restart();
            let log = world.log();
            assert!(!log.iter().any(|step| step.contains("write")), "{log:?}");
            assert!(world.stack().timers.is_empty(), "there is nothing left to purge");
            let log = world.handle(HostEvent::ServerInitiatedBootstrap);
            assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);
        }
        // Not with new data about the others either; a card that has another account does.
        world.change(&data(&[0, 1, 2], 7200));
        world.handle(HostEvent::RefreshHint);
        let log = world.handle(HostEvent::ServerInitiatedBootstrap);
        assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);
        world.assert_in_step();
        world.pull();
        world.handle(HostEvent::RefreshHint);
        world.insert(2, data(&[0, 1], 3600));
        world.handle(HostEvent::RefreshHint);
        assert_eq!(
            world.handle(HostEvent::ServerInitiatedBootstrap),
            ["bootstrap request: Ok(())"]
        );
        let timeouts = world.stack().timers.iter().filter(|(_, seconds)| *seconds == 600).count();
        assert_eq!(timeouts, 0, "it was never used to bootstrap");
    }
}

#[test]
fn bs_06_the_timeout_goes_on_after_a_restart_and_power_cuts() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = bootstrapped(way, &policy);
        world.restart();
        assert_eq!(world.stack().timers[0].1, 600, "it counts anew");
        // The account is removed, and power is cut before that is stored.
        world.power.cut_after(0, Crash::Before);
        world.pass_time();
        world.restart();
        world.assert_in_step();
        assert!(world.stack().timers.is_empty());
        let log = world.handle(HostEvent::ServerInitiatedBootstrap);
        assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);
    }
}

#[test]
fn bs_06_ft_06_a_timeout_whose_future_is_dropped_is_stored_later() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[0, 1], 3600)), |_| {});
        // At once, as nothing else is under way.
        world.power.stall_after(0);
        world.attempt(HostEvent::Bootstrapped { success: true });
        assert!(!world.power.is_about_to_stall());
        world.update(1);
        world.restart();
        assert!(world.record().timeout_runs());
        assert!(world.stack().timers.iter().any(|(_, seconds)| *seconds == 600));
    }
}

#[test]
fn bs_06_ft_06_a_purge_whose_future_is_dropped_is_made_up_for() {
    for way in Way::ALL {
        let policy = Policy::default();
        let [before, after] = [0, 1];
        for point in [before, after] {
            let mut world = bootstrapped(way, &policy);
            world.power.stall_after(point);
            world.pass_time();
            assert!(!world.power.is_about_to_stall());
            // Whatever happens next finds out how far it came.
            world.handle(HostEvent::RefreshHint);
            world.assert_in_step();
            if point == before {
                assert_eq!(
                    world.handle(HostEvent::ServerInitiatedBootstrap),
                    ["bootstrap request: Ok(())"]
                );
                assert_eq!(world.pass_time(), ["purge the bootstrap server"]);
            }
            world.assert_in_step();
            assert_eq!(
                world.handle(HostEvent::ServerInitiatedBootstrap),
                ["bootstrap request: Err(NoAccount)"]
            );
            world.restart();
            world.assert_in_step();
            assert!(world.stack().timers.is_empty(), "there is nothing left to purge");
        }
    }
}

#[test]
fn bs_06_an_account_that_a_new_one_replaced_takes_its_timeout_along() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = bootstrapped(way, &policy);
        world.change(&data(&[1], 3600));
        world.handle(HostEvent::RefreshHint);
        world.change(&data(&[0, 1], 3600));
        world.handle(HostEvent::RefreshHint);
        assert_eq!(world.pass_time(), [""; 0], "the timer of before says nothing about it");
        assert_eq!(
            world.handle(HostEvent::ServerInitiatedBootstrap),
            ["bootstrap request: Ok(())"]
        );
    }
}

#[test]
fn dd_04_a_server_that_cannot_be_reached_keeps_nothing_from_being_deleted() {
    for way in Way::ALL {
        let policy = Policy::default();
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        world.stack().unreachable.insert(server(1));
        world.pull();
        world.update(1);
        assert!(world.stack().instances.is_empty());
        world.assert_in_step();
    }
}
