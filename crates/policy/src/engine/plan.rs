// SPDX-License-Identifier: Apache-2.0
//! What a check found, and what is to be done.

use alloc::vec::Vec;
use core::fmt;

use simstrap_bootstrap_data::object::ShortServerId;
use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Iccid;

use crate::{AccountId, Assessment, InstancePath, Record};

/// What a check found. A card that could not be read is none of these: nothing follows from it.
#[derive(Debug, Clone, Copy)]
pub enum Observation<'o, 'a> {
    /// A card with a bootstrap file.
    Card {
        /// Identity of the card.
        iccid: Iccid,
        /// Identity of the data.
        digest: Digest,
        /// What the data offers; `None` when the file is no bootstrap data.
        assessment: Option<&'o Assessment<'a>>,
    },
    /// No card, or one without bootstrap data, or deactivated: certain, not merely likely.
    Gone,
}

/// What is to be done, in order.
///
/// Store [`interim`](Self::interim), where there is one; carry out the steps; store
/// [`record`](Self::record). After a power cut anywhere in between, compute a new plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) interim: Option<Record>,
    pub(super) record: Record,
    pub(super) skipped: Vec<InstancePath>,
}

/// One thing to do. Each can be done again without harm; what it is about may be gone already.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// Tell the server that the device leaves, if it can be reached; failing is no failure.
    Deregister(AccountId),
    /// End the session with the server.
    CloseSession(AccountId),
    /// From here on, no Register, no Update, no notification; what is stored stays.
    Disable(AccountId),
    /// End the observations of the server.
    CancelObservations(ShortServerId),
    /// Write the owner (resource 3) of an Access Control instance.
    ChangeOwner {
        /// The Access Control instance.
        access_control: u16,
        /// The new owner.
        owner: ShortServerId,
    },
    /// Remove a server from the list (resource 2) of an Access Control instance.
    RemoveAccess {
        /// The Access Control instance.
        access_control: u16,
        /// The server.
        server: ShortServerId,
    },
    /// Remove an object instance.
    Remove(InstancePath),
    /// Write an object instance, replacing what is there.
    Write {
        /// Which one.
        path: InstancePath,
        /// Its resources, as LwM2M TLV: what a Bootstrap Write carries.
        bytes: &'a [u8],
    },
    /// The account is complete and can be used, once the record is stored.
    Enable(AccountId),
    /// The account is unchanged and goes on, with its session.
    Keep(AccountId),
}

impl<'a> Plan<'a> {
    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// The record to store before the first step; `None` when nothing on the device changes.
    #[must_use]
    pub const fn interim(&self) -> Option<&Record> {
        self.interim.as_ref()
    }

    /// The record that holds once the plan is carried out.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Object instances of the data that are left out although accounts are applied: of objects
    /// the device does not support, about accounts that are not applied, or in the place of what
    /// takes precedence.
    #[must_use]
    pub fn skipped(&self) -> &[InstancePath] {
        &self.skipped
    }

    /// The record that holds once the plan is carried out.
    #[must_use]
    pub fn into_record(self) -> Record {
        self.record
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deregister(id) => write!(f, "de-register from {id}"),
            Self::CloseSession(id) => write!(f, "close the session with {id}"),
            Self::Disable(id) => write!(f, "disable {id}"),
            Self::CancelObservations(id) => write!(f, "cancel observations of server {id}"),
            Self::ChangeOwner { access_control, owner } => {
                write!(f, "make server {owner} the owner in /2/{access_control}")
            }
            Self::RemoveAccess { access_control, server } => {
                write!(f, "remove server {server} from /2/{access_control}")
            }
            Self::Remove(path) => write!(f, "remove {path}"),
            Self::Write { path, bytes } => write!(f, "write {path} ({} bytes)", bytes.len()),
            Self::Enable(id) => write!(f, "enable {id}"),
            Self::Keep(id) => write!(f, "keep {id}"),
        }
    }
}

/// Without the bytes, which may be keys.
impl fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Step({self})")
    }
}
