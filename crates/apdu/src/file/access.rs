// SPDX-License-Identifier: Apache-2.0
//! Access rules: which PIN the card wants before a file may be read (102 221 §9.2).
#![warn(clippy::arithmetic_side_effects)]

use super::template::{Content, Template, TemplateError, tagged};
use super::{FileId, PinReference};

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadAccess {
    /// The card does not say here.
    Unknown,
    /// Everybody.
    Always,
    /// Nobody.
    Never,
    /// Whoever talks to the card through a secure channel.
    SecureChannel,
    /// Whoever verified this PIN.
    Pin(PinReference),
}

impl ReadAccess {
    /// READ BINARY, READ RECORD and SEARCH RECORD in an access mode byte.
    const READ: u8 = 0x01;

    /// From the expanded format in an FCP (`AB`).
    pub(super) fn from_template(fcp: &Template) -> Self {
        fcp.children()
            .find_map(|(tag, content)| match (tag, content) {
                (0xAB, Content::List(rules)) => Some(Self::from_rules(tagged(rules))),
                _ => None,
            })
            .unwrap_or(Self::Unknown)
    }

    /// From a record of EF ARR: the expanded format (102 221 §9.2.4).
    ///
    /// # Errors
    /// [`TemplateError`] when it is no list of data objects.
    pub fn from_access_rule_record(record: &[u8]) -> Result<Self, TemplateError> {
        const FILLER: u8 = 0xFF;
        let end = record
            .iter()
            .rposition(|byte| *byte != FILLER)
            .map_or(0, |last| last.saturating_add(1));
        let template = Template::parse_list(record.get(..end).unwrap_or_default())?;
        Ok(Self::from_rules(template.children()))
    }

    /// Finds the condition that follows the access mode (`80`) with the read bit.
    fn from_rules<'a>(rules: impl Iterator<Item = (u8, Content<'a>)>) -> Self {
        let mut applies = false;
        for (tag, content) in rules {
            match (tag, &content) {
                (0x80, Content::Value(mode)) => {
                    applies = matches!(mode, [mode] if mode & Self::READ != 0);
                }
                _ if !applies => {}
                (0x90, _) => return Self::Always,
                (0x97, _) => return Self::Never,
                // B4: a checksum, B8: encryption; by secure messaging (102 221 §9.2.4).
                (0xB4 | 0xB8, _) => return Self::SecureChannel,
                // A4: one condition; A0: any of several; AF: all of several.
                (0xA4 | 0xA0 | 0xAF, content) => {
                    if let Some(&[reference]) = content.find(0x83) {
                        return Self::Pin(PinReference::new(reference));
                    }
                }
                _ => {}
            }
        }
        Self::Unknown
    }
}

/// Where the access rules of a file stand: a record of a file of rules (`8B`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccessRuleReference {
    /// The file of rules.
    pub file: FileId,
    /// Its record, counting from 1.
    pub record: u8,
}

impl AccessRuleReference {
    /// File and record number, or file and pairs of environment and record number, of which the
    /// first serves.
    pub(super) const fn from_value(value: &[u8]) -> Option<Self> {
        match *value {
            [high, low, record] | [high, low, _, record, ..] => {
                Some(Self { file: FileId::from_bytes([high, low]), record })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_for_reading_only() {
        let record = [
            0x80, 0x01, 0x02, 0xA4, 0x06, 0x83, 0x01, 0x0A, 0x95, 0x01, 0x08, // update: ADM1
            0x80, 0x01, 0x01, 0xA4, 0x06, 0x83, 0x01, 0x81, 0x95, 0x01,
            0x08, // read: local PIN1
            0xFF, 0xFF,
        ];
        assert_eq!(
            ReadAccess::from_access_rule_record(&record),
            Ok(ReadAccess::Pin(PinReference::new(0x81)))
        );
    }

    #[test]
    fn always_never_and_alternatives() {
        let read = |record: &[u8]| ReadAccess::from_access_rule_record(record).unwrap();
        assert_eq!(read(&[0x80, 0x01, 0x01, 0x90, 0x00]), ReadAccess::Always);
        assert_eq!(read(&[0x80, 0x01, 0x03, 0x97, 0x00]), ReadAccess::Never);
        let secured = [0x80, 0x01, 0x01, 0xB4, 0x03, 0x95, 0x01, 0x30];
        assert_eq!(read(&secured), ReadAccess::SecureChannel);
        let alternatives =
            [0x80, 0x01, 0x01, 0xA0, 0x08, 0xA4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08];
        assert_eq!(read(&alternatives), ReadAccess::Pin(PinReference::PIN1));
        assert_eq!(read(&[0x80, 0x01, 0x02, 0x90, 0x00]), ReadAccess::Unknown);
        assert_eq!(read(&[0xFF; 20]), ReadAccess::Unknown);
    }

    #[test]
    fn a_broken_record_is_an_error() {
        assert!(ReadAccess::from_access_rule_record(&[0x80, 0x05, 0x01]).is_err());
    }
}
