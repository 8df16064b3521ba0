// SPDX-License-Identifier: Apache-2.0
//! A card that stays open from one look to the next, in the clear and through a secure channel.

use simstrap_bootstrap_data::reader::{
    CardReading, CardSession, Digest, MAX_KEY_REJECTIONS, ReadError, ReadErrorKind, ReadOptions,
    RecheckError, Unchanged,
};
use simstrap_bootstrap_data::scp03::SecurityLevel;
use simstrap_bootstrap_data::scp03::apdu::{
    FileError, LogicalChannel, LogicalChannelError, Metered, Pin, TransportErrorKind, blocking,
};
use simstrap_virtual_card::{
    CardDescription, CardQuirk, ChallengeKind, Fault, FaultKind, ReadCondition, SharedCard,
    TransmissionProtocol, VirtualCard, VirtualCardError,
};

use crate::cards::{EXAMPLE, file_of_32_kib, hold};
use crate::host::{Host, channel, hold_keys, secure_card};

type Failure = RecheckError<LogicalChannelError<VirtualCardError>>;
type Reading = Result<CardReading, ReadError<LogicalChannelError<VirtualCardError>>>;

/// Who looks: in the clear, or through a secure channel.
struct Looker {
    host: Option<Host>,
    session: CardSession<SharedCard>,
    card: SharedCard,
}

impl Looker {
    fn read(&mut self) -> Reading {
        let session = &mut self.session;
        let mut read = |options: &mut ReadOptions<'_>| blocking::run(session.read(options));
        match &self.host {
            Some(host) => host.with_options(read),
            None => read(&mut ReadOptions::in_the_clear()),
        }
        .unwrap()
    }

    fn recheck(&mut self) -> Result<Unchanged, Failure> {
        blocking::run(self.session.recheck()).unwrap()
    }

    fn exchanges(&mut self, during: impl FnOnce(&mut Self)) -> u64 {
        let before = self.card.lock().exchanges();
        during(self);
        self.card.lock().exchanges() - before
    }
}

/// Both kinds, after a first reading of the sample card, changed.
fn lookers(change: impl Fn(&mut CardDescription)) -> [Looker; 2] {
    [None, Some(Host::new())].map(|host| {
        let card = secure_card(&change);
        let mut looker = Looker { host, session: CardSession::new(card.clone()), card };
        looker.read().unwrap();
        looker
    })
}

/// How many further channels of the card are open.
fn open_channels(card: &SharedCard) -> usize {
    const FURTHER: usize = 3;
    let mut ours = Vec::new();
    while let Some(channel) = open(card) {
        ours.push(channel);
    }
    for channel in &mut ours {
        blocking::run(channel.close()).unwrap().unwrap();
    }
    FURTHER - ours.len()
}

fn open(card: &SharedCard) -> Option<LogicalChannel<SharedCard>> {
    let mut channel = LogicalChannel::new(card.clone());
    blocking::run(channel.open()).unwrap().ok().map(|_| channel)
}

#[test]
fn cr_04_a_second_look_is_one_exchange() {
    for mut looker in lookers(|_| {}) {
        for _ in 0..3 {
            let taken = looker.exchanges(|looker| {
                let unchanged = looker.recheck().unwrap();
                assert_eq!(unchanged.digest, Digest::of(&hex::decode(EXAMPLE).unwrap()));
                assert_eq!(unchanged.iccid.to_string(), "8988211000000123458");
            });
            assert_eq!(taken, 1);
        }
    }
}

/// In hexadecimal digits, as AT+CSIM carries them.
#[test]
fn cr_04_a_second_look_fits_four_hundred_characters() {
    for mut looker in lookers(|_| {}) {
        looker.recheck().unwrap();
        let card = looker.card.lock();
        let exchange = card.log().last().unwrap();
        let characters = 2 * (exchange.command.len() + exchange.response.as_ref().unwrap().len());
        println!("{characters} characters");
        assert!(characters <= 400, "{characters}");
    }
}

#[test]
fn cr_04_a_second_look_at_a_large_file_is_one_exchange_per_piece() {
    let file = file_of_32_kib();
    for (mut looker, piece) in lookers(|card| hold(card, &file)).into_iter().zip([256, 239]) {
        let taken = looker.exchanges(|looker| assert!(looker.recheck().is_ok()));
        assert_eq!(taken, (file.len() as u64).div_ceil(piece));
    }
    let card = secure_card(|card| hold(card, &file));
    let mut metered = Metered::new(card);
    let mut session = CardSession::new(&mut metered);
    let mut options = ReadOptions::in_the_clear();
    blocking::run(session.read(&mut options)).unwrap().unwrap();
    blocking::run(session.recheck()).unwrap().unwrap();
    blocking::run(session.close()).unwrap().unwrap();
    drop(session);
    assert_eq!(metered.cost().apdus, 10 + 2 * 128, "reading, closing, reading again");
}

/// Without a byte to read a look would take no exchange, and not see that the card is gone.
#[test]
fn cr_04_an_empty_file_is_never_unchanged_without_asking_the_card() {
    let card = secure_card(|_| {});
    let read = || {
        let mut session = CardSession::new(card.clone());
        let read = blocking::run(session.read(&mut ReadOptions::in_the_clear())).unwrap();
        (read.unwrap().reading.used.len(), session)
    };
    let before = card.lock().exchanges();
    assert_eq!(read().0, EXAMPLE.len() / 2);
    // The same again, but the card says of the file that it has no bytes.
    let log = card.lock().log().to_vec();
    let size = [0x80, 0x02, 0x01, 0x00];
    let (selection, answer) = log
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, exchange)| {
            let answer = exchange.response.clone().unwrap();
            let position = answer.windows(4).position(|bytes| bytes == size)?;
            Some((at as u64, (answer, position)))
        })
        .unwrap();
    let (mut answer, position) = answer;
    answer[position + 2] = 0;
    let at = before + log.len() as u64 + selection;
    card.lock().inject(Fault { at, kind: FaultKind::Garbage(answer) });
    let (length, mut session) = read();
    assert_eq!(length, 0);
    assert!(matches!(blocking::run(session.recheck()).unwrap(), Err(RecheckError::NotOpen)));
}

/// Over T=0 a protected command has data, and what answers it is fetched.
#[test]
fn cr_04_over_t0_only_a_protected_look_takes_one_more() {
    let t0 = |card: &mut CardDescription| card.protocol = TransmissionProtocol::T0;
    for (mut looker, exchanges) in lookers(t0).into_iter().zip([1, 2]) {
        let taken = looker.exchanges(|looker| assert!(looker.recheck().is_ok()));
        assert_eq!(taken, exchanges);
    }
}

/// A card that can be read can be looked at again, whatever it does differently.
#[test]
fn cr_04_a_second_look_copes_with_every_quirk_that_the_first_copes_with() {
    let mut looks = 0;
    // Of a file that ends before it says so nothing is known but by reading it.
    let known = |quirk: &CardQuirk| *quirk != CardQuirk::DeclaredSizeLargerThanFile;
    for quirk in CardQuirk::ALL.into_iter().filter(known) {
        for protocol in [TransmissionProtocol::T0, TransmissionProtocol::T1] {
            for host in [None, Some(Host::new())] {
                let card = secure_card(|card| {
                    card.protocol = protocol;
                    card.quirks.insert(quirk);
                });
                let mut looker = Looker { host, session: CardSession::new(card.clone()), card };
                if let Ok(read) = looker.read() {
                    let unchanged = looker.recheck();
                    let digest = unchanged.map(|unchanged| unchanged.digest);
                    assert_eq!(digest, Ok(read.reading.digest), "{quirk:?}, {protocol:?}");
                    looks += 1;
                }
            }
        }
    }
    println!("{looks} looks");
    assert!(looks > 100);
}

/// Whatever a second look meets, "unchanged" is said of nothing but the same bytes.
#[test]
fn cr_09_whatever_differs_or_fails_is_for_a_whole_reading() {
    let longer = [EXAMPLE.replacen("0002007a", "0002007b", 1), "ff".to_owned()].concat();
    let shorter = EXAMPLE.replacen("0002007a", "00020079", 1);
    let other = EXAMPLE.replacen("c10100", "c10101", 1);
    type Change<'a> = (&'a str, &'a dyn Fn(&SharedCard), Option<ReadErrorKind>);
    let changes: [Change<'_>; 7] = [
        ("a header that tells more", &|card| update(card, &longer), None),
        ("a header that tells less", &|card| update(card, &shorter), None),
        ("another byte", &|card| update(card, &other), None),
        (
            "deactivated",
            &|card| card.lock().deactivate_bootstrap_file(),
            Some(ReadErrorKind::NoBootstrapData),
        ),
        ("pulled", &|card| card.lock().remove(), Some(ReadErrorKind::NoCard)),
        ("reset", &|card| card.lock().reset(), None),
        ("another program selected something else", &select_elsewhere, None),
    ];
    for (name, change, kind) in changes {
        for mut looker in lookers(|_| {}) {
            change(&looker.card);
            assert!(looker.recheck().is_err(), "{name}");
            assert_eq!(looker.recheck(), Err(RecheckError::NotOpen), "{name}: nothing stays open");
            let read = looker.read();
            assert_eq!(read.as_ref().err().map(ReadError::kind), kind, "{name}");
            if kind != Some(ReadErrorKind::NoCard) {
                assert_eq!(open_channels(&looker.card), usize::from(kind.is_none()), "{name}");
            }
            if let Ok(read) = read {
                assert_eq!(looker.recheck().unwrap().digest, read.reading.digest, "{name}");
            }
        }
    }
}

fn update(card: &SharedCard, hex: &str) {
    card.lock().update_bootstrap_data(&hex::decode(hex).unwrap()).unwrap();
}

/// On the channel of the session: the application, and so no file any longer.
fn select_elsewhere(card: &SharedCard) {
    let select = hex::decode("01a4040c0ca000000063504b43532d3135").unwrap();
    assert_eq!(card.lock().exchange(&select).unwrap(), [0x90, 0x00]);
}

/// Another card, on which another program has opened the same channel, with nothing or something
/// else selected.
#[test]
fn cr_07_a_channel_of_another_card_that_has_the_same_number_is_not_ours() {
    for select in [false, true] {
        for mut looker in lookers(|_| {}) {
            looker.card.lock().replace(other_card(|_| {}));
            let _others = channel(&looker.card, 1);
            if select {
                looker.card.lock().exchange(&[0x01, 0xB0, 0x82, 0x00, 0x0A]).unwrap();
            }
            assert!(looker.recheck().is_err());
            let read = looker.read().unwrap();
            assert_eq!(read.reading.iccid.to_string(), OTHER_CARD);
        }
    }
}

const OTHER_CARD: &str = "8988211000000999999";

/// The same card with another number.
fn other_card(change: impl FnOnce(&mut CardDescription)) -> VirtualCard {
    let mut description = CardDescription::sample().unwrap();
    description.iccid = OTHER_CARD.to_owned();
    hold_keys(&mut description, 16);
    change(&mut description);
    VirtualCard::new(&description).unwrap()
}

#[test]
fn cr_07_a_swapped_card_has_no_open_channel_and_none_is_closed_on_it() {
    for mut looker in lookers(|_| {}) {
        looker.card.lock().replace(other_card(|_| {}));
        assert!(matches!(looker.recheck(), Err(RecheckError::File(_))));
        assert_eq!(looker.session.channel(), None);
        let read = looker.read().unwrap();
        assert_eq!(read.reading.iccid.to_string(), OTHER_CARD);
    }
}

#[test]
fn ft_06_any_fault_during_a_second_look_leaves_nothing_open_but_what_is_known() {
    let kinds = [
        FaultKind::CommandLost(TransportErrorKind::Other),
        FaultKind::ResponseLost(TransportErrorKind::Timeout),
        FaultKind::Garbage(vec![0x5A; 130]),
        FaultKind::Truncated(1),
        FaultKind::Truncated(2),
        FaultKind::EmptyResponse,
        FaultKind::ResponseBit(8 * 60),
        FaultKind::Status([0x69, 0x82]),
        FaultKind::Status([0x69, 0x86]),
        FaultKind::Status([0x69, 0x88]),
        FaultKind::Status([0x68, 0x82]),
        FaultKind::Status([0x93, 0x00]),
        FaultKind::Status([0x90, 0x00]),
        FaultKind::Reset,
        FaultKind::NeverAnswers,
    ];
    for kind in kinds {
        for mut looker in lookers(|_| {}) {
            let at = looker.card.lock().exchanges();
            looker.card.lock().inject(Fault { at, kind: kind.clone() });
            let checked = blocking::run(looker.session.recheck());
            assert!(!matches!(checked, Ok(Ok(_))), "{kind:?}");
            assert_eq!(looker.recheck(), Err(RecheckError::NotOpen), "{kind:?}");
            looker.read().unwrap();
            looker.recheck().unwrap();
            assert_eq!(open_channels(&looker.card), 1, "{kind:?}");
            blocking::run(looker.session.close()).unwrap().unwrap();
            assert_eq!(open_channels(&looker.card), 0, "{kind:?}");
        }
    }
}

/// A dropped future of a whole reading, at every exchange but the one that opens the channel:
/// there nobody knows which channel the card has opened.
#[test]
fn ft_06_a_whole_reading_that_is_dropped_leaves_no_channel_behind() {
    for mut looker in lookers(|_| {}) {
        let exchanges = looker.exchanges(|looker| drop(looker.read().unwrap()));
        for at in (0..exchanges).filter(|at| *at != 1) {
            let now = looker.card.lock().exchanges();
            looker.card.lock().inject(Fault { at: now + at, kind: FaultKind::NeverAnswers });
            let mut options = ReadOptions::in_the_clear();
            let dropped = match &looker.host {
                Some(host) => host
                    .with_options(|options| blocking::run(looker.session.read(options)).is_err()),
                None => blocking::run(looker.session.read(&mut options)).is_err(),
            };
            assert!(dropped, "{at}");
            assert_eq!(looker.recheck(), Err(RecheckError::NotOpen));
            looker.read().unwrap();
            assert_eq!(open_channels(&looker.card), 1, "{at}");
        }
    }
}

#[test]
fn cr_08_after_a_hint_only_a_whole_reading_will_do() {
    for mut looker in lookers(|_| {}) {
        looker.session.distrust();
        assert_eq!(looker.recheck(), Err(RecheckError::NotOpen));
        assert_eq!(looker.session.channel().unwrap().to_u8(), 1, "it is still to be closed");
    }
}

#[test]
fn cr_04_a_file_that_is_shorter_than_it_says_is_not_checked_but_read() {
    let file = [0x00, 0x02, 0x00, 0x7A, 0x00];
    for mut looker in lookers(|card| hold(card, &file)) {
        assert_eq!(looker.recheck(), Err(RecheckError::NotOpen));
    }
}

#[test]
fn ft_05_a_pin_the_card_rejected_is_not_sent_again_by_the_same_session() {
    let with_pin = |card: &mut CardDescription| card.bootstrap.read = ReadCondition::Pin;
    let card = secure_card(with_pin);
    let mut host = Host::at(SecurityLevel::Full);
    host.pin = Some(Pin::from_digits("4321").unwrap());
    let mut looker =
        Looker { host: Some(host), session: CardSession::new(card.clone()), card: card.clone() };
    let tries = |looker: &mut Looker| match looker.read().unwrap_err() {
        ReadError::Pin(FileError::PinWrong { tries_left, .. }) => Some(tries_left),
        ReadError::Pin(FileError::PinRejectedBefore { .. }) => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(tries(&mut looker), Some(2));
    assert_eq!(tries(&mut looker), None);
    card.lock().reset();
    assert_eq!(tries(&mut looker), None);

    card.lock().replace(other_card(with_pin));
    assert!(tries(&mut looker).is_some(), "another card has not rejected it");
}

#[test]
fn ft_05_keys_that_fail_in_a_row_are_not_tried_on_the_same_card_for_ever() {
    // With challenges of its own a card shows that it has other keys only by its cryptogram.
    let other_keys = |card: &mut CardDescription| {
        hold_keys(card, 24);
        card.scp03.as_mut().unwrap().challenge = ChallengeKind::Random;
    };
    let card = secure_card(other_keys);
    let mut looker =
        Looker { host: Some(Host::new()), session: CardSession::new(card.clone()), card };
    let handshakes = |looker: &Looker| {
        let card = looker.card.lock();
        card.log().iter().filter(|exchange| exchange.command[1] == 0x50).count()
    };
    for _ in 0..MAX_KEY_REJECTIONS {
        let error = looker.read().unwrap_err();
        assert!(matches!(error, ReadError::SecureChannel(_)), "{error:?}");
    }
    let before = handshakes(&looker);
    let error = looker.read().unwrap_err();
    assert!(matches!(error, ReadError::KeysRejectedBefore), "{error:?}");
    assert_eq!(error.kind(), ReadErrorKind::Unreadable, "cr_09: nothing is known of the data");
    assert_eq!(handshakes(&looker), before);

    looker.card.lock().replace(other_card(|_| {}));
    assert!(looker.read().is_ok(), "another card has not rejected them");
}

/// A garbled answer looks like wrong keys, too.
#[test]
fn ft_05_keys_that_failed_once_are_tried_again() {
    let card = secure_card(|_| {});
    let mut looker =
        Looker { host: Some(Host::new()), session: CardSession::new(card.clone()), card };
    looker.read().unwrap();
    let position = {
        let card = looker.card.lock();
        card.log().iter().position(|exchange| exchange.command[1] == 0x50).unwrap() as u64
    };
    for _ in 0..2 * MAX_KEY_REJECTIONS {
        blocking::run(looker.session.close()).unwrap().unwrap();
        let at = looker.card.lock().exchanges() + position;
        // A bit of the cryptogram.
        looker.card.lock().inject(Fault { at, kind: FaultKind::ResponseBit(8 * 22) });
        let error = looker.read().unwrap_err();
        assert!(matches!(error, ReadError::SecureChannel(_)), "{error:?}");
        assert!(looker.read().is_ok());
    }
}
