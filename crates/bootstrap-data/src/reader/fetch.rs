// SPDX-License-Identifier: Apache-2.0
//! Reading EF LwM2M_Bootstrap, as much of it as is in use.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use simstrap_scp03::KeyDiversification;
use simstrap_scp03::apdu::{CardChannel, CardFiles, Fcp, FileKind, LifeCycle, Path, StatusWord};
use zeroize::Zeroizing;

use super::directories::{BootstrapObject, BootstrapValue, missing};
use super::link::Link;
use super::{ReadError, ReadOptions, pin};
use crate::file::{HEADER_LEN, MAX_FILE, used_length};

/// What was read of the bootstrap file.
pub(super) struct Fetched {
    pub(super) file: Path,
    pub(super) file_size: Option<usize>,
    pub(super) used: Bytes,
}

/// Reads the value of the bootstrap object, with a PIN where one is needed.
pub(super) async fn fetch<C: CardChannel, K: KeyDiversification>(
    files: &mut CardFiles<Link<C>>,
    object: &BootstrapObject,
    application: Option<Fcp>,
    options: &ReadOptions<'_, K>,
) -> Result<Fetched, ReadError<C::Error>> {
    let (path, index, length) = match &object.value {
        BootstrapValue::Direct { directory, value } => {
            let used = value.slice(..used_part(value).min(value.len()));
            return Ok(Fetched { file: *directory, file_size: None, used });
        }
        BootstrapValue::File { path, index, length } => (*path, *index, *length),
    };
    let mut verified = false;
    if object.private {
        verified = pin::verify(files, object, application, None, options).await?;
    }
    let fcp = select(files, &path).await?;
    let size = fcp.and_then(|fcp| fcp.size);
    let part = Part::new(path, index, length, size)?;
    let used = match part.read(files).await {
        Err(ReadError::File(error)) if error.status() == Some(StatusWord::SECURITY_STATUS) => {
            if verified || !pin::verify(files, object, application, fcp, options).await? {
                return Err(ReadError::File(error));
            }
            select(files, &path).await?;
            part.read(files).await?
        }
        result => result?,
    };
    let used = Bytes::from_owner(used);
    Ok(Fetched { file: path, file_size: size, used })
}

/// Selects the bootstrap file and makes sure that it is one.
async fn select<C: CardChannel>(
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
}

impl Part {
    fn new<E>(
        file: Path,
        index: u16,
        length: Option<u16>,
        size: Option<usize>,
    ) -> Result<Self, ReadError<E>> {
        if let Some(size) = size.filter(|size| *size > MAX_FILE) {
            return Err(ReadError::TooLarge { file, size, max: MAX_FILE });
        }
        let rest = size.unwrap_or(MAX_FILE).saturating_sub(usize::from(index));
        let length = length.map_or(rest, |length| usize::from(length).min(rest));
        Ok(Self { file, index, length })
    }

    /// The bytes in use, as the header at their front says: the first piece brings the header,
    /// then whatever is missing is read.
    async fn read<C: CardChannel>(
        &self,
        files: &mut CardFiles<Link<C>>,
    ) -> Result<Zeroizing<Vec<u8>>, ReadError<C::Error>> {
        let piece = self.length.min(files.channel().max_response_data());
        let mut first = Zeroizing::new(vec![0; piece]);
        let read = self.read_at(files, 0, &mut first).await?;
        first.truncate(read);
        let used = used_part(&first).min(self.length);
        if used <= read || read < piece {
            first.truncate(used);
            return Ok(first);
        }
        // As large as needed from the start: growing would leave a copy behind.
        let mut content = Zeroizing::new(Vec::with_capacity(used));
        content.extend_from_slice(&first);
        content.resize(used, 0);
        let rest = content.get_mut(read..).unwrap_or_default();
        let more = self.read_at(files, read, rest).await?;
        content.truncate(read + more);
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
