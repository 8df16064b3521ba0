// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data from a file: as the card has it, or described in a text.

use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::input::{self, MAX_DESCRIPTION};
use crate::source::{Origin, Stream};

/// The bytes for the card. A text is a description and gets encoded; anything else is taken as it
/// is, since a bootstrap file begins with the number of its objects, the high byte first, and so
/// with a byte that no text has.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let origin = Origin::new(path, Stream::Input);
    let bytes = origin
        .read(MAX_DESCRIPTION)
        .map_err(|source| Error::Source { origin: origin.clone(), source })?;
    if bytes.contains(&0) || std::str::from_utf8(&bytes).is_err() {
        return Ok(bytes);
    }
    let draft = input::read(&bytes, &origin, None)
        .map_err(|source| Error::Input { origin: origin.clone(), source })?;
    draft.encode().map_err(|source| Error::Encode { origin, source })
}
