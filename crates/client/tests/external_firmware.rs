// SPDX-License-Identifier: Apache-2.0
//! The firmware example in an emulator, its modem and card in software.
//!
//! Needs the Debian packages qemu-system-arm and lld, and what `.ci/bare-metal` needs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use simstrap_virtual_card::front::{FrontEnd, ModemQuirk, ModemQuirkSet};
use simstrap_virtual_card::{SharedCard, VirtualCard};

const TARGET: &str = "thumbv7em-none-eabihf";

/// Most bytes of stack and heap that the example may need, a little more than it was seen to
/// (docs/footprint.md).
const STACK: usize = 10_500;
const READER_STACK: usize = 9_500;
const HEAP: usize = 4_500;

/// The emulator, ended when it is dropped.
struct Emulator {
    image: String,
    child: Child,
    told: BufReader<ChildStdout>,
}

impl Emulator {
    /// `timeout` ends it when the story does not come to its end.
    fn start(firmware: &Path, modem: &str) -> Self {
        let serial = format!("tcp:{modem}");
        let mut child = Command::new(needed("timeout", "coreutils"))
            .arg("120")
            .arg(needed("qemu-system-arm", "qemu-system-arm"))
            .args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none"])
            .args(["-semihosting-config", "enable=on,target=native", "-serial", &serial])
            .arg("-kernel")
            .arg(firmware)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap());
        let image = firmware.file_name().unwrap().to_string_lossy().into_owned();
        Self { image, child, told }
    }

    /// The next line that the device tells; `None` at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.told.read_line(&mut line).unwrap();
        (length > 0).then(|| line.trim_end().to_owned())
    }

    /// Reads on up to this line; everything told meanwhile.
    fn until(&mut self, wanted: &str) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(line) = self.line() {
            let is_it = line == wanted;
            told.push(line);
            if is_it {
                return told;
            }
        }
        panic!("{wanted:?} was not told, but {told:#?}");
    }

    /// Reads to the end, which is a good one, within so many bytes of stack and heap.
    fn ends_within(mut self, most_stack: usize, most_heap: usize) {
        let mut mark = |name: &str| -> usize {
            let line = self.line().unwrap();
            let bytes = line.strip_prefix(name).and_then(|rest| rest.strip_suffix(" bytes"));
            bytes.unwrap_or_else(|| panic!("{line}")).trim().parse().unwrap()
        };
        let (stack, heap) = (mark("stack"), mark("heap"));
        // After the test harness has printed what it prints.
        println!("\n{}: stack {stack} bytes, heap {heap} bytes", self.image);
        assert!((1..=most_stack).contains(&stack), "{stack} bytes of stack");
        assert!((1..=most_heap).contains(&heap), "{heap} bytes of heap");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[test]
fn cr_04_cr_07_cr_08_a_cortex_m4_keeps_in_step_with_its_card() {
    let card = SharedCard::new(VirtualCard::sample().unwrap());
    let quirks = [ModemQuirk::RefreshXsim].into_iter().collect::<ModemQuirkSet>();
    let modem = FrontEnd::at_tcp(card.clone(), quirks, "127.0.0.1:0").unwrap();
    let mut device = Emulator::start(&firmware("simstrap-firmware"), modem.address());

    let told = device.until("the card was checked: update with server 1");
    assert_eq!(
        told,
        [
            "server 1 at coaps://eu.iot.avsystem.cloud:5684",
            "its account is in use",
            "register with server 1",
            "the card was checked: update with server 1",
        ]
    );

    // Over the air the operator moves to another server.
    let changed = sample_with("coaps://us.iot.avsystem.cloud:5684");
    card.lock().update_bootstrap_data(&changed).unwrap();
    let told = device.until("register with server 1");
    assert_eq!(told.first().map(String::as_str), Some("the modem says something"));
    let story: Vec<_> = told.iter().filter(|line| !line.starts_with("the modem")).collect();
    assert_eq!(
        story,
        [
            "its account is disabled",
            "server 1 at coaps://us.iot.avsystem.cloud:5684",
            "its account is in use",
            "register with server 1",
        ]
    );
    device.until("the card was checked: update with server 1");

    card.lock().remove();
    device.until("nothing is left of the card");
    assert_eq!(device.line().as_deref(), Some("that was all"));
    device.ends_within(STACK, HEAP);
}

#[test]
fn cr_08_the_reading_alone_tells_whether_the_card_is_still_the_same() {
    let card = SharedCard::new(VirtualCard::sample().unwrap());
    let quirks = [ModemQuirk::RefreshXsim].into_iter().collect::<ModemQuirkSet>();
    let modem = FrontEnd::at_tcp(card.clone(), quirks, "127.0.0.1:0").unwrap();
    let mut device = Emulator::start(&firmware("simstrap-firmware-reader"), modem.address());

    let told = device.until("/1/1: 4 resources");
    assert_eq!(told, ["/0/1: 6 resources", "/1/1: 4 resources"]);
    let changed = sample_with("coaps://us.iot.avsystem.cloud:5684");
    card.lock().update_bootstrap_data(&changed).unwrap();
    assert_eq!(device.line().as_deref(), Some("it is another"));
    device.ends_within(READER_STACK, HEAP);
}

/// The data of the built-in card with another URI of the same length.
fn sample_with(uri: &str) -> Vec<u8> {
    let mut card = VirtualCard::sample().unwrap();
    let read = |card: &mut VirtualCard, command: &[u8]| card.exchange(command).unwrap();
    read(&mut card, b"\x00\xA4\x04\x00\x0C\xA0\x00\x00\x00\x63PKCS-15\x00");
    read(&mut card, &[0x00, 0xA4, 0x00, 0x04, 0x02, 0x64, 0x32, 0x00]);
    let mut data = read(&mut card, &[0x00, 0xB0, 0x00, 0x00, 0x7E]);
    data.truncate(0x7E);
    let old = b"coaps://eu.iot.avsystem.cloud:5684";
    let at = data.windows(old.len()).position(|window| window == old).unwrap();
    data[at..at + old.len()].copy_from_slice(uri.as_bytes());
    data
}

/// Builds the firmware, and gives one image of it.
fn firmware(image: &str) -> PathBuf {
    needed("ld.lld", "lld");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut build = Command::new(root.join(".ci/bare-metal"));
    build.args([TARGET, "build", "--release", "--locked", "--package", "simstrap-firmware"]);
    build.current_dir(root.join("examples/firmware"));
    let output = build.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    root.join("target/firmware").join(TARGET).join("release").join(image)
}

fn needed(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{program} is not there: apt-get install {package}"))
}
