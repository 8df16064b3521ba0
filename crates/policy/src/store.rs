// SPDX-License-Identifier: Apache-2.0
//! Where a record is kept.

#[cfg(feature = "std")]
mod file;
mod two_slot;

#[cfg(feature = "std")]
pub use file::FileStore;
pub use two_slot::{MAX_SLOT, Memory, Slot, TwoSlotError, TwoSlotStore};

use alloc::vec::Vec;

/// Keeps a few bytes over power cuts: after [`save`](Self::save) was cut short at any point,
/// [`load`](Self::load) gives what was saved before, or the new, never a mixture.
///
/// A blocking store simply does its work and never awaits; [`blocking::run`] runs it.
///
/// [`blocking::run`]: simstrap_bootstrap_data::scp03::apdu::blocking::run
#[allow(async_fn_in_trait, reason = "single-core devices must not be forced to `Send` futures")]
pub trait Store {
    /// What can go wrong.
    type Error: core::error::Error + 'static;

    /// The bytes saved last, at most [`MAX_RECORD`](crate::MAX_RECORD); `None` when there are
    /// none that are whole.
    ///
    /// # Errors
    /// Whatever keeps them from being read.
    async fn load(&mut self) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Saves bytes, at most [`MAX_RECORD`](crate::MAX_RECORD), and returns once they are safe.
    ///
    /// # Errors
    /// Whatever kept them from being saved; those of before are kept then.
    async fn save(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

impl<S: Store> Store for &mut S {
    type Error = S::Error;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, S::Error> {
        S::load(self).await
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), S::Error> {
        S::save(self, bytes).await
    }
}
