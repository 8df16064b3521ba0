// SPDX-License-Identifier: Apache-2.0
//! The board: UART, clock, random bytes, and an executor that sleeps between interrupts.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;
use simstrap_client::policy::bootstrap_data::scp03::RandomError;
use simstrap_client::policy::bootstrap_data::scp03::apdu::at::Line;

/// The core runs at 25 MHz; the clock ticks every millisecond.
const CYCLES_PER_TICK: u32 = 25_000;

/// Milliseconds since the start. 32 bits would begin anew after seven weeks, and a [`Line`] must not.
static TICKS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

/// The CMSDK UART that the modem is connected to.
pub(crate) struct Uart {
    registers: *mut u32,
}

/// What has arrived: more than the longest answer, 256 bytes and a status word in digits.
static ARRIVED: Mutex<RefCell<Ring>> = Mutex::new(RefCell::new(Ring::EMPTY));

struct Ring {
    bytes: [u8; 1024],
    start: usize,
    length: usize,
}

impl Ring {
    const EMPTY: Self = Self { bytes: [0; 1024], start: 0, length: 0 };

    fn put(&mut self, byte: u8) {
        let end = (self.start + self.length) % self.bytes.len();
        // What does not fit is lost, as it is in a UART; the modem's answer is malformed then.
        if self.length < self.bytes.len() {
            self.bytes[end] = byte;
            self.length += 1;
        }
    }

    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let taken = self.length.min(buffer.len());
        for to in &mut buffer[..taken] {
            *to = self.bytes[self.start];
            self.bytes[self.start] = 0;
            self.start = (self.start + 1) % self.bytes.len();
        }
        self.length -= taken;
        taken
    }
}

/// Registers of the CMSDK UART, as words from its base.
mod register {
    pub(super) const DATA: usize = 0;
    pub(super) const STATE: usize = 1;
    pub(super) const CTRL: usize = 2;
    pub(super) const BAUDDIV: usize = 4;
}

const TRANSMITTER_FULL: u32 = 1;
const RECEIVER_FULL: u32 = 2;

/// Starts the clock and the UART. To be called once.
pub(crate) fn init() -> Uart {
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(CYCLES_PER_TICK - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
    }
    let uart = Uart { registers: 0x4000_4000 as *mut u32 };
    uart.write_register(register::BAUDDIV, 16);
    uart.write_register(register::CTRL, 3);
    uart
}

#[exception]
fn SysTick() {
    critical_section::with(|section| {
        let ticks = TICKS.borrow(section);
        ticks.set(ticks.get() + 1);
    });
}

fn ticks() -> u64 {
    critical_section::with(|section| TICKS.borrow(section).get())
}

/// The time since the start.
pub(crate) fn now() -> Duration {
    Duration::from_millis(ticks())
}

/// Runs a future to its end, asleep while it waits: the next tick wakes the core.
pub(crate) fn run<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        cortex_m::asm::wfi();
    }
}

/// Waits until the modem has said something that nobody has read, or until a time on the clock;
/// tells whether it was the former.
pub(crate) async fn something_arrives(until: Option<Duration>) -> bool {
    let uart = Uart { registers: 0x4000_4000 as *mut u32 };
    poll_fn(|_| {
        uart.receive();
        let arrived = critical_section::with(|section| ARRIVED.borrow_ref(section).length);
        if arrived > 0 {
            return Poll::Ready(true);
        }
        if until.is_some_and(|until| now() >= until) { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

impl Uart {
    fn read_register(&self, register: usize) -> u32 {
        // SAFETY: the board has the UART there; reading takes at most a byte out of it.
        unsafe { self.registers.add(register).read_volatile() }
    }

    fn write_register(&self, register: usize, value: u32) {
        // SAFETY: the board has the UART there, and nothing but this file uses it.
        unsafe { self.registers.add(register).write_volatile(value) }
    }

    /// Takes over what has arrived.
    fn receive(&self) {
        while self.read_register(register::STATE) & RECEIVER_FULL != 0 {
            let [byte, ..] = self.read_register(register::DATA).to_le_bytes();
            critical_section::with(|section| ARRIVED.borrow_ref_mut(section).put(byte));
        }
    }
}

impl Line for Uart {
    type Error = Infallible;

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        for byte in bytes {
            poll_fn(|_| match self.read_register(register::STATE) & TRANSMITTER_FULL {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            })
            .await;
            self.write_register(register::DATA, u32::from(*byte));
        }
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Infallible> {
        let start = self.now();
        poll_fn(|_| {
            self.receive();
            let taken =
                critical_section::with(|section| ARRIVED.borrow_ref_mut(section).take(buffer));
            if taken > 0 || self.now().saturating_sub(start) >= timeout {
                return Poll::Ready(Ok(taken));
            }
            Poll::Pending
        })
        .await
    }

    fn now(&self) -> Duration {
        now()
    }
}

/// Fills a buffer from the cycle counter of the clock. This board has no source of random bytes; a
/// device that has one takes that, and one that has none must not claim so.
pub(crate) fn random(buffer: &mut [u8]) -> Result<(), RandomError> {
    let [a, b, c, d, ..] = ticks().to_le_bytes();
    let mut state =
        u32::from_le_bytes([a, b, c, d]) ^ cortex_m::peripheral::SYST::get_current() ^ 0x9E37_79B9;
    for byte in buffer {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        [*byte, ..] = state.to_le_bytes();
    }
    Ok(())
}
