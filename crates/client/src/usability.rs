// SPDX-License-Identifier: Apache-2.0
//! Which accounts may be used, and which of them only after a look at the card.

use alloc::vec::Vec;

use simstrap_policy::bootstrap_data::object::{Security, Server, ShortServerId};
use simstrap_policy::{AccountId, AccountState, Device, HeldInstance, Record, Source};

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usability {
    /// Yes, after a check: it came from the card.
    FromCard,
    /// Yes: it came from elsewhere.
    FromElsewhere,
    /// No.
    No,
}

/// Whether an account may be used.
pub(crate) fn of(record: &Record, device: Device<'_>, id: AccountId) -> Usability {
    let held = device.instances.iter().filter(|held| held.account == Some(id));
    let holds = |object| held.clone().any(|held| held.path.object == object);
    // FT-01: half an account is none.
    let is_whole = holds(Security::OBJECT_ID)
        && (id == AccountId::BootstrapServer || holds(Server::OBJECT_ID));
    if !is_whole || record.intent().is_some_and(|intent| intent.accounts.contains(&id)) {
        return Usability::No;
    }
    let mut own = held.filter(|held| held.foreign_source().is_none());
    let recorded = record.accounts().iter().find(|account| account.id == id && account.is_held());
    match (own.next(), recorded) {
        // DD-01: another source has written all of it anew.
        (None, _) => Usability::FromElsewhere,
        (_, Some(account)) if account.state == AccountState::Applied => Usability::FromCard,
        (_, Some(_)) => Usability::No,
        (Some(HeldInstance { source: Some(Source::Smartcard), .. }), None) => Usability::No,
        (Some(_), None) => Usability::FromElsewhere,
    }
}

/// The servers whose accounts may be used.
pub(crate) fn servers(record: &Record, device: Device<'_>) -> Vec<ShortServerId> {
    let mut servers = Vec::new();
    // Few: sorting them otherwise would take more code than this.
    for id in device.instances.iter().filter_map(|held| held.account?.short_server_id()) {
        if let Err(place) = servers.binary_search(&id) {
            servers.insert(place, id);
        }
    }
    servers.retain(|id| of(record, device, AccountId::Server(*id)) != Usability::No);
    servers
}
