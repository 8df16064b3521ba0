// SPDX-License-Identifier: Apache-2.0
//! What a function tells its caller.

use alloc::string::{String, ToString};
use core::error::Error;
use core::ffi::c_char;
use core::fmt::Write;

use crate::border::text;

/// What came of a call. Everything but `SIMSTRAP_STATUS_OK` leaves outputs untouched.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_status {
    /// Done.
    Ok = 0,
    /// A pointer that has to be given is `NULL`.
    NullPointer = 1,
    /// A number, a length or a text that cannot be.
    InvalidArgument = 2,
    /// The buffer is shorter than what has to go into it.
    BufferTooSmall = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The bytes are no bootstrap data, or no record.
    MalformedData = 5,
    /// There is no card.
    NoCard = 6,
    /// There is a card, and it holds no bootstrap data.
    NoBootstrapData = 7,
    /// The card could not be read; what it holds is unknown.
    Unreadable = 8,
    /// The store could not be read.
    Store = 9,
    /// There are no random bytes.
    Random = 10,
    /// The client was not started yet, or is closed.
    Closed = 11,
    /// Not now: called from within a callback, or too many events wait.
    Busy = 12,
    /// This build of the library cannot do that.
    Unsupported = 13,
    /// A defect of the library was stopped at its border. What the handle does from here on is
    /// refused with `SIMSTRAP_STATUS_CLOSED`; free it.
    Panic = 14,
    /// Callbacks hand in events without an end: the client has dealt with 1024 in this call and
    /// returns in between. What was handed in is not lost: the next call goes on with it,
    /// `simstrap_client_start` without anything new.
    Unfinished = 15,
}

/// What went wrong, in words. The caller owns it; every function that takes one takes `NULL`, too.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_error {
    /// The status the function returned.
    pub status: simstrap_status,
    /// What was being done and why it failed, from the outermost cause to the innermost,
    /// NUL-terminated UTF-8; cut where it does not fit. Never a secret.
    pub message: [c_char; 256],
    /// What can be done about it; may be empty.
    pub help: [c_char; 128],
}

/// A short text for a status.
///
/// Returns NUL-terminated text of the library, never `NULL`, also for numbers that are no status.
#[unsafe(no_mangle)]
pub extern "C" fn simstrap_status_text(status: i32) -> *const c_char {
    let text = match status {
        0 => c"done",
        1 => c"a pointer is NULL",
        2 => c"an argument cannot be",
        3 => c"the buffer is too small",
        4 => c"there is no such thing",
        5 => c"the data is malformed",
        6 => c"there is no card",
        7 => c"the card holds no bootstrap data",
        8 => c"the card could not be read",
        9 => c"the store could not be read",
        10 => c"there are no random bytes",
        11 => c"not started, or closed",
        12 => c"not now",
        13 => c"this build of the library cannot do that",
        14 => c"a defect of the library was stopped",
        15 => c"events without an end: some still wait",
        _ => c"no status of simstrap",
    };
    text.as_ptr()
}

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: simstrap_status,
    message: String,
    help: &'static str,
}

impl Failure {
    /// A failure of the caller, told by its status.
    pub(crate) fn new(status: simstrap_status, message: &str) -> Self {
        Self { status, message: message.to_string(), help: "" }
    }

    pub(crate) fn null(argument: &str) -> Self {
        let mut message = String::from(argument);
        message.push_str(" is NULL");
        Self { status: simstrap_status::NullPointer, message, help: "" }
    }

    /// A panic was stopped.
    pub(crate) fn defect() -> Self {
        Self::new(simstrap_status::Panic, "a defect of simstrap: please report it")
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(simstrap_status::InvalidArgument, message)
    }

    /// An error of the crates below, with its causes.
    pub(crate) fn of(status: simstrap_status, error: &dyn Error) -> Self {
        Self { status, message: chain(error), help: "" }
    }

    pub(crate) fn with_help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// What the caller gets to see.
    pub(crate) fn shown(&self) -> simstrap_error {
        let mut error = simstrap_error { status: self.status, message: [0; 256], help: [0; 128] };
        text::fill(&mut error.message, &self.message);
        text::fill(&mut error.help, self.help);
        error
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut message = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if !message.is_empty() {
            message.push_str(": ");
        }
        // Writing to a string does not fail.
        let _written = write!(message, "{error}");
        next = error.source();
    }
    message
}
