// SPDX-License-Identifier: Apache-2.0
//! A future that leaves nothing in its memory.

use core::future::Future;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::pin::Pin;
use core::slice;
use core::task::{Context, Poll};

use zeroize::Zeroize;

/// Wipes the memory of a future when it is dropped. What is moved within a future leaves a copy
/// behind; a future that ends overwrites most of them, one that breaks off does not (FT-04).
pub(super) struct Wiped<F>(ManuallyDrop<F>);

impl<F> Wiped<F> {
    pub(super) const fn new(future: F) -> Self {
        Self(ManuallyDrop::new(future))
    }
}

impl<F: Future> Future for Wiped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future stays where it is until it is dropped, in place.
        unsafe { self.map_unchecked_mut(|this| &mut *this.0) }.poll(context)
    }
}

impl<F> Drop for Wiped<F> {
    fn drop(&mut self) {
        let future = &raw mut self.0;
        let bytes = Bytes(future.cast(), size_of::<F>());
        // SAFETY: dropped once, here, in place. It is not used again.
        unsafe { ManuallyDrop::drop(&mut *future) }
        drop(bytes);
    }
}

/// The memory of something that is not there any more once this is dropped, also by a panic.
struct Bytes(*mut MaybeUninit<u8>, usize);

impl Drop for Bytes {
    fn drop(&mut self) {
        // SAFETY: the memory outlives this, and nobody else uses it: what was in it is gone.
        unsafe { slice::from_raw_parts_mut(self.0, self.1) }.zeroize();
    }
}
