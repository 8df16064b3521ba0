// SPDX-License-Identifier: Apache-2.0
//! The sequence of bootstrap.

use simstrap_client::HostEvent;
use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::{AccountId, Policy};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::stack::{World, data};

fn server(id: u16) -> AccountId {
    AccountId::Server(ShortServerId::new(id).unwrap())
}

#[test]
fn bs_01_when_all_registrations_fail_the_bootstrap_server_is_asked_and_all_starts_over() {
    let policy = Policy::default();
    let mut world = World::boot(&policy, (1, data(&[0, 1], 3600)), |stack| {
        stack.unreachable = [server(1), AccountId::BootstrapServer].into();
    });
    assert!(world.log().ends_with(&["register with server 1".to_owned()]));
    assert_eq!(world.pass_time(), ["client-initiated bootstrap", "Stranded"]);
    assert_eq!(world.pass_time(), ["register with server 1"]);
    world.stack().unreachable.clear();
    assert_eq!(world.pass_time()[..2], ["client-initiated bootstrap", "register with server 1"]);
}

#[test]
fn bs_02_a_server_may_bootstrap_only_after_the_card_was_tried_and_with_an_account() {
    let policy = Policy::default();
    let mut world = World::boot(&policy, (1, data(&[1], 3600)), |_| {});
    let log = world.handle(HostEvent::ServerInitiatedBootstrap);
    assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);

    world.card.lock().reset();
    let at = world.card.lock().exchanges();
    world.card.lock().inject(Fault { at, kind: FaultKind::Status([0x6F, 0x00]) });
    world.restart();
    let log = world.handle(HostEvent::ServerInitiatedBootstrap);
    assert_eq!(log, ["bootstrap request: Err(TooEarly)"]);
}

#[test]
fn bs_06_the_bootstrap_server_account_goes_when_its_time_is_over() {
    let policy = Policy::default();
    let mut world = World::boot(&policy, (1, data(&[0, 1], 3600)), |_| {});
    world.handle(HostEvent::Bootstrapped { success: true });
    assert_eq!(world.stack().timers[0].1, 600);
    assert_eq!(world.pass_time(), ["purge the bootstrap server"]);
    let log = world.handle(HostEvent::ServerInitiatedBootstrap);
    assert_eq!(log, ["bootstrap request: Err(NoAccount)"]);
}

#[test]
fn dd_04_a_server_that_cannot_be_reached_keeps_nothing_from_being_deleted() {
    let policy = Policy::default();
    let mut world = World::boot(&policy, (1, data(&[1], 3600)), |_| {});
    world.stack().unreachable.insert(server(1));
    world.pull();
    world.update(1);
    assert!(world.stack().instances.is_empty());
    world.assert_in_step();
}
