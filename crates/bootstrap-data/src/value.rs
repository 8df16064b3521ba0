// SPDX-License-Identifier: Apache-2.0
//! Values of resources and their types (LwM2M TS Core, App. C).
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use crate::error::{DecodeError, ErrorKind};
use crate::registry::DataType;
use crate::tlv::Entry;

/// The bytes of a value, and where they stand.
///
/// `Debug` shows the length, not the bytes, which may be a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RawValue<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// A value with its type.
///
/// `Debug` shows the type, not the value, which may be a key.
#[derive(Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// UTF-8 text.
    String(&'a str),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Any bytes.
    Opaque(&'a [u8]),
    /// Seconds since 1970-01-01 UTC.
    Time(i64),
    /// A link to an object instance.
    ObjectLink(ObjectLink),
}

/// A link to an object instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectLink {
    /// Object; 65535 with instance 65535 is a link to nothing.
    pub object: u16,
    /// Object instance.
    pub instance: u16,
}

impl ObjectLink {
    /// The link to nothing.
    pub const NULL: Self = Self { object: u16::MAX, instance: u16::MAX };
}

impl fmt::Display for ObjectLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.object, self.instance)
    }
}

impl<'a> RawValue<'a> {
    pub(crate) const fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    /// The bytes, whatever their type: an opaque value.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Position of the first byte in the data.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The value as a type.
    ///
    /// # Errors
    /// When the bytes are no value of that type.
    #[inline]
    pub fn typed(&self, data_type: DataType) -> Result<Value<'a>, DecodeError> {
        Ok(match data_type {
            DataType::String | DataType::CoreLink => Value::String(self.string()?),
            DataType::Integer => Value::Integer(self.integer()?),
            DataType::UnsignedInteger => Value::Unsigned(self.unsigned()?),
            DataType::Float => Value::Float(self.float()?),
            DataType::Boolean => Value::Boolean(self.boolean()?),
            DataType::Time => Value::Time(self.time()?),
            DataType::ObjectLink => Value::ObjectLink(self.object_link()?),
            DataType::Opaque => Value::Opaque(self.bytes),
            DataType::None => return Err(self.wrong_length(data_type)),
        })
    }

    /// The value as a type, taking longer booleans and integers of odd lengths for what they
    /// seem to be; the error tells what was passed over.
    ///
    /// # Errors
    /// When the bytes are no value of that type, however lenient the look.
    pub fn typed_lenient(
        &self,
        data_type: DataType,
    ) -> Result<(Value<'a>, Option<DecodeError>), DecodeError> {
        let error = match self.typed(data_type) {
            Ok(value) => return Ok((value, None)),
            Err(error) => error,
        };
        let value = match data_type {
            DataType::Boolean if !self.bytes.is_empty() => {
                Value::Boolean(self.bytes.iter().any(|byte| *byte != 0))
            }
            DataType::Integer => Value::Integer(self.odd_integer().ok_or(error)?),
            DataType::Time => Value::Time(self.odd_integer().ok_or(error)?),
            DataType::UnsignedInteger if (1..=8).contains(&self.bytes.len()) => {
                Value::Unsigned(big_endian(self.bytes))
            }
            _ => return Err(error),
        };
        Ok((value, Some(error)))
    }

    /// The value as UTF-8 text.
    ///
    /// # Errors
    /// When it is no UTF-8.
    #[inline]
    pub fn string(&self) -> Result<&'a str, DecodeError> {
        core::str::from_utf8(self.bytes)
            .map_err(|error| ErrorKind::NotUtf8.at(self.offset.saturating_add(error.valid_up_to())))
    }

    /// The value as a signed integer: two's complement of 1, 2, 4 or 8 bytes.
    ///
    /// # Errors
    /// When it has another length.
    #[inline]
    pub fn integer(&self) -> Result<i64, DecodeError> {
        self.signed(DataType::Integer)
    }

    /// The value as a time, in seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// When it has another length than 1, 2, 4 or 8 bytes.
    #[inline]
    pub fn time(&self) -> Result<i64, DecodeError> {
        self.signed(DataType::Time)
    }

    #[inline]
    fn signed(&self, data_type: DataType) -> Result<i64, DecodeError> {
        match *self.bytes {
            // Most are small.
            [byte] => Ok(i64::from(byte.cast_signed())),
            _ => (*self).long_signed(data_type),
        }
    }

    #[inline(never)]
    fn long_signed(self, data_type: DataType) -> Result<i64, DecodeError> {
        match *self.bytes {
            [a, b] => Ok(i64::from(i16::from_be_bytes([a, b]))),
            [a, b, c, d] => Ok(i64::from(i32::from_be_bytes([a, b, c, d]))),
            [a, b, c, d, e, f, g, h] => Ok(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => Err(self.wrong_length(data_type)),
        }
    }

    /// The value as an unsigned integer of 1, 2, 4 or 8 bytes.
    ///
    /// # Errors
    /// When it has another length.
    #[inline]
    pub fn unsigned(&self) -> Result<u64, DecodeError> {
        match *self.bytes {
            [byte] => Ok(u64::from(byte)),
            _ => (*self).long_unsigned(),
        }
    }

    #[inline(never)]
    fn long_unsigned(self) -> Result<u64, DecodeError> {
        match self.bytes.len() {
            2 | 4 | 8 => Ok(big_endian(self.bytes)),
            _ => Err(self.wrong_length(DataType::UnsignedInteger)),
        }
    }

    /// The value as a floating-point number of 4 or 8 bytes.
    ///
    /// # Errors
    /// When it has another length.
    #[inline]
    pub fn float(&self) -> Result<f64, DecodeError> {
        match *self.bytes {
            [a, b, c, d] => Ok(f64::from(f32::from_be_bytes([a, b, c, d]))),
            [a, b, c, d, e, f, g, h] => Ok(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => Err(self.wrong_length(DataType::Float)),
        }
    }

    /// The value as a boolean: one byte, 0 or 1.
    ///
    /// # Errors
    /// When it is another byte or has another length.
    #[inline]
    pub fn boolean(&self) -> Result<bool, DecodeError> {
        match *self.bytes {
            [0] => Ok(false),
            [1] => Ok(true),
            [value] => Err(ErrorKind::NotBoolean { value }.at(self.offset)),
            _ => Err(self.wrong_length(DataType::Boolean)),
        }
    }

    /// The value as a link to an object instance.
    ///
    /// # Errors
    /// When it is not four bytes long.
    #[inline]
    pub fn object_link(&self) -> Result<ObjectLink, DecodeError> {
        match *self.bytes {
            [a, b, c, d] => Ok(ObjectLink {
                object: u16::from_be_bytes([a, b]),
                instance: u16::from_be_bytes([c, d]),
            }),
            _ => Err(self.wrong_length(DataType::ObjectLink)),
        }
    }

    #[cold]
    fn wrong_length(self, data_type: DataType) -> DecodeError {
        ErrorKind::ValueLength { data_type, length: self.bytes.len() }.at(self.offset)
    }

    /// Two's complement of any length up to eight bytes.
    fn odd_integer(&self) -> Option<i64> {
        let (first, 1..=8) = (self.bytes.first()?, self.bytes.len()) else {
            return None;
        };
        let sign = if first.cast_signed() < 0 { -1 } else { 0 };
        Some(self.bytes.iter().fold(sign, |number, byte| (number << 8) | i64::from(*byte)))
    }
}

impl<'a> From<&Entry<'a>> for RawValue<'a> {
    /// The value of a resource or resource instance.
    #[inline]
    fn from(entry: &Entry<'a>) -> Self {
        Self::new(entry.value, entry.value_offset)
    }
}

/// A big-endian number of at most eight bytes.
fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl fmt::Debug for RawValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawValue")
            .field("length", &self.bytes.len())
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String(_) => "String",
            Self::Integer(_) => "Integer",
            Self::Unsigned(_) => "Unsigned",
            Self::Float(_) => "Float",
            Self::Boolean(_) => "Boolean",
            Self::Opaque(_) => "Opaque",
            Self::Time(_) => "Time",
            Self::ObjectLink(_) => "ObjectLink",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(bytes: &[u8]) -> RawValue<'_> {
        RawValue::new(bytes, 100)
    }

    #[test]
    fn integers_are_twos_complement_of_1_2_4_or_8_bytes() {
        assert_eq!(raw(&[0xFF]).integer(), Ok(-1));
        assert_eq!(raw(&[0x9C, 0x40]).integer(), Ok(-25536));
        assert_eq!(raw(&[0x9C, 0x40]).unsigned(), Ok(40000));
        assert_eq!(raw(&[0x00, 0x01, 0x51, 0x80]).integer(), Ok(86400));
        assert_eq!(raw(&[0xFF; 8]).integer(), Ok(-1));
        assert_eq!(raw(&[0xFF; 8]).unsigned(), Ok(u64::MAX));
        for length in [0, 3, 5, 6, 7, 9] {
            let bytes = vec![0; length];
            let kind = ErrorKind::ValueLength { data_type: DataType::Integer, length };
            assert_eq!(raw(&bytes).integer(), Err(kind.at(100)));
            assert!(raw(&bytes).unsigned().is_err());
        }
    }

    #[test]
    fn the_other_types() {
        assert_eq!(raw(&[0x42, 0x28, 0x00, 0x00]).float(), Ok(42.0));
        assert_eq!(raw(&0.1_f64.to_be_bytes()).float(), Ok(0.1));
        assert_eq!(raw(&[1]).boolean(), Ok(true));
        assert_eq!(raw(&[2]).boolean(), Err(ErrorKind::NotBoolean { value: 2 }.at(100)));
        assert_eq!(raw("grün".as_bytes()).string(), Ok("grün"));
        assert_eq!(raw(b"ab\xFFcd").string(), Err(ErrorKind::NotUtf8.at(102)));
        assert_eq!(raw(&[0xFF; 4]).object_link(), Ok(ObjectLink::NULL));
        assert!(raw(&[0, 66, 0]).object_link().is_err());
        assert!(raw(&[0; 3]).float().is_err());
        assert!(raw(&[1]).typed(DataType::None).is_err());
    }

    #[test]
    fn lenient_reading_says_what_it_passed_over() {
        let (value, passed_over) = raw(&[0, 0, 1]).typed_lenient(DataType::Boolean).unwrap();
        assert_eq!(value, Value::Boolean(true));
        assert!(passed_over.unwrap().kind.lenient_reading().is_some());
        let (value, passed_over) =
            raw(&[0xFF, 0xFF, 0xFE]).typed_lenient(DataType::Integer).unwrap();
        assert_eq!(value, Value::Integer(-2));
        assert!(passed_over.unwrap().kind.lenient_reading().is_some());
        let (value, _) = raw(&[0xFF, 0xFF, 0xFE]).typed_lenient(DataType::UnsignedInteger).unwrap();
        assert_eq!(value, Value::Unsigned(0xFF_FFFE));
        assert_eq!(raw(&[7]).typed_lenient(DataType::Integer), Ok((Value::Integer(7), None)));
        for hopeless in [&[][..], &[0; 9]] {
            let error = raw(hopeless).typed_lenient(DataType::Integer).unwrap_err();
            assert!(error.kind.lenient_reading().is_none(), "{error}");
        }
    }

    proptest! {
        #[test]
        fn lenient_reading_agrees_with_strict_reading_where_that_succeeds(
            bytes in proptest::collection::vec(any::<u8>(), 0..10)
        ) {
            for data_type in [DataType::Integer, DataType::UnsignedInteger, DataType::Time,
                              DataType::Boolean, DataType::String, DataType::ObjectLink] {
                if let Ok(value) = raw(&bytes).typed(data_type) {
                    prop_assert_eq!(raw(&bytes).typed_lenient(data_type), Ok((value, None)));
                }
            }
            if let (Some(odd), Ok(even)) = (raw(&bytes).odd_integer(), raw(&bytes).integer()) {
                prop_assert_eq!(odd, even);
            }
        }
    }
}
