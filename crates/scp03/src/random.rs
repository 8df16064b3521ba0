// SPDX-License-Identifier: Apache-2.0
//! Random bytes for the host's challenge.

use core::fmt;

/// Fills a buffer with random bytes of the operating system.
///
/// # Errors
/// [`RandomError`] when it has none.
#[cfg(feature = "std")]
pub fn os_random(buffer: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(buffer).map_err(|error| RandomError { code: error.raw_os_error() })
}

/// A source of random bytes has none to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomError {
    /// The error code of the operating system or the hardware, where there is one.
    pub code: Option<i32>,
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are no random bytes")?;
        match self.code {
            Some(code) => write!(f, " (error {code})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for RandomError {}
