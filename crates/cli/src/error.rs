// SPDX-License-Identifier: Apache-2.0
//! What ends a command without its result, the exit code for it, and what to do about it.

use std::path::PathBuf;
use std::{io, iter};

use simstrap_client::DriveError;
use simstrap_policy::bootstrap_data::reader::{ReadError, ReadErrorKind};
use simstrap_policy::bootstrap_data::scp03::apdu::blocking::WouldWait;
use simstrap_policy::bootstrap_data::scp03::apdu::{FileError, LogicalChannelError};
use simstrap_policy::bootstrap_data::writer::WriteError;
use simstrap_policy::bootstrap_data::{DecodeError, EncodeError, ErrorKind};
use simstrap_virtual_card::front::FrontEndError;
use simstrap_virtual_card::{DescriptionError, UpdateError};

use crate::card_spec::CardSpecError;
use crate::card_transport::CardTransportError;
use crate::commands::card::ControlError;
use crate::device::{FactoryError, StateError};
use crate::input::InputError;
use crate::keys_file::KeysFileError;
use crate::output::OutputError;
use crate::pin::PinError;
use crate::policy_file::PolicyFileError;
use crate::source::{Origin, SourceError};
use crate::trace::TraceError;

/// What an error says, and what its causes say, down to the last.
pub(crate) fn messages(error: &dyn std::error::Error) -> Vec<String> {
    iter::once(error.to_string()).chain(causes(error).map(ToString::to_string)).collect()
}

fn causes(
    error: &dyn std::error::Error,
) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    iter::successors(error.source(), |cause| cause.source())
}

/// What ended a command without its result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The card is named in a way this version does not know.
    #[error("no card to read")]
    CardSpec(#[source] CardSpecError),
    /// No virtual card can be made.
    #[error("no virtual card from {}", path.display())]
    Description { path: PathBuf, source: DescriptionError },
    /// The key file is no key file.
    #[error("no keys from {}", path.display())]
    Keys { path: PathBuf, source: KeysFileError },
    /// There is no PIN.
    #[error("no PIN from {origin}")]
    Pin { origin: Origin, source: PinError },
    /// What goes to the card cannot be written down.
    #[error("no trace")]
    Trace(#[source] TraceError),
    /// The card has no room for the data.
    #[error("the card does not take the data")]
    Ota(#[source] UpdateError),
    /// There is no policy.
    #[error("no policy from {origin}")]
    Policy { origin: Origin, source: PolicyFileError },
    /// There is no factory data.
    #[error("no factory data from {}", path.display())]
    Factory { path: PathBuf, source: FactoryError },
    /// What a device holds cannot be kept.
    #[error("no state for the device")]
    State(#[source] StateError),
    /// There is no record and no way to make one.
    #[error("no record for the device")]
    Record(#[source] DriveError<StateError>),
    /// A device that ran once found no server.
    #[error("the device is not registered with any server")]
    NotRegistered {
        /// Whether that is because its card cannot be read.
        unreadable: bool,
    },
    /// No reader can be talked to.
    #[cfg(feature = "pcsc")]
    #[error("no card reader")]
    Reader(#[source] simstrap_apdu::pcsc::PcscError),
    /// The card gave no bootstrap data.
    #[error("{}", what_failed(.0))]
    Card(#[source] CardError),
    /// The data could not be written to the card.
    #[error("the card could not be written")]
    Write(#[source] Box<CardWriteError>),
    /// The way to the card is not a blocking one, or the card never answers.
    #[error("the card never answers")]
    NeverAnswers(#[source] WouldWait),
    /// The data on the card is malformed.
    #[error("the bootstrap data of the card is malformed")]
    MalformedOnCard(#[source] DecodeError),
    /// A file cannot be read.
    #[error("cannot read {origin}")]
    Source { origin: Origin, source: SourceError },
    /// A file holds no bootstrap data.
    #[error("{origin} is no valid bootstrap file")]
    Malformed { origin: Origin, source: DecodeError, looks_like: Option<LooksLike> },
    /// A description does not describe bootstrap data.
    #[error("{origin} describes no bootstrap data")]
    Input { origin: Origin, source: InputError },
    /// What a description says does not fit a bootstrap file.
    #[error("{origin} cannot be encoded")]
    Encode { origin: Origin, source: EncodeError },
    /// What a description says is no valid bootstrap file.
    #[error("{origin} describes what no bootstrap file can hold")]
    Invalid { origin: Origin, source: DecodeError },
    /// The file on the card is too small.
    #[error("the data has {length} bytes, more than the {size} of --size")]
    SizeTooSmall { length: usize, size: usize },
    /// No file on a card is so large.
    #[error("--size {size} is more than the {max} bytes a bootstrap file can have")]
    SizeTooLarge { size: usize, max: usize },
    /// The card cannot be served.
    #[error("cannot serve the card")]
    FrontEnd(#[source] FrontEndError),
    /// Nobody is left to serve.
    #[error("nobody is left to serve: {kind} on {address} gave up")]
    FrontEndGone { kind: &'static str, address: String },
    /// There is no control socket.
    #[error("cannot take commands on {address}")]
    Control { address: String, source: ControlError },
    /// Ctrl-C cannot be caught.
    #[error("cannot catch signals")]
    Signals(#[source] ctrlc::Error),
    /// There is no socket for a server of one's own.
    #[error("no socket on the loopback interface")]
    Loopback(#[source] io::Error),
    /// The result cannot be written.
    #[error("cannot write {origin}")]
    Output { origin: Origin, source: OutputError },
}

/// Why a card could not be read.
pub(crate) type CardError = ReadError<LogicalChannelError<CardTransportError>>;

/// Why a card could not be written.
pub(crate) type CardWriteError = WriteError<LogicalChannelError<CardTransportError>>;

/// What a file that is no bootstrap file seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LooksLike {
    /// Digits of hexadecimal numbers.
    Hexadecimal,
    /// TOML or JSON.
    Description,
    /// Nothing at all.
    Empty,
}

impl Error {
    /// The exit code, by the contract of the command.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Malformed { .. }
            | Self::MalformedOnCard(_)
            | Self::Factory { .. }
            | Self::Input { .. }
            | Self::Encode { .. }
            | Self::Invalid { .. }
            | Self::Source { source: SourceError::TooLong { .. }, .. } => 2,
            Self::Card(error) => match error.kind() {
                ReadErrorKind::NoCard | ReadErrorKind::NoBootstrapData => 4,
                ReadErrorKind::Unreadable => 5,
            },
            Self::Write(error) => match error.kind() {
                ReadErrorKind::NoCard | ReadErrorKind::NoBootstrapData => 4,
                ReadErrorKind::Unreadable => 5,
            },
            Self::NeverAnswers(_) | Self::NotRegistered { unreadable: true } => 5,
            #[cfg(feature = "pcsc")]
            Self::Reader(_) => 5,
            _ => 1,
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::CardSpec(error) => error.help(),
            Self::Description { .. } => {
                "simstrap card new -o CARD.toml writes a description that works, with comments"
                    .to_owned()
            }
            Self::Keys { source, .. } => source.help().to_owned(),
            Self::Pin { source, .. } => source.help().to_owned(),
            Self::Trace(error) => error.help().to_owned(),
            Self::Ota(_) => "give the card a larger file: size in its description".to_owned(),
            Self::Policy { source, .. } => source.help().to_owned(),
            Self::Factory { .. } => "mend it where the path points to".to_owned(),
            Self::State(error) | Self::Record(DriveError::Load(error)) => error.help(),
            Self::Record(_) => {
                "the system gives no random bytes: check its configuration".to_owned()
            }
            Self::NotRegistered { .. } => {
                "what is told above says why; simstrap read shows what is on \
                 the card"
                    .to_owned()
            }
            #[cfg(feature = "pcsc")]
            Self::Reader(error) => error.help().to_owned(),
            Self::Card(error) => help_with_card(error),
            Self::Write(error) => help_with_writing(error),
            Self::NeverAnswers(_) => "restart the card and try again".to_owned(),
            Self::MalformedOnCard(error) if error.kind == ErrorKind::Blank => {
                "write data to it: simstrap card write".to_owned()
            }
            Self::MalformedOnCard(_) => "to see all that is wrong: simstrap read --format raw \
                 > card.bin; simstrap decode --lenient card.bin"
                .to_owned(),
            Self::Source { source, .. } => source.help().to_owned(),
            Self::Malformed { origin, source, looks_like } => {
                help_with_file(origin, source, *looks_like)
            }
            Self::Input { source, .. } => source.help(),
            Self::Encode { .. } => "leave out what the card does not need".to_owned(),
            Self::Invalid { .. } => "mend it where the path points to".to_owned(),
            Self::SizeTooSmall { length, .. } => {
                format!("leave --size out, or give at least {length}")
            }
            Self::SizeTooLarge { .. } => "give the size of the file on the card".to_owned(),
            Self::FrontEnd(error) => help_with_front_end(error).to_owned(),
            Self::FrontEndGone { .. } => "start pcscd with vpcd again, then serve again".to_owned(),
            Self::Control { source, .. } => source.help().to_owned(),
            Self::Signals(_) => "try again".to_owned(),
            Self::Loopback(_) => "allow the command to use UDP on 127.0.0.1".to_owned(),
            Self::Output { source, .. } => source.help().to_owned(),
        }
    }

    /// Whether whoever reads the output has seen enough of it.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Output { source: OutputError::Write(source), .. } => {
                source.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }
}

const fn help_with_front_end(error: &FrontEndError) -> &'static str {
    match error {
        FrontEndError::Connect { .. } => {
            "start pcscd with vsmartcard-vpcd; its reader waits on port 35963 as it is installed"
        }
        FrontEndError::Listen { .. } => "choose an address of this machine and a free port, or 0",
        FrontEndError::Link { .. } => "choose a name that is free, in a directory you can write to",
        _ => "try again; the system may be short of terminals or threads",
    }
}

fn what_failed(error: &CardError) -> &'static str {
    match error.kind() {
        ReadErrorKind::NoCard => "there is no card",
        ReadErrorKind::NoBootstrapData => "there is no bootstrap data on the card",
        ReadErrorKind::Unreadable => "the card could not be read",
    }
}

fn help_with_card(error: &CardError) -> String {
    if let Some(help) = transport_error(error).and_then(CardTransportError::help) {
        return help.to_owned();
    }
    let option = match error {
        ReadError::PinNeeded { .. } => ": --pin-file FILE, or --pin-file - to be asked for it",
        ReadError::Pin(FileError::PinLastTry { .. } | FileError::PinTriesUnknown { .. }) => {
            ": --pin-last-try"
        }
        _ => "",
    };
    format!("{}{option}", error.help())
}

/// The error of the way to the card, if it is at the bottom of it.
fn transport_error(error: &CardError) -> Option<&CardTransportError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn help_with_writing(error: &CardWriteError) -> String {
    match error {
        WriteError::Find(error) => help_with_card(error),
        WriteError::Pin(FileError::PinLastTry { .. } | FileError::PinTriesUnknown { .. }) => {
            format!("{}: --adm-last-try", error.help())
        }
        error => error.help().to_owned(),
    }
}

fn help_with_file(origin: &Origin, error: &DecodeError, looks_like: Option<LooksLike>) -> String {
    match looks_like {
        Some(LooksLike::Hexadecimal) => format!(
            "it looks like hexadecimal text: xxd -r -p {} | simstrap decode -",
            origin.as_argument()
        ),
        Some(LooksLike::Description) => {
            "it looks like a description: simstrap encode makes the file from it".to_owned()
        }
        Some(LooksLike::Empty) => "it is empty: was it written to the end?".to_owned(),
        None if error.kind == ErrorKind::Blank => {
            "there is no data in it; simstrap encode makes a \
             file from a description"
                .to_owned()
        }
        None if error.kind.lenient_reading().is_some() => {
            "--lenient names every such deviation, and what it is taken for".to_owned()
        }
        None => "it is cut off, altered, or something else than a bootstrap file".to_owned(),
    }
}
