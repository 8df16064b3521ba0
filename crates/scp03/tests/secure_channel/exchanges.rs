// SPDX-License-Identifier: Apache-2.0
//! Exchanges over an open channel, and what ends it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use simstrap_scp03::apdu::{ExpectedLength, LogicalChannel, SelectReturn};

use super::*;

#[test]
fn whole_sessions() {
    for session in common::sessions() {
        let exchanges = list(session, "exchanges");
        let mut script = Script { steps: handshake(session), carries: None };
        script.steps.extend(exchanges.iter().map(exchange));
        let mut channel = open(script, &configuration(session), session).unwrap();
        for exchange in exchanges {
            let plain = send(&mut channel, &bytes(exchange, "plain")).unwrap();
            assert_eq!(plain, bytes(exchange, "response"));
        }
        let level = common::level(session);
        let mode = channel.achieved().mode;
        assert_eq!(
            (channel.max_response_data(), channel.max_command_data()),
            (level.max_response_data(mode, 256), level.max_command_data(mode, 255))
        );
        assert!(channel.into_inner().steps.is_empty());
    }
}

#[test]
fn sizes_follow_the_channel_below() {
    let mut channel = opened([]);
    for (below, above) in [
        ((256, 255), (239, 239)),
        ((255, 120), (239, 111)),
        ((128, 64), (111, 47)),
        ((16, 16), (0, 0)),
    ] {
        let mut script = channel.into_inner();
        script.carries = Some(below);
        let session = find("S8", "33", "70");
        script.steps = handshake(session);
        channel = open(script, &configuration(session), session).unwrap();
        assert_eq!((channel.max_response_data(), channel.max_command_data()), above);
    }
}

#[test]
fn ft_06_a_failed_exchange_ends_the_session() {
    for kind in
        [TransportErrorKind::CardReset, TransportErrorKind::NoCard, TransportErrorKind::Timeout]
    {
        let mut channel = opened([Step::Fail(kind)]);
        let error = send_first(&mut channel).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport(kind));
        assert_ended(&mut channel, SessionEnd::Interrupted);
    }
}

#[test]
fn ft_06_a_cancelled_exchange_ends_the_session() {
    let mut channel = opened([Step::Hang]);
    {
        let plain = bytes(first_exchange(), "plain");
        let command = Command::from_bytes(&plain).unwrap();
        let mut buffer = [0; 258];
        let mut exchange = pin!(channel.exchange(&command, &mut buffer));
        let mut context = Context::from_waker(Waker::noop());
        assert!(exchange.as_mut().poll(&mut context).is_pending());
    }
    assert_ended(&mut channel, SessionEnd::Interrupted);
}

#[test]
fn ft_06_a_forgotten_exchange_ends_the_session_with_the_next() {
    let mut channel = opened([Step::Hang]);
    {
        let plain = bytes(first_exchange(), "plain");
        let command = Command::from_bytes(&plain).unwrap();
        let mut buffer = [0; 258];
        let mut exchange = Box::pin(channel.exchange(&command, &mut buffer));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(exchange.as_mut().poll(&mut context), Poll::Pending);
        std::mem::forget(exchange);
    }
    assert!(send_first(&mut channel).is_err());
    assert_ended(&mut channel, SessionEnd::Interrupted);
}

#[test]
fn an_altered_response_ends_the_session_and_nothing_of_it_comes_out() {
    let first = first_exchange();
    let length = bytes(first, "protected").len();
    for bit in 0..8 * length {
        let mut altered = bytes(first, "protected");
        altered[bit / 8] ^= 1 << (bit % 8);
        let mut channel = opened([answer(bytes(first, "wrapped"), &altered)]);
        let plain = bytes(first, "plain");
        let command = Command::from_bytes(&plain).unwrap();
        let mut buffer = [0; 258];
        let result = apdu::blocking::run(channel.exchange(&command, &mut buffer)).unwrap();
        assert!(result.is_err(), "bit {bit}");
        assert_eq!(buffer, [0; 258]);
        assert_ended(&mut channel, SessionEnd::Altered);
    }
}

#[test]
fn selecting_an_application_is_refused_and_the_session_goes_on() {
    let mut channel = opened([exchange(first_exchange())]);
    let mut buffer = [0; 258];
    let select = Command::select_by_aid(&[0xA0, 0, 0, 0, 0x63], SelectReturn::Fcp);
    let error = apdu::blocking::run(channel.exchange(&select, &mut buffer)).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(channel.end(), None);
    assert!(send_first(&mut channel).is_ok());
}

#[test]
fn more_than_was_asked_for_is_cut_and_too_little_room_is_told() {
    let first = first_exchange();
    let plain = bytes(first, "plain");
    let few = |channel: &mut SecureChannel<Script>, expected, room| {
        let command = Command::from_bytes(&plain).unwrap().expecting(expected);
        let mut buffer = vec![0; room];
        apdu::blocking::run(channel.exchange(&command, &mut buffer))
            .unwrap()
            .map(|response| response.data.to_vec())
    };
    // The expected length is not covered by the MAC: only the last byte of the command changes.
    let mut wrapped = bytes(first, "wrapped");
    *wrapped.last_mut().unwrap() = 4;
    let mut channel = opened([answer(wrapped.clone(), &bytes(first, "protected"))]);
    let expected = ExpectedLength::new(4);
    assert_eq!(few(&mut channel, expected, 6), Ok(vec![0, 1, 2, 3]));
    assert_eq!(channel.end(), None);

    let mut channel = opened([exchange(first)]);
    assert_eq!(
        few(&mut channel, ExpectedLength::new(16), 10),
        Err(SecureChannelError::ResponseTooLong {
            during: Instruction::READ_BINARY,
            length: 16,
            capacity: 10,
        })
    );
    assert_eq!(channel.end(), None, "both sides counted the exchange");
}

/// Over T=0 a card cannot be told how much is expected of a command with data.
#[test]
fn the_longest_response_of_all_modes_is_looked_at() {
    /// 256 bytes, padding to the next block, and a MAC of 16.
    const LONGEST: usize = 256 + 16 + 16;
    let response = [&[0x5A; LONGEST][..], &OK].concat();
    let mut channel = opened([answer(bytes(first_exchange(), "wrapped"), &response)]);
    let during = Instruction::READ_BINARY;
    let source = SessionError::ResponseMac;
    let error = send_first(&mut channel);
    assert_eq!(error, Err(SecureChannelError::Session { during, source }), "not that it is long");
}

#[test]
fn quirks_of_the_card_are_told_through_the_channel() {
    assert!(opened([]).quirks().iter().eq([QUIRK]));
}

#[test]
fn a_logical_channel_below_puts_its_number_in_and_fetches_the_response() {
    let session = find("S8", "33", "70");
    let first = first_exchange();
    let on_channel_5 = |field: &str, source: &Value| {
        let command = bytes(source, field);
        let number = apdu::ChannelNumber::new(5).unwrap();
        encode(&Command::from_bytes(&command).unwrap().on_channel(number))
    };
    let initialize_update = on_channel_5("initialize_update", session);
    let authenticate = on_channel_5("external_authenticate", session);
    let read = on_channel_5("wrapped", first);
    assert_eq!((authenticate[0], read[0]), (0xE1, 0x61));
    let get_response = |length: usize| vec![0x41, 0xC0, 0x00, 0x00, u8::try_from(length).unwrap()];
    let initialized = bytes(session, "response");
    let protected = bytes(first, "protected");
    let data = &protected[..protected.len() - 2];
    let more = |length: usize| vec![0x61, u8::try_from(length).unwrap()];
    let complete = |data: &[u8]| [data, &OK].concat();
    let mut steps = VecDeque::from([
        (vec![0x00, 0x70, 0x00, 0x00, 0x01], vec![0x05, 0x90, 0x00]),
        (initialize_update, more(initialized.len())),
        (get_response(initialized.len()), complete(&initialized)),
        (authenticate, OK.to_vec()),
        (read, more(data.len())),
        (get_response(data.len()), complete(data)),
    ]);
    let card = apdu::from_fn(move |command: &[u8], response: &mut [u8]| {
        let (expected, answer) = steps.pop_front().unwrap();
        assert_eq!(command, expected);
        response[..answer.len()].copy_from_slice(&answer);
        Ok::<usize, Infallible>(answer.len())
    });
    let mut channel = LogicalChannel::new(card);
    apdu::blocking::run(channel.open()).unwrap().unwrap();
    let mut secure = open(&mut channel, &configuration(session), session).unwrap();
    let plain = send(&mut secure, &bytes(first, "plain")).unwrap();
    assert_eq!(plain, bytes(first, "response"));
}
