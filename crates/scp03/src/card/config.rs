// SPDX-License-Identifier: Apache-2.0
//! How a card behaves: what the specification leaves open, and what cards make of it.

/// What the specification leaves to the card.
///
/// By default an S8 card with pseudo-random challenges, R-MAC and R-ENCRYPTION (i = `70`), no
/// limit on attempts, and no quirks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardConfig {
    /// Length of challenges, cryptograms and MACs.
    pub variant: Variant,
    /// How the card challenge is made.
    pub card_challenge: CardChallenge,
    /// What protection responses can have.
    pub response_protection: ResponseProtection,
    /// Key diversification data of the INITIALIZE UPDATE response.
    pub diversification_data: [u8; 10],
    /// Failed EXTERNAL AUTHENTICATE in a row after which a key set is blocked (`69 83`), across
    /// resets; `None` for no limit.
    pub attempts: Option<u8>,
    /// Where the card differs from the specification.
    pub quirks: CardQuirks,
}

/// Length of challenges, cryptograms and MACs (Amendment D §5.1).
///
/// A card has one of them; the host challenge of the other gets `67 00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// 8 bytes.
    S8,
    /// 16 bytes.
    S16,
}

/// How the card challenge is made (Amendment D §6.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardChallenge {
    /// At random.
    Random,
    /// From Key-ENC, the sequence counter and the AID of the selected application.
    PseudoRandom,
}

/// What protection responses can have (Amendment D §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResponseProtection {
    /// None: security levels `01` and `03`.
    None,
    /// R-MAC: also `11` and `13`.
    Mac,
    /// R-MAC and R-ENCRYPTION: also `33`.
    MacAndEncryption,
}

/// Where a card differs from the specification, as cards in the field do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardQuirks {
    /// The encryption counter counts only commands with a data field.
    pub counter_counts_data_only: bool,
    /// `90 00` without data goes out bare, without the R-MAC it should carry.
    pub bare_success_without_data: bool,
    /// `91 xx` and `92 xx` go out bare and without their data: the Amendment, read to the letter,
    /// calls them errors, because it does not know the status words of a UICC.
    pub bare_proactive_status: bool,
    /// An unknown key set gets `69 82` instead of `6A 88`.
    pub unknown_key_set_denied: bool,
    /// Whether INITIALIZE UPDATE answers with the sequence counter.
    pub sequence_counter: SequenceCounterField,
    /// Reported in place of the true parameter i, which stays in effect.
    pub reported_parameter: Option<u8>,
    /// Reported in place of the true key version number.
    pub reported_key_version: Option<u8>,
}

/// Whether the INITIALIZE UPDATE response ends with the sequence counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SequenceCounterField {
    /// With a pseudo-random challenge only (Amendment D §7.1.1.6).
    #[default]
    WithPseudoRandom,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Default for CardConfig {
    fn default() -> Self {
        Self {
            variant: Variant::S8,
            card_challenge: CardChallenge::PseudoRandom,
            response_protection: ResponseProtection::MacAndEncryption,
            diversification_data: [0; 10],
            attempts: None,
            quirks: CardQuirks::default(),
        }
    }
}

impl CardConfig {
    /// The parameter i of the INITIALIZE UPDATE response (Amendment D table 5-1).
    #[must_use]
    pub const fn parameter(&self) -> u8 {
        let variant = match self.variant {
            Variant::S8 => 0x00,
            Variant::S16 => 0x01,
        };
        let challenge = match self.card_challenge {
            CardChallenge::Random => 0x00,
            CardChallenge::PseudoRandom => 0x10,
        };
        let response = match self.response_protection {
            ResponseProtection::None => 0x00,
            ResponseProtection::Mac => 0x20,
            ResponseProtection::MacAndEncryption => 0x60,
        };
        variant | challenge | response
    }

    pub(super) const fn reports_sequence_counter(&self) -> bool {
        match self.quirks.sequence_counter {
            SequenceCounterField::WithPseudoRandom => {
                matches!(self.card_challenge, CardChallenge::PseudoRandom)
            }
            SequenceCounterField::Always => true,
            SequenceCounterField::Never => false,
        }
    }

    pub(super) const fn supports(&self, level: Level) -> bool {
        match self.response_protection {
            ResponseProtection::None => !level.has_response_mac(),
            ResponseProtection::Mac => !level.has_response_encryption(),
            ResponseProtection::MacAndEncryption => true,
        }
    }
}

impl Variant {
    /// Bytes of a challenge, a cryptogram, a MAC.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::S8 => 8,
            Self::S16 => 16,
        }
    }

    pub(super) const fn bits(self) -> u16 {
        match self {
            Self::S8 => 64,
            Self::S16 => 128,
        }
    }
}

/// A security level (Amendment D table 7-6); every one of them has C-MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(u8);

impl Level {
    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 | 0x03 | 0x11 | 0x13 | 0x33 => Some(Self(byte)),
            _ => None,
        }
    }

    pub(super) const fn to_byte(self) -> u8 {
        self.0
    }

    pub(super) const fn has_command_encryption(self) -> bool {
        self.0 & 0x02 != 0
    }

    pub(super) const fn has_response_mac(self) -> bool {
        self.0 & 0x10 != 0
    }

    pub(super) const fn has_response_encryption(self) -> bool {
        self.0 & 0x20 != 0
    }
}
