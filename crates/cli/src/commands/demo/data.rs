// SPDX-License-Identifier: Apache-2.0
//! What is on the cards of the demo, and what the factory gave the device.

use std::path::PathBuf;

use simstrap_policy::bootstrap_data::BootstrapData;
use simstrap_virtual_card::{CardDescription, VirtualCard};

use crate::device::FactoryData;
use crate::error::Error;
use crate::input::{self, Format};
use crate::source::{Origin, Stream};

/// The server of the sample card, with a key that is no secret.
const FIRST: &str = r#"
[0.1]
0 = "coaps://eu.iot.avsystem.cloud:5684"
1 = false
2 = 0
3 = { text = "example-psk-identity" }
5 = { text = "3x@mpl3P5K53cr3tK3y" }
10 = 1
[1.1]
0 = 1
1 = 86400
6 = false
7 = "U"
"#;

/// Another server.
const SECOND: &str = r#"
[0.2]
0 = "coap://backup.example.com"
1 = false
2 = 3
10 = 2
[1.2]
0 = 2
1 = 3600
6 = false
7 = "U"
"#;

/// What the factory gave the device.
const FACTORY: &str = r#"
[0.0]
0 = "coap://factory.example.com"
1 = false
2 = 3
10 = 100
[1.0]
0 = 100
1 = 86400
6 = false
7 = "U"
"#;

/// A server at this address, without protection.
pub(super) fn with_server_at(uri: &str) -> Result<BootstrapData, Error> {
    encoded(&format!(
        "[0.1]\n0 = \"{uri}\"\n1 = false\n2 = 3\n10 = 1\n\
         [1.1]\n0 = 1\n1 = 600\n6 = false\n7 = \"U\"\n"
    ))
}

/// The data of the sample card, and a server more.
pub(super) fn with_a_second_server() -> Result<BootstrapData, Error> {
    encoded(&[FIRST, SECOND].concat())
}

/// The same, and the first server has another key.
pub(super) fn with_another_key() -> Result<BootstrapData, Error> {
    encoded(
        &[FIRST.replace("3x@mpl3P5K53cr3tK3y", "4n0th3r3x@mpl3K3y!!").as_str(), SECOND].concat(),
    )
}

/// What the device falls back on.
pub(super) fn factory() -> Result<FactoryData, Error> {
    let path = PathBuf::from("the demo");
    FactoryData::new(encoded(FACTORY)?.bytes()).map_err(|source| Error::Factory { path, source })
}

/// Another card, of the same operator: other number, other server.
pub(super) fn another_card() -> Result<VirtualCard, Error> {
    let path = || PathBuf::from("the built-in description");
    let no_card = |source| Error::Description { path: path(), source };
    let mut description = CardDescription::sample().map_err(no_card)?;
    description.iccid = "8988211000000999997".to_owned();
    let mut card = VirtualCard::new(&description).map_err(no_card)?;
    card.update_bootstrap_data(encoded(SECOND)?.bytes()).map_err(Error::Ota)?;
    Ok(card)
}

fn encoded(description: &str) -> Result<BootstrapData, Error> {
    let origin = Origin::new("the demo".as_ref(), Stream::Input);
    let draft = input::read(description.as_bytes(), &origin, Some(Format::Toml))
        .map_err(|source| Error::Input { origin: origin.clone(), source })?;
    let file = draft.encode().map_err(|source| Error::Encode { origin: origin.clone(), source })?;
    BootstrapData::from_bytes(&file).map_err(|source| Error::Invalid { origin, source })
}
