// SPDX-License-Identifier: Apache-2.0
//! The keys that host and card share from the start (SCP03 §6.1).

use core::fmt;

use subtle::ConstantTimeEq;

use crate::crypto::{Block, Cipher, SecretKey};

/// A key set: Key-ENC, Key-MAC and Key-DEK, all of one length.
///
/// Wiped when dropped; `Debug` shows the length only.
///
/// ```
/// use simstrap_scp03::{KeyLength, StaticKeys};
///
/// let keys = StaticKeys::from_slices(&[0x40; 16], &[0x41; 16], &[0x42; 16])?;
/// assert_eq!(keys.length(), KeyLength::Aes128);
/// assert_eq!(format!("{keys:?}"), "StaticKeys(AES-128, redacted)");
/// # Ok::<(), simstrap_scp03::KeyError>(())
/// ```
#[derive(Clone)]
pub struct StaticKeys {
    enc: SecretKey,
    mac: SecretKey,
    dek: SecretKey,
}

impl StaticKeys {
    /// A key set from its three keys of 16, 24 or 32 bytes each.
    ///
    /// # Errors
    /// [`KeyError`] when a key has another length, or not all have the same.
    pub fn from_slices(enc: &[u8], mac: &[u8], dek: &[u8]) -> Result<Self, KeyError> {
        let lengths = (
            key_length(KeyPurpose::Enc, enc)?,
            key_length(KeyPurpose::Mac, mac)?,
            key_length(KeyPurpose::Dek, dek)?,
        );
        let mut keys = match lengths {
            (enc, mac, dek) if enc == mac && mac == dek => Self::zeroed(enc),
            (enc, mac, dek) => return Err(KeyError::Mixed { enc, mac, dek }),
        };
        keys.enc.as_mut_bytes().copy_from_slice(enc);
        keys.mac.as_mut_bytes().copy_from_slice(mac);
        keys.dek.as_mut_bytes().copy_from_slice(dek);
        Ok(keys)
    }

    /// The length of each key.
    #[must_use]
    pub const fn length(&self) -> KeyLength {
        self.enc.length()
    }

    /// The key check value of one key, by which it can be named without being shown.
    #[must_use]
    pub fn check_value(&self, purpose: KeyPurpose) -> KeyCheckValue {
        const PATTERN: Block = [0x01; 16];
        let mut block = PATTERN;
        Cipher::new(self.key(purpose)).encrypt_block(&mut block);
        let [first, second, third, ..] = block;
        KeyCheckValue([first, second, third])
    }

    /// Whether `secret` is one of the three keys, in constant time.
    #[must_use]
    pub fn contains(&self, secret: &[u8]) -> bool {
        let equal = |key: &SecretKey| key.as_bytes().ct_eq(secret);
        (equal(&self.enc) | equal(&self.mac) | equal(&self.dek)).into()
    }

    pub(crate) const fn enc(&self) -> &SecretKey {
        &self.enc
    }

    pub(crate) const fn mac(&self) -> &SecretKey {
        &self.mac
    }

    pub(crate) const fn key(&self, purpose: KeyPurpose) -> &SecretKey {
        match purpose {
            KeyPurpose::Enc => &self.enc,
            KeyPurpose::Mac => &self.mac,
            KeyPurpose::Dek => &self.dek,
        }
    }

    /// A key set of the same length whose keys `derive` fills in.
    pub(crate) fn derived(&self, mut derive: impl FnMut(KeyPurpose, &mut [u8])) -> Self {
        let mut keys = Self::zeroed(self.length());
        derive(KeyPurpose::Enc, keys.enc.as_mut_bytes());
        derive(KeyPurpose::Mac, keys.mac.as_mut_bytes());
        derive(KeyPurpose::Dek, keys.dek.as_mut_bytes());
        keys
    }

    const fn zeroed(length: KeyLength) -> Self {
        Self {
            enc: SecretKey::zeroed(length),
            mac: SecretKey::zeroed(length),
            dek: SecretKey::zeroed(length),
        }
    }
}

impl fmt::Debug for StaticKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticKeys({}, redacted)", self.length())
    }
}

/// The length of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyLength {
    /// 16 bytes.
    Aes128,
    /// 24 bytes.
    Aes192,
    /// 32 bytes.
    Aes256,
}

impl KeyLength {
    /// From a number of bytes; `None` when AES has no such key.
    #[must_use]
    pub const fn from_bytes(length: usize) -> Option<Self> {
        Some(match length {
            16 => Self::Aes128,
            24 => Self::Aes192,
            32 => Self::Aes256,
            _ => return None,
        })
    }

    /// The number of bytes.
    #[must_use]
    pub const fn to_bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

impl fmt::Display for KeyLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AES-{}", self.to_bytes() * 8)
    }
}

/// Which key of a key set. The numbers are GlobalPlatform's key identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Key-ENC, for encryption.
    Enc = 1,
    /// Key-MAC, for MACs and cryptograms.
    Mac = 2,
    /// Key-DEK, for keys that are written to the card.
    Dek = 3,
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enc => "Key-ENC",
            Self::Mac => "Key-MAC",
            Self::Dek => "Key-DEK",
        })
    }
}

/// A key check value: the first three bytes of sixteen bytes `01` encrypted (SCP03 §7.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyCheckValue([u8; 3]);

impl KeyCheckValue {
    /// The three bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        self.0
    }
}

impl fmt::Display for KeyCheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for KeyCheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyCheckValue({self})")
    }
}

/// Why bytes are no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// AES has no key of this length.
    #[error("{purpose} has {length} bytes; an AES key has 16, 24 or 32")]
    Length {
        /// Which key.
        purpose: KeyPurpose,
        /// Its length in bytes.
        length: usize,
    },
    /// The keys are of different lengths.
    #[error(
        "the keys of a set must be of one length, \
         but Key-ENC is {enc}, Key-MAC is {mac} and Key-DEK is {dek}"
    )]
    Mixed {
        /// Length of Key-ENC.
        enc: KeyLength,
        /// Length of Key-MAC.
        mac: KeyLength,
        /// Length of Key-DEK.
        dek: KeyLength,
    },
}

const fn key_length(purpose: KeyPurpose, key: &[u8]) -> Result<KeyLength, KeyError> {
    match KeyLength::from_bytes(key.len()) {
        Some(length) => Ok(length),
        None => Err(KeyError::Length { purpose, length: key.len() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_must_be_of_one_aes_length() {
        for length in [16, 24, 32] {
            let key = vec![0x5A; length];
            let keys = StaticKeys::from_slices(&key, &key, &key).unwrap();
            assert_eq!(keys.length().to_bytes(), length);
        }
        let wrong = StaticKeys::from_slices(&[0; 16], &[0; 17], &[0; 16]);
        let expected = KeyError::Length { purpose: KeyPurpose::Mac, length: 17 };
        assert_eq!(wrong.unwrap_err(), expected);
        let mixed = StaticKeys::from_slices(&[0; 16], &[0; 16], &[0; 32]);
        assert!(matches!(mixed.unwrap_err(), KeyError::Mixed { .. }));
    }

    #[test]
    fn bs_04_a_key_is_recognised_among_other_secrets() {
        let keys = StaticKeys::from_slices(&[1; 16], &[2; 16], &[3; 16]).unwrap();
        for key in [[1; 16], [2; 16], [3; 16]] {
            assert!(keys.contains(&key));
        }
        assert!(!keys.contains(&[4; 16]));
        assert!(!keys.contains(&[1; 15]));
        assert!(!keys.contains(&[]));
    }
}
