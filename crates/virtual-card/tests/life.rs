// SPDX-License-Identifier: Apache-2.0
//! What happens to a card while somebody uses it: faults, removal, other hands, other cards.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use simstrap_scp03::apdu::{Transport, TransportError, TransportErrorKind, blocking};
use simstrap_virtual_card::{
    CardDescription, ChallengeKind, Fault, FaultKind, SharedCard, UpdateError, VirtualCard,
    VirtualCardError,
};

const ICCID: &[u8] = &[0x00, 0xB0, 0x82, 0x00, 0x0A];
const OPEN: &[u8] = &[0x00, 0x70, 0x00, 0x00, 0x01];
const ALIVE: &[u8] = &[0x80, 0xF2, 0x00, 0x0C];
const READ_BOOTSTRAP: [&[u8]; 2] =
    [&[0x00, 0xA4, 0x08, 0x0C, 0x04, 0x7F, 0x50, 0x64, 0x32], &[0x00, 0xB0, 0x00, 0x00, 0x04]];

fn sample() -> VirtualCard {
    VirtualCard::sample().unwrap()
}

fn other_card() -> VirtualCard {
    let mut description = CardDescription::sample().unwrap();
    description.iccid = "8988211000000999995".to_owned();
    VirtualCard::new(&description).unwrap()
}

/// The sample card with a fault at its second exchange, after the first.
fn with_fault(kind: FaultKind) -> VirtualCard {
    let mut card = sample();
    card.inject(Fault { at: 1, kind });
    assert_eq!(card.exchange(OPEN).unwrap(), [0x01, 0x90, 0x00]);
    card
}

/// Whether the command of the second exchange, a second OPEN, was carried out.
fn carried_out(card: &mut VirtualCard) -> bool {
    card.exchange(&[0x82, 0xF2, 0x00, 0x0C]).unwrap() == [0x90, 0x00]
}

#[test]
fn lost_commands_are_not_carried_out_and_lost_responses_are() {
    for kind in [TransportErrorKind::Other, TransportErrorKind::Timeout] {
        let mut card = with_fault(FaultKind::CommandLost(kind));
        let error = card.exchange(OPEN).unwrap_err();
        assert_eq!(error, VirtualCardError::Injected { kind });
        assert_eq!(error.kind(), kind);
        assert!(!carried_out(&mut card));

        let mut card = with_fault(FaultKind::ResponseLost(kind));
        assert_eq!(card.exchange(OPEN).unwrap_err().kind(), kind);
        assert!(carried_out(&mut card));
    }
}

#[test]
fn responses_arrive_altered() {
    for (kind, expected) in [
        (FaultKind::Garbage(vec![1, 2, 3]), &[1, 2, 3][..]),
        (FaultKind::Truncated(1), &[2]),
        (FaultKind::EmptyResponse, &[]),
        (FaultKind::ResponseBit(1), &[0x42, 0x90, 0x00]),
    ] {
        let mut card = with_fault(kind);
        assert_eq!(card.exchange(OPEN).unwrap(), expected);
        assert!(carried_out(&mut card));
        assert_eq!(card.exchange(OPEN).unwrap(), [0x03, 0x90, 0x00], "only once");
    }
}

#[test]
fn commands_arrive_altered_or_are_refused() {
    let mut card = with_fault(FaultKind::CommandBit(8 * 2));
    assert_eq!(card.exchange(OPEN).unwrap(), [0x6A, 0x86], "P1 is 80, P2 00");
    assert_eq!(card.log()[1].command, OPEN, "the log has what was sent");

    let mut card = with_fault(FaultKind::Status([0x93, 0x00]));
    assert_eq!(card.exchange(OPEN).unwrap(), [0x93, 0x00]);
    assert!(!carried_out(&mut card));
}

#[test]
fn a_card_pulled_during_an_exchange_stays_out() {
    let mut card = with_fault(FaultKind::Remove);
    for _ in 0..2 {
        assert_eq!(card.exchange(ICCID), Err(VirtualCardError::NoCard));
    }
    assert!(!card.is_inserted());
    card.inject(Fault { at: card.exchanges(), kind: FaultKind::Status([0x90, 0x00]) });
    assert_eq!(card.exchange(ICCID), Err(VirtualCardError::NoCard));
    card.insert();
    assert_eq!(card.exchange(&[0x81, 0xF2, 0x00, 0x0C]).unwrap(), [0x68, 0x81]);
}

#[test]
fn a_reset_by_another_program_closes_channels() {
    let mut card = with_fault(FaultKind::Reset);
    let error = card.exchange(ICCID).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::CardReset);
    assert_eq!(card.exchange(&[0x81, 0xF2, 0x00, 0x0C]).unwrap(), [0x68, 0x81]);
}

#[test]
fn another_card_takes_over_in_the_middle() {
    let mut card = with_fault(FaultKind::Replace(Box::new(other_card())));
    let iccid = card.exchange(ICCID).unwrap();
    assert_eq!(iccid[..10], [0x98, 0x88, 0x12, 0x01, 0x00, 0x00, 0x90, 0x99, 0x99, 0xF5]);
    assert_eq!(card.exchange(&[0x81, 0xF2, 0x00, 0x0C]).unwrap(), [0x68, 0x81]);
    assert_eq!(card.log().len(), 3, "the log goes on");
}

#[test]
fn of_several_faults_each_happens_at_its_exchange() {
    let mut card = sample();
    for at in [4, 2, 0] {
        card.inject(Fault { at, kind: FaultKind::EmptyResponse });
    }
    let empty: Vec<bool> = (0..6).map(|_| card.exchange(ALIVE).unwrap().is_empty()).collect();
    assert_eq!(empty, [true, false, true, false, true, false]);
}

#[test]
fn a_fault_that_comes_too_late_never_happens() {
    let mut card = sample();
    card.exchange(ALIVE).unwrap();
    card.inject(Fault { at: 0, kind: FaultKind::EmptyResponse });
    assert_eq!(card.exchange(ALIVE).unwrap(), [0x90, 0x00]);
}

#[test]
fn ft_06_an_exchange_that_never_ends_can_be_dropped() {
    let mut card = with_fault(FaultKind::NeverAnswers);
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut response = [0; 3];
        let mut future = pin!(card.transmit(OPEN, &mut response));
        for _ in 0..3 {
            assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
        }
    }
    assert!(carried_out(&mut card));
    assert_eq!(card.log()[1].response, Err(VirtualCardError::NeverAnswers));
}

#[test]
fn a_response_that_does_not_fit_is_an_error() {
    let mut card = sample();
    let result = blocking::run(card.transmit(ICCID, &mut [0; 11])).unwrap();
    let expected = VirtualCardError::ResponseTooLong { needed: 12, available: 11 };
    assert_eq!(result, Err(expected));
    let mut response = [0; 12];
    assert_eq!(blocking::run(card.transmit(ICCID, &mut response)).unwrap(), Ok(12));
    assert_eq!(response[..2], [0x98, 0x88]);
}

#[test]
fn bootstrap_data_changes_under_a_reader() {
    let hand = SharedCard::new(sample());
    let mut transport = hand.clone();
    let mut read = || {
        let mut response = [0; 6];
        for command in READ_BOOTSTRAP {
            blocking::run(transport.transmit(command, &mut response)).unwrap().unwrap();
        }
        response
    };
    assert_eq!(read(), [0x00, 0x02, 0x00, 0x7A, 0x90, 0x00]);
    hand.lock().update_bootstrap_data(&[0, 0]).unwrap();
    assert_eq!(read(), [0x00, 0x00, 0xFF, 0xFF, 0x90, 0x00]);
    hand.lock().update_bootstrap_data(&[7; 256]).unwrap();
    assert_eq!(read(), [7, 7, 7, 7, 0x90, 0x00]);
    let error = hand.lock().update_bootstrap_data(&[0; 257]).unwrap_err();
    let expected = UpdateError::TooLong { length: 257, capacity: 256 };
    assert_eq!(error, expected);
    assert_eq!(read(), [7, 7, 7, 7, 0x90, 0x00]);
    hand.lock().replace(other_card());
    assert_eq!(read(), [0x00, 0x02, 0x00, 0x7A, 0x90, 0x00]);
}

#[test]
fn a_shared_card_serves_several_threads() {
    let hand = SharedCard::new(sample());
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let mut transport = hand.clone();
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let mut response = [0; 12];
                    blocking::run(transport.transmit(ICCID, &mut response)).unwrap().unwrap();
                    assert_eq!(response[..2], [0x98, 0x88]);
                }
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    assert_eq!(hand.lock().exchanges(), 200);
}

#[test]
fn a_32_kib_file_is_read_in_128_pieces() {
    let mut description = CardDescription::sample().unwrap();
    description.bootstrap.size = Some(32 * 1024);
    let mut card = VirtualCard::new(&description).unwrap();
    card.exchange(READ_BOOTSTRAP[0]).unwrap();
    for high in 0..=0x7F {
        let response = card.exchange(&[0x00, 0xB0, high, 0x00, 0x00]).unwrap();
        assert_eq!((response.len(), &response[256..]), (258, &[0x90, 0x00][..]));
    }
}

const SELECT_APPLICATION: &[u8] = b"\x00\xA4\x04\x0C\x0C\xA0\x00\x00\x00\x63PKCS-15";
const INITIALIZE_UPDATE: &[u8] =
    &[0x80, 0x50, 0x30, 0x00, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x00];

/// The challenge a card makes.
fn card_challenge(card: &mut VirtualCard) -> Vec<u8> {
    card.exchange(SELECT_APPLICATION).unwrap();
    let response = card.exchange(INITIALIZE_UPDATE).unwrap();
    assert_eq!(response.last_chunk(), Some(&[0x90, 0x00]));
    response.get(13..21).unwrap().to_vec()
}

#[test]
fn random_challenges_are_new_each_time_unless_they_come_from_a_seed() {
    let random = |seed: Option<u64>| {
        let mut description = CardDescription::sample().unwrap();
        let scp03 = description.scp03.as_mut().unwrap();
        scp03.challenge = ChallengeKind::Random;
        scp03.seed = seed;
        VirtualCard::new(&description).unwrap()
    };
    assert_ne!(card_challenge(&mut random(None)), card_challenge(&mut random(None)));
    let mut card = random(Some(7));
    let first = card_challenge(&mut card);
    assert_ne!(card_challenge(&mut card), first);
    let mut seeded_later = random(None);
    seeded_later.seed_random(7);
    assert_eq!(card_challenge(&mut seeded_later), first);
    assert_ne!(card_challenge(&mut random(Some(8))), first);
}

#[test]
fn failed_authentications_outlast_a_reset_and_another_card_has_its_own() {
    let fail = |card: &mut VirtualCard| {
        card_challenge(card);
        let authenticate = [&[0x84, 0x82, 0x33, 0x00, 0x10][..], b"no host does this"].concat();
        assert_eq!(card.exchange(&authenticate[..21]).unwrap(), [0x63, 0x00]);
    };
    let mut card = sample();
    assert_eq!(card.failed_authentications(), 0);
    fail(&mut card);
    card.reset();
    fail(&mut card);
    assert_eq!(card.failed_authentications(), 2);
    assert_eq!(card.security_level(0), None);
    let mut copy = card.clone();
    fail(&mut copy);
    assert_eq!((copy.failed_authentications(), card.failed_authentications()), (3, 2));
    card.replace(other_card());
    assert_eq!(card.failed_authentications(), 0);
}

#[test]
fn the_log_has_every_exchange_and_the_transcript_no_secret() {
    let mut card = sample();
    for command in READ_BOOTSTRAP {
        card.exchange(command).unwrap();
    }
    card.remove();
    card.exchange(ALIVE).unwrap_err();
    assert_eq!(
        card.transcript(),
        "> 00 A4 08 0C 04 7F 50 64 32   SELECT\n\
         < 90 00\n\
         > 00 B0 00 00 04   READ BINARY\n\
         < [4 bytes] 90 00\n\
         > 80 F2 00 0C   STATUS\n\
         ! no card: it was removed\n"
    );
    assert!(card.transcript_with_secrets().contains("< 00 02 00 7A 90 00"));
    let numbers: Vec<u64> = card.log().iter().map(|exchange| exchange.number).collect();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(card.log()[2].response, Err(VirtualCardError::NoCard));
    card.clear_log();
    assert_eq!((card.log().len(), card.exchanges()), (0, 3));
    assert!(card.transcript().is_empty());
}

#[test]
fn ft_04_nothing_of_a_card_is_shown_by_debug() {
    let mut card = sample();
    card.exchange(b"\x00\x20\x00\x0A\x0888888888").unwrap();
    let shown = format!("{card:?} {:?} {:?}", card.log(), SharedCard::new(card.clone()));
    assert!(!shown.contains("56") && !shown.contains("88"), "{shown}");
}
