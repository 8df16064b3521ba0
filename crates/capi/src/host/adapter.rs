// SPDX-License-Identifier: Apache-2.0
//! The callbacks as a host and a store.

use alloc::collections::VecDeque;
use alloc::ffi::CString;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::ffi::c_void;
use core::fmt;
use core::future::poll_fn;
use core::task::Poll;

use alloc::rc::Rc;

use ::simstrap_client::{
    CancelReason, Host, HostEvent, IgnoreReason, Operation, Report, TimerId, View,
};
use ::simstrap_policy::bootstrap_data::scp03::RandomError;
use ::simstrap_policy::{AccountId, MAX_RECORD, Step, Store};

use super::{
    simstrap_host, simstrap_notice, simstrap_notice_kind, simstrap_operation, simstrap_store,
    simstrap_view,
};
use crate::assessment::{decision_of, simstrap_decision};
use crate::card::Random;
use crate::defect;
use crate::error::{Failure, chain};
use crate::step::{server_number, simstrap_step};

/// The most events that wait: an operation and a timer for every account there can be.
pub(crate) const MAX_EVENTS: usize = 128;

/// The most events that one call of a function deals with: several times as many as can wait. A
/// callback that hands one in whenever it is called would keep the client running for ever (FT-03).
pub(crate) const MAX_EVENTS_AT_ONCE: usize = 1024;

/// What the running client and the functions that hand in events share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) events: RefCell<VecDeque<HostEvent>>,
    /// The operation that is under way.
    pub(crate) under_way: Cell<Option<Operation>>,
    /// How it ended.
    pub(crate) outcome: Cell<Option<bool>>,
    /// Whether something was handed in since the client last ran.
    pub(crate) news: Cell<bool>,
    /// How many events the call that is under way has dealt with.
    pub(crate) dealt_with: Cell<usize>,
    /// Whether events were left to the next call.
    pub(crate) has_left_some: Cell<bool>,
    /// Whether the client is to end.
    pub(crate) closing: Cell<bool>,
    /// Why the client could not start.
    pub(crate) failure: RefCell<Option<Failure>>,
}

/// The callback said that it failed; the number is what it returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallbackError {
    doing: &'static str,
    code: i32,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the callback for {} returned {}", self.doing, self.code)
    }
}

impl core::error::Error for CallbackError {}

fn outcome(doing: &'static str, code: i32) -> Result<(), CallbackError> {
    if code == 0 { Ok(()) } else { Err(CallbackError { doing, code }) }
}

/// A stack whose callbacks are there.
pub(crate) struct CallbackHost {
    context: *mut c_void,
    view: unsafe extern "C" fn(*mut c_void, *mut simstrap_view),
    /// What the callback fills in: it stays where a callback has seen it.
    shown_in: Rc<simstrap_view>,
    carry_out: unsafe extern "C" fn(*mut c_void, *const simstrap_step) -> i32,
    perform: unsafe extern "C" fn(*mut c_void, simstrap_operation, u16) -> i32,
    start_timer: unsafe extern "C" fn(*mut c_void, u32, u32),
    optional: simstrap_host,
    random: Random,
    shared: Rc<Shared>,
}

impl CallbackHost {
    /// Nothing is called yet; the caller of the C function vouches that the callbacks keep to
    /// their contracts as long as the client lives.
    pub(crate) fn new(
        host: &simstrap_host,
        random: Random,
        shared: Rc<Shared>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            context: host.context,
            view: host.view.ok_or_else(|| Failure::null("host.view"))?,
            shown_in: Rc::default(),
            carry_out: host.carry_out.ok_or_else(|| Failure::null("host.carry_out"))?,
            perform: host.perform.ok_or_else(|| Failure::null("host.perform"))?,
            start_timer: host.start_timer.ok_or_else(|| Failure::null("host.start_timer"))?,
            optional: *host,
            random,
            shared,
        })
    }

    fn notice(&self, kind: simstrap_notice_kind, text: &str) {
        self.tell(
            &Notice { kind, operation: None, server: None, decision: None, attempt: 0 },
            text,
        );
    }

    fn tell(&self, notice: &Notice, text: &str) {
        let Some(callback) = self.optional.notice else { return };
        let text = CString::new(text).unwrap_or_default();
        let shown = simstrap_notice {
            kind: notice.kind,
            operation: notice.operation.map_or(simstrap_operation::Bootstrap, operation_of),
            server: notice.server.map_or(0, server_number),
            decision: notice.decision.unwrap_or(simstrap_decision::Apply),
            attempt: notice.attempt,
            text: text.as_ptr(),
        };
        // SAFETY: whoever gave the callback vouches for it; the notice lives during the call.
        unsafe { callback(self.context, &raw const shown) }
        defect::may_show();
    }
}

struct Notice {
    kind: simstrap_notice_kind,
    operation: Option<Operation>,
    server: Option<AccountId>,
    decision: Option<simstrap_decision>,
    attempt: u8,
}

impl Notice {
    const fn about(kind: simstrap_notice_kind, operation: Operation) -> Self {
        let server = Some(operation.account());
        Self { kind, operation: Some(operation), server, decision: None, attempt: 0 }
    }

    const fn attempt(kind: simstrap_notice_kind, attempt: u8) -> Self {
        Self { kind, operation: None, server: None, decision: None, attempt }
    }
}

impl Host for CallbackHost {
    type Error = CallbackError;

    async fn next(&mut self) -> Option<HostEvent> {
        let shared = &self.shared;
        poll_fn(|_| {
            if shared.closing.get() {
                return Poll::Ready(None);
            }
            let mut events = shared.events.borrow_mut();
            if shared.dealt_with.get() >= MAX_EVENTS_AT_ONCE {
                shared.has_left_some.set(!events.is_empty());
                return Poll::Pending;
            }
            let Some(event) = events.pop_front() else { return Poll::Pending };
            shared.dealt_with.set(shared.dealt_with.get() + 1);
            Poll::Ready(Some(event))
        })
        .await
    }

    fn with_view<R>(&mut self, look: impl FnOnce(&View<'_>) -> R) -> R {
        let shown = self.shown_in.ask(|| {
            let view = Rc::as_ptr(&self.shown_in).cast_mut();
            // SAFETY: whoever gave the callback vouches for it; the view lives as long as the
            // client, and is only changed through the reference behind it.
            unsafe { (self.view)(self.context, view) };
            defect::may_show();
        });
        shown.with(look)
    }

    async fn carry_out(&mut self, step: &Step<'_>) -> Result<(), CallbackError> {
        const DOING: &str = "a step";
        let step = simstrap_step::new(step).ok_or(CallbackError { doing: DOING, code: -1 })?;
        // SAFETY: whoever gave the callback vouches for it; the step lives during the call.
        let code = unsafe { (self.carry_out)(self.context, &raw const step) };
        defect::may_show();
        outcome(DOING, code)
    }

    async fn perform(&mut self, operation: Operation) -> Result<(), CallbackError> {
        const DOING: &str = "an operation";
        let shared = &self.shared;
        shared.outcome.set(None);
        shared.under_way.set(Some(operation));
        let server = server_number(operation.account());
        // SAFETY: whoever gave the callback vouches for it.
        let said = unsafe { (self.perform)(self.context, operation_of(operation), server) };
        defect::may_show();
        let success = match said {
            0 => true,
            2 => poll_fn(|_| shared.outcome.take().map_or(Poll::Pending, Poll::Ready)).await,
            _ => false,
        };
        shared.under_way.set(None);
        if success { Ok(()) } else { Err(CallbackError { doing: DOING, code: said }) }
    }

    async fn apply_factory_data(&mut self) -> bool {
        // SAFETY: whoever gave the callback vouches for it.
        self.optional.apply_factory_data.is_some_and(|apply| unsafe { apply(self.context) })
    }

    async fn purge_bootstrap_server(&mut self) -> Result<(), CallbackError> {
        const DOING: &str = "purging the bootstrap server";
        match self.optional.purge_bootstrap_server {
            // SAFETY: whoever gave the callback vouches for it.
            Some(purge) => outcome(DOING, unsafe { purge(self.context) }),
            None => Err(CallbackError { doing: DOING, code: -1 }),
        }
    }

    fn answer_bootstrap(&mut self, answer: Result<(), IgnoreReason>) {
        match answer {
            Ok(()) => {
                self.notice(simstrap_notice_kind::BootstrapAccepted, "a server may bootstrap");
            }
            Err(reason) => {
                let text = match reason {
                    IgnoreReason::TooEarly => {
                        "a server may not bootstrap before the card was tried"
                    }
                    IgnoreReason::NoAccount => "there is no bootstrap-server account",
                };
                self.notice(simstrap_notice_kind::BootstrapIgnored, text);
            }
        }
    }

    fn start_timer(&mut self, timer: TimerId, seconds: u32) {
        // SAFETY: whoever gave the callback vouches for it.
        unsafe { (self.start_timer)(self.context, timer.to_u32(), seconds) }
        defect::may_show();
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), RandomError> {
        self.random.fill(buffer)
    }

    fn deferred(&mut self, operation: Operation) {
        let notice = Notice::about(simstrap_notice_kind::Deferred, operation);
        self.tell(&notice, &sentence(operation, "waits for the card"));
    }

    fn cancelled(&mut self, operation: Operation, reason: CancelReason) {
        let notice = Notice::about(simstrap_notice_kind::Cancelled, operation);
        let why = match reason {
            CancelReason::NotUsable => "will not be done: the account is not in use",
            CancelReason::TooMany => "will not be done: too many wait",
        };
        self.tell(&notice, &sentence(operation, why));
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Unreadable { attempt } => {
                let notice = Notice::attempt(simstrap_notice_kind::Unreadable, attempt);
                self.tell(&notice, "the card could not be read");
            }
            Report::NotCarriedOut { attempt } => {
                let notice = Notice::attempt(simstrap_notice_kind::NotCarriedOut, attempt);
                self.tell(&notice, "a plan was not carried out");
            }
            Report::Refused(reason) => {
                self.notice(simstrap_notice_kind::Refused, &reason.to_string());
            }
            Report::NotUsed { account, state, reason } => {
                let notice = Notice {
                    kind: simstrap_notice_kind::NotUsed,
                    operation: None,
                    server: Some(account),
                    decision: Some(decision_of(state)),
                    attempt: 0,
                };
                self.tell(&notice, &reason.to_string());
            }
            Report::Stranded => {
                self.notice(simstrap_notice_kind::Stranded, "no server is left to turn to");
            }
        }
    }

    fn trouble(&mut self, error: &dyn core::error::Error) {
        self.notice(simstrap_notice_kind::Trouble, &chain(error));
    }
}

fn sentence(operation: Operation, rest: &str) -> String {
    alloc::format!("{operation}: {rest}")
}

const fn operation_of(operation: Operation) -> simstrap_operation {
    match operation {
        Operation::Register(_) => simstrap_operation::Register,
        Operation::Update(_) => simstrap_operation::Update,
        Operation::Bootstrap => simstrap_operation::Bootstrap,
    }
}

/// A store whose callbacks are there.
pub(crate) struct CallbackStore {
    context: *mut c_void,
    load: unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> i32,
    save: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> i32,
}

impl CallbackStore {
    /// Nothing is called yet; the caller of the C function vouches that the callbacks keep to
    /// their contracts as long as the client lives.
    pub(crate) fn new(store: &simstrap_store) -> Result<Self, Failure> {
        Ok(Self {
            context: store.context,
            load: store.load.ok_or_else(|| Failure::null("store.load"))?,
            save: store.save.ok_or_else(|| Failure::null("store.save"))?,
        })
    }
}

impl Store for CallbackStore {
    type Error = CallbackError;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, CallbackError> {
        const DOING: &str = "loading the record";
        let call = |buffer: &mut [u8]| {
            let mut length = 0;
            let (capacity, target) = (buffer.len(), buffer.as_mut_ptr());
            // SAFETY: the pointers are valid for their lengths during the call; whoever gave the
            // callback vouches that it writes no further.
            let code = unsafe { (self.load)(self.context, target, capacity, &raw mut length) };
            defect::may_show();
            outcome(DOING, code).map(|()| length)
        };
        let length = call(&mut [])?;
        // What no record can be counts as none, as a broken one does.
        if length == 0 || length > MAX_RECORD {
            return Ok(None);
        }
        let mut bytes = vec![0; length];
        let again = call(&mut bytes)?;
        bytes.truncate(again);
        Ok(Some(bytes))
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), CallbackError> {
        // SAFETY: the pointer is valid for the length during the call.
        let code = unsafe { (self.save)(self.context, bytes.as_ptr(), bytes.len()) };
        defect::may_show();
        outcome("storing the record", code)
    }
}
