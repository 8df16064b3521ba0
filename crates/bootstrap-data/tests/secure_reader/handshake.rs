// SPDX-License-Identifier: Apache-2.0
//! How a session comes about, and that none comes about by itself after a refusal.

use simstrap_bootstrap_data::reader::{ReadError, ReadErrorKind};
use simstrap_bootstrap_data::scp03::apdu::{ErrorKind, Instruction, StatusWord};
use simstrap_bootstrap_data::scp03::{
    CardChallenge, HandshakeError, KeyVersionNumber, Mode, ModePreference, SecureChannelError,
    SecurityLevel, SequenceCounter, SessionError, StaticKeys,
};
use simstrap_virtual_card::{
    CardDescription, CardQuirk, ChallengeKind, Fault, FaultKind, Scp03Mode, Scp03Responses,
    SharedCard,
};

use crate::cards::EXAMPLE;
use crate::host::{
    EXTERNAL_AUTHENTICATE, Error, Host, INITIALIZE_UPDATE, count, instruction, key_bytes,
    secure_card, session_error,
};

/// How often a session was asked for, and how often the host proved itself.
fn attempts(card: &SharedCard) -> (usize, usize) {
    (count(card, INITIALIZE_UPDATE), count(card, EXTERNAL_AUTHENTICATE))
}

fn handshake_error(error: &Error) -> HandshakeError {
    assert_eq!(error.kind(), ReadErrorKind::Unreadable);
    match error {
        ReadError::SecureChannel(SecureChannelError::Handshake(error)) => *error,
        other => panic!("{other:?}"),
    }
}

/// What the host says of a card, having asked it for a session once and not proved itself.
fn refused_unproved(host: &Host, card: &SharedCard) -> HandshakeError {
    let error = handshake_error(&host.read_card(card.clone()).unwrap_err());
    assert_eq!(attempts(card), (1, 0), "{error}");
    assert_eq!(card.lock().failed_authentications(), 0);
    error
}

#[test]
fn an_s16_card_is_asked_again_with_the_longer_challenge() {
    let card = secure_card(|card| card.scp03.as_mut().unwrap().mode = Scp03Mode::S16);
    let reading = Host::new().read_card(card.clone()).unwrap().reading;
    assert_eq!(hex::encode(&reading.used), EXAMPLE);
    assert_eq!(reading.secure_channel.unwrap().mode, Mode::S16);
    assert_eq!(attempts(&card), (2, 1));
}

#[test]
fn a_mode_that_is_told_is_the_only_one() {
    for (mode, of_card) in [(Mode::S8, Scp03Mode::S16), (Mode::S16, Scp03Mode::S8)] {
        let card = secure_card(|card| card.scp03.as_mut().unwrap().mode = of_card);
        let mut host = Host::new();
        host.configuration.mode = ModePreference::Only(mode);
        let status = StatusWord::WRONG_LENGTH;
        let refused = HandshakeError::Refused { during: Instruction::INITIALIZE_UPDATE, status };
        assert_eq!(refused_unproved(&host, &card), refused);
    }
}

/// The card cannot prove itself, so nothing of ours is shown to it and its counter is left alone.
#[test]
fn wrong_keys_are_found_out_before_the_card_counts_a_failure() {
    for wrong in [1, 0] {
        let [enc, mac, dek] = key_bytes(16);
        let mut host = Host::new();
        let mut keys = [enc, mac, dek];
        keys[wrong][0] ^= 0x01;
        let [enc, mac, dek] = keys;
        host.configuration.keys = StaticKeys::from_slices(&enc, &mac, &dek).unwrap();
        let card = secure_card(|_| {});
        let error = refused_unproved(&host, &card);
        // Key-ENC is not in the cryptograms, but in the challenge.
        let expected =
            if wrong == 1 { HandshakeError::Cryptogram } else { HandshakeError::CardChallenge };
        assert_eq!(error, expected);
        assert_eq!(error.kind(), ErrorKind::Authentication);
        let help = host.read_card(card).unwrap_err().help();
        assert_eq!(
            help,
            "check keys and key version; the card may block its keys after several failures"
        );
    }
}

#[test]
fn a_wrong_encryption_key_shows_in_the_first_data_at_the_latest() {
    for (level, expected) in [
        (SecurityLevel::Full, SessionError::Padding),
        (SecurityLevel::CMacCDec, SessionError::Rejected { status: StatusWord::SECURE_MESSAGING }),
    ] {
        let [mut enc, mac, dek] = key_bytes(16);
        enc[15] ^= 0x80;
        let mut host = Host::at(level);
        host.configuration.keys = StaticKeys::from_slices(&enc, &mac, &dek).unwrap();
        let card = secure_card(|card| {
            card.scp03.as_mut().unwrap().challenge = ChallengeKind::Random;
        });
        let error = host.read_card(card.clone()).unwrap_err();
        assert_eq!(session_error(&error), expected);
        assert_eq!(attempts(&card), (1, 1));
    }
}

/// Somebody altered it on its way; whoever it was, it is not tried again.
#[test]
fn a_host_that_is_not_accepted_does_not_try_again() {
    let card = secure_card(|_| {});
    let at = {
        let probe = secure_card(|_| {});
        Host::new().read_card(probe.clone()).unwrap();
        let probe = probe.lock();
        let found = probe.log().iter().find(|e| instruction(e) == EXTERNAL_AUTHENTICATE);
        found.unwrap().number
    };
    card.lock().inject(Fault { at, kind: FaultKind::CommandBit(8 * 5) });
    let error = handshake_error(&Host::new().read_card(card.clone()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(attempts(&card), (1, 1));
    assert_eq!(card.lock().failed_authentications(), 1);
    let reading = Host::new().read_card(card.clone()).unwrap().reading;
    assert_eq!(hex::encode(&reading.used), EXAMPLE, "told to, it tries once more");
    assert_eq!(attempts(&card), (2, 2));
    assert_eq!(card.lock().failed_authentications(), 0);
}

#[test]
fn a_blocked_key_set_is_told_and_stays_blocked() {
    let card = secure_card(|card| card.scp03.as_mut().unwrap().attempts = Some(1));
    // After the six exchanges before it.
    card.lock().inject(Fault { at: 6, kind: FaultKind::CommandBit(8 * 5) });
    handshake_error(&Host::new().read_card(card.clone()).unwrap_err());
    assert_eq!(attempts(&card), (1, 1));
    card.lock().remove();
    card.lock().insert();
    for tries in 2..4 {
        let error = handshake_error(&Host::new().read_card(card.clone()).unwrap_err());
        let status = StatusWord::BLOCKED;
        let during = Instruction::INITIALIZE_UPDATE;
        assert_eq!(error, HandshakeError::Refused { during, status });
        assert!(error.to_string().ends_with("the key set may be locked after wrong keys"));
        assert_eq!(attempts(&card), (tries, 1));
    }
}

#[test]
fn a_key_version_the_card_does_not_have_is_refused() {
    for (quirk, status) in [
        (None, StatusWord::REFERENCE_NOT_FOUND),
        (Some(CardQuirk::Scp03UnknownKeySet6982), StatusWord::SECURITY_STATUS),
    ] {
        let card = secure_card(|card| card.quirks = quirk.into_iter().collect());
        let mut host = Host::new();
        host.configuration.key_version = KeyVersionNumber::new(0x31);
        let during = Instruction::INITIALIZE_UPDATE;
        let refused = HandshakeError::Refused { during, status };
        assert_eq!(refused_unproved(&host, &card), refused);
        host.configuration.key_version = KeyVersionNumber::new(0x30);
        host.read_card(card).unwrap();
    }
}

#[test]
fn a_card_that_tells_key_version_0_serves_whoever_asked_for_any() {
    let card = secure_card(|card| card.quirks.insert(CardQuirk::Scp03KeyVersion0));
    let reading = Host::new().read_card(card.clone()).unwrap().reading;
    assert_eq!(reading.secure_channel.unwrap().key_version.to_u8(), 0);
    let mut host = Host::new();
    host.configuration.key_version = KeyVersionNumber::new(0x30);
    let error = handshake_error(&host.read_card(card).unwrap_err());
    assert!(matches!(error, HandshakeError::KeyVersion { .. }), "{error}");
}

#[test]
fn cr_03_a_card_that_offers_less_than_demanded_is_refused_before_the_host_proves_itself() {
    use SecurityLevel::{CMac, CMacCDec, CMacCDecRMac, CMacRMac};
    for (responses, offered) in [
        (Scp03Responses::Unprotected, &[CMac, CMacCDec][..]),
        (Scp03Responses::Mac, &[CMac, CMacCDec, CMacRMac, CMacCDecRMac]),
        (Scp03Responses::MacAndEncryption, &SecurityLevel::ALL),
    ] {
        for level in SecurityLevel::ALL {
            let card = secure_card(|card| card.scp03.as_mut().unwrap().responses = responses);
            let host = Host::at(level);
            if offered.contains(&level) {
                let reading = host.read_card(card).unwrap().reading;
                assert_eq!(reading.secure_channel.unwrap().level, level);
                continue;
            }
            let error = refused_unproved(&host, &card);
            let HandshakeError::Level { demanded, .. } = error else { panic!("{error}") };
            assert_eq!(demanded, level);
        }
    }
}

#[test]
fn cr_03_a_card_that_claims_more_than_it_offers_gets_no_session() {
    for responses in [Scp03Responses::Unprotected, Scp03Responses::Mac] {
        let card = secure_card(|card| {
            let scp03 = card.scp03.as_mut().unwrap();
            scp03.responses = responses;
            scp03.i = Some(0x70);
        });
        let error = handshake_error(&Host::new().read_card(card.clone()).unwrap_err());
        let during = Instruction::EXTERNAL_AUTHENTICATE;
        let status = StatusWord::WRONG_PARAMETERS;
        assert_eq!(error, HandshakeError::Refused { during, status });
        assert_eq!(attempts(&card), (1, 1));
    }
}

#[test]
fn cr_03_a_card_that_claims_less_than_it_offers_is_taken_at_its_word() {
    let card = secure_card(|card| card.scp03.as_mut().unwrap().i = Some(0x10));
    let error = refused_unproved(&Host::new(), &card);
    assert!(matches!(error, HandshakeError::Level { .. }), "{error}");
}

#[test]
fn cr_03_a_card_without_a_secure_channel_is_not_read_in_the_clear_instead() {
    let card = secure_card(|card| card.scp03 = None);
    let error = refused_unproved(&Host::new(), &card);
    let during = Instruction::INITIALIZE_UPDATE;
    let status = StatusWord::INSTRUCTION_NOT_SUPPORTED;
    assert_eq!(error, HandshakeError::Refused { during, status });
    assert!(error.to_string().ends_with("the selected application has no secure channel"));
}

#[test]
fn every_parameter_of_quirky_cards_is_understood() {
    use Scp03Responses::{MacAndEncryption, Unprotected};
    for (i, mode, challenge, responses, level) in [
        (0x00, Scp03Mode::S8, ChallengeKind::Random, Unprotected, SecurityLevel::CMacCDec),
        (0x11, Scp03Mode::S16, ChallengeKind::PseudoRandom, Unprotected, SecurityLevel::CMacCDec),
        (0x60, Scp03Mode::S8, ChallengeKind::Random, MacAndEncryption, SecurityLevel::Full),
        (0x70, Scp03Mode::S8, ChallengeKind::PseudoRandom, MacAndEncryption, SecurityLevel::Full),
        (0x10, Scp03Mode::S8, ChallengeKind::PseudoRandom, Unprotected, SecurityLevel::CMacCDec),
    ] {
        let card = secure_card(|card| {
            let scp03 = card.scp03.as_mut().unwrap();
            (scp03.mode, scp03.challenge, scp03.responses) = (mode, challenge, responses);
        });
        let reading = Host::at(level).read_card(card).unwrap().reading;
        assert_eq!(hex::encode(&reading.used), EXAMPLE);
        assert_eq!(reading.secure_channel.unwrap().options.to_byte(), i);
    }
}

#[test]
fn a_sequence_counter_too_few_or_too_many_does_not_matter() {
    let read = |challenge: ChallengeKind, quirk: CardQuirk| {
        let card = secure_card(|card| {
            card.scp03.as_mut().unwrap().challenge = challenge;
            card.quirks.insert(quirk);
        });
        let achieved = Host::new().read_card(card).unwrap().reading.secure_channel.unwrap();
        (achieved.card_challenge, achieved.sequence_counter.map(SequenceCounter::to_u32))
    };
    let without = read(ChallengeKind::PseudoRandom, CardQuirk::Scp03NoSequenceCounter);
    assert_eq!(without, (CardChallenge::Unchecked, None));
    let with = read(ChallengeKind::Random, CardQuirk::Scp03AlwaysSequenceCounter);
    assert_eq!(with, (CardChallenge::Random, Some(1)));
}

/// EF DIR has the beginning of the identifier only; the card computes its challenge from all of
/// it and tells it on selection.
#[test]
fn the_challenge_is_checked_with_the_whole_identifier() {
    let change = |card: &mut CardDescription| {
        card.application.aid.extend([0x01, 0x02]);
        card.quirks.insert(CardQuirk::DirTruncatedAid);
    };
    let reading = Host::new().read_card(secure_card(change)).unwrap().reading;
    assert_eq!(reading.secure_channel.unwrap().card_challenge, CardChallenge::Checked);
    assert_eq!(reading.application.as_bytes().len(), 14);
}

#[test]
fn the_sequence_counter_tells_of_every_session() {
    let card = secure_card(|card| card.scp03.as_mut().unwrap().sessions = 0xFF_FFFD);
    for expected in [0xFF_FFFE, 0xFF_FFFF] {
        let achieved = Host::new().read_card(card.clone()).unwrap().reading.secure_channel.unwrap();
        assert_eq!(achieved.sequence_counter.unwrap().to_u32(), expected);
        card.lock().reset();
    }
    let error = handshake_error(&Host::new().read_card(card).unwrap_err());
    let during = Instruction::INITIALIZE_UPDATE;
    assert_eq!(error, HandshakeError::Refused { during, status: StatusWord::CONDITIONS });
    assert_eq!(error.kind(), ErrorKind::Refused(StatusWord::CONDITIONS));
}
