// SPDX-License-Identifier: Apache-2.0
//! What the card keeps across sessions and resets: key sets and their counters.

use alloc::vec::Vec;
use core::fmt;

use super::crypto::{BLOCK, Key};
use super::{CardConfig, status};

/// The three static keys of a key set, all AES-128, all AES-192 or all AES-256; wiped when
/// dropped, never shown.
#[derive(Clone)]
pub struct CardKeySet {
    version: u8,
    pub(super) encryption: Key,
    pub(super) mac: Key,
    data_encryption: Key,
    sequence_counter: u32,
}

/// Which of the static keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StaticKey {
    /// Key-ENC.
    Encryption,
    /// Key-MAC.
    Mac,
    /// Key-DEK.
    DataEncryption,
}

/// Why three keys make no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardKeyError {
    /// No AES key has this length.
    #[error("{key} has {actual} bytes, an AES key has 16, 24 or 32")]
    Length {
        /// Which key.
        key: StaticKey,
        /// Its length in bytes.
        actual: usize,
    },
    /// The keys of a key set have one length (Amendment D §6.1).
    #[error("{key} has {actual} bits, Key-ENC of the same key set has {expected}")]
    MixedLengths {
        /// Which key.
        key: StaticKey,
        /// Length of Key-ENC in bits.
        expected: u16,
        /// Its length in bits.
        actual: u16,
    },
}

impl CardKeySet {
    /// A key set under its key version number; no session was opened with it yet.
    ///
    /// # Errors
    /// [`CardKeyError`] unless each key has 16, 24 or 32 bytes and all have as many.
    pub fn new(
        version: u8,
        encryption: &[u8],
        mac: &[u8],
        data_encryption: &[u8],
    ) -> Result<Self, CardKeyError> {
        let encryption = key(StaticKey::Encryption, encryption)?;
        let of_same_length = |name, bytes| {
            let (key, expected) = (key(name, bytes)?, encryption.bits());
            match key.bits() {
                actual if actual == expected => Ok(key),
                actual => Err(CardKeyError::MixedLengths { key: name, expected, actual }),
            }
        };
        let mac = of_same_length(StaticKey::Mac, mac)?;
        let data_encryption = of_same_length(StaticKey::DataEncryption, data_encryption)?;
        Ok(Self { version, encryption, mac, data_encryption, sequence_counter: 0 })
    }

    /// The same key set after `sequence_counter` sessions, at most `FFFFFF`.
    #[must_use]
    pub const fn after_sessions(mut self, sequence_counter: u32) -> Self {
        self.sequence_counter = sequence_counter;
        self
    }

    /// The key check values of Key-ENC, Key-MAC and Key-DEK: the first three bytes of a block of
    /// ones under the key (GlobalPlatform Card Specification §B.6).
    #[must_use]
    pub fn check_values(&self) -> [[u8; 3]; 3] {
        [&self.encryption, &self.mac, &self.data_encryption].map(|key| {
            let [a, b, c, ..] = key.encrypt_block([0x01; BLOCK]);
            [a, b, c]
        })
    }
}

impl fmt::Debug for CardKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardKeySet")
            .field("version", &self.version)
            .field("sequence_counter", &self.sequence_counter)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for StaticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encryption => "Key-ENC",
            Self::Mac => "Key-MAC",
            Self::DataEncryption => "Key-DEK",
        })
    }
}

/// What the secure channels of a card share, and a reset leaves as it is: the key sets, how often
/// each was used, and how often its use failed.
#[derive(Debug, Clone)]
pub struct SecurityDomain {
    config: CardConfig,
    slots: Vec<Slot>,
}

/// A key set and its failed attempts in a row.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) keys: CardKeySet,
    failures: u8,
    attempts: Option<u8>,
}

impl SecurityDomain {
    /// A security domain with these key sets, of which the first is the one that key version
    /// number 0 stands for.
    #[must_use]
    pub fn new(config: CardConfig, key_sets: Vec<CardKeySet>) -> Self {
        let attempts = config.attempts;
        let slots = key_sets.into_iter().map(|keys| Slot { keys, failures: 0, attempts }).collect();
        Self { config, slots }
    }

    /// How this card behaves.
    #[must_use]
    pub const fn config(&self) -> &CardConfig {
        &self.config
    }

    /// Sessions opened so far with the key set of this version, 0 meaning the first.
    #[must_use]
    pub fn sequence_counter(&self, version: u8) -> Option<u32> {
        Some(self.slot(version)?.keys.sequence_counter)
    }

    /// Failed attempts in a row with the key set of this version, 0 meaning the first.
    #[must_use]
    pub fn failed_attempts(&self, version: u8) -> Option<u8> {
        Some(self.slot(version)?.failures)
    }

    pub(super) fn slot(&self, version: u8) -> Option<&Slot> {
        self.slots.iter().find(|slot| version == 0 || slot.keys.version == version)
    }

    pub(super) fn slot_mut(&mut self, version: u8) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| version == 0 || slot.keys.version == version)
    }
}

impl Slot {
    const LAST_SESSION: u32 = 0xFF_FFFF;

    pub(super) const fn version(&self) -> u8 {
        self.keys.version
    }

    /// `69 83` once the attempts are used up.
    pub(super) const fn check_attempts(&self) -> Result<(), u16> {
        match self.attempts {
            Some(attempts) if self.failures >= attempts => Err(status::BLOCKED),
            _ => Ok(()),
        }
    }

    /// The sequence counter of the next session, which counts the sessions that were opened; the
    /// first has 1, as cards show it. `None` when its three bytes are used up.
    pub(super) fn next_session(&self) -> Option<u32> {
        self.keys.sequence_counter.checked_add(1).filter(|next| *next <= Self::LAST_SESSION)
    }

    pub(super) fn record_session(&mut self) {
        self.failures = 0;
        if let Some(next) = self.next_session() {
            self.keys.sequence_counter = next;
        }
    }

    pub(super) const fn record_failure(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }
}

fn key(name: StaticKey, bytes: &[u8]) -> Result<Key, CardKeyError> {
    Key::from_bytes(bytes).ok_or(CardKeyError::Length { key: name, actual: bytes.len() })
}
