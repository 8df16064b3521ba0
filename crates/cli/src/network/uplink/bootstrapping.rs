// SPDX-License-Identifier: Apache-2.0
//! The uplink while a bootstrap server works on the device.

use std::time::{Duration, Instant};

use simstrap_policy::AccountId;
use simstrap_policy::bootstrap_data::object::Security;

use super::super::NetworkError;
use super::super::bootstrap::{Bootstrap, Progress};
use super::super::coap::{Answer, Code, Incoming, Request};
use super::{EXCHANGE_WITHIN, Network, accepted};
use crate::device::{Contents, Device, Held, Mailbox, Talk, UplinkError};

/// How long a bootstrap server may take from one request to the next.
const BOOTSTRAP_SILENCE: Duration = Duration::from_secs(93);

/// How long a bootstrap may take in all.
const BOOTSTRAP_WITHIN: Duration = Duration::from_secs(600);

/// A bootstrap that is under way, or over.
#[derive(Debug)]
pub(super) struct Task {
    bootstrap: Bootstrap,
    last_request: Instant,
    outcome: Option<Result<(), NetworkError>>,
}

impl Task {
    pub(super) fn begin(device: &Device) -> Self {
        let bootstrap = Bootstrap::new(device.contents().clone());
        Self { bootstrap, last_request: Instant::now(), outcome: None }
    }
}

impl Network {
    /// `None` when no bootstrap is under way.
    pub(super) fn answer_bootstrap_server(
        &mut self,
        incoming: &Incoming,
        device: &mut Device,
    ) -> Option<Answer> {
        let task = self.bootstrap.as_mut().filter(|task| task.outcome.is_none())?;
        task.last_request = Instant::now();
        let (answer, progress) = task.bootstrap.answer(&incoming.message);
        match progress {
            Progress::Goes => {}
            Progress::Inconsistent(reason) => {
                task.outcome = Some(Err(NetworkError::BootstrapInconsistent(reason)));
            }
            Progress::Finished(contents) => {
                let before = device.contents().clone();
                if let Err(error) = device.replace(contents) {
                    task.outcome = Some(Err(NetworkError::BootstrapNotStored(error)));
                    return Some(Answer::of(Code::INTERNAL_SERVER_ERROR));
                }
                task.outcome = Some(Ok(()));
                self.close_changed(&before, device);
            }
        }
        Some(answer)
    }

    /// BS-03: a session made with other keys, or at another address, ends. The one with the
    /// bootstrap server has still to carry its last answer.
    fn close_changed(&mut self, before: &Contents, device: &Device) {
        let changed = |id: &AccountId| {
            let of = |contents| material(contents, *id).map(Held::resources);
            of(before) != of(device.contents())
        };
        let ids = self.links.keys().copied().filter(|id| *id != AccountId::BootstrapServer);
        for id in ids.filter(changed).collect::<Vec<_>>() {
            self.drop_link(id);
        }
    }

    fn is_bootstrapped(&mut self) -> Option<Result<(), NetworkError>> {
        let task = self.bootstrap.as_mut()?;
        if task.outcome.is_some() {
            return task.outcome.take();
        }
        (task.last_request.elapsed() >= BOOTSTRAP_SILENCE)
            .then_some(Err(NetworkError::BootstrapSilence(BOOTSTRAP_SILENCE)))
    }

    pub(super) fn run_bootstrap(
        &mut self,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let id = AccountId::BootstrapServer;
        let query = vec![format!("ep={}", self.options.endpoint)];
        let path = vec!["bs".to_owned()];
        let request = Request { method: Code::POST, path, query, payload: None };
        self.reach(id, device, mailbox, |network, device, mailbox| {
            network.bootstrap = Some(Task::begin(device));
            accepted(&network.exchange(id, &request, EXCHANGE_WITHIN, device, mailbox)?)?;
            Ok(())
        })?;
        if let Some(task) = &mut self.bootstrap {
            // The bootstrap server has just said something; its answer may have taken long.
            task.last_request = Instant::now();
        }
        self.await_bootstrap(device, mailbox)
    }

    /// Lets the bootstrap server do its work.
    pub(super) fn await_bootstrap(
        &mut self,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let until = Instant::now() + BOOTSTRAP_WITHIN;
        loop {
            if let Some(outcome) = self.is_bootstrapped() {
                return Ok(outcome?);
            }
            if Instant::now() >= until {
                return Err(NetworkError::BootstrapEndless(BOOTSTRAP_WITHIN).into());
            }
            let silent_until =
                self.bootstrap.as_ref().map(|task| task.last_request + BOOTSTRAP_SILENCE);
            self.attend(silent_until, device, mailbox)?;
        }
    }

    /// What came of a bootstrap. The session stays, so that the last answer can be repeated.
    pub(super) fn conclude_bootstrap(
        &mut self,
        result: Result<(), UplinkError>,
        device: &Device,
    ) -> Result<(), UplinkError> {
        self.bootstrap = None;
        if result.is_err() {
            self.drop_link(AccountId::BootstrapServer);
        } else {
            self.tell(Talk::Bootstrap, AccountId::BootstrapServer, device, String::new());
        }
        result
    }
}

/// What the session with a server is made of: the whole Security instance.
fn material(contents: &Contents, id: AccountId) -> Option<&Held> {
    let mut held = contents.iter();
    let own = held
        .find(|(path, held)| path.object == Security::OBJECT_ID && held.account(*path) == Some(id));
    own.map(|(_, held)| held)
}
