// SPDX-License-Identifier: Apache-2.0
//! How a response travels: at once, or by GET RESPONSE (102 221 §7.3.1.1, §12.1.1).

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
}

impl Reply {
    pub(crate) const fn status(status: Status) -> Self {
        Self { data: Vec::new(), status }
    }

    pub(crate) const fn data(data: Vec<u8>) -> Self {
        Self { data, status: Status::DONE }
    }
}

/// A response that waits to be fetched.
#[derive(Clone)]
pub(crate) struct Pending {
    channel: u8,
    data: Vec<u8>,
    status: Status,
    /// Whether a GET RESPONSE was refused already, see [`CardQuirk::RightLengthOnGetResponse`].
    refused: bool,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

impl Chip {
    /// The expected length of a command that has no data, 1 to 256. T=0 has always one.
    pub(crate) const fn asked_length(&self, command: &Command<'_>) -> Result<usize, Status> {
        match (command.expected, self.protocol) {
            (Some(expected), _) => Ok(expected),
            (None, TransmissionProtocol::T0) => Ok(MAX_EXPECTED),
            (None, TransmissionProtocol::T1) => Err(Status::WRONG_LENGTH),
        }
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

    /// Whether the response to this command has to be fetched.
    fn announces(&self, command: &Command<'_>) -> bool {
        if is_read(command) {
            return self.has(CardQuirk::MoreDataOnRead);
        }
        !command.data.is_empty()
            && (self.protocol == TransmissionProtocol::T0
                || self.quirks.contains_any(&[
                    CardQuirk::MoreDataOnSelect,
                    CardQuirk::DataWithMoreData,
                    CardQuirk::MoreDataRepeatedly,
                    CardQuirk::RightLengthOnGetResponse,
                    CardQuirk::MoreDataOf2g,
                    CardQuirk::ExpectedLengthRefused,
                    CardQuirk::EndlessMoreData,
                ]))
    }

    fn announce(&mut self, channel: u8, mut reply: Reply) -> Vec<u8> {
        let first = if self.has(CardQuirk::DataWithMoreData) && reply.data.len() > PIECE {
            reply.data.drain(..PIECE).collect()
        } else {
            Vec::new()
        };
        let pending = Pending { channel, data: reply.data, status: reply.status, refused: false };
        self.hand_out(first, pending)
    }

    /// GET RESPONSE.
    pub(crate) fn continue_response(&mut self, command: &Command<'_>) -> Result<Vec<u8>, Status> {
        let mut pending = self.pending.take().ok_or(Status::TECHNICAL_PROBLEM)?;
        if pending.channel != command.class.channel {
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
            return self.finish(Reply { data, status });
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
        let status = match reply.status {
            Status::DONE if self.has(CardQuirk::ProactivePending) => {
                Status::from_bytes([0x91, 0x0B])
            }
            Status::DONE if self.has(CardQuirk::DataTransfer92xx) => {
                Status::from_bytes([0x92, 0x00])
            }
            status => status,
        };
        with_status(reply.data, status)
    }
}

fn with_status(mut data: Vec<u8>, status: Status) -> Vec<u8> {
    data.extend(status.to_bytes());
    data
}

const fn is_read(command: &Command<'_>) -> bool {
    matches!(command.instruction, instruction::READ_BINARY | instruction::READ_RECORD)
}
