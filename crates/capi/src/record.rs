// SPDX-License-Identifier: Apache-2.0
//! Looking into a record.

use alloc::string::ToString;
use core::ffi::{c_char, c_void};

use ::simstrap_policy::{MAX_RECORD, Record};

use crate::assessment::{decision_of, simstrap_decision};
use crate::border::{self, guard, text};
use crate::error::{Failure, simstrap_error, simstrap_status};
use crate::step::server_number;

/// What a record says of an account.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_recorded_account {
    /// Short server id; 0 is the bootstrap server.
    pub server: u16,
    /// What became of it.
    pub decision: simstrap_decision,
    /// Whether it may be used: it is applied, and no transaction under way changes it.
    pub is_usable: bool,
    /// Instance of object 0.
    pub security_instance: u16,
    /// Whether there is an instance of object 1.
    pub has_server_instance: bool,
    /// Instance of object 1.
    pub server_instance: u16,
    /// Why, NUL-terminated text.
    pub reason: [c_char; 96],
}

/// Is shown an account; returns 0 to go on, anything else to stop.
pub type simstrap_recorded_visitor = Option<
    unsafe extern "C" fn(context: *mut c_void, account: *const simstrap_recorded_account) -> i32,
>;

/// Shows every account of a record, as the store keeps it, to `visitor`. A record has at most 16384
/// bytes.
///
/// # Safety
/// `bytes` points to `length` bytes; `visitor` keeps to its contract; `error` is `NULL` or points to
/// an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_record_each_account(
    bytes: *const u8,
    length: usize,
    visitor: simstrap_recorded_visitor,
    context: *mut c_void,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let bytes = border::elements(bytes, length, MAX_RECORD, "bytes")?;
            let visitor = visitor.ok_or_else(|| Failure::null("visitor"))?;
            let record = Record::from_bytes(bytes)
                .map_err(|error| Failure::of(simstrap_status::MalformedData, &error))?;
            for account in record.accounts() {
                let mut shown = simstrap_recorded_account {
                    server: server_number(account.id),
                    decision: decision_of(account.state),
                    is_usable: record.is_usable(account.id),
                    security_instance: account.security_instance,
                    has_server_instance: account.server_instance.is_some(),
                    server_instance: account.server_instance.unwrap_or(0),
                    reason: [0; 96],
                };
                text::fill(&mut shown.reason, &account.verdict.reason.to_string());
                if visitor(context, &raw const shown) != 0 {
                    break;
                }
            }
            Ok(())
        })
    }
}
