// SPDX-License-Identifier: Apache-2.0
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
