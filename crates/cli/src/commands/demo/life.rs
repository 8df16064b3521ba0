// SPDX-License-Identifier: Apache-2.0
//! What happens in the demo, step by step.

use simstrap_policy::bootstrap_data::reader::{
    CardReading, ReadOptions, Reading, SecureChannelOptions, read_card,
};
use simstrap_policy::bootstrap_data::scp03::apdu::{Cost, Instruction, LastTry, Metered, blocking};
use simstrap_policy::bootstrap_data::scp03::{Configuration, StaticKeys, os_random};
use simstrap_virtual_card::{Exchange, SharedCard, VirtualCard};

use super::story::Story;
use crate::card_transport::CardTransport;
use crate::error::Error;
use crate::format::table;
use crate::view::{Decoding, FileView, Provenance, Secrets, View};

/// A step and how it is told.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) play: fn(&mut Life, &mut Story) -> Result<(), Error>,
}

/// The steps, in the order of the life.
pub(super) const STEPS: [Step; 6] = [
    Step { title: "The device boots and finds a card", play: boot },
    Step { title: "It looks for bootstrap data", play: find_application },
    Step { title: "It opens a secure channel", play: secure },
    Step { title: "It reads the data", play: read_data },
    Step { title: "It decides what to use", play: decide },
    Step { title: "What it cost", play: count },
];

/// What went on between a card and a device, and what the device knows of it.
pub(super) struct Life {
    exchanges: Vec<Exchange>,
    keys: Option<Configuration<StaticKeys>>,
    read: CardReading,
    cost: Cost,
}

impl Life {
    /// A device that boots with a card in it, reads it and remembers what it read; through a
    /// secure channel, if it has keys for that.
    pub(super) fn begin(
        card: VirtualCard,
        keys: Option<Configuration<StaticKeys>>,
    ) -> Result<Self, Error> {
        let mut random = os_random;
        let secure_channel = keys
            .as_ref()
            .map(|configuration| SecureChannelOptions { configuration, random: &mut random });
        let mut options = ReadOptions { pin: None, last_try: LastTry::Keep, secure_channel };
        let card = SharedCard::new(card);
        let mut transport = Metered::new(CardTransport::from(card.clone()));
        let read = blocking::run(read_card(&mut transport, &mut options));
        let read = read.map_err(Error::NeverAnswers)?.map_err(Error::Card)?;
        let cost = transport.cost();
        let exchanges = card.lock().log().to_vec();
        Ok(Self { exchanges, keys, read, cost })
    }

    fn reading(&self) -> &Reading {
        &self.read.reading
    }

    /// The exchanges of a part of the reading.
    fn exchanges(&self, part: Part) -> &[Exchange] {
        let exchanges = &self.exchanges;
        let end_of = |instruction: Instruction| {
            let is = |exchange: &Exchange| exchange.command.get(1) == Some(&instruction.0);
            exchanges.iter().position(is).map_or(0, |index| index + 1)
        };
        let identified = end_of(Instruction::READ_BINARY);
        let selected = end_of(Instruction::SELECT).max(identified);
        let secured = end_of(Instruction::EXTERNAL_AUTHENTICATE).max(selected);
        let part = match part {
            Part::Identity => 0..identified,
            Part::Application => identified..selected,
            Part::SecureChannel => selected..secured,
            Part::Data => secured..exchanges.len(),
        };
        exchanges.get(part).unwrap_or_default()
    }
}

/// A part of reading a card.
#[derive(Debug, Clone, Copy)]
enum Part {
    Identity,
    Application,
    SecureChannel,
    Data,
}

fn boot(life: &mut Life, story: &mut Story) -> Result<(), Error> {
    story.paragraph(
        "It asks the card for a logical channel of its own, because the basic channel belongs to \
         the modem, and reads who the card is (EF ICCID).",
    );
    story.exchanges(life.exchanges(Part::Identity));
    story.paragraph(&format!(
        "The card gives it channel {}, and its serial number: ICCID {}. From now on the device \
         can tell this card from any other.",
        life.read.channel,
        life.reading().iccid
    ));
    Ok(())
}

fn find_application(life: &mut Life, story: &mut Story) -> Result<(), Error> {
    story.paragraph(
        "EF DIR lists the applications of the card, one in each record. LwM2M bootstrap data is \
         found through the PKCS#15 application.",
    );
    story.exchanges(life.exchanges(Part::Application));
    let application = life.reading().application;
    story.paragraph(&format!("There is one, and it is selected: {application}."));
    Ok(())
}

fn secure(life: &mut Life, story: &mut Story) -> Result<(), Error> {
    let Some(achieved) = life.reading().secure_channel else {
        story.paragraph("The device has no keys for one, so it reads in the clear.");
        return Ok(());
    };
    story.paragraph(
        "Device and card prove to each other that they hold the same keys, without sending them \
         (GlobalPlatform SCP03). On this card they are the published test keys.",
    );
    story.exchanges(life.exchanges(Part::SecureChannel));
    story.paragraph(&format!(
        "Open: {}. From here on commands and responses are encrypted, and any altered bit ends \
         the session.",
        table::secure_channel_text(&achieved)
    ));
    Ok(())
}

fn read_data(life: &mut Life, story: &mut Story) -> Result<(), Error> {
    let Reading { file, used, digest, .. } = life.reading();
    story.paragraph(&format!(
        "Two directory files, EF ODF and EF DODF, lead to the file with the data, {file}. When it \
         is read, the channel is closed."
    ));
    story.exchanges(life.exchanges(Part::Data));
    story.paragraph(&format!("{} bytes are in use, with SHA-256", used.len()));
    story.paragraph(&digest.to_string());
    story.paragraph(
        "With these 32 bytes the device will know at any later time whether the data on the card \
         has changed.",
    );
    Ok(())
}

fn decide(life: &mut Life, story: &mut Story) -> Result<(), Error> {
    let reading = life.reading();
    let data = reading.data.as_ref().map_err(|error| Error::MalformedOnCard(*error))?;
    let provenance = Provenance {
        card: None,
        file: FileView::on_card(reading),
        quirks: Vec::new(),
        cost: life.cost,
        scp03_keys: life.keys.as_ref().map(|configuration| &configuration.keys),
    };
    let view = View::of(data.as_ref(), provenance, Secrets::Redacted, Decoding::Strict);
    story.paragraph(
        "The data is decoded, strictly, and checked against the rules of LwM2M. The default \
         policy applies whatever is in order.",
    );
    let page = story.page();
    story.block(&(table::accounts(&view, page) + &table::findings(&view.findings, page)));
    story.paragraph("simstrap read shows all of the data.");
    Ok(())
}

fn count(life: &mut Life, story: &mut Story) -> Result<(), Error> {
    story.paragraph(&format!("{}.", table::cost_text(life.cost)));
    Ok(())
}
