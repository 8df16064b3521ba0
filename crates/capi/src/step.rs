// SPDX-License-Identifier: Apache-2.0
//! Steps of a plan, as the LwM2M stack carries them out.

use core::ptr;

use ::simstrap_policy::bootstrap_data::object::ShortServerId;
use ::simstrap_policy::{AccountId, InstancePath, Step};

/// What a step does.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_step_kind {
    /// Tell `server` that the device leaves, if it can be reached; failing is no failure.
    Deregister = 0,
    /// End the session with `server`.
    CloseSession = 1,
    /// From here on, no Register, no Update, no notification to `server`; what is stored stays.
    Disable = 2,
    /// End the observations of `server`.
    CancelObservations = 3,
    /// Make `server` the owner (resource 3) of Access Control instance `instance`.
    ChangeOwner = 4,
    /// Remove `server` from the list (resource 2) of Access Control instance `instance`.
    RemoveAccess = 5,
    /// Remove the object instance `object`/`instance`.
    Remove = 6,
    /// Write the object instance `object`/`instance`, replacing what is there: `bytes`.
    Write = 7,
    /// The account of `server` is complete and can be used once the record is stored.
    Enable = 8,
    /// The account of `server` is unchanged and goes on, with its session.
    Keep = 9,
}

/// One thing to do. It can be done again without harm; what it is about may be gone already,
/// which is no failure. It lives as long as the callback it is shown to.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_step {
    /// What to do. A number that is not known is not to be carried out: return a failure.
    pub kind: simstrap_step_kind,
    /// Short server id; 0 is the bootstrap server.
    pub server: u16,
    /// Object id.
    pub object: u16,
    /// Object instance id.
    pub instance: u16,
    /// Resources as LwM2M TLV: what a Bootstrap Write carries. It may hold keys: wipe what is not
    /// kept. `NULL` for steps that write nothing.
    pub bytes: *const u8,
    /// Number of `bytes`.
    pub length: usize,
}

impl simstrap_step {
    /// `None` for a step that this API does not know.
    pub(crate) fn new(step: &Step<'_>) -> Option<Self> {
        let of_account = |kind, account| Self::of_server(kind, server_number(account));
        let of_instance = |kind, path: InstancePath| Self {
            object: path.object,
            instance: path.instance,
            ..Self::of_server(kind, 0)
        };
        let of_access = |kind, instance, server: ShortServerId| Self {
            server: server.to_u16(),
            ..of_instance(kind, InstancePath::new(2, instance))
        };
        Some(match *step {
            Step::Deregister(id) => of_account(simstrap_step_kind::Deregister, id),
            Step::CloseSession(id) => of_account(simstrap_step_kind::CloseSession, id),
            Step::Disable(id) => of_account(simstrap_step_kind::Disable, id),
            Step::CancelObservations(id) => {
                Self::of_server(simstrap_step_kind::CancelObservations, id.to_u16())
            }
            Step::ChangeOwner { access_control, owner } => {
                of_access(simstrap_step_kind::ChangeOwner, access_control, owner)
            }
            Step::RemoveAccess { access_control, server } => {
                of_access(simstrap_step_kind::RemoveAccess, access_control, server)
            }
            Step::Remove(path) => of_instance(simstrap_step_kind::Remove, path),
            Step::Write { path, bytes } => Self {
                bytes: bytes.as_ptr(),
                length: bytes.len(),
                ..of_instance(simstrap_step_kind::Write, path)
            },
            Step::Enable(id) => of_account(simstrap_step_kind::Enable, id),
            Step::Keep(id) => of_account(simstrap_step_kind::Keep, id),
            _ => return None,
        })
    }

    const fn of_server(kind: simstrap_step_kind, server: u16) -> Self {
        Self { kind, server, object: 0, instance: 0, bytes: ptr::null(), length: 0 }
    }
}

/// An account as a number: the short server id, 0 for the bootstrap server.
pub(crate) fn server_number(account: AccountId) -> u16 {
    account.short_server_id().map_or(0, ShortServerId::to_u16)
}

/// The account of a number; `None` for 65535.
pub(crate) fn account_of(server: u16) -> Option<AccountId> {
    match server {
        0 => Some(AccountId::BootstrapServer),
        id => ShortServerId::new(id).map(AccountId::Server),
    }
}
