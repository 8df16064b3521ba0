// SPDX-License-Identifier: Apache-2.0
//! The command as it is used: arguments in, output and exit code out.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod bad_input;
mod card;
mod check;
mod demo;
#[path = "../common/desk.rs"]
mod desk;
#[path = "../common/device.rs"]
mod device;
#[cfg(target_os = "linux")]
mod docs;
mod doctor;
mod encode;
mod formats;
mod help;
mod installing;
mod lenient;
mod policy;
mod read;
mod run;
mod schema;
mod secrets;
mod serve;
#[path = "../common/served.rs"]
mod served;
mod state;
#[cfg(target_os = "linux")]
mod terminal;
mod transports;
mod write;

use std::io::Write;
use std::process::{Child, Command, Stdio};

use desk::Desk;

/// The used bytes of the built-in card.
const SAMPLE: &str = "0002007a000000005e08015bc80022636f6170733a2f2f65752e696f742e617673797374\
656d2e636c6f75643a35363834c10100c10200c803146578616d706c652d70736b2d6964656e74697479c80513337840\
6d706c3350354b3533637233744b3379c10a01000100001208010fc10001c40100015180c10600c10755";

/// The digest of them.
const SAMPLE_SHA256: &str = "3b76857cff543351c2c92036f7eb8133b6385530ee4e5f038491eea6cfdc42e8";

/// The key in them, as text.
const SAMPLE_KEY: &str = "3x@mpl3P5K53cr3tK3y";

/// A bootstrap server, two servers, access control, an APN; versions, multiple resources.
const TWO_SERVERS: &str = "000401400000010100c6080046c8001b636f6170733a2f2f62732e6578616d706c65\
2e6e65743a35363834c10101c10200c50362732d6964c004c80510000102030405060708090a0b0c0d0e0fc10b1ec10c\
00080152c8001b636f6170733a2f2f646d2e6578616d706c652e6e65743a35363834c10100c10200c5036465762d31c0\
04c80510101112131415161718191a1b1c1d1e1fc10a6588100c44000000c0a844010000c0ab080225c80019636f6170\
3a2f2f6261636b75702e6578616d706c652e6e6574c10100c10203c10a66000101010029080015c10065c40100015180\
c10201c1033cc10601c1075508010ec10066c201012cc10600c20755510002000025080011c10003c10100860241650f\
416601c1036508010ec10001c10100830241650fc10365000b000016080013c300696f74c8010b696f742e6578616d70\
6c65";

/// A server of the factory, as a description.
const FACTORY: &str = "\
[0.0]
0 = \"coap://factory.example.com\"
1 = false
2 = 3
10 = 9
[1.0]
0 = 9
1 = 600
6 = true
7 = \"U\"
";

/// What a run of the command gave.
struct Run {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

impl Run {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap()
    }

    /// Everything it said, in both streams.
    fn everything(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned() + &self.stderr
    }

    /// Asserts success, and gives the run back.
    fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// Asserts an error in the form of the contract, with nothing on standard output.
    fn failed(&self, code: i32) {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert!(self.stdout.is_empty(), "{}", self.text());
        let mut lines = self.stderr.lines().skip_while(|line| line.starts_with("warning: "));
        let first = lines.next().unwrap_or_default();
        assert!(first.starts_with("error: "), "{}", self.stderr);
        let mut labels: Vec<_> =
            lines.map(|line| line.trim_start().split(": ").next().unwrap().to_owned()).collect();
        assert_eq!(labels.pop().as_deref(), Some("help"), "{}", self.stderr);
        assert!(labels.iter().all(|label| label == "caused by"), "{}", self.stderr);
    }
}

impl Desk {
    fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simstrap"));
        command
            .args(arguments)
            .current_dir(self.path("."))
            .env_remove("CLICOLOR_FORCE")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        finish(&mut self.command(arguments), &[])
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        finish(self.command(arguments).stdin(Stdio::piped()), input)
    }
}

fn finish(command: &mut Command, input: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        // A command that fails early does not read to the end.
        let _closed = stdin.write_all(input);
    }
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().expect("no signal ended it"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Ends what a test started, where it has not ended by itself.
fn end(process: &mut Child) {
    let _over = process.kill();
    let _over = process.wait();
}

fn simstrap(arguments: &[&str]) -> Run {
    Desk::new().run(arguments)
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).unwrap()
}

/// A file with one object and no version around object-instance TLVs.
fn file_with(object: u16, instances: &[u8]) -> Vec<u8> {
    let length = u16::try_from(instances.len()).unwrap();
    let mut file = vec![0, 1];
    file.extend((length + 5).to_be_bytes());
    file.extend(object.to_be_bytes());
    file.push(0);
    file.extend(length.to_be_bytes());
    file.extend(instances);
    file
}
