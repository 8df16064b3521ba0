// SPDX-License-Identifier: Apache-2.0
//! The static library without an operating system: linked into a device written in C, with a card
//! written in C, run in an emulator.

use crate::build::{bounded, example, folder, needed, succeed};

/// Most bytes of stack and heap that the device may need, a little more than it was seen to.
const STACK: usize = 10_000;
const HEAP: usize = 9_000;

/// What it tells before its figures.
const STORY: &str = "\
card 8988211000000123458, 149 bytes in use
instance /0/0
  0 = coaps://lwm2m.example.com
  1 = 0
  2 = 0
  3
  5, not shown
  10 = 101
instance /0/1
  0 = coap://192.0.2.1
  1 = 0
  2 = 3
  10 = 102
instance /1/0
  0 = 101
  1 = 86400
  6 = 0
  7 = U
instance /1/1
  0 = 102
  1 = 3600
  6 = 0
  7 = U
account of server 101: used, rule 1 (our servers)
account of server 102: not used, security mode below psk
notice: security mode below psk
write /0/0
write /1/0
enable server 101
register with server 101
update with server 101
the card is pulled out
notice: opening a logical channel: MANAGE CHANNEL: the card could not be reached: there is no card
disable server 101
remove /0/0
remove /1/0
a timer for 60 s
notice: no server is left to turn to
";

#[test]
fn a_device_without_an_operating_system_keeps_in_step_with_its_card() {
    for program in ["clang", "ld.lld", "qemu-system-arm"] {
        needed(program, program.trim_start_matches("ld."));
    }
    // Compilers differ in how large an enumeration is there; the header is the same to both.
    for enums in ["-fshort-enums", "-fno-short-enums"] {
        let mut script = bounded(&example("bare_metal/run.sh"));
        script.arg(folder().join(format!("bare-metal{enums}"))).env("CFLAGS", enums);
        let told = succeed(&mut script);
        let figures = told.strip_prefix(STORY).unwrap_or_else(|| panic!("it told:\n{told}"));
        let figure = |name: &str| -> usize {
            let line = figures.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_end_matches(" bytes").trim_start().parse().unwrap()
        };
        println!("{figures}");
        assert!((1..=STACK).contains(&figure("stack ")), "{figures}");
        assert!((1..=HEAP).contains(&figure("heap ")), "{figures}");
        assert_eq!(figure("heap in use "), 0);
    }
}
