// SPDX-License-Identifier: Apache-2.0
//! A card that follows a script: `>` what must come next, `<` what it answers, `!` how the
//! transport fails.

use std::collections::VecDeque;
use std::fmt;

use simstrap_apdu::{Transport, TransportError, TransportErrorKind};

#[derive(Debug)]
pub(crate) struct Script {
    steps: VecDeque<Step>,
}

type Step = (Vec<u8>, Result<Vec<u8>, Failure>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) TransportErrorKind);

impl Script {
    pub(crate) fn new(text: &str) -> Self {
        let mut steps = VecDeque::new();
        let mut command = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (mark, rest) = line.split_at(1);
            let bytes = || {
                let digits = rest.split('#').next().unwrap().replace(' ', "");
                hex::decode(digits).unwrap()
            };
            match mark {
                ">" => command = Some(bytes()),
                "<" => steps.push_back((command.take().unwrap(), Ok(bytes()))),
                "!" => {
                    let kind = match rest.trim() {
                        "no card" => TransportErrorKind::NoCard,
                        "reset" => TransportErrorKind::CardReset,
                        "timeout" => TransportErrorKind::Timeout,
                        other => panic!("unknown failure {other}"),
                    };
                    steps.push_back((command.take().unwrap(), Err(Failure(kind))));
                }
                _ => panic!("no script line: {line}"),
            }
        }
        Self { steps }
    }

    pub(crate) fn assert_finished(&self) {
        assert!(self.steps.is_empty(), "not sent: {:02X?}", self.steps);
    }
}

impl Transport for Script {
    type Error = Failure;

    async fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, Failure> {
        let (expected, answer) = self
            .steps
            .pop_front()
            .unwrap_or_else(|| panic!("nothing more was expected, but {command:02X?} came"));
        assert_eq!(format!("{command:02X?}"), format!("{expected:02X?}"));
        let answer = answer?;
        if let Some(target) = response.get_mut(..answer.len()) {
            target.copy_from_slice(&answer);
        }
        Ok(answer.len())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scripted failure: {:?}", self.0)
    }
}

impl std::error::Error for Failure {}

impl TransportError for Failure {
    fn kind(&self) -> TransportErrorKind {
        self.0
    }
}
