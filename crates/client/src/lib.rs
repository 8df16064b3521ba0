// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub use simstrap_policy as policy;

mod action;
#[cfg(doctest)]
mod book;
mod check;
mod client;
mod drive;
mod event;
mod sequence;
mod usability;

pub use action::{Action, CancelReason, IgnoreReason, Report};
pub use check::{LONGEST_RETRY, QUICK_RETRIES, SHORTEST_RETRY};
pub use client::{Client, MAX_WAITING};
pub use drive::{DriveError, Driver, Host, HostEvent, MAX_RECHECKS};
pub use event::{Event, Operation, TimerId, View};
pub use sequence::{LONGEST_RESTART, SHORTEST_RESTART};
