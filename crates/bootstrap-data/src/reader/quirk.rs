// SPDX-License-Identifier: Apache-2.0
//! What cards do that the standards would not have them do.

use core::fmt;

use simstrap_scp03::apdu::Quirk;

/// A deviation that was met and coped with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadQuirk {
    /// In how the card exchanges commands and selects files.
    Card(Quirk),
    /// EF DIR is no file of equal records.
    DirectoryNotRecords,
    /// A record of EF DIR is malformed; it was passed over.
    MalformedDirectoryRecord,
    /// EF DIR holds only the beginning of the application's identifier.
    TruncatedAid,
    /// A directory of data objects could not be read or holds no bootstrap object; the next one
    /// served.
    UselessDirectory,
    /// The object identifier of the bootstrap object is encoded twice.
    DoubleEncodedOid,
}

impl ReadQuirk {
    /// A stable name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card(quirk) => quirk.name(),
            Self::DirectoryNotRecords => "ef-dir-not-records",
            Self::MalformedDirectoryRecord => "ef-dir-malformed-record",
            Self::TruncatedAid => "ef-dir-truncated-aid",
            Self::UselessDirectory => "dodf-without-bootstrap-object",
            Self::DoubleEncodedOid => "double-encoded-oid",
        }
    }
}

impl fmt::Display for ReadQuirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
