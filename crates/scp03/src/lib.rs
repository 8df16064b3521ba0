// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "card")]
extern crate alloc;

#[cfg(feature = "card")]
pub mod card;

mod achieved;
mod challenge;
mod channel;
mod crypto;
mod derivation;
mod diversification;
mod handshake;
mod keys;
mod level;
mod parameters;
mod random;
mod session;

pub use simstrap_apdu as apdu;

pub use achieved::{Achieved, CardChallenge, SequenceCounter};
pub use challenge::Challenge;
pub use channel::{SecureChannel, SecureChannelError};
pub use diversification::{DiversificationData, Kdf3, KeyDiversification};
pub use handshake::{CardAuthenticated, Configuration, Handshake, HandshakeError};
pub use keys::{KeyCheckValue, KeyError, KeyLength, KeyPurpose, StaticKeys};
pub use level::SecurityLevel;
pub use parameters::{
    CommandCounter, ImplementationOptions, KeyVersionNumber, Mode, ModePreference, PendingStatus,
};
pub use random::RandomError;
#[cfg(feature = "std")]
pub use random::os_random;
pub use session::{Session, SessionEnd, SessionError};
