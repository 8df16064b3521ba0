// SPDX-License-Identifier: Apache-2.0
//! Challenges, and what is as long as they are.

use core::fmt;

use crate::Mode;
use crate::crypto::{BLOCK_LEN, Block};

/// A challenge of the host or the card, 8 bytes (S8) or 16 (S16): a number that makes a session
/// unlike every other. It is not secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Challenge(Field);

impl Challenge {
    /// A challenge from its bytes; the length tells the mode. `None` when they are not 8 or 16.
    ///
    /// A host's challenge must be new and unpredictable in every session.
    #[must_use]
    pub fn from_bytes(challenge: &[u8]) -> Option<Self> {
        let mode = match challenge.len() {
            8 => Mode::S8,
            16 => Mode::S16,
            _ => return None,
        };
        let mut field = Field::zeroed(mode);
        field.as_mut_bytes().copy_from_slice(challenge);
        Some(Self(field))
    }

    /// A new challenge, filled by `random`.
    ///
    /// # Errors
    /// Those of `random`.
    pub fn random<E>(
        mode: Mode,
        random: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut field = Field::zeroed(mode);
        random(field.as_mut_bytes())?;
        Ok(Self(field))
    }

    /// The mode its length belongs to.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.0.mode
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(")?;
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str(")")
    }
}

/// A challenge or a cryptogram: as many bytes as the mode has them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    bytes: Block,
    mode: Mode,
}

impl Field {
    pub(crate) const fn zeroed(mode: Mode) -> Self {
        Self { bytes: [0; BLOCK_LEN], mode }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.mode.field_len()).unwrap_or_default()
    }

    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.mode.field_len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_the_mode() {
        assert_eq!(Challenge::from_bytes(&[1; 8]).unwrap().mode(), Mode::S8);
        assert_eq!(Challenge::from_bytes(&[1; 16]).unwrap().mode(), Mode::S16);
        for wrong in [0, 7, 9, 15, 17] {
            assert_eq!(Challenge::from_bytes(&vec![1; wrong]), None);
        }
    }

    #[test]
    fn all_of_a_new_challenge_is_drawn() {
        for mode in [Mode::S8, Mode::S16] {
            let drawn = Challenge::random(mode, |bytes| {
                bytes.fill(0xC5);
                Ok::<(), ()>(())
            });
            assert_eq!(drawn.unwrap().as_bytes(), vec![0xC5; mode.field_len()]);
        }
        assert_eq!(Challenge::random(Mode::S8, |_| Err("none")), Err("none"));
    }
}
