// SPDX-License-Identifier: Apache-2.0
//! What is to happen when: the client's timers, and the Updates that keep registrations alive.

use std::time::{Duration, Instant};

use simstrap_client::{HostEvent, Operation, TimerId};
use simstrap_policy::bootstrap_data::object::ShortServerId;

/// Seconds that an Update may take until its last retransmission is given up (RFC 7252,
/// MAX_TRANSMIT_WAIT): it comes due so long before the lifetime ends, at least.
const LONGEST_EXCHANGE: u32 = 93;

/// What is to happen, when.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: Vec<(Instant, HostEvent)>,
}

impl Agenda {
    /// A timer of the client.
    pub(super) fn start(&mut self, timer: TimerId, seconds: u32) {
        self.add(seconds, HostEvent::Timer(timer));
    }

    /// The next Update of a registration; earlier plans for it are dropped.
    pub(super) fn schedule_update(&mut self, server: ShortServerId, seconds: u32) {
        self.forget(server);
        self.add(seconds, HostEvent::Due(Operation::Update(server)));
    }

    /// Nothing is to be done for a registration any more.
    pub(super) fn forget(&mut self, server: ShortServerId) {
        let update = HostEvent::Due(Operation::Update(server));
        self.entries.retain(|(_, event)| *event != update);
    }

    /// When the next thing happens.
    pub(super) fn next_time(&self) -> Option<Instant> {
        self.entries.iter().map(|(time, _)| *time).min()
    }

    /// The next thing, if its time has come.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<HostEvent> {
        let next = self.next_time().filter(|time| *time <= now)?;
        let index = self.entries.iter().position(|(time, _)| *time == next)?;
        Some(self.entries.remove(index).1)
    }

    fn add(&mut self, seconds: u32, event: HostEvent) {
        let time = Instant::now() + Duration::from_secs(seconds.into());
        self.entries.push((time, event));
    }
}

/// Seconds until the Update of a registration with this lifetime: a tenth of it, and no less than
/// the longest exchange, is left then; half of it where it is shorter than that. `None` for one
/// that lasts for ever.
pub(super) fn update_delay(lifetime: u32) -> Option<u32> {
    let lead = (lifetime / 10).max(LONGEST_EXCHANGE).min(lifetime.div_ceil(2));
    (lifetime > 0).then(|| (lifetime - lead).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_comes_before_the_lifetime_ends() {
        let cases = [(86_400, 77_760), (300, 207), (120, 60), (60, 30), (2, 1), (1, 1)];
        for (lifetime, delay) in cases {
            assert_eq!(update_delay(lifetime), Some(delay), "{lifetime}");
        }
        assert_eq!(update_delay(0), None, "for ever");
        assert!(update_delay(u32::MAX).is_some());
    }

    #[test]
    fn what_is_due_comes_in_order_and_updates_only_once() {
        let mut agenda = Agenda::default();
        let server = |id| ShortServerId::new(id).unwrap();
        agenda.schedule_update(server(1), 20);
        agenda.schedule_update(server(1), 10);
        agenda.schedule_update(server(2), 5);
        agenda.schedule_update(server(3), 1);
        agenda.forget(server(3));
        assert_eq!(agenda.take_due(Instant::now()), None);
        let later = Instant::now() + Duration::from_secs(30);
        for id in [2, 1] {
            let update = HostEvent::Due(Operation::Update(server(id)));
            assert_eq!(agenda.take_due(later), Some(update));
        }
        assert_eq!(agenda.next_time(), None);
    }
}
