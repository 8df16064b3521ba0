// SPDX-License-Identifier: Apache-2.0
//! Memory that is looked at when it is freed, and at the end where it is not: does it hold a
//! secret? Each thread is watched for itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's memory, watched.
struct Watching;

#[global_allocator]
static MEMORY: Watching = Watching;

/// The most blocks in use at a time, several times what is needed.
const BLOCKS: usize = 2048;

std::thread_local! {
    /// What must not be found; nothing while nobody watches.
    static SECRETS: Cell<&'static [Vec<u8>]> = const { Cell::new(&[]) };
    /// Blocks given while somebody watched, and not freed yet: address and size.
    static IN_USE: [Cell<(usize, usize)>; BLOCKS] = const { [const { Cell::new((0, 0)) }; BLOCKS] };
    static FREED: Cell<usize> = const { Cell::new(0) };
    static SECRETS_FREED: Cell<usize> = const { Cell::new(0) };
}

fn holds_secret(bytes: &[u8]) -> bool {
    let holds = |secret: &Vec<u8>| bytes.windows(secret.len()).any(|part| part == secret);
    SECRETS.get().iter().any(holds)
}

/// Takes the place of an entry.
fn note(entry: impl Fn((usize, usize)) -> bool, with: (usize, usize)) -> bool {
    IN_USE.with(|blocks| {
        let place = blocks.iter().find(|block| entry(block.get()));
        place.map(|place| place.set(with)).is_some()
    })
}

// SAFETY: the system's allocator keeps the contract; memory is looked at before it is freed.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller vouches. Zeroed, so that all of it can be looked at.
        let memory = unsafe { System.alloc_zeroed(layout) };
        if !SECRETS.get().is_empty()
            && !note(|(address, _)| address == 0, (memory.expose_provenance(), layout.size()))
        {
            std::process::abort();
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(|(address, _)| address == memory.addr(), (0, 0));
        if !SECRETS.get().is_empty() {
            // SAFETY: it was given with this layout, and zeroed.
            let bytes = unsafe { std::slice::from_raw_parts(memory, layout.size()) };
            FREED.set(FREED.get() + 1);
            if holds_secret(bytes) {
                SECRETS_FREED.set(SECRETS_FREED.get() + 1);
            }
        }
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Blocks that were freed.
    pub(crate) freed: usize,
    /// Those of them that held a secret.
    pub(crate) secrets_freed: usize,
    /// Blocks that were not freed, and hold one.
    pub(crate) secrets_kept: usize,
}

/// Watches this thread while the call runs.
pub(crate) fn watch(secrets: &'static [Vec<u8>], call: impl FnOnce()) -> Seen {
    FREED.set(0);
    SECRETS_FREED.set(0);
    SECRETS.set(secrets);
    call();
    let kept = |block: &&Cell<(usize, usize)>| {
        let (address, size) = block.replace((0, 0));
        let memory = std::ptr::with_exposed_provenance::<u8>(address);
        // SAFETY: it was given with this size, zeroed, and is not freed.
        address != 0 && holds_secret(unsafe { std::slice::from_raw_parts(memory, size) })
    };
    let secrets_kept = IN_USE.with(|blocks| blocks.iter().filter(kept).count());
    SECRETS.set(&[]);
    Seen { freed: FREED.get(), secrets_freed: SECRETS_FREED.get(), secrets_kept }
}

/// Looks away while the call runs: what the card in software and the tests do is their own.
pub(crate) fn unwatched<R>(call: impl FnOnce() -> R) -> R {
    let secrets = SECRETS.replace(&[]);
    let result = call();
    SECRETS.set(secrets);
    result
}
