// SPDX-License-Identifier: Apache-2.0
//! The object instances of a device, and which accounts are disabled.

use std::collections::{BTreeMap, BTreeSet};

use simstrap_policy::bootstrap_data::object::{AccessControl, Security, Server, ShortServerId};
use simstrap_policy::bootstrap_data::{
    BootstrapData, BootstrapDataRef, DecodeError, EncodeError, InstanceRef, Value,
};
use simstrap_policy::{AccountId, Assessment, Finding, InstancePath, Severity, Source};
use zeroize::Zeroizing;

use super::Account;

/// What a device holds. A copy can be changed and put in place of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    instances: BTreeMap<InstancePath, Held>,
    disabled: BTreeSet<AccountId>,
}

/// An object instance: its resources as LwM2M TLV, wiped when dropped, and who wrote it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Held {
    resources: Zeroizing<Vec<u8>>,
    source: Source,
}

/// Why something cannot be among what a device holds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentsError {
    /// It is no instance in LwM2M TLV.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// There is no room.
    #[error(transparent)]
    NoRoom(#[from] EncodeError),
    /// Accounts would be left that no device can use.
    #[error("{0}")]
    Inconsistent(Finding),
}

impl Held {
    /// Its resources, as LwM2M TLV.
    pub(crate) fn resources(&self) -> &[u8] {
        &self.resources
    }

    /// Who wrote it last.
    pub(crate) const fn source(&self) -> Source {
        self.source
    }

    /// The account it is part of, where it is one of Security or Server.
    pub(crate) fn account(&self, path: InstancePath) -> Option<AccountId> {
        let instance = self.instance(path)?;
        match path.object {
            Security::OBJECT_ID => {
                let security = Security::from_instance(&instance).ok()?;
                if security.is_bootstrap_server() {
                    return Some(AccountId::BootstrapServer);
                }
                security.short_server_id.map(AccountId::Server)
            }
            Server::OBJECT_ID => {
                Server::from_instance(&instance).ok()?.short_server_id.map(AccountId::Server)
            }
            _ => None,
        }
    }

    /// Its resources, one by one. What is held was checked when it was written.
    pub(crate) fn instance(&self, path: InstancePath) -> Option<InstanceRef<'_>> {
        InstanceRef::from_resources(path.object, path.instance, &self.resources).ok()
    }
}

/// Without the bytes, which may be keys.
impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({} bytes, {})", self.resources.len(), self.source)
    }
}

impl Contents {
    /// The object instances, by object and instance id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (InstancePath, &Held)> {
        self.instances.iter().map(|(path, held)| (*path, held))
    }

    /// An object instance.
    pub(crate) fn get(&self, path: InstancePath) -> Option<&Held> {
        self.instances.get(&path)
    }

    /// The accounts that must not be used.
    pub(crate) const fn disabled(&self) -> &BTreeSet<AccountId> {
        &self.disabled
    }

    /// Every account that has a Security instance.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = Account<'_>> {
        let of_object = |object| move |(path, _): &(InstancePath, _)| path.object == object;
        self.iter().filter(of_object(Security::OBJECT_ID)).filter_map(move |(path, held)| {
            let security = Security::from_instance(&held.instance(path)?).ok()?;
            let id = held.account(path)?;
            let mut servers = self.iter().filter(of_object(Server::OBJECT_ID));
            let server = servers.find(|(path, held)| held.account(*path) == Some(id));
            let server =
                server.and_then(|(path, held)| Server::from_instance(&held.instance(path)?).ok());
            Some(Account { id, security, server, source: held.source })
        })
    }

    /// An account.
    pub(crate) fn account(&self, id: AccountId) -> Option<Account<'_>> {
        self.accounts().find(|account| account.id == id)
    }

    /// The instances of Access Control, typed.
    pub(crate) fn access_control(&self) -> impl Iterator<Item = (u16, AccessControl<'_>)> {
        let held = self.iter().filter(|(path, _)| path.object == AccessControl::OBJECT_ID);
        held.filter_map(|(path, held)| {
            Some((path.instance, AccessControl::from_instance(&held.instance(path)?).ok()?))
        })
    }

    /// Writes an instance, in place of what is there.
    pub(crate) fn write(
        &mut self,
        path: InstancePath,
        resources: &[u8],
        source: Source,
    ) -> Result<(), ContentsError> {
        InstanceRef::from_resources(path.object, path.instance, resources)?;
        let held = Held { resources: Zeroizing::new(resources.to_vec()), source };
        let before = self.instances.insert(path, held);
        if let Err(error) = self.to_data() {
            match before {
                Some(before) => self.instances.insert(path, before),
                None => self.instances.remove(&path),
            };
            return Err(error);
        }
        Ok(())
    }

    /// Removes an instance, if it is there.
    pub(crate) fn remove(&mut self, path: InstancePath) {
        self.instances.remove(&path);
    }

    /// Keeps the instances that are wanted.
    pub(crate) fn retain(&mut self, mut wanted: impl FnMut(InstancePath, &Held) -> bool) {
        self.instances.retain(|path, held| wanted(*path, held));
    }

    /// Marks an account as one not to be used.
    pub(crate) fn disable(&mut self, id: AccountId) {
        self.disabled.insert(id);
    }

    /// Takes the mark away.
    pub(crate) fn enable(&mut self, id: AccountId) {
        self.disabled.remove(&id);
    }

    /// Gives an instance of Access Control another owner.
    pub(super) fn change_owner(
        &mut self,
        instance: u16,
        owner: ShortServerId,
    ) -> Result<(), ContentsError> {
        self.edit_access_control(instance, |access| access.owner = Some(owner.to_u16()))
    }

    /// Takes a server from the list of an instance of Access Control.
    pub(super) fn remove_access(
        &mut self,
        instance: u16,
        server: ShortServerId,
    ) -> Result<(), ContentsError> {
        self.edit_access_control(instance, |access| {
            access.entries.retain(|(listed, _)| *listed != server.to_u16());
        })
    }

    fn edit_access_control(
        &mut self,
        instance: u16,
        edit: impl FnOnce(&mut AccessControlDraft),
    ) -> Result<(), ContentsError> {
        let path = InstancePath::new(AccessControl::OBJECT_ID, instance);
        let Some(held) = self.get(path) else { return Ok(()) };
        let Some(reference) = held.instance(path) else { return Ok(()) };
        let access = AccessControl::from_instance(&reference)?;
        let mut draft = AccessControlDraft {
            object: access.object,
            instance: access.instance,
            owner: access.owner,
            entries: access.entries().map(|e| (e.server, e.rights.bits())).collect(),
        };
        edit(&mut draft);
        let (resources, source) = (draft.encode(instance)?, held.source);
        self.write(path, &resources, source)
    }

    /// Everything as bootstrap data.
    pub(crate) fn to_data(&self) -> Result<BootstrapData, ContentsError> {
        let objects: BTreeSet<u16> = self.instances.keys().map(|path| path.object).collect();
        let file = BootstrapData::encode(|encoder| {
            objects.iter().try_for_each(|object| {
                encoder.object(*object, None, |encoder| {
                    let mut held = self.iter().filter(|(path, _)| path.object == *object);
                    held.try_for_each(|(path, held)| {
                        encoder.instance(path.instance, |encoder| match held.instance(path) {
                            Some(instance) => encoder.copy(&instance),
                            None => Ok(()),
                        })
                    })
                })
            })
        })?;
        Ok(BootstrapData::from_bytes(&file)?)
    }

    /// Whether a device can use it. What is disabled counts for no account, but is whole and
    /// stands there once as everything else: it may be enabled again. A Bootstrap-Finish is
    /// answered with 4.06 when it cannot (TS Core §5.2.6).
    pub(crate) fn check(&self) -> Result<(), ContentsError> {
        self.check_consistency()?;
        let mut usable = self.clone();
        usable.retain(|path, held| {
            held.account(path).is_none_or(|account| !self.disabled.contains(&account))
        });
        usable.check_consistency()
    }

    fn check_consistency(&self) -> Result<(), ContentsError> {
        let data = self.to_data()?;
        let assessment = Assessment::of(data.as_ref());
        let mut findings = assessment.findings().iter();
        match findings.find(|finding| finding.severity() == Severity::Error) {
            Some(finding) => Err(ContentsError::Inconsistent(*finding)),
            None => Ok(()),
        }
    }
}

/// An instance of Access Control that is being changed.
struct AccessControlDraft {
    object: Option<u16>,
    instance: Option<u16>,
    owner: Option<u16>,
    /// Servers, and the bits of their rights.
    entries: Vec<(u16, u8)>,
}

impl AccessControlDraft {
    /// Its resources, as LwM2M TLV.
    fn encode(&self, own: u16) -> Result<Vec<u8>, ContentsError> {
        let file = BootstrapData::encode(|encoder| {
            encoder.object(AccessControl::OBJECT_ID, None, |encoder| {
                encoder.instance(own, |encoder| {
                    let mut number = |id, value: Option<u16>| match value {
                        Some(value) => encoder.resource(id, Value::Integer(value.into())),
                        None => Ok(()),
                    };
                    number(0, self.object)?;
                    number(1, self.instance)?;
                    number(AccessControl::OWNER, self.owner)?;
                    // An empty list is a deviation from the format; none says the same.
                    if self.entries.is_empty() {
                        return Ok(());
                    }
                    encoder.multiple(AccessControl::LIST, |list| {
                        self.entries.iter().try_for_each(|(server, rights)| {
                            list.instance(*server, Value::Integer((*rights).into()))
                        })
                    })
                })
            })
        })?;
        let data = BootstrapDataRef::from_bytes(&file)?;
        let instance = data.object(AccessControl::OBJECT_ID).and_then(|o| o.instance(own));
        Ok(instance.map(|instance| instance.as_bytes().to_vec()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
