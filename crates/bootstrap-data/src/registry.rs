// SPDX-License-Identifier: Apache-2.0

//! Names and types of the common `LwM2M` objects, from the OMA registry.
//!
//! Each object stands in its newest registered version. The names are the registry's, with
//! `LwM2M` in that one spelling and without stray spaces.
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

mod objects;

use objects::OBJECTS;
pub(crate) use objects::{ACCESS_CONTROL_VALUES, OSCORE_VALUES, SECURITY_VALUES, SERVER_VALUES};

/// An object, as the OMA registry defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectDefinition {
    /// Object id.
    pub id: u16,
    /// Registered name.
    pub name: &'static str,
    /// Whether the object may have several instances.
    pub multiple: bool,
    /// The resources, by ascending id.
    pub resources: &'static [ResourceDefinition],
}

impl ObjectDefinition {
    /// The resource with this id.
    #[must_use]
    pub fn resource(&self, id: u16) -> Option<&'static ResourceDefinition> {
        find(self.resources, id, |resource| resource.id)
    }

    /// The resource with exactly this name.
    #[must_use]
    pub fn resource_by_name(&self, name: &str) -> Option<&'static ResourceDefinition> {
        self.resources.iter().find(|resource| resource.name == name)
    }
}

/// A resource of an object, as the OMA registry defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceDefinition {
    /// Resource id.
    pub id: u16,
    /// Registered name.
    pub name: &'static str,
    /// Type of the value, or of each instance's value.
    pub data_type: DataType,
    /// Whether the resource may have several instances.
    pub multiple: bool,
    /// Whether every instance of the object has the resource.
    pub mandatory: bool,
    /// Whether the value must not be shown: key material, a password, a PIN. Not a registry fact.
    pub secret: bool,
}

/// What the value of a resource has to be: what checking needs of a definition. A device that shows
/// no names does not have to carry them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueDefinition {
    id: u16,
    pub(crate) data_type: DataType,
    pub(crate) multiple: bool,
}

impl ValueDefinition {
    /// That of the resource with this id, in a table by ascending ids.
    pub(crate) fn of(table: &'static [Self], id: u16) -> Option<&'static Self> {
        find(table, id, |value| value.id)
    }
}

/// The type of a resource's value, as the OMA registry names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataType {
    /// UTF-8 text.
    String,
    /// Signed integer.
    Integer,
    /// Unsigned integer.
    UnsignedInteger,
    /// Floating point number.
    Float,
    /// Truth value.
    Boolean,
    /// Octets.
    Opaque,
    /// Seconds since the Unix epoch.
    Time,
    /// Link to an object instance.
    ObjectLink,
    /// Links in the format of RFC 6690.
    CoreLink,
    /// No value: the resource is executable.
    None,
}

impl DataType {
    const ALL: [Self; 10] = [
        Self::String,
        Self::Integer,
        Self::UnsignedInteger,
        Self::Float,
        Self::Boolean,
        Self::Opaque,
        Self::Time,
        Self::ObjectLink,
        Self::CoreLink,
        Self::None,
    ];

    /// The short name, as [`from_name`](Self::from_name) takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::UnsignedInteger => "unsigned",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Opaque => "opaque",
            Self::Time => "time",
            Self::ObjectLink => "objlnk",
            Self::CoreLink => "corelnk",
            Self::None => "none",
        }
    }

    /// The type with this short name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|data_type| data_type.name() == name)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The object with this id.
#[must_use]
pub fn object(id: u16) -> Option<&'static ObjectDefinition> {
    find(OBJECTS, id, |object| object.id)
}

/// The entry with this id in a table by ascending ids. Most tables have no gap, at least not at
/// their beginning: there the id is the place.
fn find<T>(table: &'static [T], id: u16, id_of: impl Fn(&T) -> u16) -> Option<&'static T> {
    table.get(usize::from(id)).filter(|entry| id_of(entry) == id).or_else(|| {
        let index = table.binary_search_by_key(&id, id_of).ok()?;
        table.get(index)
    })
}

/// All objects in the table, by ascending id.
#[must_use]
pub fn objects() -> &'static [ObjectDefinition] {
    OBJECTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(object_id: u16, id: u16) -> &'static ResourceDefinition {
        object(object_id).unwrap().resource(id).unwrap()
    }

    #[test]
    fn ids_ascend() {
        assert!(objects().windows(2).all(|pair| pair[0].id < pair[1].id));
        for object in objects() {
            let ascending = object.resources.windows(2).all(|pair| pair[0].id < pair[1].id);
            assert!(ascending, "object {}", object.id);
        }
    }

    #[test]
    fn names_are_clean_and_unique() {
        let clean = |name: &str| {
            !name.is_empty()
                && name == name.trim()
                && !name.contains("  ")
                && !name.contains("LWM2M")
        };
        for object in objects() {
            assert!(clean(object.name), "object {}", object.id);
            for resource in object.resources {
                assert!(clean(resource.name), "/{}/*/{}", object.id, resource.id);
                assert_eq!(object.resource_by_name(resource.name), Some(resource));
            }
        }
    }

    #[test]
    fn every_entry_is_found() {
        for object in objects() {
            assert_eq!(super::object(object.id), Some(object));
            for resource in object.resources {
                assert_eq!(object.resource(resource.id), Some(resource));
            }
        }
    }

    #[test]
    fn objects_are_those_of_the_registry() {
        let facts = [
            (0, "LwM2M Security", true, 31),
            (1, "LwM2M Server", true, 28),
            (2, "LwM2M Access Control", true, 4),
            (3, "Device", false, 23),
            (4, "Connectivity Monitoring", false, 14),
            (5, "Firmware Update", false, 14),
            (6, "Location", false, 7),
            (7, "Connectivity Statistics", false, 9),
            (9, "LwM2M Software Management", true, 23),
            (10, "LwM2M Cellular Connectivity", false, 14),
            (11, "LwM2M APN Connection Profile", true, 34),
            (12, "WLAN connectivity", true, 49),
            (13, "LwM2M Bearer Selection", false, 13),
            (16, "Portfolio", true, 4),
            (21, "LwM2M OSCORE", true, 7),
        ];
        assert_eq!(objects().len(), facts.len());
        for (object, fact) in objects().iter().zip(facts) {
            assert_eq!((object.id, object.name, object.multiple, object.resources.len()), fact);
        }
    }

    #[test]
    fn known_resources() {
        let facts = [
            (0, 0, "LwM2M Server URI", DataType::String, false, true),
            (0, 2, "Security Mode", DataType::Integer, false, true),
            (0, 10, "Short Server ID", DataType::Integer, false, false),
            (0, 16, "DTLS/TLS Ciphersuite", DataType::UnsignedInteger, true, false),
            (0, 17, "OSCORE Security Mode", DataType::ObjectLink, false, false),
            (1, 0, "Short Server ID", DataType::Integer, false, true),
            (1, 1, "Lifetime", DataType::Integer, false, true),
            (1, 8, "Registration Update Trigger", DataType::None, false, true),
            (1, 12, "Last Bootstrapped", DataType::Time, false, false),
            (2, 2, "ACL", DataType::Integer, true, false),
            (3, 11, "Error Code", DataType::Integer, true, true),
            (6, 0, "Latitude", DataType::Float, false, true),
            (11, 0, "Profile name", DataType::String, false, true),
            (21, 0, "OSCORE Master Secret", DataType::Opaque, false, true),
        ];
        for (object_id, id, name, data_type, multiple, mandatory) in facts {
            let found = resource(object_id, id);
            assert_eq!(
                (found.name, found.data_type, found.multiple, found.mandatory),
                (name, data_type, multiple, mandatory),
            );
            assert_eq!(object(object_id).unwrap().resource_by_name(name), Some(found));
        }
    }

    #[test]
    fn secrets() {
        let secrets = [
            (0, 5),
            (0, 8),
            (9, 15),
            (10, 2),
            (11, 6),
            (12, 17),
            (12, 18),
            (12, 21),
            (12, 22),
            (12, 23),
            (12, 24),
            (12, 25),
            (12, 28),
            (16, 2),
            (21, 0),
        ];
        let marked = objects().iter().flat_map(|object| {
            let marked = object.resources.iter().filter(|resource| resource.secret);
            marked.map(|resource| (object.id, resource.id))
        });
        assert!(marked.eq(secrets));
    }

    #[test]
    fn unknown_is_none() {
        assert_eq!(object(8), None);
        assert_eq!(object(u16::MAX), None);
        let firmware = object(5).unwrap();
        assert_eq!(firmware.resource(4), None);
        assert_eq!(firmware.resource(u16::MAX), None);
        assert_eq!(firmware.resource_by_name("package"), None);
        assert_eq!(firmware.resource_by_name(""), None);
    }

    #[test]
    fn type_names_round_trip() {
        for data_type in DataType::ALL {
            assert_eq!(DataType::from_name(data_type.name()), Some(data_type));
        }
        assert_eq!(DataType::from_name("String"), None);
        assert_eq!(DataType::from_name(""), None);
    }
}
