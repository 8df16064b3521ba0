// SPDX-License-Identifier: Apache-2.0
//! What reads as a record is written to bytes that read as the same; with one bit changed they
//! read as no record (FT-02).
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use simstrap_policy::Record;

fuzz_target!(|input: &[u8]| {
    let _ = Record::from_bytes(input);
    // Past the checksum, where the input would hardly ever get by itself.
    let mut bytes = input.to_vec();
    bytes.extend_from_slice(&Sha256::digest(input)[..8]);
    let Ok(record) = Record::from_bytes(&bytes) else { return };
    let again = record.to_bytes().expect("no longer than what it came from");
    assert_eq!(Record::from_bytes(&again), Ok(record));
    let bit =
        input.iter().fold(again.len(), |sum, byte| sum + usize::from(*byte)) % (8 * again.len());
    let mut changed = again;
    changed[bit / 8] ^= 1 << (bit % 8);
    assert!(Record::from_bytes(&changed).is_err());
});
