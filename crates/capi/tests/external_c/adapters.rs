// SPDX-License-Identifier: Apache-2.0
//! The adapters for two LwM2M stacks, against stand-ins for the functions they call. The headers
//! have the shape of the stacks' public ones and are none of theirs.

use std::path::PathBuf;

use simstrap_virtual_card::{SharedCard, VirtualCard};

use crate::build::{Compiler, SANITIZE, bounded, example, modem, own, succeed};

/// What a program told that was built from an adapter and its stand-in.
fn told_by(stack: &str, compiler: Compiler) -> String {
    let sources: [PathBuf; 4] = [
        own(&format!("{stack}.c")),
        example(&format!("{stack}_adapter.c")),
        example("device.c"),
        example("at_card.c"),
    ];
    let shim = format!("-I{}", own("shim").display());
    let extra = [&SANITIZE[..], &[&shim]].concat();
    let program = compiler.program(stack, &sources, &extra);
    let card = SharedCard::new(VirtualCard::sample().unwrap());
    let front_end = modem(&card);
    succeed(bounded(&program).arg(front_end.address()))
}

#[test]
fn wakaama_reads_both_objects_and_always_gets_a_hold_off_time() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        assert_eq!(
            told_by("wakaama", compiler),
            "configured device with 2 objects\n\
             /0/1\n  0 = coaps://eu.iot.avsystem.cloud:5684\n  1 = false\n  2 = 0\n  \
             3 = 20 bytes\n  5 = 19 bytes\n  10 = 1\n  11 = 0\n\
             /1/1\n  0 = 1\n  1 = 86400\n  6 = false\n  7 = U\n\
             update 1\n\
             instances left: 2\n"
        );
    }
}

#[test]
fn zephyr_gets_every_resource_in_the_type_it_keeps() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        assert_eq!(
            told_by("zephyr", compiler),
            "delete /0/0\ndelete /1/0\n\
             delete /0/1\ncreate /0/1\nstring 0 = coaps://eu.iot.avsystem.cloud:5684\nbool 1 = 0\n\
             u8 2 = 0\nopaque 3 = 20 bytes\nopaque 5 = 19 bytes\nu16 10 = 1\n\
             delete /1/1\ncreate /1/1\nu16 0 = 1\nu32 1 = 86400\nbool 6 = 0\nstring 7 = U\n\
             start device 0\nupdate\nunder way: -1\n"
        );
    }
}
