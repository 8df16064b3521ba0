// SPDX-License-Identifier: Apache-2.0
//! The example, and wrong use.

use std::path::PathBuf;

use simstrap_virtual_card::{SharedCard, VirtualCard};

use crate::build::{
    Compiler, SANITIZE, bounded, example, folder, modem, own, succeed, under_valgrind,
};
use crate::cards;

const KEYS: &str = "404142434445464748494a4b4c4d4e4f\n\
                    404142434445464748494a4b4c4d4e4f\n\
                    404142434445464748494a4b4c4d4e4f\n";

fn bootstrap(compiler: Compiler, name: &str) -> PathBuf {
    let sources = ["bootstrap.c", "device.c", "at_card.c"].map(example);
    compiler.program(name, &sources, &[])
}

#[test]
fn the_example_bootstraps_a_device_in_every_language_and_compiler() {
    let keys = folder().join("keys.txt");
    std::fs::write(&keys, KEYS).unwrap();
    let key = cards::key_of_the_sample();
    assert_eq!(key.len(), 19);
    for compiler in Compiler::ALL {
        let program = bootstrap(compiler, "bootstrap");
        let card = SharedCard::new(VirtualCard::sample().unwrap());
        let front_end = modem(&card);
        let told = succeed(bounded(&program).arg(front_end.address()).arg(&keys));
        for line in [
            "card 8988211000000123458, security level 33, 126 bytes in use",
            "  /0/1/0 coaps://eu.iot.avsystem.cloud:5684",
            "  /0/1/5 (19 bytes, not shown)",
            "account of server 1: coaps://eu.iot.avsystem.cloud:5684, used (default)",
            "write /0/1\nwrite /1/1\nenable server 1\nregister with server 1\nupdate with server 1\n",
        ] {
            assert!(told.contains(line), "{line:?} is not in:\n{told}");
        }
        for part in key.windows(5) {
            let part = std::str::from_utf8(part).unwrap();
            assert!(!told.contains(part), "a key was told:\n{told}");
        }
    }
}

#[test]
fn the_example_is_clean_under_valgrind() {
    let program = bootstrap(Compiler::Gcc, "bootstrap-valgrind");
    let card = SharedCard::new(VirtualCard::sample().unwrap());
    let front_end = modem(&card);
    let told = succeed(under_valgrind(&program).arg(front_end.address()));
    assert!(told.contains("security level 00"), "{told}");
}

#[test]
fn wrong_use_gives_an_error_code() {
    for name in ["misuse", "hostile"] {
        let sources = [own(&format!("{name}.c")), example("bare_metal/card.c")];
        for compiler in Compiler::ALL {
            succeed(&mut bounded(&compiler.program(name, &sources, &SANITIZE)));
        }
        let plain = Compiler::Gcc.program(&format!("{name}-valgrind"), &sources, &[]);
        succeed(&mut under_valgrind(&plain));
    }
}
