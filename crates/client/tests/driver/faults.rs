// SPDX-License-Identifier: Apache-2.0
//! Every fault at every exchange of every look at the card.

use std::collections::BTreeMap;

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::scp03::apdu::TransportErrorKind;
use simstrap_client::policy::{InstancePath, Policy, Record, Source};
use simstrap_client::{HostEvent, Operation};
use simstrap_virtual_card::{Fault, FaultKind};

use crate::card::{Way, card};
use crate::data::{data, id};
use crate::world::World;

/// What a look at the card finds, and how it comes about.
enum Procedure {
    /// A card where there was none.
    First,
    /// The file that is open, unchanged.
    Recheck,
    /// Nothing new, after a hint.
    Whole,
    Changed(BootstrapData),
    Removed,
    Deactivated,
}

impl Procedure {
    fn all() -> [Self; 8] {
        [
            Self::First,
            Self::Recheck,
            Self::Whole,
            Self::Changed(data(&[0, 1, 2], 7200)),
            Self::Changed(data(&[0, 1, 3], 3600)),
            Self::Changed(data(&[2], 7200)),
            Self::Removed,
            Self::Deactivated,
        ]
    }

    /// A device, and a card that is not what it was.
    fn prepare<'d>(&self, way: Way, policy: &'d Policy) -> World<'d> {
        let world = World::boot(way, policy, (1, data(&[0, 1, 2], 3600)), |stack| {
            stack.factory = Some(9);
            if matches!(self, Self::First) {
                stack.card.lock().remove();
            }
        });
        match self {
            Self::First => world.card.lock().insert(),
            Self::Recheck | Self::Whole => {}
            Self::Changed(data) => world.change(data),
            Self::Removed => world.pull(),
            Self::Deactivated => world.card.lock().deactivate_bootstrap_file(),
        }
        world
    }

    /// What makes the device look.
    fn event(&self) -> HostEvent {
        match self {
            Self::First | Self::Whole => HostEvent::RefreshHint,
            _ => HostEvent::Due(Operation::Update(id(1))),
        }
    }
}

/// How a device ends up.
#[derive(Debug, PartialEq)]
struct End {
    record: Record,
    instances: BTreeMap<InstancePath, (Vec<u8>, Source)>,
}

fn end(world: &mut World<'_>) -> End {
    world.assert_in_step();
    End { record: world.record().clone(), instances: world.stack().instances.clone() }
}

/// A look without any fault: how many exchanges it takes, which of them are protected, and where
/// it ends.
fn undisturbed(way: Way, procedure: &Procedure) -> (Vec<bool>, End) {
    let policy = Policy::default();
    let mut world = procedure.prepare(way, &policy);
    world.card.lock().clear_log();
    world.handle(procedure.event());
    let log = world.card.lock().log().to_vec();
    let protected = log.iter().map(|exchange| exchange.command[0] & 0x0C != 0).collect();
    (protected, end(&mut world))
}

/// Faults that pass. In the clear nothing tells an altered answer from the right one.
fn passing(protected: bool) -> Vec<FaultKind> {
    let mut faults = vec![
        FaultKind::NeverAnswers,
        FaultKind::Garbage(vec![0x5A; 7]),
        FaultKind::Truncated(1),
        FaultKind::EmptyResponse,
        FaultKind::Status([0x6F, 0x00]),
        FaultKind::Status([0x69, 0x82]),
        FaultKind::Reset,
    ];
    for kind in [TransportErrorKind::Timeout, TransportErrorKind::Other] {
        faults.extend([FaultKind::CommandLost(kind), FaultKind::ResponseLost(kind)]);
    }
    if protected {
        // A wrong MAC, or none, over the response and over the command.
        faults.extend([FaultKind::ResponseBit(0), FaultKind::Status([0x90, 0x00])]);
        faults.push(FaultKind::CommandBit(8 * 6));
    }
    faults
}

fn sweep_passing(way: Way, procedure: &Procedure) -> usize {
    let policy = Policy::default();
    let (exchanges, expected) = undisturbed(way, procedure);
    let mut points = 0;
    for (at, kind) in (0..)
        .zip(exchanges)
        .flat_map(|(at, protected)| passing(protected).into_iter().map(move |kind| (at, kind)))
    {
        let context = format!("{way:?}: {kind:?} at {at}");
        let mut world = procedure.prepare(way, &policy);
        let held = world.stack().instances.clone();
        let first = world.card.lock().exchanges();
        world.card.lock().inject(Fault { at: first + at, kind });
        world.attempt(procedure.event());
        if *world.record() != expected.record {
            assert_eq!(world.stack().instances, held, "cr_09, {context}: nothing is deleted");
        }
        // The fault is gone.
        world.attempt(procedure.event());
        for _ in 0..4 {
            if *world.record() != expected.record {
                world.pass_time();
            }
        }
        assert_eq!(end(&mut world), expected, "{context}");
        points += 1;
    }
    points
}

#[test]
fn cr_09_ft_06_after_a_fault_in_the_clear_the_end_is_that_of_an_undisturbed_run() {
    let points: usize = Procedure::all().iter().map(|p| sweep_passing(Way::InTheClear, p)).sum();
    println!("{points} faults");
    assert!(points > 700, "{points}");
}

#[test]
fn cr_09_ft_06_after_a_fault_of_a_secure_channel_the_end_is_that_of_an_undisturbed_run() {
    let points: usize = Procedure::all().iter().map(|p| sweep_passing(Way::Secure, p)).sum();
    println!("{points} faults");
    assert!(points > 1000, "{points}");
}

/// The card is pulled at any exchange: the next look takes everything of it away. It comes back:
/// it is processed as new.
#[test]
fn cr_07_a_card_pulled_at_any_exchange_takes_everything_with_it_at_the_next_look() {
    let policy = Policy::default();
    let mut points = 0;
    for (way, procedure) in Way::ALL.iter().flat_map(|way| Procedure::all().map(|p| (*way, p))) {
        let comes_back = !matches!(procedure, Procedure::Removed);
        let mut expected = procedure.prepare(way, &policy);
        if comes_back {
            expected.card.lock().remove();
            expected.handle(HostEvent::RefreshHint);
            expected.card.lock().insert();
            expected.handle(HostEvent::RefreshHint);
        }
        for at in 0..undisturbed(way, &procedure).0.len() as u64 {
            let mut world = procedure.prepare(way, &policy);
            let first = world.card.lock().exchanges();
            world.card.lock().inject(Fault { at: first + at, kind: FaultKind::Remove });
            world.handle(procedure.event());
            world.handle(HostEvent::RefreshHint);
            assert!(world.stack().of_card().is_empty(), "{way:?}: pulled at {at}");
            world.assert_in_step();
            if comes_back {
                world.card.lock().insert();
                world.handle(HostEvent::RefreshHint);
                world.assert_in_step();
                let (back, expected) = (world.stack().of_card(), expected.stack().of_card());
                assert_eq!(back, expected, "{way:?}: back at {at}");
            }
            points += 1;
        }
    }
    println!("{points} points");
    assert!(points > 100);
}

/// Between two exchanges another card takes the place of the one that is being read.
#[test]
fn cr_07_a_card_swapped_at_any_exchange_is_processed_as_new() {
    let policy = Policy::default();
    let other = data(&[1, 4], 1800);
    let mut points = 0;
    for (way, procedure) in Way::ALL.iter().flat_map(|way| Procedure::all().map(|p| (*way, p))) {
        let mut expected = procedure.prepare(way, &policy);
        expected.insert(2, other.clone());
        expected.handle(HostEvent::RefreshHint);
        for at in 0..undisturbed(way, &procedure).0.len() as u64 {
            let mut world = procedure.prepare(way, &policy);
            let first = world.card.lock().exchanges();
            let kind = FaultKind::Replace(Box::new(card(way, 2, &other)));
            world.card.lock().inject(Fault { at: first + at, kind });
            world.expect_on_card(other.clone());
            world.attempt(procedure.event());
            world.attempt(HostEvent::RefreshHint);
            world.assert_in_step();
            assert_eq!(world.record(), expected.record(), "{way:?}: swapped at {at}");
            let (held, expected) = (world.stack().of_card(), expected.stack().of_card());
            assert_eq!(held, expected, "{way:?}: swapped at {at}");
            points += 1;
        }
    }
    println!("{points} points");
    assert!(points > 100);
}

/// However often futures are dropped, the card has no more than one channel open for the device.
#[test]
fn ft_06_dropped_looks_leave_no_channels_open() {
    let policy = Policy::default();
    for way in Way::ALL {
        let mut world = World::boot(way, &policy, (1, data(&[1], 3600)), |_| {});
        for round in 0..40 {
            let mut card = world.card.lock();
            // Not at the exchange that opens a channel: which one it was, nobody would know.
            let at = card.exchanges() + 2 + round % 9;
            card.inject(Fault { at, kind: FaultKind::NeverAnswers });
            drop(card);
            world.attempt(HostEvent::RefreshHint);
        }
        assert_eq!(world.further_channels(), 1);
        world.release_card();
        assert_eq!(world.further_channels(), 0);
        world.handle(HostEvent::RefreshHint);
        assert_eq!(world.further_channels(), 1);
    }
}
