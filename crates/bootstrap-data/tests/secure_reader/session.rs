// SPDX-License-Identifier: Apache-2.0
//! The same session over and over, byte for byte, with somebody in between.

use std::collections::BTreeSet;

use simstrap_bootstrap_data::reader::{CardReading, Digest};
use simstrap_bootstrap_data::scp03::apdu::from_fn;
use simstrap_bootstrap_data::scp03::{Mode, ModePreference, SecurityLevel};
use simstrap_virtual_card::{
    CardDescription, Exchange, Fault, FaultKind, Scp03Mode, SharedCard, VirtualCard,
    VirtualCardError,
};

use crate::cards::EXAMPLE;
use crate::host::{
    EXTERNAL_AUTHENTICATE, Error, Host, hold_keys, in_session, instruction, is_protected,
};
use crate::shown::Secrets;

/// A reading that nobody meddles with. Challenges are the same every time, and with them all
/// that is said.
pub(crate) struct Undisturbed {
    pub(crate) level: SecurityLevel,
    pub(crate) log: Vec<Exchange>,
    card: VirtualCard,
    host: Host,
}

/// A reading that somebody meddled with.
pub(crate) struct Attacked {
    pub(crate) card: SharedCard,
    pub(crate) outcome: Result<CardReading, Error>,
}

impl Undisturbed {
    pub(crate) fn new(level: SecurityLevel, mode: Mode) -> Self {
        let mut description = CardDescription::sample().unwrap();
        hold_keys(&mut description, 16);
        description.scp03.as_mut().unwrap().mode = match mode {
            Mode::S8 => Scp03Mode::S8,
            Mode::S16 => Scp03Mode::S16,
        };
        let card = VirtualCard::new(&description).unwrap();
        let mut host = Host::at(level);
        host.configuration.mode = ModePreference::Only(mode);
        let mut undisturbed = Self { level, log: Vec::new(), card, host };
        let first = undisturbed.read(|_| {});
        assert!(first.is_right("undisturbed"));
        assert!(in_session(&first.card.lock()).all(is_protected));
        undisturbed.log = first.card.lock().log().to_vec();
        assert_eq!(undisturbed.read(|_| {}).card.lock().log(), undisturbed.log);
        undisturbed
    }

    /// EXTERNAL AUTHENTICATE and what comes after it.
    pub(crate) fn protected(&self) -> impl Iterator<Item = &Exchange> {
        self.log.iter().filter(|exchange| is_protected(exchange))
    }

    /// What comes after it.
    pub(crate) fn with_protected_response(&self) -> impl Iterator<Item = &Exchange> {
        self.protected().filter(|exchange| instruction(exchange) != EXTERNAL_AUTHENTICATE)
    }

    pub(crate) fn find(&self, sought: u8) -> &Exchange {
        self.log.iter().find(|exchange| instruction(exchange) == sought).unwrap()
    }

    /// Reads once more, a card that `prepare` did something to.
    pub(crate) fn read(&self, prepare: impl FnOnce(&mut VirtualCard)) -> Attacked {
        let mut card = self.card.clone();
        prepare(&mut card);
        self.read_again(SharedCard::new(card))
    }

    /// Reads this card, which may have been read before.
    pub(crate) fn read_again(&self, card: SharedCard) -> Attacked {
        let outcome = self.host.read_card(card.clone());
        Attacked { card, outcome }
    }

    /// Reads once more, and this goes wrong in this exchange.
    pub(crate) fn with_fault(&self, exchange: &Exchange, kind: FaultKind) -> Attacked {
        self.read(|card| card.inject(Fault { at: exchange.number, kind }))
    }

    /// Reads once more with somebody in between, who gets each command with its number and gives
    /// what the host takes for the response.
    pub(crate) fn in_between(
        &self,
        mut meddle: impl FnMut(u64, &[u8], &mut VirtualCard) -> Vec<u8>,
    ) -> Attacked {
        let card = SharedCard::new(self.card.clone());
        let mut number = 0;
        let transport = from_fn(|command: &[u8], response: &mut [u8]| {
            let answer = meddle(number, command, &mut card.lock());
            number += 1;
            let (needed, available) = (answer.len(), response.len());
            let target = response
                .get_mut(..needed)
                .ok_or(VirtualCardError::ResponseTooLong { needed, available })?;
            target.copy_from_slice(&answer);
            Ok(needed)
        });
        let outcome = self.host.read_card(transport);
        Attacked { card, outcome }
    }

    /// Nothing that was said in the session, protected or not, shows in what errors say.
    pub(crate) fn assert_nothing_shows(&self, errors: &BTreeSet<String>) {
        let example = hex::decode(EXAMPLE).unwrap();
        let responses = self.with_protected_response().map(|exchange| {
            let response = response_of(exchange);
            &response[..response.len() - 2]
        });
        let said = Secrets::new(responses.chain([&example[..]]));
        for error in errors {
            assert!(!said.are_shown_by(error), "{error}");
        }
    }
}

impl Attacked {
    /// Whether it was read; what was read is right.
    pub(crate) fn is_right(&self, context: &str) -> bool {
        let Ok(CardReading { reading, .. }) = &self.outcome else { return false };
        let example = hex::decode(EXAMPLE).unwrap();
        assert_eq!(reading.used, example, "{context}");
        assert_eq!(reading.digest, Digest::of(&example), "{context}");
        assert_eq!(reading.data.as_ref().unwrap().bytes(), &example, "{context}");
        true
    }

    /// The error, in every form in which it may be printed.
    pub(crate) fn error(&self, context: &str) -> String {
        let error = self.outcome.as_ref().expect_err(context);
        let mut sources = Vec::new();
        let mut next = std::error::Error::source(error);
        while let Some(source) = next {
            sources.push(source.to_string());
            next = source.source();
        }
        format!("{error} {sources:?} {error:?}")
    }

    /// What the host got in this exchange, and in those after it that are not about channels.
    pub(crate) fn responses_from(&self, number: u64) -> Vec<Vec<u8>> {
        let card = self.card.lock();
        let log = card.log().iter().filter(|exchange| exchange.number >= number);
        log.filter(|exchange| instruction(exchange) != 0x70)
            .map(|exchange| response_of(exchange).to_vec())
            .collect()
    }
}

pub(crate) fn response_of(exchange: &Exchange) -> &[u8] {
    exchange.response.as_ref().unwrap()
}

/// A status word that says no, and nothing else; `63 00` says it to EXTERNAL AUTHENTICATE.
pub(crate) fn is_bare(response: &[u8]) -> bool {
    matches!(response, [0x63, 0x00] | [0x64..=0x6F, _])
}
