// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub use simstrap_bootstrap_data as bootstrap_data;

mod account;
mod assessment;
mod consistency;
mod finding;
mod verdict;

pub use account::{Account, BootstrapServerAccount, MAX_ACCOUNTS};
pub use assessment::Assessment;
pub use finding::{Finding, FindingKind, Rule, Severity};
pub use verdict::{Decision, Reason, Verdict};
