// SPDX-License-Identifier: Apache-2.0
//! The client: keeps the device in step with its card.

mod wiped;

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll, Waker};

use ::simstrap_client::{DriveError, Driver, HostEvent, Operation, TimerId};
use ::simstrap_policy::Policy;
use ::simstrap_policy::bootstrap_data::object::ShortServerId;

use crate::border::{self, guard, stop_panic};
use crate::card::{Card, simstrap_card};
use crate::choice::{CallbackChoice, simstrap_choice};
use crate::error::{Failure, simstrap_error, simstrap_status};
use crate::host::{
    CallbackHost, CallbackStore, MAX_EVENTS, MAX_EVENTS_AT_ONCE, Shared, simstrap_host,
    simstrap_store,
};
use crate::policy::simstrap_policy;
use crate::reading::{Access, simstrap_access};
use wiped::Wiped;

/// Keeps the device in step with its card: the bootstrap sequence, the look at the card before
/// every Register and Update, what to disable, delete or write when it changed or is gone.
///
/// It belongs to one thread at a time. Nothing in it waits: every function returns once the
/// callbacks have, and the client goes on with the next event. One call deals with at most 1024
/// events; `SIMSTRAP_STATUS_UNFINISHED` says that callbacks have handed in more.
pub struct simstrap_client {
    /// What it does; `None` once it is closed. It is borrowed while it runs, so that a callback
    /// that calls back is noticed.
    life: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    started: Cell<bool>,
    shared: Rc<Shared>,
}

/// What a client is made of. The caller owns it and what it points to; all of it is copied, and
/// the callbacks are called until the client is closed or freed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_client_config {
    /// `NULL` applies everything that is consistent.
    pub policy: *const simstrap_policy,
    /// The way to the card.
    pub card: simstrap_card,
    /// How to read it.
    pub access: simstrap_access,
    /// Where the record is kept.
    pub store: simstrap_store,
    /// The LwM2M stack.
    pub host: simstrap_host,
    /// Which accounts to use; all zero for whatever the policy proposes.
    pub choice: simstrap_choice,
}

/// Makes a client. Nothing is called before `simstrap_client_start`.
///
/// `client`: receives the handle, which the caller frees with `simstrap_client_free`.
///
/// # Safety
/// `config` points to a configuration whose members are valid and whose callbacks keep to their
/// contracts as long as the client lives; `client` points to a pointer; `error` is `NULL` or points
/// to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_new(
    config: *const simstrap_client_config,
    client: *mut *mut simstrap_client,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let config = border::borrow(config, "config")?;
            let policy = border::optional(config.policy, "config.policy")?;
            // Before the keys are copied: what those leave on the stack would go along with it.
            let shared = Rc::new(Shared::default());
            let access = Box::new(Access::new(Some(&config.access))?);
            let host = CallbackHost::new(&config.host, access.random, Rc::clone(&shared))?;
            let card = Card::new(&config.card)?;
            let store = CallbackStore::new(&config.store)?;
            let choice = CallbackChoice::new(&config.choice);
            let policy = policy.map(|policy| policy.policy.clone()).unwrap_or_default();
            let parts = Parts { policy, choice, access, card, host, store };
            let life: Pin<Box<dyn Future<Output = ()>>> =
                Box::pin(Wiped::new(live(parts, Rc::clone(&shared))));
            let life = RefCell::new(Some(life));
            border::hand_over(client, simstrap_client { life, started: Cell::new(false), shared })
        })
    }
}

/// Starts the client: loads the record, reads the card, and does what follows. A client that was
/// started does not start again; after `SIMSTRAP_STATUS_UNFINISHED` it goes on with the events that
/// wait.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile; `error` is `NULL` or points to an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_start(
    client: *const simstrap_client,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let client = border::borrow(client, "client")?;
            client.started.set(true);
            client.run()
        })
    }
}

/// Says that an operation is due. The client looks at the card first where the server came from
/// it; then it calls `perform`, or tells by a notice that the operation waits or will not be done.
///
/// `operation`: one of `simstrap_operation`. `server`: short server id; 0 for a bootstrap.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_due(
    client: *const simstrap_client,
    operation: i32,
    server: u16,
) -> simstrap_status {
    let event = || operation_of(operation, server).map(HostEvent::Due);
    // SAFETY: as the caller vouches.
    unsafe { hand_in(client, event) }
}

/// Says how the operation that `perform` called under way has ended.
///
/// `SIMSTRAP_STATUS_NOT_FOUND` when another or none is under way.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_performed(
    client: *const simstrap_client,
    operation: i32,
    server: u16,
    success: bool,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let client = border::borrow(client, "client")?.running()?;
            let operation = operation_of(operation, server)?;
            if client.shared.under_way.get() != Some(operation) {
                let message = "no such operation is under way";
                return Err(Failure::new(simstrap_status::NotFound, message));
            }
            client.shared.outcome.set(Some(success));
            client.run()
        })
    }
}

/// Says that the card or its data may have changed: a REFRESH, or any other hint of the modem.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_refresh(
    client: *const simstrap_client,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe { hand_in(client, || Ok(HostEvent::RefreshHint)) }
}

/// Says that a server asks to bootstrap the device; the answer comes as a notice.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_bootstrap_requested(
    client: *const simstrap_client,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe { hand_in(client, || Ok(HostEvent::ServerInitiatedBootstrap)) }
}

/// Says that a bootstrap which a server initiated has ended.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_bootstrapped(
    client: *const simstrap_client,
    success: bool,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe { hand_in(client, || Ok(HostEvent::Bootstrapped { success })) }
}

/// Says that the time of a timer is over.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_timer(
    client: *const simstrap_client,
    timer: u32,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe { hand_in(client, || Ok(HostEvent::Timer(TimerId::new(timer)))) }
}

/// Ends a client: what is open on the card is closed, keys and PIN are wiped, no callback is called
/// any more, and every later event is refused with `SIMSTRAP_STATUS_CLOSED`. What is under way counts
/// as failed at the next start.
///
/// `SIMSTRAP_STATUS_BUSY` from within a callback: nothing is closed then.
///
/// # Safety
/// `client` is a live handle that no other thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_close(client: *const simstrap_client) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe { guard(ptr::null_mut(), || border::borrow(client, "client")?.close()) }
}

/// Closes and frees a client, and sets the pointer to `NULL`. It is freed also when closing ends in
/// `SIMSTRAP_STATUS_PANIC`.
///
/// `SIMSTRAP_STATUS_BUSY` from within a callback: nothing is freed then.
///
/// # Safety
/// `client` is `NULL` or points to a handle of `simstrap_client_new` or to `NULL`, which no other
/// thread uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_client_free(
    client: *mut *mut simstrap_client,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let Some(handle) = border::optional(client, "client")? else { return Ok(()) };
            let Some(handle) = border::optional(*handle, "client")? else { return Ok(()) };
            let closed = handle.close();
            if handle.life.try_borrow_mut().is_ok() {
                border::take_back(client);
            }
            closed
        })
    }
}

impl simstrap_client {
    /// The client, if it runs.
    fn running(&self) -> Result<&Self, Failure> {
        let closed = self.life.try_borrow().is_ok_and(|life| life.is_none());
        if closed || !self.started.get() {
            let message = "the client was not started, or is closed";
            return Err(Failure::new(simstrap_status::Closed, message));
        }
        Ok(self)
    }

    /// Ends it. What only waits for an event closes its channel on the card; the rest breaks off.
    fn close(&self) -> Result<(), Failure> {
        drop(self.life.try_borrow_mut().map_err(|_| within_callback())?);
        self.shared.closing.set(true);
        let ended = if self.running().is_ok() { self.run() } else { Ok(()) };
        *self.life.try_borrow_mut().map_err(|_| within_callback())? = None;
        ended
    }

    /// Goes on until nothing is left to do. From within a callback it only notes that there is
    /// something: the call that is under way sees to it.
    fn run(&self) -> Result<(), Failure> {
        self.running()?;
        self.shared.news.set(true);
        let Ok(mut slot) = self.life.try_borrow_mut() else { return Ok(()) };
        self.shared.dealt_with.set(0);
        self.shared.has_left_some.set(false);
        while self.shared.news.take() {
            let Some(life) = slot.as_mut() else { break };
            let mut context = Context::from_waker(Waker::noop());
            match stop_panic(|| life.as_mut().poll(&mut context)) {
                Some(Poll::Pending) => {}
                Some(Poll::Ready(())) => *slot = None,
                None => {
                    // What panicked is not asked again. Dropping it wipes what it held.
                    let left = slot.take();
                    stop_panic(|| drop(left));
                    return Err(Failure::defect());
                }
            }
        }
        if self.shared.has_left_some.get() {
            return Err(unfinished());
        }
        self.shared.failure.take().map_or(Ok(()), Err)
    }
}

impl fmt::Debug for simstrap_client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("simstrap_client").field("shared", &self.shared).finish_non_exhaustive()
    }
}

/// What a client owns.
struct Parts {
    policy: Policy,
    choice: CallbackChoice,
    /// Boxed: what moves within a future leaves a copy behind, and these are keys.
    access: Box<Access>,
    card: Card,
    host: CallbackHost,
    store: CallbackStore,
}

/// The whole life of a client.
async fn live(parts: Parts, shared: Rc<Shared>) {
    let Parts { policy, mut choice, access, card, host, store } = parts;
    let mut random = |buffer: &mut [u8]| access.random.fill(buffer);
    let options = access.options(&mut random);
    match Driver::load(&policy, card, options, host, store).await {
        Ok(driver) => driver.with_choice(&mut choice).run().await,
        Err(error) => {
            let status = match &error {
                DriveError::Random(_) => simstrap_status::Random,
                _ => simstrap_status::Store,
            };
            shared.failure.replace(Some(Failure::of(status, &error)));
        }
    }
}

/// Hands in an event.
///
/// # Safety
/// `client` is `NULL` or a live handle that no other thread uses meanwhile.
unsafe fn hand_in(
    client: *const simstrap_client,
    event: impl FnOnce() -> Result<HostEvent, Failure>,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let client = border::borrow(client, "client")?.running()?;
            let event = event()?;
            let waiting = client.shared.events.borrow().len();
            if waiting >= MAX_EVENTS {
                return Err(Failure::new(simstrap_status::Busy, "too many events wait"));
            }
            client.shared.events.borrow_mut().push_back(event);
            client.run()
        })
    }
}

fn operation_of(operation: i32, server: u16) -> Result<Operation, Failure> {
    let id = ShortServerId::new(server);
    let operation = match (operation, id) {
        (0, Some(id)) => Some(Operation::Register(id)),
        (1, Some(id)) => Some(Operation::Update(id)),
        (2, None) => Some(Operation::Bootstrap),
        _ => None,
    };
    operation.ok_or_else(|| Failure::invalid("no such operation, or no such server"))
}

fn unfinished() -> Failure {
    let message = alloc::format!(
        "{MAX_EVENTS_AT_ONCE} events were dealt with, and callbacks hand in more and more"
    );
    let failure = Failure::new(simstrap_status::Unfinished, &message);
    failure.with_help("hand in an event when something happened, not whenever a callback is called")
}

fn within_callback() -> Failure {
    Failure::new(simstrap_status::Busy, "not from within a callback")
}

#[cfg(test)]
mod tests;
