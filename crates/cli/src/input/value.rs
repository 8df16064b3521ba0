// SPDX-License-Identifier: Apache-2.0
//! From what a description says to the value of a type.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use simstrap_policy::bootstrap_data::registry::{self, DataType};
use simstrap_policy::bootstrap_data::{DataPath, ObjectLink};
use zeroize::Zeroizing;

use super::draft::DraftValue;
use super::error::Problem;

/// A value as it is written, whatever it is to become. It wipes itself.
pub(super) enum Scalar {
    Text(Zeroizing<String>),
    Integer(i128),
    Float(f64),
    Boolean(bool),
}

/// The type of a resource: as it says itself, or as it is registered.
///
/// Any resource can be given as bytes. One that is not registered is of the type it says, and
/// opaque if it says none.
pub(super) fn data_type(path: DataPath, given: Option<&str>) -> Result<DataType, Problem> {
    let given = given
        .map(|name| {
            let known = DataType::from_name(name).filter(|known| *known != DataType::None);
            known.ok_or_else(|| Problem::UnknownType(name.to_owned()))
        })
        .transpose()?;
    match (registered(path), given) {
        (_, Some(DataType::Opaque)) | (None, None) => Ok(DataType::Opaque),
        (None, Some(given)) => Ok(given),
        (Some(DataType::None), _) => Err(Problem::NotReadable),
        (Some(registered), None) => Ok(registered),
        (Some(registered), Some(given)) if is_same(registered, given) => Ok(registered),
        (Some(registered), Some(given)) => Err(Problem::OtherType { registered, given }),
    }
}

/// The type of a resource by the registry.
pub(super) fn registered(path: DataPath) -> Option<DataType> {
    let object = registry::object(path.object?)?;
    object.resource(path.resource?).map(|definition| definition.data_type)
}

/// Types are named alike whether a number has a sign or not.
fn is_same(registered: DataType, given: DataType) -> bool {
    registered == given
        || (registered, given) == (DataType::UnsignedInteger, DataType::Integer)
        || (registered, given) == (DataType::CoreLink, DataType::String)
}

/// The value as this type.
pub(super) fn value(scalar: Scalar, data_type: DataType) -> Result<DraftValue, Problem> {
    let found = scalar.kind();
    let wrong_kind = Problem::WrongKind { found, data_type };
    let out_of_range = Problem::OutOfRange { data_type };
    Ok(match (data_type, scalar) {
        (DataType::String | DataType::CoreLink, Scalar::Text(text)) => DraftValue::String(text),
        (DataType::Integer, Scalar::Integer(number)) => {
            DraftValue::Integer(i64::try_from(number).map_err(|_| out_of_range)?)
        }
        (DataType::Time, Scalar::Integer(number)) => {
            DraftValue::Time(i64::try_from(number).map_err(|_| out_of_range)?)
        }
        (DataType::UnsignedInteger, Scalar::Integer(number)) => {
            unsigned(u64::try_from(number).map_err(|_| out_of_range)?)
        }
        // What TOML has no integer for.
        (DataType::UnsignedInteger, Scalar::Text(digits)) => {
            unsigned(digits.parse().map_err(|_| wrong_kind)?)
        }
        (DataType::Float, Scalar::Float(number)) => DraftValue::Float(number),
        (DataType::Float, Scalar::Integer(number)) => DraftValue::Float(number as f64),
        (DataType::Boolean, Scalar::Boolean(value)) => DraftValue::Boolean(value),
        (DataType::Opaque, Scalar::Text(digits)) => DraftValue::Opaque(hexadecimal(&digits)?),
        (DataType::ObjectLink, Scalar::Text(link)) => DraftValue::ObjectLink(object_link(&link)?),
        (DataType::None, _) => return Err(Problem::NotReadable),
        _ => return Err(wrong_kind),
    })
}

/// A number without sign, with room for one where that is possible: before LwM2M 1.2 the same
/// resources were integers, and readers that take them for such must not find them negative.
fn unsigned(number: u64) -> DraftValue {
    i64::try_from(number).map_or(DraftValue::Unsigned(number), DraftValue::Integer)
}

/// A link such as `11:0`.
pub(super) fn object_link(text: &str) -> Result<ObjectLink, Problem> {
    let (object, instance) = text.split_once(':').ok_or(Problem::NotALink)?;
    Ok(ObjectLink {
        object: id(object).ok_or(Problem::NotALink)?,
        instance: id(instance).ok_or(Problem::NotALink)?,
    })
}

/// An id in decimal digits.
pub(super) fn id(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Bytes from pairs of digits; blanks and line ends between them do not matter.
fn hexadecimal(text: &str) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let digits: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    hex::decode_to_slice(digits.as_slice(), &mut bytes).map_err(|_| Problem::NotHexadecimal)?;
    Ok(bytes)
}

impl Scalar {
    /// What it is, without saying what it says.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Integer(_) => "whole number",
            Self::Float(_) => "number with a fraction",
            Self::Boolean(_) => "truth value",
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number or a truth value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(number))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Scalar {
        Scalar::Text(Zeroizing::new(text.to_owned()))
    }

    fn problem(scalar: Scalar, data_type: DataType) -> Problem {
        value(scalar, data_type).err().unwrap()
    }

    #[test]
    fn types_are_those_of_the_registry_unless_bytes_are_given() {
        let lifetime = DataPath::object(1).instance(0).resource(1);
        let suite = DataPath::object(0).instance(0).resource(16);
        let unknown = DataPath::object(9999).instance(0).resource(1);
        assert_eq!(data_type(lifetime, None), Ok(DataType::Integer));
        assert_eq!(data_type(lifetime, Some("opaque")), Ok(DataType::Opaque));
        assert_eq!(data_type(suite, Some("integer")), Ok(DataType::UnsignedInteger));
        assert_eq!(data_type(unknown, None), Ok(DataType::Opaque));
        assert_eq!(data_type(unknown, Some("float")), Ok(DataType::Float));
        let other = Problem::OtherType { registered: DataType::Integer, given: DataType::String };
        assert_eq!(data_type(lifetime, Some("string")), Err(other));
        for wrong in ["none", "Integer", ""] {
            assert_eq!(data_type(unknown, Some(wrong)), Err(Problem::UnknownType(wrong.into())));
        }
        let trigger = DataPath::object(1).instance(0).resource(8);
        assert_eq!(data_type(trigger, None), Err(Problem::NotReadable));
    }

    #[test]
    fn ft_04_a_value_of_another_kind_is_refused_without_being_shown() {
        for (scalar, data_type) in [
            (text("86400"), DataType::Integer),
            (Scalar::Integer(1), DataType::Boolean),
            (Scalar::Float(1.5), DataType::Integer),
            (Scalar::Integer(7), DataType::String),
            (Scalar::Boolean(true), DataType::Opaque),
            (Scalar::Integer(11), DataType::ObjectLink),
            (text("-5"), DataType::UnsignedInteger),
        ] {
            let problem = problem(scalar, data_type);
            assert!(matches!(problem, Problem::WrongKind { .. }), "{problem}");
            assert!(!problem.to_string().contains(|c: char| c.is_ascii_digit()), "{problem}");
        }
    }

    #[test]
    fn numbers_keep_within_their_type() {
        let big = i128::from(i64::MAX) + 1;
        let out_of_range = |data_type| Problem::OutOfRange { data_type };
        for data_type in [DataType::Integer, DataType::Time] {
            assert_eq!(problem(Scalar::Integer(big), data_type), out_of_range(data_type));
        }
        let unsigned = DataType::UnsignedInteger;
        assert!(matches!(value(Scalar::Integer(big), unsigned), Ok(DraftValue::Unsigned(_))));
        assert_eq!(problem(Scalar::Integer(-1), unsigned), out_of_range(unsigned));
        let most = u64::MAX.to_string();
        assert!(matches!(value(text(&most), unsigned), Ok(DraftValue::Unsigned(u64::MAX))));
    }

    #[test]
    fn bytes_and_links() {
        let Ok(DraftValue::Opaque(bytes)) = value(text("00 fF\n10"), DataType::Opaque) else {
            panic!("hexadecimal digits in any grouping");
        };
        assert_eq!(*bytes, [0x00, 0xFF, 0x10]);
        for wrong in ["0", "0g", "0x00", "é"] {
            assert_eq!(problem(text(wrong), DataType::Opaque), Problem::NotHexadecimal);
        }
        assert_eq!(object_link("65535:65535"), Ok(ObjectLink::NULL));
        for wrong in ["", "11", "11:", "11:65536", "+1:0", "1:2:3"] {
            assert_eq!(object_link(wrong), Err(Problem::NotALink), "{wrong}");
        }
    }
}
