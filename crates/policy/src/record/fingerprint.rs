// SPDX-License-Identifier: Apache-2.0
//! Telling changes without keeping what changes.

use core::fmt;

use sha2::{Digest as _, Sha256};

/// Random bytes of one device, so that the same key does not leave the same fingerprint on two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; Self::LEN]);

/// What stands for an object instance in a record: the first 16 bytes of SHA-256 over the salt
/// and the instance.
///
/// It tells whether an instance changed. It hides a random key, not one that can be guessed:
/// the salt stands next to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; Self::LEN]);

impl Salt {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// A salt from random bytes.
    #[must_use]
    pub const fn new(random: [u8; Self::LEN]) -> Self {
        Self(random)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The fingerprint of some parts; where one ends and the next begins counts.
    #[must_use]
    pub fn fingerprint(&self, parts: &[&[u8]]) -> Fingerprint {
        let mut hash = Sha256::new_with_prefix(self.0);
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(part);
        }
        let whole: [u8; 32] = hash.finalize().into();
        Fingerprint(whole.first_chunk().copied().unwrap_or_default())
    }
}

impl Fingerprint {
    /// Length in bytes.
    pub const LEN: usize = 16;

    pub(crate) const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}
