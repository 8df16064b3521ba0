// SPDX-License-Identifier: Apache-2.0
//! The LwM2M device that the command plays: what it holds, what it talks through, and how it
//! does what the client wants done.
//!
//! ```text
//!  Driver ─▶ Host ─┬─▶ Device ──▶ StateDir       object instances, kept in a file
//!                  ├─▶ Uplink ──▶ servers        Register, Update, Bootstrap
//!                  ├─▶ Agenda                    timers, Updates to come
//!                  └─▶ Narrator ─▶ standard output
//! ```

mod account;
mod agenda;
mod contents;
mod counted;
mod factory;
mod host;
mod mailbox;
mod narrator;
pub(crate) mod state_dir;
mod uplink;

pub(crate) use account::Account;
pub(crate) use contents::{Contents, Held};
pub(crate) use counted::Counted;
pub(crate) use factory::{FactoryData, FactoryError};
pub(crate) use host::{DeviceHost, HostOptions, Lines, NoLines};
pub(crate) use mailbox::{Arrival, Letter, Mailbox};
pub(crate) use narrator::{Narration, Narrator, Style, Talk};
pub(crate) use state_dir::{RecordStore, StateDir, StateError};
pub(crate) use uplink::{LogUplink, Uplink, UplinkError, UplinkEvent};

use simstrap_client::View;
use simstrap_policy::bootstrap_data::object::AccessControlEntry;
use simstrap_policy::{
    AccountId, Device as DeviceView, HeldAccessControl, HeldInstance, InstancePath, Source, Step,
};

/// What a device holds, in memory and, where it has a [`StateDir`], in a file. A change is in
/// both or in neither.
#[derive(Debug)]
pub(crate) struct Device {
    contents: Contents,
    state: Option<StateDir>,
}

/// Why a device did not change.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceError {
    /// It could not be stored.
    #[error(transparent)]
    Stored(#[from] StateError),
    /// What was to be written is malformed, or there is no room for it.
    #[error(transparent)]
    Contents(#[from] contents::ContentsError),
}

impl Device {
    /// A device that forgets everything when it is switched off.
    pub(crate) fn in_memory() -> Self {
        Self { contents: Contents::default(), state: None }
    }

    /// A device that keeps what it holds in a directory, as it was left.
    pub(crate) fn kept_in(state: StateDir) -> Result<Self, StateError> {
        Ok(Self { contents: state.load()?, state: Some(state) })
    }

    /// What it holds now.
    pub(crate) const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The account of a server, or of the bootstrap server, as far as the device has it.
    pub(crate) fn account(&self, id: AccountId) -> Option<Account<'_>> {
        self.contents.account(id)
    }

    /// Replaces what it holds, for example by a changed copy of [`contents`](Self::contents):
    /// stored first, so that after an error and after a power cut the device is as before.
    pub(crate) fn replace(&mut self, contents: Contents) -> Result<(), StateError> {
        if contents != self.contents {
            if let Some(state) = &self.state {
                state.save(&contents)?;
            }
            self.contents = contents;
        }
        Ok(())
    }

    /// Carries out what a step changes on the device itself; sessions are the uplink's.
    pub(crate) fn carry_out(&mut self, step: &Step<'_>) -> Result<(), DeviceError> {
        let mut contents = self.contents.clone();
        match *step {
            Step::Disable(id) => contents.disable(id),
            Step::Enable(id) => contents.enable(id),
            Step::Remove(path) => contents.remove(path),
            Step::Write { path, bytes } => contents.write(path, bytes, Source::Smartcard)?,
            Step::ChangeOwner { access_control, owner } => {
                contents.change_owner(access_control, owner)?;
            }
            Step::RemoveAccess { access_control, server } => {
                contents.remove_access(access_control, server)?;
            }
            // Sessions, and what only tells how it stands.
            _ => return Ok(()),
        }
        Ok(self.replace(contents)?)
    }

    /// Removes the account of the bootstrap server.
    pub(crate) fn purge_bootstrap_server(&mut self) -> Result<(), StateError> {
        let mut contents = self.contents.clone();
        contents.retain(|path, held| held.account(path) != Some(AccountId::BootstrapServer));
        self.replace(contents)
    }

    /// Shows what it holds to the client.
    pub(crate) fn with_view<R>(&self, look: impl FnOnce(&View<'_>) -> R) -> R {
        let instances: Vec<_> = self
            .contents
            .iter()
            .map(|(path, held)| HeldInstance {
                path,
                source: Some(held.source()),
                account: held.account(path),
            })
            .collect();
        let lists: Vec<(u16, _, Vec<AccessControlEntry>)> = self
            .contents
            .access_control()
            .map(|(instance, access)| {
                let entries = access.entries().collect();
                (instance, access, entries)
            })
            .collect();
        let access_control: Vec<_> = lists
            .iter()
            .filter_map(|(instance, access, entries)| {
                Some(HeldAccessControl {
                    instance: *instance,
                    target: InstancePath::new(access.object?, access.instance?),
                    owner: access.owner?,
                    entries,
                })
            })
            .collect();
        let bootstrap_server = self.account(AccountId::BootstrapServer);
        let security = bootstrap_server.as_ref().map(|account| &account.security);
        look(&View {
            device: DeviceView { instances: &instances, access_control: &access_control },
            hold_off: security.and_then(|security| security.hold_off).unwrap_or(0),
            account_timeout: security.and_then(|security| security.account_timeout).unwrap_or(0),
        })
    }
}
