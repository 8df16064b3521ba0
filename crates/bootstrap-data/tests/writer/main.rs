// SPDX-License-Identifier: Apache-2.0
//! Writing to the virtual card, and what is on it when something goes wrong half-way.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

#[path = "../common/cards.rs"]
mod cards;
mod faults;
mod rights;

use simstrap_bootstrap_data::reader::{ReadErrorKind, ReadOptions, SecureChannelOptions};
use simstrap_bootstrap_data::scp03::apdu::{
    LastTry, LogicalChannelError, Pin, PinReference, Transport, blocking,
};
use simstrap_bootstrap_data::scp03::{Configuration, StaticKeys};
use simstrap_bootstrap_data::writer::{
    AdministrativePin, FileState, WriteError, WriteOptions, Writing, write_card,
};
use simstrap_bootstrap_data::{BootstrapData, Value};
use simstrap_virtual_card::{
    PathForm, SharedCard, TransmissionProtocol, UpdateCondition, VirtualCardError,
};

use cards::{EXAMPLE, file_of_32_kib, hold, sample};

type Outcome<E = VirtualCardError> = Result<Writing, WriteError<LogicalChannelError<E>>>;

/// What gives the right to write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    None,
    AdministrativePin([u8; 8]),
    SecureChannel,
}

/// The ADM1 of the sample card.
const ADM1: Right = Right::AdministrativePin(*b"88888888");

fn write<T: Transport>(transport: T, data: &BootstrapData, right: Right) -> Outcome<T::Error> {
    blocking::run(try_write(transport, data, right)).unwrap()
}

/// The same, for a card that may never answer.
async fn try_write<T: Transport>(
    transport: T,
    data: &BootstrapData,
    right: Right,
) -> Outcome<T::Error> {
    let key: Vec<u8> = (0x40..0x50).collect();
    let configuration = Configuration::new(StaticKeys::from_slices(&key, &key, &key).unwrap());
    let mut random = |target: &mut [u8]| {
        target.fill(7);
        Ok(())
    };
    let secure_channel = (right == Right::SecureChannel)
        .then_some(SecureChannelOptions { configuration: &configuration, random: &mut random });
    let pin = match right {
        Right::AdministrativePin(value) => Some(Pin::from_bytes(value)),
        _ => None,
    };
    let (reference, last_try) = (PinReference::ADM1, LastTry::Keep);
    let administrative_pin =
        pin.as_ref().map(|value| AdministrativePin { reference, value, last_try });
    let read = ReadOptions { pin: None, last_try: LastTry::Keep, secure_channel };
    let mut options = WriteOptions { read, administrative_pin };
    write_card(transport, &data.as_ref(), &mut options).await
}

/// Data of about this many bytes.
fn data(length: usize) -> BootstrapData {
    let value = vec![0x5A; length];
    BootstrapData::encode(|encoder| {
        encoder.object(9, None, |object| {
            object.instance(0, |instance| instance.resource(2, Value::Opaque(&value)))
        })
    })
    .map(|bytes| BootstrapData::from_bytes(&bytes).unwrap())
    .unwrap()
}

/// The bytes of the bootstrap file, past everything that a host does.
fn content(card: &SharedCard) -> Vec<u8> {
    let mut card = card.lock();
    card.insert();
    let selected = card.exchange(&[0, 0xA4, 0x08, 0x0C, 4, 0x7F, 0x50, 0x64, 0x32]).unwrap();
    assert_eq!(selected, [0x90, 0x00]);
    let mut content = Vec::new();
    loop {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        if high > 0x7F {
            return content;
        }
        let response = card.exchange(&[0, 0xB0, high, low, 0]).unwrap();
        match response.split_last_chunk::<2>() {
            Some((data, [0x90, 0x00])) => content.extend(data),
            Some((_, [0x6C, right])) => {
                let response = card.exchange(&[0, 0xB0, high, low, *right]).unwrap();
                content.extend(&response[..response.len() - 2]);
            }
            _ => return content,
        }
    }
}

/// The data, filled up with FF.
fn filled(data: &BootstrapData, length: usize) -> Vec<u8> {
    let mut filled = data.as_ref().as_bytes().to_vec();
    filled.resize(length, 0xFF);
    filled
}

#[test]
fn data_is_written_filled_up_and_read_back() {
    for length in [1, 100, 230] {
        for protocol in [TransmissionProtocol::T0, TransmissionProtocol::T1] {
            for path in [PathForm::FileId, PathForm::MasterFile, PathForm::Application] {
                let card = sample(|card| {
                    card.protocol = protocol;
                    card.directory.path = path;
                });
                let new = data(length);
                let writing = write(card.clone(), &new, ADM1).unwrap();
                assert_eq!((writing.used, writing.written), (new.as_ref().as_bytes().len(), 256));
                assert_eq!(writing.secure_channel, None);
                assert_eq!(content(&card), filled(&new, 256));
            }
        }
    }
}

#[test]
fn a_part_of_a_file_is_written_and_what_is_around_it_kept() {
    let card = sample(|card| card.bootstrap.index = Some(16));
    assert!(content(&card)[16..].starts_with(&hex::decode(EXAMPLE).unwrap()));
    let new = data(100);
    assert_eq!(write(card.clone(), &new, ADM1).unwrap().written, 256);
    let content = content(&card);
    assert_eq!(content[..16], [0; 16]);
    assert_eq!(content[16..272], filled(&new, 256));
    assert_eq!(content[272..], [0; 16]);
}

#[test]
fn the_largest_file_is_written() {
    let file = file_of_32_kib();
    let new = BootstrapData::from_bytes(&file).unwrap();
    for right in [ADM1, Right::SecureChannel] {
        let card = sample(|card| {
            hold(card, &vec![0; file.len()]);
            if right == Right::SecureChannel {
                card.bootstrap.update = UpdateCondition::SecureChannel;
            }
        });
        assert_eq!(write(card.clone(), &new, right).unwrap().written, 32 * 1024);
        assert!(content(&card) == file);
    }
}

#[test]
fn data_that_does_not_fit_is_refused_before_anything_is_written() {
    let card = sample(|_| {});
    let before = content(&card);
    let error = write(card.clone(), &data(250), ADM1).unwrap_err();
    assert!(matches!(error, WriteError::TooLarge { needed, room: 256, .. } if needed > 256));
    assert_eq!(error.state(), FileState::Unchanged);
    assert_eq!(content(&card), before);
}

#[test]
fn a_file_that_is_out_of_use_is_not_written() {
    let card = sample(|card| card.bootstrap.state = simstrap_virtual_card::FileState::Deactivated);
    let error = write(card, &data(1), ADM1).unwrap_err();
    assert!(matches!(error, WriteError::Find(_)), "{error:?}");
    assert_eq!(error.kind(), ReadErrorKind::NoBootstrapData);
    assert_eq!(error.state(), FileState::Unchanged);
}
