// SPDX-License-Identifier: Apache-2.0
//! Cards that answer nonsense: a clear error, in bounded time.

use std::error::Error;
use std::iter::successors;

use simstrap_bootstrap_data::reader::{MAX_DIRECTORIES, ReadErrorKind};
use simstrap_bootstrap_data::scp03::apdu::{Metered, TransportError, TransportErrorKind, from_fn};

use crate::read_in_the_clear;

/// No procedure takes more: 32 KiB byte by byte, and everything around it.
const MOST_EXCHANGES: u64 = 40_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer does not fit")
    }
}

impl Error for TooLong {}

impl TransportError for TooLong {
    fn kind(&self) -> TransportErrorKind {
        TransportErrorKind::Other
    }
}

/// Reads a card that opens a channel properly and then answers as told.
fn read_card_that_answers(answer: impl Fn(&[u8], u64) -> Vec<u8>) -> (String, u64) {
    let mut count = 0;
    let card = from_fn(|command: &[u8], response: &mut [u8]| {
        count += 1;
        let answer = match command {
            [_, 0x70, ..] => vec![0x01, 0x90, 0x00],
            _ => answer(command, count),
        };
        response.get_mut(..answer.len()).ok_or(TooLong)?.copy_from_slice(&answer);
        Ok::<usize, TooLong>(answer.len())
    });
    let mut metered = Metered::new(card);
    let outcome = read_in_the_clear(&mut metered);
    let error = outcome.expect_err("nonsense is no data");
    assert_ne!(error.kind(), ReadErrorKind::NoCard);
    assert!(!error.help().is_empty());
    let cost = metered.cost().apdus;
    assert!(cost <= MOST_EXCHANGES, "{cost} exchanges");
    let chain = successors(Some(&error as &dyn Error), |error| (*error).source());
    (chain.map(ToString::to_string).collect::<Vec<_>>().join(": "), cost)
}

#[test]
fn ft_03_the_same_answer_to_everything() {
    for answer in [
        &[][..],
        &[0x90],
        &[0x90, 0x00],
        &[0x61, 0x00],
        &[0x61, 0x10],
        &[0x6C, 0x00],
        &[0x6C, 0x01],
        &[0x9F, 0x01],
        &[0x62, 0x83],
        &[0x62, 0x82],
        &[0x63, 0xC0],
        &[0x91, 0x0B],
        &[0x6A, 0x82],
        &[0x67, 0x00],
        &[0x69, 0x81],
        &[0x69, 0x82],
        &[0x00, 0x00],
        &[0xFF; 300],
        &[0xFF; 258],
        &[0x00; 258],
        &[0x61, 0xFF, 0x4F, 0x90, 0x00],
    ] {
        let (_, exchanges) = read_card_that_answers(|_, _| answer.to_vec());
        assert!(exchanges < 1000, "{answer:02X?}: {exchanges} exchanges");
    }
}

#[test]
fn ft_03_pseudo_random_answers() {
    for seed in 0..3000_u64 {
        read_card_that_answers(|command, count| {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(count);
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[3]
            };
            let length = match command.last() {
                Some(le @ 1..) => usize::from(*le).min(usize::from(next())),
                _ => usize::from(next()),
            };
            let mut answer: Vec<u8> = (0..length).map(|_| next()).collect();
            let statuses =
                [[0x90, 0x00], [0x62, 0x82], [0x61, next()], [0x6C, next()], [next(), next()]];
            answer.extend(statuses[usize::from(next()) % statuses.len()]);
            answer
        });
    }
}

/// The answers of a card with the given ODF and DODF, whatever file is selected.
fn with_directories(odf: &[u8], dodf: &[u8]) -> String {
    let iccid = [0x98, 0x88, 0x12, 0x01, 0x00, 0x00, 0x10, 0x32, 0x54, 0xF8];
    let dir = b"\x61\x0E\x4F\x0C\xA0\x00\x00\x00\x63PKCS-15";
    let answer = move |command: &[u8], _| {
        let (data, status): (&[u8], [u8; 2]) = match command {
            [_, 0xB0, 0x82, ..] => (&iccid, [0x90, 0x00]),
            [_, 0xA4, 0x00, _, 2, 0x64, 0x31, ..] => (&[], [0x6A, 0x82]),
            [_, 0xB2, ..] => (dir, [0x90, 0x00]),
            [_, 0xB0, 0x91, ..] => (odf, [0x62, 0x82]),
            [_, 0xB0, 0x00, ..] => (dodf, [0x62, 0x82]),
            [_, 0xB0, ..] => (&[], [0x6B, 0x00]),
            _ => (&[], [0x90, 0x00]),
        };
        [data, &status].concat()
    };
    let (message, exchanges) = read_card_that_answers(answer);
    assert!(exchanges < 50, "{exchanges} exchanges");
    message
}

#[test]
fn directories_that_lead_nowhere_name_file_and_offset() {
    const ODF: &[u8] = b"\xA7\x06\x30\x04\x04\x02\x64\x30";
    for (odf, dodf, message) in [
        (&b""[..], &b""[..], "file 5031 has 0 bytes instead of 1"),
        (b"\xFF\xFF", b"", "no directory of the card holds an LwM2M bootstrap object"),
        (ODF, b"", "no directory of the card holds an LwM2M bootstrap object"),
        (
            b"\xA7\x07\x30\x04",
            b"",
            "directory file 5031 is malformed: byte 0: the DER object runs past the end",
        ),
        (
            b"\xA7\x04\x30\x02\x04\x00",
            b"",
            "directory file 5031 is malformed: byte 4: a path of 0 bytes",
        ),
        (
            ODF,
            b"\x30\x20\x30",
            "directory file 6430 is malformed: byte 0: the DER object runs past the end",
        ),
        (
            ODF,
            b"\x30\x00",
            "directory file 6430 is malformed: byte 0: the entry has no common object attributes",
        ),
        (
            b"\xA7\x06\x30\x04\x04\x02\x50\x31",
            b"\xA7\x06\x30\x04\x04\x02\x50\x31",
            "no directory of the card holds an LwM2M bootstrap object",
        ),
    ] {
        assert_eq!(with_directories(odf, dodf), message, "{odf:02X?} {dodf:02X?}");
    }
}

/// Otherwise everything from the card would be deleted because of it (CR-07).
#[test]
fn cr_09_a_directory_that_cannot_be_read_weighs_more_than_one_that_is_missing() {
    for (odf, dodf, message) in [
        (
            &b"\xA7\x06\x30\x04\x04\x02\x64\x30\xA7\x06\x30\x04\x04\x02\x64\x31"[..],
            &b"\x30\x20\x30"[..],
            "directory file 6430 is malformed: byte 0: the DER object runs past the end",
        ),
        (
            b"\xA7\x0A\x30\x08\x04\x02\x64\x30\x02\x02\x70\x00\
              \xA7\x06\x30\x04\x04\x02\x64\x31",
            b"",
            "directory file 5031, byte 4: index or length lead outside the file",
        ),
    ] {
        assert_eq!(with_directories(odf, dodf), message);
    }
}

/// What was not looked into may hold the data: that there is none is not certain.
#[test]
fn cr_09_more_directories_than_are_looked_into_are_not_the_absence_of_data() {
    let entry = b"\xA7\x06\x30\x04\x04\x02\x64\x30";
    let nothing = "no directory of the card holds an LwM2M bootstrap object";
    assert_eq!(with_directories(&entry.repeat(MAX_DIRECTORIES), b""), nothing);
    assert_eq!(
        with_directories(&entry.repeat(MAX_DIRECTORIES + 1), b""),
        "the card's list of directories (EF ODF) is longer than can be looked into, and the first 8 \
         hold no LwM2M bootstrap object"
    );
}

#[test]
fn an_object_that_is_no_file_is_named() {
    let url = b"\xA1\x17\x30\x00\x30\x00\xA1\x11\x30\x0F\x06\x04\x67\x2B\x09\x01\x16\x07http://";
    assert_eq!(
        with_directories(b"\xA7\x06\x30\x04\x04\x02\x64\x30", url),
        "directory file 6430: the bootstrap object is not in a file of the card"
    );
}
