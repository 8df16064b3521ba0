// SPDX-License-Identifier: Apache-2.0
//! A heap that remembers its high-water mark, and that of the stack.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

use cortex_m_rt::heap_start;
use embedded_alloc::LlffHeap;

/// Bytes of the heap.
const HEAP_SIZE: usize = 16 * 1024;

/// What the start-up code paints the stack with.
const PAINT: u32 = cortex_m_rt::STACK_PAINT_VALUE;

struct Measured {
    heap: LlffHeap,
    /// Bytes that are asked for at present, and at most.
    used: AtomicUsize,
    most: AtomicUsize,
}

struct Region(UnsafeCell<MaybeUninit<[u8; HEAP_SIZE]>>);

// SAFETY: only `init` touches it, once.
unsafe impl Sync for Region {}

#[global_allocator]
static HEAP: Measured =
    Measured { heap: LlffHeap::empty(), used: AtomicUsize::new(0), most: AtomicUsize::new(0) };

static REGION: Region = Region(UnsafeCell::new(MaybeUninit::uninit()));

// SAFETY: the heap inside keeps the contract; around it, bytes are counted.
unsafe impl GlobalAlloc for Measured {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        let memory = unsafe { self.heap.alloc(layout) };
        // One core, and no interrupt allocates.
        let used = self.used.load(Ordering::Relaxed) + layout.size();
        self.used.store(used, Ordering::Relaxed);
        if used > self.most.load(Ordering::Relaxed) {
            self.most.store(used, Ordering::Relaxed);
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.used.store(self.used.load(Ordering::Relaxed) - layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { self.heap.dealloc(memory, layout) }
    }
}

/// Gives the heap its memory. To be called once, first of all.
pub(crate) fn init() {
    // SAFETY: called once, before anything is allocated; nobody else has the region.
    unsafe { HEAP.heap.init(REGION.0.get() as usize, HEAP_SIZE) }
}

/// The most bytes that were on the heap at once.
pub(crate) fn heap_high_water() -> usize {
    HEAP.most.load(Ordering::Relaxed)
}

/// The most bytes that were on the stack: from its start down to the last word without paint.
pub(crate) fn stack_high_water() -> usize {
    unsafe extern "C" {
        static _stack_start: u32;
    }
    let top = &raw const _stack_start;
    let mut word = heap_start().cast_const();
    // SAFETY: between the end of the static data and the start of the stack there is memory.
    while word < top && unsafe { word.read_volatile() } == PAINT {
        // SAFETY: below the start of the stack.
        word = unsafe { word.add(1) };
    }
    top.addr() - word.addr()
}
