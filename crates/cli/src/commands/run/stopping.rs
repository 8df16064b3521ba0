// SPDX-License-Identifier: Apache-2.0
//! Ctrl-C, and what else ends a program.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::device::{Letter, Mailbox};
use crate::error::Error;

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Has Ctrl-C, and a request to terminate, stop the device. A second one ends the program where
/// it stands: what is kept in files is whole at any time.
pub(super) fn listen(mailbox: &Mailbox) -> Result<(), Error> {
    let sender = mailbox.sender();
    let stopping = AtomicBool::new(false);
    let handler = move || {
        if stopping.swap(true, Ordering::Relaxed) || sender.send(Letter::Stop).is_err() {
            process::exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(handler).map_err(Error::Signals)
}
