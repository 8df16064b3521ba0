// SPDX-License-Identifier: Apache-2.0
//! Bytes that wipe themselves.

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Bytes, wiped when they are dropped, and the room behind them too. `Zeroizing` does it byte by
/// byte, which for a whole file takes as long as checking it; this does it at once.
pub(crate) struct Wiped(pub(crate) Vec<u8>);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
        self.0.spare_capacity_mut().zeroize();
    }
}

impl Deref for Wiped {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
