// SPDX-License-Identifier: Apache-2.0
//! A way to a card, given by callbacks.

use core::ffi::c_void;
use core::fmt;

use ::simstrap_policy::bootstrap_data::scp03::RandomError;
use ::simstrap_policy::bootstrap_data::scp03::apdu::{
    Transport, TransportError, TransportErrorKind,
};

use crate::defect;
use crate::error::Failure;

/// What came of sending a command to the card.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_transmission {
    /// The response is there.
    Done = 0,
    /// There is no card: certain, not merely likely. What came from it will be deleted.
    NoCard = 1,
    /// The card was reset: channels and sessions are gone.
    CardReset = 2,
    /// No answer in time; whether there is a card is unknown.
    Timeout = 3,
    /// The way to the card is not there or in use.
    Unavailable = 4,
    /// Anything else.
    Failed = 5,
}

/// Sends a command APDU to the card and waits for the response APDU, data and status word.
///
/// `command`, `command_length`: what to send; it may hold a PIN, so do not keep or log it.
/// `response`, `capacity`: where the response goes; `response_length`: receives its length. A
/// response longer than `capacity` is `SIMSTRAP_TRANSMISSION_FAILED`, never cut.
///
/// Returns one of `simstrap_transmission`; any other number counts as `..._FAILED`.
pub type simstrap_transmit = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        command: *const u8,
        command_length: usize,
        response: *mut u8,
        capacity: usize,
        response_length: *mut usize,
    ) -> i32,
>;

/// Fills `buffer` with `length` unpredictable bytes; returns 0, or anything else when there are
/// none.
pub type simstrap_random =
    Option<unsafe extern "C" fn(context: *mut c_void, buffer: *mut u8, length: usize) -> i32>;

/// A way to a card. The caller owns it; functions copy it, and call it during the call they were
/// given it in, a client until it is freed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_card {
    /// Handed to `transmit`, otherwise left alone.
    pub context: *mut c_void,
    /// Has to be given.
    pub transmit: simstrap_transmit,
    /// The most data bytes a response can carry over this way, 1 to 256; 0 is 256.
    pub max_response_data: usize,
    /// The most data bytes a command can carry over this way, 1 to 255; 0 is 255.
    pub max_command_data: usize,
}

type Transmit =
    unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut u8, usize, *mut usize) -> i32;

/// A card that was checked: there is a callback.
pub(crate) struct Card {
    context: *mut c_void,
    transmit: Transmit,
    max_response_data: usize,
    max_command_data: usize,
}

impl Card {
    /// Nothing is called yet; the caller of the C function vouches that the callback keeps to its
    /// contract.
    pub(crate) fn new(card: &simstrap_card) -> Result<Self, Failure> {
        let transmit = card.transmit.ok_or_else(|| Failure::null("card.transmit"))?;
        let bound = |given: usize, most: usize| match given {
            0 => Ok(most),
            given if given <= most => Ok(given),
            _ => Err(Failure::invalid("a card carries at most 256 bytes back and 255 there")),
        };
        Ok(Self {
            context: card.context,
            transmit,
            max_response_data: bound(card.max_response_data, 256)?,
            max_command_data: bound(card.max_command_data, 255)?,
        })
    }
}

/// A callback said that it failed, or did what it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransmitError {
    Said(TransportErrorKind),
    /// More bytes than there was room for.
    TooLong {
        length: usize,
        capacity: usize,
    },
}

impl fmt::Display for TransmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Said(TransportErrorKind::NoCard) => "there is no card",
            Self::Said(TransportErrorKind::CardReset) => "the card was reset",
            Self::Said(TransportErrorKind::Timeout) => "no answer in time",
            Self::Said(TransportErrorKind::Unavailable) => "the way to the card is not available",
            Self::Said(_) => "the transmission failed",
            Self::TooLong { length, capacity } => {
                return write!(f, "the callback claims {length} bytes where {capacity} have room");
            }
        })
    }
}

impl core::error::Error for TransmitError {}

impl TransportError for TransmitError {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::Said(kind) => *kind,
            Self::TooLong { .. } => TransportErrorKind::Other,
        }
    }
}

impl Transport for Card {
    type Error = TransmitError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, TransmitError> {
        let mut length = 0;
        let (capacity, target) = (response.len(), response.as_mut_ptr());
        // SAFETY: the pointers are valid for their lengths during the call; whoever gave the
        // callback vouches that it writes no further.
        let outcome = unsafe {
            (self.transmit)(
                self.context,
                command.as_ptr(),
                command.len(),
                target,
                capacity,
                &raw mut length,
            )
        };
        defect::may_show();
        let kind = match outcome {
            0 if length <= capacity => return Ok(length),
            0 => return Err(TransmitError::TooLong { length, capacity }),
            1 => TransportErrorKind::NoCard,
            2 => TransportErrorKind::CardReset,
            3 => TransportErrorKind::Timeout,
            4 => TransportErrorKind::Unavailable,
            _ => TransportErrorKind::Other,
        };
        Err(TransmitError::Said(kind))
    }

    fn max_response_data(&self) -> usize {
        self.max_response_data
    }

    fn max_command_data(&self) -> usize {
        self.max_command_data
    }
}

/// Random bytes from a callback.
#[derive(Clone, Copy)]
pub(crate) struct Random {
    context: *mut c_void,
    fill: Option<unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i32>,
}

impl Random {
    pub(crate) const fn new(context: *mut c_void, fill: simstrap_random) -> Self {
        Self { context, fill }
    }

    pub(crate) fn fill(self, buffer: &mut [u8]) -> Result<(), RandomError> {
        let Some(fill) = self.fill else { return Self::of_system(buffer) };
        // SAFETY: the pointer is valid for the length; whoever gave the callback vouches that it
        // writes no further.
        let outcome = unsafe { fill(self.context, buffer.as_mut_ptr(), buffer.len()) };
        defect::may_show();
        match outcome {
            0 => Ok(()),
            code => Err(RandomError { code: Some(code) }),
        }
    }

    #[cfg(feature = "std")]
    fn of_system(buffer: &mut [u8]) -> Result<(), RandomError> {
        simstrap_policy::bootstrap_data::scp03::os_random(buffer)
    }

    #[cfg(not(feature = "std"))]
    fn of_system(_buffer: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError { code: None })
    }
}
