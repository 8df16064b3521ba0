// SPDX-License-Identifier: Apache-2.0
//! BER-TLV templates that describe files and applications: bounded in length and nesting before
//! the library, which recurses, gets to see them.
#![warn(clippy::arithmetic_side_effects)]

use alloc::vec::Vec;

use iso7816_tlv::ber::{Tag, Tlv, Value};

/// The longest template: what one short response can hold.
pub const MAX_TEMPLATE: usize = 256;

/// The deepest nesting: a template, its security attributes, and the conditions in them.
const MAX_NESTING: usize = 4;

/// Why bytes are no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct TemplateError {
    /// What is wrong.
    pub kind: TemplateErrorKind,
    /// Where, counted from the first byte of the template.
    pub offset: usize,
}

/// What is wrong with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// Longer than [`MAX_TEMPLATE`].
    #[error("a template of more than {MAX_TEMPLATE} bytes")]
    TooLong,
    /// A tag, length or value runs past the end.
    #[error("a data object that runs past the end")]
    Truncated,
    /// Constructed data objects within each other, too deep to be true.
    #[error("data objects nested deeper than {MAX_NESTING} levels")]
    TooDeep,
    /// Another tag than the one that must stand first.
    #[error("tag {found:02X} where {expected:02X} must stand")]
    UnexpectedTag {
        /// The tag that belongs there.
        expected: u8,
        /// The tag that is there.
        found: u8,
    },
}

impl TemplateErrorKind {
    pub(super) const fn at(self, offset: usize) -> TemplateError {
        TemplateError { kind: self, offset }
    }
}

/// A parsed template: a list of data objects.
pub(super) struct Template(Vec<Tlv>);

impl Template {
    /// Parses the template with a one-byte tag at the start of `bytes`; what follows it is
    /// ignored.
    pub(super) fn parse(bytes: &[u8], tag: u8) -> Result<Self, TemplateError> {
        match bytes.first() {
            Some(&found) if found == tag => {}
            Some(&found) => {
                return Err(TemplateErrorKind::UnexpectedTag { expected: tag, found }.at(0));
            }
            None => return Err(TemplateErrorKind::Truncated.at(0)),
        }
        let truncated = TemplateErrorKind::Truncated.at(0);
        let header = Header::parse(bytes, 0).ok_or(truncated)?;
        let whole = bytes.get(..header.end).ok_or(truncated)?;
        check_bounds(whole)?;
        Ok(Self(objects(whole, header.value)))
    }

    /// Parses a list of data objects that fills `bytes`.
    pub(super) fn parse_list(bytes: &[u8]) -> Result<Self, TemplateError> {
        check_bounds(bytes)?;
        Ok(Self(objects(bytes, 0)))
    }

    /// The value of the first primitive data object with this tag.
    pub(super) fn value(&self, tag: u8) -> Option<&[u8]> {
        self.primitives().find_map(|(found, value)| (found == tag).then_some(value))
    }

    /// Tags and values of the primitive data objects whose tag is one byte.
    pub(super) fn primitives(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.children().filter_map(|(tag, content)| match content {
            Content::Value(value) => Some((tag, value)),
            Content::List(_) => None,
        })
    }

    /// Tags and contents of the data objects, in order.
    pub(super) fn children(&self) -> impl Iterator<Item = (u8, Content<'_>)> {
        tagged(&self.0)
    }
}

/// The data objects from `start` to the end of `bytes`, whose bounds were checked.
///
/// They go to the library one by one: it refuses lengths that are longer than they need be, which
/// cards use, in the objects within a constructed one. Such an object is left out as unknown.
fn objects(bytes: &[u8], start: usize) -> Vec<Tlv> {
    let mut objects = Vec::new();
    let mut position = start;
    while let Some(header) = Header::parse(bytes, position) {
        objects.extend(bytes.get(position..header.end).and_then(|one| Tlv::from_bytes(one).ok()));
        position = header.end;
    }
    objects
}

/// Tags and contents of data objects whose tag is one byte, in order.
pub(super) fn tagged(objects: &[Tlv]) -> impl Iterator<Item = (u8, Content<'_>)> {
    objects.iter().filter_map(|object| {
        let content = match object.value() {
            Value::Primitive(value) => Content::Value(value),
            Value::Constructed(children) => Content::List(children),
        };
        Some((single_byte(object.tag())?, content))
    })
}

/// What a data object holds.
pub(super) enum Content<'a> {
    /// A value.
    Value(&'a [u8]),
    /// More data objects.
    List(&'a [Tlv]),
}

impl Content<'_> {
    /// The value of the first primitive with this tag in this content or in what it holds.
    pub(super) fn find(&self, tag: u8) -> Option<&[u8]> {
        let Self::List(children) = self else {
            return None;
        };
        let tag = Tag::try_from(tag).ok()?;
        children.iter().filter_map(|child| child.find(&tag)).find_map(|found| match found.value() {
            Value::Primitive(value) => Some(value.as_slice()),
            Value::Constructed(_) => None,
        })
    }
}

fn single_byte(tag: &Tag) -> Option<u8> {
    match tag.to_bytes() {
        [byte] => Some(*byte),
        _ => None,
    }
}

/// Where a data object's value begins and ends, and whether it holds others.
struct Header {
    constructed: bool,
    value: usize,
    end: usize,
}

impl Header {
    const CONSTRUCTED: u8 = 0x20;
    const LONG_TAG: u8 = 0x1F;

    fn parse(bytes: &[u8], start: usize) -> Option<Self> {
        let first = *bytes.get(start)?;
        let mut position = start.checked_add(1)?;
        if first & Self::LONG_TAG == Self::LONG_TAG {
            while bytes.get(position)? & 0x80 != 0 {
                position = position.checked_add(1)?;
            }
            position = position.checked_add(1)?;
        }
        let after = bytes.get(position..)?;
        let (length, used) = match *after {
            [short @ 0..=0x7F, ..] => (usize::from(short), 1),
            [0x81, length, ..] => (usize::from(length), 2),
            [0x82, high, low, ..] => (usize::from(u16::from_be_bytes([high, low])), 3),
            _ => return None,
        };
        let value = position.checked_add(used)?;
        let end = value.checked_add(length)?;
        Some(Self { constructed: first & Self::CONSTRUCTED != 0, value, end })
    }
}

/// Walks all data objects without recursion: each lies within the one around it, and none too
/// deep.
fn check_bounds(bytes: &[u8]) -> Result<(), TemplateError> {
    if bytes.len() > MAX_TEMPLATE + 3 {
        return Err(TemplateErrorKind::TooLong.at(MAX_TEMPLATE));
    }
    let mut ends = [bytes.len(); MAX_NESTING + 1];
    let mut depth = 0_usize;
    let mut position = 0;
    while position < bytes.len() {
        while depth > 0 && ends.get(depth).is_some_and(|end| position >= *end) {
            depth = depth.saturating_sub(1);
        }
        let limit = ends.get(depth).copied().unwrap_or(bytes.len());
        let header = Header::parse(bytes, position)
            .filter(|header| header.end <= limit)
            .ok_or(TemplateErrorKind::Truncated.at(position))?;
        if header.constructed {
            depth = depth.saturating_add(1);
            *ends.get_mut(depth).ok_or(TemplateErrorKind::TooDeep.at(position))? = header.end;
            position = header.value;
        } else {
            position = header.end;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(levels: usize) -> Vec<u8> {
        (0..levels).fold(Vec::from([0x80, 0x00]), |inner, _| {
            let mut outer = Vec::from([0x62, u8::try_from(inner.len()).unwrap()]);
            outer.extend(inner);
            outer
        })
    }

    #[test]
    fn ft_03_nesting_is_bounded_before_the_library_recurses() {
        assert!(Template::parse(&nested(MAX_NESTING), 0x62).is_ok());
        let error = Template::parse(&nested(MAX_NESTING + 1), 0x62).err().unwrap();
        assert_eq!(error.kind, TemplateErrorKind::TooDeep);
        assert_eq!(error.offset, 2 * MAX_NESTING);
    }

    #[test]
    fn errors_name_the_byte() {
        let kind = |bytes: &[u8]| Template::parse(bytes, 0x62).err().unwrap();
        assert_eq!(kind(&[]), TemplateErrorKind::Truncated.at(0));
        assert_eq!(
            kind(&[0x6F, 0x00]),
            TemplateErrorKind::UnexpectedTag { expected: 0x62, found: 0x6F }.at(0)
        );
        assert_eq!(kind(&[0x62, 0x05, 0x80]), TemplateErrorKind::Truncated.at(0));
        assert_eq!(kind(&[0x62, 0x03, 0x80, 0x02, 0x00]), TemplateErrorKind::Truncated.at(2));
    }

    #[test]
    fn values_are_found_by_tag_and_long_lengths_understood() {
        let bytes = [0x62, 0x81, 0x07, 0x80, 0x81, 0x02, 0x12, 0x34, 0x88, 0x00];
        let template = Template::parse(&bytes, 0x62).unwrap();
        assert_eq!(template.value(0x80), Some(&[0x12, 0x34][..]));
        assert_eq!(template.value(0x88), Some(&[][..]));
        assert_eq!(template.value(0x81), None);
    }

    #[test]
    fn an_object_the_library_refuses_does_not_spoil_the_others() {
        let bytes = [0x62, 0x09, 0xA5, 0x04, 0xC0, 0x81, 0x01, 0x07, 0x80, 0x01, 0x2A];
        let template = Template::parse(&bytes, 0x62).unwrap();
        assert_eq!(template.value(0x80), Some(&[0x2A][..]));
    }

    proptest! {
        #[test]
        fn ft_03_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut template = bytes.clone();
            if let Some(first) = template.first_mut() {
                *first = 0x62;
            }
            let _ = Template::parse(&template, 0x62).map(|t| t.primitives().count());
            let _ = Template::parse_list(&bytes).map(|t| t.children().count());
        }
    }
}
