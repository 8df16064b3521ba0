// SPDX-License-Identifier: Apache-2.0
//! The border between C and Rust: pointers become references here, and panics stop.

use alloc::boxed::Box;

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
    let outcome = stop_panic(body).unwrap_or_else(|| {
        let message = "a defect of simstrap: please report it";
        Err(Failure::new(simstrap_status::Panic, message))
    });
    let Err(failure) = outcome else { return simstrap_status::Ok };
    // SAFETY: the caller vouches for it.
    if let Some(error) = unsafe { error.as_mut() } {
        failure.write_to(error);
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

/// A reference to what the caller lends.
///
/// # Safety
/// `pointer` is `NULL` or points to a `T` that lives and stays as it is during the call.
pub(crate) unsafe fn borrow<'c, T>(pointer: *const T, name: &str) -> Result<&'c T, Failure> {
    // SAFETY: the caller vouches for it.
    unsafe { pointer.as_ref() }.ok_or_else(|| Failure::null(name))
}

/// A reference to what the caller lends for writing.
///
/// # Safety
/// `pointer` is `NULL` or points to a `T` that lives and is used by nobody else during the call.
pub(crate) unsafe fn borrow_mut<'c, T>(pointer: *mut T, name: &str) -> Result<&'c mut T, Failure> {
    // SAFETY: the caller vouches for it.
    unsafe { pointer.as_mut() }.ok_or_else(|| Failure::null(name))
}

/// Bytes that the caller lends; `NULL` with length 0 is none.
///
/// # Safety
/// `pointer` is `NULL` or points to `length` bytes that live and stay as they are during the call.
pub(crate) unsafe fn bytes<'c>(
    pointer: *const u8,
    length: usize,
    name: &str,
) -> Result<&'c [u8], Failure> {
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Failure::null(name)),
        (false, length) if length > isize::MAX.cast_unsigned() => {
            Err(Failure::invalid("a length is beyond all memory"))
        }
        // SAFETY: not NULL, not longer than memory can be; the caller vouches for the rest.
        (false, _) => Ok(unsafe { core::slice::from_raw_parts(pointer, length) }),
    }
}

/// Gives an object to the caller. Nothing is written when there is nowhere to write to.
///
/// # Safety
/// `target` is `NULL` or points to a pointer that may be overwritten.
pub(crate) unsafe fn hand_over<T>(target: *mut *mut T, object: T) -> Result<(), Failure> {
    // SAFETY: the caller vouches for it.
    let target = unsafe { borrow_mut(target, "the place for the result") }?;
    *target = Box::into_raw(Box::new(object));
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
        let Some(handle) = (unsafe { handle.as_mut() }) else { return };
        let object = core::mem::replace(handle, core::ptr::null_mut());
        if !object.is_null() {
            // SAFETY: it came from `hand_over`, and the caller's pointer to it is gone now.
            drop(unsafe { Box::from_raw(object) });
        }
    });
}
