// SPDX-License-Identifier: Apache-2.0
//! BER-TLV data objects for templates and directory files, written by `tlv_parser`.

use tlv_parser::tlv::{Tag, Tlv, Value};

/// A data object with these bytes as its value.
pub(crate) fn primitive(tag: Tag, value: &[u8]) -> Vec<u8> {
    encode(tag, value.to_vec())
}

/// A data object that holds these data objects.
pub(crate) fn constructed(tag: Tag, children: &[Vec<u8>]) -> Vec<u8> {
    encode(tag, children.concat())
}

/// The bytes of an unsigned integer, as short as DER wants them.
pub(crate) fn unsigned(number: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    if bytes.first().is_none_or(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    bytes
}

/// The library refuses nothing but malformed children, and all of those come from here.
fn encode(tag: Tag, value: Vec<u8>) -> Vec<u8> {
    Tlv::new(tag, Value::Val(value)).map(|object| object.to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_objects_nest() {
        let path = constructed(0x30, &[primitive(0x04, &[0x64, 0x30])]);
        assert_eq!(constructed(0xA7, &[path]), [0xA7, 0x06, 0x30, 0x04, 0x04, 0x02, 0x64, 0x30]);
        let long = constructed(0x30, &[primitive(0x04, &[7; 200])]);
        assert_eq!(long[..6], [0x30, 0x81, 0xCB, 0x04, 0x81, 0xC8]);
    }

    #[test]
    fn integers_are_positive_and_short() {
        assert_eq!(unsigned(0), [0]);
        assert_eq!(unsigned(0x7F), [0x7F]);
        assert_eq!(unsigned(0x81), [0x00, 0x81]);
        assert_eq!(unsigned(256), [1, 0]);
        assert_eq!(unsigned(32768), [0, 0x80, 0]);
    }
}
