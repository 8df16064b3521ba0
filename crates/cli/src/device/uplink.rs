// SPDX-License-Identifier: Apache-2.0
//! What talks to servers.

use std::time::Instant;

use simstrap_client::IgnoreReason;
use simstrap_policy::AccountId;
use simstrap_policy::bootstrap_data::object::ShortServerId;

use super::mailbox::{Arrival, Mailbox};
use super::narrator::{Narration, Narrator, Talk};
use super::{Account, Device};
use crate::network::NetworkError;

/// Talks to servers for a device.
///
/// It blocks: every method returns when its outcome is known, and whatever it waits for it waits
/// for in the [`Mailbox`], by [`wait_for_server`](Mailbox::wait_for_server) with the time of its
/// next retransmission. A thread for each socket receives and sends on datagrams as
/// [`Letter::Datagram`](super::Letter), so that one place wakes up for everything: datagrams of
/// several servers, Ctrl-C, standard input, timers. When the mailbox says
/// [`Stop`](Arrival::Stop), give up with [`UplinkError::Stopped`]; while the device takes its
/// leave of the servers, Stop is not said unless the user insists.
///
/// While it waits, it serves what servers ask for: requests about object instances from
/// [`Device::contents`], a change by [`Device::replace`] with a changed copy. A server that writes
/// resources leaves the source of an instance as it is; what a bootstrap server writes is
/// [`Source::BootstrapServer`](simstrap_policy::Source)'s. Collect what it writes in a copy, and at
/// Bootstrap-Finish [`Contents::check`](super::Contents::check) it: inconsistent, answer 4.06 and
/// drop the copy; otherwise `replace`. A request that has to wait for the outcome of another
/// (an update trigger in the middle of a registration) is kept and told by the next
/// [`wait`](Self::wait).
///
/// It tells what it did with [`Narration::Operation`]; whoever calls it does not.
pub(crate) trait Uplink {
    /// Registers with a server. Reuse the session that there is, if it was not closed.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    fn register(
        &mut self,
        server: ShortServerId,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError>;

    /// Updates the registration with a server.
    ///
    /// # Errors
    /// When the server refuses, for example because it has forgotten the registration, or does
    /// not answer.
    fn update(
        &mut self,
        server: ShortServerId,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError>;

    /// De-registers from servers, where there are registrations: from all of them at once, so that
    /// none waits for one that is silent. Gives those that could not be told, and why.
    fn deregister(
        &mut self,
        servers: &[ShortServerId],
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Vec<(ShortServerId, UplinkError)>;

    /// Asks the bootstrap server for a bootstrap, and lets it do its work until it has finished.
    ///
    /// # Errors
    /// When it refuses or does not answer, or what it writes is inconsistent.
    fn bootstrap(&mut self, device: &mut Device, mailbox: &mut Mailbox) -> Result<(), UplinkError>;

    /// Ends the session with a server, and forgets the registration that came with it.
    fn close_session(&mut self, account: AccountId, device: &Device);

    /// Forgets the observations of a server.
    fn cancel_observations(&mut self, server: ShortServerId);

    /// Answers the server that [asked](UplinkEvent::BootstrapRequested) to bootstrap the device. If
    /// it may, lets it do its work until it has finished.
    ///
    /// # Errors
    /// When it does not come to an end, or what it writes is inconsistent.
    fn answer_bootstrap(
        &mut self,
        answer: Result<(), IgnoreReason>,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError>;

    /// Waits until something happens or the time comes, for ever without one, by
    /// [`Mailbox::wait`].
    fn wait(
        &mut self,
        until: Option<Instant>,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> UplinkEvent;
}

/// What ended a wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UplinkEvent {
    /// The time has come.
    Elapsed,
    /// The user wants the device to stop.
    Stopped,
    /// A line of standard input.
    Line(String),
    /// A server wants the registration updated (Registration Update Trigger, /1/x/8), or what it
    /// changed makes an update necessary.
    UpdateRequested(ShortServerId),
    /// A server wants the device to turn to the bootstrap server (Bootstrap-Request Trigger,
    /// /1/x/9).
    BootstrapTriggered,
    /// A bootstrap server wants to bootstrap the device.
    BootstrapRequested,
}

/// Why something did not work with a server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UplinkError {
    /// The device has no such account, or not all of it.
    #[error("the device has no account of {0}")]
    NoAccount(AccountId),
    /// Nobody was talked to.
    #[error("no server is talked to")]
    OnlySaid,
    /// The user wanted the device to stop meanwhile.
    #[error("stopped")]
    Stopped,
    /// With the server, or on the way to it.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Talks to nobody, but says what would be done.
#[derive(Debug)]
pub(crate) struct LogUplink {
    endpoint: String,
    narrator: Narrator,
}

impl LogUplink {
    /// Speaks for the device of this name.
    pub(crate) const fn new(endpoint: String, narrator: Narrator) -> Self {
        Self { endpoint, narrator }
    }

    fn say(
        &self,
        operation: Talk,
        id: AccountId,
        device: &Device,
        detail: impl FnOnce(&Account<'_>) -> String,
    ) -> Result<(), UplinkError> {
        let account = device.account(id).ok_or(UplinkError::NoAccount(id))?;
        self.narrator.tell(&Narration::Operation {
            operation,
            server: id.short_server_id(),
            uri: account.uri().to_owned(),
            only_said: true,
            detail: detail(&account),
        });
        Ok(())
    }
}

impl Uplink for LogUplink {
    fn register(
        &mut self,
        server: ShortServerId,
        device: &mut Device,
        _: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        self.say(Talk::Register, AccountId::Server(server), device, |account| {
            let (endpoint, mode) = (&self.endpoint, account.mode());
            let (lifetime, binding) = (account.lifetime(), account.binding());
            format!("as {endpoint}, lifetime {lifetime}, binding {binding}, security {mode}")
        })
    }

    fn update(
        &mut self,
        server: ShortServerId,
        device: &mut Device,
        _: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        self.say(Talk::Update, AccountId::Server(server), device, |_| String::new())
    }

    fn deregister(
        &mut self,
        servers: &[ShortServerId],
        device: &mut Device,
        _: &mut Mailbox,
    ) -> Vec<(ShortServerId, UplinkError)> {
        let say = |server: &ShortServerId| {
            let id = AccountId::Server(*server);
            let said = self.say(Talk::Deregister, id, device, |_| String::new());
            said.err().map(|error| (*server, error))
        };
        servers.iter().filter_map(say).collect()
    }

    fn bootstrap(&mut self, device: &mut Device, _: &mut Mailbox) -> Result<(), UplinkError> {
        let endpoint = |_: &Account<'_>| format!("as {}", self.endpoint);
        self.say(Talk::Bootstrap, AccountId::BootstrapServer, device, endpoint)?;
        // Nothing has come of it, and the device must not think so.
        Err(UplinkError::OnlySaid)
    }

    fn close_session(&mut self, _: AccountId, _: &Device) {}

    fn cancel_observations(&mut self, _: ShortServerId) {}

    fn answer_bootstrap(
        &mut self,
        _: Result<(), IgnoreReason>,
        _: &mut Device,
        _: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        Ok(())
    }

    fn wait(
        &mut self,
        until: Option<Instant>,
        _: &mut Device,
        mailbox: &mut Mailbox,
    ) -> UplinkEvent {
        loop {
            return match mailbox.wait(until) {
                Arrival::Stop => UplinkEvent::Stopped,
                Arrival::Line(line) => UplinkEvent::Line(line),
                Arrival::Elapsed => UplinkEvent::Elapsed,
                Arrival::Datagram { .. } => continue,
            };
        }
    }
}
