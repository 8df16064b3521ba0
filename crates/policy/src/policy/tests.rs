// SPDX-License-Identifier: Apache-2.0
use simstrap_bootstrap_data::object::ShortServerId;
use simstrap_bootstrap_data::scp03::StaticKeys;
use simstrap_bootstrap_data::{BootstrapData, Value};

use super::*;
use crate::testing::{bootstrap_security, encode, numbered, security, server};
use crate::{
    AccountId, Assessment, Choice, Circumstances, Device, HeldInstance, InstancePath, Rule,
};

fn id(number: u16) -> ShortServerId {
    ShortServerId::new(number).unwrap()
}

/// A bootstrap server, and servers 1 and 2.
fn data() -> BootstrapData {
    encode(&[
        (0, numbered(&[bootstrap_security(), security(1), security(2)])),
        (1, numbered(&[server(1), server(2)])),
    ])
}

/// The verdicts on the bootstrap server and servers 1 and 2, as text.
fn verdicts(policy: &Policy, circumstances: &Circumstances<'_>) -> [String; 3] {
    verdicts_on(&data(), policy, circumstances)
}

fn verdicts_on(
    data: &BootstrapData,
    policy: &Policy,
    circumstances: &Circumstances<'_>,
) -> [String; 3] {
    let assessment = Assessment::under(policy, data.as_ref(), circumstances, &mut ());
    let mut all = vec![assessment.bootstrap_server().unwrap().verdict()];
    all.extend(assessment.servers().map(crate::Account::verdict));
    all.iter()
        .map(|verdict| format!("{}: {}", verdict.decision, verdict.reason))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

fn in_the_clear(policy: &Policy) -> [String; 3] {
    verdicts(policy, &Circumstances::default())
}

#[test]
fn cr_02_the_first_rule_that_matches_decides_and_gives_the_reason() {
    let rule = |condition, decision| PolicyRule::new(condition, decision);
    let ids = |first, last| Some(vec![IdRange::new(id(first), id(last)).unwrap()]);
    let policy = Policy {
        default: Disposition::Ignore,
        rules: vec![
            rule(Condition { short_server_ids: ids(2, 9), ..Condition::ANY }, Disposition::Ignore)
                .named(RuleName::new("not these").unwrap()),
            rule(Condition { short_server_ids: ids(1, 9), ..Condition::ANY }, Disposition::Apply),
        ],
        ..Policy::default()
    };
    assert_eq!(
        in_the_clear(&policy),
        ["ignore: default", "apply: rule 2", "ignore: rule 1 (not these)"]
    );
}

#[test]
fn cr_02_every_condition_of_a_rule_must_hold() {
    let condition = Condition {
        uri: Some(UriPattern::new("coaps://*.example.com").unwrap()),
        short_server_ids: None,
        modes: Some(vec![SecurityMode::PreSharedKey]),
        bootstrap_server: Some(false),
    };
    let applied = |condition: Condition| {
        let rules = vec![PolicyRule::new(condition, Disposition::Apply)];
        let policy = Policy { default: Disposition::Ignore, rules, ..Policy::default() };
        in_the_clear(&policy).map(|verdict| verdict.starts_with("apply"))
    };
    assert_eq!(applied(condition.clone()), [false, true, true]);
    let other = UriPattern::new("coaps://*.example.org").ok();
    assert_eq!(applied(Condition { uri: other, ..condition.clone() }), [false; 3]);
    let modes = Some(vec![SecurityMode::Certificate]);
    assert_eq!(applied(Condition { modes, ..condition.clone() }), [false; 3]);
    let second = Some(vec![id(2).into()]);
    assert_eq!(applied(Condition { short_server_ids: second, ..condition }), [false, false, true]);
    let bootstrap = Condition { bootstrap_server: Some(true), ..Condition::ANY };
    assert_eq!(applied(bootstrap), [true, false, false]);
}

#[test]
fn cr_02_the_device_chooses_but_not_what_is_refused() {
    struct Contrary(Vec<AccountId>);
    impl Choice for Contrary {
        fn choose(&mut self, account: &AccountView<'_, '_>, proposed: Verdict) -> Decision {
            self.0.push(account.id);
            match proposed.decision {
                Decision::Apply => Decision::Ignore,
                _ => Decision::Apply,
            }
        }
    }
    let (data, mut choice) = (data(), Contrary(Vec::new()));
    let circumstances = Circumstances::default();
    let assessment =
        Assessment::under(&Policy::default(), data.as_ref(), &circumstances, &mut choice);
    let chosen = Verdict { decision: Decision::Ignore, reason: Reason::Choice };
    assert!(assessment.servers().all(|account| account.verdict() == chosen));
    assert_eq!(
        choice.0,
        [AccountId::BootstrapServer, AccountId::Server(id(1)), AccountId::Server(id(2))]
    );

    let policy =
        Policy { minimum_security_mode: Some(SecurityMode::Certificate), ..Policy::default() };
    let mut choice = Contrary(Vec::new());
    let assessment = Assessment::under(&policy, data.as_ref(), &circumstances, &mut choice);
    assert!(choice.0.is_empty());
    assert!(assessment.servers().all(|account| account.verdict().decision == Decision::Refuse));
}

#[test]
fn cr_03_data_read_with_less_protection_than_demanded_is_refused() {
    let policy = Policy { secure_channel: Some(SecurityLevel::CMacCDecRMac), ..Policy::default() };
    let with = |secure_channel| {
        verdicts(&policy, &Circumstances { secure_channel, ..Circumstances::default() })
    };
    assert_eq!(with(None), ["refuse: read in the clear, security level 13 is demanded"; 3]);
    let lower = "refuse: read at security level 11, 13 is demanded";
    assert_eq!(with(Some(SecurityLevel::CMacRMac)), [lower; 3]);
    for enough in [SecurityLevel::CMacCDecRMac, SecurityLevel::Full] {
        assert_eq!(with(Some(enough)), ["apply: default"; 3]);
    }
}

#[test]
fn cr_03_an_account_below_the_minimum_security_mode_is_refused_whatever_the_rules_say() {
    let open = [
        (0, Value::String("coap://dm.example.com")),
        (1, Value::Boolean(false)),
        (2, Value::Integer(3)),
        (10, Value::Integer(1)),
    ];
    let data = encode(&[
        (0, numbered(&[bootstrap_security(), open.to_vec(), security(2)])),
        (1, numbered(&[server(1), server(2)])),
    ]);
    let policy = Policy {
        minimum_security_mode: Some(SecurityMode::PreSharedKey),
        rules: vec![PolicyRule::new(Condition::ANY, Disposition::Apply)],
        ..Policy::default()
    };
    assert_eq!(
        verdicts_on(&data, &policy, &Circumstances::default()),
        ["apply: rule 1", "refuse: security mode below psk", "apply: rule 1"]
    );
}

#[test]
fn cs_04_objects_the_device_does_not_support_are_reported_skipped_or_refuse() {
    let data = encode(&[
        (0, numbered(&[security(1)])),
        (1, numbered(&[server(1)])),
        (10250, numbered(&[vec![(0, Value::Integer(1))]])),
    ]);
    let with = |others| {
        let objects = ObjectPolicy { supported: Some(vec![3]), others };
        let policy = Policy { objects, ..Policy::default() };
        let assessment =
            Assessment::under(&policy, data.as_ref(), &Circumstances::default(), &mut ());
        let findings: Vec<_> = assessment.findings().iter().map(ToString::to_string).collect();
        assert_eq!(findings, ["warning CS-04 (/10250): the device does not support object 10250"]);
        assessment.servers().next().unwrap().verdict()
    };
    assert_eq!(with(Unsupported::Report).decision, Decision::Apply);
    assert_eq!(with(Unsupported::Skip).decision, Decision::Apply);
    let refused = Verdict::refuse(Reason::UnsupportedObject(10250));
    assert_eq!(with(Unsupported::Refuse), refused);
}

#[test]
fn bs_04_keys_of_the_secure_channel_in_the_data_refuse_unless_accepted() {
    let keys = StaticKeys::from_slices(&[0x11; 16], b"sixteen test byt", &[0x33; 16]).unwrap();
    let circumstances = Circumstances { scp03_keys: Some(&keys), ..Circumstances::default() };
    let mut policy = Policy::default();
    assert_eq!(verdicts(&policy, &circumstances), ["refuse: finding not accepted: BS-04"; 3]);
    policy.findings.scp03_keys = Tolerance::Accept;
    assert_eq!(verdicts(&policy, &circumstances), ["apply: default"; 3]);
    let others = StaticKeys::from_slices(&[0x11; 16], &[0x22; 16], &[0x33; 16]).unwrap();
    let circumstances = Circumstances { scp03_keys: Some(&others), ..circumstances };
    assert_eq!(verdicts(&Policy::default(), &circumstances), ["apply: default"; 3]);
}

#[test]
fn bs_04_a_shared_secret_refuses_where_the_policy_says_so() {
    let mut bootstrap = bootstrap_security();
    bootstrap[4] = (5, Value::Opaque(b"sixteen test byt"));
    let data = encode(&[
        (0, numbered(&[bootstrap, security(1), security(2)])),
        (1, numbered(&[server(1), server(2)])),
    ]);
    let mut policy = Policy::default();
    let clear = Circumstances::default();
    assert_eq!(verdicts_on(&data, &policy, &clear), ["apply: default"; 3]);
    policy.findings.shared_secret = Tolerance::Refuse;
    assert_eq!(verdicts_on(&data, &policy, &clear), ["refuse: finding not accepted: BS-04"; 3]);
}

#[test]
fn cs_05_a_warning_that_is_not_accepted_refuses_everything() {
    let mut odd = security(1);
    odd.retain(|(resource, _)| *resource != 1);
    let data = encode(&[
        (0, numbered(&[bootstrap_security(), odd, security(2)])),
        (1, numbered(&[server(1), server(2)])),
    ]);
    let mut policy = Policy::default();
    policy.findings.warnings = Tolerance::Refuse;
    let refused = verdicts_on(&data, &policy, &Circumstances::default());
    assert_eq!(refused, ["refuse: finding not accepted: CS-03"; 3]);
    let reason = Assessment::under(&policy, data.as_ref(), &Circumstances::default(), &mut ());
    assert_eq!(reason.refused(), Some(Reason::Finding(Rule::Cs03)));
}

#[test]
fn bs_01_the_card_wins_over_the_factory_and_yields_to_a_bootstrap_server() {
    let held = |path, source, account| HeldInstance { path, source: Some(source), account };
    let with = |policy: &Policy, instance: HeldInstance| {
        let device = Device { instances: &[instance], access_control: &[] };
        verdicts(policy, &Circumstances { device, ..Circumstances::default() })
    };
    let same_id = |source| held(InstancePath::security(77), source, Some(AccountId::Server(id(2))));
    let same_instance = |source| held(InstancePath::security(1), source, None);
    let mut policy = Policy::default();
    let (applied, yields) = ("apply: default", "ignore: bootstrap-server takes precedence");
    assert_eq!(with(&policy, same_id(Source::Factory)), [applied; 3]);
    assert_eq!(with(&policy, same_id(Source::BootstrapServer)), [applied, applied, yields]);
    assert_eq!(with(&policy, same_instance(Source::BootstrapServer)), [applied, yields, applied]);
    assert_eq!(with(&policy, same_id(Source::Smartcard)), [applied; 3]);
    policy.precedence =
        Precedence { factory: Winner::Existing, bootstrap_server: Winner::Smartcard };
    let yields = "ignore: factory takes precedence";
    assert_eq!(with(&policy, same_id(Source::Factory)), [applied, applied, yields]);
    assert_eq!(with(&policy, same_id(Source::BootstrapServer)), [applied; 3]);
}

#[cfg(feature = "toml")]
mod toml_files {
    use super::*;

    #[test]
    fn an_empty_policy_is_the_default() {
        assert_eq!(Policy::from_toml("").unwrap(), Policy::default());
    }

    const EVERYTHING: &str = r#"
default = "ignore"
minimum_security_mode = "psk"
secure_channel = "33"
changed = "disable"
inconclusive = "let_through"
[objects]
supported = [2, 3, 21]
others = "skip"
[findings]
warnings = "refuse"
shared_secret = "refuse"
scp03_keys = "accept"
[precedence]
factory = "existing"
bootstrap_server = "smartcard"
[[rule]]
name = "ours"
uri = "coaps://*.example.com"
short_server_id = [101, "200-299"]
security_mode = ["psk", "certificate"]
bootstrap_server = false
decision = "apply"
[[rule]]
short_server_id = 7
security_mode = "est"
decision = "ignore"
"#;

    #[test]
    fn a_policy_with_everything() {
        let policy = Policy::from_toml(EVERYTHING).unwrap();
        let ours = Condition {
            uri: UriPattern::new("coaps://*.example.com").ok(),
            short_server_ids: Some(vec![id(101).into(), IdRange::new(id(200), id(299)).unwrap()]),
            modes: Some(vec![SecurityMode::PreSharedKey, SecurityMode::Certificate]),
            bootstrap_server: Some(false),
        };
        let est = Condition {
            short_server_ids: Some(vec![id(7).into()]),
            modes: Some(vec![SecurityMode::CertificateWithEst]),
            ..Condition::ANY
        };
        let expected = Policy {
            default: Disposition::Ignore,
            rules: vec![
                PolicyRule::new(ours, Disposition::Apply).named(RuleName::new("ours").unwrap()),
                PolicyRule::new(est, Disposition::Ignore),
            ],
            minimum_security_mode: Some(SecurityMode::PreSharedKey),
            secure_channel: Some(SecurityLevel::Full),
            objects: ObjectPolicy { supported: Some(vec![2, 3, 21]), others: Unsupported::Skip },
            findings: FindingPolicy {
                warnings: Tolerance::Refuse,
                shared_secret: Tolerance::Refuse,
                scp03_keys: Tolerance::Accept,
            },
            precedence: Precedence {
                factory: Winner::Existing,
                bootstrap_server: Winner::Smartcard,
            },
            changed: OnChange::Disable,
            inconclusive: OnInconclusive::LetThrough,
        };
        assert_eq!(policy, expected);
    }

    #[test]
    fn errors_name_the_line_the_key_and_the_remedy() {
        for (text, error) in [
            (
                "\nsecure_channel = \"34\"",
                "line 2, `secure_channel`: no security level `34`: give \"01\", \"03\", \"11\", \"13\" or \"33\"",
            ),
            (
                "secure_channel = \"+3\"",
                "line 1, `secure_channel`: no security level `+3`: give \"01\", \"03\", \"11\", \"13\" or \"33\"",
            ),
            (
                "minimum_security_mode = \"x\"",
                "line 1, `minimum_security_mode`: no security mode `x`: give `psk`, `rpk`, `certificate`, `nosec` or `est`",
            ),
            (
                "[[rule]]\ndecision = \"apply\"\nuri = \"example.com\"",
                "line 3, `uri`: a pattern is `scheme://host`, for example `coaps://*.example.com`, or `*`",
            ),
            (
                "[[rule]]\ndecision = \"apply\"\nshort_server_id = 0",
                "line 3, `short_server_id`: a short server id is 1 to 65534, a range of them \"100-199\"",
            ),
            (
                "[[rule]]\ndecision = \"apply\"\nshort_server_id = [\"9-5\"]",
                "line 3, `short_server_id`: the range from 9 to 5 is empty: put the lower number first",
            ),
            (
                "[[rule]]\ndecision = \"apply\"\nname = \"\"",
                "line 3, `name`: a rule's name has 1 to 32 bytes and no control characters, this one has 0 bytes",
            ),
            ("[[rule]]\nname = \"x\"", "line 1: missing field `decision`"),
        ] {
            assert_eq!(Policy::from_toml(text).unwrap_err().to_string(), error);
        }
        let unknown = Policy::from_toml("defualt = \"apply\"").unwrap_err().to_string();
        assert!(
            unknown.starts_with(
                "line 1, `defualt`: unknown field `defualt`, expected one of `default`"
            ),
            "{unknown}"
        );
    }

    #[test]
    fn ft_03_policies_are_bounded() {
        let long = "#".repeat(MAX_POLICY + 1);
        assert_eq!(Policy::from_toml(&long), Err(PolicyError::TooLong { length: long.len() }));
        let rules = "[[rule]]\ndecision = \"apply\"\n".repeat(MAX_RULES + 1);
        let error = Policy::from_toml(&rules).unwrap_err().to_string();
        assert!(error.contains("65 rules: keep them within 64"), "{error}");
    }

    #[test]
    fn every_example_of_the_documentation_is_a_policy() {
        let text = include_str!("../../../../docs/policy.md");
        let examples: Vec<_> =
            text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(examples.len() >= 5);
        for example in examples {
            assert!(Policy::from_toml(example).is_ok_and(|p| p != Policy::default()), "{example}");
        }
    }
}
