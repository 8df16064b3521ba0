// SPDX-License-Identifier: Apache-2.0
//! A small LwM2M registration client: enough to register, update, be read and bootstrapped with
//! what a card provides. A demonstration and a test vehicle, not an LwM2M stack.
//!
//! From the wire up: [`coap`] is the message layer with one peer, a session protects it, a link
//! joins both to a socket, and [`Network`] holds the links and registrations of a device.

mod address;
mod bootstrap;
pub(crate) mod coap;
mod error;
#[cfg(test)]
mod fleet;
mod link;
mod objects;
mod session;
mod socket;
mod uplink;

pub(crate) use error::NetworkError;
pub(crate) use uplink::{Network, NetworkOptions, Version};
