// SPDX-License-Identifier: Apache-2.0
//! The example in docs/c-api.md, the installed library, the library without an operating system.

use std::fs;
use std::process::Command;

use simstrap_virtual_card::{SharedCard, VirtualCard};

use crate::build::{
    Compiler, SANITIZE, bounded, example, folder, modem, needed, own, root, succeed,
};

/// The only block of this kind in the guide.
fn block(kind: &str) -> String {
    let guide = fs::read_to_string(root().join("docs/c-api.md")).unwrap();
    let start = format!("```{kind}\n");
    let mut blocks = guide.split(&start).skip(1);
    let block = blocks.next().and_then(|rest| rest.split("```").next()).unwrap();
    assert!(blocks.next().is_none(), "more than one block of {kind}");
    block.to_owned()
}

#[test]
fn the_example_of_the_guide_tells_what_the_guide_says() {
    let source = folder().join("guide.c");
    fs::write(&source, block("c")).unwrap();
    for compiler in Compiler::ALL {
        let program = compiler.program("guide", &[source.clone(), example("at_card.c")], &SANITIZE);
        let card = SharedCard::new(VirtualCard::sample().unwrap());
        let front_end = modem(&card);
        assert_eq!(succeed(bounded(&program).arg(front_end.address())), block("text"));
    }
}

#[test]
fn the_installed_library_is_found_by_pkg_config() {
    let prefix = folder().join("prefix");
    succeed(Command::new(root().join("crates/capi/install.sh")).arg(&prefix));
    let library = prefix.join("lib");
    let flags = succeed(
        Command::new(needed("pkg-config", "pkg-config"))
            .args(["--cflags", "--libs", "simstrap"])
            .env("PKG_CONFIG_PATH", library.join("pkgconfig")),
    );
    let program = folder().join("installed");
    succeed(
        Command::new(needed("gcc", "gcc"))
            .arg(own("misuse.c"))
            .args(flags.split_whitespace())
            .arg("-o")
            .arg(&program),
    );
    succeed(bounded(&program).env("LD_LIBRARY_PATH", &library));
}
