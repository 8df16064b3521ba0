// SPDX-License-Identifier: Apache-2.0
//! How a response travels: at once, or by GET RESPONSE (102 221 §7.3.1.1, §12.1.1).

use std::mem;

use zeroize::Zeroize;

use crate::chip::Chip;
use crate::command::{Command, MAX_EXPECTED, instruction};
use crate::description::TransmissionProtocol;
use crate::quirks::CardQuirk;
use crate::status::Status;

/// The bytes that a quirk hands out at a time.
const PIECE: usize = 16;

/// What a command gave.
pub(crate) struct Reply {
    pub(crate) data: Vec<u8>,
    pub(crate) status: Status,
    /// Whether it is protected by a session, so that the expected length, which counts plain
    /// bytes, says nothing about it.
    pub(crate) protected: bool,
}

impl Reply {
    pub(crate) const fn status(status: Status) -> Self {
        Self { data: Vec::new(), status, protected: false }
    }

    pub(crate) const fn data(data: Vec<u8>) -> Self {
        Self { data, status: Status::DONE, protected: false }
    }

    /// A copy of some bytes of a file, with room for the status word.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let mut data = Vec::with_capacity(bytes.len() + 2);
        data.extend_from_slice(bytes);
        Self::data(data)
    }

    /// From data and status word in one.
    pub(crate) fn from_response(mut response: Vec<u8>) -> Self {
        let status = response.split_off(response.len().saturating_sub(2));
        match <[u8; 2]>::try_from(status) {
            Ok(status) => {
                Self { data: response, status: Status::from_bytes(status), protected: false }
            }
            Err(_) => Self::status(Status::TECHNICAL_PROBLEM),
        }
    }
}

/// A response that waits to be fetched.
#[derive(Clone)]
pub(crate) struct Pending {
    channel: u8,
    data: Vec<u8>,
    status: Status,
    fetched_by: FetchedBy,
    /// Whether a GET RESPONSE was refused already, see [`CardQuirk::RightLengthOnGetResponse`].
    refused: bool,
}

/// What fetches a response that waits.
#[derive(Clone, PartialEq, Eq)]
enum FetchedBy {
    GetResponse,
    /// The command once more, which is this but for its expected length. A protected one was
    /// counted and cannot be carried out twice.
    Repetition(Vec<u8>),
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

impl Chip {
    /// The expected length of a command that has no data, 1 to 256. T=0 has always one.
    pub(crate) const fn asked_length(&self, command: &Command<'_>) -> Result<usize, Status> {
        match command.expected {
            Some(expected) => Ok(expected),
            None if self.loses_expected_length() => Ok(command.room),
            None => Err(Status::WRONG_LENGTH),
        }
    }

    /// Whether the card does not learn the expected length of a command with data: over T=0 there
    /// is no place for it.
    pub(crate) const fn loses_expected_length(&self) -> bool {
        matches!(self.protocol, TransmissionProtocol::T0)
            || self.has(CardQuirk::ExpectedLengthRefused)
    }

    /// Whether `available` bytes may go out as the command asks for them.
    pub(crate) fn check_expected_length(
        &self,
        command: &Command<'_>,
        available: usize,
    ) -> Result<(), Status> {
        let asked = self.asked_length(command)?;
        let exact = self.protocol == TransmissionProtocol::T0
            || is_read(command) && self.has(CardQuirk::RightLengthOnRead);
        if asked < available || exact && asked != available {
            return Err(Status::right_length(available));
        }
        Ok(())
    }

    pub(crate) const fn refuses_expected_length(&self, command: &Command<'_>) -> bool {
        self.has(CardQuirk::ExpectedLengthRefused)
            && !command.data.is_empty()
            && command.expected.is_some()
    }

    /// The response to a command that was carried out.
    pub(crate) fn deliver(
        &mut self,
        command: &Command<'_>,
        reply: Reply,
    ) -> Result<Vec<u8>, Status> {
        if reply.data.is_empty() {
            return Ok(self.finish(reply));
        }
        if self.announces(command) {
            return Ok(self.announce(command.class.channel, reply));
        }
        if reply.protected {
            return Ok(self.deliver_protected(command, reply));
        }
        if command.data.is_empty() {
            let cut_short = reply.status == Status::END_OF_FILE
                && self.has(CardQuirk::EndOfFileWarning)
                && !self.has(CardQuirk::RightLengthOnRead);
            if !cut_short {
                self.check_expected_length(command, reply.data.len())?;
            }
        } else {
            match command.expected {
                None => return Ok(self.finish(Reply::status(reply.status))),
                Some(expected) if expected < reply.data.len() => {
                    return Err(Status::right_length(reply.data.len()));
                }
                Some(_) => {}
            }
        }
        Ok(self.finish(reply))
    }

    /// A protected response, whole. With the quirk that wants the expected length right, it is
    /// the length of the protected response that is told, and the command repeated.
    fn deliver_protected(&mut self, command: &Command<'_>, reply: Reply) -> Vec<u8> {
        let available = reply.data.len();
        match (command.expected, command.bytes.split_last()) {
            (Some(expected), Some((_, command_again)))
                if is_read(command)
                    && self.has(CardQuirk::RightLengthOnRead)
                    && expected != available =>
            {
                self.pending = Some(Pending {
                    channel: command.class.channel,
                    data: reply.data,
                    status: reply.status,
                    fetched_by: FetchedBy::Repetition(command_again.to_vec()),
                    refused: true,
                });
                Status::right_length(available).to_bytes().to_vec()
            }
            _ => self.finish(reply),
        }
    }

    /// The response that waits for this command to be repeated, if it is that.
    pub(crate) fn repeated_response(&mut self, command: &Command<'_>) -> Option<Vec<u8>> {
        let (_, again) = command.bytes.split_last()?;
        let pending = self.pending.as_ref()?;
        if !matches!(&pending.fetched_by, FetchedBy::Repetition(command) if command == again) {
            return None;
        }
        let available = pending.data.len();
        if command.expected != Some(available) {
            return Some(Status::right_length(available).to_bytes().to_vec());
        }
        let mut pending = self.pending.take()?;
        let data = mem::take(&mut pending.data);
        Some(self.finish(Reply { status: pending.status, ..Reply::data(data) }))
    }

    /// Whether the response to this command has to be fetched.
    fn announces(&self, command: &Command<'_>) -> bool {
        if is_read(command) && self.has(CardQuirk::MoreDataOnRead) {
            return true;
        }
        if command.data.is_empty() {
            return false;
        }
        self.loses_expected_length()
            || !is_read(command)
                && self.quirks.contains_any(&[
                    CardQuirk::MoreDataOnSelect,
                    CardQuirk::DataWithMoreData,
                    CardQuirk::MoreDataRepeatedly,
                    CardQuirk::RightLengthOnGetResponse,
                    CardQuirk::MoreDataOf2g,
                    CardQuirk::EndlessMoreData,
                ])
    }

    fn announce(&mut self, channel: u8, mut reply: Reply) -> Vec<u8> {
        let first = if self.has(CardQuirk::DataWithMoreData) && reply.data.len() > PIECE {
            reply.data.drain(..PIECE).collect()
        } else {
            Vec::new()
        };
        let pending = Pending {
            channel,
            data: reply.data,
            status: reply.status,
            fetched_by: FetchedBy::GetResponse,
            refused: false,
        };
        self.hand_out(first, pending)
    }

    /// GET RESPONSE.
    pub(crate) fn continue_response(&mut self, command: &Command<'_>) -> Result<Vec<u8>, Status> {
        let mut pending = self.pending.take().ok_or(Status::TECHNICAL_PROBLEM)?;
        let waits_for_it = pending.fetched_by == FetchedBy::GetResponse;
        if pending.channel != command.class.channel || !waits_for_it {
            return Err(Status::TECHNICAL_PROBLEM);
        }
        if (command.p1, command.p2) != (0, 0) {
            return Err(Status::WRONG_PARAMETERS);
        }
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        let asked = command.expected.unwrap_or(MAX_EXPECTED);
        if self.has(CardQuirk::EndlessMoreData) {
            self.pending = Some(pending);
            return Ok(self.more_data(PIECE).to_bytes().to_vec());
        }
        let available = pending.data.len();
        let one_less =
            self.has(CardQuirk::RightLengthOnGetResponse) && !pending.refused && available > 1;
        if one_less || asked > available {
            let right = available - usize::from(one_less);
            pending.refused = true;
            self.pending = Some(pending);
            return Ok(Status::right_length(right).to_bytes().to_vec());
        }
        let piece = if self.has(CardQuirk::MoreDataRepeatedly) { asked.min(PIECE) } else { asked };
        let data = pending.data.drain(..piece).collect();
        Ok(self.hand_out(data, pending))
    }

    /// Data, and the status word that says whether more of it waits.
    fn hand_out(&mut self, data: Vec<u8>, mut pending: Pending) -> Vec<u8> {
        let waiting = pending.data.len();
        if waiting == 0 {
            let status = pending.status;
            pending.data.zeroize();
            return self.finish(Reply { status, ..Reply::data(data) });
        }
        self.pending = Some(pending);
        let status = self.more_data(waiting);
        with_status(data, status)
    }

    fn more_data(&self, length: usize) -> Status {
        if self.has(CardQuirk::MoreDataOf2g) {
            Status::more_data_2g(length)
        } else {
            Status::more_data(length)
        }
    }

    /// Data and the last status word.
    fn finish(&self, reply: Reply) -> Vec<u8> {
        with_status(reply.data, self.final_status(reply.status))
    }

    /// The status word, or what a quirk puts in its place.
    pub(crate) const fn final_status(&self, status: Status) -> Status {
        match status {
            Status::DONE if self.has(CardQuirk::ProactivePending) => {
                Status::from_bytes([0x91, 0x0B])
            }
            Status::DONE if self.has(CardQuirk::DataTransfer92xx) => {
                Status::from_bytes([0x92, 0x00])
            }
            status => status,
        }
    }
}

fn with_status(mut data: Vec<u8>, status: Status) -> Vec<u8> {
    data.extend(status.to_bytes());
    data
}

const fn is_read(command: &Command<'_>) -> bool {
    matches!(command.instruction, instruction::READ_BINARY | instruction::READ_RECORD)
}
