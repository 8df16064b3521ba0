// SPDX-License-Identifier: Apache-2.0
//! The examples of the book and of the README, compiled and run as doctests.

#[doc = include_str!("../../../README.md")]
mod readme {}

#[doc = include_str!("../../../docs/integrating-rust.md")]
mod integrating_rust {}
