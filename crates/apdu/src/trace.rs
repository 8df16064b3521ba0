// SPDX-License-Identifier: Apache-2.0
//! A transport that writes down what goes over another one: as a readable log, or as GSMTAP packets
//! that Wireshark decodes.
//!
//! What may be secret is masked before any recorder gets it: PINs, what is written, what is read
//! from files other than the card's identity and its list of applications. Lengths stay as they are.

mod gsmtap;
mod log;
mod mask;

pub use gsmtap::{GSMTAP_PORT, GsmtapSocket, PcapFile};
pub use log::TextLog;

use std::fmt;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::mask::Mask;
use crate::{QuirkSet, Transport};

/// One command and what came of it, as a recorder gets it.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'e> {
    /// When the command was sent, since the beginning of 1970; `None` without a clock.
    pub sent: Option<Duration>,
    /// When the response came.
    pub received: Option<Duration>,
    /// The command. Its data field is [`MASKED`] bytes where it may be secret.
    pub command: &'e [u8],
    /// The response, masked likewise, or why there is none.
    pub response: Result<&'e [u8], &'e str>,
    /// Whether the data field of the command is masked.
    pub command_masked: bool,
    /// Whether the data field of the response is masked.
    pub response_masked: bool,
}

/// What stands in place of bytes that may be secret.
pub const MASKED: u8 = 0x2A;

/// Something that writes exchanges down.
pub trait Record {
    /// Writes one down.
    ///
    /// # Errors
    /// When it cannot be written.
    fn record(&mut self, exchange: &Exchange<'_>) -> io::Result<()>;
}

impl<R: Record + ?Sized> Record for Box<R> {
    fn record(&mut self, exchange: &Exchange<'_>) -> io::Result<()> {
        R::record(self, exchange)
    }
}

/// Each in turn.
impl<R: Record> Record for Vec<R> {
    fn record(&mut self, exchange: &Exchange<'_>) -> io::Result<()> {
        self.iter_mut().map(|recorder| recorder.record(exchange)).fold(Ok(()), Result::and)
    }
}

/// Whether a record shows what may be secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrets {
    /// It does not.
    #[default]
    Masked,
    /// It does: everything as it is.
    Shown,
}

/// The time since the beginning of 1970, for [`Traced::new`].
#[must_use]
pub fn system_time() -> Option<Duration> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok()
}

/// A transport whose exchanges are written down.
///
/// ```
/// use std::convert::Infallible;
/// use simstrap_apdu::trace::{Secrets, TextLog, Traced};
/// use simstrap_apdu::{Transport, blocking, from_fn};
///
/// let card = from_fn(|_: &[u8], response: &mut [u8]| {
///     response[..3].copy_from_slice(&[0x01, 0x90, 0x00]);
///     Ok::<usize, Infallible>(3)
/// });
/// let mut log = Vec::new();
/// let mut traced = Traced::new(card, TextLog::new(&mut log), Secrets::Masked, || None);
/// blocking::run(traced.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01], &mut [0; 3]))??;
/// drop(traced);
/// assert_eq!(log, b"> 00 70 00 00 01   MANAGE CHANNEL\n< 01 90 00\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Traced<T, R> {
    transport: T,
    recorder: R,
    mask: Mask,
    clock: fn() -> Option<Duration>,
    failure: Option<io::Error>,
}

impl<T, R: Record> Traced<T, R> {
    /// Writes down what goes over `transport`, with the times that `clock` tells.
    pub fn new(
        transport: T,
        recorder: R,
        secrets: Secrets,
        clock: fn() -> Option<Duration>,
    ) -> Self {
        Self { transport, recorder, mask: Mask::new(secrets), clock, failure: None }
    }

    /// The transport inside.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The first failure to write an exchange down, once. It does not disturb the exchanges.
    pub const fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}

impl<T: Transport, R: Record> Transport for Traced<T, R> {
    type Error = T::Error;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, Self::Error> {
        let sent = (self.clock)();
        let result = self.transport.transmit(command, response).await;
        let received = (self.clock)();
        let whole = match &result {
            Ok(length) => Ok(response.get(..*length).unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        };
        let masked = self.mask.apply(command, whole.as_ref().copied().unwrap_or_default());
        let exchange = Exchange {
            sent,
            received,
            command: &masked.command,
            response: match &whole {
                Ok(_) => Ok(&masked.response),
                Err(text) => Err(text),
            },
            command_masked: masked.command_masked,
            response_masked: masked.response_masked,
        };
        if let Err(error) = self.recorder.record(&exchange) {
            self.failure.get_or_insert(error);
        }
        result
    }

    fn max_response_data(&self) -> usize {
        self.transport.max_response_data()
    }

    fn max_command_data(&self) -> usize {
        self.transport.max_command_data()
    }

    fn quirks(&self) -> QuirkSet {
        self.transport.quirks()
    }
}

impl<T: fmt::Debug, R> fmt::Debug for Traced<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced").field("transport", &self.transport).finish_non_exhaustive()
    }
}
