// SPDX-License-Identifier: Apache-2.0
//! File control parameters: what SELECT tells of a file (102 221 §11.1.1.3).
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use super::access::{AccessRuleReference, ReadAccess};
use super::template::{Template, TemplateError};
use super::{Aid, FileId, PinReference, Sfi};

/// The most PINs one status template can list.
pub const MAX_PINS: usize = 8;

/// The file control parameters of a file or application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fcp {
    /// What kind of file (`82`).
    pub kind: FileKind,
    /// Shape of the records, for record files (`82`).
    pub records: Option<RecordShape>,
    /// File identifier (`83`).
    pub file_id: Option<FileId>,
    /// Name of the application (`84`): its whole AID.
    pub aid: Option<Aid>,
    /// Bytes of data in a transparent file (`80`); `None` when the card does not tell, as for
    /// directories.
    pub size: Option<usize>,
    /// Short file identifier (`88`).
    pub short_file_id: ShortFileId,
    /// Life cycle (`8A`); a card that does not tell has the file activated.
    pub life_cycle: LifeCycle,
    /// Who may read, if this template says so itself (`8C`, `AB`).
    pub read_access: ReadAccess,
    /// Where the access rules stand, if in a file of their own (`8B`).
    pub access_rule: Option<AccessRuleReference>,
    /// The PINs of the directory and whether each is enabled (`C6`).
    pub pins: [Option<PinState>; MAX_PINS],
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A dedicated file or an application.
    Directory,
    /// An elementary file of bytes.
    Transparent,
    /// An elementary file of equal records.
    LinearFixed,
    /// An elementary file of equal records in a ring.
    Cyclic,
    /// Another structure: the file descriptor byte.
    Other(u8),
}

/// Length and number of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordShape {
    /// Bytes of one record.
    pub length: u16,
    /// Number of records.
    pub count: u8,
}

/// What the template says about a short file identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShortFileId {
    /// Not mentioned: the five low bits of the file identifier serve.
    Implicit,
    /// Mentioned and empty: the file has none.
    None,
    /// Given.
    Given(Sfi),
}

/// Life cycle status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifeCycle {
    /// In use, or being set up.
    Active,
    /// Deactivated: no data is to be had until it is activated again.
    Deactivated,
    /// Terminated, for good.
    Terminated,
}

/// One PIN of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PinState {
    /// Which one.
    pub reference: PinReference,
    /// Whether it has to be verified.
    pub enabled: bool,
}

impl Fcp {
    /// Reads the template in the answer to SELECT. Data objects that are not known are skipped.
    ///
    /// # Errors
    /// [`FcpError`] when it is no template, or lacks the file descriptor.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FcpError> {
        const FCP_TEMPLATE: u8 = 0x62;
        let template = Template::parse(bytes, FCP_TEMPLATE)?;
        let descriptor = template.value(0x82).ok_or(FcpError::NoDescriptor)?;
        let (&first, shape) = descriptor.split_first().ok_or(FcpError::NoDescriptor)?;
        Ok(Self {
            kind: FileKind::from_descriptor(first),
            records: RecordShape::from_descriptor(shape),
            file_id: template.value(0x83).and_then(|id| id.try_into().ok()).map(FileId::from_bytes),
            aid: template.value(0x84).and_then(Aid::from_bytes),
            size: template.value(0x80).map(big_endian),
            short_file_id: ShortFileId::from_value(template.value(0x88)),
            life_cycle: LifeCycle::from_value(template.value(0x8A)),
            read_access: ReadAccess::from_template(&template),
            access_rule: template.value(0x8B).and_then(AccessRuleReference::from_value),
            pins: pin_states(template.value(0xC6).unwrap_or_default()),
        })
    }

    /// The PINs the directory lists, in the card's order.
    pub fn pins(&self) -> impl Iterator<Item = PinState> {
        self.pins.iter().flatten().copied()
    }
}

impl FileKind {
    /// The file descriptor byte: b7 shareable, b6–b4 the type, b3–b1 the structure.
    const fn from_descriptor(byte: u8) -> Self {
        match byte & 0xBF {
            0x38 => Self::Directory,
            0x01 => Self::Transparent,
            0x02 => Self::LinearFixed,
            0x06 => Self::Cyclic,
            _ => Self::Other(byte),
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("directory"),
            Self::Transparent => f.write_str("transparent file"),
            Self::LinearFixed => f.write_str("linear fixed file"),
            Self::Cyclic => f.write_str("cyclic file"),
            Self::Other(byte) => write!(f, "file with descriptor {byte:02X}"),
        }
    }
}

impl RecordShape {
    /// What follows the descriptor byte: data coding, record length (2), number of records.
    const fn from_descriptor(rest: &[u8]) -> Option<Self> {
        match *rest {
            [_coding, high, low, count] => {
                Some(Self { length: u16::from_be_bytes([high, low]), count })
            }
            _ => None,
        }
    }
}

impl ShortFileId {
    fn from_value(value: Option<&[u8]>) -> Self {
        match value {
            None => Self::Implicit,
            Some(&[byte]) => Sfi::new(byte >> 3).map_or(Self::None, Self::Given),
            Some(_) => Self::None,
        }
    }
}

impl LifeCycle {
    const fn from_value(value: Option<&[u8]>) -> Self {
        match value {
            Some(&[byte @ 0x04..=0x07]) if byte & 0x01 == 0 => Self::Deactivated,
            Some(&[0x0C..=0x0F]) => Self::Terminated,
            _ => Self::Active,
        }
    }
}

/// A PIN status template: `90` is a bit map, from its highest bit on, of the `83` key references
/// that follow (102 221 §11.1.1.4.10).
fn pin_states(value: &[u8]) -> [Option<PinState>; MAX_PINS] {
    let mut states = [None; MAX_PINS];
    let Ok(template) = Template::parse_list(value) else {
        return states;
    };
    let map = template.value(0x90).unwrap_or_default();
    let references = template.primitives().filter_map(|(tag, value)| match (tag, value) {
        (0x83, &[reference]) => Some(PinReference::new(reference)),
        _ => None,
    });
    for (index, (slot, reference)) in states.iter_mut().zip(references).enumerate() {
        let enabled = map.get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0);
        *slot = Some(PinState { reference, enabled });
    }
    states
}

/// A big-endian number; one too large to be a size of anything becomes the largest there is.
fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0_usize, |number, byte| {
        number.checked_mul(256).map_or(usize::MAX, |n| n.saturating_add(usize::from(*byte)))
    })
}

/// Why an answer to SELECT is no FCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FcpError {
    /// It is no well-formed template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The file descriptor, which every file has, is missing.
    #[error("the file descriptor (82) is missing")]
    NoDescriptor,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_transparent_file_as_cards_describe_it() {
        let fcp = Fcp::from_bytes(&[
            0x62, 0x1B, 0x82, 0x02, 0x41, 0x21, 0x83, 0x02, 0x64, 0x32, 0xA5, 0x03, 0xC0, 0x01,
            0x00, 0x8A, 0x01, 0x05, 0x8B, 0x03, 0x6F, 0x06, 0x02, 0x80, 0x02, 0x01, 0x00, 0x88,
            0x00, 0x99,
        ])
        .unwrap();
        assert_eq!(fcp.kind, FileKind::Transparent);
        assert_eq!(fcp.file_id, Some(FileId::new(0x6432)));
        assert_eq!(fcp.size, Some(256));
        assert_eq!(fcp.short_file_id, ShortFileId::None);
        assert_eq!(fcp.life_cycle, LifeCycle::Active);
        let rule = fcp.access_rule.unwrap();
        assert_eq!((rule.file, rule.record), (FileId::new(0x6F06), 2));
    }

    #[test]
    fn a_record_file_tells_its_shape() {
        let fcp = Fcp::from_bytes(&[
            0x62, 0x0A, 0x82, 0x05, 0x42, 0x21, 0x00, 0x26, 0x03, 0x88, 0x01, 0xF0,
        ])
        .unwrap();
        assert_eq!(fcp.kind, FileKind::LinearFixed);
        assert_eq!(fcp.records, Some(RecordShape { length: 38, count: 3 }));
        assert_eq!(fcp.short_file_id, ShortFileId::Given(Sfi::new(0x1E).unwrap()));
        assert_eq!(fcp.size, None);
    }

    #[test]
    fn an_application_lists_its_pins() {
        let fcp = Fcp::from_bytes(&[
            0x62, 0x12, 0x82, 0x02, 0x78, 0x21, 0xC6, 0x0C, 0x90, 0x01, 0x40, 0x83, 0x01, 0x01,
            0x83, 0x01, 0x81, 0x83, 0x01, 0x0A,
        ])
        .unwrap();
        assert_eq!(fcp.kind, FileKind::Directory);
        let pins: Vec<_> = fcp.pins().map(|pin| (pin.reference.to_u8(), pin.enabled)).collect();
        assert_eq!(pins, [(0x01, false), (0x81, true), (0x0A, false)]);
    }

    #[test]
    fn life_cycles_follow_the_table() {
        let life_cycle = |byte: u8| {
            Fcp::from_bytes(&[0x62, 0x07, 0x82, 0x02, 0x41, 0x21, 0x8A, 0x01, byte])
                .unwrap()
                .life_cycle
        };
        for active in [0x00, 0x01, 0x03, 0x05, 0x07] {
            assert_eq!(life_cycle(active), LifeCycle::Active, "{active:02X}");
        }
        assert_eq!([0x04, 0x06].map(life_cycle), [LifeCycle::Deactivated; 2]);
        assert_eq!([0x0C, 0x0D, 0x0E, 0x0F].map(life_cycle), [LifeCycle::Terminated; 4]);
    }

    #[test]
    fn an_absurd_size_does_not_overflow() {
        let fcp = Fcp::from_bytes(&[
            0x62, 0x10, 0x82, 0x02, 0x41, 0x21, 0x80, 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFF, 0xFF, 0xFF, 0xFF,
        ]);
        assert_eq!(fcp.unwrap().size, Some(usize::MAX));
    }

    #[test]
    fn what_is_no_fcp_is_refused() {
        assert_eq!(Fcp::from_bytes(&[0x62, 0x02, 0x82, 0x00]), Err(FcpError::NoDescriptor));
        assert_eq!(Fcp::from_bytes(&[0x62, 0x00]), Err(FcpError::NoDescriptor));
        assert!(matches!(Fcp::from_bytes(&[0x90]), Err(FcpError::Template(_))));
    }

    proptest! {
        #[test]
        fn ft_03_arbitrary_templates_never_panic(
            body in proptest::collection::vec(any::<u8>(), 0..128)
        ) {
            let mut bytes = Vec::from([0x62, u8::try_from(body.len()).unwrap() & 0x7F]);
            bytes.extend(body);
            let _ = Fcp::from_bytes(&bytes);
        }
    }
}
