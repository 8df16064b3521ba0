// SPDX-License-Identifier: Apache-2.0
//! `simstrap run`: a device that lives with a card, until it is stopped.

mod hints;
mod lines;
mod stopping;

use std::io::{self, IsTerminal};
use std::path::Path;

use simstrap_client::Driver;
use simstrap_policy::Policy;
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_policy::bootstrap_data::scp03::os_random;

use super::Outcome;
use crate::args::RunArgs;
use crate::card_access::{CardAccess, read_options};
use crate::device::{
    Counted, Device, DeviceHost, FactoryData, HostOptions, LogUplink, Mailbox, Narration, Narrator,
    RecordStore, StateDir, Uplink,
};
use crate::error::Error;
use crate::network::{Network, NetworkOptions};
use crate::{bootstrap_file, message, output, policy_file};
use lines::Hands;

pub(super) fn run(args: &RunArgs) -> Result<Outcome, Error> {
    let plans = Plans {
        policy: policy_file::read(args.policy.as_deref())?,
        factory: args.factory.as_deref().map(factory).transpose()?,
    };
    let card = CardAccess::open(&args.card)?;
    let (device, store) = device(args)?;
    card.note_sample();
    if io::stdin().is_terminal() {
        message::note("type help for what can be made to happen, Ctrl-C to stop");
    }
    let narrator = Narrator::printing(args.format);
    narrator.tell(&Narration::Started {
        endpoint: args.endpoint.clone(),
        card: card.spec.to_string(),
        state: args.state.as_ref().map(|path| path.display().to_string()),
        instances: device.contents().iter().count(),
    });
    if args.dry_run {
        let uplink = LogUplink::new(args.endpoint.clone(), narrator.clone());
        live(args.once, plans, card, (device, store), uplink, narrator)
    } else {
        let options = NetworkOptions::named(args.endpoint.clone(), args.lwm2m);
        let uplink = Network::new(options, narrator.clone());
        live(args.once, plans, card, (device, store), uplink, narrator)
    }
}

/// What a device is to do.
struct Plans {
    policy: Policy,
    factory: Option<FactoryData>,
}

/// Lives until it is stopped.
fn live(
    once: bool,
    plans: Plans,
    card: CardAccess,
    (device, store): (Device, RecordStore),
    uplink: impl Uplink,
    narrator: Narrator,
) -> Result<Outcome, Error> {
    let CardAccess { transport, keys, pin, last_try, .. } = card;
    let Plans { policy, factory } = plans;
    let hands = Hands::on(transport.virtual_card(), narrator.clone());
    let mailbox = Mailbox::new();
    stopping::listen(&mailbox)?;
    lines::listen(&mailbox);
    hints::listen(&mailbox, transport.modem());
    let transport = Counted::new(transport);
    let exchanges = transport.exchanges();
    let told = narrator.clone();
    let options = HostOptions { narrator, factory, exchanges, once };
    let host = DeviceHost::new(device, uplink, hands, mailbox, options);

    let mut random = os_random;
    let options = read_options(keys.as_ref(), pin.as_ref(), last_try, &mut random);
    let driver = Driver::load(&policy, transport, options, host, store);
    let mut driver = blocking::run(driver).map_err(Error::NeverAnswers)?.map_err(Error::Record)?;
    let ran = blocking::run(driver.run()).map_err(Error::NeverAnswers);
    let host = driver.host();
    let (registered, unreadable) = (host.is_registered(), host.is_card_unreadable());
    host.take_leave();
    ran?;
    if let Some(failure) = told.take_failure() {
        return Err(output::to_standard_output(failure));
    }
    if once && !registered {
        return Err(Error::NotRegistered { unreadable });
    }
    Ok(Outcome::Done)
}

fn factory(path: &Path) -> Result<FactoryData, Error> {
    let file = bootstrap_file::read(path)?;
    FactoryData::new(&file).map_err(|source| Error::Factory { path: path.to_owned(), source })
}

/// The device as it was left, and where its record is.
fn device(args: &RunArgs) -> Result<(Device, RecordStore), Error> {
    let Some(path) = &args.state else {
        return Ok((Device::in_memory(), RecordStore::Memory(None)));
    };
    let state = StateDir::open(path).map_err(Error::State)?;
    let store = state.record();
    Ok((Device::kept_in(state).map_err(Error::State)?, store))
}
