// SPDX-License-Identifier: Apache-2.0
//! Exchanges with modems, as they go over the line.

use simstrap_apdu::at::{AtMode, AtOptions, AtTransport};
use simstrap_apdu::{CardFiles, LogicalChannel, Path, Quirk, QuirkSet, Transport, blocking};

use crate::script::{ScriptedLine, transcript};

/// Plays a transcript with the line read in pieces of a size, and gives the quirks met and
/// whether the SIM gave a hint.
fn play_in_pieces(text: &str, mode: AtMode, piece: usize) -> (QuirkSet, bool) {
    let (turns, exchanges) = transcript(text);
    let mut line = ScriptedLine::new(turns);
    line.piece = piece;
    let mut modem = AtTransport::new(line, AtOptions { mode, ..AtOptions::default() });
    for exchange in exchanges {
        let mut response = [0; 258];
        let result =
            blocking::run(modem.transmit(&exchange.command, &mut response)).expect("blocks");
        let shown = result.map(|length| response[..length].to_vec()).map_err(|e| e.to_string());
        assert_eq!(shown, exchange.outcome, "{:02X?}", exchange.command);
    }
    assert!(modem.line().turns.is_empty(), "not sent: {:?}", modem.line().turns);
    (modem.quirks(), modem.take_hint())
}

/// Plays a transcript, whole lines and single bytes alike.
fn play(text: &str, mode: AtMode) -> (Vec<Quirk>, bool) {
    let whole = play_in_pieces(text, mode, usize::MAX);
    assert_eq!(whole, play_in_pieces(text, mode, 1), "pieces of the line make no difference");
    (whole.0.iter().collect(), whole.1)
}

/// A file of 300 bytes, of which the modem carries 126 at a time.
#[test]
fn quirk_11_a_file_is_read_in_parts_that_the_modem_carries() {
    let digits = |length: usize| "5A".repeat(length);
    let mut text = include_str!("../../testdata/at/auto-csim.txt").to_owned();
    text += "\n> AT+CSIM=10,\"01B0000000\"\n< ERROR\n> AT+CPIN?\n< +CPIN: READY\n< OK\n";
    for (offset, length) in [(0, 126), (126, 126), (252, 48)] {
        text += &format!("> AT+CSIM=10,\"01B0{offset:04X}{length:02X}\"\n");
        text += &format!("< +CSIM: {},\"{}9000\"\n< OK\n", 2 * length + 4, digits(length));
    }
    let (turns, _) = transcript(&text);
    let modem = AtTransport::new(ScriptedLine::new(turns), AtOptions::default());
    let mut channel = LogicalChannel::new(modem);
    blocking::run(channel.open()).unwrap().unwrap();
    let mut files = CardFiles::new(&mut channel);
    let mut target = [0; 300];
    let path = Path::from_bytes(&[0x64, 0x32]).unwrap();
    let read = blocking::run(files.read_binary(&path, 0, &mut target)).unwrap().unwrap();
    assert_eq!((read, target), (300, [0x5A; 300]));
    assert!(files.quirks().contains(Quirk::ModemShortLines));
}

macro_rules! transcripts {
    ($($(#[$meta:meta])* $name:ident: $file:literal, $mode:ident => $quirks:expr, $hint:expr;)*) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            let text = include_str!(concat!("../../testdata/at/", $file, ".txt"));
            let quirks: Vec<Quirk> = Vec::from($quirks);
            assert_eq!(play(text, AtMode::$mode), (quirks, $hint));
        }
    )*};
}

transcripts! {
    csim_as_specified: "csim", Csim => [], false;
    cgla_as_specified: "cgla", Cgla => [], false;
    auto_finds_csim: "auto-csim", Auto => [], false;
    auto_goes_over_to_cgla_when_csim_is_refused: "auto-cgla", Auto => [], false;
    auto_goes_over_to_cgla_when_channels_are_the_modems: "auto-cgla-channels", Auto => [], false;
    auto_ends_with_the_refusal_when_nothing_works: "auto-nothing", Auto => [], false;
    quirk_09_echo_stays_on: "echo", Csim => [Quirk::ModemEcho], false;
    quirk_09_answers_without_quotes_and_prefix: "bare-answers", Csim =>
        [Quirk::ModemBareAnswer, Quirk::ModemUnquotedAnswer], false;
    quirk_09_length_counts_the_quotes: "length-with-quotes", Csim =>
        [Quirk::ModemWrongLength], false;
    quirk_09_length_without_the_status_word: "length-without-status", Csim =>
        [Quirk::ModemWrongLength], false;
    quirk_09_unsolicited_lines_in_between: "unsolicited", Csim => [], false;
    quirk_09_a_late_answer_is_dropped: "late-answer", Csim => [], false;
    quirk_09_a_late_answer_in_front_of_this_one: "late-answer-in-front", Csim =>
        [Quirk::ModemLateAnswer], false;
    quirk_10_sessions_are_handles: "session-handle", Cgla => [], false;
    quirk_10_a_bare_session: "session-bare", Cgla => [Quirk::ModemBareAnswer], false;
    quirk_10_no_cchc_so_the_session_is_used_again: "no-cchc", Cgla =>
        [Quirk::ModemKeepsChannels], false;
    quirk_10_a_card_without_pkcs15_is_reached_through_another_application: "no-pkcs15", Cgla =>
        [], false;
    quirk_11_select_without_expected_length: "select-without-le", Csim =>
        [Quirk::ExpectedLengthRefused], false;
    quirk_11_long_lines_are_refused: "short-lines", Csim => [Quirk::ModemShortLines], false;
    quirk_12_sim_lost_in_every_form: "sim-lost", Csim => [], false;
    quirk_12_sim_back_again: "sim-back", Csim => [], true;
    quirk_12_silence: "silence", Csim => [], false;
    quirk_12_sim_locked_or_busy: "sim-locked", Csim => [], false;
    cr_08_every_hint_of_a_refresh: "hints", Csim => [], true;
}
