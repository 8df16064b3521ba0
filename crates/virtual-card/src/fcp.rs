// SPDX-License-Identifier: Apache-2.0
//! File control parameters: the answer to SELECT (102 221 §11.1.1.3).

use crate::ber::{constructed, primitive};
use crate::files::{
    CURRENT_APPLICATION, Content, File, FileIndex, MASTER_FILE, ReadRule, RecordStructure,
    UpdateRule,
};
use crate::pins::Pin;

/// Tag of a template with the file control parameters.
pub(crate) const FCP_TEMPLATE: usize = 0x62;
/// Tag of a template with file control information, which is the same here (ISO 7816-4 §7.4).
pub(crate) const FCI_TEMPLATE: usize = 0x6F;

/// EF ARR of the master file, and of applications.
pub(crate) const ACCESS_RULES_OF_MASTER_FILE: u16 = 0x2F06;
pub(crate) const ACCESS_RULES_OF_APPLICATION: u16 = 0x6F06;

/// The rules for reading, in the order of the records of each EF ARR; first with ADM1 for
/// writing, then the same with a secure channel for it.
pub(crate) const READ_RULES: [ReadRule; 4] =
    [ReadRule::Always, ReadRule::Pin, ReadRule::Never, ReadRule::SecureChannel];

/// The template of a file, in the order of data objects that the standard has.
pub(crate) fn template(tag: usize, file: &File, pin: &Pin) -> Vec<u8> {
    let mut body = primitive(0x82, &descriptor(&file.content));
    let id = file.id.unwrap_or(CURRENT_APPLICATION);
    body.extend(primitive(0x83, &id.to_be_bytes()));
    if let Some(aid) = file.aid() {
        body.extend(primitive(0x84, aid));
    }
    body.extend(constructed(0xA5, &[proprietary(file)]));
    body.extend(primitive(0x8A, &[life_cycle(file)]));
    body.extend(primitive(0x8B, &access_rule(file)));
    match &file.content {
        Content::Directory { .. } => body.extend(primitive(0xC6, &pin_status(pin))),
        Content::Transparent(bytes) => {
            body.extend(primitive(0x80, &size(bytes.len() + file.overstated_by)));
        }
        Content::Records { records, .. } => {
            body.extend(primitive(0x80, &size(records.iter().map(Vec::len).sum())));
        }
    }
    if !file.is_directory() {
        // An empty value: no short identifier, not even the implicit one.
        let short_id: Vec<u8> = file.short_id.iter().map(|number| number << 3).collect();
        body.extend(primitive(0x88, &short_id));
    }
    constructed(tag, &[body])
}

/// File descriptor byte, data coding byte, and for records their length and number.
fn descriptor(content: &Content) -> Vec<u8> {
    const DATA_CODING: u8 = 0x21;
    match content {
        Content::Directory { .. } => vec![0x78, DATA_CODING],
        Content::Transparent(_) => vec![0x41, DATA_CODING],
        Content::Records { structure, records } => {
            let descriptor = match structure {
                RecordStructure::LinearFixed => 0x42,
                RecordStructure::Cyclic => 0x46,
            };
            let [high, low] = low_bytes(records.first().map_or(0, Vec::len));
            let [_, count] = low_bytes(records.len());
            vec![descriptor, DATA_CODING, high, low, count]
        }
    }
}

/// UICC characteristics for the master file, special file information for all others: both say
/// no more than what holds by default (102 221 §11.1.1.4.6).
fn proprietary(file: &File) -> Vec<u8> {
    match file.id {
        Some(MASTER_FILE) => primitive(0x80, &[0x71]),
        _ => primitive(0xC0, &[0x00]),
    }
}

const fn life_cycle(file: &File) -> u8 {
    if file.deactivated { 0x04 } else { 0x05 }
}

/// The file of access rules and the record for this file.
fn access_rule(file: &File) -> [u8; 3] {
    let at_master_file = file.parent == FileIndex::MASTER_FILE;
    let rules =
        if at_master_file { ACCESS_RULES_OF_MASTER_FILE } else { ACCESS_RULES_OF_APPLICATION };
    let before = READ_RULES.into_iter().take_while(|rule| *rule != file.read).count()
        + match file.update {
            UpdateRule::Adm => 0,
            UpdateRule::SecureChannel => READ_RULES.len(),
        };
    let [high, low] = rules.to_be_bytes();
    let [_, record] = low_bytes(before + 1);
    [high, low, record]
}

/// PIN status template: a bit map of the PINs that are enabled, then their references.
fn pin_status(pin: &Pin) -> Vec<u8> {
    let map = if pin.enabled { 0x80 } else { 0x00 };
    let mut status = primitive(0x90, &[map]);
    status.extend(primitive(0x83, &[pin.reference]));
    status
}

/// At least two bytes, as the standard has it.
fn size(bytes: usize) -> [u8; 2] {
    low_bytes(bytes)
}

/// Every length here is bounded by the 32 KiB of a file.
fn low_bytes(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}
