// SPDX-License-Identifier: Apache-2.0
//! The order of TS Core §5.2.4: smart card, factory, register with all, client-initiated
//! bootstrap.

use alloc::vec::Vec;

use simstrap_policy::bootstrap_data::object::ShortServerId;

use crate::TimerId;

/// Seconds until the sequence starts over when no server is left to turn to: long enough not to
/// storm a server that refuses.
pub const SHORTEST_RESTART: u32 = 60;

/// Seconds between two starts of the sequence at most, after doubling: a day of a device that
/// nobody serves holds some twenty tries.
pub const LONGEST_RESTART: u32 = 3600;

/// Where in the sequence a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// Before the start.
    Off,
    /// The card comes first.
    Smartcard,
    /// Waits to hear of factory data.
    Factory,
    /// Waits for the outcome of registrations.
    Registering,
    /// At least one server has accepted the device.
    InService,
    /// Waits for the hold-off time to pass.
    HoldingOff(TimerId),
    /// Client-initiated bootstrap waits for its check, or is under way.
    Bootstrapping,
    /// Waits to start over.
    Stranded(TimerId),
}

/// How it stands with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A Register is to come, or under way.
    Pending,
    Registered,
    Failed,
}

/// How it stands with every server.
#[derive(Debug, Default)]
pub(crate) struct Standings(Vec<(ShortServerId, Standing)>);

impl Standings {
    pub(crate) fn of(&self, server: ShortServerId) -> Option<Standing> {
        self.0.iter().find(|(id, _)| *id == server).map(|(_, standing)| *standing)
    }

    pub(crate) fn set(&mut self, server: ShortServerId, standing: Standing) {
        self.0.retain(|(id, _)| *id != server);
        self.0.push((server, standing));
    }

    pub(crate) fn retain(&mut self, servers: &[ShortServerId]) {
        self.0.retain(|(id, _)| servers.contains(id));
    }

    pub(crate) fn any(&self, standing: Standing) -> bool {
        self.0.iter().any(|(_, own)| *own == standing)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Seconds until the sequence starts over for the `restarts`th time, from 0.
pub(crate) fn restart_delay(restarts: u8) -> u32 {
    (SHORTEST_RESTART << u32::from(restarts).min(16)).min(LONGEST_RESTART)
}
