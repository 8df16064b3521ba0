// SPDX-License-Identifier: Apache-2.0
//! Every key length, mode, security level, channel and kind of challenge.

use std::sync::LazyLock;

use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::apdu::Class;
use simstrap_bootstrap_data::scp03::{
    CardChallenge, Configuration, Mode, ModePreference, SecurityLevel, SequenceCounter,
};
use simstrap_virtual_card::{ChallengeKind, Scp03Mode, SharedCard};

use crate::cards::{EXAMPLE, file_of_32_kib, hold, sample};
use crate::host::{Host, channel, hold_keys, in_session, is_protected, keys};

const CHANNELS: [u8; 5] = [0, 1, 3, 4, 19];
const CHALLENGES: [ChallengeKind; 2] = [ChallengeKind::Random, ChallengeKind::PseudoRandom];

/// The example and a large file.
static FILES: LazyLock<[Vec<u8>; 2]> =
    LazyLock::new(|| [hex::decode(EXAMPLE).unwrap(), file_of_32_kib()]);

/// All that is asked of a session.
#[derive(Debug, Clone, Copy)]
struct Case {
    key_length: usize,
    mode: Mode,
    level: SecurityLevel,
    channel: u8,
    challenge: ChallengeKind,
}

fn every_case(key_length: usize, mode: Mode) {
    let mut cases = 0;
    for level in SecurityLevel::ALL {
        for channel in CHANNELS {
            for challenge in CHALLENGES {
                let case = Case { key_length, mode, level, channel, challenge };
                for file in &*FILES {
                    case.check(file);
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 5 * 5 * 2 * 2);
}

impl Case {
    fn check(self, file: &[u8]) {
        let card = self.card(file);
        let channel = channel(&card, self.channel);
        let reading =
            self.host().read(channel).unwrap_or_else(|error| panic!("{self:?}: {error:?}"));
        assert_eq!(reading.used, file, "{self:?}");
        assert_eq!(reading.digest, Digest::of(file), "{self:?}");
        assert_eq!(reading.data.unwrap().bytes(), file, "{self:?}");
        assert_eq!(reading.quirks, [], "{self:?}");
        let achieved = reading.secure_channel.expect("a secure channel was asked for");
        assert_eq!((achieved.level, achieved.mode), (self.level, self.mode), "{self:?}");
        assert_eq!(achieved.key_version.to_u8(), 0x30, "{self:?}");
        assert_eq!(achieved.options.is_s16(), self.mode == Mode::S16, "{self:?}");
        let (card_challenge, counter) = match self.challenge {
            ChallengeKind::PseudoRandom => (CardChallenge::Checked, Some(1)),
            _ => (CardChallenge::Random, None),
        };
        assert_eq!(achieved.card_challenge, card_challenge, "{self:?}");
        assert_eq!(achieved.sequence_counter.map(SequenceCounter::to_u32), counter, "{self:?}");
        self.check_exchanges(&card, file.len());
    }

    fn card(self, file: &[u8]) -> SharedCard {
        sample(|card| {
            card.channels = 19;
            hold_keys(card, self.key_length);
            hold(card, file);
            let scp03 = card.scp03.as_mut().unwrap();
            scp03.challenge = self.challenge;
            scp03.mode = match self.mode {
                Mode::S8 => Scp03Mode::S8,
                Mode::S16 => Scp03Mode::S16,
            };
        })
    }

    fn host(self) -> Host {
        let configuration = Configuration {
            level: self.level,
            mode: ModePreference::Only(self.mode),
            ..Configuration::new(keys(self.key_length))
        };
        Host { configuration, pin: None }
    }

    /// Everything after EXTERNAL AUTHENTICATE is protected, on this channel, and takes no more
    /// exchanges than it must.
    fn check_exchanges(self, card: &SharedCard, length: usize) {
        /// EF ODF, EF DODF selected and read, the bootstrap file selected.
        const BEFORE_READING: usize = 4;
        let card = card.lock();
        assert_eq!(card.security_level(self.channel), Some(self.level.to_byte()), "{self:?}");
        for exchange in in_session(&card) {
            assert!(is_protected(exchange), "{self:?}: {exchange:?}");
            let class = Class::from_byte(exchange.command[0]).unwrap();
            assert_eq!(class.channel().to_u8(), self.channel, "{self:?}: {exchange:?}");
        }
        let piece = self.level.max_response_data(self.mode, 256);
        let expected = BEFORE_READING + length.div_ceil(piece);
        assert_eq!(in_session(&card).count(), expected, "{self:?}");
    }
}

#[test]
fn aes_128_s8() {
    every_case(16, Mode::S8);
}

#[test]
fn aes_128_s16() {
    every_case(16, Mode::S16);
}

#[test]
fn aes_192_s8() {
    every_case(24, Mode::S8);
}

#[test]
fn aes_192_s16() {
    every_case(24, Mode::S16);
}

#[test]
fn aes_256_s8() {
    every_case(32, Mode::S8);
}

#[test]
fn aes_256_s16() {
    every_case(32, Mode::S16);
}
