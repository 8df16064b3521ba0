// SPDX-License-Identifier: Apache-2.0
//! CoAP (RFC 7252) with one peer, without I/O and without a clock.

mod endpoint;
mod message;

#[cfg(test)]
use endpoint::MAX_REMEMBERED;
pub(crate) use endpoint::{Endpoint, Event, Failure, Incoming, PARAMETERS, Parameters, Randomness};
pub(crate) use message::{Answer, Code, ContentFormat, Kind, Message, Request};

#[cfg(test)]
mod tests;
