// SPDX-License-Identifier: Apache-2.0
//! SELECT and STATUS (102 221 §11.1.1, §11.1.2).

use super::{Chip, Outcome};
use crate::answer::Reply;
use crate::ber::primitive;
use crate::channels::Channel;
use crate::command::Command;
use crate::fcp::{self, FCI_TEMPLATE, FCP_TEMPLATE};
use crate::files::{CURRENT_APPLICATION, FileIndex, MASTER_FILE};
use crate::status::Status;

/// An application identifier has 5 to 16 bytes, also one cut short.
const AID_LENGTHS: std::ops::RangeInclusive<usize> = 5..=16;

impl Chip {
    pub(super) fn select(&mut self, command: &Command<'_>) -> Outcome {
        let template = answer_template(command.p2)?;
        let channel = *self.channels.get_mut(command.class.channel)?;
        let found = match command.p1 {
            0x00 => self.find_by_id(&channel, command)?,
            0x01 => self.find_child_directory(&channel, command.data)?,
            0x03 if command.data.is_empty() => Some(self.files.parent(channel.directory)),
            0x03 => return Err(Status::WRONG_LENGTH),
            0x04 => return self.select_application(command, template),
            0x08 => self.find_by_path(FileIndex::MASTER_FILE, &channel, command.data)?,
            0x09 => self.files.follow(channel.directory, path(command.data)?),
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        let file = found.ok_or(Status::FILE_NOT_FOUND)?;
        self.enter(command.class.channel, file)?;
        Ok(self.describe(file, template))
    }

    /// By file identifier, in the order of 102 221 §11.1.1.2; an empty data field is the master
    /// file.
    fn find_by_id(
        &self,
        channel: &Channel,
        command: &Command<'_>,
    ) -> Result<Option<FileIndex>, Status> {
        let [id] = match path(command.data) {
            Ok([id]) => [u16::from_be_bytes(*id)],
            Err(_) if command.data.is_empty() && answer_template(command.p2)?.is_none() => {
                [MASTER_FILE]
            }
            _ => return Err(Status::WRONG_LENGTH),
        };
        let current = channel.directory;
        let parent = self.files.parent(current);
        let has_id = |index: FileIndex| self.files.get(index).id == Some(id);
        let sibling = || {
            let sibling = self.files.child(parent, id)?;
            self.files.get(sibling).is_directory().then_some(sibling)
        };
        Ok(match id {
            MASTER_FILE => Some(FileIndex::MASTER_FILE),
            CURRENT_APPLICATION => channel.application,
            _ => (self.files.child(current, id))
                .or_else(|| [parent, current].into_iter().find(|index| has_id(*index)))
                .or_else(sibling),
        })
    }

    fn find_child_directory(
        &self,
        channel: &Channel,
        data: &[u8],
    ) -> Result<Option<FileIndex>, Status> {
        let [id] = path(data)? else {
            return Err(Status::WRONG_LENGTH);
        };
        let child = self.files.child(channel.directory, u16::from_be_bytes(*id));
        Ok(child.filter(|child| self.files.get(*child).is_directory()))
    }

    /// By a path from the master file, which may begin at the current application instead.
    fn find_by_path(
        &self,
        root: FileIndex,
        channel: &Channel,
        data: &[u8],
    ) -> Result<Option<FileIndex>, Status> {
        let path = path(data)?;
        Ok(match path.split_first() {
            Some((first, rest)) if u16::from_be_bytes(*first) == CURRENT_APPLICATION => {
                channel.application.and_then(|application| self.files.follow(application, rest))
            }
            _ => self.files.follow(root, path),
        })
    }

    /// By the identifier of an application, or the beginning of one. What was verified for the
    /// application selected before is forgotten.
    fn select_application(&mut self, command: &Command<'_>, template: Option<usize>) -> Outcome {
        if !AID_LENGTHS.contains(&command.data.len()) {
            return Err(Status::WRONG_LENGTH);
        }
        let application = self.files.application(command.data).ok_or(Status::FILE_NOT_FOUND)?;
        let channel = self.channels.get_mut(command.class.channel)?;
        let left = channel.application.replace(application);
        if left == Some(self.application) && application != self.application {
            self.pins.end_application_session();
        }
        self.end_session(command.class.channel);
        self.enter(command.class.channel, application)?;
        Ok(self.describe(application, template))
    }

    /// Makes a file the current one of a channel.
    pub(super) fn enter(&mut self, channel: u8, file: FileIndex) -> Result<(), Status> {
        let directory = self.files.directory_of(file);
        let channel = self.channels.get_mut(channel)?;
        channel.directory = directory;
        channel.file = (file != directory).then_some(file);
        Ok(())
    }

    fn describe(&self, file: FileIndex, template: Option<usize>) -> Reply {
        let file = self.files.get(file);
        let data = template.map_or_else(Vec::new, |tag| fcp::template(tag, file, &self.pins.user));
        Reply {
            status: if file.deactivated { Status::FILE_DEACTIVATED } else { Status::DONE },
            ..Reply::data(data)
        }
    }

    /// The FCP of the current directory, the name of the current application, or only a sign of
    /// life.
    pub(super) fn status(&mut self, command: &Command<'_>) -> Outcome {
        let channel = *self.channels.get_mut(command.class.channel)?;
        if command.p1 > 0x02 {
            return Err(Status::WRONG_PARAMETERS);
        }
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        match command.p2 {
            0x00 => Ok(self.describe(channel.directory, Some(FCP_TEMPLATE))),
            0x01 => channel
                .application
                .and_then(|application| self.files.get(application).aid())
                .map(|aid| Reply::data(primitive(0x84, aid)))
                .ok_or(Status::REFERENCE_NOT_FOUND),
            0x0C => Ok(Reply::status(Status::DONE)),
            _ => Err(Status::WRONG_PARAMETERS),
        }
    }
}

/// What P2 asks for: FCP, nothing, or the FCI of ISO 7816-4 that general card programs want.
const fn answer_template(p2: u8) -> Result<Option<usize>, Status> {
    match p2 {
        0x00 => Ok(Some(FCI_TEMPLATE)),
        0x04 => Ok(Some(FCP_TEMPLATE)),
        0x0C => Ok(None),
        _ => Err(Status::WRONG_PARAMETERS),
    }
}

/// The file identifiers of a path, at least one.
fn path(data: &[u8]) -> Result<&[[u8; 2]], Status> {
    match data.as_chunks() {
        (path, []) if !path.is_empty() => Ok(path),
        _ => Err(Status::WRONG_LENGTH),
    }
}
