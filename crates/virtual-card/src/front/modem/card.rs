// SPDX-License-Identifier: Apache-2.0
//! How the modem talks to its card: exchanges, logical channels, sessions.

use simstrap_scp03::apdu::TransportErrorKind;

use super::answer::{Answer, CmeError, End};
use super::{Modem, ModemQuirk};
use crate::card::VirtualCard;
use crate::command::instruction;
use crate::error::VirtualCardError;

/// The most commands that the modem sends of its own to complete one response: a response of 256
/// bytes handed out one by one.
const MAX_CONTINUATIONS: usize = 256;

/// A session that `AT+CCHO` opened.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) name: String,
    pub(super) channel: u8,
}

impl Modem {
    /// Carries a command of the client out, and remembers which channels it opens and closes.
    pub(super) fn pass_on(&mut self, command: &[u8]) -> Result<Vec<u8>, VirtualCardError> {
        let whole =
            self.has(ModemQuirk::GetResponseByModem) || self.has(ModemQuirk::GetResponseForbidden);
        let response = {
            let mut card = self.card.lock();
            if whole { exchange_whole(&mut card, command) } else { card.exchange(command) }
        }?;
        match (command, response.as_slice()) {
            ([_, instruction::MANAGE_CHANNEL, 0x00, ..], [number, 0x90..=0x92, _]) => {
                self.opened.retain(|open| open != number);
                self.opened.push(*number);
            }
            ([_, instruction::MANAGE_CHANNEL, 0x80, number, ..], [0x90..=0x92, _]) => {
                self.opened.retain(|open| open != number);
            }
            _ => {}
        }
        Ok(response)
    }

    /// Opens a logical channel and selects an application on it.
    pub(super) fn open_session(&mut self, aid: &[u8]) -> Result<Answer, VirtualCardError> {
        let mut card = self.card.lock();
        let opened = exchange_whole(&mut card, &[0x00, instruction::MANAGE_CHANNEL, 0, 0, 1])?;
        let [channel, 0x90..=0x92, _] = *opened.as_slice() else {
            return Ok(Answer::error(CmeError::NOT_ALLOWED));
        };
        let Ok(length) = u8::try_from(aid.len()) else {
            return Ok(Answer::error(CmeError::INCORRECT_PARAMETERS));
        };
        let class = class_on(0x00, channel);
        let select = [&[class, instruction::SELECT, 0x04, 0x0C, length], aid].concat();
        let selected = exchange_whole(&mut card, &select)?;
        if !matches!(selected.as_slice(), [.., 0x90..=0x92 | 0x62, _]) {
            exchange_whole(&mut card, &[0x00, instruction::MANAGE_CHANNEL, 0x80, channel])?;
            return Ok(Answer::error(CmeError::NOT_FOUND));
        }
        drop(card);
        let name = self.session_name(channel);
        let information = if self.has(ModemQuirk::CchoBare) {
            name.clone()
        } else if self.has(ModemQuirk::NoSpace) {
            format!("+CCHO:{name}")
        } else {
            format!("+CCHO: {name}")
        };
        self.sessions.push(Session { name, channel });
        Ok(Answer::with(information))
    }

    /// What the client has to call a session.
    fn session_name(&mut self, channel: u8) -> String {
        const HANDLE: u64 = 0x0385_A7C0;
        if self.has(ModemQuirk::CchoHex) {
            format!("{:016x}", HANDLE + u64::from(channel))
        } else if self.has(ModemQuirk::SessionHandle) {
            self.handles += 1;
            self.handles.to_string()
        } else {
            channel.to_string()
        }
    }

    /// Whether a session is a handle, so that the client cannot know the channel.
    pub(super) fn writes_class(&self) -> bool {
        self.has(ModemQuirk::CchoHex) || self.has(ModemQuirk::SessionHandle)
    }

    pub(super) fn session(&self, name: &str) -> Option<&Session> {
        let bare = |name: &str| {
            let name = name.trim().trim_matches('"').trim_start_matches('0');
            name.to_ascii_lowercase()
        };
        self.sessions.iter().find(|session| bare(&session.name) == bare(name))
    }

    pub(super) fn close_session(&mut self, name: &str) -> Result<Answer, VirtualCardError> {
        let Some(Session { channel, .. }) = self.session(name).cloned() else {
            return Ok(Answer::error(CmeError::NOT_ALLOWED));
        };
        self.sessions.retain(|session| session.channel != channel);
        self.card.lock().exchange(&[0x00, instruction::MANAGE_CHANNEL, 0x80, channel])?;
        Ok(if self.has(ModemQuirk::CchcAnswers) { Answer::with("+CCHC") } else { Answer::OK })
    }

    /// Closes what a client that has gone left open, so that the next one finds channels free.
    pub(super) fn close_channels(&mut self) {
        let sessions = self.sessions.drain(..).map(|session| session.channel);
        let mut card = self.card.lock();
        for channel in self.opened.drain(..).chain(sessions) {
            // A card that is out has no channels open.
            let _closed = card.exchange(&[0x00, instruction::MANAGE_CHANNEL, 0x80, channel]);
        }
    }

    /// What the modem says when the card gave no response.
    pub(super) fn lost(&mut self, error: VirtualCardError) -> Answer {
        let kind = match error {
            VirtualCardError::NoCard => return self.sim_lost(),
            VirtualCardError::Injected { kind } => kind,
            VirtualCardError::NeverAnswers => TransportErrorKind::Timeout,
            VirtualCardError::ResponseTooLong { .. } => TransportErrorKind::Other,
        };
        match kind {
            TransportErrorKind::NoCard => self.sim_lost(),
            TransportErrorKind::Timeout => {
                if self.has(ModemQuirk::LateAnswer) {
                    let mut late = Vec::new();
                    self.write(Answer::with(self.response_line("+CSIM", &[0x6F, 0x00])), &mut late);
                    self.late = late;
                }
                Answer::ending(End::Silence)
            }
            TransportErrorKind::Unavailable => Answer::error(CmeError::SIM_BUSY),
            _ => Answer::error(CmeError::SIM_FAILURE),
        }
    }

    fn sim_lost(&self) -> Answer {
        let end = [
            (ModemQuirk::SimLost13, End::Error(CmeError::SIM_FAILURE)),
            (ModemQuirk::SimLost14, End::Error(CmeError::SIM_BUSY)),
            (ModemQuirk::SimLost0, End::Error(CmeError::PHONE_FAILURE)),
            (ModemQuirk::SimLostText, End::Words(CmeError::NOT_INSERTED)),
            (ModemQuirk::SimLostFailureText, End::Words(CmeError::SIM_FAILURE)),
            (ModemQuirk::SimLostError, End::Bare),
            (ModemQuirk::SimLostSilent, End::Silence),
        ]
        .into_iter()
        .find_map(|(quirk, end)| self.has(quirk).then_some(end));
        Answer::ending(end.unwrap_or(End::Error(CmeError::NOT_INSERTED)))
    }
}

/// One exchange with the continuations that the card asks for, as a modem does it (102 221
/// §7.3.1.1).
fn exchange_whole(card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, VirtualCardError> {
    let mut data = Vec::new();
    let mut response = card.exchange(command)?;
    for _ in 0..MAX_CONTINUATIONS {
        let next = match response.split_last_chunk::<2>() {
            Some((part, [0x61 | 0x9F, length])) => {
                data.extend_from_slice(part);
                vec![plain_class(command), instruction::GET_RESPONSE, 0, 0, *length]
            }
            Some((_, [0x6C, length])) if data.is_empty() => with_expected(command, *length),
            Some((_, [0x6C, length])) => {
                vec![plain_class(command), instruction::GET_RESPONSE, 0, 0, *length]
            }
            _ => break,
        };
        response = card.exchange(&next)?;
    }
    data.extend(response);
    Ok(data)
}

/// The class of a GET RESPONSE on the same channel.
fn plain_class(command: &[u8]) -> u8 {
    let class = command.first().copied().unwrap_or(0);
    if class & 0x40 == 0 { class & 0x03 } else { class & 0x4F }
}

/// The same command with another expected length.
fn with_expected(command: &[u8], length: u8) -> Vec<u8> {
    const HEADER: usize = 4;
    let data = command.get(HEADER).map_or(0, |length| usize::from(*length));
    let without = match command.len() {
        0..=5 => HEADER,
        _ => HEADER + 1 + data,
    };
    let kept = command.get(..without).unwrap_or(command);
    [kept, &[length]].concat()
}

/// A class byte on another channel, secure messaging and the rest kept (102 221 §10.1.1).
pub(super) fn class_on(class: u8, channel: u8) -> u8 {
    const FURTHER: u8 = 0x40;
    const FURTHER_SECURED: u8 = 0x20;
    const SECURED: u8 = 0x0C;
    let kept = class & 0x90;
    let secured = if class & FURTHER == 0 {
        class & SECURED
    } else if class & FURTHER_SECURED == 0 {
        0
    } else {
        0x04
    };
    match channel.checked_sub(4) {
        None => kept | secured | channel,
        Some(further) if secured == 0 => kept | FURTHER | further,
        Some(further) => kept | FURTHER | FURTHER_SECURED | further,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_moves_within_the_class_byte() {
        for (class, channel, expected) in [
            (0x00, 2, 0x02),
            (0x01, 0, 0x00),
            (0x84, 3, 0x87),
            (0x0C, 1, 0x0D),
            (0x00, 4, 0x40),
            (0x84, 19, 0xEF),
            (0xE1, 1, 0x85),
            (0x43, 2, 0x02),
        ] {
            assert_eq!(class_on(class, channel), expected, "{class:02X} on {channel}");
        }
    }

    #[test]
    fn an_expected_length_is_replaced_or_added() {
        assert_eq!(with_expected(&[0, 0xB0, 0, 0], 7), [0, 0xB0, 0, 0, 7]);
        assert_eq!(with_expected(&[0, 0xB0, 0, 0, 0], 7), [0, 0xB0, 0, 0, 7]);
        assert_eq!(with_expected(&[0, 0xA4, 0, 0, 1, 9], 7), [0, 0xA4, 0, 0, 1, 9, 7]);
        assert_eq!(with_expected(&[0, 0xA4, 0, 0, 1, 9, 0], 7), [0, 0xA4, 0, 0, 1, 9, 7]);
    }
}
