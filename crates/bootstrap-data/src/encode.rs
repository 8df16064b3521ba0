// SPDX-License-Identifier: Apache-2.0
//! Writing bootstrap data: identifiers, lengths and integers in their shortest forms.
#![warn(clippy::arithmetic_side_effects)]

use core::{fmt, slice};

use crate::file::{HEADER_LEN, InstanceRef, MAX_FILE, Version};
use crate::tlv::{INLINE_LENGTH, Kind, WIDE_ID};
use crate::value::Value;

/// Writes bootstrap data into a buffer, without a heap.
///
/// ```
/// use simstrap_bootstrap_data::{Encoder, Value};
///
/// let mut buffer = [0; 64];
/// let mut encoder = Encoder::new(&mut buffer)?;
/// encoder.object(1, None, |object| {
///     object.instance(0, |instance| {
///         instance.resource(0, Value::Integer(1))?;
///         instance.resource(1, Value::Integer(86_400))
///     })
/// })?;
/// let file = encoder.finish()?;
/// assert_eq!(file, [
///     0x00, 0x01, 0x00, 0x11, // one object, 17 bytes
///     0x00, 0x01, 0x00, 0x00, 0x0C, // object 1, no version, 12 bytes
///     0x08, 0x00, 0x09, // object instance 0, 9 bytes
///     0xC1, 0x00, 0x01, 0xC4, 0x01, 0x00, 0x01, 0x51, 0x80,
/// ]);
/// # Ok::<(), simstrap_bootstrap_data::EncodeError>(())
/// ```
pub struct Encoder<'b> {
    output: Output<'b>,
    objects: u16,
    failed: Option<EncodeError>,
}

/// Writes the instances of an object.
pub struct ObjectEncoder<'e, 'b> {
    output: &'e mut Output<'b>,
}

/// Writes the resources of an object instance.
pub struct InstanceEncoder<'e, 'b> {
    output: &'e mut Output<'b>,
}

/// Writes the instances of a multiple resource.
pub struct ResourceEncoder<'e, 'b> {
    output: &'e mut Output<'b>,
}

impl<'b> Encoder<'b> {
    /// Starts at the front of `buffer`.
    ///
    /// # Errors
    /// [`EncodeError::BufferTooSmall`] when not even the header fits.
    pub fn new(buffer: &'b mut [u8]) -> Result<Self, EncodeError> {
        let mut output = Output { buffer, length: 0 };
        output.put(&[0; HEADER_LEN])?;
        Ok(Self { output, objects: 0, failed: None })
    }

    /// Writes an object, its instances by `write`.
    ///
    /// # Errors
    /// [`EncodeError`] when it does not fit.
    pub fn object(
        &mut self,
        id: u16,
        version: Option<Version>,
        write: impl FnOnce(&mut ObjectEncoder<'_, 'b>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let result = self.write_object(id, version, write);
        self.failed = self.failed.or(result.err());
        result
    }

    fn write_object(
        &mut self,
        id: u16,
        version: Option<Version>,
        write: impl FnOnce(&mut ObjectEncoder<'_, 'b>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.objects = self.objects.checked_add(1).ok_or(EncodeError::TooManyObjects)?;
        self.output.put(&id.to_be_bytes())?;
        match version {
            Some(version) => self.output.put(&[version.major(), version.minor()])?,
            None => self.output.put(&[0x00])?,
        }
        let length_field = self.output.length;
        self.output.put(&[0; 2])?;
        let start = self.output.length;
        write(&mut ObjectEncoder { output: &mut self.output })?;
        let length = self.output.length.saturating_sub(start);
        let length = u16::try_from(length).map_err(|_| EncodeError::FileTooLong)?;
        self.output.patch(length_field, length.to_be_bytes());
        Ok(())
    }

    /// Fills in the header and gives the file.
    ///
    /// # Errors
    /// [`EncodeError::FileTooLong`] when it is longer than [`MAX_FILE`], or what made an object
    /// fail: half of it is never given out.
    pub fn finish(mut self) -> Result<&'b mut [u8], EncodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.output.length > MAX_FILE {
            return Err(EncodeError::FileTooLong);
        }
        let size = self.output.length.saturating_sub(HEADER_LEN);
        let size = u16::try_from(size).map_err(|_| EncodeError::FileTooLong)?;
        self.output.patch(0, self.objects.to_be_bytes());
        self.output.patch(2, size.to_be_bytes());
        let Output { buffer, length } = self.output;
        Ok(buffer.get_mut(..length).unwrap_or_default())
    }
}

impl<'b> ObjectEncoder<'_, 'b> {
    /// Writes an object instance, its resources by `write`.
    ///
    /// # Errors
    /// [`EncodeError`] when it does not fit.
    pub fn instance(
        &mut self,
        id: u16,
        write: impl FnOnce(&mut InstanceEncoder<'_, 'b>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.output
            .nested(Kind::ObjectInstance, id, |output| write(&mut InstanceEncoder { output }))
    }
}

impl<'b> InstanceEncoder<'_, 'b> {
    /// Writes the resources of another instance as they stand there.
    ///
    /// # Errors
    /// [`EncodeError`] when they do not fit.
    pub fn copy(&mut self, instance: &InstanceRef<'_>) -> Result<(), EncodeError> {
        self.output.put(instance.as_bytes())
    }

    /// Writes a resource with one value.
    ///
    /// # Errors
    /// [`EncodeError`] when it does not fit.
    pub fn resource(&mut self, id: u16, value: Value<'_>) -> Result<(), EncodeError> {
        self.output.value(Kind::Resource, id, value)
    }

    /// Writes a multiple resource, its instances by `write`.
    ///
    /// # Errors
    /// [`EncodeError`] when it does not fit.
    pub fn multiple(
        &mut self,
        id: u16,
        write: impl FnOnce(&mut ResourceEncoder<'_, 'b>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.output
            .nested(Kind::MultipleResource, id, |output| write(&mut ResourceEncoder { output }))
    }
}

impl ResourceEncoder<'_, '_> {
    /// Writes a resource instance.
    ///
    /// # Errors
    /// [`EncodeError`] when it does not fit.
    pub fn instance(&mut self, id: u16, value: Value<'_>) -> Result<(), EncodeError> {
        self.output.value(Kind::ResourceInstance, id, value)
    }
}

/// Why data could not be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The buffer is full.
    #[error("the data needs more than the {available} bytes of the buffer")]
    BufferTooSmall {
        /// Bytes of the buffer.
        available: usize,
    },
    /// The file would be longer than a card can give.
    #[error("the data is longer than the {MAX_FILE} bytes a bootstrap file can have")]
    FileTooLong,
    /// A multiple resource without instances, which no strict decoder takes.
    #[error("a multiple resource needs at least one instance")]
    EmptyMultiple,
    /// More than 65,535 objects.
    #[error("more than 65535 objects")]
    TooManyObjects,
}

/// What was written so far.
struct Output<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl Output<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let end = self.end_after(bytes.len())?;
        if let Some(target) = self.buffer.get_mut(self.length..end) {
            target.copy_from_slice(bytes);
        }
        self.length = end;
        Ok(())
    }

    /// The length with so many bytes more, if there is room for them.
    fn end_after(&self, more: usize) -> Result<usize, EncodeError> {
        let available = self.buffer.len();
        let end = self.length.checked_add(more).filter(|end| *end <= available);
        end.ok_or(EncodeError::BufferTooSmall { available })
    }

    fn patch(&mut self, position: usize, bytes: [u8; 2]) {
        let field = self.buffer.get_mut(position..).and_then(|rest| rest.first_chunk_mut());
        if let Some(field) = field {
            *field = bytes;
        }
    }

    /// Writes an entry whose length is known only after its content was written: behind the
    /// shortest header first, then moved down as far as a longer one needs. So nothing is ever
    /// written beyond where the entry ends.
    fn nested(
        &mut self,
        kind: Kind,
        id: u16,
        write: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let start = self.length;
        let shortest = Header::new(kind, id, 0)?;
        self.put(shortest.as_bytes())?;
        let content = self.length;
        write(self)?;
        let length = self.length.saturating_sub(content);
        if kind == Kind::MultipleResource && length == 0 {
            return Err(EncodeError::EmptyMultiple);
        }
        let header = Header::new(kind, id, length)?;
        let header = header.as_bytes();
        let longer = header.len().saturating_sub(shortest.as_bytes().len());
        let end = self.end_after(longer)?;
        if longer > 0 {
            self.buffer.copy_within(content..self.length, content.saturating_add(longer));
        }
        if let Some(front) = self.buffer.get_mut(start..start.saturating_add(header.len())) {
            front.copy_from_slice(header);
        }
        self.length = end;
        Ok(())
    }

    fn value(&mut self, kind: Kind, id: u16, value: Value<'_>) -> Result<(), EncodeError> {
        let mut scalar = [0; 8];
        let bytes = match value {
            Value::String(text) => text.as_bytes(),
            Value::Opaque(bytes) => bytes,
            Value::Boolean(value) => {
                scalar[0] = u8::from(value);
                &scalar[..1]
            }
            Value::Integer(number) | Value::Time(number) => {
                scalar = number.to_be_bytes();
                shortest(&scalar, signed_width(number))
            }
            Value::Unsigned(number) => {
                scalar = number.to_be_bytes();
                shortest(&scalar, unsigned_width(number))
            }
            Value::Float(number) => match narrowed(number) {
                Some(narrow) => {
                    scalar[..4].copy_from_slice(&narrow.to_be_bytes());
                    &scalar[..4]
                }
                None => {
                    scalar = number.to_be_bytes();
                    &scalar
                }
            },
            Value::ObjectLink(link) => {
                scalar[..2].copy_from_slice(&link.object.to_be_bytes());
                scalar[2..4].copy_from_slice(&link.instance.to_be_bytes());
                &scalar[..4]
            }
        };
        self.put(Header::new(kind, id, bytes.len())?.as_bytes())?;
        self.put(bytes)
    }
}

/// The header of an entry.
struct Header {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Header {
    /// Type byte, identifier of two bytes, length of three.
    const LONGEST: usize = 1 + 2 + 3;

    /// The shortest header with this identifier and length.
    fn new(kind: Kind, id: u16, length: usize) -> Result<Self, EncodeError> {
        let [id_high, id_low] = id.to_be_bytes();
        let length = u32::try_from(length).map_err(|_| EncodeError::FileTooLong)?.to_be_bytes();
        let (length_bits, length): (u8, &[u8]) = match &length {
            [0, 0, 0, low] if *low <= INLINE_LENGTH => (*low, &[]),
            [0, 0, 0, low] => (0b01 << 3, slice::from_ref(low)),
            [0, 0, low @ ..] => (0b10 << 3, low),
            [0, low @ ..] => (0b11 << 3, low),
            _ => return Err(EncodeError::FileTooLong),
        };
        let wide_bit = if id_high == 0 { 0 } else { WIDE_ID };
        let first = (kind as u8) << 6 | wide_bit | length_bits;
        let id: &[u8] = if id_high == 0 { &[id_low] } else { &[id_high, id_low] };
        let mut header = Self { bytes: [0; Self::LONGEST], length: 0 };
        let fields = [first].into_iter().chain(id.iter().copied()).chain(length.iter().copied());
        for (target, byte) in header.bytes.iter_mut().zip(fields) {
            *target = byte;
            header.length = header.length.saturating_add(1);
        }
        Ok(header)
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The `width` low bytes of a big-endian number.
fn shortest(bytes: &[u8; 8], width: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(width)..).unwrap_or_default()
}

fn signed_width(number: i64) -> usize {
    match number {
        _ if i8::try_from(number).is_ok() => 1,
        _ if i16::try_from(number).is_ok() => 2,
        _ if i32::try_from(number).is_ok() => 4,
        _ => 8,
    }
}

fn unsigned_width(number: u64) -> usize {
    match number {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFFFF_FFFF => 4,
        _ => 8,
    }
}

/// The number with four bytes, where they lose nothing.
fn narrowed(number: f64) -> Option<f32> {
    #[allow(clippy::cast_possible_truncation, reason = "compared with the original right after")]
    let narrow = number as f32;
    (f64::from(narrow).to_bits() == number.to_bits()).then_some(narrow)
}

impl fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("objects", &self.objects)
            .field("length", &self.output.length)
            .finish_non_exhaustive()
    }
}

macro_rules! debug_as_length {
    ($($name:ident)+) => {$(
        impl fmt::Debug for $name<'_, '_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("length", &self.output.length)
                    .finish_non_exhaustive()
            }
        }
    )+};
}

debug_as_length!(ObjectEncoder InstanceEncoder ResourceEncoder);

#[cfg(test)]
mod tests;
