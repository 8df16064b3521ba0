// SPDX-License-Identifier: Apache-2.0
//! `simstrap demo`: the life of a card on the virtual card, told step by step.

mod data;
mod device;
mod life;
mod server;
mod story;

use std::path::PathBuf;

use simstrap_policy::Policy;
use simstrap_policy::bootstrap_data::reader::{ReadOptions, SecureChannelOptions};
use simstrap_policy::bootstrap_data::scp03::apdu::{Cost, LastTry};
use simstrap_policy::bootstrap_data::scp03::{
    Configuration, KeyVersionNumber, StaticKeys, os_random,
};
use simstrap_virtual_card::{CardDescription, Scp03Description, SharedCard, VirtualCard};

use super::Outcome;
use crate::error::Error;
use crate::keys_file::KeysFileError;
use crate::output;
use device::DemoDevice;
use life::{Life, Look, STEPS};
use story::Story;

/// Plays all steps, each printed as soon as it is over.
pub(super) fn run() -> Result<Outcome, Error> {
    let (card, keys) = sample()?;
    let card = SharedCard::new(card);
    let look = Look::take(&card, keys.as_ref())?;
    let policy = Policy::default();
    let mut random = os_random;
    let secure_channel = keys
        .as_ref()
        .map(|configuration| SecureChannelOptions { configuration, random: &mut random });
    let options = ReadOptions { pin: None, last_try: LastTry::Keep, secure_channel };
    let device = DemoDevice::new(&policy, options, card.clone(), data::factory()?)?;
    let keys = keys.as_ref().map(|configuration| &configuration.keys);
    let mut life = Life { card, keys, look, device, recheck: Cost::default() };
    let mut story = Story::new();
    story.prologue(
        "The life of a smartcard with LwM2M bootstrap data and of a device with it, on a card in \
         software. Every exchange below really took place, just now; of what could be a key only \
         the length is shown. Servers elsewhere are not talked to: what would be said to them is told.",
    );
    for (index, step) in STEPS.iter().enumerate() {
        story.chapter(index + 1, step.title);
        let played = (step.play)(&mut life, &mut story);
        output::print_styled(&story.told())?;
        played?;
    }
    Ok(Outcome::Done)
}

/// The built-in card, and the keys for it, where it has some.
fn sample() -> Result<(VirtualCard, Option<Configuration<StaticKeys>>), Error> {
    let path = || PathBuf::from("the built-in description");
    let no_card = |source| Error::Description { path: path(), source };
    let description = CardDescription::sample().map_err(no_card)?;
    let card = VirtualCard::new(&description).map_err(no_card)?;
    let keys = description.scp03.as_ref().map(configuration).transpose();
    Ok((card, keys.map_err(|source| Error::Keys { path: path(), source })?))
}

fn configuration(scp03: &Scp03Description) -> Result<Configuration<StaticKeys>, KeysFileError> {
    let keys = StaticKeys::from_slices(scp03.enc.expose(), scp03.mac.expose(), scp03.dek.expose())
        .map_err(KeysFileError::Keys)?;
    let key_version = KeyVersionNumber::new(scp03.key_version);
    Ok(Configuration { key_version, ..Configuration::new(keys) })
}
