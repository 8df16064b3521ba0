// SPDX-License-Identifier: Apache-2.0
//! Reading the virtual card, which was written from the other side of the specification.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod cost;
mod faults;
mod files;
mod hostile;
mod quirks;

use simstrap_bootstrap_data::reader::{CardReading, ReadError, ReadOptions, read_card};
use simstrap_bootstrap_data::scp03::apdu::{LogicalChannelError, Transport, blocking};
use simstrap_virtual_card::{CardDescription, SharedCard, VirtualCard, VirtualCardError};

type Outcome<E = VirtualCardError> = Result<CardReading, ReadError<LogicalChannelError<E>>>;

/// The used bytes of the published example.
const EXAMPLE: &str = "0002007a000000005e08015bc80022636f6170733a2f2f65752e696f742e6176737973\
74656d2e636c6f75643a35363834c10100c10200c803146578616d706c652d70736b2d6964656e74697479c80513337840\
6d706c3350354b3533637233744b3379c10a01000100001208010fc10001c40100015180c10600c10755";

fn read<T: Transport>(transport: T, options: &mut ReadOptions<'_>) -> Outcome<T::Error> {
    blocking::run(read_card(transport, options)).unwrap()
}

fn read_in_the_clear<T: Transport>(transport: T) -> Outcome<T::Error> {
    read(transport, &mut ReadOptions::in_the_clear())
}

fn card(description: &CardDescription) -> SharedCard {
    SharedCard::new(VirtualCard::new(description).unwrap())
}

/// The sample card with some of its description changed.
fn sample(change: impl FnOnce(&mut CardDescription)) -> SharedCard {
    let mut description = CardDescription::sample().unwrap();
    change(&mut description);
    card(&description)
}
