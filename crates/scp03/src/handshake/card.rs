// SPDX-License-Identifier: Apache-2.0
//! The card's answer to INITIALIZE UPDATE (SCP03 §7.1.1.6).

use subtle::ConstantTimeEq;

use super::HandshakeError;
use crate::challenge::Field;
use crate::crypto::Mac;
use crate::derivation::{Purpose, derive};
use crate::{
    CardChallenge, Challenge, DiversificationData, ImplementationOptions, KeyVersionNumber, Mode,
    SecurityLevel, SequenceCounter, StaticKeys,
};

/// What the card says of itself. None of it is proved by its being said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InitializeUpdateResponse<'a> {
    pub(super) diversification_data: DiversificationData,
    pub(super) key_version: KeyVersionNumber,
    pub(super) options: ImplementationOptions,
    pub(super) challenge: Challenge,
    pub(super) cryptogram: &'a [u8],
    pub(super) sequence_counter: Option<SequenceCounter>,
}

impl<'a> InitializeUpdateResponse<'a> {
    /// Takes the data field apart.
    pub(super) fn parse(data: &'a [u8], mode: Mode) -> Result<Self, HandshakeError> {
        const SCP03: u8 = 0x03;
        const PROTOCOL_OFFSET: usize = 11;
        match data.get(PROTOCOL_OFFSET) {
            Some(&protocol) if protocol != SCP03 => Err(HandshakeError::Protocol { protocol }),
            _ => Self::split(data, mode).ok_or(HandshakeError::Length { length: data.len(), mode }),
        }
    }

    fn split(data: &'a [u8], mode: Mode) -> Option<Self> {
        let (diversification_data, rest) = data.split_first_chunk()?;
        let (&[key_version, _, options], rest) = rest.split_first_chunk()?;
        let (challenge, rest) = rest.split_at_checked(mode.field_len())?;
        let (cryptogram, rest) = rest.split_at_checked(mode.field_len())?;
        let sequence_counter = match *rest {
            [] => None,
            [first, second, third] => Some(SequenceCounter::from_bytes([first, second, third])),
            _ => return None,
        };
        Some(Self {
            diversification_data: *diversification_data,
            key_version: KeyVersionNumber::new(key_version),
            options: ImplementationOptions::from_byte(options),
            challenge: Challenge::from_bytes(challenge)?,
            cryptogram,
            sequence_counter,
        })
    }

    /// Whether the card uses the keys that were asked for and can do what is demanded.
    pub(super) const fn check(
        &self,
        key_version: KeyVersionNumber,
        demanded: SecurityLevel,
    ) -> Result<(), HandshakeError> {
        if !key_version.accepts(self.key_version) {
            return Err(HandshakeError::KeyVersion { asked: key_version, used: self.key_version });
        }
        if !demanded.is_offered_by(self.options) {
            return Err(HandshakeError::Level { demanded, options: self.options });
        }
        Ok(())
    }

    /// Computes a pseudo-random challenge and compares, where all it takes is known
    /// (SCP03 §6.2.2.1).
    pub(super) fn check_challenge(
        &self,
        keys: &StaticKeys,
        aid: Option<&[u8]>,
    ) -> Result<CardChallenge, HandshakeError> {
        if !self.options.has_pseudo_random_challenge() {
            return Ok(CardChallenge::Random);
        }
        let (Some(counter), Some(aid)) = (self.sequence_counter, aid) else {
            return Ok(CardChallenge::Unchecked);
        };
        let mut expected = Field::zeroed(self.challenge.mode());
        derive(
            &mut Mac::new(keys.enc()),
            Purpose::CardChallenge,
            [&counter.to_bytes(), aid],
            expected.as_mut_bytes(),
        );
        if expected.as_bytes().ct_eq(self.challenge.as_bytes()).into() {
            Ok(CardChallenge::Checked)
        } else {
            Err(HandshakeError::CardChallenge)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(mode: Mode, extra: usize) -> Vec<u8> {
        let mut data = vec![0; 10];
        data.extend([0x30, 0x03, 0x70]);
        data.resize(13 + 2 * mode.field_len() + extra, 0x55);
        data
    }

    #[test]
    fn both_lengths_of_both_modes_are_taken_apart() {
        for mode in [Mode::S8, Mode::S16] {
            let without = response(mode, 0);
            let parsed = InitializeUpdateResponse::parse(&without, mode).unwrap();
            assert_eq!(parsed.sequence_counter, None);
            assert_eq!(parsed.cryptogram.len(), mode.field_len());
            let with = response(mode, 3);
            let parsed = InitializeUpdateResponse::parse(&with, mode).unwrap();
            assert_eq!(parsed.sequence_counter.unwrap().to_bytes(), [0x55; 3]);
            assert_eq!(parsed.key_version.to_u8(), 0x30);
        }
    }

    #[test]
    fn any_other_length_is_an_error() {
        for mode in [Mode::S8, Mode::S16] {
            let whole = response(mode, 8);
            let right = [13 + 2 * mode.field_len(), 16 + 2 * mode.field_len()];
            for length in (0..=whole.len()).filter(|length| !right.contains(length)) {
                let parsed = InitializeUpdateResponse::parse(&whole[..length], mode);
                assert_eq!(parsed, Err(HandshakeError::Length { length, mode }));
            }
        }
    }

    #[test]
    fn another_protocol_is_named() {
        let mut data = response(Mode::S8, 0);
        data[11] = 0x02;
        assert_eq!(
            InitializeUpdateResponse::parse(&data[..28], Mode::S8),
            Err(HandshakeError::Protocol { protocol: 0x02 })
        );
    }
}
