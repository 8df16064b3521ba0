// SPDX-License-Identifier: Apache-2.0
//! Runs the client against a card, an LwM2M stack and a store.

mod host;

pub use host::{Host, HostEvent};

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use simstrap_policy::bootstrap_data::reader::{
    CardSession, ReadErrorKind, ReadOptions, Reading, Unchanged,
};
use simstrap_policy::bootstrap_data::scp03::apdu::Transport;
use simstrap_policy::bootstrap_data::scp03::{KeyDiversification, RandomError, StaticKeys};
use simstrap_policy::{
    Assessment, Choice, Circumstances, Comparison, Observation, Plan, Policy, Record, RecordError,
    Salt, Step, Store,
};

use crate::{Action, Client, Event};

/// The most looks in a row that read the bootstrap file only, over the channel that is open. The
/// next goes the whole way: through the directories of the card too, and to its number.
pub const MAX_RECHECKS: u8 = 32;

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
/// Between two looks the card stays open: a look that finds it unchanged reads the bootstrap file
/// only ([`CardSession::recheck`]). Where anything is different, fails, or was hinted at, it reads
/// the whole card.
///
/// With a blocking transport, host and store nothing ever waits: run it with
/// [`blocking::run`](simstrap_policy::bootstrap_data::scp03::apdu::blocking::run).
pub struct Driver<'d, T, H, S, K = StaticKeys> {
    client: Client<'d>,
    card: CardSession<T>,
    rechecks: u8,
    options: ReadOptions<'d, K>,
    choice: Option<&'d mut dyn Choice>,
    host: H,
    store: S,
    /// The card is to be looked at; whether the whole of the data is wanted.
    look: Option<bool>,
    /// What happened and was not handed in yet.
    events: VecDeque<Event<'static, 'static>>,
    /// The record of the client is not stored yet.
    unstored: bool,
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
            card: CardSession::new(transport),
            rechecks: 0,
            options,
            choice: None,
            host,
            store,
            look: None,
            events: VecDeque::new(),
            unstored: false,
            unfinished: VecDeque::new(),
        })
    }

    /// Lets a choice of the device's own decide about each account, after the policy.
    #[must_use]
    pub fn with_choice(self, choice: &'d mut dyn Choice) -> Self {
        Self { choice: Some(choice), ..self }
    }

    /// Starts the client, and does what follows until nothing is left to do. A client that was
    /// started does not start again.
    ///
    /// As with [`handle`](Self::handle), the future may be dropped.
    pub async fn start(&mut self) {
        self.settle(Event::Start).await;
    }

    /// Starts the client, waits for what the host has to tell, and does what follows, until the
    /// host has nothing more to tell; then [releases the card](Self::release_card).
    pub async fn run(&mut self) {
        self.start().await;
        while let Some(event) = self.host.next().await {
            self.handle(event).await;
        }
        self.release_card().await;
    }

    /// Closes what is open on the card: for others to use, or before
    /// [`into_parts`](Self::into_parts). The next look opens it anew.
    pub async fn release_card(&mut self) {
        if let Err(error) = self.card.close().await {
            self.host.trouble(&error);
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

    /// Gives transport, host and store back. What is open on the card stays open: see
    /// [`release_card`](Self::release_card).
    #[must_use]
    pub fn into_parts(self) -> (T, H, S) {
        (self.card.into_transport(), self.host, self.store)
    }

    async fn settle(&mut self, event: Event<'static, 'static>) {
        if matches!(event, Event::RefreshHint) {
            self.card.distrust();
        }
        self.events.extend(self.unfinished.drain(..).flatten());
        self.events.push_back(event);
        if self.unstored {
            self.store_record().await;
        }
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

    /// Looks at the card. Of a future that is dropped meanwhile, a failure is what is left; what
    /// was open on the card is closed by the next look (FT-06).
    async fn look_at_card(&mut self, whole: bool) {
        self.unfinished.push_back(Some(Event::ReadFailed(ReadErrorKind::Unreadable)));
        let unchanged = !whole && self.is_unchanged().await;
        let read = if unchanged { None } else { Some(self.card.read(&mut self.options).await) };
        self.unfinished.pop_front();
        match read {
            None => self.events.push_back(Event::CardUnchanged),
            Some(Ok(read)) => {
                self.rechecks = 0;
                self.card_was_read(&read.reading, whole).await;
            }
            Some(Err(error)) => {
                self.host.trouble(&error);
                self.events.push_back(Event::ReadFailed(error.kind()));
            }
        }
    }

    /// Whether the file that is open is that of the record. If not, nothing is known.
    async fn is_unchanged(&mut self) -> bool {
        if self.rechecks >= MAX_RECHECKS {
            return false;
        }
        match self.card.recheck().await {
            Ok(Unchanged { iccid, digest }) => {
                self.rechecks = self.rechecks.saturating_add(1);
                self.client.record().compare(iccid, digest) == Comparison::Unchanged
            }
            Err(error) => {
                if error.is_failure() {
                    self.host.trouble(&error);
                }
                false
            }
        }
    }

    async fn card_was_read(&mut self, reading: &Reading, whole: bool) {
        let actions = self.assess(reading, whole);
        self.act_on(actions).await;
    }

    /// What follows from a reading. Never part of a future, whose stack frame is there during every
    /// exchange with the card.
    #[inline(never)]
    fn assess<'r>(&mut self, reading: &'r Reading, whole: bool) -> Vec<Action<'r>> {
        let (iccid, digest) = (reading.iccid, reading.digest);
        if !whole && self.client.record().compare(iccid, digest) == Comparison::Unchanged {
            self.events.push_back(Event::CardUnchanged);
            return Vec::new();
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
        let as_proposed: &mut dyn Choice = &mut ();
        let mut choice = self.choice.as_deref_mut().unwrap_or(as_proposed);
        self.host.with_view(|view| {
            let circumstances =
                Circumstances { secure_channel, scp03_keys: keys.as_ref(), device: view.device };
            let assessment = reading.data.as_ref().ok().map(|data| {
                Assessment::under(client.policy(), data.as_ref(), &circumstances, &mut choice)
            });
            let assessment = assessment.as_ref();
            let observation = Observation::Card { iccid, digest, assessment };
            client.handle(Event::CardRead(observation), view)
        })
    }

    /// Does what takes no time first, so that a dropped future loses nothing of it.
    async fn act_on(&mut self, actions: Vec<Action<'_>>) {
        let mut slow = Vec::new();
        for action in actions {
            let failure = match &action {
                Action::CarryOut(_) => Some(Event::NotCarriedOut),
                Action::Perform(operation) => Some(Event::Failed(*operation)),
                Action::LookForFactoryData => Some(Event::FactoryData { present: false }),
                Action::PurgeBootstrapServer => Some(Event::Purged { success: false }),
                Action::StoreRecord(_) => {
                    self.unstored = true;
                    None
                }
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
                let purged = self.host.purge_bootstrap_server().await;
                if let Err(error) = &purged {
                    self.host.trouble(error);
                }
                Some(Event::Purged { success: purged.is_ok() })
            }
            Action::StoreRecord(_) => {
                self.store_record().await;
                None
            }
            _ => None,
        }
    }

    /// FT-01: the interim record before the first step, the final one after the last.
    async fn carry_out(&mut self, plan: &Plan<'_>) -> bool {
        if let Some(interim) = plan.interim()
            && !self.save(interim.to_bytes()).await
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
        self.save(plan.record().to_bytes()).await
    }

    /// Stores the record of the client. Without that the account timeout counts no longer after a
    /// restart; nothing else follows.
    async fn store_record(&mut self) {
        self.save(self.client.record().to_bytes()).await;
        self.unstored = false;
    }

    async fn save(&mut self, record: Result<Vec<u8>, RecordError>) -> bool {
        let bytes = match record {
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

impl<T: fmt::Debug, H: fmt::Debug, S: fmt::Debug, K> fmt::Debug for Driver<'_, T, H, S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("client", &self.client)
            .field("card", &self.card)
            .field("options", &self.options)
            .field("chooses", &self.choice.is_some())
            .field("host", &self.host)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
