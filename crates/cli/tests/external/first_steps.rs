// SPDX-License-Identifier: Apache-2.0
//! The commands of `docs/virtual-card.md`, as they stand there.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Desk, KEYS, program};

const DOCUMENT: &str = include_str!("../../../../docs/virtual-card.md");

/// The shell commands before the reader of PC/SC, block by block.
fn blocks() -> Vec<&'static str> {
    let (before, _) = DOCUMENT.split_once("## In a PC/SC reader").unwrap();
    let blocks = before.split("```sh\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0).collect()
}

/// Ends what serves in the background, also when the test fails before it does.
struct Quit(PathBuf);

impl Drop for Quit {
    fn drop(&mut self) {
        // Nobody listens when all went well.
        let _over =
            UnixStream::connect(&self.0).and_then(|mut control| control.write_all(b"quit\n"));
    }
}

#[test]
fn the_first_steps_work() {
    program("socat", "socat");
    let desk = Desk::new();
    desk.put("KEYS.toml", KEYS);
    let binary = Path::new(env!("CARGO_BIN_EXE_simstrap")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let blocks = blocks();
    assert_eq!(blocks.len(), 6, "{blocks:#?}");
    let _quit = Quit(desk.path("control"));
    let mut said = String::new();
    for block in blocks {
        let serves = block.trim_end().ends_with('&');
        let mut shell = Command::new("timeout");
        shell.args(["120", "sh", "-ec", block]).current_dir(desk.path(".")).env("PATH", &path);
        let mut shell = shell.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(shell.stdout.take().unwrap());
        // What serves in the background goes on; it has said all when its last line is there.
        for line in output.lines().map(Result::unwrap) {
            said += &format!("{line}\n");
            if serves && line.starts_with("control ready") {
                break;
            }
        }
        assert!(shell.wait().unwrap().success(), "{block}{said}");
    }
    for expected in [
        "at-pty ready on modem\n",
        "wrote 126 bytes to file 6432",
        "ok 126 bytes of data\nok deactivated\nok activated\n",
        "ok pulled\nok inserted\nok exchange ",
        "INITIALIZE UPDATE",
        "ok ending\n",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
