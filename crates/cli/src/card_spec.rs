// SPDX-License-Identifier: Apache-2.0
//! Which card is meant: the SPEC of `--card`.

use std::fmt;
use std::path::PathBuf;

use simstrap_apdu::at::{AtOptions, BAUD_RATES, DEFAULT_BAUD_RATE};
use simstrap_virtual_card::{CardDescription, DescriptionError, SharedCard, VirtualCard};

use crate::card_transport::{ModemPort, SharedModem, Way};
use crate::error::Error;
use crate::terminal::escaped;

/// A card, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CardSpec {
    /// The built-in sample card.
    Sample,
    /// A virtual card by its description.
    Virtual(PathBuf),
    /// A card in a reader: the only one, or the one whose name contains this.
    Pcsc(Option<String>),
    /// A card behind a modem.
    Modem(ModemPort),
}

impl CardSpec {
    /// Reads a SPEC.
    pub(crate) fn parse(spec: &str) -> Result<Self, CardSpecError> {
        match spec.split_once(':') {
            None if spec == "virtual" => Ok(Self::Sample),
            Some(("virtual", "")) => Err(CardSpecError::NoDescription),
            Some(("virtual", file)) => Ok(Self::Virtual(PathBuf::from(file))),
            None if spec == "pcsc" => Ok(Self::Pcsc(None)),
            Some(("pcsc", "")) => Err(CardSpecError::NoReaderName),
            Some(("pcsc", name)) => Ok(Self::Pcsc(Some(name.to_owned()))),
            Some(("at", port)) => serial_port(port).map(Self::Modem),
            Some(("at+tcp", address)) => tcp_port(address).map(Self::Modem),
            _ => Err(CardSpecError::Unknown { spec: spec.to_owned() }),
        }
    }

    /// Opens the way to the card; a virtual one is made and put in. Readers and modems are spoken
    /// to only when there is something to say.
    pub(crate) fn open(&self, options: AtOptions) -> Result<Way, Error> {
        let made = match self {
            Self::Sample => VirtualCard::sample(),
            Self::Virtual(path) => {
                CardDescription::from_file(path).and_then(|card| VirtualCard::new(&card))
            }
            Self::Pcsc(name) => return reader(name.as_deref(), options),
            Self::Modem(port) => {
                return Ok(Way::Modem(SharedModem::new(port.clone(), options)));
            }
        };
        let card = made.map_err(|source| self.no_card(source))?;
        Ok(Way::Virtual(SharedCard::new(card)))
    }

    fn no_card(&self, source: DescriptionError) -> Error {
        let path = match self {
            Self::Virtual(path) => path.clone(),
            _ => PathBuf::from("the built-in description"),
        };
        Error::Description { path, source }
    }
}

#[cfg(feature = "pcsc")]
fn reader(name: Option<&str>, options: AtOptions) -> Result<Way, Error> {
    use simstrap_apdu::pcsc::{PcscTransport, ReaderChoice};
    let choice = match name {
        Some(name) => ReaderChoice::Named(name.to_owned()),
        None => ReaderChoice::OnlyWithCard,
    };
    PcscTransport::new(choice, options.timeout).map(Way::Pcsc).map_err(Error::Reader)
}

#[cfg(not(feature = "pcsc"))]
const fn reader(_: Option<&str>, _: AtOptions) -> Result<Way, Error> {
    Err(Error::CardSpec(CardSpecError::BuiltWithoutPcsc))
}

/// `PATH[@BAUD]`.
fn serial_port(port: &str) -> Result<ModemPort, CardSpecError> {
    let (path, baud_rate) = match port.rsplit_once('@') {
        Some((path, baud)) if baud.bytes().all(|byte| byte.is_ascii_digit()) => {
            let baud_rate = baud.parse().ok().filter(|baud_rate| BAUD_RATES.contains(baud_rate));
            let baud_rate =
                baud_rate.ok_or_else(|| CardSpecError::BaudRate { baud: baud.to_owned() })?;
            (path, baud_rate)
        }
        _ => (port, DEFAULT_BAUD_RATE),
    };
    if path.is_empty() {
        return Err(CardSpecError::NoPort);
    }
    Ok(ModemPort::Serial { path: PathBuf::from(path), baud_rate })
}

/// `HOST:PORT`.
fn tcp_port(address: &str) -> Result<ModemPort, CardSpecError> {
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse().is_ok_and(|port: u16| port > 0) => {
            Ok(ModemPort::Tcp(address.to_owned()))
        }
        _ => Err(CardSpecError::Address { address: address.to_owned() }),
    }
}

impl fmt::Display for CardSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str("virtual"),
            Self::Virtual(path) => write!(f, "virtual:{}", escaped(&path.to_string_lossy())),
            Self::Pcsc(None) => f.write_str("pcsc"),
            Self::Pcsc(Some(name)) => write!(f, "pcsc:{}", escaped(name)),
            Self::Modem(port @ ModemPort::Serial { baud_rate, .. })
                if *baud_rate != DEFAULT_BAUD_RATE =>
            {
                write!(f, "at:{port}@{baud_rate}")
            }
            Self::Modem(port @ ModemPort::Serial { .. }) => write!(f, "at:{port}"),
            Self::Modem(port @ ModemPort::Tcp(_)) => write!(f, "at+tcp:{port}"),
        }
    }
}

/// Why a SPEC names no card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CardSpecError {
    /// The command cannot talk to readers.
    #[cfg(not(feature = "pcsc"))]
    #[error("--card pcsc: this simstrap was built without PC/SC")]
    BuiltWithoutPcsc,
    /// A part of a name that every reader has.
    #[error("--card pcsc: is followed by nothing")]
    NoReaderName,
    /// A modem without a port.
    #[error("--card at: is followed by no port")]
    NoPort,
    /// A speed that no serial line has.
    #[error("--card at: {baud:?} is no baud rate of a serial line")]
    BaudRate { baud: String },
    /// A modem that cannot be connected to.
    #[error("--card at+tcp: {address:?} is not HOST:PORT")]
    Address { address: String },
    /// A virtual card without a description.
    #[error("--card virtual: is followed by nothing")]
    NoDescription,
    /// Anything else.
    #[error("--card {spec} names no card")]
    Unknown { spec: String },
}

impl CardSpecError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        let help = match self {
            #[cfg(not(feature = "pcsc"))]
            Self::BuiltWithoutPcsc => {
                "build it with --features pcsc; on Debian that needs libpcsclite-dev and pkg-config"
            }
            Self::NoReaderName => {
                "use --card pcsc for the only reader with a card, or --card pcsc:NAME with a part \
                 of its name"
            }
            Self::NoPort => "name the port of the modem: --card at:/dev/ttyUSB2",
            Self::BaudRate { .. } => {
                return format!(
                    "give one of {}",
                    BAUD_RATES.map(|rate| rate.to_string()).join(", ")
                );
            }
            Self::Address { .. } => "name host and port of the modem: --card at+tcp:localhost:5000",
            Self::NoDescription | Self::Unknown { .. } => {
                "use virtual, virtual:CARD.toml (which simstrap card new -o CARD.toml writes), \
                 pcsc, pcsc:NAME, at:PATH, at:PATH@BAUD or at+tcp:HOST:PORT"
            }
        };
        help.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_read_and_told_alike() {
        for spec in [
            "virtual",
            "virtual:CARD.toml",
            "virtual:C:\\cards\\a.toml",
            "pcsc",
            "pcsc:ACS ACR 38",
            "at:/dev/ttyUSB2",
            "at:/dev/serial/by-id/usb@home",
            "at:COM3@9600",
            "at+tcp:localhost:5000",
            "at+tcp:[::1]:5000",
        ] {
            assert_eq!(CardSpec::parse(spec).unwrap().to_string(), spec);
        }
        let port = ModemPort::Serial { path: PathBuf::from("/dev/ttyUSB2"), baud_rate: 115_200 };
        assert_eq!(CardSpec::parse("at:/dev/ttyUSB2@115200"), Ok(CardSpec::Modem(port)));
    }

    #[test]
    fn what_names_no_card_is_said() {
        let error = |spec: &str| CardSpec::parse(spec).unwrap_err();
        assert_eq!(error("virtual:"), CardSpecError::NoDescription);
        assert_eq!(error("pcsc:"), CardSpecError::NoReaderName);
        for spec in ["at:", "at:@9600"] {
            assert_eq!(error(spec), CardSpecError::NoPort, "{spec}");
        }
        for spec in ["at:/dev/ttyUSB2@", "at:/dev/ttyUSB2@0", "at:/dev/ttyUSB2@99999999999"] {
            assert!(matches!(error(spec), CardSpecError::BaudRate { .. }), "{spec}");
        }
        for spec in ["at+tcp:", "at+tcp:localhost", "at+tcp::5000", "at+tcp:a:0", "at+tcp:a:65536"]
        {
            assert!(matches!(error(spec), CardSpecError::Address { .. }), "{spec}");
        }
        for spec in ["", "CARD.toml", "Virtual", "atm", "at", "pcscd", "at+usb:1"] {
            assert!(matches!(error(spec), CardSpecError::Unknown { .. }), "{spec}");
        }
    }
}
