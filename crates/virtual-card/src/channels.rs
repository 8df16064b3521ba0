// SPDX-License-Identifier: Apache-2.0
//! Logical channels: which are open, and what is selected on each (102 221 §8.7, §11.1.17).

use crate::files::FileIndex;
use crate::quirks::{CardQuirk, CardQuirkSet};
use crate::status::Status;

/// The highest channel number there can be.
pub(crate) const MAX_CHANNEL: u8 = 19;

/// What is selected on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) directory: FileIndex,
    pub(crate) file: Option<FileIndex>,
    pub(crate) application: Option<FileIndex>,
}

impl Channel {
    /// As after a reset: the master file.
    const FRESH: Self = Self { directory: FileIndex::MASTER_FILE, file: None, application: None };
}

/// The channels of a card. The basic channel 0 is always open.
#[derive(Debug, Clone)]
pub(crate) struct Channels {
    basic: Channel,
    further: Vec<Option<Channel>>,
    quirks: CardQuirkSet,
}

impl Channels {
    /// A card with channels 1 to `further` besides the basic one.
    pub(crate) fn new(further: u8, quirks: CardQuirkSet) -> Self {
        let mut channels = Self {
            basic: Channel::FRESH,
            further: vec![None; usize::from(further.min(MAX_CHANNEL))],
            quirks,
        };
        channels.reset();
        channels
    }

    pub(crate) fn reset(&mut self) {
        let all_taken = self
            .quirks
            .contains_any(&[CardQuirk::AllChannelsTaken6a81, CardQuirk::AllChannelsTaken6881]);
        let first_taken = self.quirks.contains(CardQuirk::ChannelLeftOpen);
        self.basic = Channel::FRESH;
        for (index, channel) in self.further.iter_mut().enumerate() {
            let taken = all_taken || first_taken && index == 0;
            *channel = taken.then_some(Channel::FRESH);
        }
    }

    /// The state of an open channel.
    pub(crate) fn get_mut(&mut self, number: u8) -> Result<&mut Channel, Status> {
        match usize::from(number).checked_sub(1) {
            None => Ok(&mut self.basic),
            Some(index) => {
                self.further.get_mut(index).and_then(Option::as_mut).ok_or(Status::NO_SUCH_CHANNEL)
            }
        }
    }

    /// Opens the lowest free channel. From the basic channel it starts at the master file, from
    /// another one where that one is (ISO 7816-4 §5.4.2).
    pub(crate) fn open(&mut self, origin: u8) -> Result<u8, Status> {
        if self.further.is_empty() {
            return Err(Status::NO_SUCH_CHANNEL);
        }
        let state = match origin {
            0 => Channel::FRESH,
            _ => *self.get_mut(origin)?,
        };
        let skipped = usize::from(self.quirks.contains(CardQuirk::ChannelStartsAt2));
        let free = (1..=MAX_CHANNEL)
            .zip(&mut self.further)
            .skip(skipped)
            .find(|(_, channel)| channel.is_none());
        match free {
            Some((number, channel)) => {
                *channel = Some(state);
                Ok(number)
            }
            None if self.quirks.contains(CardQuirk::AllChannelsTaken6881) => {
                Err(Status::NO_SUCH_CHANNEL)
            }
            None => Err(Status::NO_FREE_CHANNEL),
        }
    }

    /// Closes a channel and tells what was selected there, `None` when it was not open.
    pub(crate) fn close(&mut self, number: u8) -> Result<Option<Channel>, Status> {
        let index = usize::from(number).checked_sub(1).ok_or(Status::WRONG_PARAMETERS)?;
        let channel = self.further.get_mut(index).ok_or(Status::NO_SUCH_CHANNEL)?;
        Ok(channel.take())
    }
}
