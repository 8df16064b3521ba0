// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data that owns its bytes.

use alloc::vec;
use alloc::vec::Vec;
use core::{fmt, mem};

use bytes::Bytes;
use zeroize::Zeroize as _;

use crate::encode::{EncodeError, Encoder};
use crate::error::DecodeError;
use crate::file::{BootstrapDataRef, MAX_FILE};
use crate::wiped::Wiped;

/// Bootstrap data that was checked, owned: the used bytes of the file.
///
/// Clones share the bytes; they are wiped when the last one is dropped. `Debug` shows structure
/// and lengths, no value.
#[derive(Clone, PartialEq, Eq)]
pub struct BootstrapData {
    used: Bytes,
}

impl BootstrapData {
    /// Checks a whole file, strictly, and keeps its used bytes.
    ///
    /// # Errors
    /// [`DecodeError`] for the first thing that is wrong.
    pub fn from_bytes(file: &[u8]) -> Result<Self, DecodeError> {
        BootstrapDataRef::from_bytes(file).map(Self::from)
    }

    /// Checks the used bytes of a file, strictly, and shares them.
    ///
    /// # Errors
    /// [`DecodeError`] for the first thing that is wrong.
    pub fn from_used(used: &Bytes) -> Result<Self, DecodeError> {
        let length = BootstrapDataRef::from_bytes(used)?.as_bytes().len();
        Ok(Self { used: used.slice(..length) })
    }

    /// Writes bootstrap data with an encoder that has room for the largest file.
    ///
    /// # Errors
    /// [`EncodeError::FileTooLong`] when it is longer than [`MAX_FILE`].
    pub fn encode(
        write: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
    ) -> Result<Bytes, EncodeError> {
        let mut scratch = Wiped(vec![0; MAX_FILE]);
        let mut encoder = Encoder::new(&mut scratch)?;
        let file = write(&mut encoder).and_then(|()| encoder.finish().map(|file| owned(file)));
        if let Ok(file) = &file {
            // There is nothing beyond it, and wiping all would take as long as encoding.
            scratch.get_mut(..file.len()).unwrap_or_default().zeroize();
            drop(mem::take(&mut scratch.0));
        }
        file.map_err(|error| match error {
            EncodeError::BufferTooSmall { .. } => EncodeError::FileTooLong,
            other => other,
        })
    }

    /// The data, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> BootstrapDataRef<'_> {
        BootstrapDataRef::of_checked(&self.used)
    }

    /// The used bytes of the file.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.used
    }
}

impl From<BootstrapDataRef<'_>> for BootstrapData {
    fn from(data: BootstrapDataRef<'_>) -> Self {
        Self { used: owned(data.as_bytes()) }
    }
}

/// A copy that wipes itself.
fn owned(bytes: &[u8]) -> Bytes {
    Bytes::from_owner(Wiped(Vec::from(bytes)))
}

impl fmt::Debug for BootstrapData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}
