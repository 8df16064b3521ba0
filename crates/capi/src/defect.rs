// SPDX-License-Identifier: Apache-2.0
//! A defect on demand, for tests: they have the library panic where it has just called back, and
//! see how far that goes.

/// A callback has returned. Outside of tests nothing happens.
#[cfg(not(test))]
pub(crate) const fn may_show() {}

#[cfg(test)]
pub(crate) use on_demand::may_show;

#[cfg(test)]
pub(crate) mod on_demand {
    use std::cell::Cell;

    std::thread_local! {
        /// Callbacks that still return without harm; `None` is all of them.
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
        /// Callbacks that have returned.
        static RETURNED: Cell<u32> = const { Cell::new(0) };
    }

    pub(crate) fn may_show() {
        RETURNED.set(RETURNED.get() + 1);
        match LEFT.get() {
            None => {}
            Some(0) => {
                LEFT.set(None);
                // A panic without the message and the backtrace, whose memory would be watched.
                std::panic::resume_unwind(Box::new("a defect on demand"));
            }
            Some(left) => LEFT.set(Some(left - 1)),
        }
    }

    /// Panics once, after so many callbacks have returned without harm, in this thread.
    pub(crate) fn after(callbacks: u32) {
        LEFT.set(Some(callbacks));
    }

    /// Whether there was no panic since it was asked for.
    pub(crate) fn is_still_to_come() -> bool {
        LEFT.take().is_some()
    }

    /// How many callbacks have returned in this thread.
    pub(crate) fn returned() -> u32 {
        RETURNED.get()
    }
}
