// SPDX-License-Identifier: Apache-2.0
//! Reading a card behind a modem: every quirk in every mode, a card that is pulled at any moment,
//! and what goes over the line for it. Time is virtual.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use simstrap_bootstrap_data::reader::{
    CardReading, CardSession, ReadError, ReadErrorKind, ReadOptions, SecureChannelOptions,
    read_card,
};
use simstrap_bootstrap_data::scp03::apdu::at::{AtError, AtMode, AtOptions, AtTransport, Line};
use simstrap_bootstrap_data::scp03::apdu::{LogicalChannelError, blocking};
use simstrap_bootstrap_data::scp03::{Configuration, StaticKeys};
use simstrap_virtual_card::front::{Modem, ModemQuirk, ModemQuirkSet};
use simstrap_virtual_card::{SharedCard, VirtualCard};

/// What went over a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Characters {
    sent: usize,
    received: usize,
}

/// A line to a modem, with a clock that moves when somebody waits.
struct ModemLine {
    card: SharedCard,
    modem: Modem,
    said: VecDeque<u8>,
    now: Duration,
    characters: Rc<Cell<Characters>>,
    /// Lines until the card is pulled.
    until_pulled: Option<usize>,
}

impl Line for ModemLine {
    type Error = Infallible;

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        match &mut self.until_pulled {
            Some(0) => {
                self.card.lock().remove();
                self.until_pulled = None;
            }
            Some(lines) => *lines -= 1,
            None => {}
        }
        let count = self.characters.get();
        self.characters.set(Characters { sent: count.sent + bytes.len(), ..count });
        let answer = self.modem.receive(bytes);
        self.said.extend(answer);
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Infallible> {
        let announced = self.modem.announce();
        self.said.extend(announced);
        let length = buffer.len().min(self.said.len());
        if length == 0 {
            self.now += timeout;
        }
        for (place, byte) in buffer.iter_mut().zip(self.said.drain(..length)) {
            *place = byte;
        }
        let count = self.characters.get();
        self.characters.set(Characters { received: count.received + length, ..count });
        Ok(length)
    }

    fn now(&self) -> Duration {
        self.now
    }
}

/// The sample card in a modem with quirks.
fn modem(mode: AtMode, quirks: &[ModemQuirk]) -> AtTransport<ModemLine> {
    let card = SharedCard::new(VirtualCard::sample().unwrap());
    let line = ModemLine {
        modem: Modem::new(card.clone(), quirks.iter().copied().collect::<ModemQuirkSet>()),
        card,
        said: VecDeque::new(),
        now: Duration::ZERO,
        characters: Rc::default(),
        until_pulled: None,
    };
    AtTransport::new(line, AtOptions { mode, ..AtOptions::default() })
}

type Outcome = Result<CardReading, ReadError<LogicalChannelError<AtError<Infallible>>>>;

/// Reads the card, through a secure channel or in the clear.
fn read(modem: &mut AtTransport<ModemLine>, secured: bool) -> Outcome {
    let key: Vec<u8> = (0x40..=0x4F).collect();
    let configuration = Configuration::new(StaticKeys::from_slices(&key, &key, &key).unwrap());
    let mut random = |bytes: &mut [u8]| {
        bytes.fill(0x5A);
        Ok(())
    };
    let secure_channel = secured
        .then_some(SecureChannelOptions { configuration: &configuration, random: &mut random });
    let mut options = ReadOptions { secure_channel, ..ReadOptions::in_the_clear() };
    blocking::run(read_card(modem, &mut options)).unwrap()
}

const MODES: [AtMode; 3] = [AtMode::Csim, AtMode::Cgla, AtMode::Auto];

#[test]
fn quirks_09_to_12_every_quirk_of_a_modem_in_every_mode() {
    let whole = read(&mut modem(AtMode::Csim, &[]), false).unwrap().reading.used;
    for quirk in ModemQuirk::ALL {
        for mode in MODES {
            for secured in [false, true] {
                let mut modem = modem(mode, &[*quirk]);
                for _ in 0..2 {
                    let read = read(&mut modem, secured);
                    let read = read.unwrap_or_else(|e| panic!("{quirk}, {mode:?}: {e:?}"));
                    assert_eq!(read.reading.used, whole, "{quirk}, {mode:?}");
                    assert_eq!(read.reading.secure_channel.is_some(), secured);
                }
                let card = modem.line().card.clone();
                let commands: Vec<_> =
                    card.lock().log().iter().map(|exchange| exchange.command.clone()).collect();
                let on_basic = |command: &[u8]| command[0] & 0x43 == 0 && command[1] != 0x70;
                assert!(
                    !commands.iter().any(|command| on_basic(command)),
                    "{quirk}, {mode:?}: the basic channel is the modem's own"
                );
            }
        }
    }
}

#[test]
fn quirk_12_a_card_that_is_pulled_at_any_moment_is_missing() {
    let forms = ModemQuirk::ALL.iter().filter(|quirk| quirk.name().starts_with("sim-lost"));
    for form in forms {
        for mode in MODES {
            let mut whole = false;
            for lines in 0..40 {
                let mut modem = modem(mode, &[*form]);
                modem.line().until_pulled = Some(lines);
                match read(&mut modem, false) {
                    Err(error) => {
                        assert_eq!(
                            error.kind(),
                            ReadErrorKind::NoCard,
                            "{form}, {mode:?}, line {lines}: {error:?}"
                        );
                        // Put in again it is read again.
                        modem.line().card.lock().insert();
                        read(&mut modem, false).unwrap();
                    }
                    // The card went after all of it had been read.
                    Ok(_) => whole = true,
                }
            }
            assert!(whole, "40 lines are more than a reading takes");
        }
    }
}

#[test]
fn cr_08_a_refresh_is_a_hint() {
    let forms: Vec<_> =
        ModemQuirk::ALL.iter().filter(|quirk| quirk.name().starts_with("refresh-")).collect();
    assert_eq!(forms.len(), 6);
    for form in forms {
        let mut modem = modem(AtMode::Csim, &[*form]);
        let used = read(&mut modem, false).unwrap().reading.used;
        assert!(!modem.take_hint(), "{form}");
        modem.line().card.lock().update_bootstrap_data(&used).unwrap();
        blocking::run(modem.listen(Duration::from_secs(1))).unwrap().unwrap();
        assert!(modem.take_hint(), "{form}");
        assert!(!modem.take_hint(), "told once");
    }
}

#[test]
fn characters_for_a_first_reading_and_for_a_recheck() {
    let mut modem = modem(AtMode::Csim, &[]);
    let counted = Rc::clone(&modem.line().characters);
    let mut session = CardSession::new(&mut modem);
    let read = blocking::run(session.read(&mut ReadOptions::in_the_clear())).unwrap().unwrap();
    assert_eq!(read.reading.used.len(), 126);
    // ATE0 and AT+CMEE=1 included.
    assert_eq!(counted.take(), Characters { sent: 293, received: 1263 });
    blocking::run(session.recheck()).unwrap().unwrap();
    let recheck = counted.take();
    assert_eq!(recheck, Characters { sent: 24, received: 279 });
    assert!(recheck.sent + recheck.received <= 400);
}
