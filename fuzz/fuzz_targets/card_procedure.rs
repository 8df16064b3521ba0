// SPDX-License-Identifier: Apache-2.0
//! The whole procedure against a card whose answers the input changes: it ends within bounds, and
//! through a secure channel nothing comes out but what the card holds.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use simstrap_bootstrap_data::reader::{Digest, ReadOptions, SecureChannelOptions, read_card};
use simstrap_bootstrap_data::scp03::apdu::{
    LastTry, Transport, TransportErrorKind, blocking, from_fn,
};
use simstrap_bootstrap_data::scp03::{Configuration, KeyVersionNumber, StaticKeys};
use simstrap_virtual_card::{CardDescription, VirtualCard, VirtualCardError};

/// More than the bounds of the procedure add up to for files of this size.
const MAX_EXCHANGES: usize = 4096;

#[derive(Debug, Arbitrary)]
struct Input {
    secure: bool,
    /// What becomes of the answers, one after the other; then they are the card's own.
    answers: Vec<Answer>,
}

#[derive(Debug, Arbitrary)]
enum Answer {
    Own,
    Changed { position: u16, value: u8 },
    Status([u8; 2]),
    Cut(u8),
    Other(Vec<u8>),
    Lost,
    Reset,
}

static DESCRIPTION: LazyLock<CardDescription> =
    LazyLock::new(|| CardDescription::sample().expect("a test shows it"));

/// The bytes in use on the sample card.
static HELD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut card = VirtualCard::new(&DESCRIPTION).expect("a test shows it");
    let mut options = ReadOptions::in_the_clear();
    let read = blocking::run(read_card(&mut card, &mut options)).expect("it never waits");
    read.expect("a card in order").reading.used.to_vec()
});

fn transport(
    card: &mut VirtualCard,
    answers: Vec<Answer>,
    exchanges: &mut usize,
) -> impl Transport {
    let mut answers = answers.into_iter();
    from_fn(move |command: &[u8], response: &mut [u8]| {
        *exchanges += 1;
        assert!(*exchanges <= MAX_EXCHANGES);
        let mut own = card.exchange(command)?;
        let lost = |kind| Err(VirtualCardError::Injected { kind });
        match answers.next() {
            None | Some(Answer::Own) => {}
            Some(Answer::Changed { position, value }) => {
                let position = usize::from(position) % own.len();
                own[position] = value;
            }
            Some(Answer::Status(status)) => own = status.to_vec(),
            Some(Answer::Cut(length)) => own.truncate(usize::from(length)),
            Some(Answer::Other(bytes)) => own = bytes,
            Some(Answer::Lost) => return lost(TransportErrorKind::Timeout),
            Some(Answer::Reset) => {
                card.reset();
                return lost(TransportErrorKind::CardReset);
            }
        }
        let available = response.len();
        let needed = own.len();
        let target = response
            .get_mut(..needed)
            .ok_or(VirtualCardError::ResponseTooLong { needed, available })?;
        target.copy_from_slice(&own);
        Ok(needed)
    })
}

fuzz_target!(|input: Input| {
    let scp03 = DESCRIPTION.scp03.as_ref().expect("the sample card has keys");
    let keys = StaticKeys::from_slices(scp03.enc.expose(), scp03.mac.expose(), scp03.dek.expose());
    let configuration = Configuration {
        key_version: KeyVersionNumber::new(scp03.key_version),
        ..Configuration::new(keys.expect("lengths"))
    };
    let mut random = |challenge: &mut [u8]| {
        challenge.fill(0x42);
        Ok(())
    };
    let secure_channel = input
        .secure
        .then(|| SecureChannelOptions { configuration: &configuration, random: &mut random });
    let mut options = ReadOptions { pin: None, last_try: LastTry::Keep, secure_channel };

    let mut card = VirtualCard::new(&DESCRIPTION).expect("a test shows it");
    card.seed_random(1);
    let mut exchanges = 0;
    let read =
        blocking::run(read_card(transport(&mut card, input.answers, &mut exchanges), &mut options));
    if let Ok(read) = read.expect("it never waits") {
        assert_eq!(read.reading.digest, Digest::of(&read.reading.used));
        if input.secure {
            assert_eq!(read.reading.used, *HELD);
        }
    }
});
