// SPDX-License-Identifier: Apache-2.0
//! The main path, exchange by exchange, and how many there are.

use simstrap_bootstrap_data::reader::Digest;
use simstrap_bootstrap_data::scp03::SecurityLevel;
use simstrap_bootstrap_data::scp03::apdu::Metered;
use simstrap_virtual_card::{
    CardDescription, CardQuirk, ChallengeKind, Scp03Mode, SharedCard, TransmissionProtocol,
};

use crate::cards::{EXAMPLE, file_of_32_kib, hold};
use crate::host::{Host, secure_card};

/// Eleven as in the clear, INITIALIZE UPDATE and EXTERNAL AUTHENTICATE.
const EXCHANGES: u64 = 13;

/// With both challenges from a seed, all of it is the same every time.
#[test]
fn cr_03_the_main_path_is_this() {
    let card = secure_card(|card| {
        let scp03 = card.scp03.as_mut().unwrap();
        scp03.challenge = ChallengeKind::Random;
        scp03.seed = Some(1);
    });
    let outcome = Host::new().read_card(card.clone()).unwrap();
    let expected = include_str!("../../testdata/read_sample_card_scp03.txt");
    assert_eq!(card.lock().transcript_with_secrets(), expected);
    assert_eq!(outcome.channel.to_u8(), 1);
    let reading = outcome.reading;
    assert_eq!(reading.iccid.to_string(), "8988211000000123458");
    assert_eq!(reading.file.to_string(), "6432");
    assert_eq!(reading.file_size, Some(256));
    assert_eq!(hex::encode(&reading.used), EXAMPLE);
    assert_eq!(reading.digest, Digest::of(&hex::decode(EXAMPLE).unwrap()));
    assert_eq!(reading.secure_channel.unwrap().level, SecurityLevel::Full);
    assert_eq!(reading.quirks, []);
}

fn exchanges(level: SecurityLevel, card: SharedCard) -> u64 {
    let mut metered = Metered::new(card);
    Host::at(level).read_card(&mut metered).unwrap();
    metered.cost().apdus
}

#[test]
fn thirteen_exchanges_at_every_level() {
    for level in SecurityLevel::ALL {
        assert_eq!(exchanges(level, secure_card(|_| {})), EXCHANGES, "{level}");
    }
}

#[test]
fn one_more_to_find_out_that_it_is_s16_and_four_without_short_identifiers() {
    let s16 = secure_card(|card| card.scp03.as_mut().unwrap().mode = Scp03Mode::S16);
    assert_eq!(exchanges(SecurityLevel::Full, s16), EXCHANGES + 1);
    let without = secure_card(|card| card.quirks.insert(CardQuirk::NoSfi6a82));
    assert_eq!(exchanges(SecurityLevel::Full, without), EXCHANGES + 4);
}

/// Over T=0 whatever answers a command with data is fetched, and a protected command has data. EF
/// DIR has two records whose length is asked twice. The expected length of a protected command
/// does not reach the card, so that it does not tell where EF ODF ends: that is asked too.
#[test]
fn t0_takes_a_get_response_for_every_protected_one() {
    let card = secure_card(|card| card.protocol = TransmissionProtocol::T0);
    let fetched = ["SELECT", "INITIALIZE UPDATE", "EF ODF", "SELECT", "EF DODF", "SELECT", "file"];
    let dir_again = 2;
    let end_of_odf = 1;
    let expected = EXCHANGES + fetched.len() as u64 + dir_again + end_of_odf;
    assert_eq!(exchanges(SecurityLevel::Full, card), expected);
}

#[test]
fn a_32_kib_file_takes_one_exchange_per_protected_response() {
    const WITHOUT_READING: u64 = EXCHANGES - 1;
    let file = file_of_32_kib();
    let large = |card: &mut CardDescription| hold(card, &file);
    for (level, piece) in [
        (SecurityLevel::CMac, 256),
        (SecurityLevel::CMacCDec, 256),
        (SecurityLevel::CMacRMac, 248),
        (SecurityLevel::CMacCDecRMac, 248),
        (SecurityLevel::Full, 239),
    ] {
        let expected = WITHOUT_READING + (file.len() as u64).div_ceil(piece);
        assert_eq!(exchanges(level, secure_card(large)), expected, "{level}");
    }
}

#[test]
fn only_the_used_bytes_of_a_large_file_are_read() {
    let card = secure_card(|card| card.bootstrap.size = Some(32 * 1024));
    assert_eq!(exchanges(SecurityLevel::Full, card), EXCHANGES);
}
