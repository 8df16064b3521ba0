// SPDX-License-Identifier: Apache-2.0
use proptest::prelude::*;

use super::*;

fn encoded(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = vec![0; command.encoded_len()];
    let length = command.write_to(&mut buffer).unwrap().len();
    assert_eq!(length, buffer.len());
    buffer
}

#[test]
fn typed_constructors_give_the_bytes_of_the_standards() {
    let file = FileId::new(0x5031);
    let path = Path::from_bytes(&[0x3F, 0x00, 0x7F, 0x50, 0x64, 0x30]).unwrap();
    let from_adf = Path::from_bytes(&[0x7F, 0xFF, 0x64, 0x30]).unwrap();
    let relative = Path::from_bytes(&[0x50, 0x15, 0x64, 0x30]).unwrap();
    let sfi = Sfi::new(0x1E).unwrap();
    let le = ExpectedLength::MAX_SHORT;
    let pin = PinReference::PIN1;
    let channel = ChannelNumber::new(2).unwrap();
    let cases: [(Command<'_>, &[u8]); 15] = [
        (
            Command::select_by_id(&file, SelectReturn::Fcp),
            &[0, 0xA4, 0, 4, 2, 0x50, 0x31, 0],
        ),
        (
            Command::select_by_id(&file, SelectReturn::Nothing),
            &[0, 0xA4, 0, 0x0C, 2, 0x50, 0x31],
        ),
        (
            Command::select_by_aid(&[0xA0; 5], SelectReturn::Fcp),
            &[0, 0xA4, 4, 4, 5, 0xA0, 0xA0, 0xA0, 0xA0, 0xA0, 0],
        ),
        (
            Command::select_by_path(&path, SelectReturn::Nothing),
            &[0, 0xA4, 8, 0x0C, 4, 0x7F, 0x50, 0x64, 0x30],
        ),
        (
            Command::select_by_path(&from_adf, SelectReturn::Nothing),
            &[0, 0xA4, 8, 0x0C, 4, 0x7F, 0xFF, 0x64, 0x30],
        ),
        (
            Command::select_by_path(&relative, SelectReturn::Nothing),
            &[0, 0xA4, 9, 0x0C, 4, 0x50, 0x15, 0x64, 0x30],
        ),
        (
            Command::read_binary(0x7F00, le).unwrap(),
            &[0, 0xB0, 0x7F, 0, 0],
        ),
        (
            Command::read_binary_by_sfi(sfi, 9, le),
            &[0, 0xB0, 0x9E, 9, 0],
        ),
        (
            Command::read_record(2, Some(sfi), le),
            &[0, 0xB2, 2, 0xF4, 0],
        ),
        (Command::read_record(1, None, le), &[0, 0xB2, 1, 4, 0]),
        (
            Command::update_binary(0x0102, &[7]).unwrap(),
            &[0, 0xD6, 1, 2, 1, 7],
        ),
        (
            Command::verify_pin(pin, b"1234\xFF\xFF\xFF\xFF"),
            &[
                0, 0x20, 0, 1, 8, 0x31, 0x32, 0x33, 0x34, 0xFF, 0xFF, 0xFF, 0xFF,
            ],
        ),
        (Command::open_channel(), &[0, 0x70, 0, 0, 1]),
        (Command::close_channel(channel), &[0, 0x70, 0x80, 2]),
        (
            Command::status().on_channel(channel),
            &[0x82, 0xF2, 0, 0x0C],
        ),
    ];
    for (command, bytes) in cases {
        assert_eq!(encoded(&command), bytes, "{command:?}");
    }
}

#[test]
fn offsets_beyond_15_bits_are_refused() {
    assert!(Command::read_binary(0x7FFF, ExpectedLength::ONE).is_some());
    assert!(Command::read_binary(0x8000, ExpectedLength::ONE).is_none());
    assert!(Command::update_binary(0x8000, &[1]).is_none());
}

#[test]
fn extended_lengths_are_big_endian() {
    let data = [0xAA; 0x0102];
    let base = Command::update_binary(0, &data).unwrap();
    let bytes = encoded(&base);
    assert_eq!(bytes[..8], [0, 0xD6, 0, 0, 0x00, 0x01, 0x02, 0xAA]);
    let with_le = base.expecting(ExpectedLength::new(0x0304));
    assert_eq!(encoded(&with_le)[bytes.len()..], [0x03, 0x04]);
    let only_le = Command::read_binary(0, ExpectedLength::MAX).unwrap();
    assert_eq!(encoded(&only_le), [0, 0xB0, 0, 0, 0x00, 0x00, 0x00]);
}

#[test]
fn a_small_buffer_is_an_error_that_says_how_much_is_needed() {
    let mut buffer = [0xEE; 4];
    let error = Command::open_channel().write_to(&mut buffer).unwrap_err();
    assert_eq!(
        error,
        EncodeError::BufferTooSmall {
            needed: 5,
            available: 4
        }
    );
    assert_eq!(buffer, [0xEE; 4], "nothing is written");
}

#[test]
fn lengths_that_disagree_are_refused() {
    for bytes in [
        &[0x00, 0xA4, 0x00][..],
        &[0x00, 0xA4, 0x00, 0x04, 0x03, 0x01, 0x02],
        &[0x00, 0xA4, 0x00, 0x04, 0x01, 0x01, 0x02, 0x03],
        &[0x00, 0xA4, 0x00, 0x04, 0x00, 0x00],
        &[0x00, 0xA4, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01],
        &[0x00, 0xA4, 0x00, 0x04, 0x00, 0x00, 0x02, 0x01],
    ] {
        let error = Command::from_bytes(bytes).unwrap_err();
        assert_eq!(
            error,
            DecodeError::Lengths {
                length: bytes.len()
            }
        );
    }
    let error = Command::from_bytes(&[0x10, 0xA4, 0x00, 0x04]).unwrap_err();
    assert_eq!(error, DecodeError::Class { class: 0x10 });
}

#[test]
fn ft_04_debug_shows_no_data() {
    let shown = format!("{:?}", Command::verify_pin(PinReference::PIN1, b"73155137"));
    assert!(
        shown.contains("VERIFY PIN") && shown.contains("data_length: 8"),
        "{shown}"
    );
    assert!(
        !shown.contains("73155137") && !shown.contains("55"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_gives_the_same_command(
        class in 0_u8..4, instruction: u8, p1: u8, p2: u8,
        data in proptest::collection::vec(any::<u8>(), 0..700),
        expected in proptest::option::of(1_u32..=0x1_0000),
    ) {
        let command = Command {
            class: Class::from_byte(class).unwrap(),
            instruction: Instruction(instruction),
            p1, p2, data: &data,
            expected: expected.and_then(ExpectedLength::new),
        };
        let bytes = encoded(&command);
        prop_assert_eq!(Command::from_bytes(&bytes).unwrap(), command);
    }

    #[test]
    fn arbitrary_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(command) = Command::from_bytes(&bytes) {
            let again = encoded(&command);
            prop_assert_eq!(Command::from_bytes(&again).unwrap(), command);
        }
    }

    #[test]
    fn the_short_form_agrees_with_the_crate_apdu(
        p1: u8, p2: u8,
        data in proptest::collection::vec(any::<u8>(), 1..=255),
        le in proptest::option::of(any::<u8>()),
    ) {
        let ours = Command {
            class: Class::PROPRIETARY,
            instruction: Instruction::SELECT,
            p1, p2, data: &data,
            expected: le.map(ExpectedLength::from_short),
        };
        let theirs = apdu_core::Command {
            cla: 0x80, ins: 0xA4, p1, p2, le: le.map(u16::from), payload: Some(&data),
        };
        prop_assert_eq!(encoded(&ours), Vec::from(theirs));
    }
}
