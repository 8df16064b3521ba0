// SPDX-License-Identifier: Apache-2.0
//! A power cut after every step of every plan.

use super::*;

#[test]
fn ft_01_every_crash_ends_where_an_undisturbed_run_ends() {
    let policy = Policy::default();
    let cards = [first(), second(), Card::Broken(1), Card::None];
    let other = Card::Data(2, data(&[security(2)], &[server(2)]));
    let cards: Vec<_> = cards.into_iter().chain([other]).collect();
    let mut points = 0;
    for tracks in [false, true] {
        for (from, to) in cards.iter().flat_map(|a| cards.iter().map(move |b| (a, b))) {
            let mut start = Host { tracks, ..Host::default() };
            let mut before = new_record();
            run(&policy, &mut start, &mut before, from);
            let (mut end, mut after) = (start.clone(), before.clone());
            let steps = run(&policy, &mut end, &mut after, to).len();
            for crash in 0..steps {
                let (mut host, stored) = cut_short(&policy, &start, &before, to, crash);
                let mut record = Record::from_bytes(&stored.to_bytes().unwrap()).unwrap();
                // A restart: no sessions, and in use only what the record allows.
                host.sessions.clear();
                let allowed = |account: &&AccountId| record.is_usable(**account);
                host.used = host.used.iter().filter(allowed).copied().collect();
                for account in &host.used {
                    let untouched = record.account(*account).unwrap().instances();
                    untouched.for_each(|path| {
                        assert_eq!(host.instances.get(&path), start.instances.get(&path));
                    });
                }
                run(&policy, &mut host, &mut record, to);
                assert_eq!((&host.instances, &host.used), (&end.instances, &end.used));
                assert_eq!(states(&record), states(&after));
                assert_eq!(record.instances(), after.instances());
                assert_eq!(record.intent(), None);
                points += 1;
            }
        }
    }
    println!("{points} crash points");
    assert!(points > 100);
}

#[test]
fn ft_01_a_crash_followed_by_any_other_card_leaves_only_what_the_record_knows() {
    let policy = Policy::default();
    let other = Card::Data(2, data(&[security(2)], &[server(2)]));
    let cards = [first(), second(), Card::Broken(1), Card::None, other];
    for (to, then) in cards.iter().flat_map(|a| cards.iter().map(move |b| (a, b))) {
        let (start, before) = applied(&policy);
        let steps = planned(&policy, &start, &before, to, |plan| plan.steps().len());
        for crash in 0..steps {
            let (mut host, mut record) = cut_short(&policy, &start, &before, to, crash);
            run(&policy, &mut host, &mut record, then);
            let known = record.instances().iter().map(|held| held.path).collect();
            assert_eq!(host.of_card(), known);
            let enabled = record.accounts().iter().filter(|a| a.state == AccountState::Applied);
            assert_eq!(host.used, enabled.map(|account| account.id).collect());
        }
    }
}
