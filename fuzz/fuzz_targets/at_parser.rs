// SPDX-License-Identifier: Apache-2.0
//! Whatever a modem says, in whatever pieces it arrives: the same events, of bounded and printable
//! lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use simstrap_scp03::apdu::at::{Event, LineParser, MAX_LINE};

/// The events of `input`, fed in pieces of the given lengths, over and over.
fn events(mut input: &[u8], pieces: &[u8]) -> Vec<String> {
    let mut parser = LineParser::new();
    let mut events = Vec::new();
    let mut lengths = pieces.iter().map(|length| usize::from(*length) + 1).cycle();
    while !input.is_empty() {
        let length = lengths.next().unwrap_or(input.len()).min(input.len());
        let (mut piece, rest) = input.split_at(length);
        input = rest;
        while let Some(event) = parser.feed(&mut piece) {
            if let Event::Echo(text) | Event::Bare(text) | Event::Unsolicited(text) = event {
                assert!(text.len() <= MAX_LINE);
                assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            }
            events.push(format!("{event:?}"));
        }
        assert!(piece.is_empty());
    }
    events
}

fuzz_target!(|input: (&[u8], &[u8])| {
    let (said, pieces) = input;
    assert_eq!(events(said, &[]), events(said, pieces));
});
