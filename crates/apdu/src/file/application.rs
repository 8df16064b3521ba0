// SPDX-License-Identifier: Apache-2.0
//! Applications of a card: their identifiers and the records of EF DIR (102 221 §13.1).

use core::fmt;

use super::Path;
use super::template::{Template, TemplateError};

/// An application identifier, 5 to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aid {
    bytes: [u8; Self::MAX_LEN],
    length: u8,
}

impl Aid {
    /// The longest AID in bytes.
    pub const MAX_LEN: usize = 16;
    /// The shortest AID in bytes.
    pub const MIN_LEN: usize = 5;

    /// An AID from its bytes; `None` when they are not 5 to 16.
    #[must_use]
    pub fn from_bytes(aid: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX_LEN];
        bytes.get_mut(..aid.len())?.copy_from_slice(aid);
        let length = u8::try_from(aid.len()).ok()?;
        (aid.len() >= Self::MIN_LEN).then_some(Self { bytes, length })
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

/// One entry of EF DIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationTemplate {
    /// Application identifier (`4F`); `None` when it is missing or not 5 to 16 bytes.
    pub aid: Option<Aid>,
    /// Path to the application (`51`), where the card gives one.
    pub path: Option<Path>,
}

impl ApplicationTemplate {
    /// Reads a record of EF DIR: an application template (`61`) and filler. `Ok(None)` when the
    /// record is empty (all `FF` or `00`).
    ///
    /// # Errors
    /// [`TemplateError`] when it begins with something else or is malformed.
    pub fn from_record(record: &[u8]) -> Result<Option<Self>, TemplateError> {
        const APPLICATION_TEMPLATE: u8 = 0x61;
        if matches!(record.first(), None | Some(0x00 | 0xFF)) {
            return Ok(None);
        }
        let template = Template::parse(record, APPLICATION_TEMPLATE)?;
        Ok(Some(Self {
            aid: template.value(0x4F).and_then(Aid::from_bytes),
            path: template.value(0x51).and_then(Path::from_bytes),
        }))
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn a_record_gives_identifier_and_path() {
        let record = [
            0x61, 0x10, 0x4F, 0x05, 0xA0, 0, 0, 0, 0x63, 0x50, 0x01, b'x', 0x51, 0x04, 0x3F, 0x00,
            0x7F, 0x50, 0xFF, 0xFF,
        ];
        let entry = ApplicationTemplate::from_record(&record).unwrap().unwrap();
        assert_eq!(entry.aid.unwrap().as_bytes(), [0xA0, 0, 0, 0, 0x63]);
        assert_eq!(entry.path.unwrap().to_string(), "3F007F50");
    }

    #[test]
    fn empty_records_and_truncated_identifiers() {
        assert_eq!(ApplicationTemplate::from_record(&[0xFF; 38]), Ok(None));
        assert_eq!(ApplicationTemplate::from_record(&[]), Ok(None));
        let short = ApplicationTemplate::from_record(&[0x61, 0x04, 0x4F, 0x02, 0xA0, 0x00]);
        assert_eq!(short.unwrap().unwrap().aid, None);
        assert!(ApplicationTemplate::from_record(&[0x61, 0x20, 0x4F]).is_err());
    }
}
