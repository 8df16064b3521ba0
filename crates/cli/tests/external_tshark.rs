// SPDX-License-Identifier: Apache-2.0
//! Wireshark decodes what the command writes down. Debian has it: `apt-get install tshark`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use std::path::Path;
use std::process::Command;

/// Fields of every packet, a line each.
fn dissect(capture: &Path, fields: &[&str]) -> Vec<String> {
    let output = Command::new("tshark")
        .args(["-r", capture.to_str().unwrap(), "-T", "fields"])
        .args(fields.iter().flat_map(|field| ["-e", *field]))
        .output()
        .expect("tshark runs; on Debian: apt-get install tshark");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn tshark_decodes_a_capture_as_commands_of_a_sim() {
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("card.pcap");
    let status = Command::new(env!("CARGO_BIN_EXE_simstrap"))
        .args(["read", "--format", "raw", "--trace", capture.to_str().unwrap()])
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    let fields = ["_ws.col.Protocol", "gsm_sim.apdu.ins", "gsm_sim.apdu.sw", "_ws.malformed"];
    let expected = [
        ("0x70", "MANAGE CHANNEL, open"),
        ("0xb0", "READ BINARY, EF ICCID"),
        ("0xb2", "READ RECORD, EF DIR"),
        ("0xb2", "READ RECORD, EF DIR"),
        ("0xa4", "SELECT, PKCS#15"),
        ("0xb0", "READ BINARY, EF ODF"),
        ("0xa4", "SELECT, EF DODF"),
        ("0xb0", "READ BINARY, EF DODF"),
        ("0xa4", "SELECT, EF LwM2M_Bootstrap"),
        ("0xb0", "READ BINARY, EF LwM2M_Bootstrap"),
        ("0x70", "MANAGE CHANNEL, close"),
    ];
    let expected = expected.map(|(instruction, _)| format!("GSM SIM\t{instruction}\t0x9000\t"));
    assert_eq!(dissect(&capture, &fields), expected);
}
