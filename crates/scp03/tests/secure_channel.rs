// SPDX-License-Identifier: Apache-2.0
//! The channel: opening it, going on after nothing, ending with everything that goes wrong.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod common;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use common::{bytes, encode, host_challenge, keys_of, list, reference, text};
use serde_json::Value;
use simstrap_scp03::apdu::{
    self, CardChannel, ChannelError, Command, ErrorKind, ExpectedLength, Instruction,
    LogicalChannel, Response, SelectReturn, StatusWord, TransportErrorKind,
};
use simstrap_scp03::{
    CardChallenge, Configuration, HandshakeError, KeyVersionNumber, Mode, ModePreference,
    RandomError, SecureChannel, SecureChannelError, SecurityLevel, SessionEnd, SessionError,
};

/// A channel that expects these commands and gives these answers, then never answers again.
#[derive(Debug, Default)]
struct Script {
    steps: VecDeque<Step>,
    carries: Option<(usize, usize)>,
}

#[derive(Debug)]
enum Step {
    Answer { command: Vec<u8>, response: Vec<u8> },
    Fail(TransportErrorKind),
    Hang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reader failed")]
struct Failed(TransportErrorKind);

impl ChannelError for Failed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Transport(self.0)
    }
}

impl CardChannel for Script {
    type Error = Failed;

    async fn exchange<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, Failed> {
        match self.steps.pop_front().expect("a command too many") {
            Step::Answer { command: expected, response } => {
                assert_eq!(encode(command), expected);
                let target = &mut buffer[..response.len()];
                target.copy_from_slice(&response);
                Ok(Response::from_bytes(target).unwrap())
            }
            Step::Fail(kind) => Err(Failed(kind)),
            Step::Hang => pending().await,
        }
    }

    fn max_response_data(&self) -> usize {
        self.carries.map_or(256, |(response, _)| response)
    }

    fn max_command_data(&self) -> usize {
        self.carries.map_or(255, |(_, command)| command)
    }
}

fn answer(command: Vec<u8>, response: &[u8]) -> Step {
    let response = response.to_vec();
    Step::Answer { command, response }
}

const OK: [u8; 2] = [0x90, 0x00];

/// INITIALIZE UPDATE and EXTERNAL AUTHENTICATE of a session.
fn handshake(session: &Value) -> VecDeque<Step> {
    let response = [&bytes(session, "response")[..], &OK].concat();
    VecDeque::from([
        answer(bytes(session, "initialize_update"), &response),
        answer(bytes(session, "external_authenticate"), &OK),
    ])
}

fn exchange(exchange: &Value) -> Step {
    answer(bytes(exchange, "wrapped"), &bytes(exchange, "protected"))
}

/// The session of the reference with these properties.
fn find(mode: &str, level: &str, i: &str) -> &'static Value {
    common::sessions()
        .iter()
        .find(|session| {
            text(session, "mode") == mode
                && text(session, "level") == level
                && text(session, "i") == i
        })
        .unwrap()
}

type Opened<C> = Result<SecureChannel<C>, SecureChannelError<<C as CardChannel>::Error>>;

fn open<C: CardChannel>(channel: C, configuration: &Configuration, session: &Value) -> Opened<C> {
    let aid = bytes(reference(), "aid");
    let random = |challenge: &mut [u8]| {
        if challenge.len() == host_challenge(session).as_bytes().len() {
            challenge.copy_from_slice(host_challenge(session).as_bytes());
        }
        Ok(())
    };
    let opening = SecureChannel::open(channel, configuration, Some(&aid), random);
    apdu::blocking::run(opening).unwrap()
}

fn configuration(session: &Value) -> Configuration {
    common::configuration(keys_of(session), session)
}

/// Sends a plain command and gives the whole plain response.
fn send<C: CardChannel>(
    channel: &mut SecureChannel<C>,
    plain: &[u8],
) -> Result<Vec<u8>, SecureChannelError<C::Error>> {
    let mut buffer = [0; 258];
    let command = Command::from_bytes(plain).unwrap();
    let response = apdu::blocking::run(channel.exchange(&command, &mut buffer)).unwrap()?;
    Ok([response.data, &response.status.to_bytes()].concat())
}

/// An open channel of the S8 session at level 33, that will do these steps.
fn opened(steps: impl IntoIterator<Item = Step>) -> SecureChannel<Script> {
    let session = find("S8", "33", "70");
    let mut script = Script { steps: handshake(session), carries: None };
    script.steps.extend(steps);
    open(script, &configuration(session), session).unwrap()
}

/// The first exchange of that session.
fn first_exchange() -> &'static Value {
    &list(find("S8", "33", "70"), "exchanges")[0]
}

fn send_first(channel: &mut SecureChannel<Script>) -> Result<Vec<u8>, SecureChannelError<Failed>> {
    send(channel, &bytes(first_exchange(), "plain"))
}

fn assert_ended(channel: &mut SecureChannel<Script>, end: SessionEnd) {
    assert_eq!(channel.end(), Some(end));
    let during = Instruction::READ_BINARY;
    let source = SessionError::Ended { end };
    assert_eq!(send_first(channel), Err(SecureChannelError::Session { during, source }));
}

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
fn s16_is_tried_when_the_card_refuses_the_length_of_s8() {
    let session = find("S16", "33", "71");
    let challenge = [0; 8];
    let s8 = [&[0x80, 0x50, 0x30, 0x00, 0x08][..], &challenge, &[0x00]].concat();
    let refusal = || answer(s8.clone(), &[0x67, 0x00]);
    let mut configuration = configuration(session);

    configuration.mode = ModePreference::Auto;
    let mut script = Script::default();
    script.steps.push_back(refusal());
    script.steps.extend(handshake(session));
    let channel = open(script, &configuration, session).unwrap();
    assert_eq!(channel.achieved().mode, Mode::S16);
    assert_eq!(channel.achieved().card_challenge, CardChallenge::Checked);

    configuration.mode = ModePreference::Only(Mode::S8);
    let script = Script { steps: VecDeque::from([refusal()]), carries: None };
    let error = open(script, &configuration, session).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused(StatusWord::WRONG_LENGTH));
}

#[test]
fn s16_is_not_tried_for_any_other_reason() {
    let session = find("S8", "33", "70");
    let mut configuration = configuration(session);
    configuration.mode = ModePreference::Auto;
    for status in [
        StatusWord::SECURITY_STATUS,
        StatusWord::REFERENCE_NOT_FOUND,
        StatusWord::INSTRUCTION_NOT_SUPPORTED,
    ] {
        let refusal = answer(bytes(session, "initialize_update"), &status.to_bytes());
        let script = Script { steps: VecDeque::from([refusal]), carries: None };
        let error = open(script, &configuration, session).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused(status));
    }
}

/// Opens with a changed response to INITIALIZE UPDATE; the script has nothing after it, so that
/// a second command would fail the test.
fn open_with(change: impl Fn(&mut Vec<u8>, &mut Configuration)) -> HandshakeError {
    let session = find("S8", "33", "70");
    let mut configuration = configuration(session);
    let mut response = [&bytes(session, "response")[..], &OK].concat();
    change(&mut response, &mut configuration);
    let script = Script {
        steps: VecDeque::from([answer(bytes(session, "initialize_update"), &response)]),
        carries: None,
    };
    match open(script, &configuration, session).unwrap_err() {
        SecureChannelError::Handshake(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_wrong_cryptogram_is_told_and_nothing_is_tried_again() {
    for bit in 0..64 {
        let error = open_with(|response, _| response[21 + bit / 8] ^= 1 << (bit % 8));
        assert_eq!(error, HandshakeError::Cryptogram);
        assert_eq!(error.kind(), ErrorKind::Authentication);
    }
    for bit in 0..64 {
        let error = open_with(|response, _| response[13 + bit / 8] ^= 1 << (bit % 8));
        assert_eq!(error, HandshakeError::Cryptogram, "another challenge");
    }
    let other_keys = open_with(|_, configuration| {
        configuration.keys =
            simstrap_scp03::StaticKeys::from_slices(&[1; 16], &[2; 16], &[3; 16]).unwrap();
    });
    assert_eq!(other_keys, HandshakeError::Cryptogram);
    let auto = open_with(|response, configuration| {
        configuration.mode = ModePreference::Auto;
        response[21] ^= 1;
    });
    assert_eq!(auto, HandshakeError::Cryptogram);
}

#[test]
fn a_wrong_sequence_counter_is_found_out() {
    let error = open_with(|response, _| response[31] ^= 1);
    assert_eq!(error, HandshakeError::CardChallenge);
}

#[test]
fn cr_03_a_card_that_offers_less_than_demanded_is_refused() {
    let demanded = SecurityLevel::Full;
    for i in [0x00, 0x10, 0x11, 0x20, 0x30, 0x40] {
        let error = open_with(|response, _| response[12] = i);
        assert!(
            matches!(error, HandshakeError::Level { demanded: level, options }
                if level == demanded && options.to_byte() == i),
            "{error}"
        );
    }
}

#[test]
fn another_key_version_or_protocol_is_refused() {
    let used = KeyVersionNumber::new(0x31);
    let asked = KeyVersionNumber::new(0x30);
    assert_eq!(
        open_with(|response, _| response[10] = 0x31),
        HandshakeError::KeyVersion { asked, used }
    );
    let error = open_with(|response, _| response[11] = 0x02);
    assert_eq!(error, HandshakeError::Protocol { protocol: 0x02 });
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn a_card_without_keys_here_is_refused() {
    struct NoKeys;
    impl simstrap_scp03::KeyDiversification for NoKeys {
        fn card_keys(
            &self,
            data: &simstrap_scp03::DiversificationData,
        ) -> Option<simstrap_scp03::StaticKeys> {
            let session = find("S8", "33", "70");
            assert_eq!(data[..], bytes(session, "response")[..10]);
            None
        }
    }
    let session = find("S8", "33", "70");
    let configuration =
        Configuration { key_version: KeyVersionNumber::new(0x30), ..Configuration::new(NoKeys) };
    let challenge = |bytes: &mut [u8]| {
        bytes.copy_from_slice(host_challenge(session).as_bytes());
        Ok(())
    };
    let script = Script { steps: handshake(session), carries: None };
    let opening = SecureChannel::open(script, &configuration, None, challenge);
    let error = apdu::blocking::run(opening).unwrap().unwrap_err();
    let key_version = KeyVersionNumber::new(0x30);
    assert_eq!(error, HandshakeError::NoKeys { key_version }.into());
}

#[test]
fn a_host_that_the_card_does_not_accept() {
    let session = find("S8", "33", "70");
    for status in [[0x63, 0x00], [0x69, 0x82], [0x62, 0x83], [0x6A, 0x80]] {
        let mut script = Script { steps: handshake(session), carries: None };
        script.steps[1] = answer(bytes(session, "external_authenticate"), &status);
        let error = open(script, &configuration(session), session).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        let during = Instruction::EXTERNAL_AUTHENTICATE;
        let status = StatusWord::from_bytes(status);
        assert_eq!(error, HandshakeError::Refused { during, status }.into());
    }
}

#[test]
fn without_random_bytes_nothing_is_sent() {
    let session = find("S8", "33", "70");
    let none = RandomError { code: Some(-5) };
    let configuration = configuration(session);
    let opening = SecureChannel::open(Script::default(), &configuration, None, |_| Err(none));
    let error = apdu::blocking::run(opening).unwrap().unwrap_err();
    assert_eq!(error, SecureChannelError::Random(none));
}

#[test]
fn the_operating_system_gives_a_new_challenge_each_time() {
    let mut drawn = [[0; 16]; 4];
    for challenge in &mut drawn {
        simstrap_scp03::os_random(challenge).unwrap();
    }
    let distinct: std::collections::BTreeSet<_> = drawn.iter().collect();
    assert_eq!(distinct.len(), drawn.len());
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
