// SPDX-License-Identifier: Apache-2.0
//! Small files with keys or PINs.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::source::SourceError;

/// Reads a small text file that nobody else should be able to read, and warns when others can.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let file = File::open(path).map_err(SourceError::Io)?;
    warn_if_shared(path, &file);
    // Room for everything from the start: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(SourceError::Io)?;
    if bytes.len() > limit { Err(SourceError::TooLong { limit }) } else { Ok(bytes) }
}

#[cfg(unix)]
fn warn_if_shared(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt;

    use crate::message;
    use crate::source::{Origin, Stream};

    const GROUP_OR_OTHERS: u32 = 0o077;
    let mode = file.metadata().ok().filter(std::fs::Metadata::is_file);
    if mode.is_some_and(|metadata| metadata.permissions().mode() & GROUP_OR_OTHERS != 0) {
        let file = Origin::new(path, Stream::Input);
        message::warn(format_args!("{file} is open to other users: chmod 600 {file}"));
    }
}

#[cfg(not(unix))]
const fn warn_if_shared(_: &Path, _: &File) {}
