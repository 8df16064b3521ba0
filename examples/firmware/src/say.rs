// SPDX-License-Identifier: Apache-2.0
//! What the device tells, and how it ends.

/// Tells a line.
macro_rules! say {
    ($($argument:tt)*) => {
        $crate::say::tell(core::format_args!($($argument)*))
    };
}

pub(crate) use say;

#[cfg(feature = "semihosting")]
pub(crate) fn tell(line: core::fmt::Arguments<'_>) {
    cortex_m_semihosting::hprintln!("{line}");
}

#[cfg(not(feature = "semihosting"))]
pub(crate) fn tell(_line: core::fmt::Arguments<'_>) {}

/// Ends the emulator, or stays where it is.
#[cfg(feature = "semihosting")]
pub(crate) fn end(well: bool) -> ! {
    use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
    loop {
        exit(if well { EXIT_SUCCESS } else { EXIT_FAILURE });
    }
}

/// Ends the emulator, or stays where it is.
#[cfg(not(feature = "semihosting"))]
pub(crate) fn end(_well: bool) -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    say!("panicked");
    end(false)
}
