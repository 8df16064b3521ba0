// SPDX-License-Identifier: Apache-2.0
//! Text to C and from C.

use core::ffi::c_char;

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

/// Text of at most so many bytes that the caller lends; `None` for `NULL`. What comes after them is
/// not looked at.
///
/// # Safety
/// `pointer` is `NULL` or points to NUL-terminated text that stays as it is during the call.
pub(crate) unsafe fn lent<'c>(
    pointer: *const c_char,
    most: usize,
    name: &str,
) -> Result<Option<&'c str>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; the caller vouches that there is memory up to the first NUL.
    let is_end = |at: &usize| unsafe { pointer.add(*at).read() } == 0;
    let length = (0..=most).find(is_end).ok_or_else(|| {
        Failure::invalid(&alloc::format!("{name} is longer than {most} bytes, or does not end"))
    })?;
    // SAFETY: so many bytes were looked at.
    let bytes = unsafe { core::slice::from_raw_parts(pointer.cast(), length) };
    let not_text = |_| Failure::invalid(&alloc::format!("{name} is no UTF-8"));
    core::str::from_utf8(bytes).map(Some).map_err(not_text)
}
