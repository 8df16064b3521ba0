// SPDX-License-Identifier: Apache-2.0
//! Bytes to a card and back.

use crate::QuirkSet;

/// A way to a card: one command APDU out, one response APDU back, as raw bytes.
///
/// Implement [`transmit`](Self::transmit); a blocking transport simply does its work in it and
/// never awaits. Wrappers (`&mut T`, [`Metered`]) are transports too.
#[allow(async_fn_in_trait, reason = "single-core devices must not be forced to `Send` futures")]
pub trait Transport {
    /// What can go wrong on the way.
    type Error: TransportError;

    /// Sends `command` and writes the response, data and status word, to the front of
    /// `response`; returns its length in bytes.
    ///
    /// A response longer than the buffer is an error of the transport, never cut.
    ///
    /// # Errors
    /// Whatever keeps the response from arriving whole. The state of the exchange is unknown
    /// then: the card may or may not have executed the command.
    async fn transmit(&mut self, command: &[u8], response: &mut [u8])
    -> Result<usize, Self::Error>;

    /// The most data bytes a response can carry over this transport, at most 256. It may shrink
    /// when an exchange fails.
    fn max_response_data(&self) -> usize {
        256
    }

    /// The most data bytes a command can carry over this transport, at most 255.
    fn max_command_data(&self) -> usize {
        255
    }

    /// What a modem or reader did that the standards would not have it do, so far.
    fn quirks(&self) -> QuirkSet {
        QuirkSet::EMPTY
    }
}

/// An error of a [`Transport`] that generic code can act on.
pub trait TransportError: core::error::Error + 'static {
    /// Its kind.
    fn kind(&self) -> TransportErrorKind;
}

/// What an error of a transport means for the card behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There is no card: certain, not merely likely.
    NoCard,
    /// The card was reset, by another program or by losing power: channels and sessions are gone.
    CardReset,
    /// No answer in time; whether there is a card is unknown.
    Timeout,
    /// The way to the card is not there or in use: no reader, no service, held exclusively.
    Unavailable,
    /// Anything else.
    Other,
}

impl TransportError for core::convert::Infallible {
    fn kind(&self) -> TransportErrorKind {
        match *self {}
    }
}

/// A transport from a blocking function: the command in, the response written to the front of
/// the buffer, its length out.
pub const fn from_fn<F, E>(transmit: F) -> FromFn<F>
where
    F: FnMut(&[u8], &mut [u8]) -> Result<usize, E>,
    E: TransportError,
{
    FromFn { transmit }
}

/// The transport that [`from_fn`] makes.
pub struct FromFn<F> {
    transmit: F,
}

impl<F> core::fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}

impl<F, E> Transport for FromFn<F>
where
    F: FnMut(&[u8], &mut [u8]) -> Result<usize, E>,
    E: TransportError,
{
    type Error = E;

    async fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, E> {
        (self.transmit)(command, response)
    }
}

impl<T: Transport> Transport for &mut T {
    type Error = T::Error;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, Self::Error> {
        T::transmit(self, command, response).await
    }

    fn max_response_data(&self) -> usize {
        T::max_response_data(self)
    }

    fn max_command_data(&self) -> usize {
        T::max_command_data(self)
    }

    fn quirks(&self) -> QuirkSet {
        T::quirks(self)
    }
}

/// What went over a transport so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Command–response pairs, failed ones too.
    pub apdus: u64,
    /// Bytes of command APDUs.
    pub bytes_sent: u64,
    /// Bytes of response APDUs.
    pub bytes_received: u64,
}

/// A transport that counts what goes over it.
#[derive(Debug)]
pub struct Metered<T> {
    transport: T,
    cost: Cost,
}

impl<T> Metered<T> {
    /// Starts counting at zero.
    #[must_use]
    pub const fn new(transport: T) -> Self {
        Self { transport, cost: Cost { apdus: 0, bytes_sent: 0, bytes_received: 0 } }
    }

    /// What went over it so far.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// The transport inside.
    #[must_use]
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Gives the transport back.
    #[must_use]
    pub fn into_transport(self) -> T {
        self.transport
    }
}

impl<T: Transport> Transport for Metered<T> {
    type Error = T::Error;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, Self::Error> {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.cost.apdus += 1;
        self.cost.bytes_sent += count(command.len());
        let length = self.transport.transmit(command, response).await?;
        self.cost.bytes_received += count(length);
        Ok(length)
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
