// SPDX-License-Identifier: Apache-2.0
//! Each quirk of real cards through the secure channel, alone and with each other, under T=0 and
//! T=1: the right data or the documented error.

use simstrap_bootstrap_data::reader::{ReadError, ReadErrorKind};
use simstrap_bootstrap_data::scp03::apdu::{FileError, LogicalChannelError};
use simstrap_bootstrap_data::scp03::{SecureChannelError, SecurityLevel, SessionError};
use simstrap_virtual_card::{CardQuirk, CardQuirkSet, TransmissionProtocol};

use crate::cards::EXAMPLE;
use crate::host::{Host, Outcome, in_session, is_protected, secure_card};

/// What a card with these quirks must lead to.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Example,
    /// The example without its last 8 bytes.
    Cut,
    /// An error, because the file control parameters tell of more bytes than come.
    Short,
    NoChannel,
    Endless,
    NoDirectory,
    Deactivated,
    /// The session does not accept what the card says, or the card what the session does.
    NotInSession,
}

/// Errors come in the order in which the procedure meets their causes.
fn expected(quirks: CardQuirkSet, level: SecurityLevel) -> Expected {
    let has = |quirk| quirks.contains(quirk);
    let pending = has(CardQuirk::ProactivePending) || has(CardQuirk::DataTransfer92xx);
    let otherwise = has(CardQuirk::Scp03ProactiveReplaced) || has(CardQuirk::Scp03ProactiveBare);
    let unprotected = pending && otherwise && level.authenticates_responses();
    let miscounted = has(CardQuirk::Scp03CounterDataOnly) && level.encrypts_commands();
    if has(CardQuirk::AllChannelsTaken6a81) || has(CardQuirk::AllChannelsTaken6881) {
        Expected::NoChannel
    } else if has(CardQuirk::EndlessMoreData) {
        Expected::Endless
    } else if has(CardQuirk::DirMissing) {
        Expected::NoDirectory
    } else if unprotected || miscounted {
        Expected::NotInSession
    } else if has(CardQuirk::DeactivatedFile) {
        Expected::Deactivated
    } else if has(CardQuirk::DeclaredSizeLargerThanFile) {
        let told_otherwise = has(CardQuirk::FcpSizeLargerThanFile);
        if told_otherwise { Expected::Short } else { Expected::Cut }
    } else {
        Expected::Example
    }
}

fn check(quirks: CardQuirkSet, protocol: TransmissionProtocol, level: SecurityLevel) {
    let card = secure_card(|card| {
        card.quirks = quirks;
        card.protocol = protocol;
    });
    let outcome = Host::at(level).read_card(card.clone());
    let transcript = card.lock().transcript();
    let context = format!("{quirks:?} over {protocol:?} at {level}");
    let seen = classify(outcome, quirks, &context);
    assert_eq!(seen, expected(quirks, level), "{context}\n{transcript}");
    let opened = transcript.lines().filter(|line| line.starts_with("> 00 70 00")).count();
    let closed = transcript.lines().filter(|line| line.starts_with("> 00 70 80")).count();
    let expected_closed = if seen == Expected::NoChannel { 0 } else { opened };
    assert_eq!(closed, expected_closed, "{context}: every channel is closed");
    assert!(in_session(&card.lock()).all(is_protected), "{context}");
}

fn classify(outcome: Outcome, quirks: CardQuirkSet, context: &str) -> Expected {
    let error = match outcome {
        Ok(outcome) => {
            let used = hex::encode(&outcome.reading.used);
            if outcome.reading.data.is_ok() {
                assert_eq!(used, EXAMPLE, "{context}");
                return Expected::Example;
            }
            // The padded file has FF FF where its data ends.
            assert_eq!(used.trim_end_matches("ffff"), &EXAMPLE[..EXAMPLE.len() - 16], "{context}");
            return Expected::Cut;
        }
        Err(error) => error,
    };
    match &error {
        ReadError::OpenChannel(LogicalChannelError::NoChannel { .. }) => Expected::NoChannel,
        ReadError::NoDirectory => Expected::NoDirectory,
        ReadError::FileDeactivated { .. } => {
            assert_eq!(error.kind(), ReadErrorKind::NoBootstrapData);
            Expected::Deactivated
        }
        ReadError::File(FileError::ShortFile { .. }) => Expected::Short,
        ReadError::File(FileError::Channel { source, .. })
        | ReadError::Identity(FileError::Channel { source, .. }) => match source {
            SecureChannelError::Channel { source: LogicalChannelError::Endless { .. }, .. } => {
                Expected::Endless
            }
            SecureChannelError::Session {
                source:
                    SessionError::ResponseMac
                    | SessionError::Unprotected { .. }
                    | SessionError::Padding
                    | SessionError::Rejected { .. },
                ..
            } => Expected::NotInSession,
            other => panic!("{context}: {other:?}"),
        },
        // Decrypted with another counter the first block is garbled, which no MAC shows. In a
        // response of several blocks the padding is in order then.
        ReadError::Directory { .. } | ReadError::File(FileError::FileControlParameters { .. })
            if quirks.contains(CardQuirk::Scp03CounterDataOnly) =>
        {
            Expected::NotInSession
        }
        other => panic!("{context}: {other:?}"),
    }
}

const PROTOCOLS: [TransmissionProtocol; 2] = [TransmissionProtocol::T0, TransmissionProtocol::T1];

#[test]
fn each_quirk_alone_at_every_level() {
    for protocol in PROTOCOLS {
        for level in SecurityLevel::ALL {
            check(CardQuirkSet::EMPTY, protocol, level);
            for quirk in CardQuirk::ALL {
                check(CardQuirkSet::from_iter([quirk]), protocol, level);
            }
        }
    }
}

fn each_pair(protocol: TransmissionProtocol) {
    let mut pairs = 0;
    for (index, first) in CardQuirk::ALL.into_iter().enumerate() {
        for second in CardQuirk::ALL.into_iter().skip(index + 1) {
            check(CardQuirkSet::from_iter([first, second]), protocol, SecurityLevel::Full);
            pairs += 1;
        }
    }
    assert_eq!(pairs, CardQuirk::ALL.len() * (CardQuirk::ALL.len() - 1) / 2);
}

#[test]
fn each_pair_of_quirks_over_t0() {
    each_pair(TransmissionProtocol::T0);
}

#[test]
fn each_pair_of_quirks_over_t1() {
    each_pair(TransmissionProtocol::T1);
}

#[test]
fn quirks_that_were_coped_with_are_reported() {
    for (quirk, reported) in [
        (CardQuirk::DoubleEncodedOid, "double-encoded-oid"),
        (CardQuirk::EmptyDodfFirst, "dodf-without-bootstrap-object"),
        (CardQuirk::DataWithMoreData, "data-with-61xx"),
        (CardQuirk::RightLengthOnGetResponse, "6cxx-on-get-response"),
        (CardQuirk::MoreDataOf2g, "9fxx-status"),
        (CardQuirk::ExpectedLengthRefused, "le-refused"),
        (CardQuirk::DirTruncatedAid, "ef-dir-truncated-aid"),
        (CardQuirk::NoSfi6a82, "no-sfi"),
        (CardQuirk::NoSfi6a86, "no-sfi"),
    ] {
        let card = secure_card(|card| card.quirks.insert(quirk));
        let reading = Host::new().read_card(card).unwrap().reading;
        let names: Vec<_> = reading.quirks.iter().map(|quirk| quirk.name()).collect();
        assert_eq!(names, [reported], "{quirk}");
    }
}
