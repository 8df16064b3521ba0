// SPDX-License-Identifier: Apache-2.0
//! Power cuts at every change to memory.

use simstrap_client::HostEvent;
use simstrap_client::policy::{Policy, bootstrap_data::BootstrapData};

use crate::stack::{World, data};

/// What happens to a card in use.
enum Change {
    Data(BootstrapData),
    Removed,
    Deactivated,
}

impl Change {
    fn happen(&self, world: &World<'_>) {
        match self {
            Self::Data(data) => world.change(data),
            Self::Removed => world.pull(),
            Self::Deactivated => world.card.lock().deactivate_bootstrap_file(),
        }
    }
}

#[test]
fn ft_01_every_power_cut_ends_where_an_undisturbed_run_ends() {
    let policy = Policy::default();
    let changes = [
        Change::Data(data(&[1, 3], 3600)),
        Change::Data(data(&[0, 1, 2], 7200)),
        Change::Data(data(&[2], 3600)),
        Change::Removed,
        Change::Deactivated,
    ];
    let mut points = 0;
    for (change, store_last) in changes.iter().flat_map(|change| [(change, false), (change, true)])
    {
        let boot = || {
            let mut world = World::boot(&policy, (1, data(&[0, 1, 2], 3600)), |stack| {
                stack.factory = Some(9);
            });
            world.assert_in_step();
            world
        };
        let mut undisturbed = boot();
        change.happen(&undisturbed);
        undisturbed.handle(HostEvent::RefreshHint);
        undisturbed.assert_in_step();
        let expected = undisturbed.stack().instances.clone();

        let mut cut = 0;
        loop {
            let mut world = boot();
            change.happen(&world);
            world.power.cut_after(cut);
            if store_last {
                world.power.store_last();
            }
            world.handle(HostEvent::RefreshHint);
            if !world.power.is_cut() {
                break;
            }
            world.restart();
            assert_eq!(world.stack().instances, expected, "after {cut} changes");
            assert_eq!(world.record().accounts(), undisturbed.record().accounts());
            assert_eq!(world.record().intent(), None);
            world.assert_in_step();
            cut += 1;
        }
        points += cut;
    }
    println!("{points} power cuts");
    assert!(points > 100);
}

#[test]
fn ft_02_a_broken_record_counts_as_none() {
    let policy = Policy::default();
    let mut world = World::boot(&policy, (1, data(&[1], 3600)), |_| {});
    world.restart_with(Some(b"no record".to_vec()));
    assert!(world.log().contains(&"register with server 1".to_owned()));
    world.assert_in_step();
}
