// SPDX-License-Identifier: Apache-2.0
//! Unbootstrapping: what has to go with an account (TS Core E.1.3).

use alloc::vec::Vec;

use simstrap_bootstrap_data::object::{
    AccessControl, AccessControlEntry, AccessRights, Security, Server, ShortServerId,
};

use super::Step;
use crate::{AccountId, Device, HeldAccessControl, InstancePath};

/// Access control for an object itself, not for an instance.
const OBJECT_ITSELF: u16 = u16::MAX;

/// The Device object: every device has its one instance, always.
const DEVICE: u16 = 3;

/// Accounts that are deleted together, so that none of them inherits from another.
pub(super) struct Deletion<'d> {
    pub(super) device: Device<'d>,
    pub(super) servers: &'d [AccountId],
    /// Instances that came from the card.
    pub(super) ours: &'d [InstancePath],
}

impl Deletion<'_> {
    /// Adds the steps that come before instances are removed, and the instances to remove with
    /// those that `remove` has already.
    pub(super) fn steps(&self, remove: &mut Vec<InstancePath>, steps: &mut Vec<Step<'_>>) {
        let deleted = self.servers.iter().filter_map(|id| id.short_server_id());
        steps.extend(deleted.map(Step::CancelObservations));
        for access in self.device.access_control {
            let own = InstancePath::new(AccessControl::OBJECT_ID, access.instance);
            if remove.contains(&own) {
                continue;
            }
            if remove.contains(&access.target) {
                remove.push(own);
                continue;
            }
            self.access(access, own, remove, steps);
        }
    }

    /// What becomes of one Access Control instance, and of what it is about.
    fn access(
        &self,
        access: &HeldAccessControl<'_>,
        own: InstancePath,
        remove: &mut Vec<InstancePath>,
        steps: &mut Vec<Step<'_>>,
    ) {
        let gone = || access.entries.iter().filter(|entry| self.is_deleted(entry.server));
        let owner_gone = self.is_deleted(access.owner);
        if !owner_gone && gone().next().is_none() {
            return;
        }
        let access_control = access.instance;
        let heir = self.heir(access);
        let nobody_left = if owner_gone {
            heir.is_none()
        } else {
            // Without an owner only what came from the card goes: the rest is not ours (DD-01).
            ShortServerId::new(access.owner).is_none()
                && heir.is_none()
                && self.ours.contains(&access.target)
        };
        if nobody_left {
            let is_kept = access.target.instance == OBJECT_ITSELF
                || matches!(
                    access.target.object,
                    Security::OBJECT_ID | Server::OBJECT_ID | AccessControl::OBJECT_ID | DEVICE
                );
            if !is_kept {
                remove.push(access.target);
            }
            remove.push(own);
            return;
        }
        if let Some(owner) = heir.filter(|_| owner_gone) {
            steps.push(Step::ChangeOwner { access_control, owner });
        }
        let servers = gone().filter_map(|entry| ShortServerId::new(entry.server));
        steps.extend(servers.map(|server| Step::RemoveAccess { access_control, server }));
    }

    /// Who owns an instance next: the server with the highest sum of rights, Write and Delete
    /// counting 1 each; of equals the first. Who has access by the default entry comes after all
    /// that are named.
    fn heir(&self, access: &HeldAccessControl<'_>) -> Option<ShortServerId> {
        let mut best: Option<(ShortServerId, u8)> = None;
        for entry in access.entries.iter().filter(|entry| has_access(entry)) {
            let Some(server) = ShortServerId::new(entry.server) else { continue };
            let sum = u8::from(entry.rights.contains(AccessRights::WRITE))
                + u8::from(entry.rights.contains(AccessRights::DELETE));
            if !self.is_deleted(entry.server) && best.is_none_or(|(_, highest)| sum > highest) {
                best = Some((server, sum));
            }
        }
        let by_default = || {
            let named = |server: ShortServerId| {
                access.entries.iter().any(|entry| entry.server == server.to_u16())
            };
            let open = access.entries.iter().any(|entry| entry.server == 0 && has_access(entry));
            let accounts = self.device.instances.iter().filter_map(|held| held.account);
            let mut servers = accounts.filter_map(AccountId::short_server_id);
            servers.find(|server| open && !self.is_deleted(server.to_u16()) && !named(*server))
        };
        best.map(|(server, _)| server).or_else(by_default)
    }

    fn is_deleted(&self, server: u16) -> bool {
        let id = ShortServerId::new(server).map(AccountId::Server);
        id.is_some_and(|id| self.servers.contains(&id))
    }
}

const fn has_access(entry: &AccessControlEntry) -> bool {
    entry.rights.bits() != 0
}
