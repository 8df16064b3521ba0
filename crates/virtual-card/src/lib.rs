// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod atr;
mod ber;
mod card;
mod channels;
mod chip;
mod command;
mod description;
mod directory;
mod error;
mod fault;
mod fcp;
mod files;
pub mod front;
mod image;
mod log;
mod pins;
mod quirks;
mod random;
mod secret;
mod secure;
mod shared;
mod status;

pub use atr::AtrError;
pub use card::VirtualCard;
pub use description::{
    AdmDescription, ApplicationDescription, BootstrapDescription, CardDescription, ChallengeKind,
    DescriptionError, DirectoryDescription, DirectoryEntry, FileState, PathForm, PinDescription,
    ReadCondition, SAMPLE, Scp03Description, Scp03Mode, Scp03Responses, TransmissionProtocol,
    UpdateCondition,
};
pub use error::{UpdateError, VirtualCardError};
pub use fault::{Fault, FaultKind};
pub use log::Exchange;
pub use quirks::{CardQuirk, CardQuirkSet};
pub use secret::Secret;
pub use shared::SharedCard;
