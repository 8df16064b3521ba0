// SPDX-License-Identifier: Apache-2.0
//! The blocking face: runs the one, asynchronous implementation over a transport that blocks.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// Runs a future that never waits: one over a blocking transport.
///
/// ```
/// use core::convert::Infallible;
/// use simstrap_apdu::{LogicalChannel, blocking, from_fn};
///
/// // A reader would send `command` to a card; this one always gives channel 1.
/// let reader = from_fn(|_command: &[u8], response: &mut [u8]| {
///     response[..3].copy_from_slice(&[0x01, 0x90, 0x00]);
///     Ok::<usize, Infallible>(3)
/// });
/// let mut channel = LogicalChannel::new(reader);
/// let number = blocking::run(channel.open())??;
/// assert_eq!(number.to_u8(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WouldWait`] when the future waits for something after all: its transport is asynchronous
/// and needs an executor. The future is dropped then.
pub fn run<F: Future>(future: F) -> Result<F::Output, WouldWait> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(WouldWait),
    }
}

/// The transport is asynchronous: run the future on an executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the transport is asynchronous: run this on an executor instead of the blocking face")]
pub struct WouldWait;
