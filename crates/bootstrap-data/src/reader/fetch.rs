// SPDX-License-Identifier: Apache-2.0
//! Reading EF LwM2M_Bootstrap, as much of it as is in use.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use simstrap_scp03::KeyDiversification;
use simstrap_scp03::apdu::{CardChannel, CardFiles, Fcp, FileKind, LifeCycle, Path, StatusWord};

use super::directories::{BootstrapObject, BootstrapValue, missing, part_length, too_short};
use super::link::Link;
use super::pin;
use super::rejected::Rejected;
use super::{ReadError, ReadOptions};
use crate::file::{HEADER_LEN, MAX_FILE, used_length};
use crate::wiped::Wiped;

/// What was read of the bootstrap file.
pub(super) struct Fetched {
    pub(super) file: Path,
    pub(super) file_size: Option<usize>,
    pub(super) used: Bytes,
    /// Where in the file they begin, when the file is selected now and they are all there.
    pub(super) index: Option<u16>,
}

/// Reads the value of the bootstrap object, with a PIN where one is needed.
pub(super) async fn fetch<C: CardChannel, K: KeyDiversification>(
    files: &mut CardFiles<Link<C>>,
    object: &BootstrapObject,
    application: Option<Fcp>,
    options: &ReadOptions<'_, K>,
    rejected: &mut Rejected,
) -> Result<Fetched, ReadError<C::Error>> {
    let (path, index, length, named_in) = match &object.value {
        BootstrapValue::Direct { directory, value } => {
            let used = value.slice(..used_part(value).min(value.len()));
            return Ok(Fetched { file: *directory, file_size: None, used, index: None });
        }
        BootstrapValue::File { path, index, length, named_in } => {
            (*path, *index, *length, *named_in)
        }
    };
    // Boxed: few cards want a PIN, and finding out which one would make every reading larger.
    let mut verified = false;
    if object.private {
        let verify = pin::verify(files, object, application, None, options, rejected);
        verified = Box::pin(verify).await?;
    }
    let fcp = select(files, &path).await?;
    let size = fcp.and_then(|fcp| fcp.size);
    if let Some(size) = size.filter(|size| *size > MAX_FILE) {
        return Err(ReadError::TooLarge { file: path, size, max: MAX_FILE });
    }
    let (file, offset) = named_in;
    let available = part_length(index, length, size, MAX_FILE)
        .ok_or(ReadError::OutsideFile { file, offset })?;
    let part = Part { file: path, index, length: available, certain: size.is_some() };
    let used = match part.read(files).await {
        Err(ReadError::File(error)) if error.status() == Some(StatusWord::SECURITY_STATUS) => {
            if verified {
                return Err(ReadError::File(error));
            }
            let verify = pin::verify(files, object, application, fcp, options, rejected);
            if !Box::pin(verify).await? {
                return Err(ReadError::File(error));
            }
            select(files, &path).await?;
            part.read(files).await?
        }
        result => result?,
    };
    let whole = used.first_chunk().is_some_and(|header| used_length(*header) == used.len());
    let index = Some(index).filter(|_| whole);
    let used = Bytes::from_owner(used);
    Ok(Fetched { file: path, file_size: size, used, index })
}

/// Selects the bootstrap file and makes sure that it is one.
pub(super) async fn select<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    path: &Path,
) -> Result<Option<Fcp>, ReadError<C::Error>> {
    let selected = files.select(path).await.map_err(|error| missing(*path, error))?;
    if selected.life_cycle != LifeCycle::Active {
        return Err(ReadError::FileDeactivated { file: *path });
    }
    match selected.fcp {
        Some(Fcp { kind, .. }) if kind != FileKind::Transparent => {
            Err(ReadError::NotTransparent { file: *path, kind })
        }
        fcp => Ok(fcp),
    }
}

/// The part of a file that holds the data.
struct Part {
    file: Path,
    index: u16,
    /// The most bytes there are.
    length: usize,
    /// Whether there are as many, by what the card tells.
    certain: bool,
}

impl Part {
    /// The bytes in use, as the header at their front says: the first piece brings the header,
    /// then whatever is missing is read.
    async fn read<C: CardChannel>(
        &self,
        files: &mut CardFiles<Link<C>>,
    ) -> Result<Wiped, ReadError<C::Error>> {
        let carried = files.channel().max_response_data().max(HEADER_LEN);
        let mut first = Wiped(vec![0; self.length.min(carried)]);
        let read = self.read_at(files, 0, &mut first).await?;
        first.truncate(read);
        let used = used_part(&first).min(self.length);
        let mut content = first;
        if used > read {
            // As large as needed from the start: growing would leave a copy behind.
            let mut whole = Wiped(Vec::with_capacity(used));
            whole.extend_from_slice(&content);
            whole.resize(used, 0);
            let rest = whole.get_mut(read..).unwrap_or_default();
            let more = self.read_at(files, read, rest).await?;
            whole.truncate(read + more);
            content = whole;
        }
        content.truncate(used);
        let needed = used.max(self.length.min(HEADER_LEN));
        if self.certain && content.len() < needed {
            return Err(ReadError::File(too_short(self.file, content.len(), needed)));
        }
        Ok(content)
    }

    async fn read_at<C: CardChannel>(
        &self,
        files: &mut CardFiles<Link<C>>,
        position: usize,
        target: &mut [u8],
    ) -> Result<usize, ReadError<C::Error>> {
        let offset = usize::from(self.index) + position;
        let offset = u16::try_from(offset).unwrap_or(u16::MAX);
        files.read_binary(&self.file, offset, target).await.map_err(ReadError::File)
    }
}

/// The number of bytes in use by the header at the front, or all when there is no header.
fn used_part(content: &[u8]) -> usize {
    content.first_chunk::<HEADER_LEN>().map_or(content.len(), |header| used_length(*header))
}
