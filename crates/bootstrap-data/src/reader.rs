// SPDX-License-Identifier: Apache-2.0
//! Reading the bootstrap data of a card (LwM2M TS Core App. G, App. H).
//!
//! ```text
//! MANAGE CHANNEL ─▶ EF ICCID ─▶ EF DIR ─▶ SELECT PKCS#15 ─▶ SCP03, if wanted
//!     ─▶ EF ODF ─▶ EF DODF ─▶ PIN, if needed ─▶ EF LwM2M_Bootstrap ─▶ close the channel
//! ```
//!
//! [`read_card`] does all of it over a transport, [`read`] what lies between opening and closing
//! over a channel that is the caller's. [`CardSession`] leaves the channel open: a second look then
//! reads the last file only.

mod application;
mod digest;
mod directories;
mod error;
mod fetch;
mod link;
mod pin;
mod quirk;
mod rejected;
mod session;
pub mod writer;

pub use application::MAX_APPLICATIONS;
pub use digest::Digest;
pub use directories::{MAX_DIRECTORIES, MAX_DIRECTORY};
pub use error::{ReadError, ReadErrorKind};
pub use quirk::ReadQuirk;
pub use rejected::MAX_KEY_REJECTIONS;
pub use session::{CardSession, RecheckError, Unchanged};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use simstrap_scp03::apdu::{
    Aid, CardChannel, CardFiles, ChannelError, ChannelNumber, ErrorKind, Fcp, Iccid, LastTry,
    LifeCycle, LogicalChannelError, Path, Pin, Transport,
};
use simstrap_scp03::{
    Achieved, Configuration, KeyDiversification, RandomError, SecureChannel, Session, StaticKeys,
};

use crate::error::DecodeError;
use crate::owned::BootstrapData;

use directories::BootstrapObject;
use link::Link;
use rejected::Rejected;

/// How to read a card.
pub struct ReadOptions<'o, K = StaticKeys> {
    /// The PIN, for data that a PIN protects. It is not sent to a card that does not ask for it.
    pub pin: Option<&'o Pin>,
    /// Whether the PIN may be tried when that is its last try.
    pub last_try: LastTry,
    /// How to open a secure channel; without it the data is read in the clear.
    pub secure_channel: Option<SecureChannelOptions<'o, K>>,
}

/// How to open a secure channel.
pub struct SecureChannelOptions<'o, K = StaticKeys> {
    /// Keys, security level and mode.
    pub configuration: &'o Configuration<K>,
    /// Where the host's challenge comes from.
    pub random: &'o mut dyn FnMut(&mut [u8]) -> Result<(), RandomError>,
}

impl ReadOptions<'_> {
    /// In the clear, without a PIN.
    #[must_use]
    pub const fn in_the_clear() -> Self {
        Self { pin: None, last_try: LastTry::Keep, secure_channel: None }
    }
}

/// What a card holds, and how it was read.
#[derive(Clone)]
pub struct Reading {
    /// Identity of the card.
    pub iccid: Iccid,
    /// The PKCS#15 application.
    pub application: Aid,
    /// The bootstrap file, or the directory file whose entry holds the data.
    pub file: Path,
    /// Size of the file in bytes, where the card tells.
    pub file_size: Option<usize>,
    /// The used bytes of the file: as many as its header declares, or fewer if it is shorter.
    pub used: Bytes,
    /// Identity of the data: SHA-256 of the used bytes.
    pub digest: Digest,
    /// The data, or what is wrong with it. A card that was read is a card that is there, whatever
    /// is on it.
    pub data: Result<BootstrapData, DecodeError>,
    /// The secure channel, where one was used.
    pub secure_channel: Option<Achieved>,
    /// What the card did that the standards would not have it do.
    pub quirks: Vec<ReadQuirk>,
}

/// A reading, and the logical channel it came over.
#[derive(Debug, Clone)]
pub struct CardReading {
    /// The channel the card gave. [`read_card`] has closed it again, a [`CardSession`] has not.
    pub channel: ChannelNumber,
    /// What was read.
    pub reading: Reading,
}

/// Reads a card from a transport: opens a logical channel, reads, closes it, also after an error.
///
/// Dropping the future half-way leaves the channel open on the card until that is reset. Where that
/// can happen, keep a [`CardSession`]: it remembers what is open.
///
/// # Errors
/// [`ReadError`]: what was being done, to which file, and what the card said.
pub async fn read_card<T: Transport, K: KeyDiversification>(
    transport: T,
    options: &mut ReadOptions<'_, K>,
) -> Result<CardReading, ReadError<LogicalChannelError<T::Error>>> {
    let mut session = CardSession::new(transport);
    let reading = session.read(options).await;
    // The reading stands whether or not the channel could be closed; a card that was pulled
    // meanwhile is the next exchange's to find.
    let _closed = session.close().await;
    reading
}

/// Reads a card over a channel that is open and stays so.
///
/// # Errors
/// [`ReadError`]: what was being done, to which file, and what the card said.
pub async fn read<C: CardChannel, K: KeyDiversification>(
    channel: C,
    options: &mut ReadOptions<'_, K>,
) -> Result<Reading, ReadError<C::Error>> {
    let (reading, _) = read_over(channel, options, &mut Rejected::none()).await?;
    Ok(reading)
}

/// What is left open after a reading.
struct LeftOpen {
    /// Where in the selected file the used bytes begin, when they can be read again.
    index: Option<u16>,
    session: Option<Box<Session>>,
}

async fn read_over<C: CardChannel, K: KeyDiversification>(
    channel: C,
    options: &mut ReadOptions<'_, K>,
    rejected: &mut Rejected,
) -> Result<(Reading, LeftOpen), ReadError<C::Error>> {
    let Located { mut files, iccid, application, fcp, object, mut quirks } =
        locate(channel, options, rejected).await?;
    let fetched = fetch::fetch(&mut files, &object, fcp, options, rejected).await?;
    quirks.extend(files.quirks().iter().map(ReadQuirk::Card));
    let (link, _) = files.split();
    let used = fetched.used;
    let reading = Reading {
        iccid,
        application,
        file: fetched.file,
        file_size: fetched.file_size,
        digest: Digest::of(&used),
        data: BootstrapData::from_used(&used),
        used,
        secure_channel: link.achieved(),
        quirks,
    };
    Ok((reading, LeftOpen { index: fetched.index, session: link.into_session() }))
}

/// The bootstrap object of a card, and what was learnt on the way to it.
struct Located<C> {
    files: CardFiles<Link<C>>,
    iccid: Iccid,
    application: Aid,
    /// Of the application.
    fcp: Option<Fcp>,
    object: BootstrapObject,
    quirks: Vec<ReadQuirk>,
}

async fn locate<C: CardChannel, K: KeyDiversification>(
    channel: C,
    options: &mut ReadOptions<'_, K>,
    rejected: &mut Rejected,
) -> Result<Located<C>, ReadError<C::Error>> {
    let mut quirks = Vec::new();
    let mut files = CardFiles::new(Link::Plain(channel));
    let iccid = files.iccid().await.map_err(ReadError::Identity)?;
    rejected.of(iccid);
    let listed = application::find(&mut files, &mut quirks).await?;
    let selected = files.select_application(&listed).await.map_err(application::not_found)?;
    if selected.life_cycle != LifeCycle::Active {
        return Err(ReadError::ApplicationDeactivated { application: listed });
    }
    let application = selected.fcp.and_then(|fcp| fcp.aid);
    let mut files = secure(files, application, options, rejected).await?;
    let object = directories::find_bootstrap_object(&mut files, &mut quirks).await?;
    let application = application.unwrap_or(listed);
    Ok(Located { files, iccid, application, fcp: selected.fcp, object, quirks })
}

/// Goes over to a secure channel, if one is wanted. Without the whole AID of the application a
/// challenge that the card computed from it cannot be checked, but everything else is.
async fn secure<C: CardChannel, K: KeyDiversification>(
    files: CardFiles<Link<C>>,
    application: Option<Aid>,
    options: &mut ReadOptions<'_, K>,
    rejected: &mut Rejected,
) -> Result<CardFiles<Link<C>>, ReadError<C::Error>> {
    match (files.split(), &mut options.secure_channel) {
        ((Link::Plain(channel), rest), Some(SecureChannelOptions { configuration, random })) => {
            if rejected.has_keys() {
                return Err(ReadError::KeysRejectedBefore);
            }
            let aid = application.as_ref().map(Aid::as_bytes);
            let opened = SecureChannel::open_in(channel, configuration, aid, random).await;
            match &opened {
                Ok(_) => rejected.keys(true),
                Err(error) if error.kind() == ErrorKind::Authentication => rejected.keys(false),
                Err(_) => {}
            }
            let channel = opened.map_err(ReadError::SecureChannel)?;
            Ok(rest.over(Link::Secure(channel)))
        }
        ((channel, rest), _) => Ok(rest.over(channel)),
    }
}

impl<K> fmt::Debug for ReadOptions<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("pin", &self.pin)
            .field("last_try", &self.last_try)
            .field("secure_channel", &self.secure_channel)
            .finish()
    }
}

impl<K> fmt::Debug for SecureChannelOptions<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureChannelOptions")
            .field("level", &self.configuration.level)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("iccid", &self.iccid)
            .field("application", &self.application)
            .field("file", &self.file)
            .field("file_size", &self.file_size)
            .field("used", &self.used.len())
            .field("digest", &self.digest)
            .field("data", &self.data)
            .field("secure_channel", &self.secure_channel)
            .field("quirks", &self.quirks)
            .finish()
    }
}
