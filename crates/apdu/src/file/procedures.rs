// SPDX-License-Identifier: Apache-2.0
//! Selecting, reading and writing the files of a card, verifying a PIN.

use alloc::vec::Vec;

mod error;
mod verify;

pub use error::{Action, FileError, FileName};
pub use verify::{LastTry, Verified};

use super::{Aid, Fcp, FileId, Iccid, LifeCycle, Path, PinReference, Sfi, WellKnownFile};
use crate::wiped::Wiped;
use crate::{
    CardChannel, Command, ExpectedLength, Quirk, QuirkSet, Response, SelectReturn, StatusWord,
};

/// Data of the longest short response.
const MAX_RESPONSE_DATA: usize = 256;

/// Data and status word of the longest short response.
const RESPONSE: usize = MAX_RESPONSE_DATA + 2;

/// The files of a card, over a channel that stays the caller's.
///
/// It remembers what it learns about the card: whether short file identifiers work, whether a
/// path led away from the selected application, which PIN was rejected.
#[derive(Debug)]
pub struct CardFiles<C> {
    channel: C,
    short_ids: bool,
    away_from_application: bool,
    rejected_pins: Vec<PinReference>,
    quirks: QuirkSet,
}

/// What SELECT told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    /// The file control parameters, `None` when the card gave none.
    pub fcp: Option<Fcp>,
    /// Life cycle, from the file control parameters or the status word.
    pub life_cycle: LifeCycle,
}

impl<C> CardFiles<C> {
    /// Takes the channel out and keeps what was learnt about the card.
    #[must_use]
    pub fn split(self) -> (C, CardFiles<()>) {
        let Self { channel, short_ids, away_from_application, rejected_pins, quirks } = self;
        let rest =
            CardFiles { channel: (), short_ids, away_from_application, rejected_pins, quirks };
        (channel, rest)
    }
}

impl CardFiles<()> {
    /// Goes on over another channel, such as a secure channel around the one before.
    #[must_use]
    pub fn over<C: CardChannel>(self, channel: C) -> CardFiles<C> {
        let Self { channel: (), short_ids, away_from_application, rejected_pins, quirks } = self;
        CardFiles { channel, short_ids, away_from_application, rejected_pins, quirks }
    }
}

type FileResult<T, C> = Result<T, FileError<<C as CardChannel>::Error>>;

impl<C: CardChannel> CardFiles<C> {
    /// The files that can be reached over `channel`.
    #[must_use]
    pub const fn new(channel: C) -> Self {
        Self {
            channel,
            short_ids: true,
            away_from_application: false,
            rejected_pins: Vec::new(),
            quirks: QuirkSet::EMPTY,
        }
    }

    /// The channel below.
    pub const fn channel(&mut self) -> &mut C {
        &mut self.channel
    }

    /// The quirks met here and on the channel.
    #[must_use]
    pub fn quirks(&self) -> QuirkSet {
        self.quirks.union(self.channel.quirks())
    }

    /// Selects an application by its AID.
    ///
    /// # Errors
    /// [`FileError::Refused`] with the card's status word, or why the exchange failed.
    pub async fn select_application(&mut self, aid: &Aid) -> FileResult<Selected, C> {
        let command = Command::select_by_aid(aid.as_bytes(), SelectReturn::Fcp);
        let selected = self.select_with(FileName::Application(*aid), &command).await?;
        self.away_from_application = false;
        Ok(selected)
    }

    /// Selects a file by path. A single identifier and a path from `7FFF` are taken within the
    /// selected application, a path from `3F00` from the master file.
    ///
    /// Cards that do not select by path are led there one file identifier at a time.
    ///
    /// # Errors
    /// [`FileError::Refused`] with the card's status word, or why the exchange failed.
    pub async fn select(&mut self, path: &Path) -> FileResult<Selected, C> {
        let name = FileName::File(*path);
        let within = if self.away_from_application { path.within_application() } else { *path };
        if let Some(id) = within.single() {
            return self.select_with(name, &Command::select_by_id(&id, SelectReturn::Fcp)).await;
        }
        let command = Command::select_by_path(&within, SelectReturn::Fcp);
        match self.select_with(name, &command).await {
            Err(FileError::Refused { status, .. })
                if status != StatusWord::SECURITY_STATUS && !self.is_astray(&within) =>
            {
                self.select_step_by_step(&within).await
            }
            result => {
                self.away_from_application |= !within.starts_at_adf();
                result
            }
        }
    }

    /// Whether a path begins at an application that is no longer the current directory, where only
    /// the card could find back to it.
    fn is_astray(&self, path: &Path) -> bool {
        path.starts_at_adf() && self.away_from_application
    }

    async fn select_step_by_step(&mut self, path: &Path) -> FileResult<Selected, C> {
        self.away_from_application |= !path.starts_at_adf();
        let mut selected = None;
        for id in path.files().filter(|id| *id != FileId::CURRENT_ADF) {
            let command = Command::select_by_id(&id, SelectReturn::Fcp);
            selected = Some(self.select_with(FileName::File(*path), &command).await?);
        }
        selected.ok_or(FileError::Refused {
            action: Action::Select,
            file: FileName::File(*path),
            status: StatusWord::FILE_NOT_FOUND,
        })
    }

    async fn select_with(
        &mut self,
        file: FileName,
        command: &Command<'_>,
    ) -> FileResult<Selected, C> {
        let mut buffer = [0; RESPONSE];
        let response = self.exchange(Action::Select, file, command, &mut buffer).await?;
        let deactivated = response.status == StatusWord::FILE_DEACTIVATED;
        if !response.status.is_success_or_warning() {
            let status = response.status;
            return Err(FileError::Refused { action: Action::Select, file, status });
        }
        if response.data.is_empty() {
            let life_cycle = if deactivated { LifeCycle::Deactivated } else { LifeCycle::Active };
            return Ok(Selected { fcp: None, life_cycle });
        }
        let fcp = Fcp::from_bytes(response.data)
            .map_err(|source| FileError::FileControlParameters { file, source })?;
        let life_cycle = if deactivated { LifeCycle::Deactivated } else { fcp.life_cycle };
        Ok(Selected { fcp: Some(fcp), life_cycle })
    }

    /// Reads from the selected file, which errors will call `file`, from `offset` on into
    /// `target`, one READ BINARY per 256 bytes or what the channel carries. Returns the number of
    /// bytes read: fewer than `target` holds when the file ends.
    ///
    /// # Errors
    /// [`FileError::Refused`] with the card's status word, or why an exchange failed.
    pub async fn read_binary(
        &mut self,
        file: &Path,
        offset: u16,
        target: &mut [u8],
    ) -> FileResult<usize, C> {
        self.read_on(file, offset, target, Rest::More).await
    }

    /// As [`read_binary`](Self::read_binary), after a part that left this open.
    async fn read_on(
        &mut self,
        file: &Path,
        offset: u16,
        target: &mut [u8],
        mut then: Rest,
    ) -> FileResult<usize, C> {
        let mut filled = 0;
        while then != Rest::None {
            let Some(rest) = target.get_mut(filled..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            let position = usize::from(offset) + filled;
            let carried = self.channel.max_response_data();
            match self.read_part(file, None, position, rest).await {
                Ok(part) => {
                    filled += part.length;
                    then = part.then;
                }
                // The way to the card turned out to carry less than it thought: in smaller parts.
                Err(FileError::Channel { .. }) if self.channel.max_response_data() < carried => {}
                Err(FileError::Refused { status, .. })
                    if then == Rest::Doubtful && means_no_more(status) =>
                {
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Reads a file by its short identifier, or by its path where the card knows none; it is the
    /// selected file afterwards. Returns the number of bytes read.
    ///
    /// # Errors
    /// As [`read_binary`](Self::read_binary).
    pub async fn read_well_known(
        &mut self,
        file: &WellKnownFile,
        target: &mut [u8],
    ) -> FileResult<usize, C> {
        let mut begun = 0;
        let mut then = Rest::More;
        if self.short_ids {
            match self.read_part(&file.path, Some(file.sfi), 0, target).await {
                Ok(Part { length, then: Rest::None }) => return Ok(length),
                Ok(part) => (begun, then) = (part.length, part.then),
                Err(error) if error.suggests_no_short_id() => {}
                Err(error) => return Err(error),
            }
        }
        let mut end = target.len();
        if begun == 0 {
            let size = self.select_instead_of_short_id(file).await?;
            end = size.map_or(end, |size| size.min(end));
        }
        let rest = target.get_mut(begun..end).unwrap_or_default();
        let offset = u16::try_from(begun).unwrap_or(u16::MAX);
        Ok(begun + self.read_on(&file.path, offset, rest, then).await?)
    }

    /// Reads a record, counted from 1, of a file by its short identifier, or by its path where
    /// the card knows none. Returns the length of the record.
    ///
    /// Begin with record 1: it selects the file on a card without short identifiers, where the
    /// others are read from the selected file.
    ///
    /// # Errors
    /// [`FileError::Refused`] with the card's status word (`6A 83` after the last record), or
    /// why the exchange failed.
    pub async fn read_record_well_known(
        &mut self,
        file: &WellKnownFile,
        record: u8,
        target: &mut [u8],
    ) -> FileResult<usize, C> {
        if self.short_ids {
            match self.read_record_with(&file.path, Some(file.sfi), record, target).await {
                Err(error) if error.suggests_no_short_id() => {
                    self.select_instead_of_short_id(file).await?;
                }
                result => return result,
            }
        } else if record == 1 {
            self.select(&file.path).await?;
        }
        self.read_record(&file.path, record, target).await
    }

    /// Reads a record, counted from 1, of the selected file. Returns its length.
    ///
    /// # Errors
    /// As [`read_record_well_known`](Self::read_record_well_known).
    pub async fn read_record(
        &mut self,
        file: &Path,
        record: u8,
        target: &mut [u8],
    ) -> FileResult<usize, C> {
        self.read_record_with(file, None, record, target).await
    }

    async fn read_record_with(
        &mut self,
        file: &Path,
        sfi: Option<Sfi>,
        record: u8,
        target: &mut [u8],
    ) -> FileResult<usize, C> {
        let command = Command::read_record(record, sfi, ExpectedLength::MAX_SHORT);
        let action = Action::ReadRecord { record };
        let file = FileName::File(*file);
        let mut buffer = [0; RESPONSE];
        let response = self.exchange(action, file, &command, &mut buffer).await?;
        match (response.status, target.get_mut(..response.data.len())) {
            (status, Some(target)) if gives_data(status) => {
                target.copy_from_slice(response.data);
                Ok(target.len())
            }
            (status, _) => Err(FileError::Refused { action, file, status }),
        }
    }

    /// Selects a file and tells its size, where the card does.
    async fn select_instead_of_short_id(
        &mut self,
        file: &WellKnownFile,
    ) -> FileResult<Option<usize>, C> {
        let selected = self.select(&file.path).await?;
        if self.short_ids {
            self.short_ids = false;
            self.quirks.insert(Quirk::NoShortFileIdentifiers);
        }
        Ok(selected.fcp.and_then(|fcp| fcp.size))
    }

    /// One READ BINARY into the front of `target`: from `position` on, or from the beginning of the
    /// file with this short identifier.
    async fn read_part(
        &mut self,
        file: &Path,
        sfi: Option<Sfi>,
        position: usize,
        target: &mut [u8],
    ) -> FileResult<Part, C> {
        let action = Action::Read { offset: position };
        let file = FileName::File(*file);
        let wanted = target.len().min(self.channel.max_response_data().clamp(1, MAX_RESPONSE_DATA));
        let command = ExpectedLength::short_for(wanted)
            .and_then(|expected| match sfi {
                Some(sfi) => Some(Command::read_binary_by_sfi(sfi, 0, expected)),
                None => Command::read_binary(u16::try_from(position).ok()?, expected),
            })
            .ok_or(FileError::OffsetTooLarge { file, offset: position })?;
        let mut buffer = Wiped::<RESPONSE>::new();
        let room = buffer.get_mut(..wanted + 2).unwrap_or_default();
        let response = self.exchange(action, file, &command, room).await?;
        let status = response.status;
        if status == StatusWord::WRONG_OFFSET && position > 0 {
            return Ok(Part { length: 0, then: Rest::None });
        }
        match target.get_mut(..response.data.len()) {
            Some(target) if gives_data(status) => {
                target.copy_from_slice(response.data);
                let length = target.len();
                Ok(Part { length, then: Rest::after(length, wanted, status) })
            }
            _ => Err(FileError::Refused { action, file, status }),
        }
    }

    /// Writes `data` to the selected file, which errors will call `file`, from `offset` on.
    ///
    /// # Errors
    /// [`FileError::Refused`] with the card's status word and the offset up to which everything
    /// was written, or why an exchange failed.
    pub async fn update_binary(
        &mut self,
        file: &Path,
        offset: u16,
        data: &[u8],
    ) -> FileResult<(), C> {
        let file = FileName::File(*file);
        let mut written = 0;
        while let Some(rest) = data.get(written..).filter(|rest| !rest.is_empty()) {
            let length = rest.len().min(self.channel.max_command_data().max(1));
            let chunk = rest.get(..length).unwrap_or_default();
            let position = usize::from(offset) + written;
            let command = u16::try_from(position)
                .ok()
                .and_then(|position| Command::update_binary(position, chunk))
                .ok_or(FileError::OffsetTooLarge { file, offset: position })?;
            let action = Action::Update { offset: position };
            let mut buffer = [0; 16];
            let status = self.exchange(action, file, &command, &mut buffer).await?.status;
            if !status.is_success_or_warning() {
                return Err(FileError::Refused { action, file, status });
            }
            written += length;
        }
        Ok(())
    }

    /// Reads the card's identity.
    ///
    /// # Errors
    /// [`FileError::ShortFile`] when EF ICCID has fewer than ten bytes, else as
    /// [`read_binary`](Self::read_binary).
    pub async fn iccid(&mut self) -> FileResult<Iccid, C> {
        let mut bytes = [0; Iccid::LEN];
        let length = self.read_well_known(&WellKnownFile::ICCID, &mut bytes).await?;
        if length < bytes.len() {
            let file = FileName::File(WellKnownFile::ICCID.path);
            return Err(FileError::ShortFile { file, length, needed: bytes.len() });
        }
        Ok(Iccid::from_bytes(bytes))
    }

    async fn exchange<'b>(
        &mut self,
        action: Action,
        file: FileName,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> FileResult<Response<'b>, C> {
        self.channel.exchange(command, buffer).await.map_err(|source| FileError::Channel {
            action,
            file,
            source,
        })
    }
}

/// Whether what was read can be used: of the warnings only the one that the file has ended, for
/// others say that the data may be corrupted.
fn gives_data(status: StatusWord) -> bool {
    status.is_success() || status == StatusWord::END_OF_FILE
}

/// Whether a refusal to read on says that there is nothing more.
fn means_no_more(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::WRONG_OFFSET | StatusWord::WRONG_PARAMETERS | StatusWord::WRONG_LENGTH
    )
}

/// What one READ BINARY gave, and what is left.
struct Part {
    length: usize,
    then: Rest,
}

/// What is left of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// As far as is known, more.
    More,
    /// Fewer bytes came than were asked for, without the warning that the file ends there. On its
    /// way to the card the expected length may have changed, which no MAC covers.
    Doubtful,
    /// Nothing.
    None,
}

impl Rest {
    /// After `length` bytes of the `wanted`. Whoever asks for 256 asks for whatever there is
    /// (102 221 §11.1.3).
    fn after(length: usize, wanted: usize, status: StatusWord) -> Self {
        match length {
            0 => Self::None,
            _ if status == StatusWord::END_OF_FILE => Self::None,
            _ if length >= wanted => Self::More,
            _ if ExpectedLength::short_for(wanted) == Some(ExpectedLength::MAX_SHORT) => Self::None,
            _ => Self::Doubtful,
        }
    }
}
