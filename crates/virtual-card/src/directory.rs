// SPDX-License-Identifier: Apache-2.0
//! The files that lead to others: EF DIR, EF ARR, and those of PKCS#15
//! (102 221 §9.2, §13.1; PKCS#15 v1.1 §5.5, §6).

use crate::ber::{constructed, primitive, unsigned};
use crate::description::{ApplicationDescription, DirectoryEntry, PathForm};
use crate::fcp::READ_RULES;
use crate::files::{CURRENT_APPLICATION, MASTER_FILE, ReadRule, UpdateRule};
use crate::pins::{ADM1, PIN_LENGTH, Pin};

/// EF DIR, EF ICCID and EF ARR of the master file.
pub(crate) const EF_DIR: u16 = 0x2F00;
pub(crate) const EF_ICCID: u16 = 0x2FE2;
/// EF ODF, EF TokenInfo, EF AODF and EF DODF of the application.
pub(crate) const EF_ODF: u16 = 0x5031;
pub(crate) const EF_TOKEN_INFO: u16 = 0x5032;
pub(crate) const EF_AODF: u16 = 0x4401;
pub(crate) const EF_DODF: u16 = 0x6430;
/// Further files that quirks make.
pub(crate) const EF_SECOND_DODF: u16 = 0x6431;
pub(crate) const EF_SECOND_BOOTSTRAP: u16 = 0x6433;
pub(crate) const EF_EMPTY_DODF: u16 = 0x6434;

/// Short file identifiers (102 221 §13; ISO 7816-15 §8).
pub(crate) const SFI_DIR: u8 = 0x1E;
pub(crate) const SFI_ICCID: u8 = 0x02;
pub(crate) const SFI_ODF: u8 = 0x11;
pub(crate) const SFI_TOKEN_INFO: u8 = 0x12;

/// Names the PIN of the application in the directory files.
const AUTHENTICATION_ID: u8 = 1;
/// LwM2M bootstrap data: 2.23.43.9.1.
const BOOTSTRAP_OID: [u8; 4] = [0x67, 0x2B, 0x09, 0x01];

// ASN.1 tags.
const INTEGER: usize = 0x02;
const BIT_STRING: usize = 0x03;
const OCTET_STRING: usize = 0x04;
const OBJECT_IDENTIFIER: usize = 0x06;
const ENUMERATED: usize = 0x0A;
const UTF8_STRING: usize = 0x0C;
const SEQUENCE: usize = 0x30;

/// Whether a file under the master file has this identifier.
pub(crate) const fn is_master_file_id(id: u16) -> bool {
    matches!(id, EF_DIR | EF_ICCID | crate::fcp::ACCESS_RULES_OF_MASTER_FILE)
}

/// Whether a file of the application has this identifier, with some quirk or other.
pub(crate) const fn is_application_id(id: u16) -> bool {
    matches!(
        id,
        EF_ODF
            | EF_TOKEN_INFO
            | EF_AODF
            | EF_DODF
            | EF_SECOND_DODF
            | EF_SECOND_BOOTSTRAP
            | EF_EMPTY_DODF
            | crate::fcp::ACCESS_RULES_OF_APPLICATION
    )
}

/// Whether a file of the application has this short identifier.
pub(crate) const fn is_short_id(id: u8) -> bool {
    matches!(id, SFI_ODF | SFI_TOKEN_INFO)
}

/// A record of EF DIR, without filler.
pub(crate) fn application_template(aid: &[u8], label: &str) -> Vec<u8> {
    constructed(0x61, &[primitive(0x4F, aid), primitive(0x50, label.as_bytes())])
}

/// The records of EF ARR, in the order of [`READ_RULES`].
pub(crate) fn access_rules(pin: &Pin) -> Vec<Vec<u8>> {
    const READ: u8 = 0x01;
    const UPDATE: u8 = 0x02;
    let rule = |read, update| {
        let reading = match read {
            ReadRule::Always => primitive(0x90, &[]),
            ReadRule::Pin => user(pin.reference),
            ReadRule::Never => primitive(0x97, &[]),
            ReadRule::SecureChannel => secure_messaging(),
        };
        let writing = match update {
            UpdateRule::Adm => user(ADM1),
            UpdateRule::SecureChannel => secure_messaging(),
        };
        let for_reading = [primitive(0x80, &[READ]), reading].concat();
        let for_writing = [primitive(0x80, &[UPDATE]), writing].concat();
        [for_reading, for_writing].concat()
    };
    let rules = [UpdateRule::Adm, UpdateRule::SecureChannel]
        .into_iter()
        .flat_map(|update| READ_RULES.map(|read| rule(read, update)));
    filled_records(rules.collect(), 0)
}

/// Whoever verified this PIN.
fn user(reference: u8) -> Vec<u8> {
    let key = primitive(0x83, &[reference]);
    constructed(0xA4, &[key, primitive(0x95, &[0x08])])
}

/// Whoever sends commands with a checksum, and takes responses with one (ISO 7816-4, usage
/// qualifier of a control reference template).
fn secure_messaging() -> Vec<u8> {
    constructed(0xB4, &[primitive(0x95, &[0x30])])
}

/// Records of equal length, at least this, filled up with `FF`.
pub(crate) fn filled_records(mut records: Vec<Vec<u8>>, least: usize) -> Vec<Vec<u8>> {
    let longest = records.iter().map(Vec::len).max().unwrap_or(0).max(least);
    for record in &mut records {
        record.resize(longest, 0xFF);
    }
    records
}

/// Writes the entries of EF ODF and EF DODF.
pub(crate) struct Directory<'a> {
    pub(crate) application: &'a ApplicationDescription,
    pub(crate) entry: DirectoryEntry,
    pub(crate) path: PathForm,
    pub(crate) double_encoded_oid: bool,
}

impl Directory<'_> {
    /// The path to a file of the application, and the part of it that counts: index and length.
    pub(crate) fn path(&self, file: u16, part: Option<(usize, usize)>) -> Vec<u8> {
        let ids: &[u16] = match self.path {
            PathForm::FileId => &[file],
            PathForm::MasterFile => &[MASTER_FILE, self.application.file_id, file],
            PathForm::Application => &[CURRENT_APPLICATION, file],
        };
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
        let mut path = primitive(OCTET_STRING, &bytes);
        if let Some((index, length)) = part {
            let integer = |number| unsigned(u32::try_from(number).unwrap_or(u32::MAX));
            path.extend(primitive(INTEGER, &integer(index)));
            path.extend(primitive(0x80, &integer(length)));
        }
        constructed(SEQUENCE, &[path])
    }

    /// The entry of EF DODF for a bootstrap file. One that takes the PIN is marked private.
    pub(crate) fn bootstrap_object(&self, path: Vec<u8>, private: bool) -> Vec<u8> {
        let mut common = Vec::new();
        if private {
            common.extend(primitive(BIT_STRING, &[0x07, 0x80]));
            common.extend(primitive(OCTET_STRING, &[AUTHENTICATION_ID]));
        }
        let common = constructed(SEQUENCE, &[common]);
        let name = primitive(UTF8_STRING, b"LwM2M Bootstrap");
        match self.entry {
            DirectoryEntry::Oid => {
                let attributes = constructed(SEQUENCE, &[name]);
                let value = constructed(SEQUENCE, &[self.oid(), path]);
                constructed(0xA1, &[common, attributes, constructed(0xA1, &[value])])
            }
            DirectoryEntry::Opaque => {
                let attributes = constructed(SEQUENCE, &[name, self.oid()]);
                constructed(SEQUENCE, &[common, attributes, constructed(0xA1, &[path])])
            }
        }
    }

    fn oid(&self) -> Vec<u8> {
        let oid = primitive(OBJECT_IDENTIFIER, &BOOTSTRAP_OID);
        if self.double_encoded_oid { primitive(OBJECT_IDENTIFIER, &oid) } else { oid }
    }

    /// The entry of EF ODF for a directory of data objects.
    pub(crate) fn data_objects_at(&self, file: u16) -> Vec<u8> {
        constructed(0xA7, &[self.path(file, None)])
    }

    /// The entry of EF ODF that holds data objects itself.
    pub(crate) fn data_objects(&self, entries: Vec<u8>) -> Vec<u8> {
        constructed(0xA7, &[constructed(0xA0, &[entries])])
    }

    /// The entries of EF ODF for private keys and for certificates.
    pub(crate) fn keys_and_certificates(&self) -> Vec<u8> {
        let keys = constructed(0xA0, &[self.path(0x4402, None)]);
        let certificates = constructed(0xA5, &[self.path(0x4404, None)]);
        [keys, certificates].concat()
    }

    /// The entry of EF ODF for the directory of PINs.
    pub(crate) fn authentication_objects_at(&self, file: u16) -> Vec<u8> {
        constructed(0xA8, &[self.path(file, None)])
    }
}

/// EF AODF: the PIN (PKCS#15 v1.1 §6.9).
pub(crate) fn authentication_objects(pin: &Pin) -> Vec<u8> {
    const LOCAL: u8 = 0x40;
    const INITIALIZED: u8 = 0x08;
    const NEEDS_PADDING: u8 = 0x04;
    const ASCII_NUMERIC: u8 = 1;
    let local = if pin.is_local() { LOCAL } else { 0 };
    let flags = local | INITIALIZED | NEEDS_PADDING;
    let stored = unsigned(u32::try_from(PIN_LENGTH).unwrap_or(0));
    let attributes = constructed(
        SEQUENCE,
        &[
            primitive(BIT_STRING, &[0x02, flags]),
            primitive(ENUMERATED, &[ASCII_NUMERIC]),
            primitive(INTEGER, &unsigned(4)),
            primitive(INTEGER, &stored),
            primitive(INTEGER, &stored),
            primitive(0x80, &unsigned(pin.reference.into())),
            primitive(OCTET_STRING, &[0xFF]),
        ],
    );
    let label = primitive(UTF8_STRING, b"PIN");
    let id = primitive(OCTET_STRING, &[AUTHENTICATION_ID]);
    constructed(
        SEQUENCE,
        &[
            constructed(SEQUENCE, &[label]),
            constructed(SEQUENCE, &[id]),
            constructed(0xA1, &[attributes]),
        ],
    )
}

/// EF TokenInfo, which PKCS#15 demands: version, serial number, maker, label, no flags.
pub(crate) fn token_info(serial_number: &[u8], label: &str) -> Vec<u8> {
    constructed(
        SEQUENCE,
        &[
            primitive(INTEGER, &[0x00]),
            primitive(OCTET_STRING, serial_number),
            primitive(UTF8_STRING, b"simstrap"),
            primitive(0x80, label.as_bytes()),
            primitive(BIT_STRING, &[0x00]),
        ],
    )
}

#[cfg(test)]
mod tests;
