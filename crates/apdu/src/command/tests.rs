// SPDX-License-Identifier: Apache-2.0
use proptest::prelude::*;

use super::*;

fn encoded(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = vec![0; command.encoded_len()];
    let length = command.write_to(&mut buffer).unwrap().len();
    assert_eq!(length, buffer.len());
    buffer
}

/// The bytes of a command as hexadecimal digits.
fn hex_of(command: &Command<'_>) -> String {
    hex::encode_upper(encoded(command))
}

#[test]
fn selecting_takes_the_bytes_of_the_standard() {
    let file = FileId::new(0x5031);
    let by_id = |answer| hex_of(&Command::select_by_id(&file, answer));
    assert_eq!(by_id(SelectReturn::Fcp), "00A4000402503100");
    assert_eq!(by_id(SelectReturn::Nothing), "00A4000C025031");
    let by_aid = Command::select_by_aid(&[0xA0; 5], SelectReturn::Fcp);
    assert_eq!(hex_of(&by_aid), "00A4040405A0A0A0A0A000");
    for (path, expected) in [
        ("3F007F506430", "00A4080C047F506430"),
        ("7FFF6430", "00A4080C047FFF6430"),
        ("50156430", "00A4090C0450156430"),
    ] {
        let path = Path::from_bytes(&hex::decode(path).unwrap()).unwrap();
        let command = Command::select_by_path(&path, SelectReturn::Nothing);
        assert_eq!(hex_of(&command), expected);
    }
}

#[test]
fn reading_and_writing_take_the_bytes_of_the_standard() {
    let sfi = Sfi::new(0x1E).unwrap();
    let le = ExpectedLength::MAX_SHORT;
    let binary = Command::read_binary(0x7F00, le).unwrap();
    assert_eq!(hex_of(&binary), "00B07F0000");
    assert_eq!(hex_of(&Command::read_binary_by_sfi(sfi, 9, le)), "00B09E0900");
    assert_eq!(hex_of(&Command::read_record(2, Some(sfi), le)), "00B202F400");
    assert_eq!(hex_of(&Command::read_record(1, None, le)), "00B2010400");
    let update = Command::update_binary(0x0102, &[7]).unwrap();
    assert_eq!(hex_of(&update), "00D601020107");
}

#[test]
fn pins_and_channels_take_the_bytes_of_the_standard() {
    let verify = Command::verify_pin(PinReference::PIN1, b"1234\xFF\xFF\xFF\xFF");
    assert_eq!(hex_of(&verify), "002000010831323334FFFFFFFF");
    assert_eq!(hex_of(&Command::pin_tries(PinReference::PIN1)), "00200001");
    let channel = ChannelNumber::new(2).unwrap();
    assert_eq!(hex_of(&Command::open_channel()), "0070000001");
    assert_eq!(hex_of(&Command::close_channel(channel)), "00708002");
    assert_eq!(hex_of(&Command::status().on_channel(channel)), "82F2000C");
    assert_eq!(hex_of(&Command::get_response(ExpectedLength::ONE)), "00C0000001");
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
    assert_eq!(error, EncodeError::BufferTooSmall { needed: 5, available: 4 });
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
        assert_eq!(error, DecodeError::Lengths { length: bytes.len() });
    }
    let error = Command::from_bytes(&[0x10, 0xA4, 0x00, 0x04]).unwrap_err();
    assert_eq!(error, DecodeError::Class { class: 0x10 });
}

#[test]
fn ft_04_debug_shows_no_data() {
    let shown = format!("{:?}", Command::verify_pin(PinReference::PIN1, b"73155137"));
    assert!(shown.contains("VERIFY PIN") && shown.contains("data_length: 8"), "{shown}");
    assert!(!shown.contains("73155137") && !shown.contains("55"), "{shown}");
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
