// SPDX-License-Identifier: Apache-2.0
//! A device with a modem on its UART, an LwM2M stack that is a list of instances, and simstrap.
//!
//! It bootstraps from the card, registers, checks the card before an Update, notices that the data
//! changed and that the card was pulled, and tells how much memory all that took.
#![no_std]
#![no_main]

extern crate alloc;

mod board;
mod device;
mod memory;
mod say;

use core::pin::pin;

use cortex_m_rt::entry;
use simstrap_client::Driver;
use simstrap_client::policy::Policy;
use simstrap_client::policy::bootstrap_data::reader::{ReadOptions, SecureChannelOptions};
use simstrap_client::policy::bootstrap_data::scp03::apdu::LastTry;
use simstrap_client::policy::bootstrap_data::scp03::apdu::at::{AtOptions, AtTransport};
use simstrap_client::policy::bootstrap_data::scp03::{Configuration, SecurityLevel, StaticKeys};

use crate::board::{Uart, random};
use crate::device::{Device, RecordInRam};
use crate::say::say;

/// The driver of this device.
type OnCard<'d> = Driver<'d, AtTransport<Uart>, Device, RecordInRam>;

/// The test keys of GlobalPlatform. A device has its own, in a place where they are safe.
const KEY: [u8; 16] = *b"@ABCDEFGHIJKLMNO";

#[entry]
fn main() -> ! {
    memory::init();
    let told = live(board::init());
    say!("{}", if told { "that was all" } else { "it went wrong" });
    say!("stack {} bytes", memory::stack_high_water());
    say!("heap {} bytes", memory::heap_high_water());
    say::end(told)
}

/// The life of the device; whether it came to its end.
fn live(uart: Uart) -> bool {
    let mut policy = Policy::default();
    policy.secure_channel = Some(SecurityLevel::Full);
    let Ok(keys) = StaticKeys::from_slices(&KEY, &KEY, &KEY) else { return false };
    let configuration = Configuration::new(keys);
    let mut random = random;
    let options = ReadOptions {
        pin: None,
        last_try: LastTry::Keep,
        secure_channel: Some(SecureChannelOptions {
            configuration: &configuration,
            random: &mut random,
        }),
    };
    // Not moved out of the option either.
    let Some(driver) = &mut load(&policy, uart, options) else { return false };
    run(driver);
    driver.host().is_empty()
}

/// Runs the driver. Its future is pinned where it is made: it is large, and moving it would take
/// its size again.
#[inline(never)]
fn run(driver: &mut OnCard<'_>) {
    board::run(pin!(driver.run()));
}

/// Makes the driver, in a stack frame that is gone before the driver runs.
#[inline(never)]
fn load<'d>(policy: &'d Policy, uart: Uart, options: ReadOptions<'d>) -> Option<OnCard<'d>> {
    let modem = AtTransport::new(uart, AtOptions::default());
    let loading = Driver::load(policy, modem, options, Device::new(), RecordInRam);
    board::run(pin!(loading)).ok()
}
