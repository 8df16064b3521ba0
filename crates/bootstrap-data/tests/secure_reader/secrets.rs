// SPDX-License-Identifier: Apache-2.0
//! Keys, PIN and what is secret in the data show in nothing that is printed.

use std::collections::BTreeSet;
use std::fmt::Debug;

use simstrap_bootstrap_data::scp03::apdu::{Pin, TransportErrorKind};
use simstrap_bootstrap_data::scp03::{CommandCounter, KeyVersionNumber, SecurityLevel};
use simstrap_virtual_card::{
    CardDescription, CardQuirk, Fault, FaultKind, ReadCondition, Scp03Responses, Secret, SharedCard,
};

use crate::host::{Error, Host, hold_keys, key_bytes, keys, secure_card};
use crate::shown::Secrets;

const PIN: &str = "97531864";

/// The keys, the PIN and the PSK of the example.
fn secrets() -> Secrets {
    let keys = key_bytes(16);
    let others = [PIN.as_bytes(), b"3x@mpl3P5K53cr3tK3y"];
    Secrets::new(keys.iter().map(Vec::as_slice).chain(others))
}

/// A card with all of them.
fn card(change: impl FnOnce(&mut CardDescription)) -> SharedCard {
    secure_card(|card| {
        card.bootstrap.read = ReadCondition::Pin;
        card.pin.value = Secret::new(PIN.as_bytes().to_vec());
        change(card);
    })
}

fn host(level: SecurityLevel) -> Host {
    Host { pin: Some(Pin::from_digits(PIN).unwrap()), ..Host::at(level) }
}

fn assert_shows_nothing(shown: &str) {
    assert!(!secrets().are_shown_by(shown), "{shown}");
}

fn debug(value: &dyn Debug) -> String {
    format!("{value:?} {value:#?}")
}

fn printed(error: &Error) -> String {
    let mut text = format!("{error} {} {}", error.help(), debug(error));
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text += &format!(" {error} {}", debug(&error));
        source = error.source();
    }
    text
}

#[test]
fn ft_04_readings_and_logs_show_no_secret() {
    for level in SecurityLevel::ALL {
        let card = card(|_| {});
        let host = host(level);
        let outcome = host.read_card(card.clone()).unwrap();
        assert_shows_nothing(&debug(&outcome));
        assert_shows_nothing(&debug(&outcome.reading.data));
        assert_shows_nothing(&debug(&host.configuration));
        assert_shows_nothing(&host.with_options(|options| debug(options)));
        assert_shows_nothing(&debug(&card));
        let card = card.lock();
        assert_shows_nothing(&debug(&card.log()));
        assert_shows_nothing(&card.transcript());
        let everything = card.transcript_with_secrets();
        let there = secrets().are_shown_by(&everything);
        assert_eq!(there, level != SecurityLevel::Full, "what is not encrypted is to be hidden");
    }
}

#[test]
fn ft_04_descriptions_show_no_secret() {
    let mut description = CardDescription::sample().unwrap();
    hold_keys(&mut description, 16);
    description.pin.value = Secret::new(PIN.as_bytes().to_vec());
    assert_shows_nothing(&debug(&description));
}

#[test]
fn ft_04_errors_show_no_secret() {
    let mut errors = BTreeSet::new();
    let mut fail = |host: &Host, card: SharedCard| {
        if let Err(error) = host.read_card(card.clone()) {
            errors.insert(printed(&error));
        }
        errors.insert(card.lock().transcript());
    };
    for level in SecurityLevel::ALL {
        let exchanges = {
            let card = card(|_| {});
            host(level).read_card(card.clone()).unwrap();
            card.lock().exchanges()
        };
        for at in 0..exchanges {
            for kind in [
                FaultKind::CommandLost(TransportErrorKind::Other),
                FaultKind::Truncated(1),
                FaultKind::Truncated(30),
                FaultKind::Status([0x6F, 0x00]),
                FaultKind::Garbage(vec![0x62; 40]),
                FaultKind::CommandBit(70),
                FaultKind::ResponseBit(9),
                FaultKind::ResponseBit(90),
                FaultKind::Reset,
            ] {
                let card = card(|_| {});
                card.lock().inject(Fault { at, kind });
                fail(&host(level), card);
            }
        }
        for quirk in CardQuirk::ALL {
            fail(&host(level), card(|card| card.quirks.insert(quirk)));
        }
        fail(&host(level), card(|card| card.scp03 = None));
        fail(&host(level), card(|card| card.pin.value = Secret::new(b"1111".to_vec())));
        fail(&host(level), card(|card| card.pin.tries = 1));
        fail(&Host::at(level), card(|_| {}));
        let less = Scp03Responses::Unprotected;
        fail(&host(level), card(|card| card.scp03.as_mut().unwrap().responses = less));
        let mut other = host(level);
        other.configuration.keys = keys(24);
        fail(&other, card(|_| {}));
        other = host(level);
        other.configuration.key_version = KeyVersionNumber::new(0x31);
        fail(&other, card(|_| {}));
        other = host(level);
        other.configuration.counter = CommandCounter::DataOnly;
        fail(&other, card(|_| {}));
    }
    assert!(errors.len() > 100, "{} different texts", errors.len());
    let secrets = secrets();
    for text in errors {
        assert!(!secrets.are_shown_by(&text), "{text}");
    }
}
