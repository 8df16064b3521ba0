// SPDX-License-Identifier: Apache-2.0
//! `simstrap encode`: a bootstrap file from a description.

use simstrap_policy::bootstrap_data::reader::Digest;
use simstrap_policy::bootstrap_data::scp03::apdu::Cost;
use simstrap_policy::bootstrap_data::{BootstrapDataRef, MAX_FILE};
use zeroize::Zeroizing;

use super::{Outcome, show};
use crate::args::EncodeArgs;
use crate::error::Error;
use crate::input::{self, MAX_DESCRIPTION};
use crate::output::{self, Existing};
use crate::source::{Origin, Stream};
use crate::view::{Decoding, FileView, Provenance, Secrets, Stance, View};

pub(super) fn run(args: &EncodeArgs) -> Result<Outcome, Error> {
    let origin = Origin::new(&args.file, Stream::Input);
    let description = origin
        .read(MAX_DESCRIPTION)
        .map_err(|source| Error::Source { origin: origin.clone(), source })?;
    let draft = input::read(&description, &origin, args.from)
        .map_err(|source| Error::Input { origin: origin.clone(), source })?;
    let encoded =
        draft.encode().map_err(|source| Error::Encode { origin: origin.clone(), source })?;
    let data = BootstrapDataRef::from_bytes(&encoded)
        .map_err(|source| Error::Invalid { origin: origin.clone(), source })?;
    let file = padded(&encoded, args.size)?;
    match Origin::new(&args.output, Stream::Output) {
        Origin::Standard(_) => output::print_bytes(&file)?,
        Origin::File(path) => output::write_file(&path, &file, Existing::Replace)?,
    }
    Ok(judge(data, &origin))
}

/// Tells what is wrong with the data.
pub(super) fn judge(data: BootstrapDataRef<'_>, origin: &Origin) -> Outcome {
    let used = data.as_bytes();
    let provenance = Provenance {
        card: None,
        file: FileView {
            path: origin.as_argument(),
            size: None,
            used: used.len(),
            digest: Digest::of(used),
        },
        quirks: Vec::new(),
        cost: Cost::default(),
        scp03_keys: None,
        stance: &Stance::default(),
    };
    let view = View::of(data, provenance, Secrets::Redacted, Decoding::Strict);
    show::report_findings(&view);
    show::outcome(&view)
}

/// The data, filled up with FF to the size of the file on the card.
fn padded(encoded: &[u8], size: Option<usize>) -> Result<Zeroizing<Vec<u8>>, Error> {
    const PADDING: u8 = 0xFF;
    let length = encoded.len();
    let size = match size {
        Some(size) if size > MAX_FILE => return Err(Error::SizeTooLarge { size, max: MAX_FILE }),
        Some(size) if size < length => return Err(Error::SizeTooSmall { length, size }),
        size => size.unwrap_or(length),
    };
    let padding = std::iter::repeat(PADDING);
    Ok(Zeroizing::new(encoded.iter().copied().chain(padding).take(size).collect()))
}
