// SPDX-License-Identifier: Apache-2.0
//! The adapters for two LwM2M stacks, against stand-ins for the functions they call. The headers
//! have the shape of the stacks' public ones and are none of theirs.

use std::path::{Path, PathBuf};

use simstrap_virtual_card::{SharedCard, VirtualCard};

use crate::build::{Compiler, SANITIZE, bounded, example, modem, own, succeed};
use crate::cards;

/// A program built from an adapter and its stand-in.
fn program(name: &str, compiler: Compiler) -> PathBuf {
    let stack = name.split('-').next().unwrap_or_default();
    let sources: [PathBuf; 4] = [
        own(&format!("{stack}.c")),
        example(&format!("{stack}_adapter.c")),
        example("device.c"),
        example("at_card.c"),
    ];
    let shim = format!("-I{}", own("shim").display());
    compiler.program(name, &sources, &[&SANITIZE[..], &[&shim]].concat())
}

/// What it told, with a card.
fn told(program: &Path, card: VirtualCard, arguments: &[&str]) -> String {
    let card = SharedCard::new(card);
    let front_end = modem(&card);
    succeed(bounded(program).arg(front_end.address()).args(arguments))
}

#[test]
fn wakaama_reads_both_objects_with_all_their_resources() {
    for compiler in Compiler::ALL {
        let program = program("wakaama", compiler);
        assert_eq!(
            told(&program, VirtualCard::sample().unwrap(), &[]),
            "without a Device object: 128\nconfigured device with 3 objects\n\
             /0/1\n  0 = coaps://eu.iot.avsystem.cloud:5684\n  1 = false\n  2 = 0\n  \
             3 = 20 bytes\n  5 = 19 bytes\n  10 = 1\n\
             /1/1\n  0 = 1\n  1 = 86400\n  6 = false\n  7 = U\n\
             /0/1/11 is read: 2.05\n  11 = 0\n\
             /0/1/12 is read: 4.04\n/0/1/16 is read: 4.04\n/0/1/16 is read: 4.04\n\
             /0/1/16 is read: 4.04\n/0/9/0 is read: 4.04\n\
             update 1\n\
             notice: update the registration with server 1: waits for the card\n\
             put off until after: 4711\ninstances left: 2\n\
             instances left: 0, server forgotten: 1, looks anew: 1\n"
        );
        assert_eq!(
            told(&program, cards::with_multiple_resources(), &[]),
            "without a Device object: 128\nconfigured device with 3 objects\n\
             /0/1\n  0 = coaps://a.example\n  1 = false\n  2 = 0\n  3 = 8 bytes\n  \
             5 = 6 bytes\n  10 = 1\n  14 = a.example\n  \
             16 = \n    0 = 49320\n    7 = 49326\n\
             /1/1\n  0 = 1\n  1 = 60\n  6 = false\n  7 = U\n  10 = /11/0\n  13 = 5\n  \
             24 = \n    0 = /11/1\n    1 = /11/2\n\
             /0/1/11 is read: 2.05\n  11 = 0\n/0/1/12 is read: 4.04\n\
             /0/1/16 is read: 2.05\n  16 = \n    0 = 49320\n    7 = 49326\n\
             /0/1/16 is read: 2.05\n  16 = \n    7 = 49326\n\
             /0/1/16 is read: 4.04\n/0/9/0 is read: 4.04\n\
             update 1\n\
             notice: update the registration with server 1: waits for the card\n\
             put off until after: 4711\ninstances left: 2\n\
             instances left: 0, server forgotten: 1, looks anew: 1\n"
        );
    }
}

#[test]
fn objects_that_an_adapter_does_not_write_are_left_out_or_refuse_the_whole() {
    let program = program("wakaama-objects", Compiler::Gcc);
    let refused = told(&program, cards::with_access_control(), &[]);
    assert!(!refused.contains("/0/1\n") && !refused.contains("update 1\n"), "{refused}");
    let left_out = told(&program, cards::with_access_control(), &["skip"]);
    assert!(left_out.contains("/0/1\n  0 = coap://a.example\n"), "{left_out}");
    assert!(left_out.contains("update 1\n"), "{left_out}");
}

#[test]
fn zephyr_gets_every_resource_in_the_type_it_keeps() {
    let begin = "delete /0/0\ndelete /1/0\ndelete /0/1\ncreate /0/1\nstring 0 = coaps://a.example\n\
                 bool 1 = 0\nu8 2 = 0\nopaque 3 = 8 bytes\nopaque 5 = 6 bytes\nu16 10 = 1\n\
                 u32 16/0 = c0a8\n";
    for compiler in Compiler::ALL {
        let program = program("zephyr", compiler);
        let whole = "u32 16/7 = c0ae\n\
                     delete /1/1\ncreate /1/1\nu16 0 = 1\nu32 1 = 60\nbool 6 = 0\nstring 7 = U\n\
                     link 10 = /11/0\nu8 13 = 5\n\
                     start device 0\nupdate\nupdate\nstart device 0\nunder way: -1\n";
        let card = cards::with_multiple_resources;
        assert_eq!(told(&program, card(), &[]), format!("{begin}{whole}"));
        // Room for fewer cipher suites than the card demands: nothing of the account is used.
        let refused = "delete /0/1\nunder way: -1\n";
        assert_eq!(told(&program, card(), &["few"]), format!("{begin}{refused}"));
    }
}
