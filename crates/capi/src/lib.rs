// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![allow(non_camel_case_types, reason = "these are the names C sees")]
#![warn(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

extern crate alloc;

mod assessment;
#[cfg(all(feature = "bare-metal", not(feature = "std"), not(test)))]
mod bare_metal;
mod border;
mod card;
mod choice;
mod circumstances;
mod client;
mod data;
mod defect;
mod error;
mod host;
mod keys;
mod policy;
mod reading;
mod record;
mod step;
mod value;

pub use assessment::*;
pub use border::Flag;
pub use card::*;
pub use choice::*;
pub use circumstances::*;
pub use client::*;
pub use data::*;
pub use error::*;
pub use host::*;
pub use keys::*;
pub use policy::*;
pub use reading::*;
pub use record::*;
pub use step::*;
pub use value::*;
