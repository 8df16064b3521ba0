// SPDX-License-Identifier: Apache-2.0
//! Opening a channel: which mode, which card, and who is not let in.

use simstrap_scp03::apdu::StatusWord;
use simstrap_scp03::{
    CardChallenge, HandshakeError, KeyVersionNumber, Mode, ModePreference, RandomError,
    SecurityLevel,
};

use super::*;

#[test]
fn s16_is_tried_when_the_card_refuses_the_length_of_s8() {
    let session = find("S16", "33", "71");
    let challenge = [0; 8];
    let s8 = [&[0x80, 0x50, 0x30, 0x00, 0x08][..], &challenge, &[0x00]].concat();
    let refusal = || answer(s8.clone(), &[0x67, 0x00]);
    let mut configuration = configuration(session);

    configuration.mode = ModePreference::Auto;
    let mut script = Script::default();
    script.steps.push_back(refusal());
    script.steps.extend(handshake(session));
    let channel = open(script, &configuration, session).unwrap();
    assert_eq!(channel.achieved().mode, Mode::S16);
    assert_eq!(channel.achieved().card_challenge, CardChallenge::Checked);

    configuration.mode = ModePreference::Only(Mode::S8);
    let script = Script { steps: VecDeque::from([refusal()]), carries: None };
    let error = open(script, &configuration, session).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused(StatusWord::WRONG_LENGTH));
}

#[test]
fn s16_is_not_tried_for_any_other_reason() {
    let session = find("S8", "33", "70");
    let mut configuration = configuration(session);
    configuration.mode = ModePreference::Auto;
    for status in [
        StatusWord::SECURITY_STATUS,
        StatusWord::REFERENCE_NOT_FOUND,
        StatusWord::INSTRUCTION_NOT_SUPPORTED,
    ] {
        let refusal = answer(bytes(session, "initialize_update"), &status.to_bytes());
        let script = Script { steps: VecDeque::from([refusal]), carries: None };
        let error = open(script, &configuration, session).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused(status));
    }
}

/// Opens with a changed response to INITIALIZE UPDATE; the script has nothing after it, so that
/// a second command would fail the test.
fn open_with(change: impl Fn(&mut Vec<u8>, &mut Configuration)) -> HandshakeError {
    let session = find("S8", "33", "70");
    let mut configuration = configuration(session);
    let mut response = [&bytes(session, "response")[..], &OK].concat();
    change(&mut response, &mut configuration);
    let script = Script {
        steps: VecDeque::from([answer(bytes(session, "initialize_update"), &response)]),
        carries: None,
    };
    match open(script, &configuration, session).unwrap_err() {
        SecureChannelError::Handshake(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_wrong_cryptogram_is_told_and_nothing_is_tried_again() {
    for bit in 0..64 {
        let error = open_with(|response, _| response[21 + bit / 8] ^= 1 << (bit % 8));
        assert_eq!(error, HandshakeError::Cryptogram);
        assert_eq!(error.kind(), ErrorKind::Authentication);
    }
    for bit in 0..64 {
        let error = open_with(|response, _| response[13 + bit / 8] ^= 1 << (bit % 8));
        assert_eq!(error, HandshakeError::Cryptogram, "another challenge");
    }
    let other_keys = open_with(|_, configuration| {
        configuration.keys =
            simstrap_scp03::StaticKeys::from_slices(&[1; 16], &[2; 16], &[3; 16]).unwrap();
    });
    assert_eq!(other_keys, HandshakeError::Cryptogram);
    let auto = open_with(|response, configuration| {
        configuration.mode = ModePreference::Auto;
        response[21] ^= 1;
    });
    assert_eq!(auto, HandshakeError::Cryptogram);
}

#[test]
fn a_wrong_sequence_counter_is_found_out() {
    let error = open_with(|response, _| response[31] ^= 1);
    assert_eq!(error, HandshakeError::CardChallenge);
}

#[test]
fn cr_03_a_card_that_offers_less_than_demanded_is_refused() {
    let demanded = SecurityLevel::Full;
    for i in [0x00, 0x10, 0x11, 0x20, 0x30, 0x40] {
        let error = open_with(|response, _| response[12] = i);
        assert!(
            matches!(error, HandshakeError::Level { demanded: level, options }
                if level == demanded && options.to_byte() == i),
            "{error}"
        );
    }
}

#[test]
fn another_key_version_or_protocol_is_refused() {
    let used = KeyVersionNumber::new(0x31);
    let asked = KeyVersionNumber::new(0x30);
    assert_eq!(
        open_with(|response, _| response[10] = 0x31),
        HandshakeError::KeyVersion { asked, used }
    );
    let error = open_with(|response, _| response[11] = 0x02);
    assert_eq!(error, HandshakeError::Protocol { protocol: 0x02 });
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn a_card_without_keys_here_is_refused() {
    struct NoKeys;
    impl simstrap_scp03::KeyDiversification for NoKeys {
        fn card_keys(
            &self,
            data: &simstrap_scp03::DiversificationData,
        ) -> Option<simstrap_scp03::StaticKeys> {
            let session = find("S8", "33", "70");
            assert_eq!(data[..], bytes(session, "response")[..10]);
            None
        }
    }
    let session = find("S8", "33", "70");
    let configuration =
        Configuration { key_version: KeyVersionNumber::new(0x30), ..Configuration::new(NoKeys) };
    let challenge = |bytes: &mut [u8]| {
        bytes.copy_from_slice(host_challenge(session).as_bytes());
        Ok(())
    };
    let script = Script { steps: handshake(session), carries: None };
    let opening = SecureChannel::open(script, &configuration, None, challenge);
    let error = apdu::blocking::run(opening).unwrap().unwrap_err();
    let key_version = KeyVersionNumber::new(0x30);
    assert_eq!(error, HandshakeError::NoKeys { key_version }.into());
}

#[test]
fn a_host_that_the_card_does_not_accept() {
    let session = find("S8", "33", "70");
    for status in [[0x63, 0x00], [0x69, 0x82], [0x62, 0x83], [0x6A, 0x80]] {
        let mut script = Script { steps: handshake(session), carries: None };
        script.steps[1] = answer(bytes(session, "external_authenticate"), &status);
        let error = open(script, &configuration(session), session).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        let during = Instruction::EXTERNAL_AUTHENTICATE;
        let status = StatusWord::from_bytes(status);
        assert_eq!(error, HandshakeError::Refused { during, status }.into());
    }
}

#[test]
fn without_random_bytes_nothing_is_sent() {
    let session = find("S8", "33", "70");
    let none = RandomError { code: Some(-5) };
    let configuration = configuration(session);
    let opening = SecureChannel::open(Script::default(), &configuration, None, |_| Err(none));
    let error = apdu::blocking::run(opening).unwrap().unwrap_err();
    assert_eq!(error, SecureChannelError::Random(none));
}

#[test]
fn the_operating_system_gives_a_new_challenge_each_time() {
    let mut drawn = [[0; 16]; 4];
    for challenge in &mut drawn {
        simstrap_scp03::os_random(challenge).unwrap();
    }
    let distinct: std::collections::BTreeSet<_> = drawn.iter().collect();
    assert_eq!(distinct.len(), drawn.len());
}
