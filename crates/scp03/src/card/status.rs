// SPDX-License-Identifier: Apache-2.0
//! Status words the secure channel answers with, and responses made of them.

use alloc::vec::Vec;

use super::Received;

pub(super) const SUCCESS: u16 = 0x9000;
/// The host cryptogram is wrong (Amendment D §7.1.2).
pub(super) const AUTHENTICATION_FAILED: u16 = 0x6300;
pub(super) const WRONG_LENGTH: u16 = 0x6700;
pub(super) const CHANNEL_NOT_SUPPORTED: u16 = 0x6881;
pub(super) const SECURE_MESSAGING_NOT_SUPPORTED: u16 = 0x6882;
pub(super) const SECURITY_STATUS: u16 = 0x6982;
pub(super) const BLOCKED: u16 = 0x6983;
pub(super) const CONDITIONS: u16 = 0x6985;
pub(super) const SECURE_MESSAGING: u16 = 0x6988;
pub(super) const WRONG_PARAMETERS: u16 = 0x6A86;
pub(super) const REFERENCE_NOT_FOUND: u16 = 0x6A88;

pub(super) fn answer(status: u16) -> Received {
    Received::Answer(response(&[], status))
}

pub(super) fn response(data: &[u8], status: u16) -> Vec<u8> {
    [data, &status.to_be_bytes()].concat()
}
