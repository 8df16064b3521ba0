// SPDX-License-Identifier: Apache-2.0
//! Logical channels where the modem opens and numbers them: `AT+CCHO`, `AT+CGLA`, `AT+CCHC`.

use super::answer::Session;
use super::apdu_exchange::{give, is_open_channel};
use super::command_line::CommandLine;
use super::dialogue::{Outcome, Wanted};
use super::error::{AtError, MalformedAnswer};
use super::line::Line;
use super::result::FinalResult;
use super::transport::AtTransport;
use crate::{Class, Quirk};

/// The applications to open a channel with, by the beginning of their AID: PKCS#15, and USIM for
/// cards without it, so that their list of applications can be read all the same.
const APPLICATIONS: [&[u8]; 2] = [
    &[0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35],
    &[0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02],
];

/// Sessions at a time: what the class byte can name in its first form.
const MAX_SESSIONS: usize = 3;

/// The sessions of the modem. The n-th is logical channel n for those above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sessions([Option<Slot>; MAX_SESSIONS]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    session: Session,
    /// Closed for those above; the modem has no way to close it, so it is used again.
    is_free: bool,
}

impl Sessions {
    pub(super) const NONE: Self = Self([None; MAX_SESSIONS]);

    fn slot(&mut self, channel: u8) -> Option<&mut Option<Slot>> {
        self.0.get_mut(usize::from(channel).checked_sub(1)?)
    }

    fn open(&mut self, channel: u8) -> Option<Session> {
        self.slot(channel).copied().flatten().filter(|slot| !slot.is_free).map(|slot| slot.session)
    }

    /// The first channel whose slot is `wanted`.
    fn find(&self, wanted: impl Fn(&Option<Slot>) -> bool) -> Option<u8> {
        (1..).zip(&self.0).find(|(_, slot)| wanted(slot)).map(|(channel, _)| channel)
    }
}

impl<L: Line, U: FnMut(&str)> AtTransport<L, U> {
    /// Sends a command over the session that its class byte names; opens and closes sessions.
    pub(super) async fn over_sessions(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, AtError<L::Error>> {
        if is_open_channel(command) {
            return self.open_session(response).await;
        }
        if let [_, 0x70, 0x80, channel, ..] = *command {
            return self.close_session(channel, response).await;
        }
        let class = command.first().and_then(|class| Class::from_byte(*class));
        let class = class.ok_or(AtError::NotOpen)?;
        let session = self.sessions.open(class.channel().to_u8()).ok_or(AtError::NotOpen)?;
        let class = class.on_channel(session.channel()).to_byte();
        self.exchange(Some((&session, class)), command, response).await
    }

    async fn open_session(&mut self, response: &mut [u8]) -> Result<usize, AtError<L::Error>> {
        if let Some(channel) = self.sessions.find(|slot| slot.is_some_and(|slot| slot.is_free)) {
            let session = self.sessions.slot(channel).and_then(Option::take);
            if let Some(Slot { session, .. }) = session
                && self.select_master_file(&session, response).await.is_ok()
            {
                return self.hand_out(channel, session, response);
            }
        }
        let Some(channel) = self.sessions.find(Option::is_none) else {
            return give(&[0x6A, 0x81], response);
        };
        let session = self.ask_for_session().await?;
        // A channel that MANAGE CHANNEL opens begins at the master file, and those above rely on
        // it for short file identifiers.
        if let Err(error) = self.select_master_file(&session, response).await {
            let _closed = self.ask_to_close(&session).await;
            return Err(error);
        }
        self.hand_out(channel, session, response)
    }

    fn hand_out(
        &mut self,
        channel: u8,
        session: Session,
        response: &mut [u8],
    ) -> Result<usize, AtError<L::Error>> {
        if let Some(slot) = self.sessions.slot(channel) {
            *slot = Some(Slot { session, is_free: false });
        }
        give(&[channel, 0x90, 0x00], response)
    }

    async fn ask_for_session(&mut self) -> Result<Session, AtError<L::Error>> {
        let mut refusal = FinalResult::Error;
        for aid in APPLICATIONS {
            let line = CommandLine::Ccho(aid);
            let mut session = None;
            let mut take = |value: &str| {
                session = Some(Session::from_answer(value)?);
                Ok(())
            };
            let wanted = Wanted { name: "+CCHO", take: &mut take };
            let outcome = self.dialogue.command(line, Some(wanted), self.options.timeout).await;
            match (outcome, session) {
                (Ok(Outcome { result: FinalResult::Ok, answer }), session) => {
                    answer.unwrap_or(Err(MalformedAnswer::Nothing)).map_err(AtError::Malformed)?;
                    return session.ok_or(AtError::Malformed(MalformedAnswer::Session));
                }
                (Ok(Outcome { result, .. }), _) => match self.explain(result).await {
                    Some(error) => return Err(error),
                    None => refusal = result,
                },
                (Err(broken), _) => return Err(self.after(broken).await),
            }
        }
        Err(AtError::NoChannel { result: refusal })
    }

    /// Without an answer; with one for cards that know no other way, for which `response` has to have
    /// room.
    async fn select_master_file(
        &mut self,
        session: &Session,
        response: &mut [u8],
    ) -> Result<(), AtError<L::Error>> {
        const COMMANDS: [[u8; 7]; 2] = [
            [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00],
            [0x00, 0xA4, 0x00, 0x04, 0x02, 0x3F, 0x00],
        ];
        let mut status = [0; 2];
        let class = Class::INTERINDUSTRY.on_channel(session.channel()).to_byte();
        for command in COMMANDS {
            let length = self.exchange(Some((session, class)), &command, response).await?;
            status = response
                .get(..length)
                .and_then(|bytes| bytes.last_chunk::<2>().copied())
                .unwrap_or_default();
            if matches!(status[0], 0x90 | 0x91 | 0x92 | 0x61 | 0x9F) {
                return Ok(());
            }
        }
        Err(AtError::NoMasterFile(status))
    }

    async fn close_session(
        &mut self,
        channel: u8,
        response: &mut [u8],
    ) -> Result<usize, AtError<L::Error>> {
        let Some(session) = self.sessions.open(channel) else {
            return give(&[0x68, 0x81], response);
        };
        let is_closed = self.ask_to_close(&session).await?;
        if let Some(slot) = self.sessions.slot(channel) {
            *slot = (!is_closed).then_some(Slot { session, is_free: true });
        }
        if !is_closed {
            self.dialogue.quirks.insert(Quirk::ModemKeepsChannels);
        }
        give(&[0x90, 0x00], response)
    }

    /// `AT+CCHC`: whether the modem closed the session, or has no such command.
    async fn ask_to_close(&mut self, session: &Session) -> Result<bool, AtError<L::Error>> {
        let line = CommandLine::Cchc(session.as_str());
        match self.dialogue.command(line, None, self.options.timeout).await {
            Ok(Outcome { result: FinalResult::Ok, .. }) => Ok(true),
            Ok(Outcome { result, .. }) => match self.explain(result).await {
                Some(error) => Err(error),
                None => Ok(false),
            },
            Err(broken) => Err(self.after(broken).await),
        }
    }
}
