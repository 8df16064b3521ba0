// SPDX-License-Identifier: Apache-2.0
//! The reading alone, through SCP03 and a modem: what is on the card, and later whether it is still
//! the same. Deciding and remembering is left to the device, for one that has no room for more.
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../board.rs"]
mod board;
#[path = "../memory.rs"]
mod memory;
#[path = "../say.rs"]
mod say;

use core::pin::pin;

use cortex_m_rt::entry;
use simstrap_client::policy::bootstrap_data::BootstrapDataRef;
use simstrap_client::policy::bootstrap_data::reader::{
    CardSession, ReadOptions, SecureChannelOptions,
};
use simstrap_client::policy::bootstrap_data::scp03::apdu::LastTry;
use simstrap_client::policy::bootstrap_data::scp03::apdu::at::{AtOptions, AtTransport};
use simstrap_client::policy::bootstrap_data::scp03::{Configuration, StaticKeys};

use crate::board::{Uart, random};
use crate::say::say;

/// The test keys of GlobalPlatform. A device has its own, in a place where they are safe.
const KEY: [u8; 16] = *b"@ABCDEFGHIJKLMNO";

#[entry]
fn main() -> ! {
    memory::init();
    let told = live(board::init());
    say!("stack {} bytes", memory::stack_high_water());
    say!("heap {} bytes", memory::heap_high_water());
    say::end(told)
}

fn live(uart: Uart) -> bool {
    let Ok(keys) = StaticKeys::from_slices(&KEY, &KEY, &KEY) else { return false };
    let configuration = Configuration::new(keys);
    let mut random = random;
    let mut options = ReadOptions {
        pin: None,
        last_try: LastTry::Keep,
        secure_channel: Some(SecureChannelOptions {
            configuration: &configuration,
            random: &mut random,
        }),
    };
    let mut card = CardSession::new(AtTransport::new(uart, AtOptions::default()));
    board::run(pin!(look_twice(&mut card, &mut options)))
}

/// Whether the card could be read, and was still the same after the modem had said something.
async fn look_twice(
    card: &mut CardSession<AtTransport<Uart>>,
    options: &mut ReadOptions<'_>,
) -> bool {
    let Ok(read) = card.read(options).await else { return false };
    let Ok(data) = &read.reading.data else { return false };
    tell(data.as_ref());
    board::something_arrives(None).await;
    let unchanged = card.recheck().await.is_ok();
    say!("{}", if unchanged { "it is the same" } else { "it is another" });
    true
}

fn tell(data: BootstrapDataRef<'_>) {
    for object in data.objects() {
        for instance in object.instances() {
            say!("/{}/{}: {} resources", object.id(), instance.id(), instance.resources().count());
        }
    }
}
