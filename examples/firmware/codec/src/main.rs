// SPDX-License-Identifier: Apache-2.0
//! The decoder alone: checks a file in memory, walks over all of it, and sends what it finds to the
//! UART. It shows what decoding takes, and that it needs no heap.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use simstrap_bootstrap_data::{BootstrapDataRef, Content};

/// The CMSDK UART of the board.
const UART: *mut u32 = 0x4000_4000 as *mut u32;

/// Where a file is, as another part of the device has put it there.
const FILE: *const u8 = 0x2000_0000 as *const u8;

/// Its length.
const LENGTH: usize = 256;

#[entry]
fn main() -> ! {
    // SAFETY: the board has memory there, and nothing else of this program is in it.
    let file = unsafe { core::slice::from_raw_parts(FILE, LENGTH) };
    match BootstrapDataRef::from_bytes(file) {
        Ok(data) => walk(data),
        Err(error) => send(error.offset),
    }
    loop {
        cortex_m::asm::wfi();
    }
}

fn walk(data: BootstrapDataRef<'_>) {
    for object in data.objects() {
        for instance in object.instances() {
            for resource in instance.resources() {
                match resource.content() {
                    Content::Single(value) => send(usize::from(value.integer().is_ok())),
                    Content::Multiple(values) => {
                        for (_, value) in values {
                            send(value.bytes().len());
                        }
                    }
                }
            }
        }
    }
}

fn send(number: usize) {
    let [a, b, c, d] = number.to_le_bytes();
    // SAFETY: the board has the UART there, and nothing else of this program uses it.
    unsafe { UART.write_volatile(u32::from_le_bytes([a, b, c, d])) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::bkpt();
    }
}
