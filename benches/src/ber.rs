// SPDX-License-Identifier: Apache-2.0
//! The tree of an LwM2M payload in BER-TLV: another format, for decoders that know only that.

use simstrap_bootstrap_data::tlv::{Entries, Kind};

/// The entries as BER data objects: a constructed one (tag `BF xx`) for whatever holds others, a
/// primitive one (`9F xx`) for every value; identifiers of one byte only, below 128.
#[must_use]
pub fn image(entries: Entries<'_>) -> Vec<u8> {
    let objects = entries.map_while(Result::ok).map(|entry| {
        let holds_others = matches!(entry.kind, Kind::ObjectInstance | Kind::MultipleResource);
        let id = u8::try_from(entry.id).unwrap_or(u8::MAX) & 0x7F;
        if holds_others {
            object([0xBF, id], &image(entry.entries()))
        } else {
            object([0x9F, id], entry.value)
        }
    });
    objects.collect::<Vec<_>>().concat()
}

/// All of it in one data object, which is what some decoders want.
#[must_use]
pub fn wrapped(content: &[u8]) -> Vec<u8> {
    object([0xBF, 0x7F], content)
}

fn object(tag: [u8; 2], value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let first = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let digits = length.get(first..).unwrap_or_default();
    let mut bytes = tag.to_vec();
    if value.len() > 0x7F {
        bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
    }
    bytes.extend_from_slice(digits);
    bytes.extend_from_slice(value);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_holds_the_same_tree() {
        let payload = [0x08, 0x01, 0x05, 0x82, 0x02, 0x41, 0x03, 0x0F];
        let payload = &payload[..];
        let mended = [&[0x08, 0x01, 0x05, 0x83, 0x02][..], &payload[5..]].concat();
        let image = image(Entries::new(&mended));
        assert_eq!(image, [0xBF, 0x01, 0x07, 0xBF, 0x02, 0x04, 0x9F, 0x03, 0x01, 0x0F]);
        assert_eq!(wrapped(&[7; 200])[..4], [0xBF, 0x7F, 0x81, 200]);
    }
}
