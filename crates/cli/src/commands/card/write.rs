// SPDX-License-Identifier: Apache-2.0
//! `simstrap card write`: bootstrap data to a card.

use simstrap_policy::bootstrap_data::BootstrapDataRef;
use simstrap_policy::bootstrap_data::reader::Digest;
use simstrap_policy::bootstrap_data::scp03::apdu::{LastTry, PinReference};
use simstrap_policy::bootstrap_data::writer::AdministrativePin;

use crate::args::CardWriteArgs;
use crate::card_access::CardAccess;
use crate::commands::{Outcome, encode};
use crate::error::Error;
use crate::source::{Origin, Stream};
use crate::{bootstrap_file, output, pin};

/// Writes, reads back, and says what was written. Data that is inconsistent is written all the
/// same, as `encode` encodes it.
pub(in crate::commands) fn run(args: &CardWriteArgs) -> Result<Outcome, Error> {
    let origin = Origin::new(&args.file, Stream::Input);
    let bytes = bootstrap_file::read(&args.file)?;
    let data = BootstrapDataRef::from_bytes(&bytes).map_err(|source| Error::Malformed {
        origin: origin.clone(),
        source,
        looks_like: None,
    })?;
    let adm = args.adm_pin_file.as_deref().map(pin::read_administrative).transpose()?;
    let last_try = if args.adm_last_try { LastTry::Use } else { LastTry::Keep };
    let reference = PinReference::ADM1;
    let adm = adm.as_ref().map(|value| AdministrativePin { reference, value, last_try });
    let mut card = CardAccess::open(&args.card)?;
    let (writing, cost) = card.write(&data, adm)?;
    card.note_sample();
    let outcome = encode::judge(data, &origin);
    output::print(&format!(
        "wrote {} bytes to file {} of card {} ({}), filled up to {}, and read them back\n\
         sha256 {}\n{} APDUs, {} bytes sent, {} received\n",
        writing.used,
        writing.file,
        writing.iccid,
        if writing.secure_channel.is_some() { "SCP03" } else { "in the clear" },
        writing.written,
        Digest::of(data.as_bytes()),
        cost.apdus,
        cost.bytes_sent,
        cost.bytes_received,
    ))?;
    Ok(outcome)
}
