// SPDX-License-Identifier: Apache-2.0
//! Text to C and from C.

use core::ffi::{CStr, c_char};

use crate::error::Failure;

/// Fills a buffer with text and NUL; what does not fit is cut between two characters.
pub(crate) fn fill(target: &mut [c_char], text: &str) {
    let room = target.len().saturating_sub(1);
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let bytes = text.as_bytes().iter().take(end).filter(|byte| **byte != 0);
    let padded = bytes.copied().chain(core::iter::repeat(0));
    for (to, from) in target.iter_mut().zip(padded) {
        *to = c_char::from_ne_bytes([from]);
    }
}

/// Text that the caller lends; `None` for `NULL`.
///
/// # Safety
/// `pointer` is `NULL` or points to NUL-terminated text that stays as it is during the call.
pub(crate) unsafe fn lent<'c>(
    pointer: *const c_char,
    name: &str,
) -> Result<Option<&'c str>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; the caller vouches for the rest.
    let text = unsafe { CStr::from_ptr(pointer) };
    let not_text = |_| Failure::invalid(&alloc::format!("{name} is no UTF-8"));
    text.to_str().map(Some).map_err(not_text)
}
