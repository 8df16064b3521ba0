// SPDX-License-Identifier: Apache-2.0
//! From EF ODF over EF DODF to the bootstrap object (LwM2M TS Core App. G.2, G.3).

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use simstrap_scp03::SecureChannelError;
use simstrap_scp03::apdu::{
    CardChannel, CardFiles, FileError, FileName, Path, StatusWord, WellKnownFile,
};

use super::link::Link;
use super::{ReadError, ReadQuirk};
use crate::pkcs15::{
    DataObject, DataObjects, DataValue, Directories, DirectoryError, DirectoryKind,
    DirectoryTarget, FilePath, OidEncoding,
};
use crate::wiped::Wiped;

/// The largest directory file in bytes: dozens of entries.
pub const MAX_DIRECTORY: usize = 2048;

/// The most directories of data objects looked into.
pub const MAX_DIRECTORIES: usize = 8;

/// The bootstrap object a directory leads to.
pub(super) struct BootstrapObject {
    /// Where its value is.
    pub(super) value: BootstrapValue,
    /// Whether a PIN is needed.
    pub(super) private: bool,
    /// Which authentication object guards it.
    pub(super) auth_id: Option<Vec<u8>>,
    /// The directories of authentication objects.
    pub(super) authentication: Vec<Path>,
}

/// Where the value is.
pub(super) enum BootstrapValue {
    /// In a file, or in a part of it; and where that stands.
    File { path: Path, index: u16, length: Option<u16>, named_in: (Path, usize) },
    /// In the directory itself.
    Direct { directory: Path, value: Bytes },
}

/// Reads EF ODF and the directories it lists, in the order of their priority, up to the first
/// that holds a bootstrap object.
pub(super) async fn find_bootstrap_object<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    quirks: &mut Vec<ReadQuirk>,
) -> Result<BootstrapObject, ReadError<C::Error>> {
    let odf = WellKnownFile::ODF.path;
    let mut content = Wiped(vec![0; MAX_DIRECTORY]);
    let length = files
        .read_well_known(&WellKnownFile::ODF, &mut content)
        .await
        .map_err(|error| missing(odf, error))?;
    if length == 0 {
        return Err(ReadError::File(too_short(odf, length, 1)));
    }
    content.truncate(length);
    let malformed = |source| ReadError::Directory { file: odf, source };
    let authentication = authentication_directories(&content).map_err(malformed)?;
    let mut last_error = None;
    let mut directories = Directories::new(&content)
        .filter(|d| d.as_ref().map_or(true, |d| d.kind == DirectoryKind::DataObjects));
    for directory in directories.by_ref().take(MAX_DIRECTORIES) {
        let found = match directory.map_err(malformed)?.target {
            DirectoryTarget::Inline(inline) => {
                bootstrap_object(DataObjects::inline(&inline), odf, quirks)
            }
            DirectoryTarget::File(path) => in_file(files, odf, &path, quirks).await,
        };
        match found {
            Ok(Some(object)) => return Ok(BootstrapObject { authentication, ..object }),
            Ok(None) => quirks.push(ReadQuirk::UselessDirectory),
            // The next directory may do, if the card itself is in order.
            Err(error) if error.concerns_one_directory() => {
                quirks.push(ReadQuirk::UselessDirectory);
                // That something is unreadable weighs more than that something is missing.
                if matches!(last_error, None | Some(ReadError::NoFile { .. })) {
                    last_error = Some(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    // What was not looked into may hold it: that there is no data would not be certain (CR-09).
    let more = directories.next().is_some();
    match last_error {
        None | Some(ReadError::NoFile { .. }) if more => Err(ReadError::DirectoryList),
        error => Err(error.unwrap_or(ReadError::NoBootstrapObject)),
    }
}

/// Reads a directory of data objects and looks for the bootstrap object in it.
async fn in_file<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    odf: Path,
    path: &FilePath<'_>,
    quirks: &mut Vec<ReadQuirk>,
) -> Result<Option<BootstrapObject>, ReadError<C::Error>> {
    let dodf = path_of(odf, path)?;
    let content = read_directory(files, &dodf, path, odf).await?;
    bootstrap_object(DataObjects::new(&content), dodf, quirks)
}

/// The content of a directory file, or of the part of it that a path in file `from` cuts out; of
/// a larger one its beginning.
pub(super) async fn read_directory<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    file: &Path,
    part: &FilePath<'_>,
    from: Path,
) -> Result<Wiped, ReadError<C::Error>> {
    let selected = files.select(file).await.map_err(|error| missing(*file, error))?;
    let size = selected.fcp.and_then(|fcp| fcp.size);
    let length = part_length(part.index, part.length, size, MAX_DIRECTORY)
        .ok_or(ReadError::OutsideFile { file: from, offset: part.offset })?
        .min(MAX_DIRECTORY);
    let mut content = Wiped(vec![0; length]);
    let read = files
        .read_binary(file, part.index, &mut content)
        .await
        .map_err(|error| missing(*file, error))?;
    if size.is_some() && read < length {
        return Err(ReadError::File(too_short(*file, read, length)));
    }
    content.truncate(read);
    Ok(content)
}

/// The bytes of a file from `index` on, or `length` of them; `None` when they are not there. When
/// the card does not tell the size, it is taken to be `max`.
pub(super) fn part_length(
    index: u16,
    length: Option<u16>,
    size: Option<usize>,
    max: usize,
) -> Option<usize> {
    let rest = size.unwrap_or(max).checked_sub(usize::from(index))?;
    match length.map(usize::from) {
        Some(length) if length > rest && size.is_some() => None,
        Some(length) => Some(length.min(rest)),
        None => Some(rest),
    }
}

/// A file that ends before its size: it was not read whole, whatever it holds.
pub(super) const fn too_short<E>(file: Path, length: usize, needed: usize) -> FileError<E> {
    FileError::ShortFile { file: FileName::File(file), length, needed }
}

/// The first bootstrap object among data objects.
fn bootstrap_object<E>(
    mut objects: DataObjects<'_>,
    directory: Path,
    quirks: &mut Vec<ReadQuirk>,
) -> Result<Option<BootstrapObject>, ReadError<E>> {
    let found = objects.find_map(|object| match object {
        Ok(object) => object.bootstrap_oid().map(|encoding| Ok((object, encoding))),
        Err(source) => Some(Err(ReadError::Directory { file: directory, source })),
    });
    let Some((object, encoding)) = found.transpose()? else { return Ok(None) };
    if encoding == OidEncoding::Double {
        quirks.push(ReadQuirk::DoubleEncodedOid);
    }
    let DataObject { value, private, auth_id, .. } = object;
    let value = match value {
        DataValue::File(path) => BootstrapValue::File {
            path: path_of(directory, &path)?,
            index: path.index,
            length: path.length,
            named_in: (directory, path.offset),
        },
        DataValue::Direct(value) => {
            let value = Bytes::from_owner(Wiped(Vec::from(value)));
            BootstrapValue::Direct { directory, value }
        }
        DataValue::Unsupported => return Err(ReadError::UnsupportedValue { file: directory }),
    };
    let auth_id = auth_id.map(Vec::from);
    Ok(Some(BootstrapObject { value, private, auth_id, authentication: Vec::new() }))
}

/// The directories of PINs that EF ODF lists.
fn authentication_directories(odf: &[u8]) -> Result<Vec<Path>, DirectoryError> {
    let mut paths = Vec::new();
    for directory in Directories::new(odf) {
        let directory = directory?;
        if let (DirectoryKind::AuthenticationObjects, DirectoryTarget::File(path)) =
            (directory.kind, directory.target)
        {
            paths.extend(Path::from_bytes(path.path));
        }
    }
    paths.truncate(MAX_DIRECTORIES);
    Ok(paths)
}

/// A path for the card's commands.
fn path_of<E>(directory: Path, path: &FilePath<'_>) -> Result<Path, ReadError<E>> {
    Path::from_bytes(path.path)
        .ok_or(ReadError::OutsideFile { file: directory, offset: path.offset })
}

/// A file on the way to the data that is not there means that there is no data.
pub(super) fn missing<E>(file: Path, error: FileError<SecureChannelError<E>>) -> ReadError<E> {
    match error.status() {
        Some(StatusWord::FILE_NOT_FOUND) => ReadError::NoFile { file },
        _ => ReadError::File(error),
    }
}
