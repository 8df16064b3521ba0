// SPDX-License-Identifier: Apache-2.0
//! Why no session came about.

use crate::apdu::{ErrorKind, Instruction, StatusWord};
use crate::{ImplementationOptions, KeyVersionNumber, Mode, SecurityLevel};

/// Why host and card did not come to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The card refused a command.
    #[error("{during}: the card refused: {status}{}", advice(*during, *status))]
    Refused {
        /// Which command.
        during: Instruction,
        /// Its status word.
        status: StatusWord,
    },
    /// The response to INITIALIZE UPDATE has a wrong length.
    #[error(
        "INITIALIZE UPDATE: the card answered {length} bytes instead of {} or {} ({mode})",
        13 + 2 * mode.field_len(),
        16 + 2 * mode.field_len()
    )]
    Length {
        /// Bytes the card answered.
        length: usize,
        /// The mode of the host's challenge.
        mode: Mode,
    },
    /// The keys on the card are for another protocol.
    #[error("INITIALIZE UPDATE: the card's keys are for SCP{protocol:02X}, not for SCP03")]
    Protocol {
        /// Identifier of the protocol, `02` for SCP02.
        protocol: u8,
    },
    /// The card used another key set than the one asked for.
    #[error(
        "INITIALIZE UPDATE: key version {asked} was asked for, the card used {used}; \
         ask for the version that the keys are of, or 0 for the card's first"
    )]
    KeyVersion {
        /// The one asked for.
        asked: KeyVersionNumber,
        /// The one the card used.
        used: KeyVersionNumber,
    },
    /// The card offers less protection than demanded.
    #[error(
        "security level {demanded} is demanded, and this card cannot do it (i = {options}); \
         take a card that can, or demand less"
    )]
    Level {
        /// What was demanded.
        demanded: SecurityLevel,
        /// What the card can do.
        options: ImplementationOptions,
    },
    /// There are no keys for this card.
    #[error(
        "there are no keys for this card, which names key version {key_version}; \
         ask whoever issued the card"
    )]
    NoKeys {
        /// The key set the card names.
        key_version: KeyVersionNumber,
    },
    /// The card could not prove that it holds the keys.
    #[error(
        "the card's cryptogram is wrong: these are not this card's keys, or somebody is in \
         between; not tried again, because cards lock a key set after some failures"
    )]
    Cryptogram,
    /// The card's challenge is not the one its sequence counter gives.
    #[error(
        "the card's challenge does not follow from its sequence counter: Key-ENC is not the card's, \
         or another application is selected than the one named"
    )]
    CardChallenge,
}

impl HandshakeError {
    /// Who is to blame.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            // The card says that the host could not prove itself.
            Self::Refused { during: Instruction::EXTERNAL_AUTHENTICATE, .. }
            | Self::Cryptogram
            | Self::CardChallenge => ErrorKind::Authentication,
            Self::Refused { status, .. } => ErrorKind::Refused(*status),
            Self::Length { .. } | Self::Protocol { .. } => ErrorKind::Protocol,
            Self::KeyVersion { .. } | Self::Level { .. } | Self::NoKeys { .. } => ErrorKind::Usage,
        }
    }
}

/// What the user can do about a refusal.
const fn advice(during: Instruction, status: StatusWord) -> &'static str {
    match (during, status) {
        (Instruction::EXTERNAL_AUTHENTICATE, _) => {
            "; the keys or the security level are not what this application takes, \
             and it was not tried again"
        }
        (_, StatusWord::SECURITY_STATUS | StatusWord::BLOCKED) => {
            "; the key set may be locked after wrong keys"
        }
        (_, StatusWord::REFERENCE_NOT_FOUND) => "; the card has no key set of this version",
        (_, StatusWord::WRONG_LENGTH) => "; the card may want the other mode, S8 or S16",
        (_, StatusWord::INSTRUCTION_NOT_SUPPORTED | StatusWord::CLASS_NOT_SUPPORTED) => {
            "; the selected application has no secure channel"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sorted_by_blame_and_say_what_to_do() {
        let refused = |during, status| HandshakeError::Refused { during, status };
        let locked = refused(Instruction::INITIALIZE_UPDATE, StatusWord::SECURITY_STATUS);
        assert_eq!(locked.kind(), ErrorKind::Refused(StatusWord::SECURITY_STATUS));
        assert_eq!(
            locked.to_string(),
            "INITIALIZE UPDATE: the card refused: 69 82 (security status not satisfied); \
             the key set may be locked after wrong keys"
        );
        let host =
            refused(Instruction::EXTERNAL_AUTHENTICATE, StatusWord::from_bytes([0x63, 0x00]));
        assert_eq!(host.kind(), ErrorKind::Authentication);
        assert_eq!(HandshakeError::Cryptogram.kind(), ErrorKind::Authentication);
        let length = HandshakeError::Length { length: 28, mode: Mode::S16 };
        assert_eq!(
            length.to_string(),
            "INITIALIZE UPDATE: the card answered 28 bytes instead of 45 or 48 (S16)"
        );
    }
}
