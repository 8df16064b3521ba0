// SPDX-License-Identifier: Apache-2.0
//! A walk over LwM2M TLV finds what a plain second reading of TS Core §6.4.3 finds, entry by
//! entry, and gives up where that does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use simstrap_bootstrap_data::tlv::{Entries, Kind};

/// The first entry by the letter of the specification: kind, identifier, value, what follows.
fn first(bytes: &[u8]) -> Option<(u8, u16, &[u8], &[u8])> {
    let kind = bytes.first()? / 64;
    let id_bytes = 1 + usize::from(bytes[0] / 32 % 2);
    let length_bytes = usize::from(bytes[0] / 8 % 4);
    let number =
        |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number * 256 + usize::from(*byte));
    let id = number(bytes.get(1..1 + id_bytes)?);
    let front = 1 + id_bytes + length_bytes;
    let length = match length_bytes {
        0 => usize::from(bytes[0] % 8),
        _ => number(bytes.get(1 + id_bytes..front)?),
    };
    let value = bytes.get(front..front + length)?;
    Some((kind, u16::try_from(id).expect("two bytes"), value, &bytes[front + length..]))
}

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    for entry in Entries::new(bytes) {
        match (entry, first(rest)) {
            (Ok(entry), Some((kind, id, value, after))) => {
                let kinds = [
                    Kind::ObjectInstance,
                    Kind::ResourceInstance,
                    Kind::MultipleResource,
                    Kind::Resource,
                ];
                assert_eq!(
                    (entry.kind, entry.id, entry.value),
                    (kinds[usize::from(kind)], id, value)
                );
                assert_eq!(entry.offset, bytes.len() - rest.len());
                rest = after;
            }
            (Err(error), None) => {
                assert_eq!(error.offset, bytes.len() - rest.len());
                return;
            }
            (entry, reference) => panic!("{entry:?} where {reference:02X?} stands"),
        }
    }
    assert!(rest.is_empty());
});
