// SPDX-License-Identifier: Apache-2.0
//! A buffer that wipes itself.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Bytes for one exchange, zeros at first and zeros again when it is dropped, also half-way.
///
/// `Zeroizing` wipes an array byte by byte, which for a whole APDU takes longer than the exchange
/// with a card in memory; a slice it wipes at once.
pub(crate) struct Wiped<const N: usize>([u8; N]);

impl<const N: usize> Wiped<N> {
    pub(crate) const fn new() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Drop for Wiped<N> {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl<const N: usize> Deref for Wiped<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> DerefMut for Wiped<N> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
