// SPDX-License-Identifier: Apache-2.0
//! The record as bytes: CBOR (RFC 8949), then a checksum.
//!
//! ```text
//! record   = [version, salt, card / null, [account…], [instance…], intent / null, timeout]
//!            checksum (8)
//! card     = [iccid, digest, reason / null]
//! account  = [id, state, decision, reason, instance, instance / null, material, settings]
//! reason   = [code, number / null, number / null, name / null]
//! instance = [object, instance, content]
//! intent   = [kind, [iccid, digest] / null, [id…], [[object, instance]…]]
//! timeout  = whether the account timeout runs
//! ```
//!
//! An account id is the short server id, 0 for the bootstrap server. The checksum is the first 8
//! bytes of the SHA-256 of what precedes it.
#![warn(clippy::arithmetic_side_effects)]

mod reader;
mod reason;
mod writer;

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};
use simstrap_bootstrap_data::object::ShortServerId;
use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;

use reader::Reader;
use writer::Writer;

use super::{
    AccountState, Fingerprint, Intent, IntentKind, MAX_INTENT_INSTANCES, MAX_RECORDED_ACCOUNTS,
    Record, RecordedAccount, RecordedCard, RecordedInstance, Salt,
};
use crate::{AccountId, Decision, InstancePath, MAX_INSTANCES, Verdict};

/// The longest record in bytes: every list full takes some 13 KiB. One of two accounts takes some
/// 300 bytes.
pub const MAX_RECORD: usize = 16 * 1024;

/// The layout above.
const VERSION: u8 = 2;

/// The fields of a record.
const FIELDS: usize = 7;

const CHECKSUM: usize = 8;

const STATES: [AccountState; 4] =
    [AccountState::Applied, AccountState::Disabled, AccountState::Ignored, AccountState::Refused];

const DECISIONS: [Decision; 3] = [Decision::Apply, Decision::Ignore, Decision::Refuse];

const INTENTS: [IntentKind; 3] = [IntentKind::Apply, IntentKind::Disable, IntentKind::Delete];

/// Why bytes are no record, or a record does not become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Longer than [`MAX_RECORD`].
    #[error("the record has more than {MAX_RECORD} bytes")]
    TooLong,
    /// The checksum is not that of the bytes: they were damaged or never written whole.
    #[error("the checksum of the record is wrong")]
    Checksum,
    /// Another version of this library wrote it.
    #[error("the record has version {found}, {VERSION} is known")]
    Version {
        /// Its version.
        found: u8,
    },
    /// Not what a record holds.
    #[error("byte {offset} of the record is not what stands there in a record")]
    Malformed {
        /// Position, where known, or the length of the record.
        offset: usize,
    },
}

impl Record {
    /// The record as bytes, at most [`MAX_RECORD`].
    ///
    /// # Errors
    /// [`RecordError::TooLong`]; no record of this crate's own making is.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        let mut writer = Writer::new(MAX_RECORD - CHECKSUM);
        write(self, &mut writer);
        let mut bytes = writer.finish().ok_or(RecordError::TooLong)?;
        bytes.extend_from_slice(&checksum(&bytes));
        Ok(bytes)
    }

    /// Reads a record. Whatever the error, it counts as none: go on with [`Record::new`].
    ///
    /// # Errors
    /// [`RecordError`]: damaged, of another version, or no record at all.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD {
            return Err(RecordError::TooLong);
        }
        let (content, kept) = bytes.split_last_chunk().ok_or(RecordError::Checksum)?;
        if checksum(content) != *kept {
            return Err(RecordError::Checksum);
        }
        let mut reader = Reader::new(content);
        // Of another version the length may be another, too.
        let length = reader.list(usize::from(u8::MAX));
        let version = reader.byte();
        if version != VERSION && !reader.has_failed() {
            return Err(RecordError::Version { found: version });
        }
        reader.known((length == FIELDS).then_some(()), ());
        let record = read(&mut reader);
        match reader.error() {
            Some(offset) => Err(RecordError::Malformed { offset }),
            None => Ok(record),
        }
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let whole: [u8; 32] = Sha256::digest(bytes).into();
    whole.first_chunk().copied().unwrap_or_default()
}

fn write(record: &Record, w: &mut Writer) {
    w.array(FIELDS);
    w.number(u16::from(VERSION));
    w.bytes(record.salt.as_bytes());
    match &record.card {
        Some(card) => {
            w.array(3);
            write_identity(card.iccid, card.digest, w);
            match &card.refused {
                Some(refused) => reason::write(refused, w),
                None => w.null(),
            }
        }
        None => w.null(),
    }
    w.array(record.accounts.len());
    for account in &record.accounts {
        write_account(account, w);
    }
    w.array(record.instances.len());
    for instance in &record.instances {
        w.array(3);
        write_path(instance.path, w);
        w.bytes(instance.content.as_bytes());
    }
    match &record.intent {
        Some(intent) => write_intent(intent, w),
        None => w.null(),
    }
    w.boolean(record.timeout_runs);
}

fn write_account(account: &RecordedAccount, w: &mut Writer) {
    w.array(8);
    w.number(id_number(account.id));
    w.number(number(&STATES, &account.state));
    w.number(number(&DECISIONS, &account.verdict.decision));
    reason::write(&account.verdict.reason, w);
    w.number(account.security_instance);
    w.optional_number(account.server_instance);
    w.bytes(account.material.as_bytes());
    w.bytes(account.settings.as_bytes());
}

fn write_intent(intent: &Intent, w: &mut Writer) {
    w.array(4);
    w.number(number(&INTENTS, &intent.kind));
    match intent.card {
        Some((iccid, digest)) => {
            w.array(2);
            write_identity(iccid, digest, w);
        }
        None => w.null(),
    }
    w.array(intent.accounts.len());
    for id in &intent.accounts {
        w.number(id_number(*id));
    }
    w.array(intent.instances.len());
    for path in &intent.instances {
        w.array(2);
        write_path(*path, w);
    }
}

fn write_identity(iccid: Iccid, digest: Digest, w: &mut Writer) {
    w.bytes(iccid.as_bytes());
    w.bytes(&digest.to_bytes());
}

fn write_path(path: InstancePath, w: &mut Writer) {
    w.number(path.object);
    w.number(path.instance);
}

fn id_number(id: AccountId) -> u16 {
    id.short_server_id().map_or(0, ShortServerId::to_u16)
}

/// The place of a value among all, which is its number in a record.
fn number<T: PartialEq>(all: &[T], value: &T) -> u16 {
    let place = all.iter().position(|one| one == value);
    place.and_then(|place| u16::try_from(place).ok()).unwrap_or(u16::MAX)
}

/// What follows the version.
fn read(r: &mut Reader<'_>) -> Record {
    Record {
        salt: Salt::new(r.bytes()),
        card: (!r.is_null()).then(|| {
            r.array(3);
            let (iccid, digest) = read_identity(r);
            let refused = (!r.is_null()).then(|| reason::read(r));
            RecordedCard { iccid, digest, refused }
        }),
        accounts: list(r, MAX_RECORDED_ACCOUNTS, read_account),
        instances: list(r, MAX_INSTANCES, |r| {
            r.array(3);
            RecordedInstance { path: read_path(r), content: Fingerprint::from_bytes(r.bytes()) }
        }),
        intent: (!r.is_null()).then(|| read_intent(r)),
        timeout_runs: r.boolean(),
    }
}

fn read_account(r: &mut Reader<'_>) -> RecordedAccount {
    r.array(8);
    RecordedAccount {
        id: read_id(r),
        state: one_of(r, &STATES, AccountState::Refused),
        verdict: Verdict {
            decision: one_of(r, &DECISIONS, Decision::Refuse),
            reason: reason::read(r),
        },
        security_instance: r.number(u16::MAX),
        server_instance: r.optional_number(),
        material: Fingerprint::from_bytes(r.bytes()),
        settings: Fingerprint::from_bytes(r.bytes()),
    }
}

fn read_intent(r: &mut Reader<'_>) -> Intent {
    r.array(4);
    Intent {
        kind: one_of(r, &INTENTS, IntentKind::Delete),
        card: (!r.is_null()).then(|| {
            r.array(2);
            read_identity(r)
        }),
        accounts: list(r, MAX_RECORDED_ACCOUNTS, read_id),
        instances: list(r, MAX_INTENT_INSTANCES, |r| {
            r.array(2);
            read_path(r)
        }),
    }
}

fn read_identity(r: &mut Reader<'_>) -> (Iccid, Digest) {
    (Iccid::from_bytes(r.bytes()), Digest::from_bytes(r.bytes()))
}

fn read_path(r: &mut Reader<'_>) -> InstancePath {
    InstancePath::new(r.number(u16::MAX), r.number(u16::MAX))
}

fn read_id(r: &mut Reader<'_>) -> AccountId {
    match r.number(u16::MAX) {
        0 => AccountId::BootstrapServer,
        id => {
            let id = ShortServerId::new(id).map(AccountId::Server);
            r.known(id, AccountId::BootstrapServer)
        }
    }
}

/// The value at the place that a number names; `instead` where there is none.
fn one_of<T: Copy>(r: &mut Reader<'_>, all: &[T], instead: T) -> T {
    let place = usize::from(r.number(u16::MAX));
    r.known(all.get(place).copied(), instead)
}

/// A list of at most `max` elements; its room grows with what is there, not with what is
/// declared.
fn list<T>(r: &mut Reader<'_>, max: usize, read: fn(&mut Reader<'_>) -> T) -> Vec<T> {
    let mut list = Vec::new();
    for _ in 0..r.list(max) {
        if r.has_failed() {
            break;
        }
        list.push(read(r));
    }
    list
}
