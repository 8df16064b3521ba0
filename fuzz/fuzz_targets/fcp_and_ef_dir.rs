// SPDX-License-Identifier: Apache-2.0
//! Templates of a card: a data object that nobody knows, and what follows the template, changes
//! nothing of what is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use simstrap_bootstrap_data::scp03::apdu::{ApplicationTemplate, Fcp, ReadAccess};

/// A tag that neither an FCP nor an entry of EF DIR has.
const UNKNOWN: [u8; 3] = [0x9D, 0x01, 0x00];

/// The template with an unknown data object at its front, where its length allows that.
fn with_unknown(template: &[u8]) -> Option<Vec<u8>> {
    let (&[tag, length], rest) = template.split_first_chunk()?;
    let longer = length.checked_add(3).filter(|longer| *longer < 0x80)?;
    Some([&[tag, longer], UNKNOWN.as_slice(), rest].concat())
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(fcp) = Fcp::from_bytes(bytes) {
        assert!(fcp.pins().count() <= fcp.pins.len());
        if let Some(longer) = with_unknown(bytes) {
            assert_eq!(Fcp::from_bytes(&longer), Ok(fcp));
        }
    }
    if let Ok(Some(entry)) = ApplicationTemplate::from_record(bytes) {
        let mut filled = bytes.to_vec();
        filled.push(0xFF);
        if filled.len() <= 256 {
            assert_eq!(ApplicationTemplate::from_record(&filled), Ok(Some(entry)));
        }
        if let Some(longer) = with_unknown(bytes).filter(|longer| longer.len() <= 256) {
            assert_eq!(ApplicationTemplate::from_record(&longer), Ok(Some(entry)));
        }
    }
    let _ = ReadAccess::from_access_rule_record(bytes);
});
