// SPDX-License-Identifier: Apache-2.0
//! The main path, exchange by exchange, and how many there are.

use simstrap_bootstrap_data::reader::{Digest, ReadOptions};
use simstrap_bootstrap_data::scp03::apdu::Metered;
use simstrap_virtual_card::{CardDescription, CardQuirk, SharedCard};

use crate::cards::{EXAMPLE, file_of_32_kib, hold, sample};
use crate::{read, read_in_the_clear};

#[test]
fn cr_01_the_main_path_is_this() {
    let card = sample(|_| {});
    let outcome = read_in_the_clear(card.clone()).unwrap();
    let expected = include_str!("../../testdata/read_sample_card.txt");
    assert_eq!(card.lock().transcript(), expected);
    let reading = outcome.reading;
    assert_eq!(outcome.channel.to_u8(), 1);
    assert_eq!(reading.iccid.to_string(), "8988211000000123458");
    assert_eq!(reading.file.to_string(), "6432");
    assert_eq!(reading.file_size, Some(256));
    assert_eq!(hex::encode(&reading.used), EXAMPLE);
    assert_eq!(reading.data.unwrap().bytes(), &reading.used);
    assert_eq!(reading.digest, Digest::of(&hex::decode(EXAMPLE).unwrap()));
    assert_eq!(reading.secure_channel, None);
    assert_eq!(reading.quirks, []);
}

fn apdus(card: SharedCard) -> u64 {
    let mut metered = Metered::new(card);
    read(&mut metered, &mut ReadOptions::in_the_clear()).unwrap();
    metered.cost().apdus
}

#[test]
fn eleven_exchanges_with_short_file_identifiers_and_fifteen_without() {
    assert_eq!(apdus(sample(|_| {})), 11);
    for quirk in [CardQuirk::NoSfi6a82, CardQuirk::NoSfi6a86] {
        assert_eq!(apdus(sample(|card| card.quirks.insert(quirk))), 15);
    }
}

#[test]
fn a_32_kib_file_takes_one_exchange_per_256_bytes() {
    const WITHOUT_READING: u64 = 10;
    let file = file_of_32_kib();
    let large = |change: fn(&mut CardDescription)| {
        let file = file.clone();
        sample(move |card| {
            hold(card, &file);
            change(card);
        })
    };
    let exchanges = (32 * 1024 / 256) as u64;
    assert_eq!(apdus(large(|_| {})), WITHOUT_READING + exchanges);
    let without = apdus(large(|card| card.quirks.insert(CardQuirk::NoSfi6a82)));
    assert_eq!(without, WITHOUT_READING + 4 + exchanges);
    let read = read_in_the_clear(large(|_| {})).unwrap().reading;
    assert_eq!(read.used, file);
    assert!(read.data.is_ok(), "the largest file there can be decodes");
}

#[test]
fn only_the_used_bytes_of_a_large_file_are_read() {
    let card = sample(|card| card.bootstrap.size = Some(32 * 1024));
    assert_eq!(apdus(card), 11);
}
