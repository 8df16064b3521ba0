// SPDX-License-Identifier: Apache-2.0
//! The LwM2M stack: a list of instances. It registers with nobody, and says so.

use alloc::vec::Vec;
use core::cell::RefCell;
use core::time::Duration;

use critical_section::Mutex;
use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::bootstrap_data::scp03::RandomError;
use simstrap_client::policy::bootstrap_data::tlv::Entries;
use simstrap_client::policy::{AccountId, HeldInstance, InstancePath, Source, Step, Store};
use simstrap_client::{
    CancelReason, Host, HostEvent, IgnoreReason, Operation, Report, TimerId, View,
};

use crate::board;
use crate::say::say;

/// The most instances: four accounts.
const MOST: usize = 8;

/// An LwM2M stack.
pub(crate) struct Device {
    held: [Option<HeldInstance>; MOST],
    /// The server that an Update is due with.
    due: Option<ShortServerId>,
    /// Timers that run, and when each is over.
    timers: Vec<(TimerId, Duration)>,
    was_in_use: bool,
}

impl Device {
    pub(crate) const fn new() -> Self {
        Self { held: [None; MOST], due: None, timers: Vec::new(), was_in_use: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.iter().all(Option::is_none)
    }

    fn write(&mut self, path: InstancePath, bytes: &[u8]) -> Result<(), Full> {
        let value = |id| Entries::new(bytes).flatten().find(|entry| entry.id == id);
        let id_resource = if path.object == 0 { 10 } else { 0 };
        let number = value(id_resource).map_or(0, |entry| {
            entry.value.iter().fold(0, |sum: u16, byte| sum << 8 | u16::from(*byte))
        });
        let account = if path.object > 1 {
            None
        } else if path.object == 0 && value(1).is_some_and(|entry| entry.value == [1]) {
            Some(AccountId::BootstrapServer)
        } else {
            ShortServerId::new(number).map(AccountId::Server)
        };
        if path.object == 0 {
            let uri = value(0).and_then(|entry| core::str::from_utf8(entry.value).ok());
            say!("server {} at {}", number, uri.unwrap_or("?"));
        }
        self.remove(path);
        let free = self.held.iter_mut().find(|held| held.is_none()).ok_or(Full)?;
        *free = Some(HeldInstance { path, source: Some(Source::Smartcard), account });
        Ok(())
    }

    fn remove(&mut self, path: InstancePath) {
        for held in &mut self.held {
            if held.is_some_and(|held| held.path == path) {
                *held = None;
            }
        }
    }
}

/// There are more instances than there is room for.
#[derive(Debug)]
pub(crate) struct Full;

impl core::fmt::Display for Full {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no room for another instance")
    }
}

impl core::error::Error for Full {}

impl Host for Device {
    type Error = Full;

    async fn next(&mut self) -> Option<HostEvent> {
        if let Some(server) = self.due.take() {
            return Some(HostEvent::Due(Operation::Update(server)));
        }
        if self.was_in_use && self.is_empty() {
            say!("nothing is left of the card");
            return None;
        }
        let first = (0..self.timers.len()).min_by_key(|timer| self.timers[*timer].1);
        // Whatever the modem says unasked may be about the card.
        if board::something_arrives(first.map(|first| self.timers[first].1)).await {
            say!("the modem says something");
            return Some(HostEvent::RefreshHint);
        }
        Some(HostEvent::Timer(self.timers.swap_remove(first?).0))
    }

    fn with_view<R>(&mut self, look: impl FnOnce(&View<'_>) -> R) -> R {
        let mut held =
            [HeldInstance { path: InstancePath::new(0, 0), source: None, account: None }; MOST];
        let mut count = 0;
        for (to, from) in held.iter_mut().zip(self.held.iter().flatten()) {
            *to = *from;
            count += 1;
        }
        let mut view = View::default();
        view.device.instances = &held[..count];
        look(&view)
    }

    async fn carry_out(&mut self, step: &Step<'_>) -> Result<(), Full> {
        match step {
            Step::Write { path, bytes } => self.write(*path, bytes)?,
            Step::Remove(path) => self.remove(*path),
            Step::Disable(_) => say!("its account is disabled"),
            Step::Enable(_) => say!("its account is in use"),
            _ => {}
        }
        Ok(())
    }

    async fn perform(&mut self, operation: Operation) -> Result<(), Full> {
        match operation {
            Operation::Register(server) => {
                say!("register with server {}", server.to_u16());
                self.was_in_use = true;
                self.due = Some(server);
            }
            Operation::Update(server) => {
                say!("the card was checked: update with server {}", server.to_u16());
            }
            Operation::Bootstrap => {}
        }
        Ok(())
    }

    async fn apply_factory_data(&mut self) -> bool {
        false
    }

    async fn purge_bootstrap_server(&mut self) -> Result<(), Full> {
        Ok(())
    }

    fn answer_bootstrap(&mut self, _answer: Result<(), IgnoreReason>) {}

    fn start_timer(&mut self, timer: TimerId, seconds: u32) {
        say!("waits for a while");
        self.timers.push((timer, board::now() + Duration::from_secs(seconds.into())));
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), RandomError> {
        board::random(buffer)
    }

    fn deferred(&mut self, _operation: Operation) {}

    fn cancelled(&mut self, _operation: Operation, _reason: CancelReason) {}

    fn report(&mut self, report: Report) {
        if let Report::Unreadable { attempt } = report {
            say!("the card could not be read, attempt {}", attempt);
        }
    }

    fn trouble(&mut self, _error: &dyn core::error::Error) {
        say!("trouble");
    }
}

/// A record that lasts as long as the power does, in memory that stands in for flash. A device keeps
/// it there (`simstrap_client::policy::TwoSlotStore`).
pub(crate) struct RecordInRam;

static RECORD: Mutex<RefCell<Stored>> =
    Mutex::new(RefCell::new(Stored { bytes: [0; 512], length: 0 }));

struct Stored {
    bytes: [u8; 512],
    length: usize,
}

/// The record is longer than there is room for.
#[derive(Debug)]
pub(crate) struct TooLong;

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the record is too long")
    }
}

impl core::error::Error for TooLong {}

impl Store for RecordInRam {
    type Error = TooLong;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        Ok(critical_section::with(|section| {
            let stored = RECORD.borrow_ref(section);
            (stored.length > 0).then(|| stored.bytes[..stored.length].into())
        }))
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        critical_section::with(|section| {
            let mut stored = RECORD.borrow_ref_mut(section);
            stored.bytes.get_mut(..bytes.len()).ok_or(TooLong)?.copy_from_slice(bytes);
            stored.length = bytes.len();
            Ok(())
        })
    }
}
