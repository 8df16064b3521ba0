// SPDX-License-Identifier: Apache-2.0
//! AES and AES-CMAC with a key of any of the three lengths.

use aes::cipher::array::Array;
use aes::cipher::consts::{U1, U16};
use aes::cipher::{
    BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser,
    InOut, InnerIvInit, ParBlocksSizeUser,
};
use aes::{Aes128, Aes128Enc, Aes192, Aes192Enc, Aes256, Aes256Enc};
use cmac::digest::{FixedOutputReset, InnerInit, Update};
use cmac::{Cmac, KeyInit};
use zeroize::Zeroize;

use crate::KeyLength;

/// Length of an AES block and of a whole CMAC.
pub(crate) const BLOCK_LEN: usize = 16;

/// An AES block.
pub(crate) type Block = [u8; BLOCK_LEN];

/// A key; wiped when dropped.
#[derive(Clone)]
pub(crate) enum SecretKey {
    Aes128([u8; 16]),
    Aes192([u8; 24]),
    Aes256([u8; 32]),
}

impl SecretKey {
    /// A key to be filled in.
    pub(crate) const fn zeroed(length: KeyLength) -> Self {
        match length {
            KeyLength::Aes128 => Self::Aes128([0; 16]),
            KeyLength::Aes192 => Self::Aes192([0; 24]),
            KeyLength::Aes256 => Self::Aes256([0; 32]),
        }
    }

    pub(crate) const fn length(&self) -> KeyLength {
        match self {
            Self::Aes128(_) => KeyLength::Aes128,
            Self::Aes192(_) => KeyLength::Aes192,
            Self::Aes256(_) => KeyLength::Aes256,
        }
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Aes128(bytes) => bytes,
            Self::Aes192(bytes) => bytes,
            Self::Aes256(bytes) => bytes,
        }
    }

    pub(crate) const fn as_mut_bytes(&mut self) -> &mut [u8] {
        match self {
            Self::Aes128(bytes) => bytes,
            Self::Aes192(bytes) => bytes,
            Self::Aes256(bytes) => bytes,
        }
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.as_mut_bytes().zeroize();
    }
}

/// AES with its key expanded; wiped when dropped.
pub(crate) enum Cipher {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

impl Cipher {
    pub(crate) fn new(key: &SecretKey) -> Self {
        match key {
            SecretKey::Aes128(bytes) => Self::Aes128(Aes128::new(bytes.into())),
            SecretKey::Aes192(bytes) => Self::Aes192(Aes192::new(bytes.into())),
            SecretKey::Aes256(bytes) => Self::Aes256(Aes256::new(bytes.into())),
        }
    }

    pub(crate) fn encrypt_block(&self, block: &mut Block) {
        BlockCipherEncrypt::encrypt_block(self, block.into());
    }

    /// Encrypts whole blocks; bytes after the last whole block are left alone.
    pub(crate) fn encrypt_cbc(&self, iv: &Block, data: &mut [u8]) {
        let (blocks, _) = Array::slice_as_chunks_mut(data);
        cbc::Encryptor::inner_iv_init(self, iv.into()).encrypt_blocks(blocks);
    }

    /// Decrypts whole blocks; bytes after the last whole block are left alone.
    pub(crate) fn decrypt_cbc(&self, iv: &Block, data: &mut [u8]) {
        let (blocks, _) = Array::slice_as_chunks_mut(data);
        cbc::Decryptor::inner_iv_init(self, iv.into()).decrypt_blocks(blocks);
    }
}

/// A cipher as CBC and CMAC see it: one block at a time, so that there is one of each for all
/// lengths of a key, and not three. Messages have a dozen blocks.
struct OneBlock<'c, C>(&'c C);

impl<C> BlockSizeUser for OneBlock<'_, C> {
    type BlockSize = U16;
}

impl<C> ParBlocksSizeUser for OneBlock<'_, C> {
    type ParBlocksSize = U1;
}

impl BlockSizeUser for Cipher {
    type BlockSize = U16;
}

impl BlockCipherEncrypt for Cipher {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(&OneBlock(self));
    }
}

impl BlockCipherDecrypt for Cipher {
    fn decrypt_with_backend(&self, f: impl BlockCipherDecClosure<BlockSize = U16>) {
        f.call(&OneBlock(self));
    }
}

impl BlockCipherEncBackend for OneBlock<'_, Cipher> {
    fn encrypt_block(&self, block: InOut<'_, '_, Array<u8, U16>>) {
        match self.0 {
            Cipher::Aes128(cipher) => cipher.encrypt_block_inout(block),
            Cipher::Aes192(cipher) => cipher.encrypt_block_inout(block),
            Cipher::Aes256(cipher) => cipher.encrypt_block_inout(block),
        }
    }
}

impl BlockCipherDecBackend for OneBlock<'_, Cipher> {
    fn decrypt_block(&self, block: InOut<'_, '_, Array<u8, U16>>) {
        match self.0 {
            Cipher::Aes128(cipher) => cipher.decrypt_block_inout(block),
            Cipher::Aes192(cipher) => cipher.decrypt_block_inout(block),
            Cipher::Aes256(cipher) => cipher.decrypt_block_inout(block),
        }
    }
}

/// AES with its key expanded for encryption only; wiped when dropped.
enum Encryption {
    Aes128(Aes128Enc),
    Aes192(Aes192Enc),
    Aes256(Aes256Enc),
}

impl BlockSizeUser for Encryption {
    type BlockSize = U16;
}

impl BlockCipherEncrypt for Encryption {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(&OneBlock(self));
    }
}

impl BlockCipherEncBackend for OneBlock<'_, Encryption> {
    fn encrypt_block(&self, block: InOut<'_, '_, Array<u8, U16>>) {
        match self.0 {
            Encryption::Aes128(cipher) => cipher.encrypt_block_inout(block),
            Encryption::Aes192(cipher) => cipher.encrypt_block_inout(block),
            Encryption::Aes256(cipher) => cipher.encrypt_block_inout(block),
        }
    }
}

/// AES-CMAC with its key expanded; wiped when dropped.
pub(crate) struct Mac(Cmac<Encryption>);

impl Mac {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self(Cmac::inner_init(match key {
            SecretKey::Aes128(bytes) => Encryption::Aes128(Aes128Enc::new(bytes.into())),
            SecretKey::Aes192(bytes) => Encryption::Aes192(Aes192Enc::new(bytes.into())),
            SecretKey::Aes256(bytes) => Encryption::Aes256(Aes256Enc::new(bytes.into())),
        }))
    }

    /// The whole MAC of the parts joined.
    pub(crate) fn compute(&mut self, parts: &[&[u8]]) -> Block {
        let mut output = [0; BLOCK_LEN];
        self.compute_into(parts, &mut output);
        output
    }

    /// The same in place, where it becomes a key and must not be left elsewhere. Resets the MAC
    /// instead of making a new one: the key need not be expanded again.
    pub(crate) fn compute_into(&mut self, parts: &[&[u8]], output: &mut Block) {
        for part in parts {
            self.0.update(part);
        }
        self.0.finalize_into_reset(output.into());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn cmac_gives_the_answers_nist_published() {
        let answers = include_str!("../testdata/known_answers.json");
        let answers: Value = serde_json::from_str(answers).unwrap();
        let answers = answers["aes_cmac"].as_array().unwrap();
        assert_eq!(answers.len(), 12);
        for answer in answers {
            let bytes = |name: &str| unhex(answer[name].as_str().unwrap());
            let mut mac = Mac::new(&secret_key(&bytes("key")));
            let message = bytes("message");
            let (first, second) = message.split_at(message.len() / 3);
            for _ in 0..2 {
                let computed = mac.compute(&[first, &[], second]);
                assert_eq!(computed[..], bytes("mac"), "{answer}");
            }
        }
    }

    /// SP 800-38A, F.2.1, F.2.3 and F.2.5: the first two blocks.
    #[test]
    fn cbc_gives_the_answers_nist_published() {
        let plain = unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let iv = core::array::from_fn(|at| u8::try_from(at).unwrap());
        for (key, encrypted) in [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
            ),
            (
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
            ),
        ] {
            let cipher = Cipher::new(&secret_key(&unhex(key)));
            let mut data = plain.clone();
            cipher.encrypt_cbc(&iv, &mut data);
            assert_eq!(data, unhex(encrypted));
            cipher.decrypt_cbc(&iv, &mut data);
            assert_eq!(data, plain);
        }
    }

    pub(crate) fn secret_key(bytes: &[u8]) -> SecretKey {
        let mut key = SecretKey::zeroed(KeyLength::from_bytes(bytes.len()).unwrap());
        key.as_mut_bytes().copy_from_slice(bytes);
        key
    }

    pub(crate) fn unhex(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }
}
