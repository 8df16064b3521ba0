// SPDX-License-Identifier: Apache-2.0
//! What happens in the demo, step by step.

use simstrap_policy::Policy;
use simstrap_policy::bootstrap_data::BootstrapData;
use simstrap_policy::bootstrap_data::reader::{CardReading, Reading, read_card};
use simstrap_policy::bootstrap_data::scp03::apdu::{Cost, Instruction, LastTry, Metered, blocking};
use simstrap_policy::bootstrap_data::scp03::{Configuration, StaticKeys, os_random};
use simstrap_virtual_card::{Exchange, SharedCard};

use super::data;
use super::device::DemoDevice;
use super::server::LocalServer;
use super::story::Story;
use crate::card_access::read_options;
use crate::card_transport::CardTransport;
use crate::error::Error;
use crate::format::table;
use crate::view::{Decoding, FileView, Provenance, Secrets, Stance, View};

/// A step and how it is told.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) play: fn(&mut Life<'_>, &mut Story) -> Result<(), Error>,
}

/// The steps, in the order of the life.
pub(super) const STEPS: [Step; 13] = [
    Step { title: "The device boots and finds a card", play: boot },
    Step { title: "It looks for bootstrap data", play: find_application },
    Step { title: "It opens a secure channel", play: secure },
    Step { title: "It reads the data", play: read_data },
    Step { title: "It decides what to use", play: decide },
    Step { title: "It applies the data and registers", play: apply },
    Step { title: "The registration has to be updated", play: update },
    Step { title: "The operator adds a server, over the air", play: add_server },
    Step { title: "The key of the first server changes", play: change_key },
    Step { title: "The card is pulled", play: pull },
    Step { title: "Another card is put in", play: swap },
    Step { title: "A server that is really there", play: register },
    Step { title: "What it cost", play: count },
];

/// A card and a device, and what goes on between them.
pub(super) struct Life<'d> {
    pub(super) card: SharedCard,
    pub(super) keys: Option<&'d StaticKeys>,
    pub(super) look: Look,
    pub(super) device: DemoDevice<'d>,
    /// What it cost to look at a card that is unchanged.
    pub(super) recheck: Cost,
}

/// A look at the card, exchange by exchange: what the client will do by itself.
pub(super) struct Look {
    exchanges: Vec<Exchange>,
    read: CardReading,
    cost: Cost,
}

impl Look {
    /// Reads the card; through a secure channel, if there are keys for that.
    pub(super) fn take(
        card: &SharedCard,
        keys: Option<&Configuration<StaticKeys>>,
    ) -> Result<Self, Error> {
        let mut random = os_random;
        let mut options = read_options(keys, None, LastTry::Keep, &mut random);
        let mut transport = Metered::new(CardTransport::from(card.clone()));
        let read = blocking::run(read_card(&mut transport, &mut options));
        let read = read.map_err(Error::NeverAnswers)?.map_err(Error::Card)?;
        let cost = transport.cost();
        let exchanges = card.lock().log().to_vec();
        Ok(Self { exchanges, read, cost })
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

fn boot(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    story.paragraph(
        "It asks the card for a logical channel of its own, because the basic channel belongs to \
         the modem, and reads who the card is (EF ICCID).",
    );
    story.exchanges(life.look.exchanges(Part::Identity));
    story.paragraph(&format!(
        "The card gives it channel {}, and its serial number: ICCID {}. From now on the device \
         can tell this card from any other.",
        life.look.read.channel,
        life.look.reading().iccid
    ));
    Ok(())
}

fn find_application(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    story.paragraph(
        "EF DIR lists the applications of the card, one in each record. LwM2M bootstrap data is \
         found through the PKCS#15 application.",
    );
    story.exchanges(life.look.exchanges(Part::Application));
    let application = life.look.reading().application;
    story.paragraph(&format!("There is one, and it is selected: {application}."));
    Ok(())
}

fn secure(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    let Some(achieved) = life.look.reading().secure_channel else {
        story.paragraph("The device has no keys for one, so it reads in the clear.");
        return Ok(());
    };
    story.paragraph(
        "Device and card prove to each other that they hold the same keys, without sending them \
         (GlobalPlatform SCP03). On this card they are the published test keys.",
    );
    story.exchanges(life.look.exchanges(Part::SecureChannel));
    story.paragraph(&format!(
        "Open: {}. From here on commands and responses are encrypted, and any altered bit ends \
         the session.",
        table::secure_channel_text(&achieved)
    ));
    Ok(())
}

fn read_data(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    let Reading { file, used, digest, .. } = life.look.reading();
    story.paragraph(&format!(
        "Two directory files, EF ODF and EF DODF, lead to the file with the data, {file}."
    ));
    story.exchanges(life.look.exchanges(Part::Data));
    story.paragraph(&format!("{} bytes are in use, with SHA-256", used.len()));
    story.paragraph(&digest.to_string());
    story.paragraph(
        "With these 32 bytes the device will know at any later time whether the data on the card \
         has changed.",
    );
    Ok(())
}

fn decide(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    let reading = life.look.reading();
    let data = reading.data.as_ref().map_err(|error| Error::MalformedOnCard(*error))?;
    let provenance = Provenance {
        card: None,
        file: FileView::on_card(reading),
        quirks: Vec::new(),
        cost: life.look.cost,
        scp03_keys: life.keys,
        stance: &Stance::default(),
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

fn apply(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    let happened = life.device.start()?;
    story.paragraph(
        "From here on the client is in charge. It looks at the card by itself, as above, writes \
         what it decided to use into the objects of the device, and registers.",
    );
    story.happenings(&happened.narrations);
    Ok(())
}

fn update(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    let happened = life.device.update(1)?;
    life.recheck = cost_of(&happened.exchanges);
    story.paragraph(
        "Before each Register and each Update with a server from the card, the device makes sure \
         that the card is there and its data the same. It has left the secure channel open, and \
         reads the file again, no more.",
    );
    story.exchanges(&happened.exchanges);
    story.happenings(&happened.narrations);
    Ok(())
}

fn add_server(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    ota(life, &data::with_a_second_server()?)?;
    let happened = life.device.hint()?;
    story.paragraph(
        "The modem passes on a REFRESH, so the device looks at once. The first server is as it \
         was: its session goes on.",
    );
    story.happenings(&happened.narrations);
    Ok(())
}

fn change_key(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    ota(life, &data::with_another_key()?)?;
    let happened = life.device.update(1)?;
    story.paragraph(
        "This time nobody says so. The look before the next Update finds it: the account is \
         disabled and its session closed, the new one applied, and the device registers anew. The \
         second server notices nothing.",
    );
    story.happenings(&happened.narrations);
    Ok(())
}

fn pull(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    life.card.lock().remove();
    let happened = life.device.update(2)?;
    story.paragraph(
        "The next Update would be with the second server. But there is no card: everything that \
         came from it is deleted, and the device falls back on what the factory gave it.",
    );
    story.happenings(&happened.narrations);
    Ok(())
}

fn swap(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    life.card.lock().replace(data::another_card()?);
    let happened = life.device.hint()?;
    story.paragraph(
        "It has another number and other data, and is processed as new. The server of the factory \
         did not come from a card, and stays.",
    );
    story.happenings(&happened.narrations);
    Ok(())
}

fn register(_: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    let servers = [LocalServer::start()?, LocalServer::start()?];
    let data = |server: &LocalServer| data::with_server_at(&server.uri());
    let card = SharedCard::new(data::another_card()?);
    let over_the_air =
        |data: BootstrapData| card.lock().update_bootstrap_data(data.bytes()).map_err(Error::Ota);
    let [first, second] = &servers;
    over_the_air(data(first)?)?;
    story.paragraph(
        "So far the servers were only talked about. On this card is the address of a tiny one, \
         which the demo has started on the loopback interface, and the device registers by CoAP.",
    );
    let policy = Policy::default();
    let mut device = DemoDevice::networked(&policy, card.clone())?;
    story.happenings(&device.start()?.narrations);
    story.happenings(&device.update(1)?.narrations);
    over_the_air(data(second)?)?;
    let moved = device.update(1)?;
    story.block("");
    story.paragraph("The operator gives it another server, which the next Update finds out.");
    story.happenings(&moved.narrations);
    card.lock().remove();
    let pulled = device.update(1)?;
    story.block("");
    story.paragraph("The card is pulled.");
    story.happenings(&pulled.narrations);
    story.block("");
    for (name, server) in ["first", "second"].iter().zip(servers) {
        story.paragraph(&format!("What the {name} server was asked:"));
        server.heard().lines().for_each(|line| story.paragraph(line));
    }
    Ok(())
}

fn count(life: &mut Life<'_>, story: &mut Story) -> Result<(), Error> {
    story.paragraph(&format!("The whole way to the data: {}.", table::cost_text(life.look.cost)));
    story.paragraph(&format!("The look before an Update: {}.", table::cost_text(life.recheck)));
    story.paragraph("simstrap run plays such a device for as long as you like.");
    Ok(())
}

/// Changes the data on the card, as an operator does over the air.
fn ota(life: &Life<'_>, data: &BootstrapData) -> Result<(), Error> {
    life.card.lock().update_bootstrap_data(data.bytes()).map_err(Error::Ota)
}

/// What exchanges cost that all went well.
fn cost_of(exchanges: &[Exchange]) -> Cost {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let answered = |exchange: &Exchange| exchange.response.as_ref().map_or(0, Vec::len);
    Cost {
        apdus: count(exchanges.len()),
        bytes_sent: exchanges.iter().map(|exchange| count(exchange.command.len())).sum(),
        bytes_received: exchanges.iter().map(|exchange| count(answered(exchange))).sum(),
    }
}
