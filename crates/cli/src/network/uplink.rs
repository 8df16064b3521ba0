// SPDX-License-Identifier: Apache-2.0
//! The uplink of a device to real servers.

mod bootstrapping;
mod farewell;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use simstrap_client::IgnoreReason;
use simstrap_policy::AccountId;
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::scp03::os_random;

use super::NetworkError;
use super::address::Authority;
use super::coap::{
    Code, ContentFormat, Endpoint, Incoming, Message, PARAMETERS, Parameters, Randomness, Request,
};
use super::link::{Link, Registration};
use super::objects::{self, Wish};
use crate::device::{
    Arrival, Device, Mailbox, Narration, Narrator, Talk, Uplink, UplinkError, UplinkEvent,
};
use bootstrapping::Task;
use farewell::deregistration;

/// How long a request may take: all retransmissions (RFC 7252, MAX_TRANSMIT_WAIT), and a separate
/// response after that.
const EXCHANGE_WITHIN: Duration = Duration::from_secs(153);

/// Wishes of servers that wait; each server has one of a kind at most.
const MAX_WISHES: usize = 64;

/// What a device is called, and how it talks.
#[derive(Debug, Clone)]
pub(crate) struct NetworkOptions {
    /// Endpoint client name.
    pub(crate) endpoint: String,
    /// The version of LwM2M it names.
    pub(crate) version: Version,
    /// Transmission parameters.
    pub(crate) parameters: Parameters,
}

/// A version of LwM2M.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Version {
    /// LwM2M 1.0
    #[value(name = "1.0")]
    V1_0,
    /// LwM2M 1.1
    #[default]
    #[value(name = "1.1")]
    V1_1,
}

impl NetworkOptions {
    /// A device of this name, with the parameters of the specification.
    pub(crate) const fn named(endpoint: String, version: Version) -> Self {
        Self { endpoint, version, parameters: PARAMETERS }
    }
}

/// Sockets, sessions and registrations of a device.
#[derive(Debug)]
pub(crate) struct Network {
    options: NetworkOptions,
    narrator: Narrator,
    links: BTreeMap<AccountId, Link>,
    /// How many sockets there were so far.
    sockets: u32,
    wishes: VecDeque<UplinkEvent>,
    bootstrap: Option<Task>,
    /// A request of the bootstrap server that waits to be let in (BS-02).
    knock: Option<Incoming>,
}

impl Network {
    /// A device that has talked to nobody yet.
    pub(crate) const fn new(options: NetworkOptions, narrator: Narrator) -> Self {
        Self {
            options,
            narrator,
            links: BTreeMap::new(),
            sockets: 0,
            wishes: VecDeque::new(),
            bootstrap: None,
            knock: None,
        }
    }

    /// Talks to the server of an account in the session that there is, or in a new one.
    fn reach<T>(
        &mut self,
        id: AccountId,
        device: &mut Device,
        mailbox: &mut Mailbox,
        mut talk: impl FnMut(&mut Self, &mut Device, &mut Mailbox) -> Result<T, UplinkError>,
    ) -> Result<T, UplinkError> {
        if self.links.get(&id).is_some_and(Link::is_broken) {
            self.drop_link(id);
        }
        if self.links.contains_key(&id) {
            return talk(self, device, mailbox);
        }
        let account = device.account(id).ok_or(UplinkError::NoAccount(id))?;
        let addresses = Authority::of(account.uri(), account.mode())?.resolve()?;
        self.reach_at(&addresses, id, device, mailbox, talk)
    }

    /// Talks to a server in a new session, at the first of its addresses where it is. Whether it
    /// is there shows only when it is talked to: UDP knows no connections.
    fn reach_at<T>(
        &mut self,
        addresses: &[SocketAddr],
        id: AccountId,
        device: &mut Device,
        mailbox: &mut Mailbox,
        mut talk: impl FnMut(&mut Self, &mut Device, &mut Mailbox) -> Result<T, UplinkError>,
    ) -> Result<T, UplinkError> {
        let mut addresses = addresses.iter().peekable();
        while let Some(address) = addresses.next() {
            let connected = self.connect(id, *address, device, mailbox);
            match connected.and_then(|()| talk(self, device, mailbox)) {
                Err(UplinkError::Network(error))
                    if error.may_be_the_address() && addresses.peek().is_some() =>
                {
                    self.narrator.tell(&Narration::trouble(&error));
                }
                talked => return talked,
            }
        }
        Err(UplinkError::NoAccount(id))
    }

    /// Begins a session with the server of an account, which has none.
    fn connect(
        &mut self,
        id: AccountId,
        address: SocketAddr,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let account = device.account(id).ok_or(UplinkError::NoAccount(id))?;
        self.sockets = self.sockets.wrapping_add(1);
        let mut first_id = [0; 2];
        os_random(&mut first_id).map_err(NetworkError::from)?;
        let endpoint = Endpoint::new(self.options.parameters, u16::from_be_bytes(first_id));
        let link = Link::open(&account, address, self.sockets, endpoint, &mailbox.sender())?;
        self.links.insert(id, link);
        loop {
            match self.links.get_mut(&id) {
                Some(link) if link.is_established() && !link.is_broken() => return Ok(()),
                Some(link) => {
                    if let Some(Err(error)) = link.take_outcome() {
                        self.drop_link(id);
                        return Err(error.into());
                    }
                }
                None => return Err(UplinkError::NoAccount(id)),
            }
            if let Err(stopped) = self.attend(None, device, mailbox) {
                self.drop_link(id);
                return Err(stopped);
            }
        }
    }

    /// Sends a request and waits for the answer. After anything but an answer the session is of
    /// no more use.
    fn exchange(
        &mut self,
        id: AccountId,
        request: &Request,
        within: Duration,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<Message, UplinkError> {
        let result = self.try_exchange(id, request, within, device, mailbox);
        if result.is_err() {
            self.drop_link(id);
        }
        result
    }

    fn try_exchange(
        &mut self,
        id: AccountId,
        request: &Request,
        within: Duration,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<Message, UplinkError> {
        let until = Instant::now() + within;
        self.begin_exchange(id, request)?;
        loop {
            if let Some(outcome) = self.outcome(id, within, until) {
                return Ok(outcome?);
            }
            self.attend(Some(until), device, mailbox)?;
        }
    }

    fn begin_exchange(&mut self, id: AccountId, request: &Request) -> Result<(), NetworkError> {
        let link = self.links.get_mut(&id).ok_or(NetworkError::NotRegistered)?;
        link.request(request, randomness()?)
    }

    /// What came of an exchange, when its time is over at the latest; `None` while it goes on.
    fn outcome(
        &mut self,
        id: AccountId,
        within: Duration,
        until: Instant,
    ) -> Option<Result<Message, NetworkError>> {
        let Some(link) = self.links.get_mut(&id) else {
            return Some(Err(NetworkError::NotRegistered));
        };
        let address = link.address();
        link.take_outcome().or_else(|| {
            (Instant::now() >= until).then(|| {
                link.abandon();
                Err(NetworkError::Patience { address, within })
            })
        })
    }

    /// Waits for something to do, and does it.
    fn attend(
        &mut self,
        until: Option<Instant>,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let next = self.links.values().filter_map(Link::next_timeout).chain(until).min();
        match mailbox.wait_for_server(next) {
            Arrival::Stop => return Err(UplinkError::Stopped),
            Arrival::Datagram { socket, bytes } => self.receive(socket, bytes),
            Arrival::Line(_) | Arrival::Elapsed => {}
        }
        self.turn(device);
        Ok(())
    }

    fn receive(&mut self, socket: u32, datagram: Vec<u8>) {
        if let Some(link) = self.links.values_mut().find(|link| link.number == socket) {
            link.receive(datagram);
        }
    }

    /// Does what is due, and answers what servers ask.
    fn turn(&mut self, device: &mut Device) {
        let ids: Vec<_> = self.links.keys().copied().collect();
        for id in ids {
            let Some(link) = self.links.get_mut(&id) else { continue };
            link.handle_timeout();
            for incoming in link.take_requests() {
                self.answer(id, incoming, device);
            }
        }
    }

    fn answer(&mut self, id: AccountId, incoming: Incoming, device: &mut Device) {
        let answer = match id {
            AccountId::Server(server) => {
                let (answer, wish) = objects::answer(&incoming.message, server, device);
                match wish {
                    Some(Wish::Update) => self.wish(UplinkEvent::UpdateRequested(server)),
                    Some(Wish::Bootstrap) => self.wish(UplinkEvent::BootstrapTriggered),
                    None => {}
                }
                answer
            }
            AccountId::BootstrapServer => match self.answer_bootstrap_server(&incoming, device) {
                Some(answer) => answer,
                None if self.knock.is_some() => return,
                None => {
                    self.knock = Some(incoming);
                    return self.wish(UplinkEvent::BootstrapRequested);
                }
            },
        };
        if let Some(link) = self.links.get_mut(&id) {
            link.respond(&incoming, &answer);
        }
    }

    /// A wish that waits already is not had twice: a server that asks faster than the device
    /// updates does not have it update without end.
    fn wish(&mut self, event: UplinkEvent) {
        if self.wishes.len() < MAX_WISHES && !self.wishes.contains(&event) {
            self.wishes.push_back(event);
        }
    }

    fn drop_link(&mut self, id: AccountId) -> bool {
        let link = self.links.remove(&id);
        let was_there = link.is_some();
        if let Some(link) = link {
            link.close();
        }
        was_there
    }

    fn tell(&self, operation: Talk, id: AccountId, device: &Device, detail: String) {
        let uri = device.account(id).map(|own| own.uri().to_owned()).unwrap_or_default();
        let server = id.short_server_id();
        self.narrator.tell(&Narration::Operation {
            operation,
            server,
            uri,
            only_said: false,
            detail,
        });
    }

    fn registration_request(&self, lifetime: u32, objects: String) -> Request {
        let version = match self.options.version {
            Version::V1_0 => "1.0",
            Version::V1_1 => "1.1",
        };
        Request {
            method: Code::POST,
            path: vec!["rd".to_owned()],
            query: vec![
                format!("ep={}", self.options.endpoint),
                format!("lt={lifetime}"),
                format!("lwm2m={version}"),
                "b=U".to_owned(),
            ],
            payload: Some((ContentFormat::LINKS, objects.into_bytes())),
        }
    }
}

impl Uplink for Network {
    fn register(
        &mut self,
        server: ShortServerId,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let id = AccountId::Server(server);
        let lifetime = device.account(id).map(|own| own.lifetime()).unwrap_or_default();
        let objects = objects::links(server, device);
        let request = self.registration_request(lifetime, objects.clone());
        let answer = self.reach(id, device, mailbox, |network, device, mailbox| {
            network.exchange(id, &request, EXCHANGE_WITHIN, device, mailbox)
        })?;
        accepted(&answer)?;
        let location = answer.location().filter(|location| !location.is_empty());
        let location = location.ok_or(NetworkError::NoLocation)?;
        let detail = format!(
            "as {}, lifetime {lifetime}, at /{}",
            self.options.endpoint,
            location.join("/")
        );
        if let Some(link) = self.links.get_mut(&id) {
            link.registration = Some(Registration { location, lifetime, objects });
        }
        self.tell(Talk::Register, id, device, detail);
        Ok(())
    }

    fn update(
        &mut self,
        server: ShortServerId,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let id = AccountId::Server(server);
        let registration = self.links.get(&id).and_then(|link| link.registration.clone());
        let registration = registration.ok_or(NetworkError::NotRegistered)?;
        let lifetime = device.account(id).map_or(registration.lifetime, |own| own.lifetime());
        let objects = objects::links(server, device);
        let (mut query, mut payload) = (Vec::new(), None);
        if lifetime != registration.lifetime {
            query.push(format!("lt={lifetime}"));
        }
        if objects != registration.objects {
            payload = Some((ContentFormat::LINKS, objects.clone().into_bytes()));
        }
        let path = registration.location.clone();
        let request = Request { method: Code::POST, path, query, payload };
        let answer = self.exchange(id, &request, EXCHANGE_WITHIN, device, mailbox)?;
        let told = Registration { lifetime, objects, ..registration };
        if let Some(link) = self.links.get_mut(&id) {
            link.registration = answer.code().is_success().then_some(told);
        }
        accepted(&answer)?;
        self.tell(Talk::Update, id, device, String::new());
        Ok(())
    }

    fn deregister(
        &mut self,
        servers: &[ShortServerId],
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Vec<(ShortServerId, UplinkError)> {
        self.farewell(servers, device, mailbox)
    }

    fn bootstrap(&mut self, device: &mut Device, mailbox: &mut Mailbox) -> Result<(), UplinkError> {
        let result = self.run_bootstrap(device, mailbox);
        self.conclude_bootstrap(result, device)
    }

    /// Where a registration goes with it, the server is told, but not waited for (DD-04).
    fn close_session(&mut self, account: AccountId, device: &Device) {
        let link = self.links.get_mut(&account);
        if let Some(link) = link.filter(|link| !link.is_broken())
            && let Some(registration) = link.registration.take()
            && let Ok(random) = randomness()
        {
            link.tell(&deregistration(registration), random);
            let detail = "without waiting for an answer".to_owned();
            self.tell(Talk::Deregister, account, device, detail);
        }
        if self.drop_link(account) {
            self.tell(Talk::CloseSession, account, device, String::new());
        }
    }

    /// This client lets nobody observe.
    fn cancel_observations(&mut self, _: ShortServerId) {}

    /// The session that an earlier bootstrap left open lets the bootstrap server ask.
    fn answer_bootstrap(
        &mut self,
        answer: Result<(), IgnoreReason>,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        let Some(knock) = self.knock.take().filter(|_| answer.is_ok()) else { return Ok(()) };
        self.bootstrap = Some(Task::begin(device));
        self.answer(AccountId::BootstrapServer, knock, device);
        let result = self.await_bootstrap(device, mailbox);
        self.conclude_bootstrap(result, device)
    }

    fn wait(
        &mut self,
        until: Option<Instant>,
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> UplinkEvent {
        loop {
            self.turn(device);
            if let Some(wish) = self.wishes.pop_front() {
                return wish;
            }
            // Datagrams without end keep nothing from being done in time.
            if until.is_some_and(|until| until <= Instant::now()) {
                return UplinkEvent::Elapsed;
            }
            let next = self.links.values().filter_map(Link::next_timeout).chain(until).min();
            match mailbox.wait(next) {
                Arrival::Stop => return UplinkEvent::Stopped,
                Arrival::Line(line) => return UplinkEvent::Line(line),
                Arrival::Datagram { socket, bytes } => self.receive(socket, bytes),
                Arrival::Elapsed => {}
            }
        }
    }
}

/// Random bytes for a request.
fn randomness() -> Result<Randomness, NetworkError> {
    let (mut token, mut spread) = ([0; 8], [0; 1]);
    os_random(&mut token)?;
    os_random(&mut spread)?;
    Ok(Randomness { token, spread: spread[0] })
}

fn accepted(answer: &Message) -> Result<(), NetworkError> {
    let code = answer.code();
    if code.is_success() { Ok(()) } else { Err(NetworkError::Answer { code }) }
}

#[cfg(test)]
mod tests;
