// SPDX-License-Identifier: Apache-2.0
//! Selecting, reading, writing, verifying: the exchanges one by one.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use simstrap_apdu::{
    Aid, CardFiles, FileError, FileId, FileKind, LastTry, LifeCycle, LogicalChannel, Path, Pin,
    PinReference, Quirk, StatusWord, Transport, Verified, WellKnownFile, blocking,
};

mod common;

use common::{Failure, Script};

/// Files on the basic channel, so that class bytes are plain.
fn files(script: &str) -> CardFiles<LogicalChannel<Script>> {
    CardFiles::new(LogicalChannel::basic(Script::new(script)))
}

fn finished(mut files: CardFiles<LogicalChannel<Script>>) {
    files.channel().transport().assert_finished();
}

fn path(hex_digits: &str) -> Path {
    Path::from_bytes(&hex::decode(hex_digits).unwrap()).unwrap()
}

/// An answer with FCP: a transparent file of 4 bytes.
const FCP: &str = "62 08 82 02 41 21 80 02 00 04 90 00";

#[test]
fn an_iccid_by_short_identifier_is_one_exchange() {
    let mut files = files("> 00 B0 82 00 0A\n< 98 10 32 54 76 98 10 32 54 F6 90 00");
    let iccid = blocking::run(files.iccid()).unwrap().unwrap();
    assert_eq!(iccid.to_string(), "8901234567890123456");
    assert!(files.quirks().iter().next().is_none());
    finished(files);
}

#[test]
fn a_card_without_short_identifiers_is_asked_only_once() {
    for refusal in ["6A 82", "6A 86", "6D 00"] {
        let mut files = files(&format!(
            "> 00 B0 82 00 0A\n< {refusal}
             > 00 A4 08 04 02 2F E2 00\n< 62 08 82 02 41 21 80 02 00 0A 90 00
             > 00 B0 00 00 0A\n< 98 10 32 54 76 98 10 32 54 F6 90 00
             > 00 A4 08 04 02 2F 00 00\n< {FCP}
             > 00 B2 01 04 00\n< 61 00 90 00
             > 00 B2 02 04 00\n< 6A 83"
        ));
        blocking::run(files.iccid()).unwrap().unwrap();
        assert!(files.quirks().contains(Quirk::NoShortFileIdentifiers));
        let mut record = [0; 256];
        let mut read = |number| {
            blocking::run(files.read_record_well_known(&WellKnownFile::DIR, number, &mut record))
                .unwrap()
        };
        assert_eq!(read(1), Ok(2));
        assert_eq!(read(2).unwrap_err().status(), Some(StatusWord::RECORD_NOT_FOUND));
        finished(files);
    }
}

#[test]
fn a_file_that_is_missing_both_ways_is_refused_with_its_name() {
    let mut files = files(
        "> 00 B0 82 00 0A\n< 6A 82\n> 00 A4 08 04 02 2F E2 00\n< 6A 82\n> 00 A4 00 04 02 3F 00 00\n< 90 00\n> 00 A4 00 04 02 2F E2 00\n< 6A 82",
    );
    let error = blocking::run(files.iccid()).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "selecting file 3F002FE2: the card answered 6A 82 (file or application not found)"
    );
    assert!(!files.quirks().contains(Quirk::NoShortFileIdentifiers));
    finished(files);
}

#[test]
fn long_files_take_one_exchange_per_256_bytes() {
    let chunk = |byte: &str, count| format!("{byte} ").repeat(count);
    let mut files = files(&format!(
        "> 00 B0 00 00 00\n< {} 90 00
         > 00 B0 01 00 00\n< {} 90 00
         > 00 B0 02 00 03\n< {} 90 00",
        chunk("11", 256),
        chunk("22", 256),
        chunk("33", 3),
    ));
    let mut target = [0; 515];
    let length = blocking::run(files.read_binary(&path("6432"), 0, &mut target)).unwrap();
    assert_eq!(length, Ok(515));
    assert_eq!((target[255], target[256], target[514]), (0x11, 0x22, 0x33));
    finished(files);
}

#[test]
fn reading_ends_where_the_file_ends() {
    for (script, length) in [
        ("> 00 B0 00 00 0A\n< 01 02 62 82", 2),
        ("> 00 B0 00 00 0A\n< 01 02 03 90 00\n> 00 B0 00 03 07\n< 6B 00", 3),
        ("> 00 B0 00 00 0A\n< 01 02 03 90 00\n> 00 B0 00 03 07\n< 6A 86", 3),
        ("> 00 B0 00 00 0A\n< 01 02 03 90 00\n> 00 B0 00 03 07\n< 90 00", 3),
        ("> 00 B0 00 00 0A\n< 01 02 03 90 00\n> 00 B0 00 03 07\n< 04 05 62 82", 5),
        ("> 00 B0 00 00 0A\n< 90 00", 0),
        ("> 00 B0 00 00 0A\n< 62 82", 0),
    ] {
        let mut files = files(script);
        let mut target = [0; 10];
        let read = blocking::run(files.read_binary(&path("6432"), 0, &mut target)).unwrap();
        assert_eq!(read, Ok(length), "{script}");
        finished(files);
    }
}

/// Nothing says that the file has ended, so its other bytes are asked for.
#[test]
fn an_answer_that_is_too_short_is_not_the_end_of_the_file() {
    let mut bytes = [0; 10];
    let mut files =
        files("> 00 B0 00 00 0A\n< 01 02 90 00\n> 00 B0 00 02 08\n< 03 04 05 06 07 08 09 0A 90 00");
    let read = blocking::run(files.read_binary(&path("6432"), 0, &mut bytes)).unwrap();
    assert_eq!(read, Ok(10));
    assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    finished(files);
}

#[test]
fn whatever_there_is_ends_with_the_file() {
    let mut files = files("> 00 B0 91 00 00\n< A7 06 90 00");
    let mut target = [0; 2048];
    let read = blocking::run(files.read_well_known(&WellKnownFile::ODF, &mut target)).unwrap();
    assert_eq!(read, Ok(2));
    finished(files);
}

#[test]
fn a_refused_read_names_file_and_offset() {
    let mut files = files(&format!(
        "> 00 B0 00 00 00\n< {} 90 00\n> 00 B0 01 00 01\n< 69 82",
        "11".repeat(256)
    ));
    let mut target = [0; 257];
    let error = blocking::run(files.read_binary(&path("6432"), 0, &mut target)).unwrap();
    assert_eq!(
        error.unwrap_err().to_string(),
        "reading from byte 256 of file 6432: the card answered 69 82 (security status not satisfied)"
    );
}

#[test]
fn the_last_byte_of_the_largest_file_can_be_reached_and_no_more() {
    let mut files = files("> 00 B0 7F FF 01\n< 2A 90 00");
    let mut target = [0; 2];
    let error = blocking::run(files.read_binary(&path("6432"), 0x7FFF, &mut target[..1])).unwrap();
    assert_eq!(error, Ok(1));
    let error = blocking::run(files.read_binary(&path("6432"), 0x8000, &mut target)).unwrap();
    assert!(matches!(error, Err(FileError::OffsetTooLarge { offset: 0x8000, .. })));
    finished(files);
}

#[test]
fn paths_are_selected_whole_or_step_by_step() {
    let mut files = files(&format!(
        "> 00 A4 08 04 04 7F 50 64 30 00\n< 6A 86
         > 00 A4 00 04 02 3F 00 00\n< 90 00
         > 00 A4 00 04 02 7F 50 00\n< 90 00
         > 00 A4 00 04 02 64 30 00\n< {FCP}
         > 00 A4 08 04 04 7F FF 64 32 00\n< {FCP}"
    ));
    let selected = blocking::run(files.select(&path("3F007F506430"))).unwrap().unwrap();
    assert_eq!(selected.fcp.unwrap().kind, FileKind::Transparent);
    blocking::run(files.select(&path("6432"))).unwrap().unwrap();
    finished(files);
}

#[test]
fn after_leaving_an_application_its_files_are_named_from_it() {
    let mut files = files(&format!(
        "> 00 A4 08 04 02 2F 00 00\n< {FCP}
         > 00 A4 04 04 05 A0 A0 A0 A0 A0 00\n< 90 00
         > 00 A4 00 04 02 64 32 00\n< {FCP}"
    ));
    blocking::run(files.select(&path("3F002F00"))).unwrap().unwrap();
    let aid = Aid::from_bytes(&[0xA0; 5]).unwrap();
    blocking::run(files.select_application(&aid)).unwrap().unwrap();
    blocking::run(files.select(&path("6432"))).unwrap().unwrap();
    finished(files);
}

#[test]
fn a_deactivated_file_is_told_by_status_word_or_life_cycle() {
    for answer in ["62 83", "62 07 82 02 41 21 8A 01 04 90 00", "62 04 82 02 41 21 62 83"] {
        let mut files = files(&format!("> 00 A4 00 04 02 64 32 00\n< {answer}"));
        let selected = blocking::run(files.select(&path("6432"))).unwrap().unwrap();
        assert_eq!(selected.life_cycle, LifeCycle::Deactivated, "{answer}");
    }
}

#[test]
fn malformed_file_control_parameters_name_the_file() {
    let mut files = files("> 00 A4 00 04 02 64 32 00\n< 62 05 82 90 00");
    let error = blocking::run(files.select(&path("6432"))).unwrap().unwrap_err();
    assert!(matches!(error, FileError::FileControlParameters { .. }));
    assert!(error.to_string().contains("file 6432"), "{error}");
}

#[test]
fn writing_goes_in_pieces_and_names_where_it_stopped() {
    let first = "AA".repeat(255);
    let mut files =
        files(&format!("> 00 D6 00 00 FF {first}\n< 90 00\n> 00 D6 00 FF 02 AA AA\n< 69 82"));
    let file = Path::of(FileId::new(0x6432));
    let error = blocking::run(files.update_binary(&file, 0, &[0xAA; 257])).unwrap().unwrap_err();
    assert!(error.to_string().starts_with("writing from byte 255 of file 6432"), "{error}");
    finished(files);
}

const TRIES: &str = "> 00 20 00 01";
const VERIFY: &str = "> 00 20 00 01 08 31 32 33 34 FF FF FF FF";

fn verify(script: &str, last_try: LastTry) -> Result<Verified, String> {
    let mut files = files(script);
    let pin = Pin::from_digits("1234").unwrap();
    let outcome = blocking::run(files.verify_pin(PinReference::PIN1, &pin, last_try)).unwrap();
    finished(files);
    outcome.map_err(|error| error.to_string())
}

#[test]
fn ft_05_a_pin_is_tried_only_when_another_try_is_left() {
    let keep = |script: &str| verify(script, LastTry::Keep);
    assert_eq!(keep(&format!("{TRIES}\n< 63 C3\n{VERIFY}\n< 90 00")), Ok(Verified::Now));
    assert_eq!(keep(&format!("{TRIES}\n< 90 00")), Ok(Verified::NotNeeded));
    assert_eq!(keep(&format!("{TRIES}\n< 69 84")), Ok(Verified::NotNeeded));
    let error = keep(&format!("{TRIES}\n< 63 C1")).unwrap_err();
    assert_eq!(error, "PIN1 has 1 try left and was not tried");
    for blocked in ["63 C0", "69 83"] {
        assert_eq!(keep(&format!("{TRIES}\n< {blocked}")).unwrap_err(), "PIN1 is blocked");
    }
    let error = keep(&format!("{TRIES}\n< 67 00")).unwrap_err();
    assert!(error.contains("does not tell the tries left"), "{error}");
}

#[test]
fn ft_05_the_last_try_is_used_when_told_to() {
    for told in ["63 C1", "67 00"] {
        let script = format!("{TRIES}\n< {told}\n{VERIFY}\n< 90 00");
        assert_eq!(verify(&script, LastTry::Use), Ok(Verified::Now));
    }
}

#[test]
fn ft_05_a_rejected_pin_is_reported_and_not_tried_again() {
    let mut files = files(&format!("{TRIES}\n< 63 C3\n{VERIFY}\n< 63 C2"));
    let pin = Pin::from_digits("1234").unwrap();
    let mut verify =
        || blocking::run(files.verify_pin(PinReference::PIN1, &pin, LastTry::Keep)).unwrap();
    assert_eq!(verify().unwrap_err().to_string(), "PIN1 is wrong, 2 tries left");
    assert!(matches!(verify(), Err(FileError::PinRejectedBefore { .. })));
    finished(files);
    for (answer, message) in [("69 83", "PIN1 is blocked"), ("63 C0", "PIN1 is blocked")] {
        let script = format!("{TRIES}\n< 63 C2\n{VERIFY}\n< {answer}");
        assert_eq!(self::verify(&script, LastTry::Keep).unwrap_err(), message);
    }
}

/// A way to the card that carries less than others.
struct Narrow(Script);

impl Transport for Narrow {
    type Error = Failure;

    async fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, Failure> {
        self.0.transmit(command, response).await
    }

    fn max_response_data(&self) -> usize {
        3
    }

    fn max_command_data(&self) -> usize {
        2
    }
}

#[test]
fn no_more_is_asked_for_or_sent_than_the_transport_carries() {
    let script = "> 00 B0 00 00 03\n< 01 02 03 90 00\n> 00 B0 00 03 01\n< 04 90 00
                  > 00 D6 00 00 02 AA BB\n< 90 00\n> 00 D6 00 02 01 CC\n< 90 00";
    let mut files = CardFiles::new(LogicalChannel::basic(Narrow(Script::new(script))));
    let mut target = [0; 4];
    let read = blocking::run(files.read_binary(&path("6432"), 0, &mut target)).unwrap();
    assert_eq!((read, target), (Ok(4), [1, 2, 3, 4]));
    let data = [0xAA, 0xBB, 0xCC];
    blocking::run(files.update_binary(&path("6432"), 0, &data)).unwrap().unwrap();
    files.channel().transport().0.assert_finished();
}

#[test]
fn ft_05_the_rejection_of_one_pin_says_nothing_of_another() {
    let other = "> 00 20 00 81\n< 63 C3\n> 00 20 00 81 08 31 32 33 34 FF FF FF FF\n< 63 C2";
    let mut files = files(&format!("{TRIES}\n< 63 C3\n{VERIFY}\n< 63 C2\n{other}"));
    let pin = Pin::from_digits("1234").unwrap();
    let mut verify = |reference| {
        let reference = PinReference::new(reference);
        blocking::run(files.verify_pin(reference, &pin, LastTry::Keep)).unwrap()
    };
    for reference in [0x01, 0x81] {
        assert!(matches!(verify(reference), Err(FileError::PinWrong { tries_left: 2, .. })));
    }
    for reference in [0x01, 0x81] {
        assert!(matches!(verify(reference), Err(FileError::PinRejectedBefore { .. })));
    }
    finished(files);
}

#[test]
fn a_missing_record_is_not_taken_for_a_missing_short_identifier() {
    for status in ["6A 83", "69 82", "69 81"] {
        let mut files = files(&format!("> 00 B2 01 F4 00\n< {status}"));
        let mut record = [0; 256];
        let read = files.read_record_well_known(&WellKnownFile::DIR, 1, &mut record);
        let error = blocking::run(read).unwrap().unwrap_err();
        assert_eq!(hex::encode_upper(error.status().unwrap().to_bytes()), status.replace(' ', ""));
        finished(files);
    }
}
