// SPDX-License-Identifier: Apache-2.0
//! What the device holds, as the stack shows it.

use alloc::vec::Vec;
use core::cell::RefCell;
use core::ptr;

use ::simstrap_client::View;
use ::simstrap_policy::bootstrap_data::object::{AccessControlEntry, AccessRights};
use ::simstrap_policy::{
    Device, HeldAccessControl, HeldInstance, InstancePath, MAX_INSTANCES, Source,
};

use crate::border::{self, guard};
use crate::error::{Failure, simstrap_status};
use crate::step::account_of;

/// What the device holds, filled in by the stack, in the callback it is given to: afterwards, as long
/// as the client lives, it answers `SIMSTRAP_STATUS_CLOSED`. One that `simstrap_assess` gives is gone
/// then.
#[derive(Debug, Default)]
pub struct simstrap_view {
    /// `None` when nobody is asked what the device holds.
    shown: RefCell<Option<Shown>>,
}

/// What the device holds.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    instances: Vec<HeldInstance>,
    access_controls: Vec<AccessControl>,
    hold_off: u32,
    account_timeout: u32,
}

/// Where an object instance came from.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_source {
    /// The device does not keep track; the record tells what came from the card.
    Unknown = 0,
    /// The smart card.
    Smartcard = 1,
    /// The factory.
    Factory = 2,
    /// A bootstrap server.
    BootstrapServer = 3,
    /// A server, through device management.
    Server = 4,
}

/// What a server may do with an object instance.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct simstrap_access_entry {
    /// Short server id; 0 is every server without an entry of its own.
    pub server: u16,
    /// Bits: 1 Read, 2 Write, 4 Execute, 8 Delete, 16 Create.
    pub rights: u8,
}

#[derive(Debug)]
struct AccessControl {
    instance: u16,
    target: InstancePath,
    owner: u16,
    entries: Vec<AccessControlEntry>,
}

/// The most entries of one Access Control instance: one for every account there can be, twice.
const MAX_ENTRIES: usize = MAX_INSTANCES;

/// Shows an instance of Security (0) or Server (1) with the account it belongs to. All of them have
/// to be shown: an account none of whose instances is shown is not used.
///
/// `server`: short server id; 0 for the Security instance of the bootstrap server. `source`: one of
/// `simstrap_source`.
///
/// # Safety
/// `view` is what the callback was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_view_account(
    view: *mut simstrap_view,
    object: u16,
    instance: u16,
    server: u16,
    source: i32,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let view = border::borrow(view, "view")?;
            let account = account_of(server).filter(|_| object <= 1);
            let wrong = "accounts have instances of object 0 and 1, and server ids up to 65534";
            let account = Some(account.ok_or_else(|| Failure::invalid(wrong))?);
            let path = InstancePath::new(object, instance);
            let source = source_of(source)?;
            view.show(|shown| shown.push(HeldInstance { path, source, account }))
        })
    }
}

/// Shows an instance of another object: one that came from the card, or that what comes from the
/// card could meet. Others may be left out.
///
/// # Safety
/// `view` is what the callback was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_view_instance(
    view: *mut simstrap_view,
    object: u16,
    instance: u16,
    source: i32,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let view = border::borrow(view, "view")?;
            let path = InstancePath::new(object, instance);
            let source = source_of(source)?;
            view.show(|shown| shown.push(HeldInstance { path, source, account: None }))
        })
    }
}

/// Shows an Access Control instance (object 2). A device without that object has none.
///
/// `object`, `target`: resources 0 and 1, what it is about. `owner`: resource 3. `entries`: resource
/// 2, `count` of them; copied.
///
/// # Safety
/// `view` is what the callback was given, `entries` points to `count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_view_access_control(
    view: *mut simstrap_view,
    instance: u16,
    object: u16,
    target: u16,
    owner: u16,
    entries: *const simstrap_access_entry,
    count: usize,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let view = border::borrow(view, "view")?;
            if count > MAX_ENTRIES {
                return Err(too_many());
            }
            let given = border::elements(entries, count, MAX_ENTRIES, "entries")?;
            let entry = |entry: &simstrap_access_entry| {
                let rights = AccessRights::new(entry.rights)?;
                Some(AccessControlEntry { server: entry.server, rights })
            };
            let entries: Option<Vec<_>> = given.iter().map(entry).collect();
            let entries = entries.ok_or_else(|| Failure::invalid("rights are bits 0 to 4"))?;
            let target = InstancePath::new(object, target);
            view.show(|shown| {
                if shown.access_controls.len() >= MAX_INSTANCES {
                    return Err(too_many());
                }
                shown.access_controls.push(AccessControl { instance, target, owner, entries });
                Ok(())
            })
        })
    }
}

/// Shows the times of the bootstrap-server account, in seconds: resources 11 and 12 of its Security
/// instance, 0 where it has none. Without a call, both are 0.
///
/// # Safety
/// `view` is what the callback was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_view_bootstrap_times(
    view: *mut simstrap_view,
    hold_off: u32,
    account_timeout: u32,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            border::borrow(view, "view")?.show(|shown| {
                (shown.hold_off, shown.account_timeout) = (hold_off, account_timeout);
                Ok(())
            })
        })
    }
}

impl simstrap_view {
    /// Shows something, within the callback.
    fn show(&self, add: impl FnOnce(&mut Shown) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut shown = self.shown.try_borrow_mut().ok();
        let shown = shown.as_mut().and_then(|shown| shown.as_mut());
        let outside = "a view is filled in within the callback that it is given to";
        add(shown.ok_or_else(|| Failure::new(simstrap_status::Closed, outside))?)
    }

    /// What the callback shows, empty if nothing.
    pub(crate) fn ask(&self, callback: impl FnOnce()) -> Shown {
        self.shown.replace(Some(Shown::default()));
        callback();
        self.shown.take().unwrap_or_default()
    }
}

impl Shown {
    fn push(&mut self, held: HeldInstance) -> Result<(), Failure> {
        // Twice what the card can bring: others may hold as much again.
        if self.instances.len() >= 2 * MAX_INSTANCES {
            return Err(too_many());
        }
        self.instances.push(held);
        Ok(())
    }

    /// Hands what was shown to a function.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&View<'_>) -> R) -> R {
        let access_control: Vec<_> = self
            .access_controls
            .iter()
            .map(|held| HeldAccessControl {
                instance: held.instance,
                target: held.target,
                owner: held.owner,
                entries: &held.entries,
            })
            .collect();
        let device = Device { instances: &self.instances, access_control: &access_control };
        let (hold_off, account_timeout) = (self.hold_off, self.account_timeout);
        let view = View { device, hold_off, account_timeout };
        look(&view)
    }
}

fn too_many() -> Failure {
    Failure::new(simstrap_status::BufferTooSmall, "more than a device can hold of it")
}

fn source_of(source: i32) -> Result<Option<Source>, Failure> {
    Ok(match source {
        0 => None,
        1 => Some(Source::Smartcard),
        2 => Some(Source::Factory),
        3 => Some(Source::BootstrapServer),
        4 => Some(Source::Server),
        _ => return Err(Failure::invalid("source is no simstrap_source")),
    })
}
