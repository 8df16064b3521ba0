// SPDX-License-Identifier: Apache-2.0
//! What goes over a transport, written down, and what of it is not.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]
#![cfg(feature = "std")]

mod common;

use std::io;
use std::net::UdpSocket;
use std::time::Duration;

use common::Script;
use simstrap_apdu::trace::{Exchange, GsmtapSocket, PcapFile, Record, Secrets, TextLog, Traced};
use simstrap_apdu::{Transport, blocking};

/// A PIN, keys on their way in and out, an ICCID and a directory.
const SCRIPT: &str = "
    > 00 70 00 00 01
    < 01 90 00
    > 01 A4 00 04 02 2F E2 00
    < 62 02 82 00 90 00
    > 01 B0 00 00 0A
    < 98 10 32 54 76 98 10 32 54 F6 90 00
    > 01 20 00 01 08 31 32 33 34 FF FF FF FF
    < 63 C2
    > 01 A4 00 04 02 64 32 00
    < 61 04
    > 01 C0 00 00 04
    < 62 02 82 00 90 00
    > 01 B0 00 00 00
    < 5E C2 E7 61 02
    > 01 C0 00 00 02
    < 5E C2 90 00
    > 01 D6 00 00 03 5E C2 E7
    < 90 00
    > 01 B0 91 00 00
    < 5E C2 E7 90 00
    > 01 B2 01 F4 00
    < 61 02 4F 00 90 00
    > 05 B0 00 00 08 11 22 33 44 55 66 77 88
    < 5E C2 E7 62 82
    > 80 F2 00 0C
    ! timeout
";

const LOG: &str = "\
23:59:59.000007 > 00 70 00 00 01   MANAGE CHANNEL
23:59:59.000007 < 01 90 00
23:59:59.000007 > 01 A4 00 04 02 2F E2 00   SELECT, channel 1
23:59:59.000007 < 62 02 82 00 90 00
23:59:59.000007 > 01 B0 00 00 0A   READ BINARY, channel 1
23:59:59.000007 < 98 10 32 54 76 98 10 32 54 F6 90 00
23:59:59.000007 > 01 20 00 01 08 [8 bytes masked]   VERIFY PIN, channel 1
23:59:59.000007 < 63 C2
23:59:59.000007 > 01 A4 00 04 02 64 32 00   SELECT, channel 1
23:59:59.000007 < 61 04
23:59:59.000007 > 01 C0 00 00 04   GET RESPONSE, channel 1
23:59:59.000007 < 62 02 82 00 90 00
23:59:59.000007 > 01 B0 00 00 00   READ BINARY, channel 1
23:59:59.000007 < [3 bytes masked] 61 02
23:59:59.000007 > 01 C0 00 00 02   GET RESPONSE, channel 1
23:59:59.000007 < [2 bytes masked] 90 00
23:59:59.000007 > 01 D6 00 00 03 [3 bytes masked]   UPDATE BINARY, channel 1
23:59:59.000007 < 90 00
23:59:59.000007 > 01 B0 91 00 00   READ BINARY, channel 1
23:59:59.000007 < [3 bytes masked] 90 00
23:59:59.000007 > 01 B2 01 F4 00   READ RECORD, channel 1
23:59:59.000007 < 61 02 4F 00 90 00
23:59:59.000007 > 05 B0 00 00 08 11 22 33 44 55 66 77 88   READ BINARY, channel 1, protected
23:59:59.000007 < [3 bytes masked] 62 82
23:59:59.000007 > 80 F2 00 0C   STATUS
23:59:59.000007 ! scripted failure: Timeout
";

/// Plays the script through a recorder.
fn play(recorder: impl Record, secrets: Secrets) {
    let clock = || Some(Duration::new(86_400 * 3 - 1, 7_000));
    let mut traced = Traced::new(Script::new(SCRIPT), recorder, secrets, clock);
    let commands = SCRIPT.lines().filter_map(|line| line.trim().strip_prefix('>'));
    for command in commands {
        let command = hex::decode(command.replace(' ', "")).unwrap();
        let _ = blocking::run(traced.transmit(&command, &mut [0; 258])).unwrap();
    }
    traced.transport().assert_finished();
    assert!(traced.take_failure().is_none());
}

#[test]
fn ft_04_the_log_masks_pins_and_what_may_be_keys() {
    let mut log = Vec::new();
    play(TextLog::new(&mut log), Secrets::Masked);
    assert_eq!(String::from_utf8(log).unwrap(), LOG);
}

/// Data may stand in a directory itself, and that in EF ODF.
#[test]
fn ft_04_a_directory_with_data_in_it_is_masked_too() {
    let card = Script::new(
        "> 01 A4 00 04 02 50 31 00\n< 62 02 82 00 90 00\n> 01 B0 00 00 00\n< 5E C2 E7 90 00",
    );
    let mut log = Vec::new();
    let mut traced = Traced::new(card, TextLog::new(&mut log), Secrets::Masked, || None);
    for command in ["01A4000402503100", "01B0000000"] {
        let command = hex::decode(command).unwrap();
        blocking::run(traced.transmit(&command, &mut [0; 258])).unwrap().unwrap();
    }
    drop(traced);
    let log = String::from_utf8(log).unwrap();
    assert!(log.ends_with("< [3 bytes masked] 90 00\n"), "{log}");
}

#[test]
fn nothing_is_masked_for_who_asks_for_it() {
    let mut log = Vec::new();
    play(TextLog::new(&mut log), Secrets::Shown);
    let log = String::from_utf8(log).unwrap();
    assert!(!log.contains("masked"), "{log}");
    assert!(log.contains("> 01 20 00 01 08 31 32 33 34 FF FF FF FF   VERIFY PIN"), "{log}");
    assert!(log.contains("< 5E C2 E7 61 02\n"), "{log}");
}

#[test]
fn ft_04_no_packet_holds_what_is_masked() {
    let mut capture = Vec::new();
    play(PcapFile::new(&mut capture).unwrap(), Secrets::Masked);
    let holds = |bytes: &[u8]| capture.windows(bytes.len()).any(|window| window == bytes);
    assert!(!holds(&[0x31, 0x32, 0x33, 0x34]) && !holds(&[0x5E, 0xC2]));
    assert!(holds(&[0x98, 0x10, 0x32, 0x54]), "what is public is there");
}

#[test]
fn a_capture_is_pcap_of_udp_of_gsmtap() {
    let mut capture = Vec::new();
    play(PcapFile::new(&mut capture).unwrap(), Secrets::Masked);
    let first = "
        d4c3b2a1 0200 0400 00000000 00000000 ffff0000 e4000000
        7ff40300 07000000 34000000 34000000
        45 00 0034 0000 0000 40 11 7cb7 7f000001 7f000001
        1279 1279 0020 0000
        02 04 04 00 0000 00 00 00000000 00 00 00 00
        0070000001 01 9000";
    let first = hex::decode(first.replace([' ', '\n'], "")).unwrap();
    assert_eq!(hex::encode(&capture[..first.len()]), hex::encode(&first));
    // As many packets as commands that got a response, and nothing after them.
    let mut packets = 0;
    let mut rest = &capture[24..];
    while let Some(length) = rest.get(8..12) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        rest = &rest[16 + length..];
        packets += 1;
    }
    assert_eq!((packets, rest.len()), (12, 0));
}

#[test]
fn packets_are_sent_to_whoever_listens_and_to_nobody() {
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    play(GsmtapSocket::to(address).unwrap(), Secrets::Masked);
    let mut packet = [0; 600];
    let length = listener.recv(&mut packet).unwrap();
    assert_eq!(
        packet[..length],
        hex::decode("0204040000000000000000000000000000700000010190 00".replace(' ', "")).unwrap()
    );
    drop(listener);
    play(GsmtapSocket::to(address).unwrap(), Secrets::Masked);
}

#[test]
fn a_recorder_that_fails_does_not_disturb_the_card() {
    struct Full;
    impl Record for Full {
        fn record(&mut self, _: &Exchange<'_>) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    let card = Script::new("> 80 F2 00 0C\n< 90 00");
    let mut traced = Traced::new(card, vec![Full, Full], Secrets::Masked, || None);
    let result = blocking::run(traced.transmit(&[0x80, 0xF2, 0x00, 0x0C], &mut [0; 2]));
    assert_eq!(result.unwrap().unwrap(), 2);
    assert_eq!(traced.take_failure().unwrap().kind(), io::ErrorKind::StorageFull);
    assert!(traced.take_failure().is_none());
}
