// SPDX-License-Identifier: Apache-2.0
//! One command of the card through the modem: `AT+CSIM` and `AT+CGLA`.

use super::answer::{Decoded, LengthRule, decode};
use super::command_line::CommandLine;
use super::dialogue::{Outcome, Wanted};
use super::error::{AtError, MalformedAnswer};
use super::line::Line;
use super::result::FinalResult;
use super::transport::{AtTransport, Found, Over};
use crate::{Instruction, Quirk};

impl<L: Line, U: FnMut(&str)> AtTransport<L, U> {
    /// Finds out what the modem takes, with the first command.
    pub(super) async fn find_out(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, AtError<L::Error>> {
        let over_csim = self.exchange(None, command, response).await;
        let opens = is_open_channel(command);
        match over_csim {
            // Some modems let commands through and keep the channels to themselves.
            Ok(length) if opens && !opened(response.get(..length)) => {
                let refusal = response.get(..length).and_then(<[u8]>::last_chunk::<2>).copied();
                match (self.over_sessions(command, response).await, refusal) {
                    (Ok(length), _) => {
                        self.found = Some(Found::Cgla);
                        Ok(length)
                    }
                    (Err(AtError::NoChannel { .. } | AtError::Refused { .. }), Some(refusal)) => {
                        self.found = Some(Found::Csim);
                        give(&refusal, response)
                    }
                    (Err(error), _) => Err(error),
                }
            }
            Ok(length) => {
                self.found = Some(Found::Csim);
                Ok(length)
            }
            Err(
                refused @ (AtError::Refused { .. } | AtError::Malformed(MalformedAnswer::Nothing)),
            ) if opens => match self.over_sessions(command, response).await {
                Ok(length) => {
                    self.found = Some(Found::Cgla);
                    Ok(length)
                }
                Err(AtError::NoChannel { .. }) => Err(refused),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Sends a command and gives the response, in a form that the modem takes.
    pub(super) async fn exchange(
        &mut self,
        over: Over<'_>,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, AtError<L::Error>> {
        let form = Form::of(command);
        // For SELECT only: other commands may give nothing at all then.
        if self.leaves_out_expected
            && form.is_select
            && let Some(shorter) = form.without_expected
        {
            return self.settled_exchange(over, shorter, response).await;
        }
        let result = match self.once(over, command, response).await? {
            Ok(length) => return Ok(length),
            Err(result) => result,
        };
        if let Some(error) = self.explain(result).await {
            return Err(error);
        }
        // Some modems take SELECT only without the expected length, which no MAC covers. It can be
        // repeated; a protected one that has reached the card nevertheless ends the session.
        if form.is_select
            && let Some(shorter) = form.without_expected
            && let Ok(length) = self.once(over, shorter, response).await?
        {
            self.leaves_out_expected = true;
            self.dialogue.quirks.insert(Quirk::ExpectedLengthRefused);
            return Ok(length);
        }
        Err(self.refused(command, form.expected, result))
    }

    async fn settled_exchange(
        &mut self,
        over: Over<'_>,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, AtError<L::Error>> {
        match self.once(over, command, response).await? {
            Ok(length) => Ok(length),
            Err(result) => match self.explain(result).await {
                Some(error) => Err(error),
                None => Err(self.refused(command, 0, result)),
            },
        }
    }

    /// One line and its answer: the length of the response, or the refusal of the modem.
    async fn once(
        &mut self,
        over: Over<'_>,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Result<usize, FinalResult>, AtError<L::Error>> {
        let (line, name) = match over {
            None => (CommandLine::Csim(command), "+CSIM"),
            Some((session, class)) => {
                (CommandLine::Cgla { session: session.as_str(), class, command }, "+CGLA")
            }
        };
        let mut decoded = None;
        let mut take = |value: &str| {
            decoded = Some(decode(value, response)?);
            Ok(())
        };
        let wanted = Wanted { name, take: &mut take };
        let outcome = match self.dialogue.command(line, Some(wanted), self.options.timeout).await {
            Ok(outcome) => outcome,
            Err(broken) => return Err(self.after(broken).await),
        };
        match outcome {
            Outcome { result: FinalResult::Ok, answer: Some(Ok(())) } => {
                let decoded = decoded.ok_or(AtError::Malformed(MalformedAnswer::Nothing))?;
                self.accept(decoded).map(Ok)
            }
            Outcome { result: FinalResult::Ok, answer: Some(Err(malformed)) } => {
                Err(self.malformed(malformed, Form::of(command).expected))
            }
            Outcome { result: FinalResult::Ok, answer: None } => {
                Err(AtError::Malformed(MalformedAnswer::Nothing))
            }
            Outcome { result, .. } => Ok(Err(result)),
        }
    }

    /// Takes a response whose declared length counts what it has always counted.
    fn accept(&mut self, decoded: Decoded) -> Result<usize, AtError<L::Error>> {
        self.dialogue.sim_news.since_answer = false;
        let known = *self.length_rule.get_or_insert(decoded.rule);
        if known != decoded.rule {
            self.length_rule = None;
            return Err(AtError::Malformed(MalformedAnswer::Length));
        }
        if !matches!(known, LengthRule::Digits | LengthRule::Undeclared) {
            self.dialogue.quirks.insert(Quirk::ModemWrongLength);
        }
        if !decoded.quoted {
            self.dialogue.quirks.insert(Quirk::ModemUnquotedAnswer);
        }
        Ok(decoded.length)
    }

    fn malformed(&mut self, what: MalformedAnswer, expected: usize) -> AtError<L::Error> {
        if what == MalformedAnswer::CutShort
            && let Some(narrower) = self.limits.narrower(0, expected)
        {
            self.limits = narrower;
            self.dialogue.quirks.insert(Quirk::ModemShortLines);
        }
        AtError::Malformed(what)
    }

    fn refused(
        &mut self,
        command: &[u8],
        expected: usize,
        result: FinalResult,
    ) -> AtError<L::Error> {
        match self.limits.narrower(command.len(), expected) {
            Some(narrower) => {
                self.limits = narrower;
                self.dialogue.quirks.insert(Quirk::ModemShortLines);
                AtError::TooLong { bytes: command.len().max(expected), result }
            }
            None => AtError::Refused { result },
        }
    }
}

/// What a command asks for, and what is left when it does not.
struct Form<'c> {
    /// Bytes of a file that it asks for, 0 when it asks for none.
    expected: usize,
    /// A command with data and an expected length, without the latter.
    without_expected: Option<&'c [u8]>,
    is_select: bool,
}

impl<'c> Form<'c> {
    fn of(command: &'c [u8]) -> Self {
        let instruction = command.get(1).copied().map(Instruction);
        let length = |le: u8| if le == 0 { 256 } else { usize::from(le) };
        let reads = matches!(
            instruction,
            Some(Instruction::READ_BINARY | Instruction::READ_RECORD | Instruction::GET_RESPONSE)
        );
        let (expected, without_expected) = match *command {
            [_, _, _, _, le] => (length(le), None),
            [_, _, _, _, lc, .., le] if command.len() == usize::from(lc) + 6 => {
                (length(le), command.get(..command.len() - 1))
            }
            _ => (0, None),
        };
        let is_select = instruction == Some(Instruction::SELECT);
        Self { expected: if reads { expected } else { 0 }, without_expected, is_select }
    }
}

/// MANAGE CHANNEL, open (102 221 §11.1.17).
pub(super) fn is_open_channel(command: &[u8]) -> bool {
    matches!(command, [_, 0x70, 0x00, ..])
}

fn opened(response: Option<&[u8]>) -> bool {
    matches!(response, Some([_, 0x90 | 0x91 | 0x61 | 0x6C, _]) | Some([0x61 | 0x6C, _]))
}

/// Writes a response of the transport's own making.
pub(super) fn give<E>(bytes: &[u8], response: &mut [u8]) -> Result<usize, AtError<E>> {
    let too_long = AtError::Malformed(MalformedAnswer::TooLong { length: bytes.len() });
    response.get_mut(..bytes.len()).ok_or(too_long)?.copy_from_slice(bytes);
    Ok(bytes.len())
}
