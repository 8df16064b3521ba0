// SPDX-License-Identifier: Apache-2.0
//! `simstrap read`: bootstrap data on a card.

use simstrap_policy::Record;
use simstrap_policy::bootstrap_data::reader::CardReading;

use super::{Outcome, show};
use crate::args::ReadArgs;
use crate::card_access::{CardAccess, SAMPLE_NOTE};
use crate::device::state_dir;
use crate::error::Error;
use crate::format::Format;
use crate::terminal::FAINT;
use crate::view::{CardView, Decoding, FileView, Provenance, Stance};
use crate::{message, output, policy_file};

pub(super) fn run(args: &ReadArgs) -> Result<Outcome, Error> {
    let stance = stance(args)?;
    let mut card = CardAccess::open(&args.card)?;
    if card.is_default {
        announce_sample(args.show.format)?;
    }
    let (read, cost) = card.read()?;
    let CardReading { channel, reading } = read;
    let provenance = Provenance {
        card: Some(CardView {
            iccid: reading.iccid,
            transport: card.spec.to_string(),
            logical_channel: channel.to_u8(),
            secure_channel: reading.secure_channel,
        }),
        file: FileView::on_card(&reading),
        quirks: reading.quirks.iter().map(|quirk| quirk.name()).collect(),
        cost,
        scp03_keys: card.keys.as_ref().map(|configuration| &configuration.keys),
        stance: &stance,
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

/// The device that looks at the card: a new one, or one that keeps what it holds in a directory.
fn stance(args: &ReadArgs) -> Result<Stance, Error> {
    let stance = Stance::new(policy_file::read(args.policy.as_deref())?);
    let Some(path) = &args.state else { return Ok(stance) };
    let (device, record) = state_dir::look_into(path).map_err(Error::State)?;
    let record = match record.map(|bytes| Record::from_bytes(&bytes)).transpose() {
        Ok(record) => record,
        Err(error) => {
            // FT-02.
            message::warn(format_args!("the record counts as none: {error}"));
            None
        }
    };
    Ok(Stance { device, record: record.unwrap_or(stance.record), ..stance })
}

/// Says which card is read, and how to name another.
fn announce_sample(format: Format) -> Result<(), Error> {
    if format == Format::Table {
        output::print_styled(&format!("{FAINT}note: {SAMPLE_NOTE}{FAINT:#}\n"))
    } else {
        message::note(SAMPLE_NOTE);
        Ok(())
    }
}
