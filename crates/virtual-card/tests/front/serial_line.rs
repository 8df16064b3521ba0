// SPDX-License-Identifier: Apache-2.0
//! Clients on a pseudo terminal.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use simstrap_virtual_card::front::{FrontEnd, FrontEndError, ModemQuirkSet};

use crate::{ask, sample};

fn open(link: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(link).unwrap()
}

/// Reads until the end of an answer is there, whatever a client before left unread.
fn settle(line: &mut File) {
    line.write_all(b"\rAT+CMEE=2\rAT+CMEE?\r").unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"+CMEE: 2\r\n\r\nOK\r\n") {
        let mut byte = [0];
        line.read_exact(&mut byte).unwrap();
        heard.extend(byte);
    }
}

#[test]
fn a_line_has_a_name_while_it_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("modem");
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    let front_end = FrontEnd::at_pty(sample(), ModemQuirkSet::EMPTY, &link).unwrap();
    assert_eq!(front_end.address(), link.display().to_string());
    let mut line = open(&link);
    assert_eq!(ask(&mut line, "ATE0"), "ATE0\r\r\nOK\r\n");
    let answer = ask(&mut line, "AT+CSIM=8,\"80F2000C\"");
    assert_eq!(answer, "\r\n+CSIM: 4,\"9000\"\r\n\r\nOK\r\n");
    drop(front_end);
    assert!(fs::symlink_metadata(&link).is_err());
}

#[test]
fn a_file_in_the_way_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("modem");
    fs::write(&link, "mine").unwrap();
    let refused = FrontEnd::at_pty(sample(), ModemQuirkSet::EMPTY, &link);
    assert!(matches!(refused, Err(FrontEndError::Link { .. })));
    assert_eq!(fs::read(&link).unwrap(), b"mine");
}

#[test]
fn clients_that_break_off_at_any_byte_do_no_harm() {
    const DIALOGUE: &[u8] = b"AT+CSIM=10,\"0070000001\"\rAT+CSIM=10,\"00B082000A\"\r";
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("modem");
    let card = sample();
    let _front_end = FrontEnd::at_pty(card.clone(), ModemQuirkSet::EMPTY, &link).unwrap();
    for length in 0..=DIALOGUE.len() {
        open(&link).write_all(&DIALOGUE[..length]).unwrap();
    }
    for _ in 0..20 {
        let mut line = open(&link);
        settle(&mut line);
        assert!(ask(&mut line, "AT+CSIM=8,\"80F2000C\"").contains("+CSIM: 4,\"9000\""));
    }
}
