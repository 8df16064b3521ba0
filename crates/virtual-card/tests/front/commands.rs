// SPDX-License-Identifier: Apache-2.0
//! A modem by the book (3GPP TS 27.007).

use simstrap_virtual_card::front::{Modem, ModemQuirkSet};
use simstrap_virtual_card::{
    CardDescription, CardQuirk, Fault, FaultKind, SharedCard, TransmissionProtocol, VirtualCard,
};

use crate::{Desk, card_with, sample};

const AID: &str = "A000000063504B43532D3135";

#[test]
fn settings_and_questions() {
    let mut desk = Desk::new(&[]);
    for (command, answer) in [
        ("AT", &["OK"][..]),
        ("at", &["OK"]),
        ("ATI", &["simstrap virtual modem", "OK"]),
        ("AT+CMEE?", &["+CMEE: 0", "OK"]),
        ("AT+CMEE=?", &["+CMEE: (0-2)", "OK"]),
        ("AT+CSIM=?", &["OK"]),
        ("AT+CCHO=?", &["OK"]),
        ("AT+CGLA=?", &["OK"]),
        ("AT+CCHC=?", &["OK"]),
        ("AT+CPIN?", &["+CPIN: READY", "OK"]),
        ("AT+COPS?", &["ERROR"]),
        ("AT+CMEE=3", &["ERROR"]),
        ("nonsense", &[]),
        ("", &[]),
    ] {
        assert_eq!(desk.say(command), answer, "{command}");
    }
}

#[test]
fn the_echo_is_on_until_told_otherwise() {
    let mut modem = Modem::new(sample(), ModemQuirkSet::EMPTY);
    assert_eq!(modem.receive(b"AT\r\n"), b"AT\r\r\nOK\r\n");
    assert_eq!(modem.receive(b"ATE0\r"), b"ATE0\r\r\nOK\r\n");
    assert_eq!(modem.receive(b"AT\r"), b"\r\nOK\r\n");
    assert_eq!(modem.receive(b"ATE1\r"), b"\r\nOK\r\n");
    assert_eq!(modem.receive(b"A"), b"A");
    assert_eq!(modem.receive(b"T"), b"T");
    assert_eq!(modem.receive(b"\r"), b"\r\r\nOK\r\n");
    modem.hang_up();
    assert!(modem.receive(b"AT\r").starts_with(b"AT"));
}

#[test]
fn commands_reach_the_card() {
    let mut desk = Desk::new(&[]);
    assert_eq!(desk.csim("80F2000C"), ["+CSIM: 4,\"9000\"", "OK"]);
    assert_eq!(desk.csim("00b082000a"), ["+CSIM: 24,\"988812010000103254F89000\"", "OK"]);
    assert_eq!(desk.csim("0070000001"), ["+CSIM: 6,\"019000\"", "OK"]);
    // The answer of a T=0 card goes out as it is.
    let mut desk = Desk::with(card_with(TransmissionProtocol::T0), &[]);
    assert_eq!(desk.csim("00A40004022FE2"), ["+CSIM: 4,\"611E\"", "OK"]);
}

#[test]
fn malformed_commands_do_not_reach_the_card() {
    let mut desk = Desk::new(&[]);
    desk.say("AT+CMEE=1");
    for command in [
        "AT+CSIM=",
        "AT+CSIM=8",
        "AT+CSIM=8,80F2000C",
        "AT+CSIM=4,\"80F2000C\"",
        "AT+CSIM=10,\"80F2000C\"",
        "AT+CSIM=8,\"80F2000X\"",
        "AT+CSIM=7,\"80F2000\"",
        "AT+CSIM=6,\"80F200\"",
        "AT+CSIM=9,\"80F2 000C\"",
        "AT+CSIM=8,\"80F2000C",
        "AT+CCHO=A000000063504B43532D3135",
        "AT+CGLA=1",
    ] {
        assert_eq!(desk.say(command), ["+CME ERROR: 50"], "{command}");
    }
    assert_eq!(desk.say("AT+CGLA=1,8,\"80F2000C\""), ["+CME ERROR: 3"], "no session");
    assert_eq!(desk.say("AT+CCHC=1"), ["+CME ERROR: 3"]);
    assert_eq!(desk.card.lock().exchanges(), 0);
}

#[test]
fn ft_03_a_line_that_never_ends_is_bounded() {
    let mut desk = Desk::new(&[]);
    assert!(desk.modem.receive(b"AT").is_empty());
    for _ in 0..1000 {
        assert!(desk.modem.receive(&[b'A'; 1000]).is_empty());
    }
    assert_eq!(desk.say(""), ["ERROR"]);
    assert_eq!(desk.say("AT"), ["OK"]);
}

#[test]
fn a_session_lives_from_ccho_to_cchc() {
    let mut desk = Desk::new(&[]);
    assert_eq!(desk.say(&format!("AT+CCHO=\"{AID}\"")), ["+CCHO: 1", "OK"]);
    // EF ODF by its short identifier, on the channel of the session.
    let read = desk.say("AT+CGLA=1,10,\"01B0910000\"");
    assert_eq!(read, ["+CGLA: 20,\"A7063004040264309000\"", "OK"]);
    let written_on_the_basic_channel = desk.say("AT+CGLA=1,10,\"00B0910000\"");
    assert_eq!(written_on_the_basic_channel, ["+CGLA: 4,\"6A82\"", "OK"]);
    assert_eq!(desk.say("AT+CCHC=1"), ["OK"]);
    assert_eq!(desk.say("AT+CGLA=1,10,\"01B0910000\""), ["ERROR"]);
    assert_eq!(desk.csim("81F2000C"), ["+CSIM: 4,\"6881\"", "OK"]);
}

#[test]
fn an_application_that_is_not_there_leaves_no_channel_open() {
    let mut desk = Desk::new(&[]);
    desk.say("AT+CMEE=2");
    assert_eq!(desk.say("AT+CCHO=\"A0000000871099\""), ["+CME ERROR: not found"]);
    for channel in 1..=3 {
        let opened = desk.say(&format!("AT+CCHO=\"{AID}\""));
        assert_eq!(opened, [format!("+CCHO: {channel}"), "OK".to_owned()]);
    }
    assert_eq!(desk.say(&format!("AT+CCHO=\"{AID}\"")), ["+CME ERROR: operation not allowed"]);
}

#[test]
fn a_client_that_hangs_up_leaves_no_channel_open() {
    let mut desk = Desk::new(&[]);
    desk.say(&format!("AT+CCHO=\"{AID}\""));
    desk.csim("0070000001");
    desk.csim("0070000001");
    desk.csim("00708002");
    desk.modem.hang_up();
    for channel in ["81", "82", "83"] {
        assert!(desk.modem.receive(b"ATE0\r").ends_with(b"OK\r\n"));
        assert_eq!(desk.csim(&format!("{channel}F2000C")), ["+CSIM: 4,\"6881\"", "OK"]);
    }
}

#[test]
fn a_channel_is_closed_however_the_card_says_that_it_is_open() {
    for quirk in [CardQuirk::ProactivePending, CardQuirk::DataTransfer92xx] {
        let mut description = CardDescription::sample().unwrap();
        description.quirks.insert(quirk);
        let card = SharedCard::new(VirtualCard::new(&description).unwrap());
        let mut desk = Desk::with(card, &[]);
        assert!(desk.csim("0070000001")[0].starts_with("+CSIM: 6,\"019"), "{quirk}");
        desk.modem.hang_up();
        assert_eq!(desk.card.lock().exchange(&[0x81, 0xF2, 0, 0x0C]).unwrap(), [0x68, 0x81]);
    }
}

#[test]
fn cr_07_a_card_that_is_pulled_is_told_in_the_form_asked_for() {
    let mut desk = Desk::new(&[]);
    assert_eq!(desk.say(&format!("AT+CCHO=\"{AID}\"")), ["+CCHO: 1", "OK"]);
    desk.card.lock().remove();
    for (form, answer) in [(0, "ERROR"), (1, "+CME ERROR: 10"), (2, "+CME ERROR: SIM not inserted")]
    {
        assert_eq!(desk.say(&format!("AT+CMEE={form}")), ["OK"]);
        assert_eq!(desk.csim("80F2000C"), [answer]);
        assert_eq!(desk.say("AT+CGLA=1,8,\"81F2000C\""), [answer]);
        assert_eq!(desk.say(&format!("AT+CCHO=\"{AID}\"")), [answer]);
        assert_eq!(desk.say("AT+CPIN?"), [answer]);
    }
    desk.card.lock().insert();
    assert_eq!(desk.say("AT+CPIN?"), ["+CPIN: READY", "OK"]);
    let gone = desk.say("AT+CGLA=1,8,\"81F2000C\"");
    assert_eq!(gone, ["+CME ERROR: operation not allowed"], "the session went with the power");
}

#[test]
fn faults_of_the_card_are_errors_or_silence() {
    use simstrap_scp03::apdu::TransportErrorKind as Kind;
    for (kind, answer) in [
        (FaultKind::CommandLost(Kind::Other), &["+CME ERROR: 13"][..]),
        (FaultKind::CommandLost(Kind::CardReset), &["+CME ERROR: 13"]),
        (FaultKind::CommandLost(Kind::Unavailable), &["+CME ERROR: 14"]),
        (FaultKind::CommandLost(Kind::NoCard), &["+CME ERROR: 10"]),
        (FaultKind::ResponseLost(Kind::Timeout), &[]),
        (FaultKind::NeverAnswers, &[]),
        (FaultKind::EmptyResponse, &["+CSIM: 0,\"\"", "OK"]),
        (FaultKind::Truncated(1), &["+CSIM: 2,\"90\"", "OK"]),
    ] {
        let mut desk = Desk::new(&[]);
        desk.say("AT+CMEE=1");
        desk.card.lock().inject(Fault { at: 0, kind: kind.clone() });
        assert_eq!(desk.csim("80F2000C"), answer, "{kind:?}");
        assert_eq!(desk.csim("80F2000C"), ["+CSIM: 4,\"9000\"", "OK"], "{kind:?}");
    }
}
