// SPDX-License-Identifier: Apache-2.0
//! AES as SCP03 uses it: CMAC, CBC with padding, and the derivation of keys and challenges
//! (Amendment D §4.1).

use core::fmt;

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt};
use aes::{Aes128, Aes192, Aes256};
use alloc::vec::Vec;
use cmac::{Cmac, KeyInit, Mac};
use zeroize::{Zeroize, Zeroizing};

pub(super) const BLOCK: usize = 16;
pub(super) type Block = [u8; BLOCK];

/// What is derived, and its constant (Amendment D table 4-1).
#[derive(Debug, Clone, Copy)]
pub(super) enum Derived {
    CardCryptogram = 0x00,
    HostCryptogram = 0x01,
    CardChallenge = 0x02,
    EncryptionKey = 0x04,
    MacKey = 0x06,
    ResponseMacKey = 0x07,
}

/// An AES key; wiped when dropped, never shown.
#[derive(Clone)]
pub(super) enum Key {
    Aes128([u8; 16]),
    Aes192([u8; 24]),
    Aes256([u8; 32]),
}

impl Key {
    /// `None` unless there are 16, 24 or 32 bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            16 => bytes.try_into().map(Self::Aes128).ok(),
            24 => bytes.try_into().map(Self::Aes192).ok(),
            32 => bytes.try_into().map(Self::Aes256).ok(),
            _ => None,
        }
    }

    /// Length in bits.
    pub(super) const fn bits(&self) -> u16 {
        match self {
            Self::Aes128(_) => 128,
            Self::Aes192(_) => 192,
            Self::Aes256(_) => 256,
        }
    }

    pub(super) fn cmac(&self, parts: &[&[u8]]) -> Block {
        match self {
            Self::Aes128(key) => cmac_over(Cmac::<Aes128>::new(key.into()), parts),
            Self::Aes192(key) => cmac_over(Cmac::<Aes192>::new(key.into()), parts),
            Self::Aes256(key) => cmac_over(Cmac::<Aes256>::new(key.into()), parts),
        }
    }

    pub(super) fn encrypt_block(&self, block: Block) -> Block {
        let mut block = Array::from(block);
        match self {
            Self::Aes128(key) => Aes128::new(key.into()).encrypt_block(&mut block),
            Self::Aes192(key) => Aes192::new(key.into()).encrypt_block(&mut block),
            Self::Aes256(key) => Aes256::new(key.into()).encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt_block(&self, block: Block) -> Block {
        let mut block = Array::from(block);
        match self {
            Self::Aes128(key) => Aes128::new(key.into()).decrypt_block(&mut block),
            Self::Aes192(key) => Aes192::new(key.into()).decrypt_block(&mut block),
            Self::Aes256(key) => Aes256::new(key.into()).decrypt_block(&mut block),
        }
        block.into()
    }

    /// Pads with `80 00…` and encrypts in CBC mode.
    pub(super) fn encrypt(&self, initial: Block, plain: &[u8]) -> Vec<u8> {
        let length = (plain.len() + 1).next_multiple_of(BLOCK);
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(plain);
        bytes.push(0x80);
        bytes.resize(length, 0);
        let (blocks, _) = bytes.as_chunks_mut::<BLOCK>();
        let mut previous = initial;
        for block in blocks {
            *block = self.encrypt_block(xor(*block, previous));
            previous = *block;
        }
        bytes
    }

    /// Decrypts in CBC mode and removes the padding; `None` when that, or the length, is wrong.
    pub(super) fn decrypt(&self, initial: Block, encrypted: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = encrypted.to_vec();
        let (blocks, []) = bytes.as_chunks_mut::<BLOCK>() else {
            return None;
        };
        let mut previous = initial;
        for block in blocks {
            let encrypted = *block;
            *block = xor(self.decrypt_block(encrypted), previous);
            previous = encrypted;
        }
        let end = bytes.iter().rposition(|byte| *byte != 0)?;
        if bytes.len() - end > BLOCK || bytes.get(end) != Some(&0x80) {
            return None;
        }
        bytes.truncate(end);
        Some(bytes)
    }

    /// A key of the same length as this one (Amendment D §6.2.1).
    pub(super) fn derive_key(&self, derived: Derived, context: &[&[u8]]) -> Self {
        let bytes = self.derive(derived, self.bits(), context);
        match self {
            Self::Aes128(_) => Self::Aes128(first(&bytes)),
            Self::Aes192(_) => Self::Aes192(first(&bytes)),
            Self::Aes256(_) => Self::Aes256(*bytes),
        }
    }

    /// A challenge or cryptogram of 64 or 128 bits, at the front of the block (Amendment D §6.2.2).
    pub(super) fn derive_block(&self, derived: Derived, bits: u16, context: &[&[u8]]) -> Block {
        first(&self.derive(derived, bits, context))
    }

    /// SP 800-108 in counter mode with CMAC (Amendment D §4.1.5): two blocks, of which as
    /// many bits count as are asked for.
    fn derive(&self, derived: Derived, bits: u16, context: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let [high, low] = bits.to_be_bytes();
        let mut result = Zeroizing::new([0; 2 * BLOCK]);
        let (blocks, _) = result.as_chunks_mut::<BLOCK>();
        for (counter, block) in (1..).zip(blocks) {
            let label = [&[0; 11][..], &[derived as u8, 0x00, high, low, counter]].concat();
            let parts: Vec<&[u8]> =
                [&label[..]].into_iter().chain(context.iter().copied()).collect();
            *block = self.cmac(&parts);
        }
        result
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key(redacted, {} bits)", self.bits())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        match self {
            Self::Aes128(key) => key.zeroize(),
            Self::Aes192(key) => key.zeroize(),
            Self::Aes256(key) => key.zeroize(),
        }
    }
}

fn cmac_over(mut mac: impl Mac<OutputSize = aes::cipher::consts::U16>, parts: &[&[u8]]) -> Block {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn xor(mut left: Block, right: Block) -> Block {
    for (left, right) in left.iter_mut().zip(right) {
        *left ^= right;
    }
    left
}

/// The first `N` of 32 bytes.
fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    let mut front = [0; N];
    for (target, source) in front.iter_mut().zip(bytes) {
        *target = *source;
    }
    front
}
