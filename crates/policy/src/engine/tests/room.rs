// SPDX-License-Identifier: Apache-2.0
//! What there is no room for.

use super::*;

/// The accounts of these servers, in object instances of the same ids, and so many instances of
/// another object.
fn card_with(number: u8, servers: core::ops::Range<u16>, object: u16, others: usize) -> Card {
    let of = |make: fn(i64) -> Vec<Resource<'static>>| -> Vec<_> {
        servers.clone().map(|id| (id, make(id.into()))).collect()
    };
    let others = vec![vec![(0, Value::Integer(1))]; others];
    Card::Data(number, encode(&[(0, of(security)), (1, of(server)), (object, numbered(&others))]))
}

#[test]
fn ft_03_disabled_accounts_make_room_one_by_one() {
    let policy = Policy::default();
    for (before, after, others, left) in [
        // 20 and 20 accounts, of which 32 have room.
        (1..21, 101..121, 0, 12),
        // 2 * 5 and 2 * 5 + 113 object instances, of which 128 have room.
        (1..6, 101..106, 113, 2),
    ] {
        let (mut host, mut record) = (Host::default(), new_record());
        run(&policy, &mut host, &mut record, &card_with(1, before, 7, 0));
        run(&policy, &mut host, &mut record, &card_with(1, after.clone(), 7, others));
        let count = |state| record.accounts().iter().filter(|a| a.state == state).count();
        let states = (count(AccountState::Applied), count(AccountState::Disabled));
        assert_eq!(states, (after.len(), left));
        assert_eq!(host.of_card().len(), 2 * (after.len() + left) + others);
    }
}

/// What interrupted transactions may have written is in the record until it is gone.
#[test]
fn ft_03_a_card_has_to_wait_until_what_others_left_behind_is_gone() {
    let policy = Policy::default();
    let full = |number: u8| card_with(number, 1..2, 100 + u16::from(number), MAX_INSTANCES - 2);
    let (mut host, mut record) = (Host::default(), new_record());
    for number in [1, 2] {
        (host, record) = cut_short(&policy, &host, &record, &full(number), 100);
    }
    run(&policy, &mut host, &mut record, &full(3));
    assert_eq!(states(&record), ["server 1 ignored too many object instances"]);
    assert!(host.instances.is_empty(), "{:?}", host.of_card());
    run(&policy, &mut host, &mut record, &full(3));
    assert_eq!(states(&record), ["server 1 applied default"]);
    assert_eq!(host.of_card().len(), MAX_INSTANCES);
}
