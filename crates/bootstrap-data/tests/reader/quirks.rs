// SPDX-License-Identifier: Apache-2.0
//! Each quirk of real cards, alone and with each other: the right data or the documented error.

use simstrap_bootstrap_data::ErrorKind as DataErrorKind;
use simstrap_bootstrap_data::reader::{ReadError, ReadErrorKind};
use simstrap_bootstrap_data::scp03::SecureChannelError;
use simstrap_bootstrap_data::scp03::apdu::{FileError, LogicalChannelError};
use simstrap_virtual_card::{CardQuirk, CardQuirkSet, TransmissionProtocol};

use crate::cards::{EXAMPLE, sample};
use crate::{Outcome, read_in_the_clear};

/// What a card with these quirks must lead to.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Example,
    /// The example without its last 8 bytes, and the error that this makes of it.
    Cut,
    NoChannel,
    Endless,
    NoDirectory,
    Deactivated,
    /// The file ends before the size the card tells: it was not read whole.
    Short,
}

/// Errors come in the order in which the procedure meets their causes.
fn expected(quirks: CardQuirkSet) -> Expected {
    let has = |quirk| quirks.contains(quirk);
    if has(CardQuirk::AllChannelsTaken6a81) || has(CardQuirk::AllChannelsTaken6881) {
        Expected::NoChannel
    } else if has(CardQuirk::EndlessMoreData) {
        // Before a missing EF DIR is given up, the way to it is tried step by step from the MF.
        Expected::Endless
    } else if has(CardQuirk::DirMissing) {
        Expected::NoDirectory
    } else if has(CardQuirk::DeactivatedFile) {
        Expected::Deactivated
    } else if has(CardQuirk::DeclaredSizeLargerThanFile) && has(CardQuirk::FcpSizeLargerThanFile) {
        Expected::Short
    } else if has(CardQuirk::DeclaredSizeLargerThanFile) {
        Expected::Cut
    } else {
        Expected::Example
    }
}

fn check(quirks: CardQuirkSet, protocol: TransmissionProtocol) {
    let card = sample(|card| {
        card.quirks = quirks;
        card.protocol = protocol;
    });
    let outcome = read_in_the_clear(card.clone());
    let transcript = card.lock().transcript();
    let seen = classify(outcome, &transcript);
    assert_eq!(seen, expected(quirks), "{quirks:?} over {protocol:?}\n{transcript}");
    let opened = transcript.lines().filter(|line| line.starts_with("> 00 70 00")).count();
    let closed = transcript.lines().filter(|line| line.starts_with("> 00 70 80")).count();
    let expected_closed = if seen == Expected::NoChannel { 0 } else { opened };
    assert_eq!(closed, expected_closed, "{quirks:?}: every channel is closed");
    let on_basic_channel = transcript
        .lines()
        .filter(|line| line.starts_with("> 00") || line.starts_with("> 80"))
        .filter(|line| !line.starts_with("> 00 70") && !line.starts_with("> 00 C0"));
    assert_eq!(on_basic_channel.count(), 0, "{quirks:?}: the basic channel is left alone");
}

fn classify(outcome: Outcome, transcript: &str) -> Expected {
    match outcome {
        Ok(outcome) => match outcome.reading.data {
            Ok(data) => {
                assert_eq!(hex::encode(data.bytes()), EXAMPLE);
                Expected::Example
            }
            Err(error) => {
                assert!(matches!(error.kind, DataErrorKind::ValueBeyondEnd { .. }), "{error}");
                let used = hex::encode(&outcome.reading.used);
                // The padded file has FF FF where its data ends.
                assert_eq!(used.trim_end_matches("ffff"), &EXAMPLE[..EXAMPLE.len() - 16]);
                Expected::Cut
            }
        },
        Err(ReadError::OpenChannel(LogicalChannelError::NoChannel { .. })) => Expected::NoChannel,
        Err(error @ ReadError::NoDirectory) => {
            assert_eq!(error.kind(), ReadErrorKind::NoBootstrapData);
            Expected::NoDirectory
        }
        Err(error @ ReadError::FileDeactivated { .. }) => {
            assert_eq!(error.kind(), ReadErrorKind::NoBootstrapData);
            Expected::Deactivated
        }
        Err(ReadError::File(error) | ReadError::Identity(error)) => match error {
            FileError::Channel {
                source:
                    SecureChannelError::Channel { source: LogicalChannelError::Endless { .. }, .. },
                ..
            } => Expected::Endless,
            FileError::ShortFile { .. } => Expected::Short,
            other => panic!("{other:?}\n{transcript}"),
        },
        Err(other) => panic!("{other:?}\n{transcript}"),
    }
}

const PROTOCOLS: [TransmissionProtocol; 2] = [TransmissionProtocol::T0, TransmissionProtocol::T1];

#[test]
fn each_quirk_alone() {
    for protocol in PROTOCOLS {
        check(CardQuirkSet::EMPTY, protocol);
        for quirk in CardQuirk::ALL {
            check(CardQuirkSet::from_iter([quirk]), protocol);
        }
    }
}

#[test]
fn each_pair_of_quirks() {
    let mut pairs = 0;
    for protocol in PROTOCOLS {
        for (index, first) in CardQuirk::ALL.into_iter().enumerate() {
            for second in CardQuirk::ALL.into_iter().skip(index + 1) {
                check(CardQuirkSet::from_iter([first, second]), protocol);
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, CardQuirk::ALL.len() * (CardQuirk::ALL.len() - 1));
}

#[test]
fn quirks_that_were_coped_with_are_reported() {
    for (quirk, reported) in [
        (CardQuirk::DoubleEncodedOid, "double-encoded-oid"),
        (CardQuirk::EmptyDodfFirst, "dodf-without-bootstrap-object"),
        (CardQuirk::DataWithMoreData, "data-with-61xx"),
        (CardQuirk::MoreDataOf2g, "9fxx-status"),
        (CardQuirk::ExpectedLengthRefused, "le-refused"),
        (CardQuirk::DirTruncatedAid, "ef-dir-truncated-aid"),
        (CardQuirk::DirTransparent, "ef-dir-not-records"),
        (CardQuirk::NoSfi6a82, "no-sfi"),
        (CardQuirk::NoSfi6a86, "no-sfi"),
    ] {
        let card = sample(|card| card.quirks.insert(quirk));
        let reading = read_in_the_clear(card).unwrap().reading;
        let names: Vec<_> = reading.quirks.iter().map(|quirk| quirk.name()).collect();
        assert_eq!(names, [reported], "{quirk}");
    }
}

#[test]
fn a_channel_that_the_card_gives_is_used_whatever_its_number() {
    for quirk in [CardQuirk::ChannelStartsAt2, CardQuirk::ChannelLeftOpen] {
        let card = sample(|card| card.quirks.insert(quirk));
        assert_eq!(read_in_the_clear(card).unwrap().channel.to_u8(), 2, "{quirk}");
    }
}
