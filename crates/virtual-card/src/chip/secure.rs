// SPDX-License-Identifier: Apache-2.0
//! Commands to the application, which has a secure channel (GlobalPlatform Amendment D).

use simstrap_scp03::card::{CardSecureChannel, Received};
use zeroize::{Zeroize, Zeroizing};

use super::{Chip, Outcome};
use crate::answer::Reply;
use crate::command::{Class, Command, instruction};
use crate::files::{FileIndex, FileSystem};
use crate::quirks::CardQuirk;
use crate::status::Status;

impl Chip {
    /// What the secure channels make of a command, if they have a say in what becomes of it:
    /// MANAGE CHANNEL and SELECT by AID go to the operating system, everything else to the selected
    /// application, of which only one has secure channels.
    fn received(&mut self, command: &Command<'_>) -> Result<Option<Received>, Status> {
        let number = command.class.channel;
        let selected = self.channels.get_mut(number)?.application;
        let for_operating_system = command.is_plain(instruction::MANAGE_CHANNEL)
            || command.is_plain(instruction::SELECT) && command.is_select_by_aid();
        let applies = selected == Some(self.application) && !for_operating_system;
        let Some(secure_channels) = self.secure_channels.as_mut().filter(|_| applies) else {
            return Ok(None);
        };
        let aid = application_id(&self.files, self.application);
        secure_channels.receive(number, command.bytes, aid).map(Some)
    }

    /// Carries a command out, through the secure channel if it is open.
    pub(super) fn process(&mut self, command: &Command<'_>) -> Outcome {
        let number = command.class.channel;
        match self.received(command)? {
            Some(Received::Answer(response)) => Ok(Reply::from_response(response)),
            Some(Received::Command(plain)) if self.is_in_session(number) => {
                Ok(self.execute_in_session(number, &Zeroizing::new(plain)))
            }
            Some(Received::Command(_)) | None => self.execute_in_the_clear(command),
        }
    }

    /// A command that cannot be taken apart ends the session it was sent in, if its class names
    /// one.
    pub(super) fn abort_session(&mut self, bytes: &[u8]) {
        let Some(class) = bytes.first().and_then(|byte| Class::parse(*byte)) else { return };
        let aid = application_id(&self.files, self.application);
        if let Some(secure_channels) =
            self.secure_channels.as_mut().filter(|channels| channels.is_open(class.channel))
        {
            // It says `67 00` too.
            let _refused = secure_channels.receive(class.channel, bytes, aid);
        }
    }

    /// Whether what is being carried out came through a secure channel: while one is open,
    /// nothing else gets through.
    pub(super) fn is_in_session(&self, channel: u8) -> bool {
        self.secure_channels.as_ref().is_some_and(|channels| channels.is_open(channel))
    }

    pub(super) fn end_session(&mut self, channel: u8) {
        if let Some(secure_channels) = &mut self.secure_channels {
            secure_channels.terminate(channel);
        }
    }

    fn execute_in_the_clear(&mut self, command: &Command<'_>) -> Outcome {
        if command.class.chained {
            return Err(Status::NO_CHAINING);
        }
        if command.class.secured {
            return Err(Status::NO_SECURE_MESSAGING);
        }
        self.execute(command)
    }

    /// The protected response to a command whose protection was removed.
    fn execute_in_session(&mut self, number: u8, plain: &[u8]) -> Reply {
        let mut reply = Command::parse(plain)
            .and_then(|command| self.execute_plain(command))
            .unwrap_or_else(Reply::status);
        if !self.has(CardQuirk::Scp03ProactiveReplaced) {
            reply.status = self.final_status(reply.status);
        }
        let session = self.secure_channels.as_ref().and_then(|channels| channels.get(number));
        let response = session.map(|session| session.respond(&reply.data, reply.status.to_u16()));
        reply.data.zeroize();
        response.map_or(Reply::status(Status::TECHNICAL_PROBLEM), |response| Reply {
            protected: true,
            ..Reply::from_response(response)
        })
    }

    fn execute_plain(&mut self, mut command: Command<'_>) -> Outcome {
        if command.class.chained {
            return Err(Status::NO_CHAINING);
        }
        let for_operating_system = command.is_select_by_aid()
            || [instruction::MANAGE_CHANNEL, instruction::GET_RESPONSE]
                .contains(&command.instruction);
        if for_operating_system {
            return Err(Status::NO_SECURE_MESSAGING);
        }
        let session =
            self.secure_channels.as_ref().and_then(|channels| channels.get(command.class.channel));
        command.room = session.map_or(command.room, CardSecureChannel::max_response_data);
        let unknown = self.loses_expected_length();
        if unknown {
            command.expected = None;
        }
        let reply = self.execute(&command)?;
        match command.expected {
            Some(expected) if expected < reply.data.len() => {
                Err(Status::right_length(reply.data.len()))
            }
            None if !unknown => Ok(Reply::status(reply.status)),
            _ => Ok(reply),
        }
    }
}

fn application_id(files: &FileSystem, application: FileIndex) -> &[u8] {
    files.get(application).aid().map_or(&[], Vec::as_slice)
}
