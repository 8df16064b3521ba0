// SPDX-License-Identifier: Apache-2.0
//! Text that describes a card makes one that answers whatever it is sent with a status word, and
//! that can be read, or not, in a bounded number of exchanges.
#![no_main]

use libfuzzer_sys::fuzz_target;
use simstrap_bootstrap_data::reader::{ReadOptions, read_card};
use simstrap_bootstrap_data::scp03::apdu::blocking;
use simstrap_virtual_card::{CardDescription, VirtualCard};

/// More than the largest file takes in pieces of 256 bytes, with all directories at their bounds.
const MAX_EXCHANGES: u64 = 4096;

fuzz_target!(|text: &str| {
    // A description may name a file to take the data from; nothing of this machine is for it.
    if text.lines().any(|line| line.contains("data_file") && !line.starts_with('#')) {
        return;
    }
    let Ok(description) = CardDescription::from_toml(text) else { return };
    let Ok(mut card) = VirtualCard::new(&description) else { return };
    let read = blocking::run(read_card(&mut card, &mut ReadOptions::in_the_clear()));
    if let Ok(Ok(read)) = read {
        assert!(read.reading.used.len() <= 32 * 1024);
    }
    assert!(card.exchanges() <= MAX_EXCHANGES);
    for command in text.as_bytes().chunks(16) {
        if let Ok(answer) = card.exchange(command) {
            assert!((2..=258).contains(&answer.len()));
        }
    }
});
