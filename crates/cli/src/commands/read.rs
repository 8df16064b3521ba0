// SPDX-License-Identifier: Apache-2.0
//! `simstrap read`: bootstrap data on a card.

use simstrap_policy::bootstrap_data::reader::CardReading;

use super::{Outcome, show};
use crate::args::ReadArgs;
use crate::card_access::CardAccess;
use crate::error::Error;
use crate::format::Format;
use crate::terminal::FAINT;
use crate::view::{CardView, Decoding, FileView, Provenance};
use crate::{message, output};

pub(super) fn run(args: &ReadArgs) -> Result<Outcome, Error> {
    let mut card = CardAccess::open(&args.card)?;
    if card.is_default {
        announce_sample(args.show.format)?;
    }
    let (read, cost) = card.read()?;
    let CardReading { channel, reading } = read;
    let provenance = Provenance {
        card: Some(CardView {
            iccid: reading.iccid.to_string(),
            transport: card.spec.to_string(),
            logical_channel: channel.to_u8(),
            secure_channel: reading.secure_channel,
        }),
        file: FileView::on_card(&reading),
        quirks: reading.quirks.iter().map(|quirk| quirk.name()).collect(),
        cost,
        scp03_keys: card.keys.as_ref().map(|configuration| &configuration.keys),
    };
    let data = match &reading.data {
        Ok(data) => data.as_ref(),
        Err(error) => {
            if args.show.format == Format::Raw {
                output::print_bytes(&reading.used)?;
            }
            return Err(Error::MalformedOnCard(*error));
        }
    };
    show::show(data, data.as_bytes(), provenance, Decoding::Strict, &args.show)
}

/// Says which card is read, and how to name another.
fn announce_sample(format: Format) -> Result<(), Error> {
    const SAMPLE: &str = "this is the built-in sample card; for another, --card virtual:CARD.toml";
    if format == Format::Table {
        output::print_styled(&format!("{FAINT}note: {SAMPLE}{FAINT:#}\n"))
    } else {
        message::note(SAMPLE);
        Ok(())
    }
}
