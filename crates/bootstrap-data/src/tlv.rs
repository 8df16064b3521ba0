// SPDX-License-Identifier: Apache-2.0
//! LwM2M TLV: type, identifier, length, value (LwM2M TS Core §6.4.3).
//!
//! [`Entries`] walks one level of nesting without copying; what the entries mean, and what may
//! stand where, is the business of the layers above.
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use crate::error::{DecodeError, ErrorKind};

/// Entries of one level, in order.
///
/// ```
/// use simstrap_bootstrap_data::tlv::{Entries, Kind};
///
/// let mut entries = Entries::new(&[0xC1, 0x0A, 0x01, 0xC3, 0x00, 0x61, 0x70, 0x6E]);
/// let first = entries.next().expect("two entries")?;
/// assert_eq!((first.kind, first.id, first.value), (Kind::Resource, 10, &[0x01][..]));
/// let second = entries.next().expect("two entries")?;
/// assert_eq!((second.id, second.value, second.offset), (0, &b"apn"[..], 3));
/// assert!(entries.next().is_none());
/// # Ok::<(), simstrap_bootstrap_data::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
    /// Position of the end of `rest`.
    end: usize,
}

/// One entry. `Debug` shows the length of the value, not the value, which may be a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it is.
    pub kind: Kind,
    /// Identifier of the object instance, resource or resource instance.
    pub id: u16,
    /// Value, up to 16,777,215 bytes.
    pub value: &'a [u8],
    /// Position of the type byte.
    pub offset: usize,
    /// Position of the first byte of the value.
    pub value_offset: usize,
}

/// Bits 7 and 6 of the type byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An object instance, which holds resources.
    ObjectInstance = 0b00,
    /// One value of a multiple resource.
    ResourceInstance = 0b01,
    /// A resource that holds resource instances.
    MultipleResource = 0b10,
    /// A resource with its value.
    Resource = 0b11,
}

impl Kind {
    const fn from_type_byte(byte: u8) -> Self {
        match byte >> 6 {
            0b00 => Self::ObjectInstance,
            0b01 => Self::ResourceInstance,
            0b10 => Self::MultipleResource,
            _ => Self::Resource,
        }
    }

    /// What stands before its name in a sentence.
    pub(crate) const fn article(self) -> &'static str {
        if matches!(self, Self::ObjectInstance) { "an" } else { "a" }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ObjectInstance => "object instance",
            Self::ResourceInstance => "resource instance",
            Self::MultipleResource => "multiple resource",
            Self::Resource => "resource",
        })
    }
}

/// Bit 5 of the type byte: the identifier has 16 bits.
pub(crate) const WIDE_ID: u8 = 0x20;
/// Bit 3: a length field of one byte; with [`LONG_LENGTH`], of three.
const SHORT_LENGTH: u8 = 0x08;
/// Bit 4: a length field of two bytes, or three.
const LONG_LENGTH: u8 = 0x10;
/// Bits 2–0: the length, when bits 4 and 3 say that no length field follows.
pub(crate) const INLINE_LENGTH: u8 = 0x07;

impl<'a> Entries<'a> {
    /// The entries in `bytes`; offsets count from its first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// The entries in `bytes`, the first byte of which stands at `offset`.
    pub(crate) const fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, end: offset.wrapping_add(bytes.len()) }
    }

    /// Position of the next entry.
    pub(crate) const fn offset(&self) -> usize {
        self.position_of(self.rest)
    }

    /// Position of a part of `rest` that reaches to its end, and so is no longer.
    const fn position_of(&self, part: &[u8]) -> usize {
        self.end.wrapping_sub(part.len())
    }

    /// The next entry, if there is one and it is whole.
    #[inline]
    pub(crate) fn next_whole(&mut self) -> Option<Entry<'a>> {
        let (Header { kind, id, length }, body) = Header::parse(self.rest)?;
        let (value, rest) = body.split_at_checked(length)?;
        let (offset, value_offset) = (self.offset(), self.position_of(body));
        self.rest = rest;
        Some(Entry { kind, id, value, offset, value_offset })
    }

    /// Why there is no further whole entry at [`offset`](Self::offset); `None` at the end.
    #[inline]
    pub(crate) fn broken(&self) -> Option<ErrorKind> {
        (!self.rest.is_empty()).then(|| Self::why_broken(self.rest))
    }

    #[cold]
    fn why_broken(rest: &[u8]) -> ErrorKind {
        match Header::parse(rest) {
            Some((Header { kind, length, .. }, body)) => {
                ErrorKind::ValueBeyondEnd { kind, declared: length, available: body.len() }
            }
            None => ErrorKind::EntryTruncated,
        }
    }
}

/// The header of an entry.
struct Header {
    kind: Kind,
    id: u16,
    length: usize,
}

impl Header {
    /// The header at the front of `rest`, and what follows it.
    #[inline]
    fn parse(rest: &[u8]) -> Option<(Self, &[u8])> {
        let (&[first, id], body) = rest.split_first_chunk()?;
        // Nearly all have an identifier of one byte, and their length in the type byte or in one
        // of its own.
        let (length, body) = match first & (WIDE_ID | LONG_LENGTH | SHORT_LENGTH) {
            0 => (first & INLINE_LENGTH, body),
            SHORT_LENGTH => {
                let (&length, body) = body.split_first()?;
                (length, body)
            }
            _ => return Self::parse_long(rest),
        };
        let kind = Kind::from_type_byte(first);
        Some((Self { kind, id: u16::from(id), length: usize::from(length) }, body))
    }

    /// The same for a header of any form.
    #[cold]
    fn parse_long(rest: &[u8]) -> Option<(Self, &[u8])> {
        let (&first, rest) = rest.split_first()?;
        let (id, rest) = if first & WIDE_ID == 0 {
            let (&id, rest) = rest.split_first()?;
            (u16::from(id), rest)
        } else {
            let (&id, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(id), rest)
        };
        let length_of_length = (first & (LONG_LENGTH | SHORT_LENGTH)) / SHORT_LENGTH;
        let (length, rest) = rest.split_at_checked(usize::from(length_of_length))?;
        let length = match *length {
            [] => u32::from(first & INLINE_LENGTH),
            ref bytes => bytes.iter().fold(0, |length, byte| length << 8 | u32::from(*byte)),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Some((Self { kind: Kind::from_type_byte(first), id, length }, rest))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.next_whole() {
            return Some(Ok(entry));
        }
        let error = self.broken()?.at(self.offset());
        *self = Self::at(&[], error.offset);
        Some(Err(error))
    }
}

impl<'a> Entry<'a> {
    /// The entries within the value; only object instances and multiple resources have any.
    #[must_use]
    pub const fn entries(&self) -> Entries<'a> {
        Entries::at(self.value, self.value_offset)
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries")
            .field("offset", &self.offset())
            .field("bytes_left", &self.rest.len())
            .finish()
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("length", &self.value.len())
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_identifier_and_length() {
        let cases: [(&[u8], Kind, u16, usize); 6] = [
            (&[0xC3, 0x05, 1, 2, 3], Kind::Resource, 5, 3),
            (&[0xE1, 0x01, 0x02, 9], Kind::Resource, 0x0102, 1),
            (&[0x08, 0x01, 0x02, 0xC0, 0x00], Kind::ObjectInstance, 1, 2),
            (&[0x90, 0x06, 0x00, 0x01, 0x41], Kind::MultipleResource, 6, 1),
            (&[0x78, 0x01, 0x00, 0x00, 0x00, 0x01, 7], Kind::ResourceInstance, 0x0100, 1),
            (&[0xC0, 0x07], Kind::Resource, 7, 0),
        ];
        for (bytes, kind, id, length) in cases {
            let entries: Result<Vec<_>, _> = Entries::new(bytes).collect();
            let [entry] = entries.unwrap()[..] else { panic!("one entry in {bytes:02X?}") };
            assert_eq!((entry.kind, entry.id, entry.value.len()), (kind, id, length));
            assert_eq!(bytes.get(entry.value_offset..), Some(entry.value));
        }
    }

    #[test]
    fn the_low_bits_are_ignored_where_a_length_field_follows() {
        let entry = Entries::new(&[0xCF, 0x01, 0x01, 0x2A]).next().unwrap().unwrap();
        assert_eq!(entry.value, [0x2A]);
    }

    #[test]
    fn an_error_ends_the_walk() {
        let mut entries = Entries::new(&[0xC1, 0x00, 0x01, 0xC4, 0x01, 0x00]);
        assert!(entries.next().unwrap().is_ok());
        let error = entries.next().unwrap().unwrap_err();
        let kind = ErrorKind::ValueBeyondEnd { kind: Kind::Resource, declared: 4, available: 1 };
        assert_eq!((error.kind, error.offset), (kind, 3));
        assert!(entries.next().is_none());
        for truncated in [&[0xC8][..], &[0xC8, 0x01], &[0xD0, 0x01, 0x00], &[0xE1, 0x01]] {
            let error = Entries::new(truncated).next().unwrap().unwrap_err();
            assert_eq!((error.kind, error.offset), (ErrorKind::EntryTruncated, 0));
        }
    }

    #[test]
    fn ft_04_debug_shows_no_value() {
        let entry = Entries::new(&[0xC4, 0x05, 0x5A, 0x5B, 0x5C, 0x5D]).next().unwrap().unwrap();
        let shown = format!("{entry:?}");
        assert!(shown.contains("length: 4") && !shown.contains("90") && !shown.contains("5A"));
    }

    proptest! {
        #[test]
        fn ft_03_a_walk_over_arbitrary_bytes_ends_at_their_end(
            bytes in proptest::collection::vec(any::<u8>(), 0..400)
        ) {
            let mut expected = 0;
            for entry in Entries::new(&bytes) {
                match entry {
                    Ok(entry) => {
                        prop_assert_eq!(entry.offset, expected);
                        let rest = bytes.get(entry.value_offset..).unwrap();
                        prop_assert!(rest.starts_with(entry.value));
                        expected = entry.value_offset.saturating_add(entry.value.len());
                    }
                    Err(error) => {
                        prop_assert_eq!(error.offset, expected);
                        expected = bytes.len();
                    }
                }
            }
            prop_assert_eq!(expected, bytes.len());
        }
    }
}
