// SPDX-License-Identifier: Apache-2.0
//! One whole response for one command, whatever the card needs for it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use simstrap_apdu::{
    CardChannel, ChannelError, Class, Command, ErrorKind, ExpectedLength, Instruction,
    LogicalChannel, LogicalChannelError, MAX_EXCHANGES_PER_COMMAND, Quirk, Response, SelectReturn,
    StatusWord, TransportErrorKind, blocking, from_fn,
};

mod common;

use common::{Failure, Script};

type Outcome = Result<(Vec<u8>, StatusWord), LogicalChannelError<Failure>>;

/// Opens a channel, sends one command on it, closes the channel.
fn exchange(script: &str, command: &Command<'_>, capacity: usize) -> (Outcome, Vec<Quirk>) {
    let script = format!("> 00 70 00 00 01\n< 01 90 00\n{script}\n> 00 70 80 01\n< 90 00");
    let mut channel = LogicalChannel::new(Script::new(&script));
    blocking::run(channel.open()).unwrap().unwrap();
    let mut buffer = vec![0; capacity];
    let outcome = blocking::run(channel.exchange(command, &mut buffer))
        .unwrap()
        .map(|Response { data, status }| (data.to_vec(), status));
    blocking::run(channel.close()).unwrap().unwrap();
    channel.transport().assert_finished();
    (outcome, channel.quirks().iter().collect())
}

fn read() -> Command<'static> {
    Command::read_binary(0, ExpectedLength::MAX_SHORT).unwrap()
}

#[test]
fn the_channel_the_card_gives_is_used_and_closed() {
    for (number, class, status_class) in
        [("03", "03", "83"), ("05", "41", "C1"), ("13", "4F", "CF")]
    {
        let mut channel = LogicalChannel::new(Script::new(&format!(
            "> 00 70 00 00 01\n< {number} 90 00\n> {class} B0 00 00 00\n< AA 90 00\n\
             > {status_class} F2 00 0C\n< 90 00\n> 00 70 80 {number}\n< 90 00"
        )));
        blocking::run(channel.open()).unwrap().unwrap();
        let mut buffer = [0; 258];
        let response = blocking::run(channel.exchange(&read(), &mut buffer)).unwrap().unwrap();
        assert_eq!(response.data, [0xAA]);
        blocking::run(channel.exchange(&Command::status(), &mut buffer)).unwrap().unwrap();
        blocking::run(channel.close()).unwrap().unwrap();
        assert_eq!(channel.number(), None);
        channel.transport().assert_finished();
    }
}

#[test]
fn no_channel_is_an_error_with_the_status_word() {
    for status in ["6A 81", "68 81"] {
        let mut channel =
            LogicalChannel::new(Script::new(&format!("> 00 70 00 00 01\n< {status}")));
        let error = blocking::run(channel.open()).unwrap().unwrap_err();
        assert!(matches!(error, LogicalChannelError::NoChannel { .. }), "{error}");
        assert!(error.to_string().contains(status), "{error}");
    }
    for answer in ["90 00", "14 90 00", "00 90 00", "01 02 90 00"] {
        let mut channel =
            LogicalChannel::new(Script::new(&format!("> 00 70 00 00 01\n< {answer}")));
        let error = blocking::run(channel.open()).unwrap().unwrap_err();
        assert_eq!(error, LogicalChannelError::ChannelNumber);
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[test]
fn get_response_goes_on_until_done() {
    let file = simstrap_apdu::FileId::new(0x5031);
    let command = Command::select_by_id(&file, SelectReturn::Fcp);
    let (outcome, quirks) = exchange(
        "> 01 A4 00 04 02 50 31 00\n< 61 03
         > 01 C0 00 00 03\n< 01 02 03 61 01
         > 01 C0 00 00 01\n< 04 90 00",
        &command,
        258,
    );
    assert_eq!(outcome, Ok((vec![1, 2, 3, 4], StatusWord::SUCCESS)));
    assert_eq!(quirks, []);
}

#[test]
fn deviations_of_get_response_are_coped_with_and_reported() {
    let (outcome, quirks) = exchange(
        "> 01 B0 00 00 00\n< 0A 9F 00
         > 01 C0 00 00 FF\n< 6C 02
         > 01 C0 00 00 02\n< 0B 0C 91 12",
        &read(),
        258,
    );
    let (data, status) = outcome.unwrap();
    assert_eq!(data, [0x0A, 0x0B, 0x0C]);
    assert_eq!(status.pending_proactive_command(), Some(0x12));
    assert_eq!(
        quirks,
        [Quirk::DataBeforeMoreData, Quirk::GetResponseWrongLength, Quirk::MoreDataOf2g]
    );
}

#[test]
fn a_wrong_expected_length_is_put_right_once() {
    let (outcome, _) =
        exchange("> 01 B0 00 00 00\n< 6C 02\n> 01 B0 00 00 02\n< 01 02 90 00", &read(), 258);
    assert_eq!(outcome.unwrap().0, [1, 2]);
    let (outcome, _) =
        exchange("> 01 B0 00 00 00\n< 6C 02\n> 01 B0 00 00 02\n< 6C 02", &read(), 258);
    assert_eq!(outcome.unwrap(), (vec![], StatusWord::from_bytes([0x6C, 0x02])));
}

#[test]
fn an_expected_length_that_is_refused_is_left_out() {
    let command = Command::select_by_aid(&[0xA0; 5], SelectReturn::Fcp);
    let (outcome, quirks) = exchange(
        "> 01 A4 04 04 05 A0 A0 A0 A0 A0 00\n< 67 00
         > 01 A4 04 04 05 A0 A0 A0 A0 A0\n< 61 02
         > 01 C0 00 00 02\n< 62 00 90 00",
        &command,
        258,
    );
    assert_eq!(outcome, Ok((vec![0x62, 0x00], StatusWord::SUCCESS)));
    assert_eq!(quirks, [Quirk::ExpectedLengthRefused]);
    let secured = Command { class: Class::INTERINDUSTRY.secured(), ..command };
    let (outcome, _) = exchange("> 05 A4 04 04 05 A0 A0 A0 A0 A0 00\n< 67 00", &secured, 258);
    assert_eq!(outcome, Ok((vec![], StatusWord::WRONG_LENGTH)), "not repeated when protected");
    let (outcome, quirks) = exchange("> 01 B0 00 00 00\n< 67 00", &read(), 258);
    assert_eq!(outcome, Ok((vec![], StatusWord::WRONG_LENGTH)), "nothing to leave out");
    assert_eq!(quirks, []);
}

#[test]
fn warnings_keep_their_data_and_errors_lose_it() {
    let (outcome, _) = exchange("> 01 B0 00 00 00\n< 01 02 62 82", &read(), 258);
    assert_eq!(outcome, Ok((vec![1, 2], StatusWord::END_OF_FILE)));
    let (outcome, _) = exchange("> 01 B0 00 00 00\n< 01 02 69 82", &read(), 258);
    assert_eq!(outcome, Ok((vec![], StatusWord::SECURITY_STATUS)));
    let secured = Command { class: Class::INTERINDUSTRY.secured(), ..read() };
    let (outcome, _) = exchange("> 05 B0 00 00 00\n< 01 02 98 00", &secured, 258);
    let status = StatusWord::from_bytes([0x98, 0x00]);
    assert_eq!(outcome, Ok((vec![1, 2], status)), "for the secure channel to judge");
}

#[test]
fn answers_without_a_status_word_are_errors() {
    for (answer, length) in [("<", 0), ("< 90", 1)] {
        let (outcome, _) = exchange(&format!("> 01 B0 00 00 00\n{answer}"), &read(), 258);
        let during = Instruction::READ_BINARY;
        assert_eq!(outcome, Err(LogicalChannelError::ShortResponse { during, length }));
    }
}

#[test]
fn more_than_was_asked_for_is_an_error() {
    let during = Instruction::READ_BINARY;
    let too_long = |outcome| {
        assert_eq!(outcome, Err(LogicalChannelError::ResponseTooLong { during, capacity: 2 }));
    };
    too_long(exchange("> 01 B0 00 00 00\n< 01 02 03 90 00", &read(), 4).0);
    too_long(exchange("> 01 B0 00 00 00\n< 61 03\n> 01 C0 00 00 02\n< 01 02 61 01", &read(), 4).0);
}

#[test]
fn ft_03_a_card_that_never_stops_saying_61xx_is_cut_off() {
    let mut count = 0;
    let card = from_fn(|command: &[u8], response: &mut [u8]| {
        let answer: &[u8] = if command[1] == 0x70 { &[1, 0x90, 0x00] } else { &[0x61, 0x01] };
        response[..answer.len()].copy_from_slice(answer);
        count += 1;
        Ok::<usize, Failure>(answer.len())
    });
    let mut channel = LogicalChannel::new(card);
    blocking::run(channel.open()).unwrap().unwrap();
    let mut buffer = [0; 258];
    let error = blocking::run(channel.exchange(&read(), &mut buffer)).unwrap().unwrap_err();
    assert_eq!(error, LogicalChannelError::Endless { during: Instruction::READ_BINARY });
    assert_eq!(count, 1 + MAX_EXCHANGES_PER_COMMAND);
}

#[test]
fn ft_06_a_channel_is_lost_with_the_card_and_kept_for_closing_otherwise() {
    for (failure, kept) in [("no card", false), ("reset", false), ("timeout", true)] {
        let mut channel = LogicalChannel::new(Script::new(&format!(
            "> 00 70 00 00 01\n< 02 90 00\n> 02 B0 00 00 00\n! {failure}\n\
             {}> 00 70 00 00 01\n< 01 90 00",
            if kept { "> 00 70 80 02\n< 90 00\n" } else { "" },
        )));
        blocking::run(channel.open()).unwrap().unwrap();
        let mut buffer = [0; 258];
        let error = blocking::run(channel.exchange(&read(), &mut buffer)).unwrap().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Transport(_)));
        assert_eq!(error.kind().is_no_card(), failure == "no card");
        assert_eq!(channel.number().is_some(), kept, "{failure}");
        blocking::run(channel.open()).unwrap().unwrap();
        channel.transport().assert_finished();
    }
}

#[test]
fn ft_06_a_channel_that_cannot_be_closed_counts_as_closed() {
    let mut channel =
        LogicalChannel::new(Script::new("> 00 70 00 00 01\n< 02 90 00\n> 00 70 80 02\n< 68 81"));
    blocking::run(channel.open()).unwrap().unwrap();
    let error = blocking::run(channel.close()).unwrap().unwrap_err();
    assert!(matches!(error, LogicalChannelError::NotClosed { .. }));
    assert_eq!(channel.number(), None);
    let mut buffer = [0; 8];
    let error = blocking::run(channel.exchange(&read(), &mut buffer)).unwrap().unwrap_err();
    assert_eq!(error, LogicalChannelError::Closed { during: Instruction::READ_BINARY });
}

#[test]
fn ft_06_a_dropped_exchange_leaves_the_channel_to_be_closed() {
    use std::future::{Future, poll_fn};
    use std::task::{Context, Poll, Waker};

    struct Stalls(bool);

    impl simstrap_apdu::Transport for Stalls {
        type Error = Failure;

        async fn transmit(&mut self, command: &[u8], to: &mut [u8]) -> Result<usize, Failure> {
            if command[1] == 0xB0 && !std::mem::replace(&mut self.0, true) {
                poll_fn(|_| Poll::<()>::Pending).await;
            }
            to[..3].copy_from_slice(&[0x01, 0x90, 0x00]);
            Ok(3)
        }
    }

    let mut channel = LogicalChannel::new(Stalls(false));
    blocking::run(channel.open()).unwrap().unwrap();
    {
        let mut buffer = [0; 8];
        let command = read();
        let mut exchange = std::pin::pin!(channel.exchange(&command, &mut buffer));
        let mut context = Context::from_waker(Waker::noop());
        assert!(exchange.as_mut().poll(&mut context).is_pending());
    }
    assert!(channel.number().is_some());
    blocking::run(channel.close()).unwrap().unwrap();
    assert_eq!(channel.number(), None);
}

#[test]
fn a_transport_that_waits_is_refused_by_the_blocking_face() {
    let pending = std::future::pending::<()>();
    assert_eq!(blocking::run(pending), Err(blocking::WouldWait));
}

#[test]
fn the_kind_of_a_transport_error_is_passed_on() {
    let error = LogicalChannelError::Transport {
        during: Instruction::SELECT,
        source: Failure(TransportErrorKind::Unavailable),
    };
    assert_eq!(error.kind(), ErrorKind::Transport(TransportErrorKind::Unavailable));
    assert_eq!(error.to_string(), "SELECT: the card could not be reached");
}
