// SPDX-License-Identifier: Apache-2.0
//! READ BINARY, READ RECORD and UPDATE BINARY (102 221 §11.1.3–11.1.5).

use super::{Chip, Outcome};
use crate::answer::Reply;
use crate::command::{Command, MAX_EXPECTED};
use crate::files::{Content, File, FileIndex, ReadRule, UpdateRule};
use crate::quirks::CardQuirk;
use crate::status::Status;

impl Chip {
    pub(super) fn read_binary(&mut self, command: &Command<'_>) -> Outcome {
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        let (file, offset) = self.binary_target(command)?;
        let file = self.readable(command, file)?;
        let Content::Transparent(bytes) = &file.content else {
            return Err(Status::WRONG_FILE_STRUCTURE);
        };
        let rest = match bytes.get(offset..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => return Err(Status::OFFSET_OUTSIDE_FILE),
        };
        let asked = self.asked_length(command)?;
        let data = rest.get(..asked).unwrap_or(rest);
        let whatever_there_is = matches!(command.expected, None | Some(MAX_EXPECTED));
        let warns = !whatever_there_is || self.has(CardQuirk::EndOfFileWarning);
        let status = if data.len() < asked && warns { Status::END_OF_FILE } else { Status::DONE };
        Ok(Reply { status, ..Reply::copy_of(data) })
    }

    pub(super) fn read_record(&mut self, command: &Command<'_>) -> Outcome {
        const ABSOLUTE: u8 = 0x04;
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        if command.p2 & 0x07 != ABSOLUTE {
            return Err(Status::WRONG_PARAMETERS);
        }
        let file = match command.p2 >> 3 {
            0 => self.current_file(command)?,
            short_id => self.file_by_short_id(command, short_id)?,
        };
        let file = self.readable(command, file)?;
        let Content::Records { records, .. } = &file.content else {
            return Err(Status::WRONG_FILE_STRUCTURE);
        };
        self.asked_length(command)?;
        usize::from(command.p1)
            .checked_sub(1)
            .and_then(|index| records.get(index))
            .map(|record| Reply::copy_of(record))
            .ok_or(Status::RECORD_NOT_FOUND)
    }

    pub(super) fn update_binary(&mut self, command: &Command<'_>) -> Outcome {
        if command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        let (index, offset) = self.binary_target(command)?;
        let may_write = match self.files.get(index).update {
            UpdateRule::Adm => self.pins.may_write(),
            UpdateRule::SecureChannel => self.is_in_session(command.class.channel),
        };
        let file = self.files.get_mut(index);
        let deactivated = file.deactivated;
        let Content::Transparent(bytes) = &mut file.content else {
            return Err(Status::WRONG_FILE_STRUCTURE);
        };
        if !may_write {
            return Err(Status::SECURITY_STATUS);
        }
        if deactivated {
            return Err(Status::CONDITIONS_OF_USE);
        }
        if offset >= bytes.len() {
            return Err(Status::OFFSET_OUTSIDE_FILE);
        }
        bytes
            .get_mut(offset..offset + command.data.len())
            .ok_or(Status::WRONG_LENGTH)?
            .copy_from_slice(command.data);
        Ok(Reply::status(Status::DONE))
    }

    /// The file and offset that P1 and P2 name; a file named by its short identifier becomes the
    /// current one.
    fn binary_target(&mut self, command: &Command<'_>) -> Result<(FileIndex, usize), Status> {
        const BY_SHORT_ID: u8 = 0x80;
        if command.p1 & BY_SHORT_ID == 0 {
            let offset = u16::from_be_bytes([command.p1, command.p2]);
            return Ok((self.current_file(command)?, usize::from(offset)));
        }
        let file = self.file_by_short_id(command, command.p1 & !BY_SHORT_ID)?;
        Ok((file, usize::from(command.p2)))
    }

    fn current_file(&mut self, command: &Command<'_>) -> Result<FileIndex, Status> {
        let channel = self.channels.get_mut(command.class.channel)?;
        channel.file.ok_or(Status::NO_CURRENT_FILE)
    }

    fn file_by_short_id(&mut self, command: &Command<'_>, id: u8) -> Result<FileIndex, Status> {
        if self.has(CardQuirk::NoSfi6a86) || !(1..=30).contains(&id) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let channel = command.class.channel;
        let directory = self.channels.get_mut(channel)?.directory;
        let file = self.files.child_by_short_id(directory, id).ok_or(Status::FILE_NOT_FOUND)?;
        self.enter(channel, file)?;
        Ok(file)
    }

    fn readable(&self, command: &Command<'_>, file: FileIndex) -> Result<&File, Status> {
        let file = self.files.get(file);
        let allowed = match file.read {
            ReadRule::Always => true,
            ReadRule::Pin => self.pins.may_read(),
            ReadRule::Never => false,
            ReadRule::SecureChannel => self.is_in_session(command.class.channel),
        };
        if file.deactivated {
            Err(Status::CONDITIONS_OF_USE)
        } else if allowed {
            Ok(file)
        } else {
            Err(Status::SECURITY_STATUS)
        }
    }
}
