// SPDX-License-Identifier: Apache-2.0
//! `simstrap decode`: bootstrap data in a file.

use simstrap_policy::bootstrap_data::reader::Digest;
use simstrap_policy::bootstrap_data::scp03::apdu::Cost;
use simstrap_policy::bootstrap_data::{BootstrapDataRef, MAX_FILE};

use super::{Outcome, show};
use crate::args::DecodeArgs;
use crate::error::{Error, LooksLike};
use crate::policy_file;
use crate::source::{Origin, Stream};
use crate::view::{Decoding, FileView, Provenance, Stance};

pub(super) fn run(args: &DecodeArgs) -> Result<Outcome, Error> {
    let stance = Stance::new(policy_file::read(args.policy.as_deref())?);
    let origin = Origin::new(&args.file, Stream::Input);
    let file =
        origin.read(MAX_FILE).map_err(|source| Error::Source { origin: origin.clone(), source })?;
    let mut deviations = Vec::new();
    let decoded = if args.lenient {
        BootstrapDataRef::from_bytes_lenient(&file, |deviation| deviations.push(deviation))
    } else {
        BootstrapDataRef::from_bytes(&file)
    };
    let data = decoded.map_err(|source| Error::Malformed {
        origin: origin.clone(),
        source,
        looks_like: looks_like(&file),
    })?;
    let used = data.as_bytes();
    let provenance = Provenance {
        card: None,
        file: FileView {
            path: args.file.to_string_lossy().into_owned(),
            size: Some(file.len()),
            used: used.len(),
            digest: Digest::of(used),
        },
        quirks: Vec::new(),
        cost: Cost::default(),
        scp03_keys: None,
        stance: &stance,
    };
    let decoding = if args.lenient { Decoding::Lenient(&deviations) } else { Decoding::Strict };
    show::show(data, &file, provenance, decoding, &args.show)
}

/// What a file is that is none with bootstrap data.
fn looks_like(file: &[u8]) -> Option<LooksLike> {
    let text = std::str::from_utf8(file).ok()?;
    let mut visible = text.chars().filter(|c| !c.is_ascii_whitespace()).peekable();
    if visible.peek().is_none() {
        Some(LooksLike::Empty)
    } else if visible.all(|c| c.is_ascii_hexdigit()) {
        Some(LooksLike::Hexadecimal)
    } else if text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace()) {
        Some(LooksLike::Description)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bootstrap_file_is_recognised() {
        assert_eq!(looks_like(b""), Some(LooksLike::Empty));
        assert_eq!(looks_like(b" \r\n"), Some(LooksLike::Empty));
        assert_eq!(looks_like(b"00 02 00 7a\n00AB"), Some(LooksLike::Hexadecimal));
        assert_eq!(looks_like(b"[0.1]\n0 = 'coap://x'"), Some(LooksLike::Description));
        assert_eq!(looks_like(b"\x00\x02\x00\x7a"), None);
        assert_eq!(looks_like(b"\xff\xff"), None);
    }
}
