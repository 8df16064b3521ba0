// SPDX-License-Identifier: Apache-2.0
//! The secure channels of the application, one per logical channel, and the keys they share.

use simstrap_scp03::card::{
    CardChallenge, CardConfig, CardQuirks, CardSecureChannel, Received, ResponseProtection,
    SecurityDomain, SequenceCounterField, Variant,
};

use crate::channels::MAX_CHANNEL;
use crate::description::{
    ChallengeKind, DescriptionError, Scp03Description, Scp03Mode, Scp03Responses,
};
use crate::quirks::{CardQuirk, CardQuirkSet};
use crate::random::Random;
use crate::status::Status;

/// Keys, counters and failed attempts outlast a reset; sessions do not.
#[derive(Clone)]
pub(crate) struct SecureChannels {
    domain: SecurityDomain,
    channels: [CardSecureChannel; MAX_CHANNEL as usize + 1],
    pub(crate) random: Random,
}

impl SecureChannels {
    pub(crate) fn new(
        description: &Scp03Description,
        quirks: CardQuirkSet,
    ) -> Result<Self, DescriptionError> {
        let keys = description.key_set()?;
        Ok(Self {
            domain: SecurityDomain::new(config(description, quirks), vec![keys]),
            channels: [const { CardSecureChannel::new() }; MAX_CHANNEL as usize + 1],
            random: description.seed.map_or(Random::System, Random::Seeded),
        })
    }

    /// What the secure channel of a logical channel makes of a command. `aid` is that of the
    /// selected application.
    pub(crate) fn receive(
        &mut self,
        number: u8,
        command: &[u8],
        aid: &[u8],
    ) -> Result<Received, Status> {
        let Self { domain, channels, random } = self;
        let channel = channels.get_mut(usize::from(number)).ok_or(Status::NO_SUCH_CHANNEL)?;
        let mut drawn = Ok(());
        let received = channel.receive(domain, command, aid, &mut |target| {
            drawn = random.fill(target);
        });
        if drawn.is_err() {
            channel.terminate();
            return Err(Status::TECHNICAL_PROBLEM);
        }
        Ok(received)
    }

    pub(crate) fn get(&self, number: u8) -> Option<&CardSecureChannel> {
        self.channels.get(usize::from(number))
    }

    /// Whether a session is open on a logical channel.
    pub(crate) fn is_open(&self, number: u8) -> bool {
        self.security_level(number).is_some()
    }

    /// The security level of the session on a logical channel.
    pub(crate) fn security_level(&self, number: u8) -> Option<u8> {
        self.get(number)?.security_level()
    }

    /// The logical channel is closed, or another application is selected on it.
    pub(crate) fn terminate(&mut self, number: u8) {
        if let Some(channel) = self.channels.get_mut(usize::from(number)) {
            channel.terminate();
        }
    }

    pub(crate) fn reset(&mut self) {
        self.channels.iter_mut().for_each(CardSecureChannel::terminate);
    }

    /// Failed authentications in a row.
    pub(crate) fn failed_attempts(&self) -> u8 {
        self.domain.failed_attempts(ONLY_KEY_SET).unwrap_or(0)
    }
}

/// Key version number 0 stands for the first key set, and there is no other.
const ONLY_KEY_SET: u8 = 0;

fn config(description: &Scp03Description, quirks: CardQuirkSet) -> CardConfig {
    CardConfig {
        variant: match description.mode {
            Scp03Mode::S8 => Variant::S8,
            Scp03Mode::S16 => Variant::S16,
        },
        card_challenge: match description.challenge {
            ChallengeKind::Random => CardChallenge::Random,
            ChallengeKind::PseudoRandom => CardChallenge::PseudoRandom,
        },
        response_protection: match description.responses {
            Scp03Responses::Unprotected => ResponseProtection::None,
            Scp03Responses::Mac => ResponseProtection::Mac,
            Scp03Responses::MacAndEncryption => ResponseProtection::MacAndEncryption,
        },
        diversification_data: description.diversification_data,
        attempts: description.attempts,
        quirks: CardQuirks {
            counter_counts_data_only: quirks.contains(CardQuirk::Scp03CounterDataOnly),
            bare_success_without_data: quirks.contains(CardQuirk::Scp03BareSuccess),
            bare_proactive_status: quirks.contains(CardQuirk::Scp03ProactiveBare),
            unknown_key_set_denied: quirks.contains(CardQuirk::Scp03UnknownKeySet6982),
            sequence_counter: if quirks.contains(CardQuirk::Scp03NoSequenceCounter) {
                SequenceCounterField::Never
            } else if quirks.contains(CardQuirk::Scp03AlwaysSequenceCounter) {
                SequenceCounterField::Always
            } else {
                SequenceCounterField::WithPseudoRandom
            },
            reported_parameter: description.i,
            reported_key_version: quirks.contains(CardQuirk::Scp03KeyVersion0).then_some(0),
        },
    }
}
