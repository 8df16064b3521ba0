// SPDX-License-Identifier: Apache-2.0
//! Whatever is sent, the card answers like a card.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use simstrap_virtual_card::{
    CardDescription, CardQuirk, PathForm, ReadCondition, TransmissionProtocol, VirtualCard,
};

/// Bytes that have a meaning somewhere: classes, instructions, parameters, lengths, file
/// identifiers, so that commands get further than at random.
const TELLING: [u8; 32] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x09, 0x0C, 0x11, 0x20, 0x2F, 0x30, 0x31, 0x32, 0x3F, 0x50,
    0x64, 0x70, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x91, 0x9E, 0xA4, 0xB0, 0xB2, 0xC0, 0xD6, 0xF2, 0xFF,
];

fn command() -> impl Strategy<Value = Vec<u8>> {
    let telling = || select(&TELLING[..]);
    let header = [
        select(&[0x00, 0x01, 0x02, 0x80, 0x81, 0x04, 0x40, 0x84, 0x85][..]).boxed(),
        select(&[0xA4, 0xB0, 0xB2, 0xC0, 0xD6, 0xF2, 0x20, 0x70, 0x50, 0x82][..]).boxed(),
        telling().boxed(),
        telling().boxed(),
    ];
    let with_data = (header.clone(), vec(telling(), 0..20), any::<Option<u8>>()).prop_map(
        |(header, data, expected)| {
            let mut command = header.to_vec();
            command.push(u8::try_from(data.len()).unwrap());
            command.extend(data);
            command.extend(expected);
            command
        },
    );
    let without = (header, any::<Option<u8>>())
        .prop_map(|(header, expected)| header.into_iter().chain(expected).collect());
    let application = any::<bool>().prop_map(|usim| {
        let name: &[u8] = if usim {
            b"\x00\xA4\x04\x04\x05\xA0\x00\x00\x00\x87"
        } else {
            b"\x01\xA4\x04\x04\x05\xA0\x00\x00\x00\x63"
        };
        name.to_vec()
    });
    let initialize_update =
        (select(&[0x80, 0x81][..]), any::<[u8; 8]>()).prop_map(|(class, challenge)| {
            [&[class, 0x50, 0x00, 0x00, 0x08][..], &challenge, &[0x00]].concat()
        });
    prop_oneof![vec(any::<u8>(), 0..300), with_data, without, application, initialize_update]
}

fn card() -> impl Strategy<Value = VirtualCard> {
    let options = (
        any::<bool>(),
        0_u8..=19,
        subsequence(CardQuirk::ALL.to_vec(), 0..6),
        select(
            &[
                ReadCondition::Always,
                ReadCondition::Pin,
                ReadCondition::SecureChannel,
                ReadCondition::Never,
            ][..],
        ),
        select(&[PathForm::FileId, PathForm::MasterFile, PathForm::Application][..]),
        prop_oneof![Just(None), Just(Some(1_usize)), Just(Some(300))],
        any::<bool>(),
    );
    options.prop_map(|(t0, channels, quirks, read, path, index, inline)| {
        let mut description = CardDescription::sample().unwrap();
        if t0 {
            description.protocol = TransmissionProtocol::T0;
        }
        description.channels = channels;
        description.quirks = quirks.into_iter().collect();
        description.bootstrap.read = read;
        description.bootstrap.index = index;
        description.directory.path = path;
        description.directory.inline = inline;
        VirtualCard::new(&description).unwrap()
    })
}

proptest! {
    #[test]
    fn ft_03_every_command_gets_a_response_of_a_short_apdu(
        mut card in card(),
        commands in vec(command(), 1..40),
    ) {
        for command in commands {
            let response = card.exchange(&command).unwrap();
            prop_assert!((2..=258).contains(&response.len()));
            let [sw1, _] = *response.last_chunk().unwrap();
            prop_assert!(matches!(sw1, 0x61..=0x6F | 0x90..=0x92 | 0x9F), "{sw1:02X}");
            if matches!(sw1, 0x64..=0x6F) {
                prop_assert_eq!(response.len(), 2, "no data with an error");
            }
        }
        prop_assert!(!card.transcript().is_empty());
    }

    #[test]
    fn ft_03_descriptions_of_any_bytes_never_panic(text in ".{0,200}") {
        let _ = CardDescription::from_toml(&text);
    }
}

#[test]
fn every_first_byte_and_every_instruction_is_answered() {
    let mut card = VirtualCard::sample().unwrap();
    for class in 0..=u8::MAX {
        for instruction in 0..=u8::MAX {
            let response = card.exchange(&[class, instruction, 0, 0]).unwrap();
            assert!(response.len() >= 2, "{class:02X} {instruction:02X}");
        }
    }
}
