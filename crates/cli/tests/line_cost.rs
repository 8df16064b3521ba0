// SPDX-License-Identifier: Apache-2.0
//! What a reading costs on the line to a modem: characters of both directions, and the time they
//! take at 115200 baud, ten bits each. The modem is the virtual one, without a line.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use simstrap_apdu::at::{AtMode, AtOptions, AtTransport, DEFAULT_TIMEOUT, Line};
use simstrap_policy::bootstrap_data::reader::{CardSession, ReadOptions};
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_policy::bootstrap_data::{BootstrapData, Value};
use simstrap_virtual_card::front::{Modem, ModemQuirkSet};
use simstrap_virtual_card::{CardDescription, Secret, SharedCard, VirtualCard};

/// A line that counts. Silence takes no time on it but the clock's.
struct Counted {
    modem: Modem,
    waiting: Vec<u8>,
    characters: Rc<Cell<usize>>,
    now: Duration,
}

impl Line for Counted {
    type Error = Infallible;

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.waiting.extend(self.modem.receive(bytes));
        self.characters.set(self.characters.get() + bytes.len());
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Infallible> {
        let length = self.waiting.len().min(buffer.len());
        if length == 0 {
            self.now += timeout;
        }
        buffer[..length].copy_from_slice(&self.waiting[..length]);
        self.waiting.drain(..length);
        self.characters.set(self.characters.get() + length);
        Ok(length)
    }

    fn now(&self) -> Duration {
        self.now
    }
}

/// What two looks at a card cost: the whole reading, and the one that finds it unchanged.
struct Cost {
    exchanges: [u64; 2],
    characters: [usize; 2],
}

fn cost(mode: AtMode, file: Option<Vec<u8>>) -> Cost {
    let mut description = CardDescription::sample().unwrap();
    if let Some(file) = file {
        description.bootstrap.size = None;
        description.bootstrap.data = Some(Secret::new(file));
    }
    let card = SharedCard::new(VirtualCard::new(&description).unwrap());
    let characters = Rc::new(Cell::new(0));
    let line = Counted {
        modem: Modem::new(card.clone(), ModemQuirkSet::EMPTY),
        waiting: Vec::new(),
        characters: Rc::clone(&characters),
        now: Duration::ZERO,
    };
    let transport = AtTransport::new(line, AtOptions { mode, timeout: DEFAULT_TIMEOUT });
    let mut session = CardSession::new(transport);
    let counted = || (card.lock().exchanges(), characters.get());
    blocking::run(session.read(&mut ReadOptions::in_the_clear())).unwrap().unwrap();
    let first = counted();
    blocking::run(session.recheck()).unwrap().unwrap();
    let second = counted();
    Cost { exchanges: [first.0, second.0 - first.0], characters: [first.1, second.1 - first.1] }
}

/// One resource that fills the largest file there can be.
fn file_of_32_kib() -> Vec<u8> {
    /// Headers of the file, the object, the instance and the resource.
    const AROUND: usize = 4 + 5 + 4 + 4;
    let value = vec![0x5A; 32 * 1024 - AROUND];
    let file = BootstrapData::encode(|encoder| {
        encoder.object(9, None, |object| {
            object.instance(0, |instance| instance.resource(2, Value::Opaque(&value)))
        })
    });
    file.unwrap().to_vec()
}

#[test]
fn cr_04_a_look_at_unchanged_data_costs_few_characters() {
    for (name, mode) in [("CSIM", AtMode::Csim), ("CGLA", AtMode::Cgla), ("auto", AtMode::Auto)] {
        for (size, file) in [("126 bytes", None), ("32 KiB", Some(file_of_32_kib()))] {
            let small = file.is_none();
            let Cost { exchanges, characters } = cost(mode, file);
            for (look, exchanges, characters) in
                [("first", exchanges[0], characters[0]), ("again", exchanges[1], characters[1])]
            {
                let milliseconds = characters * 10 * 1000 / 115_200;
                println!(
                    "{name} {size} {look}: {exchanges} exchanges, {characters} characters, \
                     {milliseconds} ms"
                );
            }
            if small {
                assert_eq!(exchanges[1], 1, "{name}");
                assert!(characters[1] <= 400, "{name}: {characters:?}");
            }
        }
    }
}
