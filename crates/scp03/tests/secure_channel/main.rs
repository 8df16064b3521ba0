// SPDX-License-Identifier: Apache-2.0
//! The channel: opening it, going on after nothing, ending with everything that goes wrong. Below
//! it stands a script of exchanges that a second implementation worked out.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

#[path = "../common/mod.rs"]
mod common;
mod exchanges;
mod opening;

use std::collections::VecDeque;
use std::future::pending;

use common::{bytes, encode, host_challenge, keys_of, list, reference, text};
use serde_json::Value;
use simstrap_scp03::apdu::{
    self, CardChannel, ChannelError, Command, ErrorKind, Instruction, Quirk, QuirkSet, Response,
    TransportErrorKind,
};
use simstrap_scp03::{Configuration, SecureChannel, SecureChannelError, SessionEnd, SessionError};

/// A channel that expects these commands and gives these answers, then never answers again.
#[derive(Debug, Default)]
struct Script {
    steps: VecDeque<Step>,
    carries: Option<(usize, usize)>,
}

/// What the card was seen to do.
const QUIRK: Quirk = Quirk::NoShortFileIdentifiers;

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

    fn quirks(&self) -> QuirkSet {
        let mut quirks = QuirkSet::EMPTY;
        quirks.insert(QUIRK);
        quirks
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
