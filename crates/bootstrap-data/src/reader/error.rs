// SPDX-License-Identifier: Apache-2.0
//! Why the bootstrap data of a card could not be read, and what to do about it.

use simstrap_scp03::SecureChannelError;
use simstrap_scp03::apdu::{
    Aid, ChannelError, ErrorKind, FileError, FileKind, Path, PinReference, StatusWord,
    TransportErrorKind,
};

use super::{MAX_DIRECTORIES, MAX_KEY_REJECTIONS};
use crate::pkcs15::DirectoryError;

/// Why the bootstrap data could not be read. `E` is the error of the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError<E> {
    /// No logical channel could be opened.
    #[error("opening a logical channel")]
    OpenChannel(#[source] E),
    /// The card's identity could not be read.
    #[error("reading the identity of the card")]
    Identity(#[source] FileError<SecureChannelError<E>>),
    /// There is no EF DIR.
    #[error("the card has no list of applications (EF DIR)")]
    NoDirectory,
    /// There is no PKCS#15 application.
    #[error("the card has no PKCS#15 application")]
    NoApplication,
    /// The PKCS#15 application is deactivated.
    #[error("application {application} is deactivated")]
    ApplicationDeactivated {
        /// The application.
        application: Aid,
    },
    /// The secure channel could not be opened.
    #[error("opening the secure channel")]
    SecureChannel(#[source] SecureChannelError<E>),
    /// A file could not be selected or read.
    #[error(transparent)]
    File(FileError<SecureChannelError<E>>),
    /// A file that leads to the data is not there.
    #[error("file {file} is not on the card")]
    NoFile {
        /// The file.
        file: Path,
    },
    /// A directory file is malformed.
    #[error("directory file {file} is malformed")]
    Directory {
        /// The file.
        file: Path,
        /// What is wrong with it, and where.
        source: DirectoryError,
    },
    /// The list of applications cannot be read to its end.
    #[error("the card's list of applications (EF DIR) is malformed or too long")]
    ApplicationList,
    /// The list of directories has more entries than are looked into, and none of those looked into
    /// holds the bootstrap object.
    #[error(
        "the card's list of directories (EF ODF) is longer than can be looked into, and the first \
         {MAX_DIRECTORIES} hold no LwM2M bootstrap object"
    )]
    DirectoryList,
    /// A path in a directory leads outside the file it names.
    #[error("directory file {file}, byte {offset}: index or length lead outside the file")]
    OutsideFile {
        /// The directory file.
        file: Path,
        /// Position of the path in it.
        offset: usize,
    },
    /// No directory holds the bootstrap object.
    #[error("no directory of the card holds an LwM2M bootstrap object")]
    NoBootstrapObject,
    /// The bootstrap object refers to something that is no file of the card.
    #[error("directory file {file}: the bootstrap object is not in a file of the card")]
    UnsupportedValue {
        /// The directory file.
        file: Path,
    },
    /// The bootstrap file is deactivated.
    #[error("file {file} is deactivated")]
    FileDeactivated {
        /// The file.
        file: Path,
    },
    /// The bootstrap file is not a file of bytes.
    #[error("file {file} is a {kind}, not a transparent file")]
    NotTransparent {
        /// The file.
        file: Path,
        /// What it is.
        kind: FileKind,
    },
    /// A file is larger than it can sensibly be.
    #[error("file {file} has {size} bytes, more than {max}")]
    TooLarge {
        /// The file.
        file: Path,
        /// Its size in bytes.
        size: usize,
        /// The bound.
        max: usize,
    },
    /// The card gives the data over a secure channel only.
    #[error("the card gives the data over a secure channel only")]
    SecureChannelNeeded,
    /// Keys for the secure channel have failed too often with this card. They are not tried again,
    /// because cards lock a key set (FT-05).
    #[error(
        "the keys of the secure channel have failed {MAX_KEY_REJECTIONS} times with this card and \
         are not tried again"
    )]
    KeysRejectedBefore,
    /// A PIN protects the data, and none was given.
    #[error("the data is protected by {reference}, and no PIN was given")]
    PinNeeded {
        /// Which PIN.
        reference: PinReference,
    },
    /// The PIN could not be verified.
    #[error("verifying the PIN")]
    Pin(#[source] FileError<SecureChannelError<E>>),
}

/// What an error means for what is known of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadErrorKind {
    /// There is no card.
    NoCard,
    /// There is a card, and it holds no bootstrap data: none was ever there, or it was taken
    /// away or deactivated.
    NoBootstrapData,
    /// The card could not be read; what it holds is unknown.
    Unreadable,
}

impl<E> ReadError<E> {
    /// Whether the error concerns one directory of data objects and another may do.
    pub(super) const fn concerns_one_directory(&self) -> bool {
        matches!(self, Self::NoFile { .. } | Self::Directory { .. } | Self::OutsideFile { .. })
    }
}

impl<E: ChannelError> ReadError<E> {
    /// What it means for what is known of the card.
    #[must_use]
    pub fn kind(&self) -> ReadErrorKind {
        match self {
            Self::NoDirectory
            | Self::NoApplication
            | Self::ApplicationDeactivated { .. }
            | Self::NoFile { .. }
            | Self::NoBootstrapObject
            | Self::FileDeactivated { .. } => ReadErrorKind::NoBootstrapData,
            _ if self.channel_kind().is_some_and(ErrorKind::is_no_card) => ReadErrorKind::NoCard,
            _ => ReadErrorKind::Unreadable,
        }
    }

    /// Whether the card was reset meanwhile, so that reading it anew may do.
    #[must_use]
    pub fn is_card_reset(&self) -> bool {
        self.channel_kind() == Some(ErrorKind::Transport(TransportErrorKind::CardReset))
    }

    /// Who is to blame, where a channel failed or the card refused.
    fn channel_kind(&self) -> Option<ErrorKind> {
        Some(match self {
            Self::OpenChannel(error) => error.kind(),
            Self::SecureChannel(error) => error.kind(),
            Self::Identity(error) | Self::File(error) | Self::Pin(error) => error.kind(),
            _ => return None,
        })
    }

    /// What whoever holds the card can do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoDirectory | Self::NoApplication | Self::NoBootstrapObject => {
                "use a card with LwM2M bootstrap data, or bootstrap in another way"
            }
            Self::ApplicationDeactivated { .. } | Self::FileDeactivated { .. } => {
                "the operator of the card has to activate it again"
            }
            Self::NoFile { .. }
            | Self::Directory { .. }
            | Self::OutsideFile { .. }
            | Self::ApplicationList
            | Self::DirectoryList
            | Self::UnsupportedValue { .. }
            | Self::NotTransparent { .. }
            | Self::TooLarge { .. } => "whoever issued the card has to correct its files",
            Self::SecureChannelNeeded => "give the keys of the secure channel (SCP03)",
            Self::KeysRejectedBefore => "make sure of keys and key version, then start again",
            Self::PinNeeded { .. } => "give the PIN of the card",
            Self::Pin(error) => help_with_pin(error),
            Self::OpenChannel(_) | Self::SecureChannel(_) | Self::Identity(_) | Self::File(_) => {
                self.channel_kind().map_or("try again", help_with_channel)
            }
        }
    }
}

pub(super) const fn help_with_pin<E>(error: &FileError<E>) -> &'static str {
    match error {
        FileError::PinWrong { .. } | FileError::PinRejectedBefore { .. } => {
            "make sure of the PIN before another try"
        }
        FileError::PinBlocked { .. } => "unblock the PIN with its PUK on a phone or with a tool",
        FileError::PinLastTry { .. } | FileError::PinTriesUnknown { .. } => {
            "make sure of the PIN, then allow the last try"
        }
        _ => "try again",
    }
}

const fn help_with_channel(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Transport(TransportErrorKind::NoCard) => "insert a card",
        ErrorKind::Transport(TransportErrorKind::CardReset) => {
            "another program reset the card: try again"
        }
        ErrorKind::Transport(TransportErrorKind::Timeout) => {
            "check reader or modem, and whether another program uses it"
        }
        ErrorKind::Transport(_) => "check reader or modem and its connection",
        ErrorKind::Authentication => {
            "check keys and key version; the card may block its keys after several failures"
        }
        ErrorKind::Refused(StatusWord::SECURITY_STATUS) => {
            "the card wants a PIN or a secure channel for this"
        }
        ErrorKind::Refused(
            StatusWord::FUNCTION_NOT_SUPPORTED | StatusWord::CHANNEL_NOT_SUPPORTED,
        ) => "close the channels other programs left open, or restart the card",
        ErrorKind::Protocol => "the card or the way to it garbles answers: try another reader",
        _ => "try again; if it stays so, the card does not support this",
    }
}
