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

mod reason;

use alloc::vec::Vec;

use minicbor::decode::{Decoder, Error as CborError};
use minicbor::encode::{Encoder, Error, Write};
use sha2::{Digest as _, Sha256};
use simstrap_bootstrap_data::object::ShortServerId;
use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;

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

const CHECKSUM: usize = 8;

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
        let mut encoder = Encoder::new(Bounded(Vec::new()));
        write(self, &mut encoder).map_err(|_| RecordError::TooLong)?;
        let Bounded(mut bytes) = encoder.into_writer();
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
        let mut decoder = Decoder::new(content);
        let malformed = |offset| RecordError::Malformed { offset };
        let read = |decoder: &mut Decoder<'_>| {
            let length = decoder.array()?;
            Ok::<_, CborError>((length, decoder.u8()?))
        };
        let (length, version) = read(&mut decoder).map_err(|_| malformed(decoder.position()))?;
        if version != VERSION {
            return Err(RecordError::Version { found: version });
        }
        let record = read_content(&mut decoder).map_err(|_| malformed(decoder.position()))?;
        if length != Some(7) || decoder.position() != content.len() {
            return Err(malformed(decoder.position()));
        }
        Ok(record)
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let whole: [u8; 32] = Sha256::digest(bytes).into();
    whole.first_chunk().copied().unwrap_or_default()
}

/// A buffer that stops where a record has to.
struct Bounded(Vec<u8>);

struct Full;

impl Write for Bounded {
    type Error = Full;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if self.0.len().saturating_add(bytes.len()) > MAX_RECORD - CHECKSUM {
            return Err(Full);
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

type Writing = Result<(), Error<Full>>;
type Reading<T> = Result<T, CborError>;

/// The length of a list in an array header.
fn count<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

fn write(record: &Record, e: &mut Encoder<Bounded>) -> Writing {
    e.array(7)?.u8(VERSION)?.bytes(record.salt.as_bytes())?;
    match &record.card {
        Some(card) => {
            e.array(3)?.bytes(card.iccid.as_bytes())?.bytes(&card.digest.to_bytes())?;
            match &card.refused {
                Some(refused) => reason::write(refused, e)?,
                None => e.null()?.ok()?,
            }
        }
        None => e.null()?.ok()?,
    }
    e.array(count(&record.accounts))?;
    record.accounts.iter().try_for_each(|account| write_account(account, e))?;
    e.array(count(&record.instances))?;
    for instance in &record.instances {
        e.array(3)?.u16(instance.path.object)?.u16(instance.path.instance)?;
        e.bytes(instance.content.as_bytes())?;
    }
    match &record.intent {
        Some(intent) => write_intent(intent, e)?,
        None => e.null()?.ok()?,
    }
    e.bool(record.timeout_runs)?.ok()
}

fn write_account(account: &RecordedAccount, e: &mut Encoder<Bounded>) -> Writing {
    e.array(8)?.u16(id_number(account.id))?.u8(match account.state {
        AccountState::Applied => 0,
        AccountState::Disabled => 1,
        AccountState::Ignored => 2,
        AccountState::Refused => 3,
    })?;
    e.u8(match account.verdict.decision {
        Decision::Apply => 0,
        Decision::Ignore => 1,
        Decision::Refuse => 2,
    })?;
    reason::write(&account.verdict.reason, e)?;
    e.u16(account.security_instance)?.encode(account.server_instance)?;
    e.bytes(account.material.as_bytes())?.bytes(account.settings.as_bytes())?.ok()
}

fn write_intent(intent: &Intent, e: &mut Encoder<Bounded>) -> Writing {
    e.array(4)?.u8(match intent.kind {
        IntentKind::Apply => 0,
        IntentKind::Disable => 1,
        IntentKind::Delete => 2,
    })?;
    match &intent.card {
        Some((iccid, digest)) => {
            e.array(2)?.bytes(iccid.as_bytes())?.bytes(&digest.to_bytes())?;
        }
        None => e.null()?.ok()?,
    }
    e.array(count(&intent.accounts))?;
    for id in &intent.accounts {
        e.u16(id_number(*id))?;
    }
    e.array(count(&intent.instances))?;
    for path in &intent.instances {
        e.array(2)?.u16(path.object)?.u16(path.instance)?;
    }
    Ok(())
}

fn id_number(id: AccountId) -> u16 {
    id.short_server_id().map_or(0, ShortServerId::to_u16)
}

/// What follows the version.
fn read_content(d: &mut Decoder<'_>) -> Reading<Record> {
    Ok(Record {
        salt: Salt::new(read_bytes(d)?),
        card: optional(d, |d| {
            fixed(d, 3)?;
            Ok(RecordedCard {
                iccid: Iccid::from_bytes(read_bytes(d)?),
                digest: Digest::from_bytes(read_bytes(d)?),
                refused: optional(d, reason::read)?,
            })
        })?,
        accounts: list(d, MAX_RECORDED_ACCOUNTS, read_account)?,
        instances: list(d, MAX_INSTANCES, |d| {
            fixed(d, 3)?;
            let path = InstancePath::new(d.u16()?, d.u16()?);
            Ok(RecordedInstance { path, content: Fingerprint::from_bytes(read_bytes(d)?) })
        })?,
        intent: optional(d, read_intent)?,
        timeout_runs: d.bool()?,
    })
}

fn read_account(d: &mut Decoder<'_>) -> Reading<RecordedAccount> {
    fixed(d, 8)?;
    Ok(RecordedAccount {
        id: read_id(d)?,
        state: match d.u8()? {
            0 => AccountState::Applied,
            1 => AccountState::Disabled,
            2 => AccountState::Ignored,
            3 => AccountState::Refused,
            _ => return Err(unknown()),
        },
        verdict: Verdict {
            decision: match d.u8()? {
                0 => Decision::Apply,
                1 => Decision::Ignore,
                2 => Decision::Refuse,
                _ => return Err(unknown()),
            },
            reason: reason::read(d)?,
        },
        security_instance: d.u16()?,
        server_instance: optional(d, Decoder::u16)?,
        material: Fingerprint::from_bytes(read_bytes(d)?),
        settings: Fingerprint::from_bytes(read_bytes(d)?),
    })
}

fn read_intent(d: &mut Decoder<'_>) -> Reading<Intent> {
    fixed(d, 4)?;
    Ok(Intent {
        kind: match d.u8()? {
            0 => IntentKind::Apply,
            1 => IntentKind::Disable,
            2 => IntentKind::Delete,
            _ => return Err(unknown()),
        },
        card: optional(d, |d| {
            fixed(d, 2)?;
            Ok((Iccid::from_bytes(read_bytes(d)?), Digest::from_bytes(read_bytes(d)?)))
        })?,
        accounts: list(d, MAX_RECORDED_ACCOUNTS, read_id)?,
        instances: list(d, MAX_INTENT_INSTANCES, |d| {
            fixed(d, 2)?;
            Ok(InstancePath::new(d.u16()?, d.u16()?))
        })?,
    })
}

fn read_id(d: &mut Decoder<'_>) -> Reading<AccountId> {
    match d.u16()? {
        0 => Ok(AccountId::BootstrapServer),
        id => ShortServerId::new(id).map(AccountId::Server).ok_or_else(unknown),
    }
}

fn read_bytes<const N: usize>(d: &mut Decoder<'_>) -> Reading<[u8; N]> {
    d.bytes()?.try_into().map_err(|_| unknown())
}

/// A value or null. The decoder's own way skips the null as it would skip any value, and the code
/// for that is large.
fn optional<'b, T>(
    d: &mut Decoder<'b>,
    read: impl FnOnce(&mut Decoder<'b>) -> Reading<T>,
) -> Reading<Option<T>> {
    if d.datatype()? == minicbor::data::Type::Null {
        d.null().map(|()| None)
    } else {
        read(d).map(Some)
    }
}

/// An array of so many elements.
fn fixed(d: &mut Decoder<'_>, length: u64) -> Reading<()> {
    if d.array()? == Some(length) { Ok(()) } else { Err(unknown()) }
}

/// A list of at most `bound` elements; its room grows with what is there, not with what is
/// declared.
fn list<T>(
    d: &mut Decoder<'_>,
    bound: usize,
    mut read: impl FnMut(&mut Decoder<'_>) -> Reading<T>,
) -> Reading<Vec<T>> {
    let length = d.array()?.and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= bound).ok_or_else(unknown)?;
    (0..length).map(|_| read(d)).collect()
}

fn unknown() -> CborError {
    CborError::message("no such value")
}
