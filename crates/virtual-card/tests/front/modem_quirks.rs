// SPDX-License-Identifier: Apache-2.0
//! Each deviation of a modem, one after the other.

use simstrap_virtual_card::front::{Modem, ModemQuirk};
use simstrap_virtual_card::{
    CardDescription, Fault, FaultKind, SAMPLE, TransmissionProtocol, VirtualCard,
};

use crate::{Desk, card_with, lines, quirks, sample};

const STATUS: &str = "80F2000C";
const READ_ICCID: &str = "00B082000A";
const ICCID: &str = "988812010000103254F8";
const CCHO: &str = "AT+CCHO=\"A000000063504B43532D3135\"";

/// What a modem with one quirk answers to AT+CSIM with a command.
fn csim(quirk: ModemQuirk, command: &str) -> Vec<String> {
    Desk::new(&[quirk]).csim(command)
}

#[test]
fn the_sample_description_lists_every_quirk_and_switches_none_on() {
    for quirk in ModemQuirk::ALL {
        let line = SAMPLE.lines().find(|line| line.starts_with(&format!("{quirk} = ")));
        assert!(line.is_some_and(|line| line.contains("= false  ")), "{quirk}");
        let on = SAMPLE.replace(&format!("\n{quirk} = false"), &format!("\n{quirk} = true"));
        let description = CardDescription::from_toml(&on).unwrap();
        assert_eq!(description.modem, quirks(&[*quirk]));
    }
}

#[test]
fn forms_of_answers() {
    for (quirk, answer) in [
        (ModemQuirk::NoSpace, format!("+CSIM:24,\"{ICCID}9000\"")),
        (ModemQuirk::LowerCaseAnswers, "+CSIM: 24,\"988812010000103254f89000\"".to_owned()),
        (ModemQuirk::LengthWithQuotes, format!("+CSIM: 26,\"{ICCID}9000\"")),
        (ModemQuirk::LengthWithoutStatus, format!("+CSIM: 20,\"{ICCID}9000\"")),
        (ModemQuirk::Unquoted, format!("+CSIM: 24,{ICCID}9000")),
        (ModemQuirk::NoPrefix, format!("24,\"{ICCID}9000\"")),
        (ModemQuirk::OnlyDigits, format!("{ICCID}9000")),
    ] {
        assert_eq!(csim(quirk, READ_ICCID), [answer, "OK".to_owned()], "{quirk}");
    }
}

#[test]
fn lower_case_is_refused_in_commands_of_both_kinds() {
    let mut desk = Desk::new(&[ModemQuirk::LowerCaseRefused]);
    assert_eq!(desk.csim("00b082000a"), ["ERROR"]);
    assert_eq!(desk.say(&CCHO.replace("4B", "4b")), ["ERROR"]);
    assert_eq!(desk.csim(STATUS), ["+CSIM: 4,\"9000\"", "OK"]);
}

#[test]
fn the_echo_has_another_end() {
    let mut modem = Modem::new(sample(), quirks(&[ModemQuirk::EchoCrCrLf]));
    assert_eq!(modem.receive(b"AT\r"), b"AT\r\r\n\r\nOK\r\n");
}

#[test]
fn other_lines_come_between_and_in_front() {
    let between = csim(ModemQuirk::UnsolicitedBetween, STATUS);
    assert_eq!(between, ["+CREG: 1,5", "+CSIM: 4,\"9000\"", "OK"]);

    let mut desk = Desk::new(&[ModemQuirk::LateAnswer]);
    assert_eq!(desk.csim("0070000001"), ["+CSIM: 6,\"019000\"", "OK"]);
    let second = ["+CSIM: 6,\"019000\"", "+CSIM: 4,\"9000\"", "OK"];
    assert_eq!(desk.csim(STATUS), second);
    let at = desk.card.lock().exchanges();
    desk.card.lock().inject(Fault { at, kind: FaultKind::NeverAnswers });
    assert!(desk.csim(STATUS).is_empty());
    let with_the_next = desk.say("AT");
    assert_eq!(with_the_next.first().map(String::as_str), Some("+CSIM: 4,\"9000\""));
    assert_eq!(with_the_next[1..], ["+CSIM: 4,\"6F00\"", "OK", "OK"]);
}

#[test]
fn sessions_have_names_of_several_forms() {
    for (quirk, answer) in [
        (ModemQuirk::CchoHex, "+CCHO: 000000000385a7c1"),
        (ModemQuirk::CchoBare, "1"),
        (ModemQuirk::SessionHandle, "+CCHO: 17"),
        (ModemQuirk::NoSpace, "+CCHO:1"),
    ] {
        let mut desk = Desk::new(&[quirk]);
        assert_eq!(desk.say(CCHO), [answer, "OK"], "{quirk}");
        let name = answer.trim_start_matches("+CCHO:").trim();
        let written = if answer.len() > 8 && quirk != ModemQuirk::CchoBare { "00" } else { "01" };
        let read = desk.say(&format!("AT+CGLA={name},10,\"{written}B0910000\""));
        assert!(read[0].ends_with("20,\"A7063004040264309000\""), "{quirk}: {read:?}");
        assert_eq!(desk.say(&format!("AT+CCHC={name}")), ["OK"], "{quirk}");
        assert_eq!(desk.say(&format!("AT+CCHC={name}")), ["ERROR"], "{quirk}");
    }
}

#[test]
fn some_of_the_commands_are_missing_or_say_so() {
    let mut desk = Desk::new(&[ModemQuirk::CchoTestError]);
    assert_eq!(desk.say("AT+CCHO=?"), ["ERROR"]);
    assert_eq!(desk.say(CCHO), ["+CCHO: 1", "OK"]);
    let mut desk = Desk::new(&[ModemQuirk::NoCchc]);
    assert_eq!(desk.say(CCHO), ["+CCHO: 1", "OK"]);
    assert_eq!(desk.say("AT+CCHC=1"), ["ERROR"]);
    let mut desk = Desk::new(&[ModemQuirk::CchcAnswers]);
    assert_eq!(desk.say(CCHO), ["+CCHO: 1", "OK"]);
    assert_eq!(desk.say("AT+CCHC=1"), ["+CCHC", "OK"]);
}

#[test]
fn the_modem_fetches_responses_itself() {
    const SELECT: &str = "00A40004022FE2";
    for quirk in [ModemQuirk::GetResponseByModem, ModemQuirk::GetResponseForbidden] {
        let mut desk = Desk::with(card_with(TransmissionProtocol::T0), &[quirk]);
        let selected = desk.csim(SELECT);
        assert!(selected[0].starts_with("+CSIM: 64,\"621C"), "{selected:?}");
        assert!(selected[0].ends_with("9000\""), "{selected:?}");
        // 6C 0A is answered by the modem too.
        assert_eq!(desk.csim("00B0000000"), [format!("+CSIM: 24,\"{ICCID}9000\""), "OK".into()]);
        let fetched = desk.csim("00C0000002");
        if quirk == ModemQuirk::GetResponseForbidden {
            assert_eq!(fetched, ["ERROR"]);
        } else {
            assert_eq!(fetched, ["+CSIM: 4,\"6F00\"", "OK"]);
        }
    }
}

#[test]
fn an_expected_length_after_select_is_refused() {
    let mut desk = Desk::new(&[ModemQuirk::SelectLeRefused]);
    assert_eq!(desk.csim("00A40004022FE200"), ["ERROR"]);
    assert_eq!(desk.csim("00A4000C022FE2"), ["+CSIM: 4,\"9000\"", "OK"]);
    assert_eq!(desk.csim(READ_ICCID), [format!("+CSIM: 24,\"{ICCID}9000\""), "OK".into()]);
}

#[test]
fn long_commands_are_refused() {
    for (quirk, longest) in [(ModemQuirk::Line520, 520), (ModemQuirk::Line256, 256)] {
        let mut desk = Desk::new(&[quirk]);
        let command = |digits: usize| {
            let data = digits / 2 - 5;
            format!("00D60000{data:02X}{}", "5A".repeat(data))
        };
        assert_eq!(desk.csim(&command(longest)), ["+CSIM: 4,\"6986\"", "OK"], "{quirk}");
        let before = desk.card.lock().exchanges();
        // One byte of expected length too many.
        assert_eq!(desk.csim(&format!("{}00", command(longest))), ["ERROR"], "{quirk}");
        assert_eq!(desk.card.lock().exchanges(), before);
    }
}

#[test]
fn cr_07_a_lost_card_is_told_in_many_ways_and_at_cpin_tells_which() {
    for (quirk, answer) in [
        (ModemQuirk::SimLost13, &["+CME ERROR: 13"][..]),
        (ModemQuirk::SimLost14, &["+CME ERROR: 14"]),
        (ModemQuirk::SimLost0, &["+CME ERROR: 0"]),
        (ModemQuirk::SimLostText, &["+CME ERROR: SIM not inserted"]),
        (ModemQuirk::SimLostFailureText, &["+CME ERROR: SIM failure"]),
        (ModemQuirk::SimLostError, &["ERROR"]),
        (ModemQuirk::SimLostSilent, &[]),
    ] {
        let mut desk = Desk::new(&[quirk]);
        desk.say("AT+CMEE=1");
        desk.card.lock().remove();
        assert_eq!(desk.csim(STATUS), answer, "{quirk}");
        assert_eq!(desk.say("AT+CPIN?"), ["+CME ERROR: 10"], "{quirk}");
        desk.card.lock().insert();
        assert_eq!(desk.csim(STATUS), ["+CSIM: 4,\"9000\"", "OK"], "{quirk}");
    }
}

#[test]
fn cr_08_a_change_of_the_data_shows_in_many_ways() {
    for (quirk, changed, pulled) in [
        (ModemQuirk::RefreshUusimstat, &["+UUSIMSTAT: 9"][..], &[][..]),
        (ModemQuirk::RefreshQusim, &["+QUSIM: 1"], &[]),
        (ModemQuirk::RefreshXsim, &["%XSIM: 1"], &["%XSIM: 0"]),
        (ModemQuirk::RefreshQss, &["#QSS: 0", "#QSS: 1"], &["#QSS: 0"]),
        (ModemQuirk::RefreshStin, &["+STIN: 1"], &[]),
        (ModemQuirk::RefreshCusatp, &["+CUSATP: \"D009810301010082028182\""], &[]),
        (ModemQuirk::NoSpace, &[], &[]),
    ] {
        let mut desk = Desk::new(&[quirk]);
        let mut news = |act: fn(&mut VirtualCard)| {
            act(&mut desk.card.lock());
            lines(&desk.modem.announce())
        };
        assert!(news(|_| {}).is_empty(), "{quirk}");
        assert_eq!(news(|card| card.update_bootstrap_data(&[0, 0, 0, 0]).unwrap()), changed);
        assert!(news(|_| {}).is_empty(), "{quirk}: once");
        assert_eq!(news(VirtualCard::deactivate_bootstrap_file), changed, "{quirk}");
        assert_eq!(news(VirtualCard::remove), pulled, "{quirk}");
        assert_eq!(news(VirtualCard::insert), changed, "{quirk}");
    }
}
