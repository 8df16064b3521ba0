// SPDX-License-Identifier: Apache-2.0
//! CBOR item by item.

use alloc::vec::Vec;

use minicbor::encode::{Encoder, Error, Write};

/// Writes items one after the other. Once one does not fit any more, [`finish`](Self::finish) has
/// nothing to give; nobody in between needs to care.
pub(super) struct Writer {
    encoder: Encoder<Bounded>,
    full: bool,
}

/// A buffer that stops where it has to.
struct Bounded {
    bytes: Vec<u8>,
    max: usize,
}

struct Full;

impl Write for Bounded {
    type Error = Full;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if self.bytes.len().saturating_add(bytes.len()) > self.max {
            return Err(Full);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

impl Writer {
    /// A writer of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self { encoder: Encoder::new(Bounded { bytes: Vec::new(), max }), full: false }
    }

    /// What was written, if all of it fitted.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (!self.full).then(|| self.encoder.into_writer().bytes)
    }

    #[inline(never)]
    pub(super) fn number(&mut self, number: u16) {
        self.item(|encoder| encoder.u16(number));
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.item(|encoder| encoder.bool(value));
    }

    /// The head of an array of so many elements.
    #[inline(never)]
    pub(super) fn array(&mut self, length: usize) {
        self.item(|encoder| encoder.array(u64::try_from(length).unwrap_or(u64::MAX)));
    }

    #[inline(never)]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.item(|encoder| encoder.bytes(bytes));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.item(|encoder| encoder.str(text));
    }

    #[inline(never)]
    pub(super) fn null(&mut self) {
        self.item(Encoder::null);
    }

    pub(super) fn optional_number(&mut self, number: Option<u16>) {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    fn item(
        &mut self,
        write: impl FnOnce(&mut Encoder<Bounded>) -> Result<&mut Encoder<Bounded>, Error<Full>>,
    ) {
        self.full |= write(&mut self.encoder).is_err();
    }
}
