// SPDX-License-Identifier: Apache-2.0
//! The C API as C sees it: compiled by gcc and clang, as C and as C++, run under valgrind and
//! AddressSanitizer against the card in software.
//!
//! Needs the Debian packages gcc, g++, clang, libclang-rt-14-dev and valgrind; lld and qemu-system-arm,
//! and what `.ci/bare-metal` needs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod adapters;
mod bare_metal;
mod build;
mod cards;
mod choice;
mod examples;
mod faults;
mod guide;
