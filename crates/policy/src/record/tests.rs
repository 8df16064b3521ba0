// SPDX-License-Identifier: Apache-2.0
use proptest::collection::vec;
use proptest::prelude::*;
use simstrap_bootstrap_data::object::{SecurityMode, ShortServerId};
use simstrap_bootstrap_data::scp03::SecurityLevel;

use super::*;
use crate::{Rule, RuleName, Source};

fn reasons() -> impl Strategy<Value = Reason> {
    let name = proptest::option::of("[a-z ]{1,32}".prop_map(|name| RuleName::new(&name).unwrap()));
    let level = || proptest::sample::select(SecurityLevel::ALL.to_vec());
    let mode = (0..5_u8).prop_map(|mode| SecurityMode::new(mode).unwrap());
    let sources = [Source::Smartcard, Source::Factory, Source::BootstrapServer, Source::Server];
    let rules = || proptest::sample::select(Rule::ALL.to_vec());
    prop_oneof![
        Just(Reason::Default),
        (any::<u16>(), name).prop_map(|(index, name)| Reason::Rule { index, name }),
        Just(Reason::Choice),
        rules().prop_map(Reason::Inconsistent),
        rules().prop_map(Reason::Finding),
        (level(), proptest::option::of(level()))
            .prop_map(|(demanded, achieved)| Reason::SecureChannel { demanded, achieved }),
        mode.prop_map(|minimum| Reason::SecurityMode { minimum }),
        any::<u16>().prop_map(Reason::UnsupportedObject),
        proptest::sample::select(sources.to_vec()).prop_map(Reason::Precedence),
        Just(Reason::Changed),
        Just(Reason::Undecodable),
        Just(Reason::NoRoom),
        Just(Reason::TimedOut),
    ]
}

fn ids() -> impl Strategy<Value = AccountId> {
    (0..65535_u16)
        .prop_map(|id| ShortServerId::new(id).map_or(AccountId::BootstrapServer, AccountId::Server))
}

fn paths() -> impl Strategy<Value = InstancePath> {
    any::<(u16, u16)>().prop_map(|(object, instance)| InstancePath::new(object, instance))
}

fn fingerprints() -> impl Strategy<Value = Fingerprint> {
    any::<[u8; 16]>().prop_map(Fingerprint::from_bytes)
}

fn cards() -> impl Strategy<Value = (Iccid, Digest)> {
    any::<([u8; 10], [u8; 32])>()
        .prop_map(|(iccid, digest)| (Iccid::from_bytes(iccid), Digest::from_bytes(digest)))
}

fn accounts() -> impl Strategy<Value = RecordedAccount> {
    use AccountState::{Applied, Disabled, Ignored, Refused};
    let states = proptest::sample::select(vec![Applied, Disabled, Ignored, Refused]);
    let decisions = vec![Decision::Apply, Decision::Ignore, Decision::Refuse];
    let decisions = proptest::sample::select(decisions);
    let instances = any::<(u16, Option<u16>)>();
    (ids(), states, decisions, reasons(), instances, fingerprints(), fingerprints()).prop_map(
        |(id, state, decision, reason, instances, material, settings)| RecordedAccount {
            id,
            state,
            verdict: Verdict { decision, reason },
            security_instance: instances.0,
            server_instance: instances.1,
            material,
            settings,
        },
    )
}

prop_compose! {
    fn intents(most: usize)(
        kind in proptest::sample::select(
            vec![IntentKind::Apply, IntentKind::Disable, IntentKind::Delete]
        ),
        card in proptest::option::of(cards()),
        accounts in vec(ids(), 0..=MAX_RECORDED_ACCOUNTS.min(most)),
        instances in vec(paths(), 0..=MAX_INTENT_INSTANCES.min(most)),
    ) -> Intent {
        Intent { kind, card, accounts, instances }
    }
}

prop_compose! {
    fn records(most: usize)(
        salt: [u8; 16],
        card in proptest::option::of((cards(), proptest::option::of(reasons()))),
        accounts in vec(accounts(), 0..=MAX_RECORDED_ACCOUNTS.min(most)),
        instances in vec((paths(), fingerprints()), 0..=MAX_INSTANCES.min(most)),
        intent in proptest::option::of(intents(most)),
        timeout_runs: bool,
    ) -> Record {
        let card = card.map(|((iccid, digest), refused)| RecordedCard { iccid, digest, refused });
        let instances = instances
            .into_iter()
            .map(|(path, content)| RecordedInstance { path, content })
            .collect();
        Record { salt: Salt::new(salt), card, accounts, instances, intent, timeout_runs }
    }
}

/// A record with every list full and every element of the longest form.
fn full() -> Record {
    let name = RuleName::new(&"n".repeat(RuleName::MAX)).ok();
    let account = RecordedAccount {
        id: AccountId::Server(ShortServerId::new(65534).unwrap()),
        state: AccountState::Refused,
        verdict: Verdict {
            decision: Decision::Refuse,
            reason: Reason::Rule { index: u16::MAX, name },
        },
        security_instance: u16::MAX,
        server_instance: Some(u16::MAX),
        material: Fingerprint::from_bytes([0xFF; 16]),
        settings: Fingerprint::from_bytes([0xFF; 16]),
    };
    let card = (Iccid::from_bytes([0x98; 10]), Digest::from_bytes([0xFF; 32]));
    let path = InstancePath::new(u16::MAX, u16::MAX);
    let instance = RecordedInstance { path, content: Fingerprint::from_bytes([0xFF; 16]) };
    Record {
        salt: Salt::new([0xFF; 16]),
        card: Some(RecordedCard {
            iccid: card.0,
            digest: card.1,
            refused: Some(account.verdict.reason),
        }),
        accounts: vec![account; MAX_RECORDED_ACCOUNTS],
        instances: vec![instance; MAX_INSTANCES],
        intent: Some(Intent {
            kind: IntentKind::Delete,
            card: Some(card),
            accounts: vec![account.id; MAX_RECORDED_ACCOUNTS],
            instances: vec![path; MAX_INTENT_INSTANCES],
        }),
        timeout_runs: true,
    }
}

/// The content with the checksum it should have.
fn sealed(content: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    let sum = sha2::Sha256::digest(content);
    [content, &sum[..8]].concat()
}

proptest! {
    #[test]
    fn ft_02_a_record_comes_back_as_it_was(record in records(usize::MAX)) {
        let bytes = record.to_bytes().unwrap();
        prop_assert!(bytes.len() <= MAX_RECORD);
        prop_assert_eq!(Record::from_bytes(&bytes), Ok(record));
    }

    #[test]
    fn ft_02_a_damaged_record_counts_as_none(
        record in records(4), position: proptest::sample::Index, bit in 0..8_u8
    ) {
        let mut bytes = record.to_bytes().unwrap();
        let position = position.index(bytes.len());
        bytes[position] ^= 1 << bit;
        prop_assert_eq!(Record::from_bytes(&bytes), Err(RecordError::Checksum));
        prop_assert_eq!(Record::from_bytes(&bytes[..position]), Err(RecordError::Checksum));
    }

    #[test]
    fn ft_03_arbitrary_content_never_panics(content in vec(any::<u8>(), 0..400)) {
        let _ = Record::from_bytes(&sealed(&content));
    }

    #[test]
    fn ft_03_altered_content_never_panics_and_what_is_read_comes_back(
        record in records(4), position: proptest::sample::Index, byte: u8
    ) {
        let mut bytes = record.to_bytes().unwrap();
        bytes.truncate(bytes.len() - 8);
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(read) = Record::from_bytes(&sealed(&bytes)) {
            prop_assert_eq!(Record::from_bytes(&read.to_bytes().unwrap()), Ok(read));
        }
    }
}

#[test]
fn ft_02_a_record_of_another_version_counts_as_none() {
    let mut bytes = Record::new(Salt::new([1; 16])).to_bytes().unwrap();
    bytes.truncate(bytes.len() - 8);
    bytes[1] = 1;
    assert_eq!(Record::from_bytes(&sealed(&bytes)), Err(RecordError::Version { found: 1 }));
}

#[test]
fn ft_03_a_full_record_fits_and_one_element_more_is_refused() {
    let full = full();
    let bytes = full.to_bytes().unwrap();
    println!("record: {} bytes when full, {MAX_RECORD} at most", bytes.len());
    assert_eq!(Record::from_bytes(&bytes).as_ref(), Ok(&full));
    let mut more = full.clone();
    more.instances.push(more.instances[0]);
    let malformed = Record::from_bytes(&more.to_bytes().unwrap());
    assert!(matches!(malformed, Err(RecordError::Malformed { .. })));
    let long = vec![0; MAX_RECORD + 1];
    assert_eq!(Record::from_bytes(&long), Err(RecordError::TooLong));
}

#[test]
fn ft_03_a_declared_length_allocates_nothing_by_itself() {
    // [2, salt, null, an array of 2^32 accounts …
    let mut content = vec![0x87, 0x02, 0x50];
    content.extend([0; 16]);
    content.extend([0xF6, 0x9A, 0xFF, 0xFF, 0xFF, 0xFF]);
    let bytes = sealed(&content);
    let used = allocation_counter::measure(|| {
        assert!(matches!(Record::from_bytes(&bytes), Err(RecordError::Malformed { .. })));
    });
    assert!(used.bytes_max < 256, "{} bytes", used.bytes_max);
}

#[test]
fn a_fingerprint_depends_on_salt_content_and_where_parts_end() {
    let of = |salt: u8, parts: &[&[u8]]| Salt::new([salt; 16]).fingerprint(parts);
    assert_eq!(of(1, &[b"ab", b"c"]), of(1, &[b"ab", b"c"]));
    assert_ne!(of(1, &[b"ab", b"c"]), of(2, &[b"ab", b"c"]));
    assert_ne!(of(1, &[b"ab", b"c"]), of(1, &[b"a", b"bc"]));
}
