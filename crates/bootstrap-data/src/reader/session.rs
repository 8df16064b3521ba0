// SPDX-License-Identifier: Apache-2.0
//! A card that stays open from one look to the next.

use alloc::boxed::Box;
use core::fmt;

use sha2::{Digest as _, Sha256};
use simstrap_scp03::apdu::{
    CardChannel, CardFiles, ChannelNumber, FileError, Iccid, LogicalChannel, LogicalChannelError,
    Path, Transport,
};
use simstrap_scp03::{KeyDiversification, SecureChannelError, Session};
use zeroize::Zeroizing;

use super::link::Link;
use super::rejected::Rejected;
use super::{CardReading, Digest, ReadError, ReadOptions, read_over};

/// The most bytes of one piece: data of the longest short response.
const MAX_PIECE: usize = 256;

/// A card, and what is open on it: a logical channel, a secure channel where one is used, the
/// bootstrap file selected.
///
/// [`read`](Self::read) goes the whole way and leaves all of it open;
/// [`recheck`](Self::recheck) then reads the file again, one READ BINARY for each piece, 126 bytes
/// in a single one. Whatever differs in the least, or fails, ends what is open, and only another
/// whole reading tells what it means.
///
/// Both futures may be dropped: the session remembers its logical channel and closes it before it
/// opens another, and no secure channel outlives an exchange that did not end (FT-06). Dropping
/// the session itself leaves the logical channel open on the card: [`close`](Self::close) it
/// first.
#[derive(Debug)]
pub struct CardSession<T> {
    channel: LogicalChannel<T>,
    rejected: Rejected,
    open: Option<OpenFile>,
}

/// The file that is selected, and what was in it.
struct OpenFile {
    unchanged: Unchanged,
    file: Path,
    index: u16,
    length: usize,
    session: Option<Box<Session>>,
}

/// The card holds what it held: the same used bytes, in the file that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unchanged {
    /// Identity of the card, as the whole reading found it.
    pub iccid: Iccid,
    /// Identity of the data.
    pub digest: Digest,
}

/// Why it is not known whether a card holds what it held. It says nothing about what the card
/// holds now, nor whether there is one: [`CardSession::read`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecheckError<E> {
    /// No file is open: nothing was read yet, or the last look failed.
    #[error("no bootstrap file is open on the card")]
    NotOpen,
    /// The file has other content. It may be another file, if other programs use the channel.
    #[error("file {file} has other content than before")]
    Different {
        /// The file.
        file: Path,
    },
    /// The file could not be read.
    #[error(transparent)]
    File(FileError<SecureChannelError<E>>),
}

impl<T> CardSession<T> {
    /// A card on which nothing is open.
    #[must_use]
    pub const fn new(transport: T) -> Self {
        Self { channel: LogicalChannel::new(transport), rejected: Rejected::none(), open: None }
    }

    /// The logical channel that is open.
    #[must_use]
    pub const fn channel(&self) -> Option<ChannelNumber> {
        self.channel.number()
    }

    /// The next look has to be a whole one: the card may be another (CR-08).
    pub fn distrust(&mut self) {
        self.open = None;
    }

    /// Gives the transport back. A channel that is still open stays open on the card.
    #[must_use]
    pub fn into_transport(self) -> T {
        self.channel.into_transport()
    }
}

impl<T: Transport> CardSession<T> {
    /// Reads the card, the whole procedure, over a new logical channel. It stays open after a
    /// success and is closed after an error.
    ///
    /// A PIN that this card has rejected is not tried again (FT-05), nor are keys that have failed
    /// [`MAX_KEY_REJECTIONS`](super::MAX_KEY_REJECTIONS) times in a row; to try others, make another
    /// session.
    ///
    /// # Errors
    /// [`ReadError`]: what was being done, to which file, and what the card said.
    pub async fn read<K: KeyDiversification>(
        &mut self,
        options: &mut ReadOptions<'_, K>,
    ) -> Result<CardReading, ReadError<LogicalChannelError<T::Error>>> {
        self.open = None;
        let channel = self.channel.open().await.map_err(ReadError::OpenChannel)?;
        match read_over(&mut self.channel, options, &mut self.rejected).await {
            Ok((reading, left_open)) => {
                self.open = left_open.index.map(|index| OpenFile {
                    unchanged: Unchanged { iccid: reading.iccid, digest: reading.digest },
                    file: reading.file,
                    index,
                    length: reading.used.len(),
                    session: left_open.session,
                });
                Ok(CardReading { channel, reading })
            }
            Err(error) => {
                let _closed = self.close().await;
                Err(error)
            }
        }
    }

    /// Reads the file that is open once more, as many bytes as were in use, and compares.
    ///
    /// Nothing else on the card is looked at. Through a secure channel it is certainly the same
    /// card; in the clear it is as long as a card that is reset or inserted has no open channels,
    /// and nobody else opens the same file on the same channel. After a hint that the card may be
    /// another one, [`distrust`](Self::distrust) it.
    ///
    /// # Errors
    /// [`RecheckError`]: nothing is known, and no file is open any longer.
    pub async fn recheck(
        &mut self,
    ) -> Result<Unchanged, RecheckError<LogicalChannelError<T::Error>>> {
        // It is put back only if all goes well; not if this future is dropped.
        let mut open = self.open.take().ok_or(RecheckError::NotOpen)?;
        let mut files = CardFiles::new(Link::new(&mut self.channel, open.session.take()));
        if open.digest(&mut files).await.map_err(RecheckError::File)? != Some(open.unchanged.digest)
        {
            return Err(RecheckError::Different { file: open.file });
        }
        open.session = files.split().0.into_session();
        Ok(self.open.insert(open).unchanged)
    }

    /// Closes the logical channel, if one is open, and with it everything on it.
    ///
    /// # Errors
    /// As [`LogicalChannel::close`].
    pub async fn close(&mut self) -> Result<(), LogicalChannelError<T::Error>> {
        self.open = None;
        self.channel.close().await
    }
}

impl OpenFile {
    /// The digest of as many bytes as there were; `None` when there are fewer.
    async fn digest<C: CardChannel>(
        &self,
        files: &mut CardFiles<Link<C>>,
    ) -> Result<Option<Digest>, FileError<SecureChannelError<C::Error>>> {
        let carried = files.channel().max_response_data().clamp(1, MAX_PIECE);
        let mut piece = Zeroizing::new([0; MAX_PIECE]);
        let mut hash = Sha256::new();
        let mut position = 0;
        while position < self.length {
            let wanted = carried.min(self.length - position);
            let piece = piece.get_mut(..wanted).unwrap_or_default();
            let offset = u16::try_from(usize::from(self.index) + position).unwrap_or(u16::MAX);
            if files.read_binary(&self.file, offset, piece).await? < wanted {
                return Ok(None);
            }
            hash.update(piece);
            position += wanted;
        }
        Ok(Some(Digest::from_bytes(hash.finalize().into())))
    }
}

impl<E> RecheckError<E> {
    /// Whether something failed, beyond there being no file open or another content.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile")
            .field("unchanged", &self.unchanged)
            .field("file", &self.file)
            .field("length", &self.length)
            .field("secure", &self.session.is_some())
            .finish_non_exhaustive()
    }
}
