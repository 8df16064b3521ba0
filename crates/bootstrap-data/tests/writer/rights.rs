// SPDX-License-Identifier: Apache-2.0
//! Who may write.

use simstrap_bootstrap_data::scp03::SecurityLevel;
use simstrap_bootstrap_data::scp03::apdu::FileError;
use simstrap_bootstrap_data::writer::{FileState, WriteError};
use simstrap_virtual_card::{ReadCondition, TransmissionProtocol, UpdateCondition};

use crate::cards::sample;
use crate::{ADM1, Right, content, data, filled, write};

const VERIFY: u8 = 0x20;
const UPDATE: u8 = 0xD6;

#[test]
fn without_the_right_nothing_is_written() {
    let card = sample(|_| {});
    let before = content(&card);
    for right in [Right::None, Right::SecureChannel] {
        let error = write(card.clone(), &data(10), right).unwrap_err();
        assert!(matches!(error, WriteError::Write { .. }), "{error:?}");
        assert_eq!(error.state(), FileState::Unchanged);
        assert!(error.help().contains("administrative PIN"), "{}", error.help());
        assert_eq!(content(&card), before);
    }
}

#[test]
fn ft_05_a_wrong_administrative_pin_is_tried_once() {
    let card = sample(|_| {});
    let before = content(&card);
    let error = write(card.clone(), &data(10), Right::AdministrativePin([0; 8])).unwrap_err();
    assert!(
        matches!(error, WriteError::Pin(FileError::PinWrong { tries_left: 9, .. })),
        "{error:?}"
    );
    let sent = |instruction| {
        let card = card.lock();
        card.log().iter().filter(|exchange| exchange.command.get(1) == Some(&instruction)).count()
    };
    assert_eq!((sent(VERIFY), sent(UPDATE)), (2, 0), "a question, a try, and no more");
    assert_eq!(content(&card), before);
}

#[test]
fn ft_05_the_last_try_of_an_administrative_pin_is_kept() {
    let card = sample(|card| card.adm.tries = 1);
    let error = write(card.clone(), &data(10), Right::AdministrativePin([0; 8])).unwrap_err();
    assert!(matches!(error, WriteError::Pin(FileError::PinLastTry { .. })), "{error:?}");
    assert_eq!(error.state(), FileState::Unchanged);
}

#[test]
fn a_secure_channel_gives_the_right_where_the_card_says_so() {
    for protocol in [TransmissionProtocol::T0, TransmissionProtocol::T1] {
        let card = sample(|card| {
            card.protocol = protocol;
            card.bootstrap.update = UpdateCondition::SecureChannel;
        });
        let new = data(100);
        let writing = write(card.clone(), &new, Right::SecureChannel).unwrap();
        let level = writing.secure_channel.map(|channel| channel.level);
        assert_eq!(level, Some(SecurityLevel::Full));
        assert_eq!(content(&card), filled(&new, 256));
        let error = write(card, &data(10), ADM1).unwrap_err();
        assert_eq!(error.state(), FileState::Unchanged);
    }
}

#[test]
fn what_cannot_be_read_back_is_said_to_be_written_and_not_checked() {
    let card = sample(|card| card.bootstrap.read = ReadCondition::Never);
    let error = write(card, &data(10), ADM1).unwrap_err();
    assert!(matches!(error, WriteError::ReadBack(_)), "{error:?}");
    assert_eq!(error.state(), FileState::New);
}
