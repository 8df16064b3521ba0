// SPDX-License-Identifier: Apache-2.0
//! EF LwM2M_Bootstrap: the file that holds the bootstrap data (LwM2M TS Core, App. G.3.3).
//!
//! ```text
//! bootstrap data = number of objects (2)  size of the objects (2)  objects
//! object         = object id (2)  version (1–2)  length (2)  object-instance TLVs
//! ```
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use crate::error::{DataPath, DecodeError};

mod check;
mod view;

use check::{Check, Deviation};
pub use view::{
    Content, InstanceRef, Instances, ObjectRef, Objects, ResourceInstances, ResourceRef, Resources,
};

/// The largest bootstrap file, in bytes: what READ BINARY can address.
pub const MAX_FILE: usize = 32 * 1024;

/// The most entries in one place: a file of 32 KiB does not reasonably hold more.
pub const MAX_ENTRIES: usize = 4096;

/// The most entries in one place whose identifier is lower than an earlier one. Each is compared
/// with all before it, so this bounds the search for duplicates; encoders write them in order.
pub const MAX_DISORDER: usize = 64;

/// Length of the header of the file.
pub const HEADER_LEN: usize = 4;

/// Bootstrap data that was checked from the first byte to the last, borrowed.
///
/// All of it is well formed: what [`objects`](Self::objects) walks over cannot fail, only the
/// values can be of another type than expected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BootstrapDataRef<'a> {
    used: &'a [u8],
}

impl<'a> BootstrapDataRef<'a> {
    /// Checks a whole file, strictly: its container, its nesting, its identifiers.
    ///
    /// # Errors
    /// [`DecodeError`] for the first thing that is wrong.
    pub fn from_bytes(file: &'a [u8]) -> Result<Self, DecodeError> {
        Self::checked(file, None)
    }

    /// Checks a whole file, but goes on after deviations that leave no doubt about the meaning
    /// ([`lenient_reading`](crate::ErrorKind::lenient_reading)) and reports each of them.
    ///
    /// # Errors
    /// [`DecodeError`] for the first thing that cannot be passed over.
    pub fn from_bytes_lenient(
        file: &'a [u8],
        mut report: impl FnMut(DecodeError),
    ) -> Result<Self, DecodeError> {
        let mut deviation = |error: DecodeError| {
            error.kind.lenient_reading().ok_or(error)?;
            report(error);
            Ok(())
        };
        Self::checked(file, Some(&mut deviation))
    }

    fn checked(file: &'a [u8], deviation: Option<Deviation<'_>>) -> Result<Self, DecodeError> {
        let used = check::used(file)?;
        let padding = file.get(used.len()..).unwrap_or_default();
        let mut check = Check::new(DataPath::ROOT, deviation);
        check.objects(used)?;
        check.padding(padding, used.len())?;
        Ok(Self { used })
    }

    /// Bytes that passed the check before.
    #[cfg(feature = "alloc")]
    pub(crate) const fn of_checked(used: &'a [u8]) -> Self {
        Self { used }
    }

    /// The bytes that are used: header and objects, without padding.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.used
    }

    /// The objects, in the order of the file.
    #[must_use]
    pub fn objects(&self) -> Objects<'a> {
        Objects::new(self.used)
    }

    /// The object with this id.
    #[must_use]
    pub fn object(&self, id: u16) -> Option<ObjectRef<'a>> {
        self.objects().find(|object| object.id() == id)
    }
}

/// Number of bytes in use, header included, from the first four bytes of the file.
#[must_use]
pub fn used_length(header: [u8; HEADER_LEN]) -> usize {
    let [_, _, high, low] = header;
    HEADER_LEN + usize::from(u16::from_be_bytes([high, low]))
}

/// The version of an object, where the file gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u8,
    minor: u8,
}

impl Version {
    /// A version; `None` when the major number is 0, which the file cannot express.
    #[must_use]
    pub const fn new(major: u8, minor: u8) -> Option<Self> {
        if major == 0 { None } else { Some(Self { major, minor }) }
    }

    /// Major number, 1 to 255.
    #[must_use]
    pub const fn major(self) -> u8 {
        self.major
    }

    /// Minor number.
    #[must_use]
    pub const fn minor(self) -> u8 {
        self.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The header of an object, and what follows it.
struct ObjectHeader<'a> {
    id: u16,
    version: Option<Version>,
    length: usize,
    rest: &'a [u8],
}

impl<'a> ObjectHeader<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&id, rest) = bytes.split_first_chunk()?;
        let (version, rest) = match *rest {
            [0, ref rest @ ..] => (None, rest),
            [major, minor, ref rest @ ..] => (Version::new(major, minor), rest),
            _ => return None,
        };
        let (&length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(length));
        Some(Self { id: u16::from_be_bytes(id), version, length, rest })
    }
}

impl fmt::Debug for BootstrapDataRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.objects()).finish()
    }
}

/// The path of an object, for errors.
fn path_of(id: u16) -> DataPath {
    DataPath::object(id)
}

#[cfg(test)]
mod tests;
