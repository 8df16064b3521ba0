// SPDX-License-Identifier: Apache-2.0
//! The card's chip: its files, PINs and channels, and what it does with a command.

mod read;
mod secure;
mod select;

use crate::answer::{Pending, Reply};
use crate::atr;
use crate::channels::Channels;
use crate::command::{Command, instruction};
use crate::description::{CardDescription, DescriptionError, TransmissionProtocol};
use crate::error::UpdateError;
use crate::files::{Content, FileIndex, FileSystem};
use crate::image::{self, Image, Region};
use crate::pins::Pins;
use crate::quirks::{CardQuirk, CardQuirkSet};
use crate::random::Random;
use crate::secure::SecureChannels;
use crate::status::Status;

/// What a command gives, or the status word that refuses it.
pub(crate) type Outcome = Result<Reply, Status>;

#[derive(Clone)]
pub(crate) struct Chip {
    files: FileSystem,
    application: FileIndex,
    bootstrap: Region,
    pins: Pins,
    channels: Channels,
    pub(crate) secure_channels: Option<SecureChannels>,
    pub(crate) protocol: TransmissionProtocol,
    pub(crate) atr: Vec<u8>,
    pub(crate) quirks: CardQuirkSet,
    /// What a `61 xx` or `6C xx` announced, until the next command.
    pub(crate) pending: Option<Pending>,
}

impl Chip {
    /// The chip of a checked description.
    pub(crate) fn new(description: &CardDescription) -> Result<Self, DescriptionError> {
        let pins = image::pins(description);
        let Image { files, application, bootstrap } = Image::new(description, &pins);
        let secure_channels = description
            .scp03
            .as_ref()
            .map(|scp03| SecureChannels::new(scp03, description.quirks))
            .transpose()?;
        Ok(Self {
            files,
            application,
            bootstrap,
            pins,
            channels: Channels::new(description.channels, description.quirks),
            secure_channels,
            protocol: description.protocol,
            atr: description
                .atr
                .clone()
                .unwrap_or_else(|| atr::of(description.protocol, description.channels)),
            quirks: description.quirks,
            pending: None,
        })
    }

    /// Power on: all channels but the basic one closed, nothing selected, no PIN verified, no
    /// session.
    pub(crate) fn reset(&mut self) {
        self.channels.reset();
        if let Some(secure_channels) = &mut self.secure_channels {
            secure_channels.reset();
        }
        self.pins.reset();
        self.pending = None;
    }

    /// The response to a command: 0 to 256 bytes of data and a status word.
    pub(crate) fn respond(&mut self, bytes: &[u8]) -> Vec<u8> {
        let command = Command::parse(bytes).inspect_err(|_| self.abort_session(bytes));
        let response = command.and_then(|command| self.answer(&command));
        response.unwrap_or_else(|status| {
            self.pending = None;
            status.to_bytes().to_vec()
        })
    }

    fn answer(&mut self, command: &Command<'_>) -> Result<Vec<u8>, Status> {
        self.channels.get_mut(command.class.channel)?;
        if command.is_plain(instruction::GET_RESPONSE) {
            return self.continue_response(command);
        }
        if let Some(response) = self.repeated_response(command) {
            return Ok(response);
        }
        self.pending = None;
        if self.refuses_expected_length(command) {
            return Err(Status::WRONG_LENGTH);
        }
        let reply = self.process(command)?;
        self.deliver(command, reply)
    }

    fn execute(&mut self, command: &Command<'_>) -> Outcome {
        match (command.class.proprietary, command.instruction) {
            (false, instruction::SELECT) => self.select(command),
            (false, instruction::READ_BINARY) => self.read_binary(command),
            (false, instruction::READ_RECORD) => self.read_record(command),
            (false, instruction::UPDATE_BINARY) => self.update_binary(command),
            (false, instruction::VERIFY_PIN) => self.verify_pin(command),
            (false, instruction::MANAGE_CHANNEL) => self.manage_channel(command),
            (true, instruction::STATUS) => self.status(command),
            (
                _,
                instruction::SELECT
                | instruction::READ_BINARY
                | instruction::READ_RECORD
                | instruction::UPDATE_BINARY
                | instruction::VERIFY_PIN
                | instruction::MANAGE_CHANNEL
                | instruction::GET_RESPONSE
                | instruction::STATUS,
            ) => Err(Status::WRONG_CLASS),
            _ => Err(Status::WRONG_INSTRUCTION),
        }
    }

    /// VERIFY PIN (102 221 §11.1.9). Without data it asks for the tries left.
    fn verify_pin(&mut self, command: &Command<'_>) -> Outcome {
        if command.p1 != 0 {
            return Err(Status::WRONG_PARAMETERS);
        }
        let application = self.channels.get_mut(command.class.channel)?.application;
        let in_application = application == Some(self.application);
        let status = self.pins.verify(command.p2, in_application, command.data);
        Ok(Reply::status(status))
    }

    /// MANAGE CHANNEL (102 221 §11.1.17).
    fn manage_channel(&mut self, command: &Command<'_>) -> Outcome {
        const OPEN: u8 = 0x00;
        const CLOSE: u8 = 0x80;
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        match (command.p1, command.p2) {
            (OPEN, 0) => {
                // Before a channel is opened that nobody would learn the number of.
                self.check_expected_length(command, 1)?;
                let number = self.channels.open(command.class.channel)?;
                Ok(Reply::data(vec![number]))
            }
            (CLOSE, number) => {
                let closed = self.channels.close(number)?;
                self.end_session(number);
                if closed.is_some_and(|channel| channel.application == Some(self.application)) {
                    self.pins.end_application_session();
                }
                Ok(Reply::status(match closed {
                    Some(_) => Status::DONE,
                    None => Status::NOTHING_TO_DO,
                }))
            }
            _ => Err(Status::WRONG_PARAMETERS),
        }
    }

    /// New bootstrap data, as an operator writes it over the air.
    pub(crate) fn update_bootstrap_data(&mut self, data: &[u8]) -> Result<(), UpdateError> {
        let Region { file, start, length } = self.bootstrap;
        if data.len() > length {
            return Err(UpdateError::TooLong { length: data.len(), capacity: length });
        }
        if let Content::Transparent(bytes) = &mut self.files.get_mut(file).content {
            let filled = data.iter().copied().chain(std::iter::repeat(0xFF));
            let target = bytes.iter_mut().skip(start).take(length);
            target.zip(filled).for_each(|(byte, new)| *byte = new);
        }
        Ok(())
    }

    pub(crate) const fn seed_random(&mut self, seed: u64) {
        if let Some(secure_channels) = &mut self.secure_channels {
            secure_channels.random = Random::Seeded(seed);
        }
    }

    pub(crate) fn set_bootstrap_file_deactivated(&mut self, deactivated: bool) {
        self.files.get_mut(self.bootstrap.file).deactivated = deactivated;
    }

    pub(crate) const fn has(&self, quirk: CardQuirk) -> bool {
        self.quirks.contains(quirk)
    }
}
