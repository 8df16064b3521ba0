// SPDX-License-Identifier: Apache-2.0
//! `simstrap read`: bootstrap data on a card.

use simstrap_policy::bootstrap_data::reader::{
    CardReading, ReadOptions, SecureChannelOptions, read_card,
};
use simstrap_policy::bootstrap_data::scp03::apdu::{Cost, LastTry, Metered, Pin, blocking};
use simstrap_policy::bootstrap_data::scp03::{Configuration, StaticKeys, os_random};

use super::{Outcome, show};
use crate::args::ReadArgs;
use crate::card_spec::CardSpec;
use crate::error::Error;
use crate::format::Format;
use crate::terminal::FAINT;
use crate::view::{CardView, Decoding, FileView, Provenance};
use crate::{keys_file, message, output, pin};

pub(super) fn run(args: &ReadArgs) -> Result<Outcome, Error> {
    let card = match &args.card {
        Some(spec) => CardSpec::parse(spec).map_err(Error::CardSpec)?,
        None => CardSpec::Sample,
    };
    let keys = args.scp03.as_deref().map(keys_file::read).transpose()?;
    let pin = args.pin_file.as_deref().map(pin::read).transpose()?;
    let last_try = if args.pin_last_try { LastTry::Use } else { LastTry::Keep };
    if args.card.is_none() {
        announce_sample(args.show.format)?;
    }
    let (read, cost) = read(&card, keys.as_ref(), pin.as_ref(), last_try)?;
    let CardReading { channel, reading } = read;
    let provenance = Provenance {
        card: Some(CardView {
            iccid: reading.iccid.to_string(),
            transport: card.to_string(),
            logical_channel: channel.to_u8(),
            secure_channel: reading.secure_channel,
        }),
        file: FileView::on_card(&reading),
        quirks: reading.quirks.iter().map(|quirk| quirk.name()).collect(),
        cost,
        scp03_keys: keys.as_ref().map(|configuration| &configuration.keys),
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

/// Reads the card, and says what it cost.
fn read(
    card: &CardSpec,
    keys: Option<&Configuration<StaticKeys>>,
    pin: Option<&Pin>,
    last_try: LastTry,
) -> Result<(CardReading, Cost), Error> {
    let mut transport = Metered::new(card.open()?);
    let mut random = os_random;
    let secure_channel =
        keys.map(|configuration| SecureChannelOptions { configuration, random: &mut random });
    let mut options = ReadOptions { pin, last_try, secure_channel };
    let read =
        blocking::run(read_card(&mut transport, &mut options)).map_err(Error::NeverAnswers)?;
    Ok((read.map_err(Error::Card)?, transport.cost()))
}
