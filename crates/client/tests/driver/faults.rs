// SPDX-License-Identifier: Apache-2.0
//! Every fault at every exchange of a look at the card.

use simstrap_client::HostEvent;
use simstrap_client::policy::Policy;
use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::scp03::apdu::TransportErrorKind;
use simstrap_virtual_card::{Fault, FaultKind};

use crate::stack::{World, data};

fn faults() -> Vec<FaultKind> {
    let mut faults = vec![
        FaultKind::NeverAnswers,
        FaultKind::Garbage(vec![0x5A; 7]),
        FaultKind::Truncated(1),
        FaultKind::EmptyResponse,
        FaultKind::Status([0x6F, 0x00]),
        FaultKind::Status([0x93, 0x00]),
        FaultKind::Reset,
    ];
    for kind in [TransportErrorKind::Timeout, TransportErrorKind::Other] {
        faults.extend([FaultKind::CommandLost(kind), FaultKind::ResponseLost(kind)]);
    }
    faults
}

/// Boots a device, changes the data, and lets a hint come.
fn world<'d>(policy: &'d Policy, change: &BootstrapData) -> World<'d> {
    let world = World::boot(policy, (1, data(&[0, 1, 2], 3600)), |stack| stack.factory = Some(9));
    world.change(change);
    world
}

#[test]
fn cr_09_ft_06_after_any_fault_the_end_is_that_of_an_undisturbed_run() {
    let policy = Policy::default();
    let mut points = 0;
    for change in [data(&[0, 1, 2], 3600), data(&[0, 1, 3], 3600), data(&[2], 7200)] {
        let mut undisturbed = world(&policy, &change);
        let before = undisturbed.card.lock().exchanges();
        undisturbed.handle(HostEvent::RefreshHint);
        let exchanges = undisturbed.card.lock().exchanges() - before;
        for (kind, at) in faults().iter().flat_map(|kind| (0..exchanges).map(move |at| (kind, at)))
        {
            let mut world = world(&policy, &change);
            let held = world.stack().instances.clone();
            let first = world.card.lock().exchanges();
            world.card.lock().inject(Fault { at: first + at, kind: kind.clone() });
            world.attempt(HostEvent::RefreshHint);
            if world.record() != undisturbed.record() {
                assert_eq!(world.stack().instances, held, "{kind:?} at {at}: nothing is deleted");
            }
            // The fault is gone.
            world.update(1);
            while world.record() != undisturbed.record() {
                world.pass_time();
            }
            assert_eq!(world.stack().instances, undisturbed.stack().instances);
            world.assert_in_step();
            points += 1;
        }
    }
    println!("{points} faults");
    assert!(points > 300);
}

#[test]
fn cr_07_a_card_pulled_at_any_exchange_takes_everything_with_it_at_the_next_look() {
    let policy = Policy::default();
    let change = data(&[0, 1, 3], 3600);
    let mut at = 0;
    loop {
        let mut world = world(&policy, &change);
        let first = world.card.lock().exchanges();
        world.card.lock().inject(Fault { at: first + at, kind: FaultKind::Remove });
        world.handle(HostEvent::RefreshHint);
        if world.card.lock().is_inserted() {
            break;
        }
        world.update(1);
        assert!(world.stack().of_card().is_empty(), "pulled at {at}");
        world.assert_in_step();
        at += 1;
    }
    println!("{at} exchanges");
    assert!(at > 10);
}
