// SPDX-License-Identifier: Apache-2.0
//! The byte stream to a modem.

use core::time::Duration;

use crate::TransportError;

/// A byte stream to a modem, and a clock.
///
/// A blocking stream does its work in these methods and never awaits.
#[allow(async_fn_in_trait, reason = "single-core devices must not be forced to `Send` futures")]
pub trait Line {
    /// What can go wrong with the stream. Silence is no error.
    type Error: TransportError;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// When they cannot be written, or not in reasonable time.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Waits at most `timeout` for something to read, and reads what is there into the front of
    /// `buffer`. Returns the number of bytes, 0 after the time. A `timeout` of zero takes what has
    /// already arrived.
    ///
    /// # Errors
    /// When the stream has ended or is broken.
    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Self::Error>;

    /// The time since some moment of the line's own choice; it never goes back.
    fn now(&self) -> Duration;
}

impl<L: Line> Line for &mut L {
    type Error = L::Error;

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        L::write(self, bytes).await
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Self::Error> {
        L::read(self, buffer, timeout).await
    }

    fn now(&self) -> Duration {
        L::now(self)
    }
}
