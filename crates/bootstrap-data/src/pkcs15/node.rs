// SPDX-License-Identifier: Apache-2.0
//! DER objects and where they stand, on top of the crate `der`.
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader};

use super::{DirectoryError, DirectoryErrorKind};

/// A DER object with a one-byte tag.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    /// Position of the tag in the file.
    pub(super) offset: usize,
    /// Position of the value in the file.
    value_offset: usize,
}

impl<'a> Node<'a> {
    /// The objects inside this one.
    pub(super) const fn children(&self) -> Nodes<'a> {
        Nodes { rest: self.value, offset: self.value_offset }
    }

    /// The first object inside this one with a tag.
    pub(super) fn child(&self, tag: u8) -> Result<Option<Node<'a>>, DirectoryError> {
        self.children().find_tag(tag)
    }

    /// The value as a number from 0 to 65535.
    pub(super) fn number(&self) -> Result<u16, DirectoryError> {
        match *self.value {
            [low] if low < 0x80 => Ok(u16::from(low)),
            [high, low] if high < 0x80 => Ok(u16::from_be_bytes([high, low])),
            [0, high, low] => Ok(u16::from_be_bytes([high, low])),
            _ => Err(DirectoryErrorKind::Range.at(self.offset)),
        }
    }
}

/// DER objects one after the other, up to the end or to padding.
#[derive(Clone)]
pub(super) struct Nodes<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Nodes<'a> {
    /// The objects of a directory file.
    pub(super) const fn new(file: &'a [u8]) -> Self {
        Self { rest: file, offset: 0 }
    }

    /// The first object with a tag.
    pub(super) fn find_tag(mut self, tag: u8) -> Result<Option<Node<'a>>, DirectoryError> {
        self.find(|node| node.as_ref().map_or(true, |node| node.tag == tag)).transpose()
    }

    fn parse(&self, tag: u8) -> Result<(Node<'a>, &'a [u8]), DirectoryError> {
        let failed = |error: der::Error| match error.kind() {
            der::ErrorKind::Incomplete { .. } | der::ErrorKind::Length { .. } => {
                DirectoryErrorKind::Truncated.at(self.offset)
            }
            _ => DirectoryErrorKind::Malformed.at(self.offset),
        };
        let mut reader = SliceReader::new(self.rest).map_err(failed)?;
        let value = AnyRef::decode(&mut reader).map_err(failed)?.value();
        let end = usize::try_from(reader.position()).unwrap_or(self.rest.len());
        let rest = self.rest.get(end..).unwrap_or_default();
        let value_offset = self.offset.saturating_add(end).saturating_sub(value.len());
        Ok((Node { tag, value, offset: self.offset, value_offset }, rest))
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Result<Node<'a>, DirectoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let tag = *self.rest.first().filter(|tag| !matches!(tag, 0x00 | 0xFF))?;
        match self.parse(tag) {
            Ok((node, rest)) => {
                let used = self.rest.len().saturating_sub(rest.len());
                self.offset = self.offset.saturating_add(used);
                self.rest = rest;
                Some(Ok(node))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

/// Without the value, which may be bootstrap data with its keys.
impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X} ({} bytes)", self.tag, self.value.len())
    }
}

impl fmt::Debug for Nodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nodes")
            .field("offset", &self.offset)
            .field("bytes_left", &self.rest.len())
            .finish()
    }
}
