// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with bootstrap data, and where.

use core::fmt;

use crate::registry::DataType;
use crate::tlv::Kind;

/// Something wrong with bootstrap data: what, at which byte, in which resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes from the beginning of the data that was given to decode.
    pub offset: usize,
    /// Object, instance and resource it is in, as far as known.
    pub path: DataPath,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.offset)?;
        if self.path != DataPath::ROOT {
            write!(f, " ({})", self.path)?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl DecodeError {
    /// The same error, its path filled up with what the caller knows.
    #[cold]
    pub(crate) fn within(self, path: DataPath) -> Self {
        Self { path: path.join(self.path), ..self }
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file is longer than [`MAX_FILE`](crate::MAX_FILE).
    #[error("{length} bytes are more than the {max} a bootstrap file can have", max = crate::MAX_FILE)]
    FileTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Fewer bytes than the four of the header.
    #[error("{length} bytes are fewer than the 4 of the header")]
    HeaderTruncated {
        /// Bytes that are there.
        length: usize,
    },
    /// A header of `FF FF FF FF`: nothing was written here, or a writing did not come to its end.
    #[error("the header is FF FF FF FF: the file is blank, or writing to it was broken off")]
    Blank,
    /// The declared size is larger than the file.
    #[error("the header declares {declared} bytes of objects, the file holds {available}")]
    SizeBeyondFile {
        /// Bytes the header declares.
        declared: usize,
        /// Bytes that follow the header.
        available: usize,
    },
    /// The number of objects is not the declared one.
    #[error("the header declares {declared} objects, there are {found}")]
    ObjectCount {
        /// Objects the header declares.
        declared: usize,
        /// Objects that are there.
        found: usize,
    },
    /// The declared size ends inside the header of an object.
    #[error("the objects end inside the header of an object")]
    ObjectHeaderTruncated,
    /// An object is longer than what is left.
    #[error("the object declares {declared} bytes, {available} are left")]
    ObjectBeyondEnd {
        /// Bytes the object declares.
        declared: usize,
        /// Bytes that are left.
        available: usize,
    },
    /// The data ends inside the header of a TLV entry.
    #[error("the data ends inside the header of an entry")]
    EntryTruncated,
    /// An entry is longer than what holds it.
    #[error("the {kind} declares {declared} bytes, {available} are left")]
    ValueBeyondEnd {
        /// Kind of the entry.
        kind: Kind,
        /// Bytes the entry declares.
        declared: usize,
        /// Bytes that are left in what holds it.
        available: usize,
    },
    /// An entry where another kind must stand.
    #[error("{} {found} where only {expected} can stand", found.article())]
    Misplaced {
        /// Kind of the entry.
        found: Kind,
        /// What can stand there.
        expected: Level,
    },
    /// Resources that stand directly in an object, without an object instance.
    #[error("{} {found} without an object instance around it", found.article())]
    BareResource {
        /// Kind of the first entry.
        found: Kind,
    },
    /// The same identifier twice in one place.
    #[error("{kind} {id} stands here twice")]
    Duplicate {
        /// What stands there twice.
        kind: Duplicate,
        /// Its identifier.
        id: u16,
    },
    /// A multiple resource without a single instance.
    #[error("a multiple resource without any resource instance")]
    EmptyMultiple,
    /// More entries in one place than [`MAX_ENTRIES`](crate::MAX_ENTRIES).
    #[error("more than {max} entries in one place", max = crate::MAX_ENTRIES)]
    TooManyEntries,
    /// More identifiers out of order in one place than [`MAX_DISORDER`](crate::MAX_DISORDER).
    #[error("more than {max} identifiers out of order in one place", max = crate::MAX_DISORDER)]
    Disorder,
    /// Bytes after the declared size that are no padding.
    #[error("after the declared size only FF or 00 can follow, not {found:02X}")]
    NotPadding {
        /// The first of them.
        found: u8,
    },
    /// A value whose length its type does not allow.
    #[error("{length} bytes are no {data_type}")]
    ValueLength {
        /// The type the resource has.
        data_type: DataType,
        /// Length of the value in bytes.
        length: usize,
    },
    /// A boolean that is neither 0 nor 1.
    #[error("{value} is no boolean")]
    NotBoolean {
        /// The byte.
        value: u8,
    },
    /// A string that is no UTF-8.
    #[error("the string is no UTF-8")]
    NotUtf8,
    /// A number outside what the resource can hold.
    #[error("{value} is outside the range of the resource")]
    OutOfRange {
        /// The number.
        value: i64,
    },
    /// A resource that is single by its definition, given as a multiple one.
    #[error("the resource has a single value, here it is a multiple resource")]
    NotSingle,
    /// A resource that is multiple by its definition, given as a single one.
    #[error("the resource has instances, here it is a single value")]
    NotMultiple,
}

impl ErrorKind {
    /// The error at a byte, its path not yet known.
    pub(crate) const fn at(self, offset: usize) -> DecodeError {
        DecodeError { kind: self, offset, path: DataPath::ROOT }
    }

    /// What lenient decoding takes the deviation for; `None` for errors it cannot pass over.
    #[must_use]
    pub const fn lenient_reading(&self) -> Option<&'static str> {
        Some(match self {
            Self::BareResource { .. } => "taken for the resources of object instance 0",
            Self::Duplicate { kind: Duplicate::Resource | Duplicate::ResourceInstance, .. } => {
                "all are shown, the last counts"
            }
            Self::EmptyMultiple => "taken for a resource without instances",
            Self::NotPadding { .. } => "taken for padding",
            Self::ValueLength { data_type: DataType::Boolean, length: 1.. } => {
                "taken for true if any bit is set"
            }
            Self::NotBoolean { .. } => "taken for true",
            Self::ValueLength {
                data_type: DataType::Integer | DataType::UnsignedInteger | DataType::Time,
                length: 1..=8,
            } => "taken for a number of that many bytes",
            _ => return None,
        })
    }
}

/// What can stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Object instances, in an object.
    ObjectInstances,
    /// Resources and multiple resources, in an object instance.
    Resources,
    /// Resource instances, in a multiple resource.
    ResourceInstances,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ObjectInstances => "object instances",
            Self::Resources => "resources",
            Self::ResourceInstances => "resource instances",
        })
    }
}

/// What stands somewhere twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duplicate {
    /// An object.
    Object,
    /// An object instance.
    ObjectInstance,
    /// A resource.
    Resource,
    /// A resource instance.
    ResourceInstance,
}

impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "object",
            Self::ObjectInstance => "object instance",
            Self::Resource => "resource",
            Self::ResourceInstance => "resource instance",
        })
    }
}

/// The path of an object, instance, resource or resource instance: `/0/1/10`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DataPath {
    /// Object.
    pub object: Option<u16>,
    /// Object instance.
    pub instance: Option<u16>,
    /// Resource.
    pub resource: Option<u16>,
    /// Resource instance.
    pub resource_instance: Option<u16>,
}

impl DataPath {
    /// The whole.
    pub const ROOT: Self =
        Self { object: None, instance: None, resource: None, resource_instance: None };

    /// An object.
    #[must_use]
    pub const fn object(object: u16) -> Self {
        Self { object: Some(object), ..Self::ROOT }
    }

    /// An instance of this object.
    #[must_use]
    pub const fn instance(self, instance: u16) -> Self {
        Self { instance: Some(instance), ..self }
    }

    /// A resource of this object instance.
    #[must_use]
    pub const fn resource(self, resource: u16) -> Self {
        Self { resource: Some(resource), ..self }
    }

    /// An instance of this resource.
    #[must_use]
    pub const fn resource_instance(self, instance: u16) -> Self {
        Self { resource_instance: Some(instance), ..self }
    }

    /// What this path knows, and what only `other` knows.
    fn join(self, other: Self) -> Self {
        Self {
            object: self.object.or(other.object),
            instance: self.instance.or(other.instance),
            resource: self.resource.or(other.resource),
            resource_instance: self.resource_instance.or(other.resource_instance),
        }
    }
}

impl fmt::Display for DataPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.object, self.instance, self.resource, self.resource_instance];
        if parts[0].is_none() {
            return f.write_str("/");
        }
        parts.into_iter().map_while(|part| part).try_for_each(|part| write!(f, "/{part}"))
    }
}

impl fmt::Debug for DataPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_tell_byte_and_path() {
        let error = ErrorKind::NotUtf8.at(17).within(DataPath::object(0).instance(1).resource(0));
        assert_eq!(error.to_string(), "byte 17 (/0/1/0): the string is no UTF-8");
        assert_eq!(
            ErrorKind::EntryTruncated.at(4).within(DataPath::ROOT).to_string(),
            "byte 4: the data ends inside the header of an entry"
        );
    }

    #[test]
    fn paths_stop_at_the_first_unknown_part() {
        assert_eq!(DataPath::ROOT.to_string(), "/");
        assert_eq!(
            DataPath::object(2).instance(0).resource(2).resource_instance(65535).to_string(),
            "/2/0/2/65535"
        );
    }
}
