// SPDX-License-Identifier: Apache-2.0
//! Values of resources.

use ::simstrap_policy::bootstrap_data::object::is_unsigned_identifier;
use ::simstrap_policy::bootstrap_data::registry::{self, DataType};
use ::simstrap_policy::bootstrap_data::{RawValue, Value};

/// The type of a value.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_type {
    /// Bytes: opaque, or of a resource the library does not know.
    Opaque = 0,
    /// UTF-8 text, in `bytes`, without NUL.
    String = 1,
    /// A signed number, in `integer`.
    Integer = 2,
    /// A number without sign, in `unsigned_integer`.
    Unsigned = 3,
    /// A floating-point number, in `real`.
    Float = 4,
    /// A truth value, in `boolean`.
    Boolean = 5,
    /// Seconds since 1970-01-01 UTC, in `integer`.
    Time = 6,
    /// A link to an object instance, in `link_object` and `link_instance`.
    ObjectLink = 7,
    /// Bytes that are no value of the type their resource has.
    Malformed = 8,
}

/// A resource, or one instance of a multiple resource, with its value.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_resource {
    /// Object id.
    pub object: u16,
    /// Object instance id.
    pub instance: u16,
    /// Resource id.
    pub resource: u16,
    /// Resource instance id of a multiple resource, else 0.
    pub resource_instance: u16,
    /// Whether it is an instance of a multiple resource.
    pub is_multiple: bool,
    /// Whether it must not be shown: a key, a password, a PIN.
    pub is_secret: bool,
    /// Which of the fields below holds the value; `bytes` always does.
    pub value_type: simstrap_type,
    /// The value as it stands in the data. It lives as long as the handle it came from.
    pub bytes: *const u8,
    /// Number of `bytes`.
    pub length: usize,
    /// The value of an integer or a time.
    pub integer: i64,
    /// The value of an unsigned integer; of an integer, too, that is not negative.
    pub unsigned_integer: u64,
    /// The value of a floating-point number.
    pub real: f64,
    /// The value of a boolean.
    pub boolean: bool,
    /// Object of a link.
    pub link_object: u16,
    /// Object instance of a link.
    pub link_instance: u16,
}

impl simstrap_resource {
    pub(crate) fn new(
        (object, instance, resource): (u16, u16, u16),
        resource_instance: Option<u16>,
        value: &RawValue<'_>,
    ) -> Self {
        let definition = registry::object(object).and_then(|object| object.resource(resource));
        let mut data_type = definition.map_or(DataType::Opaque, |known| known.data_type);
        // Short server ids above 32767 stand on some cards as if they had no sign.
        let is_identifier = matches!((object, resource), (0, 10) | (1, 0) | (2, 3));
        if is_identifier && is_unsigned_identifier(value) {
            data_type = DataType::UnsignedInteger;
        }
        let bytes = value.bytes();
        let mut this = Self {
            object,
            instance,
            resource,
            resource_instance: resource_instance.unwrap_or(0),
            is_multiple: resource_instance.is_some(),
            is_secret: definition.is_some_and(|known| known.secret),
            value_type: simstrap_type::Malformed,
            bytes: bytes.as_ptr(),
            length: bytes.len(),
            integer: 0,
            unsigned_integer: 0,
            real: 0.0,
            boolean: false,
            link_object: 0,
            link_instance: 0,
        };
        if let Ok(value) = value.typed(data_type) {
            this.set(value);
        }
        this
    }

    fn set(&mut self, value: Value<'_>) {
        self.value_type = match value {
            Value::String(_) => simstrap_type::String,
            Value::Integer(number) => {
                self.integer = number;
                self.unsigned_integer = number.try_into().unwrap_or(0);
                simstrap_type::Integer
            }
            Value::Unsigned(number) => {
                self.unsigned_integer = number;
                self.integer = number.try_into().unwrap_or(i64::MAX);
                simstrap_type::Unsigned
            }
            Value::Float(number) => {
                self.real = number;
                simstrap_type::Float
            }
            Value::Boolean(flag) => {
                self.boolean = flag;
                simstrap_type::Boolean
            }
            Value::Opaque(_) => simstrap_type::Opaque,
            Value::Time(seconds) => {
                self.integer = seconds;
                simstrap_type::Time
            }
            Value::ObjectLink(link) => {
                self.link_object = link.object;
                self.link_instance = link.instance;
                simstrap_type::ObjectLink
            }
        };
    }
}
