// SPDX-License-Identifier: Apache-2.0
//! `simstrap run` against servers of others, which are started here on the loopback interface and
//! ended here: libcoap's resource directory (Debian: `apt-get install libcoap3-bin`), and the
//! LwM2M server of `lwm2m-node-lib` (from npm, for which `npm` and `node` have to be there).
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

#[path = "../network/device.rs"]
mod device;
mod libcoap;
mod node_lib;
mod program;
