// SPDX-License-Identifier: Apache-2.0
//! What a static library needs where there is no operating system: memory, and an end.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;
use core::{ptr, slice};

use zeroize::Zeroize;

unsafe extern "C" {
    /// For a library without an operating system (feature `bare-metal`) the device defines this:
    /// gives `size` bytes aligned to `alignment`, a power of two, or `NULL`.
    fn simstrap_allocate(size: usize, alignment: usize) -> *mut c_void;
    /// For a library without an operating system (feature `bare-metal`) the device defines this:
    /// takes back what `simstrap_allocate` gave, with the same numbers. It was wiped.
    fn simstrap_release(memory: *mut c_void, size: usize, alignment: usize);
    /// For a library without an operating system (feature `bare-metal`) the device defines this:
    /// never returns. There is no memory, or the library has a defect. What is in use was not
    /// wiped then and may hold keys and PIN: wipe the memory that `simstrap_allocate` gives from,
    /// and the stack, where they are not cleared by a reset.
    fn simstrap_abort();
}

/// The memory of the device.
struct DeviceMemory;

#[global_allocator]
static MEMORY: DeviceMemory = DeviceMemory;

// SAFETY: the device's functions keep to the contract above, which is that of `GlobalAlloc`.
unsafe impl GlobalAlloc for DeviceMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the device vouches.
        let memory = unsafe { simstrap_allocate(layout.size(), layout.align()) };
        // What is not aligned is no memory to the library: it ends then, and does not go wrong.
        if memory.addr() % layout.align() == 0 { memory.cast() } else { ptr::null_mut() }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: it was given by `alloc` with this layout, and nobody uses it any more.
        unsafe {
            slice::from_raw_parts_mut(memory, layout.size()).zeroize();
            simstrap_release(memory.cast(), layout.size(), layout.align());
        }
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: as the device vouches.
    unsafe { simstrap_abort() }
    // It must not return. If it does all the same, this is the end.
    loop {
        core::hint::spin_loop();
    }
}
