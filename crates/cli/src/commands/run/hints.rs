// SPDX-License-Identifier: Apache-2.0
//! What a modem says of its SIM while nobody asks.

use std::thread;

use crate::card_transport::SharedModem;
use crate::device::Mailbox;
use crate::message;

/// Has a modem that says that its SIM may have changed make the next check due (CR-08), as the
/// line `hint` does.
pub(super) fn listen(mailbox: &Mailbox, modem: Option<&SharedModem>) {
    let Some(listener) = modem.map(SharedModem::listener) else {
        return;
    };
    let sender = mailbox.line_sender();
    let wait = move || {
        while listener.wait_for_hint() && sender.send("hint".to_owned()).is_ok() {}
    };
    if let Err(error) = thread::Builder::new().name("modem".to_owned()).spawn(wait) {
        message::warn(format!("nobody listens to the modem between commands: {error}"));
    }
}
