// SPDX-License-Identifier: Apache-2.0
//! Cards, and how they are read.

use std::sync::LazyLock;

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::reader::{ReadOptions, SecureChannelOptions};
use simstrap_client::policy::bootstrap_data::scp03::{Configuration, RandomError, StaticKeys};
use simstrap_virtual_card::{CardDescription, ReadCondition, SAMPLE, Secret, VirtualCard};

/// How the card is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    InTheClear,
    /// Through SCP03; the card gives the data in no other way.
    Secure,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::InTheClear, Self::Secure];

    /// The random numbers of a device that runs once are enough to be kept for good.
    pub(crate) fn options<'o>(self) -> ReadOptions<'o> {
        static KEYS: LazyLock<Configuration> = LazyLock::new(|| {
            let [enc, mac, dek] = keys();
            Configuration::new(StaticKeys::from_slices(&enc, &mac, &dek).unwrap())
        });
        let mut options = ReadOptions::in_the_clear();
        if self == Self::Secure {
            let random: &'o mut dyn FnMut(&mut [u8]) -> Result<(), RandomError> =
                Box::leak(Box::new(|challenge: &mut [u8]| {
                    challenge.fill(0x3C);
                    Ok(())
                }));
            options.secure_channel = Some(SecureChannelOptions { configuration: &KEYS, random });
        }
        options
    }
}

/// A card with this number and this data.
pub(crate) fn card(way: Way, number: u8, data: &BootstrapData) -> VirtualCard {
    static DESCRIPTION: LazyLock<CardDescription> =
        LazyLock::new(|| CardDescription::from_toml(SAMPLE).unwrap());
    let mut description = DESCRIPTION.clone();
    let scp03 = description.scp03.as_mut().unwrap();
    [scp03.enc, scp03.mac, scp03.dek] = keys().map(Secret::new);
    if way == Way::Secure {
        description.bootstrap.read = ReadCondition::SecureChannel;
    }
    description.iccid = format!("89882110000001234{number:02}");
    description.bootstrap.size = Some(2048);
    let mut card = VirtualCard::new(&description).unwrap();
    card.update_bootstrap_data(data.bytes()).unwrap();
    card
}

/// Key-ENC, Key-MAC and Key-DEK.
fn keys() -> [Vec<u8>; 3] {
    [0x40_u8, 0x60, 0x80].map(|first| (first..).take(16).collect())
}
