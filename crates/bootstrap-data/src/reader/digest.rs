// SPDX-License-Identifier: Apache-2.0
//! The identity of bootstrap data.

use core::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 of the used bytes of a bootstrap file; padding does not count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; Self::LEN]);

impl Digest {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// The digest of used bytes.
    #[must_use]
    pub fn of(used: &[u8]) -> Self {
        Self(Sha256::digest(used).into())
    }

    /// A digest from its bytes.
    #[must_use]
    pub const fn from_bytes(digest: [u8; Self::LEN]) -> Self {
        Self(digest)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0
    }
}

impl fmt::Display for Digest {
    /// 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
