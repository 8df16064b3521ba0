// SPDX-License-Identifier: Apache-2.0
//! Reading the virtual card, which was written from the other side of the specification.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

#[path = "../common/cards.rs"]
mod cards;
mod cost;
mod faults;
mod files;
mod hostile;
mod quirks;

use simstrap_bootstrap_data::reader::{CardReading, ReadError, ReadOptions, read_card};
use simstrap_bootstrap_data::scp03::apdu::{LogicalChannelError, Transport, blocking};
use simstrap_virtual_card::VirtualCardError;

type Outcome<E = VirtualCardError> = Result<CardReading, ReadError<LogicalChannelError<E>>>;

fn read<T: Transport>(transport: T, options: &mut ReadOptions<'_>) -> Outcome<T::Error> {
    blocking::run(read_card(transport, options)).unwrap()
}

fn read_in_the_clear<T: Transport>(transport: T) -> Outcome<T::Error> {
    read(transport, &mut ReadOptions::in_the_clear())
}
