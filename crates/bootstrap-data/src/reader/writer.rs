// SPDX-License-Identifier: Apache-2.0
//! Writing bootstrap data to a card, as whoever issues it does.
//!
//! ```text
//! the way of a reading to EF LwM2M_Bootstrap ─▶ administrative PIN, if one is given
//!     ─▶ header made void ─▶ everything after it ─▶ header ─▶ read back
//! ```
//!
//! From its first command to its last but one the file begins with `FF FF FF FF`, as one that was
//! never written: whatever breaks off in between leaves a file that no reader takes for data,
//! never the old header over new values.

mod error;

pub use error::{FileState, WriteError};

use alloc::vec::Vec;
use core::fmt;

use simstrap_scp03::apdu::{
    CardChannel, CardFiles, FileError, Iccid, LastTry, LogicalChannel, LogicalChannelError, Path,
    Pin, PinReference, Transport,
};
use simstrap_scp03::{Achieved, KeyDiversification, SecureChannelError, StaticKeys};

use super::directories::{BootstrapValue, part_length};
use super::link::Link;
use super::rejected::Rejected;
use super::{Located, ReadError, ReadOptions, fetch, locate, pin};
use crate::file::{BootstrapDataRef, HEADER_LEN, MAX_FILE};
use crate::wiped::Wiped;

/// What the file begins with while it is written.
const VOID: [u8; HEADER_LEN] = [0xFF; HEADER_LEN];

/// What fills the file after the data.
const PADDING: u8 = 0xFF;

/// How to write to a card.
pub struct WriteOptions<'o, K = StaticKeys> {
    /// How to find the file and to read it back. A secure channel may also be what gives the
    /// right to write.
    pub read: ReadOptions<'o, K>,
    /// The administrative PIN that gives the right to write.
    pub administrative_pin: Option<AdministrativePin<'o>>,
}

/// An administrative PIN.
#[derive(Debug, Clone, Copy)]
pub struct AdministrativePin<'o> {
    /// Which one; [`PinReference::ADM1`] on most cards.
    pub reference: PinReference,
    /// Its value.
    pub value: &'o Pin,
    /// Whether it may be tried when that is its last try.
    pub last_try: LastTry,
}

/// What was written, and read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// Identity of the card.
    pub iccid: Iccid,
    /// The file.
    pub file: Path,
    /// Bytes of the data.
    pub used: usize,
    /// Bytes written: the data, and what fills the file after it.
    pub written: usize,
    /// The secure channel, where one was used.
    pub secure_channel: Option<Achieved>,
}

/// Writes to a card over a transport: opens a logical channel, writes, closes it, also after an
/// error.
///
/// # Errors
/// [`WriteError`]: what was being done, what the card said, and what is in the file now.
pub async fn write_card<T: Transport, K: KeyDiversification>(
    transport: T,
    data: &BootstrapDataRef<'_>,
    options: &mut WriteOptions<'_, K>,
) -> Result<Writing, WriteError<LogicalChannelError<T::Error>>> {
    let mut channel = LogicalChannel::new(transport);
    channel.open().await.map_err(|error| WriteError::Find(ReadError::OpenChannel(error)))?;
    let writing = write(&mut channel, data, options).await;
    // What was read back is there, whether or not the channel could be closed.
    let _closed = channel.close().await;
    writing
}

/// Writes to a card over a channel that is open and stays so.
///
/// Dropping the future leaves the file as it was, without data, or with all of the new data.
///
/// # Errors
/// [`WriteError`]: what was being done, what the card said, and what is in the file now.
pub async fn write<C: CardChannel, K: KeyDiversification>(
    channel: C,
    data: &BootstrapDataRef<'_>,
    options: &mut WriteOptions<'_, K>,
) -> Result<Writing, WriteError<C::Error>> {
    let mut rejected = Rejected::none();
    let Located { mut files, iccid, fcp: application, object, .. } =
        locate(channel, &mut options.read, &mut rejected).await.map_err(WriteError::Find)?;
    let (path, index, length, named_in) = match &object.value {
        BootstrapValue::File { path, index, length, named_in } => {
            (*path, *index, *length, *named_in)
        }
        BootstrapValue::Direct { directory, .. } => {
            return Err(WriteError::InDirectory { directory: *directory });
        }
    };
    if object.private && options.read.pin.is_some() {
        let read = &options.read;
        pin::verify(&mut files, &object, application, None, read, &mut rejected)
            .await
            .map_err(WriteError::Find)?;
    }
    if let Some(AdministrativePin { reference, value, last_try }) = options.administrative_pin {
        files.verify_pin(reference, value, last_try).await.map_err(WriteError::Pin)?;
    }
    let fcp = fetch::select(&mut files, &path).await.map_err(WriteError::Find)?;
    let size = fcp.and_then(|fcp| fcp.size);
    let (file, offset) = named_in;
    let room = part_length(index, length, size, MAX_FILE)
        .ok_or(WriteError::Find(ReadError::OutsideFile { file, offset }))?;
    let needed = data.as_bytes().len();
    if needed > room {
        return Err(WriteError::TooLarge { file: path, needed, room });
    }
    // A card that does not tell its size cannot be filled up.
    let written = if size.is_some() || length.is_some() { room } else { needed };
    let image = image(data, written);
    Target { files: &mut files, path, index }.put(&image).await?;
    let secure_channel = files.channel().achieved();
    Ok(Writing { iccid, file: path, used: needed, written, secure_channel })
}

/// The data, and what fills the file after it.
fn image(data: &BootstrapDataRef<'_>, length: usize) -> Wiped {
    let mut image = Wiped(Vec::with_capacity(length));
    image.extend_from_slice(data.as_bytes());
    image.resize(length, PADDING);
    image
}

/// The place for the data, in the file that is selected.
struct Target<'f, C> {
    files: &'f mut CardFiles<Link<C>>,
    path: Path,
    index: u16,
}

/// The commands that write, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Void,
    Body,
    Header,
}

type AccessError<E> = FileError<SecureChannelError<E>>;

impl<C: CardChannel> Target<'_, C> {
    async fn put(&mut self, image: &[u8]) -> Result<(), WriteError<C::Error>> {
        let Some((header, body)) = image.split_first_chunk::<HEADER_LEN>() else {
            return Ok(());
        };
        // Only to be able to say, should something fail, whether anything was changed.
        let before = self.header().await;
        for (step, position, bytes) in
            [(Step::Void, 0, &VOID[..]), (Step::Body, HEADER_LEN, body), (Step::Header, 0, header)]
        {
            if let Err(source) = self.update(position, bytes).await {
                let state = self.state_after(step, before, *header).await;
                return Err(WriteError::Write { source, state });
            }
        }
        self.compare(image).await
    }

    /// Whether the file holds what was written.
    async fn compare(&mut self, image: &[u8]) -> Result<(), WriteError<C::Error>> {
        let mut found = Wiped(alloc::vec![0; image.len()]);
        let read = self.files.read_binary(&self.path, self.index, &mut found).await;
        let read = read.map_err(WriteError::ReadBack)?;
        let found = found.get(..read).unwrap_or_default();
        let same = image.iter().zip(found).take_while(|(wanted, found)| wanted == found).count();
        if same < image.len() {
            return Err(WriteError::Different { file: self.path, offset: same });
        }
        Ok(())
    }

    async fn update(&mut self, position: usize, bytes: &[u8]) -> Result<(), AccessError<C::Error>> {
        let offset = usize::from(self.index) + position;
        let offset = u16::try_from(offset).unwrap_or(u16::MAX);
        self.files.update_binary(&self.path, offset, bytes).await
    }

    /// What the file begins with, where the card lets it be read.
    async fn header(&mut self) -> Option<[u8; HEADER_LEN]> {
        let mut header = [0; HEADER_LEN];
        let read = self.files.read_binary(&self.path, self.index, &mut header).await;
        read.is_ok_and(|length| length == HEADER_LEN).then_some(header)
    }

    /// What is in the file after a step failed: a command may have been carried out though its
    /// answer was lost, and the other way round. The file itself tells, where it can be read.
    async fn state_after(
        &mut self,
        step: Step,
        before: Option<[u8; HEADER_LEN]>,
        new: [u8; HEADER_LEN],
    ) -> FileState {
        match (step, self.header().await) {
            (Step::Void, Some(now)) if Some(now) == before => FileState::Unchanged,
            (Step::Void | Step::Header, Some(VOID)) | (Step::Body, _) => FileState::Void,
            (Step::Header, Some(now)) if now == new => FileState::New,
            (Step::Void | Step::Header, Some(_)) => FileState::Unknown,
            (Step::Void, None) => FileState::UnchangedOrVoid,
            (Step::Header, None) => FileState::VoidOrNew,
        }
    }
}

impl<K> fmt::Debug for WriteOptions<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteOptions")
            .field("read", &self.read)
            .field("administrative_pin", &self.administrative_pin)
            .finish()
    }
}
