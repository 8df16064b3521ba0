// SPDX-License-Identifier: Apache-2.0
use simstrap_policy::bootstrap_data::object::AccessRights;

use super::*;
use crate::input;
use crate::source::{Origin, Stream};

/// Servers 1 and 2 with keys, and an Access Control instance of both.
const TWO_SERVERS: &str = r#"
[0.1]
0 = "coaps://one.example.com"
1 = false
2 = 0
3 = "6964"
5 = "73656372657473656372657473656372"
10 = 1
[0.2]
0 = "coaps://two.example.com"
1 = false
2 = 0
3 = "6964"
5 = "73656372657473656372657473656373"
10 = 2
[1.1]
0 = 1
1 = 300
6 = true
7 = "U"
[1.2]
0 = 2
1 = 300
6 = true
7 = "U"
[2.0]
0 = 3
1 = 0
2 = { 1 = 1, 2 = 15 }
3 = 1
"#;

fn contents(description: &str) -> Contents {
    let origin = Origin::Standard(Stream::Input);
    let draft = input::read(description.as_bytes(), &origin, None).unwrap();
    let data = BootstrapData::from_bytes(&draft.encode().unwrap()).unwrap();
    let mut contents = Contents::default();
    for object in data.as_ref().objects() {
        for instance in object.instances() {
            let path = InstancePath::new(object.id(), instance.id());
            contents.write(path, instance.as_bytes(), Source::Smartcard).unwrap();
        }
    }
    contents
}

fn server(id: u16) -> ShortServerId {
    ShortServerId::new(id).unwrap()
}

#[test]
fn accounts_are_typed_and_paired_by_short_server_id() {
    let contents = contents(TWO_SERVERS);
    let account = contents.account(AccountId::Server(server(2))).unwrap();
    assert_eq!((account.uri(), account.lifetime()), ("coaps://two.example.com", 300));
    assert_eq!(contents.accounts().count(), 2);
    assert!(contents.account(AccountId::BootstrapServer).is_none());
}

#[test]
fn cs_02_no_half_of_an_account_is_left_behind_and_none_of_a_disabled_one_either() {
    let id = AccountId::Server(server(1));
    for disabled in [false, true] {
        let mut contents = contents(TWO_SERVERS);
        if disabled {
            contents.disable(id);
        }
        contents.check().unwrap();
        let (security, held) = (InstancePath::security(1), contents.clone());
        let resources = held.get(security).unwrap().resources();
        // A second Security instance, and then that one alone.
        contents.write(InstancePath::security(5), resources, Source::BootstrapServer).unwrap();
        assert!(matches!(contents.check(), Err(ContentsError::Inconsistent(_))), "{disabled}");
        contents.remove(security);
        contents.check().unwrap();
        contents.remove(InstancePath::server(1));
        assert!(matches!(contents.check(), Err(ContentsError::Inconsistent(_))), "{disabled}");
        contents.remove(InstancePath::security(5));
        contents.check().unwrap();
    }
}

#[test]
fn cs_01_accounts_that_are_all_disabled_are_none() {
    let mut contents = contents(TWO_SERVERS);
    contents.disable(AccountId::Server(server(1)));
    contents.check().unwrap();
    contents.disable(AccountId::Server(server(2)));
    assert!(matches!(contents.check(), Err(ContentsError::Inconsistent(_))));
}

#[test]
fn dd_03_owner_and_list_of_access_control_change_and_nothing_else_does() {
    let mut contents = contents(TWO_SERVERS);
    contents.change_owner(0, server(2)).unwrap();
    contents.remove_access(0, server(1)).unwrap();
    let (_, access) = contents.access_control().next().unwrap();
    assert_eq!((access.object, access.instance, access.owner), (Some(3), Some(0), Some(2)));
    let entries: Vec<_> = access.entries().map(|entry| (entry.server, entry.rights)).collect();
    assert_eq!(entries, [(2, AccessRights::new(15).unwrap())]);

    contents.remove_access(0, server(2)).unwrap();
    let (_, access) = contents.access_control().next().unwrap();
    assert_eq!((access.owner, access.entries().count()), (Some(2), 0), "an empty list is none");

    let before = contents.clone();
    contents.change_owner(9, server(2)).unwrap();
    assert_eq!(contents, before, "what is gone already is no error");
}

#[test]
fn what_is_malformed_or_too_long_is_not_held() {
    let mut contents = contents(TWO_SERVERS);
    let before = contents.clone();
    let path = InstancePath::security(1);
    let malformed = contents.write(path, &[0xC8, 0], Source::BootstrapServer);
    assert!(matches!(malformed, Err(ContentsError::Malformed(_))));
    let long = [[0xD0, 0, 0x7F, 0xF0].to_vec(), vec![0; 0x7FF0]].concat();
    assert!(contents.write(path, &long, Source::BootstrapServer).is_err());
    assert_eq!(contents, before);
}

#[test]
fn ft_04_debug_shows_no_key() {
    let shown = format!("{:?}", contents(TWO_SERVERS));
    assert!(shown.contains("bytes, smartcard"), "{shown}");
    assert!(!shown.contains("115, 101, 99"), "{shown}");
}
