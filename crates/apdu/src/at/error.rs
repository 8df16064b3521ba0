// SPDX-License-Identifier: Apache-2.0
//! Why a modem gave no response of the card.

use super::result::FinalResult;
use crate::{TransportError, TransportErrorKind};

/// Why there is no response of the card. `E` is the error of the line to the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtError<E> {
    /// The line to the modem failed.
    #[error("the line to the modem failed")]
    Line(#[source] E),
    /// The modem is silent.
    #[error("the modem does not answer")]
    SilentModem,
    /// The modem answers, but the card's response did not come in time.
    #[error("the modem gave no response of the card in time")]
    Timeout,
    /// There is no SIM in the modem.
    #[error("there is no SIM in the modem ({result})")]
    NoCard {
        /// What the modem said.
        result: FinalResult,
    },
    /// The SIM was away and is there again: channels and sessions are gone.
    #[error("the SIM was gone for a moment ({result})")]
    CardReset {
        /// What the modem said.
        result: FinalResult,
    },
    /// The SIM is busy, for example still starting.
    #[error("the SIM is busy ({result})")]
    Busy {
        /// What the modem said.
        result: FinalResult,
    },
    /// The modem wants the PIN of the SIM before it lets anybody to it.
    #[error("the modem wants the PIN of the SIM first ({result})")]
    PinWanted {
        /// What the modem said.
        result: FinalResult,
    },
    /// The modem refuses the command.
    #[error("the modem refuses the command ({result})")]
    Refused {
        /// What the modem said.
        result: FinalResult,
    },
    /// The modem refuses a line of this length; shorter ones are used from now on.
    #[error("the modem refuses a command or response of {bytes} bytes ({result})")]
    TooLong {
        /// Length of the command, or of the response it asks for, in bytes.
        bytes: usize,
        /// What the modem said.
        result: FinalResult,
    },
    /// The modem opens no logical channel.
    #[error("the modem opens no logical channel ({result})")]
    NoChannel {
        /// What the modem said.
        result: FinalResult,
    },
    /// The card does not select its master file on a new channel.
    #[error("the card does not select its master file ({0:02X?})")]
    NoMasterFile([u8; 2]),
    /// The modem's answer makes no sense.
    #[error("the answer of the modem is malformed: {0}")]
    Malformed(MalformedAnswer),
    /// The command names a channel that the modem did not open.
    #[error("the command is for a logical channel that the modem did not open")]
    NotOpen,
    /// The command is longer than the short form allows, or shorter than a header.
    #[error("a command of {length} bytes cannot be sent to a modem")]
    Command {
        /// Its length in bytes.
        length: usize,
    },
}

/// What is wrong with an answer of a modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedAnswer {
    /// `OK` without the information that was asked for.
    #[error("it says OK and nothing else")]
    Nothing,
    /// Less than was declared.
    #[error("it is cut short")]
    CutShort,
    /// The declared length is no number, or not that of what follows.
    #[error("its length is not the declared one")]
    Length,
    /// Not hexadecimal.
    #[error("it is not in hexadecimal digits")]
    NotHexadecimal,
    /// More than was asked for.
    #[error("it has {length} bytes, more than were asked for")]
    TooLong {
        /// Bytes of it.
        length: usize,
    },
    /// No session.
    #[error("it names no session")]
    Session,
}

impl<E> AtError<E> {
    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Line(_) => "check that the modem is connected and that its name is right",
            Self::SilentModem => {
                "check the port (many modems have several), its baud rate, and that no other \
                 program uses it"
            }
            Self::Timeout => "try again, or give it more time",
            Self::NoCard { .. } => "insert the SIM",
            Self::CardReset { .. } | Self::Busy { .. } => "try again",
            Self::PinWanted { .. } => "unlock the SIM in the modem: AT+CPIN=\"PIN\"",
            Self::Refused { .. } => {
                "the modem lets nobody to the SIM this way: try the other one, CSIM or CGLA, or \
                 another firmware of the modem"
            }
            Self::TooLong { .. } => "try again: shorter lines are used from now on",
            Self::NoChannel { .. } => {
                "close the channels that other programs left open, or restart the modem"
            }
            Self::NoMasterFile(_) => "restart the modem",
            Self::Malformed(_) => "try again; if it stays, check the baud rate and the cable",
            Self::NotOpen | Self::Command { .. } => "this is a mistake of the program",
        }
    }
}

impl<E: TransportError> TransportError for AtError<E> {
    fn kind(&self) -> TransportErrorKind {
        match self {
            Self::Line(source) => source.kind(),
            Self::SilentModem | Self::Timeout => TransportErrorKind::Timeout,
            Self::NoCard { .. } => TransportErrorKind::NoCard,
            Self::CardReset { .. } => TransportErrorKind::CardReset,
            _ => TransportErrorKind::Other,
        }
    }
}
