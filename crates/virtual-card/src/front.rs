// SPDX-License-Identifier: Apache-2.0
//! What stands in front of a card: a modem on a serial line, a reader of PC/SC.
//!
//! ```text
//!  pty ──┐                      vpcd of PC/SC ──▶ Vpcd ──┐
//!  TCP ──┴─▶ serving ─▶ Modem ─▶ SharedCard ◀────────────┘
//! ```
//!
//! [`Modem`] and the reader's side are without I/O, bytes in and bytes out; [`FrontEnd`] runs one
//! of them in a thread of its own. Several at once share one card, as no card of plastic could: a
//! reset by one of them is a reset for all.

mod front_end;
mod modem;
mod reader;

pub use front_end::{FrontEnd, FrontEndError};
pub use modem::{Modem, ModemQuirk, ModemQuirkSet, UnknownModemQuirk};
pub use reader::Reader;
