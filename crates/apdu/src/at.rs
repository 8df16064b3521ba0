// SPDX-License-Identifier: Apache-2.0
//! A card behind a modem that speaks AT commands (3GPP TS 27.007 §8.17, §8.43 to §8.46).
//!
//! ```text
//! AtTransport   AT+CSIM, or AT+CCHO / AT+CGLA / AT+CCHC, or whichever works   a Transport
//! LineParser    bytes in; echoes, answers, results, unsolicited lines out
//! Line          a byte stream with a clock: serial line, socket, UART         yours, or of std
//! ```
//!
//! Everything but the ready-made lines works without a heap and without the standard library.

mod answer;
mod apdu_exchange;
mod channels;
mod command_line;
mod dialogue;
mod error;
mod line;
mod parser;
mod result;
#[cfg(feature = "serial")]
mod serial;
#[cfg(feature = "std")]
mod tcp;
mod transport;

pub use error::{AtError, MalformedAnswer};
pub use line::Line;
pub use parser::{Event, LineParser, MAX_LINE};
pub use result::FinalResult;
#[cfg(feature = "serial")]
pub use serial::{BAUD_RATES, DEFAULT_BAUD_RATE, SerialLine, SerialLineError};
#[cfg(feature = "std")]
pub use tcp::TcpLine;
pub use transport::{AtMode, AtOptions, AtTransport, DEFAULT_TIMEOUT};
