// SPDX-License-Identifier: Apache-2.0
//! A host as simple as it can be: bytes in, bytes out, checks by assertion.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt};
use aes::{Aes128, Aes192, Aes256};
use alloc::{vec, vec::Vec};
use cmac::{Cmac, KeyInit, Mac};

pub(super) struct Host {
    keys: [Vec<u8>; 3],
    length: usize,
    challenge: Vec<u8>,
    s_enc: Vec<u8>,
    s_mac: Vec<u8>,
    s_rmac: Vec<u8>,
    level: u8,
    chaining: Vec<u8>,
    counter: u8,
    pub(super) counts_data_only: bool,
}

impl Host {
    pub(super) fn new(keys: [Vec<u8>; 3], length: usize) -> Self {
        Self {
            keys,
            length,
            challenge: (0xA0..).take(length).collect(),
            s_enc: vec![],
            s_mac: vec![],
            s_rmac: vec![],
            level: 0,
            chaining: vec![],
            counter: 0,
            counts_data_only: false,
        }
    }

    pub(super) fn initialize_update(&self, channel: u8, key_version: u8) -> Vec<u8> {
        let length = u8::try_from(self.challenge.len()).unwrap();
        let mut apdu = vec![class(0x80, channel), 0x50, key_version, 0x00, length];
        apdu.extend(&self.challenge);
        apdu.push(0x00);
        apdu
    }

    /// Checks the card cryptogram first.
    pub(super) fn external_authenticate(&mut self, channel: u8, level: u8, iu: &[u8]) -> Vec<u8> {
        let n = self.length;
        let context = [&self.challenge[..], &iu[13..13 + n]].concat();
        let [enc, mac, _] = &self.keys;
        let bits = enc.len() * 8;
        self.s_enc = kdf(enc, 0x04, bits, &context);
        self.s_mac = kdf(mac, 0x06, bits, &context);
        self.s_rmac = kdf(mac, 0x07, bits, &context);
        let card_cryptogram = kdf(&self.s_mac, 0x00, n * 8, &context);
        assert_eq!(iu[13 + n..13 + 2 * n], card_cryptogram, "card cryptogram");
        self.level = level & 0x11;
        self.chaining = vec![0; 16];
        self.counter = 0;
        let mut plain = vec![class(0x80, channel), 0x82, level, 0x00];
        plain.push(u8::try_from(n).unwrap());
        plain.extend(kdf(&self.s_mac, 0x01, n * 8, &context));
        let apdu = self.wrap(&plain);
        self.level = level;
        self.counter = 0;
        apdu
    }

    /// Protects a short command.
    pub(super) fn wrap(&mut self, plain: &[u8]) -> Vec<u8> {
        let (mut data, expected) = match plain.len() {
            4 => (vec![], vec![]),
            5 => (vec![], vec![plain[4]]),
            _ => {
                let end = 5 + usize::from(plain[4]);
                (plain[5..end].to_vec(), plain[end..].to_vec())
            }
        };
        if !(self.counts_data_only && data.is_empty()) {
            self.counter += 1;
        }
        if self.level & 0x02 != 0 && !data.is_empty() {
            data = cbc_encrypt(&self.s_enc, self.icv(0x00), &pad(&data));
        }
        self.finish(plain, &data, &expected)
    }

    /// Encrypts whole blocks for the next command as they are, without padding.
    pub(super) fn encrypt_unpadded(&mut self, blocks: &[u8]) -> Vec<u8> {
        self.counter += 1;
        cbc_encrypt(&self.s_enc, self.icv(0x00), blocks)
    }

    /// Adds the C-MAC to a data field that is encrypted already.
    pub(super) fn finish(&mut self, plain: &[u8], data: &[u8], expected: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len() + self.length).unwrap();
        let in_mac = [(plain[0] & 0x80) | 0x04, plain[1], plain[2], plain[3], length];
        let mac = aes_cmac(&self.s_mac, &[&self.chaining[..], &in_mac, data].concat());
        let secured = plain[0] | if plain[0] & 0x40 == 0 { 0x04 } else { 0x20 };
        let header = [secured, plain[1], plain[2], plain[3], length];
        let apdu = [&header[..], data, &mac[..self.length], expected].concat();
        self.chaining = mac;
        apdu
    }

    /// Checks and removes the protection of a response.
    pub(super) fn unwrap(&self, response: &[u8]) -> (Vec<u8>, u16) {
        let (body, status) = response.split_last_chunk::<2>().unwrap();
        let word = u16::from_be_bytes(*status);
        let good = word == 0x9000 || matches!(status[0], 0x62 | 0x63 | 0x91 | 0x92);
        if self.level & 0x10 == 0 {
            return (body.to_vec(), word);
        }
        if !good {
            assert!(body.is_empty(), "data with {word:04X}");
            return (vec![], word);
        }
        let (data, mac) = body.split_at(body.len() - self.length);
        let expected = aes_cmac(&self.s_rmac, &[&self.chaining[..], data, status].concat());
        assert_eq!(mac, &expected[..self.length], "R-MAC");
        if self.level & 0x20 == 0 || data.is_empty() {
            return (data.to_vec(), word);
        }
        (unpad(cbc_decrypt(&self.s_enc, self.icv(0x80), data)), word)
    }

    fn icv(&self, first: u8) -> Vec<u8> {
        let mut block = vec![0; 16];
        block[0] = first;
        block[15] = self.counter;
        encrypt(&self.s_enc, &block)
    }

    /// Every key the session has.
    pub(super) fn secrets(&self) -> Vec<Vec<u8>> {
        let session = [&self.s_enc, &self.s_mac, &self.s_rmac].map(Clone::clone);
        [&self.keys[..], &session].concat()
    }
}

pub(super) fn class(class: u8, channel: u8) -> u8 {
    class | if channel < 4 { channel } else { 0x40 + channel - 4 }
}

fn cbc_encrypt(key: &[u8], icv: Vec<u8>, data: &[u8]) -> Vec<u8> {
    let mut previous = icv;
    let blocks = data.chunks(16).map(|block| {
        let mixed: Vec<u8> = block.iter().zip(&previous).map(|(a, b)| a ^ b).collect();
        previous = encrypt(key, &mixed);
        previous.clone()
    });
    blocks.collect::<Vec<_>>().concat()
}

fn cbc_decrypt(key: &[u8], icv: Vec<u8>, data: &[u8]) -> Vec<u8> {
    let mut previous = icv;
    let blocks = data.chunks(16).map(|block| {
        let mixed = decrypt(key, block);
        let plain: Vec<u8> = mixed.iter().zip(&previous).map(|(a, b)| a ^ b).collect();
        previous = block.to_vec();
        plain
    });
    blocks.collect::<Vec<_>>().concat()
}

fn pad(data: &[u8]) -> Vec<u8> {
    let mut padded = [data, &[0x80]].concat();
    while padded.len() % 16 != 0 {
        padded.push(0x00);
    }
    padded
}

fn unpad(mut padded: Vec<u8>) -> Vec<u8> {
    while padded.last() == Some(&0x00) {
        padded.pop();
    }
    assert_eq!(padded.pop(), Some(0x80), "padding");
    padded
}

pub(super) fn kdf(key: &[u8], constant: u8, bits: usize, context: &[u8]) -> Vec<u8> {
    let mut result = vec![];
    let mut counter = 1;
    while result.len() * 8 < bits {
        let mut input = vec![0; 11];
        input.extend([constant, 0x00]);
        input.extend(u16::try_from(bits).unwrap().to_be_bytes());
        input.push(counter);
        input.extend(context);
        result.extend(aes_cmac(key, &input));
        counter += 1;
    }
    result.truncate(bits / 8);
    result
}

macro_rules! with_key_length {
    ($key:expr, $($length:literal => $body:expr),+) => {
        match $key.len() {
            $($length => $body,)+
            other => panic!("no AES key: {other} bytes"),
        }
    };
}

fn aes_cmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    fn run<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
        let mac = <M as KeyInit>::new_from_slice(key).unwrap();
        mac.chain_update(data).finalize().into_bytes().to_vec()
    }
    with_key_length!(key,
        16 => run::<Cmac<Aes128>>(key, data),
        24 => run::<Cmac<Aes192>>(key, data),
        32 => run::<Cmac<Aes256>>(key, data))
}

fn encrypt(key: &[u8], block: &[u8]) -> Vec<u8> {
    let mut block = block.try_into().unwrap();
    with_key_length!(key,
        16 => Aes128::new_from_slice(key).unwrap().encrypt_block(&mut block),
        24 => Aes192::new_from_slice(key).unwrap().encrypt_block(&mut block),
        32 => Aes256::new_from_slice(key).unwrap().encrypt_block(&mut block));
    block.to_vec()
}

fn decrypt(key: &[u8], block: &[u8]) -> Vec<u8> {
    let mut block = block.try_into().unwrap();
    with_key_length!(key,
        16 => Aes128::new_from_slice(key).unwrap().decrypt_block(&mut block),
        24 => Aes192::new_from_slice(key).unwrap().decrypt_block(&mut block),
        32 => Aes256::new_from_slice(key).unwrap().decrypt_block(&mut block));
    block.to_vec()
}
