// SPDX-License-Identifier: Apache-2.0
use simstrap_bootstrap_data::{BootstrapData, ObjectLink, Value};

use super::*;
use crate::testing::{Object, Resource, bootstrap_security, encode, numbered, security, server};
use crate::{Decision, MAX_INSTANCES, ObjectPolicy, Reason, Rule};

/// The security instance of id 1 with one resource replaced, or left out.
fn security_with(resource: u16, value: Option<Value<'static>>) -> Vec<Resource<'static>> {
    let mut resources = security(1);
    resources.retain(|(id, _)| *id != resource);
    resources.extend(value.map(|value| (resource, value)));
    resources
}

/// Findings as lines, for data with these instances of objects 0 and 1.
fn findings<'v>(securities: &[Vec<Resource<'v>>], servers: &[Vec<Resource<'v>>]) -> Vec<String> {
    lines(&[(0, numbered(securities)), (1, numbered(servers))])
}

fn lines(objects: &[Object<'_>]) -> Vec<String> {
    let data = encode(objects);
    Assessment::of(data.as_ref()).findings().iter().map(ToString::to_string).collect()
}

#[test]
fn cr_02_consistent_data_is_applied_by_default() {
    let data = encode(&[
        (0, numbered(&[bootstrap_security(), security(1), security(2)])),
        (1, numbered(&[server(2), server(1)])),
    ]);
    let assessment = Assessment::of(data.as_ref());
    assert_eq!(assessment.findings(), []);
    assert!(assessment.is_consistent());
    assert_eq!(assessment.bootstrap_server().unwrap().security_instance, 0);
    let pairs: Vec<_> = assessment
        .servers()
        .map(|a| (a.short_server_id().unwrap().to_u16(), a.security_instance, a.server_instance))
        .collect();
    assert_eq!(pairs, [(1, 1, Some(1)), (2, 2, Some(0))]);
    let verdict = Verdict { decision: Decision::Apply, reason: Reason::Default };
    assert!(assessment.servers().all(|account| account.verdict() == verdict));
    assert_eq!(assessment.bootstrap_server().unwrap().verdict(), verdict);
}

#[test]
fn cs_05_one_error_refuses_every_account() {
    let data = encode(&[(0, numbered(&[security(1), security(2)])), (1, numbered(&[server(1)]))]);
    let assessment = Assessment::of(data.as_ref());
    assert!(!assessment.is_consistent());
    let reason = Reason::Inconsistent(Rule::Cs02);
    let refused = Verdict { decision: Decision::Refuse, reason };
    assert!(assessment.servers().all(|account| account.verdict() == refused));
}

#[test]
fn cs_01_an_account_and_at_most_one_bootstrap_server() {
    assert_eq!(
        findings(&[], &[]),
        ["error CS-01 (/0): no server account and no bootstrap-server account results"]
    );
    assert_eq!(findings(&[bootstrap_security()], &[]), [""; 0]);
    assert_eq!(
        findings(&[bootstrap_security(), bootstrap_security()], &[]),
        ["error CS-01 (/0/1): a second bootstrap-server account; one is allowed"]
    );
}

#[test]
fn cs_02_security_and_server_come_in_pairs() {
    assert_eq!(
        findings(&[security(1)], &[server(2)]),
        [
            "error CS-02 (/0/0/10): no Server instance has short server id 1",
            "error CS-02 (/1/0/0): no Security instance has short server id 2",
        ]
    );
    assert_eq!(
        findings(&[security(1), security(1)], &[server(1), server(1)]),
        [
            "error CS-02 (/0/1/10): short server id 1 is used twice",
            "error CS-02 (/1/1/0): short server id 1 is used twice",
        ]
    );
    assert_eq!(
        findings(&[security_with(10, None)], &[]),
        ["error CS-02 (/0/0/10): a server account needs a short server id from 1 to 65534"]
    );
}

#[test]
fn cs_03_mandatory_resources_are_there() {
    for (resource, message) in [
        (0, "error CS-03 (/0/0/0): server URI is missing"),
        (
            1,
            "warning CS-03 (/0/0/1): bootstrap-server flag is missing; the client's default serves",
        ),
        (2, "error CS-03 (/0/0/2): security mode is missing"),
        (3, "error CS-03 (/0/0/3): PSK identity is missing"),
        (5, "error CS-03 (/0/0/5): pre-shared key is missing"),
    ] {
        assert_eq!(findings(&[security_with(resource, None)], &[server(1)]), [message]);
    }
    for (resource, message) in [
        (1, "error CS-03 (/1/0/1): lifetime is missing"),
        (6, "warning CS-03 (/1/0/6): notification storing is missing; the client's default serves"),
        (7, "warning CS-03 (/1/0/7): binding is missing; the client's default serves"),
    ] {
        let mut server = server(1);
        server.retain(|(id, _)| *id != resource);
        assert_eq!(findings(&[security(1)], &[server]), [message]);
    }
}

#[test]
fn cs_03_no_keys_are_needed_without_security() {
    let open = vec![
        (0, Value::String("coap://[2001:db8::1]:5683")),
        (1, Value::Boolean(false)),
        (2, Value::Integer(3)),
        (10, Value::Integer(1)),
    ];
    assert_eq!(findings(&[open], &[server(1)]), [""; 0]);
}

#[test]
fn cs_03_uris_are_valid_and_of_lwm2m() {
    let with =
        |uri: &'static str| findings(&[security_with(0, Some(Value::String(uri)))], &[server(1)]);
    for good in ["coaps://a", "coaps+tcp://a:5684", "COAPS://10.0.0.1", "coaps://[::1]:1"] {
        assert_eq!(with(good), [""; 0], "{good}");
    }
    for bad in ["", "coaps", "coaps://", "coaps:x", "coaps://a b", "coaps://a:99999", "//a"] {
        assert_eq!(with(bad), ["error CS-03 (/0/0/0): the server URI is no valid URI with a host"]);
    }
    assert_eq!(
        with("https://a"),
        ["error CS-03 (/0/0/0): the scheme of the server URI is not one of LwM2M"]
    );
    assert_eq!(
        with("coap://a"),
        ["warning CS-03 (/0/0/0): the scheme of the server URI does not go with security mode psk"]
    );
    let open = security_with(2, Some(Value::Integer(3)));
    assert_eq!(
        findings(&[open], &[server(1)]),
        [
            "warning CS-03 (/0/0/0): the scheme of the server URI does not go with security mode nosec"
        ]
    );
    let long = format!("coaps://{}", "a".repeat(248));
    let mut resources = security(1);
    resources[0] = (0, Value::String(&long));
    assert_eq!(
        findings(&[resources], &[server(1)]),
        ["error CS-03 (/0/0/0): a server URI of 256 bytes is longer than 255"]
    );
}

#[test]
fn cs_03_values_of_another_type_are_findings_with_their_place() {
    let lines = findings(&[security_with(2, Some(Value::Integer(7)))], &[server(1)]);
    assert!(lines[0].starts_with("error CS-03 (/0/0/2): byte "), "{lines:?}");
    assert!(lines[0].contains("7 is outside the range"), "{lines:?}");
}

#[test]
fn cs_04_access_control_refers_to_what_exists() {
    let access = |object, instance, owner| {
        vec![(0, Value::Integer(object)), (1, Value::Integer(instance)), (3, Value::Integer(owner))]
    };
    let with = |access: Vec<Resource<'static>>| {
        lines(&[
            (0, numbered(&[security(1)])),
            (1, numbered(&[server(1)])),
            (2, numbered(&[access])),
        ])
    };
    assert_eq!(with(access(1, 0, 1)), [""; 0]);
    assert_eq!(with(access(3, 65535, 65535)), [""; 0], "the object itself, owned by nobody");
    assert_eq!(
        with(access(1, 5, 1)),
        ["warning CS-04 (/2/0): access control for /1/5, which the data does not hold"]
    );
    assert_eq!(
        with(access(1, 0, 9)),
        ["warning CS-04 (/2/0/3): access control for short server id 9, which no account has"]
    );
    assert_eq!(
        with(access(1, 0, 0)),
        ["warning CS-04 (/2/0/3): access control for short server id 0, which no account has"],
        "0 stands for every server in the list, and for none as an owner"
    );
}

#[test]
fn cs_04_the_short_server_id_of_a_bootstrap_server_is_no_servers() {
    let mut bootstrap = bootstrap_security();
    bootstrap.push((10, Value::Integer(9)));
    let access = vec![(0, Value::Integer(1)), (1, Value::Integer(0)), (3, Value::Integer(9))];
    assert_eq!(
        lines(&[
            (0, numbered(&[bootstrap, security(1)])),
            (1, numbered(&[server(1)])),
            (2, numbered(&[access])),
        ]),
        ["warning CS-04 (/2/0/3): access control for short server id 9, which no account has"]
    );
}

#[test]
fn cs_03_access_control_tells_what_it_is_about_and_who_owns_it() {
    let whole = [(0, Value::Integer(1)), (1, Value::Integer(0)), (3, Value::Integer(1))];
    for (resource, message) in [
        (0, "error CS-03 (/2/0/0): object id is missing"),
        (1, "error CS-03 (/2/0/1): object instance id is missing"),
        (3, "error CS-03 (/2/0/3): owner is missing"),
    ] {
        let access = whole.into_iter().filter(|(id, _)| *id != resource).collect();
        assert_eq!(
            lines(&[
                (0, numbered(&[security(1)])),
                (1, numbered(&[server(1)])),
                (2, numbered(&[access])),
            ]),
            [message]
        );
    }
}

#[test]
fn bs_04_the_bootstrap_servers_secret_is_nobody_elses() {
    let mut bootstrap = bootstrap_security();
    bootstrap[4] = (5, Value::Opaque(b"sixteen test byt"));
    assert_eq!(
        findings(&[bootstrap, security(1)], &[server(1)]),
        [
            "warning BS-04 (/0/1/5): the bootstrap-server account shares its secret key with a server account"
        ]
    );
}

#[test]
fn bs_04_an_oscore_master_secret_is_a_secret_too() {
    let linking = |mut security: Vec<Resource<'static>>, instance| {
        let link = ObjectLink { object: 21, instance };
        security.push((17, Value::ObjectLink(link)));
        security
    };
    let keys = StaticKeys::from_slices(&[0x11; 16], b"other OSCORE key", &[0x33; 16]).unwrap();
    let circumstances = Circumstances { scp03_keys: Some(&keys), ..Circumstances::default() };
    let with = |first: &'static [u8], second: &'static [u8], link: u16| {
        let data = encode(&[
            (0, numbered(&[linking(bootstrap_security(), 0), linking(security(1), link)])),
            (1, numbered(&[server(1)])),
            (21, numbered(&[vec![(0, Value::Opaque(first))], vec![(0, Value::Opaque(second))]])),
        ]);
        let policy = Policy::default();
        let assessment = Assessment::under(&policy, data.as_ref(), &circumstances, &mut ());
        let findings = assessment.findings().iter();
        findings.map(|finding| (finding.path.to_string(), finding.kind)).collect::<Vec<_>>()
    };
    assert_eq!(with(b"one OSCORE secret", b"another secret..", 1), []);
    let shared = FindingKind::SharedSecret;
    for link in [0, 1] {
        let path = format!("/21/{link}/0");
        assert_eq!(with(b"same secret", b"same secret", link), [(path, shared)]);
    }
    let own_key = [("/0/1/5".to_owned(), shared)];
    assert_eq!(with(b"sixteen test byt", b"another secret..", 1), own_key);
    let of_the_card = [("/21/1/0".to_owned(), FindingKind::Scp03Key)];
    assert_eq!(with(b"one OSCORE secret", b"other OSCORE key", 1), of_the_card);
}

#[test]
fn ft_03_accounts_are_bounded() {
    let count = i64::try_from(MAX_ACCOUNTS).unwrap();
    let securities: Vec<_> = (1..=count + 5).map(security).collect();
    let servers: Vec<_> = (1..=count).map(server).collect();
    assert_eq!(
        findings(&securities, &servers),
        [format!("error CS-01 (/0/{count}): more than {count} accounts")]
    );
}

#[test]
fn ft_03_object_instances_are_bounded() {
    let others = MAX_INSTANCES - 2;
    let with = |others: usize| {
        let other = vec![(0, Value::Integer(1))];
        lines(&[
            (0, numbered(&[security(1)])),
            (1, numbered(&[server(1)])),
            (7, numbered(&vec![other; others])),
        ])
    };
    assert_eq!(with(others), [""; 0]);
    assert_eq!(with(others + 1), ["error FT-03 (/): 129 object instances are more than 128"]);
}

#[test]
fn cs_02_identifiers_written_without_sign_are_taken_as_meant_and_reported() {
    let mut security = security(0);
    security.pop();
    security.push((10, Value::Opaque(&[0x9C, 0x40])));
    let mut server = server(0);
    server[0] = (0, Value::Integer(40_000));
    let data = encode(&[(0, numbered(&[security])), (1, numbered(&[server]))]);
    let assessment = Assessment::of(data.as_ref());
    let account = assessment.servers().next().unwrap();
    assert_eq!(account.short_server_id().unwrap().to_u16(), 40_000);
    assert_eq!(account.server_instance, Some(0));
    let lines: Vec<_> = assessment.findings().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["warning CS-02 (/0/0/10): the short server id is written in two bytes as if it had no \
          sign; taken as meant"]
    );
}

#[test]
fn ft_03_findings_are_bounded_and_keep_the_first_error() {
    let broken: Vec<_> = (0..2000).map(|_| vec![(3, Value::Opaque(&[1, 2, 3]))]).collect();
    let data = encode(&[(2, numbered(&broken))]);
    let assessment = Assessment::of(data.as_ref());
    assert_eq!(assessment.findings().len(), 64);
    assert!(!assessment.is_consistent());
}

/// Access control for a server that is not there: a warning each.
fn stray_access_control(count: i64) -> Object<'static> {
    let stray = |instance| {
        vec![(0, Value::Integer(1)), (1, Value::Integer(instance)), (3, Value::Integer(999))]
    };
    (2, numbered(&(0..count).map(|_| stray(0)).collect::<Vec<_>>()))
}

#[test]
fn ft_03_a_finding_that_the_policy_refuses_is_not_lost_among_others() {
    let keys = StaticKeys::from_slices(&[0x11; 16], b"sixteen test byt", &[0x33; 16]).unwrap();
    let circumstances = Circumstances { scp03_keys: Some(&keys), ..Circumstances::default() };
    let objects = ObjectPolicy { supported: Some(vec![2]), others: Unsupported::Refuse };
    let mut policy = Policy { objects, ..Policy::default() };
    let with = |policy: &Policy, more: Option<Object<'static>>| {
        let mut objects = vec![
            (0, numbered(&[security(1)])),
            (1, numbered(&[server(1)])),
            stray_access_control(100),
        ];
        objects.extend(more);
        let data = encode(&objects);
        let assessment = Assessment::under(policy, data.as_ref(), &circumstances, &mut ());
        assert_eq!(assessment.findings().len(), 64);
        assessment.refused()
    };
    let unsupported = (7, numbered(&[vec![(0, Value::Integer(1))]]));
    assert_eq!(with(&policy, Some(unsupported)), Some(Reason::UnsupportedObject(7)));
    assert_eq!(with(&policy, None), Some(Reason::Finding(Rule::Bs04)));
    policy.findings.scp03_keys = Tolerance::Accept;
    assert_eq!(with(&policy, None), None);
}

#[test]
fn cs_03_a_uri_of_255_bytes_is_the_longest() {
    let uri = format!("coaps://{}", "a".repeat(247));
    let mut resources = security(1);
    resources[0] = (0, Value::String(&uri));
    assert_eq!(findings(&[resources], &[server(1)]), [""; 0]);
}

#[test]
fn cs_03_public_keys_and_certificates_need_theirs() {
    for (mode, first) in [(1, "public key"), (2, "certificate")] {
        let bare = [
            (0, Value::String("coaps://a")),
            (1, Value::Boolean(false)),
            (2, Value::Integer(mode)),
            (10, Value::Integer(1)),
        ];
        let with = |keys: Option<&'static [u8]>| {
            let keys =
                keys.into_iter().flat_map(|key| [3, 4, 5].map(|id| (id, Value::Opaque(key))));
            findings(&[bare.iter().copied().chain(keys).collect()], &[server(1)])
        };
        let missing = [
            format!("error CS-03 (/0/0/3): {first} is missing"),
            "error CS-03 (/0/0/5): private key is missing".to_owned(),
            "error CS-03 (/0/0/4): server public key is missing".to_owned(),
        ];
        assert_eq!(with(None), missing);
        assert_eq!(with(Some(b"")), missing, "an empty value is none");
        assert_eq!(with(Some(b"key")), [""; 0]);
    }
}

#[test]
fn cs_04_entries_of_an_access_control_list_are_for_servers_that_exist() {
    let file = BootstrapData::encode(|encoder| {
        encoder.object(2, None, |object| {
            object.instance(4, |instance| {
                instance.resource(0, Value::Integer(3))?;
                instance.resource(1, Value::Integer(65535))?;
                instance.multiple(2, |list| {
                    list.instance(0, Value::Integer(1))?;
                    list.instance(9, Value::Integer(1))?;
                    list.instance(65535, Value::Integer(1))
                })
            })
        })
    });
    let data = BootstrapData::from_bytes(&file.unwrap()).unwrap();
    let assessment = Assessment::of(data.as_ref());
    let about: Vec<_> =
        assessment.findings().iter().filter(|f| f.rule() == Rule::Cs04).map(|f| f.path).collect();
    let list = DataPath::object(2).instance(4).resource(2);
    let expected = [9, 65535].map(|server| list.resource_instance(server));
    assert_eq!(about, expected, "0 is every server");
}
