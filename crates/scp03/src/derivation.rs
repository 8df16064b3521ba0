// SPDX-License-Identifier: Apache-2.0
//! Deriving keys, cryptograms and challenges: SP 800-108 in counter mode with AES-CMAC
//! (SCP03 §4.1.5, §6.2.1, §6.2.2).

use zeroize::Zeroizing;

use crate::crypto::{BLOCK_LEN, Mac, SecretKey};
use crate::{Challenge, KeyLength, StaticKeys};

/// What is derived (SCP03 table 4-1).
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    CardCryptogram = 0x00,
    HostCryptogram = 0x01,
    CardChallenge = 0x02,
    SessionEncryption = 0x04,
    SessionMac = 0x06,
    SessionResponseMac = 0x07,
}

/// Derives `output`, of 8 to 32 bytes, from a key and the two parts of a context.
pub(crate) fn derive(key: &mut Mac, purpose: Purpose, context: [&[u8]; 2], output: &mut [u8]) {
    let [.., bits_high, bits_low] = (output.len() * 8).to_be_bytes();
    let mut label = [0; 15];
    let [.., constant, _, high, low] = &mut label;
    *constant = purpose as u8;
    *high = bits_high;
    *low = bits_low;
    counter_mode(key, &label, context, output);
}

/// SP 800-108 §4.1 with a counter of one byte, before which and after which the fixed data
/// stands.
pub(crate) fn counter_mode(key: &mut Mac, before: &[u8], after: [&[u8]; 2], output: &mut [u8]) {
    let [first, second] = after;
    for (counter, target) in (1..=u8::MAX).zip(output.chunks_mut(BLOCK_LEN)) {
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        key.compute_into(&[before, &[counter], first, second], &mut block);
        for (to, from) in target.iter_mut().zip(block.iter()) {
            *to = *from;
        }
    }
}

/// The keys of one session.
pub(crate) struct SessionKeys {
    pub(crate) encryption: SecretKey,
    pub(crate) mac: SecretKey,
    pub(crate) response_mac: SecretKey,
}

impl SessionKeys {
    /// Keys to be derived.
    pub(crate) const fn zeroed(length: KeyLength) -> Self {
        Self {
            encryption: SecretKey::zeroed(length),
            mac: SecretKey::zeroed(length),
            response_mac: SecretKey::zeroed(length),
        }
    }

    /// Derives them from the card's keys and both challenges (SCP03 §6.2.1), in place: a key
    /// that is moved leaves a copy behind.
    pub(crate) fn derive(&mut self, keys: &StaticKeys, host: &Challenge, card: &Challenge) {
        let context = [host.as_bytes(), card.as_bytes()];
        let derive_key = |from: &mut Mac, purpose, key: &mut SecretKey| {
            derive(from, purpose, context, key.as_mut_bytes());
        };
        let mut from_enc = Mac::new(keys.enc());
        derive_key(&mut from_enc, Purpose::SessionEncryption, &mut self.encryption);
        let mut from_mac = Mac::new(keys.mac());
        derive_key(&mut from_mac, Purpose::SessionMac, &mut self.mac);
        derive_key(&mut from_mac, Purpose::SessionResponseMac, &mut self.response_mac);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::crypto::tests::{secret_key, unhex};

    #[test]
    fn session_keys_are_those_of_the_second_implementation() {
        let reference = include_str!("../testdata/scp03_reference.json");
        let reference: Value = serde_json::from_str(reference).unwrap();
        let bytes = |object: &Value, name: &str| unhex(object[name].as_str().unwrap());
        for session in reference["sessions"].as_array().unwrap() {
            let sets = reference["keys"].as_array().unwrap();
            let set = sets.iter().find(|set| set["key_bits"] == session["key_bits"]);
            let [enc, mac, dek] = ["enc", "mac", "dek"].map(|name| bytes(set.unwrap(), name));
            let keys = StaticKeys::from_slices(&enc, &mac, &dek).unwrap();
            let [host, card] = ["initialize_update", "response"].map(|name| bytes(session, name));
            let size = usize::from(host[4]);
            let host = Challenge::from_bytes(&host[5..5 + size]).unwrap();
            let card = Challenge::from_bytes(&card[13..13 + size]).unwrap();
            let mut derived = SessionKeys::zeroed(keys.length());
            derived.derive(&keys, &host, &card);
            assert_eq!(derived.encryption.as_bytes(), bytes(session, "s_enc"));
            assert_eq!(derived.mac.as_bytes(), bytes(session, "s_mac"));
            assert_eq!(derived.response_mac.as_bytes(), bytes(session, "s_rmac"));
        }
    }

    #[test]
    fn counter_mode_gives_the_answers_nist_published() {
        let answers = include_str!("../testdata/known_answers.json");
        let answers: Value = serde_json::from_str(answers).unwrap();
        let answers = answers["sp800_108"].as_array().unwrap();
        assert_eq!(answers.len(), 72);
        for answer in answers {
            let bytes = |name: &str| unhex(answer[name].as_str().unwrap());
            let expected = bytes("output");
            let mut output = vec![0; expected.len()];
            let after = bytes("after");
            let (first, second) = after.split_at(after.len() / 2);
            counter_mode(
                &mut Mac::new(&secret_key(&bytes("key"))),
                &bytes("before"),
                [first, second],
                &mut output,
            );
            assert_eq!(output, expected, "{answer}");
        }
    }
}
