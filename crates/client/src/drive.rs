// SPDX-License-Identifier: Apache-2.0
//! Runs the client against a card, an LwM2M stack and a store.

mod host;

pub use host::{Host, HostEvent};

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use simstrap_policy::bootstrap_data::reader::{CardReading, ReadErrorKind, ReadOptions, read_card};
use simstrap_policy::bootstrap_data::scp03::apdu::Transport;
use simstrap_policy::bootstrap_data::scp03::{KeyDiversification, RandomError, StaticKeys};
use simstrap_policy::{
    Assessment, Circumstances, Comparison, Observation, Plan, Policy, Record, RecordError, Salt,
    Step, Store,
};

use crate::{Action, Client, Event};

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError<E> {
    /// The store could not be read.
    #[error("loading the record")]
    Load(#[source] E),
    /// There were no random bytes for a new record.
    #[error("making a new record")]
    Random(#[source] RandomError),
}

/// A client with its card, its stack and its store.
///
/// With a blocking transport, host and store nothing ever waits: run it with
/// [`blocking::run`](simstrap_policy::bootstrap_data::scp03::apdu::blocking::run).
#[derive(Debug)]
pub struct Driver<'d, T, H, S, K = StaticKeys> {
    client: Client<'d>,
    transport: T,
    options: ReadOptions<'d, K>,
    host: H,
    store: S,
    /// The card is to be looked at; whether the whole of the data is wanted.
    look: Option<bool>,
    /// What happened and was not handed in yet.
    events: VecDeque<Event<'static, 'static>>,
    /// What is under way, as the event that tells of its failure, where there is one.
    unfinished: VecDeque<Option<Event<'static, 'static>>>,
}

impl<'d, T: Transport, H: Host, S: Store, K: KeyDiversification> Driver<'d, T, H, S, K> {
    /// Loads the record. One that is broken counts as none (FT-02).
    ///
    /// # Errors
    /// [`DriveError`] when the store cannot be read or there are no random bytes.
    pub async fn load(
        policy: &'d Policy,
        transport: T,
        options: ReadOptions<'d, K>,
        mut host: H,
        mut store: S,
    ) -> Result<Self, DriveError<S::Error>> {
        let bytes = store.load().await.map_err(DriveError::Load)?;
        let stored = bytes.map(|bytes| Record::from_bytes(&bytes)).transpose();
        let stored = stored.unwrap_or_else(|error: RecordError| {
            host.trouble(&error);
            None
        });
        let record = match stored {
            Some(record) => record,
            None => {
                let mut salt = [0; Salt::LEN];
                host.random(&mut salt).map_err(DriveError::Random)?;
                Record::new(Salt::new(salt))
            }
        };
        let client = Client::new(policy, record);
        Ok(Self {
            client,
            transport,
            options,
            host,
            store,
            look: None,
            events: VecDeque::new(),
            unfinished: VecDeque::new(),
        })
    }

    /// Starts the client, and does what follows until nothing is left to do. A client that was
    /// started does not start again.
    ///
    /// As with [`handle`](Self::handle), the future may be dropped.
    pub async fn start(&mut self) {
        self.settle(Event::Start).await;
    }

    /// Starts the client, waits for what the host has to tell, and does what follows, until the
    /// host has nothing more to tell.
    pub async fn run(&mut self) {
        self.start().await;
        while let Some(event) = self.host.next().await {
            self.handle(event).await;
        }
    }

    /// Does what follows from an event, until nothing is left to do.
    ///
    /// The future may be dropped, by a timeout for example: what was under way then counts as
    /// failed the next time (FT-06).
    pub async fn handle(&mut self, event: HostEvent) {
        self.settle(event.into()).await;
    }

    /// The client.
    #[must_use]
    pub const fn client(&self) -> &Client<'d> {
        &self.client
    }

    /// The host.
    #[must_use]
    pub const fn host(&mut self) -> &mut H {
        &mut self.host
    }

    /// Gives transport, host and store back.
    #[must_use]
    pub fn into_parts(self) -> (T, H, S) {
        (self.transport, self.host, self.store)
    }

    async fn settle(&mut self, event: Event<'static, 'static>) {
        self.events.extend(self.unfinished.drain(..).flatten());
        self.events.push_back(event);
        loop {
            if let Some(event) = self.events.pop_front() {
                let client = &mut self.client;
                let actions = self.host.with_view(|view| client.handle(event, view));
                self.act_on(actions).await;
            } else if let Some(whole) = self.look.take() {
                self.look_at_card(whole).await;
            } else {
                return;
            }
        }
    }

    /// Looks at the card. A logical channel of one's own is opened and closed for every look, so
    /// that nothing is left behind when the card was reset meanwhile (FT-06).
    async fn look_at_card(&mut self, whole: bool) {
        self.unfinished.push_back(Some(Event::ReadFailed(ReadErrorKind::Unreadable)));
        let read = read_card(&mut self.transport, &mut self.options).await;
        self.unfinished.pop_front();
        let CardReading { reading, .. } = match read {
            Ok(read) => read,
            Err(error) => {
                self.host.trouble(&error);
                self.events.push_back(Event::ReadFailed(error.kind()));
                return;
            }
        };
        let (iccid, digest) = (reading.iccid, reading.digest);
        if !whole && self.client.record().compare(iccid, digest) == Comparison::Unchanged {
            self.events.push_back(Event::CardUnchanged);
            return;
        }
        let secure_channel = reading.secure_channel.map(|achieved| achieved.level);
        // BS-04: the keys of this card, to find them in its data.
        let keys = reading.secure_channel.and_then(|achieved| {
            let options = self.options.secure_channel.as_ref()?;
            options.configuration.keys.card_keys(&achieved.diversification_data)
        });
        if let Err(error) = &reading.data {
            self.host.trouble(error);
        }
        let client = &mut self.client;
        let actions = self.host.with_view(|view| {
            let circumstances =
                Circumstances { secure_channel, scp03_keys: keys.as_ref(), device: view.device };
            let assessment = reading.data.as_ref().ok().map(|data| {
                Assessment::under(client.policy(), data.as_ref(), &circumstances, &mut ())
            });
            let assessment = assessment.as_ref();
            let observation = Observation::Card { iccid, digest, assessment };
            client.handle(Event::CardRead(observation), view)
        });
        self.act_on(actions).await;
    }

    /// Does what takes no time first, so that a dropped future loses nothing of it.
    async fn act_on(&mut self, actions: Vec<Action<'_>>) {
        let mut slow = Vec::new();
        for action in actions {
            let failure = match &action {
                Action::CarryOut(_) => Some(Event::NotCarriedOut),
                Action::Perform(operation) => Some(Event::Failed(*operation)),
                Action::LookForFactoryData => Some(Event::FactoryData { present: false }),
                Action::PurgeBootstrapServer => None,
                _ => {
                    self.act_now(&action);
                    continue;
                }
            };
            self.unfinished.push_back(failure);
            slow.push(action);
        }
        for action in slow {
            let outcome = self.act(&action).await;
            self.unfinished.pop_front();
            self.events.extend(outcome);
        }
    }

    fn act_now(&mut self, action: &Action<'_>) {
        match *action {
            Action::ReadCard => self.look = Some(true),
            Action::CheckCard => self.look = Some(false),
            Action::StartTimer { timer, seconds } => self.host.start_timer(timer, seconds),
            Action::AcceptBootstrap => self.host.answer_bootstrap(Ok(())),
            Action::IgnoreBootstrap(reason) => self.host.answer_bootstrap(Err(reason)),
            Action::Defer(operation) => self.host.deferred(operation),
            Action::Cancel { operation, reason } => self.host.cancelled(operation, reason),
            Action::Report(report) => self.host.report(report),
            _ => {}
        }
    }

    async fn act(&mut self, action: &Action<'_>) -> Option<Event<'static, 'static>> {
        match action {
            Action::CarryOut(plan) => {
                let carried_out = self.carry_out(plan).await;
                Some(if carried_out { Event::CarriedOut } else { Event::NotCarriedOut })
            }
            Action::Perform(operation) => {
                let result = self.host.perform(*operation).await;
                Some(match result {
                    Ok(()) => Event::Done(*operation),
                    Err(error) => {
                        self.host.trouble(&error);
                        Event::Failed(*operation)
                    }
                })
            }
            Action::LookForFactoryData => {
                let present = self.host.apply_factory_data().await;
                Some(Event::FactoryData { present })
            }
            Action::PurgeBootstrapServer => {
                if let Err(error) = self.host.purge_bootstrap_server().await {
                    self.host.trouble(&error);
                }
                None
            }
            _ => None,
        }
    }

    /// FT-01: the interim record before the first step, the final one after the last.
    async fn carry_out(&mut self, plan: &Plan<'_>) -> bool {
        if let Some(interim) = plan.interim()
            && !self.save(interim).await
        {
            return false;
        }
        for step in plan.steps() {
            let result = self.host.carry_out(step).await;
            if let Err(error) = result {
                self.host.trouble(&error);
                // DD-04: a server that cannot be reached keeps nothing from being deleted.
                if !matches!(step, Step::Deregister(_)) {
                    return false;
                }
            }
        }
        self.save(plan.record()).await
    }

    async fn save(&mut self, record: &Record) -> bool {
        let bytes = match record.to_bytes() {
            Ok(bytes) => bytes,
            Err(error) => {
                self.host.trouble(&error);
                return false;
            }
        };
        let saved = self.store.save(&bytes).await;
        if let Err(error) = &saved {
            self.host.trouble(error);
        }
        saved.is_ok()
    }
}
