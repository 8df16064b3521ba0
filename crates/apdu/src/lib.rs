// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

mod channel;
mod class;
mod command;
mod file;
#[cfg(feature = "apdu-handler")]
mod handler;
mod logical_channel;
#[cfg(feature = "pcsc")]
pub mod pcsc;
mod quirk;
mod response;
mod status;
#[cfg(feature = "std")]
pub mod trace;
mod transport;
mod wiped;

pub mod at;
pub mod blocking;

pub use channel::{CardChannel, ChannelError, ErrorKind};
pub use class::{ChannelNumber, Class};
pub use command::{Command, DecodeError, EncodeError, ExpectedLength, Instruction, SelectReturn};
pub use file::*;
#[cfg(feature = "apdu-handler")]
pub use handler::{HandlerError, HandlerTransport};
pub use logical_channel::{LogicalChannel, LogicalChannelError, MAX_EXCHANGES_PER_COMMAND};
pub use quirk::{Quirk, QuirkSet};
pub use response::Response;
pub use status::{StatusKind, StatusWord};
pub use transport::{
    Cost, FromFn, Metered, Transport, TransportError, TransportErrorKind, from_fn,
};
