// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

mod encode;
mod error;
mod file;
#[cfg(feature = "alloc")]
mod owned;
mod value;
#[cfg(feature = "alloc")]
mod wiped;

pub mod object;
pub mod pkcs15;
#[cfg(feature = "card")]
pub mod reader;
pub mod registry;
pub mod tlv;

#[cfg(feature = "card")]
pub use reader::writer;
#[cfg(feature = "card")]
pub use simstrap_scp03 as scp03;

pub use encode::{EncodeError, Encoder, InstanceEncoder, ObjectEncoder, ResourceEncoder};
pub use error::{DataPath, DecodeError, Duplicate, ErrorKind, Level};
pub use file::*;
#[cfg(feature = "alloc")]
pub use owned::BootstrapData;
pub use value::{ObjectLink, RawValue, Value};
