// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks decode, and the limits they are held against.

pub mod ber;
pub mod cases;

/// The Device object of LwM2M TS Core §6.4.3.1: 121 bytes, 13 resources, 7 resource instances.
pub const DEVICE: &str = "c800144f70656e204d6f62696c6520416c6c69616e6365c801164c69676874776569676874\
204d324d20436c69656e74c80209333435303030313233c303312e30860641000141010588070842000ed842011388\
870841007d42010384c10964c10a0f830b410000c40d5182428fc60e2b30323a3030c11055";

/// A bootstrap server, two servers, access control and an APN profile: 324 bytes.
pub const ACCOUNTS: &str = "000401400000010100c6080046c8001b636f6170733a2f2f62732e6578616d706c652e6e6574\
3a35363834c10101c10200c50362732d6964c004c80510000102030405060708090a0b0c0d0e0fc10b1ec10c00080152c8\
001b636f6170733a2f2f646d2e6578616d706c652e6e65743a35363834c10100c10200c5036465762d31c004c805101011\
12131415161718191a1b1c1d1e1fc10a6588100c44000000c0a844010000c0ab080225c80019636f61703a2f2f6261636b\
75702e6578616d706c652e6e6574c10100c10203c10a66000101010029080015c10065c40100015180c10201c1033cc106\
01c1075508010ec10066c201012cc10600c20755510002000025080011c10003c10100860241650f416601c1036508010e\
c10001c10100830241650fc10365000b000016080013c300696f74c8010b696f742e6578616d706c65";

/// Walks over all entries and does nothing but see that each lies within what holds it: the least
/// any decoder of this format must do. Returns the number of values.
#[must_use]
pub fn bounds_only(bytes: &[u8]) -> Option<usize> {
    let mut values = 0;
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let id_length = if first & 0x20 == 0 { 1 } else { 2 };
        let (_, after) = after.split_at_checked(id_length)?;
        let (length, after) = match (first >> 3) & 3 {
            0 => (usize::from(first & 7), after),
            1 => {
                let (&length, after) = after.split_first()?;
                (usize::from(length), after)
            }
            2 => {
                let (&length, after) = after.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(length)), after)
            }
            _ => {
                let (&[a, b, c], after) = after.split_first_chunk::<3>()?;
                (usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c), after)
            }
        };
        let (value, after) = after.split_at_checked(length)?;
        if first & 0xC0 == 0x80 || first & 0xC0 == 0x00 {
            values += bounds_only(value)?;
        } else {
            values += 1;
        }
        rest = after;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_walks_over_everything_and_refuses_what_is_cut() {
        let bytes: Vec<u8> = (0..DEVICE.len() / 2)
            .map(|i| u8::from_str_radix(&DEVICE[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        assert_eq!(bytes.len(), 121);
        assert_eq!(bounds_only(&bytes), Some(16));
        assert_eq!(bounds_only(&bytes[..120]), None);
    }
}
