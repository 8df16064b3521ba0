// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub use simstrap_bootstrap_data as bootstrap_data;

mod account;
mod assessment;
mod consistency;
mod device;
mod engine;
mod finding;
mod policy;
mod record;
mod store;
#[cfg(test)]
mod testing;
mod verdict;

pub use account::*;
pub use assessment::{Assessment, Circumstances};
pub use device::{Device, HeldAccessControl, HeldInstance, InstancePath, Source};
pub use engine::{Engine, Observation, Plan, Step};
pub use finding::{Finding, FindingKind, Rule, Severity};
pub use policy::*;
pub use record::*;
pub use store::*;
pub use verdict::{Decision, Reason, Verdict};

/// The most object instances dealt with: all accounts with both their instances, and as many
/// other instances again.
pub const MAX_INSTANCES: usize = 4 * MAX_ACCOUNTS;
