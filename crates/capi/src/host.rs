// SPDX-License-Identifier: Apache-2.0
//! An LwM2M stack and a store, given by callbacks.

mod adapter;
mod view;

pub(crate) use adapter::{CallbackHost, CallbackStore, MAX_EVENTS, MAX_EVENTS_AT_ONCE, Shared};
pub(crate) use view::Shown;
pub use view::*;

use core::ffi::{c_char, c_void};

use crate::assessment::simstrap_decision;
use crate::step::simstrap_step;

/// What a client does with a server.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_operation {
    /// Register.
    Register = 0,
    /// Update the registration.
    Update = 1,
    /// Client-initiated bootstrap; the server is 0.
    Bootstrap = 2,
}

/// What the stack says of an operation that it was told to perform.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_performance {
    /// It succeeded.
    Done = 0,
    /// It was refused, or nobody answered.
    Failed = 1,
    /// It is under way; `simstrap_client_performed` tells how it ended.
    UnderWay = 2,
}

/// What a notice is about.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_notice_kind {
    /// `operation` with `server` waits until the card can be read; it is not lost.
    Deferred = 0,
    /// `operation` with `server` will not be done.
    Cancelled = 1,
    /// The card could not be read, for the `attempt`th time in a row.
    Unreadable = 2,
    /// A plan was not carried out, for the `attempt`th time in a row; another one makes up for it.
    NotCarriedOut = 3,
    /// The data was refused as a whole.
    Refused = 4,
    /// The account of `server` is not used: `decision`.
    NotUsed = 5,
    /// No server is left to turn to; everything starts over after a while.
    Stranded = 6,
    /// A server asked to bootstrap the device and may: let it go ahead.
    BootstrapAccepted = 7,
    /// A server asked to bootstrap the device and may not: leave it unanswered.
    BootstrapIgnored = 8,
    /// Something went wrong and is dealt with.
    Trouble = 9,
    /// Something this version of the header has no name for.
    Other = 10,
}

/// Something worth knowing. It lives as long as the callback it is shown to.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_notice {
    /// What it is about.
    pub kind: simstrap_notice_kind,
    /// Which operation, where it is about one.
    pub operation: simstrap_operation,
    /// Short server id; 0 is the bootstrap server.
    pub server: u16,
    /// What becomes of the account, where it is about one.
    pub decision: simstrap_decision,
    /// Which attempt, from 1, where it is about one.
    pub attempt: u8,
    /// In words, NUL-terminated; never a secret.
    pub text: *const c_char,
}

/// An LwM2M stack. All callbacks get `context` first and run in the thread that called into the
/// library; none may free or close the client, or jump out of it with `longjmp` or an exception.
/// From within a callback, events can be handed in; they are dealt with afterwards, at most 1024 before
/// the function that called back returns: `SIMSTRAP_STATUS_UNFINISHED`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_host {
    /// Handed to the callbacks, otherwise left alone.
    pub context: *mut c_void,
    /// Shows what the device holds now, by calling the functions of `simstrap_view`. Has to be
    /// given.
    pub view: Option<unsafe extern "C" fn(context: *mut c_void, view: *mut simstrap_view)>,
    /// Carries out a step of a plan; returns 0, or anything else when it could not. Has to be
    /// given.
    pub carry_out:
        Option<unsafe extern "C" fn(context: *mut c_void, step: *const simstrap_step) -> i32>,
    /// Does an operation with a server now: the card was checked. Returns one of
    /// `simstrap_performance`; any other number counts as failed. Has to be given.
    pub perform: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            operation: simstrap_operation,
            server: u16,
        ) -> i32,
    >,
    /// Has `simstrap_client_timer` called with `timer` after so many seconds. Timers need not
    /// survive a restart, nor be stopped. Has to be given.
    pub start_timer: Option<unsafe extern "C" fn(context: *mut c_void, timer: u32, seconds: u32)>,
    /// Puts factory bootstrap information in place, if there is some; returns whether there is.
    /// `NULL` where there never is.
    pub apply_factory_data: Option<unsafe extern "C" fn(context: *mut c_void) -> bool>,
    /// Removes the bootstrap-server account, whose timeout is over; returns 0, or anything else
    /// when it could not. `NULL` where that cannot be done.
    pub purge_bootstrap_server: Option<unsafe extern "C" fn(context: *mut c_void) -> i32>,
    /// Is told what is worth knowing. `NULL` for nothing.
    pub notice: Option<unsafe extern "C" fn(context: *mut c_void, notice: *const simstrap_notice)>,
}

/// Where the record is kept: a few hundred bytes that survive a power cut. After a save that was
/// cut short at any point, a load gives what was saved before, or the new, never a mixture.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_store {
    /// Handed to the callbacks, otherwise left alone.
    pub context: *mut c_void,
    /// Tells in `length` how many bytes are stored, 0 for none, and copies them to `buffer` when
    /// `capacity` suffices. It is called with capacity 0 first. Returns 0, or anything else when
    /// the store cannot be read. Has to be given.
    pub load: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            buffer: *mut u8,
            capacity: usize,
            length: *mut usize,
        ) -> i32,
    >,
    /// Stores bytes in place of those of before, and returns 0 once they are safe; anything else
    /// when they are not. Has to be given.
    pub save:
        Option<unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, length: usize) -> i32>,
}
