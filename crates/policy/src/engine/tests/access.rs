// SPDX-License-Identifier: Apache-2.0
//! What becomes of access control, and of what it is about, when accounts are deleted.

use super::*;

#[test]
fn dd_03_ownership_goes_to_the_highest_rights_and_what_nobody_else_reaches_goes() {
    let policy = Policy::default();
    let (host, mut record) = applied(&policy);
    let mut host = host
        .controlling(1, (7, 0), 1, &[(1, 31), (8, 1), (9, 2), (10, 8)])
        .controlling(2, (7, 1), 1, &[(1, 31), (8, 2), (9, 10)])
        .controlling(3, (7, 2), 1, &[(1, 31), (2, 31)])
        .controlling(4, (7, 3), 8, &[(1, 1), (8, 31)])
        .controlling(5, (7, 4), 8, &[(8, 31)])
        .controlling(6, (3, 0), 1, &[(1, 31)]);
    let before = host.access[&5].clone();
    let steps = run(&policy, &mut host, &mut record, &Card::None);
    let owner = |own: u16| host.access.get(&own).map(|access| access.1);
    assert_eq!(owner(1), Some(9), "the first of equals");
    assert_eq!(owner(2), Some(9));
    assert_eq!(owner(3), None, "both servers are deleted");
    assert!(!host.instances.contains_key(&InstancePath::new(7, 2)));
    assert_eq!(owner(4), Some(8));
    assert!(host.access.values().all(|access| access.2.iter().all(|entry| entry.server != 1)));
    assert_eq!(host.access[&5], before);
    assert!(host.instances.contains_key(&InstancePath::new(3, 0)), "a device stays a device");
    assert!(steps.contains(&"cancel observations of server 2".to_owned()));
}

/// What is done to `/2/5`, which is about `/7/0`, and what is removed, when servers 1 and 2 are
/// deleted on a device that has server 8, too.
fn deleted(owner: u16, list: &[(u16, u8)], from_card: bool) -> (Vec<String>, Vec<String>) {
    let entries: Vec<_> = list
        .iter()
        .map(|(server, bits)| AccessControlEntry {
            server: *server,
            rights: AccessRights::new(*bits).unwrap(),
        })
        .collect();
    let target = InstancePath::new(7, 0);
    let access_control = [HeldAccessControl { instance: 5, target, owner, entries: &entries }];
    let account = |instance, server| HeldInstance {
        path: InstancePath::security(instance),
        source: None,
        account: Some(id(server)),
    };
    let instances = [account(0, 2), account(1, 8)];
    let device = Device { instances: &instances, access_control: &access_control };
    let ours = if from_card { vec![target] } else { Vec::new() };
    let (mut remove, mut steps) = (Vec::new(), Vec::new());
    Deletion { device, servers: &[id(1), id(2)], ours: &ours }.steps(&mut remove, &mut steps);
    let text = |list: &[InstancePath]| list.iter().map(ToString::to_string).collect();
    // Before them the observations of both servers are cancelled.
    (steps.iter().skip(2).map(ToString::to_string).collect(), text(&remove))
}

#[test]
fn dd_03_who_inherits_has_rights_and_stays() {
    let heir = "make server 8 the owner in /2/5";
    let less = "remove server 1 from /2/5";
    let both: &[&str] = &["/7/0", "/2/5"];
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (list, steps, removed, told) in [
        (&[(1, 31), (8, 1)][..], &[heir, less][..], &[][..], "another has rights"),
        (&[(8, 1)], &[heir], &[], "the owner itself is in no entry"),
        (&[(1, 31)], &[], both, "nobody else has any"),
        (&[(1, 31), (2, 31)], &[], both, "the other is deleted, too"),
        (&[(1, 31), (8, 0)], &[], both, "no right is none"),
        (&[(1, 31), (0, 1)], &[heir, less], &[], "everybody has rights who is not named"),
        (&[(1, 31), (0, 0)], &[], both, "everybody has none"),
        (&[(1, 31), (0, 31), (8, 0)], &[], both, "everybody but the one that is named"),
        (&[], &[], both, "there is no list"),
    ] {
        assert_eq!(deleted(1, list, false), (owned(steps), owned(removed)), "{told}");
    }
}

#[test]
fn dd_01_without_an_owner_what_nobody_reaches_goes_only_if_it_came_from_the_card() {
    const NOBODY: u16 = 65535;
    let less = vec!["remove server 1 from /2/5".to_owned()];
    let both = vec!["/7/0".to_owned(), "/2/5".to_owned()];
    for (owner, list, from_card, steps, removed) in [
        (NOBODY, &[(1, 1)][..], true, Vec::new(), both),
        (NOBODY, &[(1, 1)], false, less.clone(), Vec::new()),
        (NOBODY, &[(1, 1), (8, 1)], true, less.clone(), Vec::new()),
        (8, &[(1, 1)], true, less, Vec::new()),
        (8, &[(8, 31)], true, Vec::new(), Vec::new()),
    ] {
        let told = format!("owner {owner}, {list:?}, from the card: {from_card}");
        assert_eq!(deleted(owner, list, from_card), (steps, removed), "{told}");
    }
}
