// SPDX-License-Identifier: Apache-2.0
//! The command together with programs of others, which are started here on the loopback interface
//! and ended here. Debian has them: `apt-get install pcscd vsmartcard-vpcd opensc socat`. Besides
//! there is the C compiler that Rust needs anyway.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

#[path = "../common/desk.rs"]
mod desk;
#[cfg(feature = "pcsc")]
#[path = "../common/device.rs"]
mod device;
mod first_steps;
mod modem;
mod opensc;
mod pcscd;
#[cfg(feature = "pcsc")]
mod reader;
#[path = "../common/served.rs"]
mod served;
mod serving;
mod writing;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use desk::Desk;
use rustix::process::{Pid, Signal, kill_process};

/// The keys of the sample card.
const KEYS: &str = "\
enc = \"404142434445464748494a4b4c4d4e4f\"
mac = \"404142434445464748494a4b4c4d4e4f\"
dek = \"404142434445464748494a4b4c4d4e4f\"
";

impl Desk {
    /// The command, working there.
    fn simstrap(&self, arguments: &[&str]) -> Command {
        bounded(self, env!("CARGO_BIN_EXE_simstrap"), arguments)
    }
}

/// A program that is ended when it takes longer than any that works.
fn bounded(desk: &Desk, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command
        .arg("120")
        .arg(program.as_ref())
        .args(arguments)
        .current_dir(desk.path("."))
        .env("LC_ALL", "C");
    command
}

/// A program in the background; its time is bounded for the case that the test itself is ended.
fn background(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", "600"]).arg(program.as_ref());
    command
}

/// Ends such a program, by force when it does not end itself.
fn end(process: &mut Child) {
    if matches!(process.try_wait(), Ok(Some(_))) {
        return;
    }
    // What bounds its time passes the signal on.
    let _over = kill_process(Pid::from_child(process), Signal::TERM);
    let _over = process.wait();
}

/// What a program printed that must succeed.
fn printed(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", told(&output));
    output.stdout
}

fn told(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    format!("{}: {}", output.status, String::from_utf8_lossy(&both))
}

/// Where a program is; without it the test fails, and says what to install.
fn program(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let found = places.map(|place| place.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no {name}: apt-get install {package}"))
}
