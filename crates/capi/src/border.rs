// SPDX-License-Identifier: Apache-2.0
//! The border between C and Rust: pointers become references here, and panics stop.

use alloc::boxed::Box;
use core::mem::MaybeUninit;

use crate::error::{Failure, simstrap_error, simstrap_status};

pub(crate) mod text;

/// Runs the body of a function: a failure becomes a status and, where it is wanted, words; a
/// panic goes no further.
///
/// # Safety
/// `error` is `NULL` or points to a `simstrap_error` that nobody else uses meanwhile.
pub(crate) unsafe fn guard(
    error: *mut simstrap_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> simstrap_status {
    let outcome = stop_panic(body).unwrap_or_else(|| Err(Failure::defect()));
    let Err(failure) = outcome else { return simstrap_status::Ok };
    // SAFETY: the caller vouches for it.
    if let Ok(error) = unsafe { place(error, "error") } {
        error.write(failure.shown());
    }
    failure.status
}

/// Runs a body that cannot fail, with something to return in place of a panic.
pub(crate) fn guard_value<R>(otherwise: R, body: impl FnOnce() -> R) -> R {
    stop_panic(body).unwrap_or(otherwise)
}

/// `None` in place of a panic. What a panic leaves behind is refused by the handles themselves.
#[cfg(feature = "std")]
pub(crate) fn stop_panic<R>(body: impl FnOnce() -> R) -> Option<R> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).ok()
}

/// Without the standard library a panic ends in the panic handler and does not return.
#[cfg(not(feature = "std"))]
pub(crate) fn stop_panic<R>(body: impl FnOnce() -> R) -> Option<R> {
    Some(body())
}

/// A truth value in a structure of the caller's, who may have left anything there: `bool` in C.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag(u8);

impl Flag {
    /// Yes or no, as C writes it.
    #[must_use]
    pub const fn new(value: bool) -> Self {
        Self(value as u8)
    }

    pub(crate) fn value(self, name: &str) -> Result<bool, Failure> {
        match self.0 {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Failure::invalid(&alloc::format!("{name} is neither true nor false"))),
        }
    }
}

/// Refuses what is no pointer to a `T`, as far as that can be seen.
fn check<T>(pointer: *const T, name: &str) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err(Failure::null(name));
    }
    if !pointer.is_aligned() {
        return Err(Failure::invalid(&alloc::format!(
            "{name} is not aligned for what it points to"
        )));
    }
    Ok(())
}

/// A reference to what the caller lends.
///
/// # Safety
/// `pointer` is `NULL` or points to a `T` that lives and stays as it is during the call.
pub(crate) unsafe fn borrow<'c, T>(pointer: *const T, name: &str) -> Result<&'c T, Failure> {
    check(pointer, name)?;
    // SAFETY: not NULL and aligned; the caller vouches for the rest.
    Ok(unsafe { &*pointer })
}

/// The same for what may be left out.
///
/// # Safety
/// As for [`borrow`].
pub(crate) unsafe fn optional<'c, T>(
    pointer: *const T,
    name: &str,
) -> Result<Option<&'c T>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller vouches for it.
    unsafe { borrow(pointer, name) }.map(Some)
}

/// A reference to what the caller lends for changing.
///
/// # Safety
/// `pointer` is `NULL` or points to a `T` that lives and is used by nobody else during the call.
pub(crate) unsafe fn borrow_mut<'c, T>(pointer: *mut T, name: &str) -> Result<&'c mut T, Failure> {
    check(pointer, name)?;
    // SAFETY: not NULL and aligned; the caller vouches for the rest.
    Ok(unsafe { &mut *pointer })
}

/// The place for a result. What is in it before may be anything.
///
/// # Safety
/// `pointer` is `NULL` or points to memory for a `T` that nobody else uses during the call.
pub(crate) unsafe fn place<'c, T>(
    pointer: *mut T,
    name: &str,
) -> Result<&'c mut MaybeUninit<T>, Failure> {
    // SAFETY: the caller vouches for it; nothing is asked of what is in the memory.
    unsafe { borrow_mut(pointer.cast(), name) }
}

/// Elements that the caller lends; `NULL` with a count of 0 is none. There can be `most`: longer is
/// nothing of its kind, and what is not there is not looked at.
///
/// # Safety
/// `pointer` is `NULL` or points to `count` elements that live and stay as they are during the call.
pub(crate) unsafe fn elements<'c, T>(
    pointer: *const T,
    count: usize,
    most: usize,
    name: &str,
) -> Result<&'c [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    check(pointer, name)?;
    if count > most {
        return Err(Failure::invalid(&alloc::format!(
            "{name}: {count} are more than the {most} there can be"
        )));
    }
    // SAFETY: not NULL, aligned, not longer than memory can be; the caller vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts(pointer, count) })
}

/// Gives an object to the caller. Nothing is written when there is nowhere to write to.
///
/// # Safety
/// `target` is `NULL` or points to a pointer that may be overwritten.
pub(crate) unsafe fn hand_over<T>(target: *mut *mut T, object: T) -> Result<(), Failure> {
    // SAFETY: the caller vouches for it.
    let target = unsafe { place(target, "the place for the result") }?;
    target.write(Box::into_raw(Box::new(object)));
    Ok(())
}

/// Takes an object back and drops it; the caller's pointer becomes `NULL`, so that freeing twice
/// does nothing.
///
/// # Safety
/// `handle` is `NULL` or points to `NULL` or to what [`hand_over`] gave, not yet taken back.
pub(crate) unsafe fn take_back<T>(handle: *mut *mut T) {
    guard_value((), || {
        // SAFETY: the caller vouches for it.
        let Ok(handle) = (unsafe { borrow_mut(handle, "handle") }) else { return };
        let object = core::mem::replace(handle, core::ptr::null_mut());
        if !object.is_null() {
            // SAFETY: it came from `hand_over`, and the caller's pointer to it is gone now.
            drop(unsafe { Box::from_raw(object) });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::CStr;

    #[test]
    fn a_panic_goes_no_further_than_the_border() {
        let mut error =
            simstrap_error { status: simstrap_status::Ok, message: [0; 256], help: [0; 128] };
        // SAFETY: the error lives, and nobody else uses it.
        let status = unsafe { guard(&raw mut error, || panic!("a defect")) };
        assert_eq!((status, error.status), (simstrap_status::Panic, simstrap_status::Panic));
        // SAFETY: the library has written NUL-terminated text.
        let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
        assert_eq!(message.to_str(), Ok("a defect of simstrap: please report it"));
        assert_eq!(guard_value(7, || panic!("a defect")), 7);
    }

    #[test]
    fn text_is_cut_between_characters_and_always_ends() {
        let mut buffer = [1; 4];
        text::fill(&mut buffer, "abécd");
        assert_eq!(buffer.map(c_char_to_u8), [b'a', b'b', 0, 0]);
        text::fill(&mut buffer, "abcdef");
        assert_eq!(buffer.map(c_char_to_u8), [b'a', b'b', b'c', 0]);
    }

    fn c_char_to_u8(character: core::ffi::c_char) -> u8 {
        let [byte] = character.to_ne_bytes();
        byte
    }
}
