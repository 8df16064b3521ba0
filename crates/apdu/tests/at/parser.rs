// SPDX-License-Identifier: Apache-2.0
//! The parser: properties.

use proptest::prelude::*;
use simstrap_apdu::at::{Event, FinalResult, LineParser, MAX_LINE};

/// The events of input fed in pieces.
fn events<'i>(pieces: impl IntoIterator<Item = &'i [u8]>) -> Vec<String> {
    let mut parser = LineParser::new();
    let mut events = Vec::new();
    for mut piece in pieces {
        while let Some(event) = parser.feed(&mut piece) {
            events.push(format!("{event:?}"));
        }
        assert!(piece.is_empty(), "all was taken");
    }
    events
}

/// What modems say, and what none does.
fn talk() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just(b"\r\nOK\r\n".to_vec()),
        Just(b"+CSIM: 4,\"9000\"".to_vec()),
        Just(b"AT+CSIM=10,\"0070000001\"\r\r\n".to_vec()),
        Just(b"\r\n+CME ERROR: 10\r\n".to_vec()),
        Just(b"+QUSIM: 1".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\n".to_vec()),
        Just(vec![b'A'; MAX_LINE]),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(word, 0..20).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(
        input in talk(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut rest = &input[..];
        let mut taken = 0;
        for cut in cuts {
            let (piece, after) = rest.split_at(cut - taken);
            pieces.push(piece);
            (rest, taken) = (after, cut);
        }
        pieces.push(rest);
        prop_assert_eq!(events([&input[..]]), events(pieces));
    }

    #[test]
    fn ft_03_lines_are_bounded_and_printable(input in talk()) {
        let mut parser = LineParser::new();
        let mut rest = &input[..];
        while let Some(event) = parser.feed(&mut rest) {
            let text = match event {
                Event::Echo(text) | Event::Bare(text) | Event::Unsolicited(text) => text,
                Event::Answer { value, .. } => value,
                Event::Final(_) | Event::Overlong => continue,
            };
            prop_assert!(text.len() <= MAX_LINE);
            prop_assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        }
    }
}

#[test]
fn every_kind_of_line() {
    let one = |line: &str| {
        let line = format!("\r\n{line}\r\n");
        let events = events([line.as_bytes()]);
        assert_eq!(events.len(), 1, "{line}");
        events.into_iter().next().unwrap()
    };
    let shown = |event: Event<'_>| format!("{event:?}");
    for (line, event) in [
        ("AT+CPIN?", Event::Echo("AT+CPIN?")),
        ("ate0", Event::Echo("ate0")),
        ("OK", Event::Final(FinalResult::Ok)),
        ("ERROR", Event::Final(FinalResult::Error)),
        ("COMMAND NOT SUPPORT", Event::Final(FinalResult::Error)),
        ("+CME ERROR: 13", Event::Final(FinalResult::Cme(13))),
        ("+CME ERROR:13", Event::Final(FinalResult::Cme(13))),
        ("+CME ERROR: SIM not inserted", Event::Final(FinalResult::SIM_NOT_INSERTED)),
        ("+CME ERROR: SIM failure", Event::Final(FinalResult::SIM_FAILURE)),
        ("+CME ERROR: out of cheese", Event::Final(FinalResult::CmeText)),
        ("+CMS ERROR: 320", Event::Final(FinalResult::Cms(Some(320)))),
        ("+CMS ERROR: no", Event::Final(FinalResult::Cms(None))),
        ("+CSIM: 4,\"9000\"", Event::Answer { name: "+CSIM", value: "4,\"9000\"" }),
        ("+CSIM:4,9000", Event::Answer { name: "+CSIM", value: "4,9000" }),
        ("+CCHC", Event::Answer { name: "+CCHC", value: "" }),
        ("+CSIMX: 1", Event::Unsolicited("+CSIMX: 1")),
        ("4,\"9000\"", Event::Bare("4,\"9000\"")),
        ("RDY", Event::Unsolicited("RDY")),
        ("OKAY", Event::Unsolicited("OKAY")),
        ("+CREG: 1", Event::Unsolicited("+CREG: 1")),
    ] {
        assert_eq!(one(line), shown(event));
    }
    assert_eq!(one(&"9".repeat(MAX_LINE)), shown(Event::Bare(&"9".repeat(MAX_LINE))));
    assert_eq!(one(&"9".repeat(MAX_LINE + 1)), shown(Event::Overlong));
}

#[test]
fn ft_04_debug_of_the_parser_shows_no_data() {
    let mut parser = LineParser::new();
    let mut input: &[u8] = b"+CSIM: 36,\"5345435245544B45595345435245544B9000";
    assert_eq!(parser.feed(&mut input), None);
    assert!(!format!("{parser:?}").contains("5345"));
    assert!(parser.is_within_line());
}
