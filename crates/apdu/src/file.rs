// SPDX-License-Identifier: Apache-2.0
//! Files of a card: how they are named, described, selected, read and written.

#[cfg(feature = "alloc")]
mod access;
#[cfg(feature = "alloc")]
mod application;
#[cfg(feature = "alloc")]
mod fcp;
mod iccid;
mod id;
mod pin;
#[cfg(feature = "alloc")]
mod procedures;
#[cfg(feature = "alloc")]
mod template;

#[cfg(feature = "alloc")]
pub use access::{AccessRuleReference, ReadAccess};
#[cfg(feature = "alloc")]
pub use application::{Aid, ApplicationTemplate};
#[cfg(feature = "alloc")]
pub use fcp::{Fcp, FcpError, FileKind, LifeCycle, MAX_PINS, PinState, RecordShape, ShortFileId};
pub use iccid::Iccid;
pub use id::{FileId, Path, Sfi, WellKnownFile};
pub use pin::{Pin, PinReference};
#[cfg(feature = "alloc")]
pub use procedures::{Action, CardFiles, FileError, FileName, LastTry, Selected, Verified};
#[cfg(feature = "alloc")]
pub use template::{MAX_TEMPLATE, TemplateError, TemplateErrorKind};
