// SPDX-License-Identifier: Apache-2.0
//! CBOR item by item.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

/// Reads items one after the other.
///
/// After the first that is not what it should be, everything reads as zero, empty or null, and
/// [`error`](Self::error) tells where that was. So nobody in between needs a way out for errors,
/// which would be most of the code.
pub(super) struct Reader<'b> {
    decoder: Decoder<'b>,
    failed: bool,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { decoder: Decoder::new(bytes), failed: false }
    }

    /// Where an item was not what it should be, or where bytes are left over.
    pub(super) fn error(&self) -> Option<usize> {
        let position = self.decoder.position();
        (self.failed || position < self.decoder.input().len()).then_some(position)
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failed
    }

    /// What was made of an item; `instead` if it was not what it should be.
    pub(super) fn known<T>(&mut self, value: Option<T>, instead: T) -> T {
        self.failed |= value.is_none();
        value.unwrap_or(instead)
    }

    /// A number of at most `max`.
    #[inline(never)]
    pub(super) fn number(&mut self, max: u16) -> u16 {
        let number = self.item(Decoder::u16);
        self.known(number.filter(|number| *number <= max), 0)
    }

    pub(super) fn byte(&mut self) -> u8 {
        u8::try_from(self.number(u16::from(u8::MAX))).unwrap_or_default()
    }

    pub(super) fn boolean(&mut self) -> bool {
        let value = self.item(Decoder::bool);
        self.known(value, false)
    }

    /// An array of so many elements.
    pub(super) fn array(&mut self, length: usize) {
        let is_as_long = self.list(length) == length;
        self.failed |= !is_as_long;
    }

    /// An array of at most `max` elements; their number.
    #[inline(never)]
    pub(super) fn list(&mut self, max: usize) -> usize {
        let length = self.item(Decoder::array).flatten();
        let length = length.and_then(|length| usize::try_from(length).ok());
        self.known(length.filter(|length| *length <= max), 0)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    #[inline(never)]
    fn fill(&mut self, target: &mut [u8]) {
        let bytes = self.item(Decoder::bytes).filter(|bytes| bytes.len() == target.len());
        if let Some(bytes) = self.known(bytes.map(Some), None) {
            target.copy_from_slice(bytes);
        }
    }

    pub(super) fn text(&mut self) -> &'b str {
        let text = self.item(Decoder::str);
        self.known(text, "")
    }

    /// Whether the item is null, which is passed over then. (The decoder's own way to read an
    /// optional value skips the null as it would skip any value, and the code for that is large.)
    #[inline(never)]
    pub(super) fn is_null(&mut self) -> bool {
        match self.item(|decoder| decoder.datatype()) {
            Some(Type::Null) => self.item(Decoder::null).is_some(),
            Some(_) => false,
            None => self.known(None, true),
        }
    }

    pub(super) fn optional_number(&mut self) -> Option<u16> {
        (!self.is_null()).then(|| self.number(u16::MAX))
    }

    fn item<T>(&mut self, read: impl FnOnce(&mut Decoder<'b>) -> Result<T, Error>) -> Option<T> {
        if self.failed { None } else { read(&mut self.decoder).ok() }
    }
}
