// SPDX-License-Identifier: Apache-2.0
//! Responses that only somebody with the keys can make, and what a session refuses.

use super::*;
use crate::apdu::{Class, ErrorKind, ExpectedLength};
use crate::crypto::SecretKey;
use crate::{
    CardChallenge, ImplementationOptions, KeyLength, KeyVersionNumber, Mode, SecurityLevel,
};

const CHAINING: Block = [0x5C; BLOCK_LEN];

/// A session with made-up keys, and the card's side of its keys.
fn session(level: SecurityLevel, mode: Mode, pending: PendingStatus) -> (Session, Peer) {
    let key = |filler| {
        let mut key = SecretKey::zeroed(KeyLength::Aes128);
        key.as_mut_bytes().fill(filler);
        key
    };
    let keys = SessionKeys { encryption: key(0xE1), mac: key(0xA2), response_mac: key(0xB3) };
    let achieved = Achieved {
        level,
        mode,
        key_version: KeyVersionNumber::new(0x30),
        options: ImplementationOptions::from_byte(0x60),
        diversification_data: [0; 10],
        sequence_counter: None,
        card_challenge: CardChallenge::Random,
    };
    let start = Start { keys: &keys, chaining: CHAINING, counter: CommandCounter::Spec, pending };
    let peer = Peer {
        encryption: Cipher::new(&keys.encryption),
        response_mac: Mac::new(&keys.response_mac),
        mode,
    };
    (Session::new(achieved, &start), peer)
}

/// Somebody with the keys who does not keep to the rules.
struct Peer {
    encryption: Cipher,
    response_mac: Mac,
    mode: Mode,
}

impl Peer {
    /// The text and its MAC for the command the session has just sent.
    fn seal(&mut self, session: &Session, text: &[u8], status: StatusWord) -> Vec<u8> {
        let State::Open(open) = &session.state else {
            panic!("the session has ended");
        };
        let mac = self.response_mac.compute(&[&open.chaining, text, &status.to_bytes()]);
        [text, &mac[..self.mode.field_len()]].concat()
    }

    /// Whole blocks, encrypted for the first command of a session.
    fn encrypt(&self, blocks: &[u8]) -> Vec<u8> {
        let mut iv = [0; BLOCK_LEN];
        iv[0] = 0x80;
        iv[15] = 1;
        self.encryption.encrypt_block(&mut iv);
        let mut text = blocks.to_vec();
        self.encryption.encrypt_cbc(&iv, &mut text);
        text
    }
}

fn read() -> Command<'static> {
    Command::read_binary(0, ExpectedLength::MAX_SHORT).unwrap()
}

fn send(session: &mut Session, command: &Command<'_>) {
    session.wrap(command, &mut [0; Session::MAX_WRAPPED]).unwrap();
}

fn refused(session: &mut Session, command: &Command<'_>) -> SessionError {
    let mut buffer = [0; 300];
    session.wrap(command, &mut buffer).unwrap_err()
}

/// The plain data of a response.
fn receive(
    session: &mut Session,
    data: &[u8],
    status: StatusWord,
) -> Result<Vec<u8>, SessionError> {
    let mut data = data.to_vec();
    let response = session.unwrap(&mut data, status)?;
    assert_eq!(response.status, status);
    Ok(response.data.to_vec())
}

/// What becomes of blocks that the card encrypted and protected.
fn receive_blocks(blocks: &[u8]) -> (Result<Vec<u8>, SessionError>, Option<SessionEnd>) {
    let (mut session, mut peer) = session(SecurityLevel::Full, Mode::S8, PendingStatus::Protected);
    send(&mut session, &read());
    let text = peer.encrypt(blocks);
    let data = peer.seal(&session, &text, StatusWord::SUCCESS);
    let result = receive(&mut session, &data, StatusWord::SUCCESS);
    (result, session.end())
}

#[test]
fn padding_is_taken_off_and_must_be_there() {
    let mut whole = [0x11; 32];
    whole[31] = 0x80;
    assert_eq!(receive_blocks(&whole), (Ok(vec![0x11; 31]), None));
    let mut one_byte = [0; 16];
    one_byte[0] = 0x07;
    one_byte[1] = 0x80;
    assert_eq!(receive_blocks(&one_byte), (Ok(vec![0x07]), None));
    let mut nothing = [0; 16];
    nothing[0] = 0x80;
    assert_eq!(receive_blocks(&nothing), (Ok(vec![]), None));

    let mut a_block_too_early = [0; 32];
    a_block_too_early[15] = 0x80;
    for wrong in [&[0x11; 16][..], &[0; 16], &[0; 32], &a_block_too_early] {
        let expected = (Err(SessionError::Padding), Some(SessionEnd::Altered));
        assert_eq!(receive_blocks(wrong), expected, "{wrong:?}");
    }
}

#[test]
fn what_is_encrypted_must_be_whole_blocks() {
    let (mut session, mut peer) = session(SecurityLevel::Full, Mode::S16, PendingStatus::Protected);
    send(&mut session, &read());
    let data = peer.seal(&session, &[0xAB; 17], StatusWord::SUCCESS);
    assert_eq!(
        receive(&mut session, &data, StatusWord::SUCCESS),
        Err(SessionError::CiphertextLength { length: 17 })
    );
    assert_eq!(session.end(), Some(SessionEnd::Altered));
}

#[test]
fn an_error_with_data_must_check_out_and_its_data_is_dropped() {
    for level in [SecurityLevel::CMacRMac, SecurityLevel::Full] {
        let (mut session, mut peer) = session(level, Mode::S8, PendingStatus::Protected);
        send(&mut session, &read());
        let status = StatusWord::FILE_NOT_FOUND;
        let data = peer.seal(&session, &[0xAB; 16], status);
        assert_eq!(receive(&mut session, &data, status), Ok(vec![]));

        send(&mut session, &read());
        let result = receive(&mut session, &[0xAB; 24], status);
        assert_eq!(result, Err(SessionError::ResponseMac));
    }
    let (mut session, _) = session(SecurityLevel::CMac, Mode::S8, PendingStatus::Protected);
    send(&mut session, &read());
    let result = receive(&mut session, &[0xAB; 4], StatusWord::FILE_NOT_FOUND);
    assert_eq!(result, Ok(vec![]));
}

#[test]
fn a_pending_command_is_protected_unless_the_card_is_known_to_replace_the_status() {
    let pending = StatusWord::from_bytes([0x91, 0x0B]);
    for (expected, sealed, ok) in [
        (PendingStatus::Protected, pending, true),
        (PendingStatus::Protected, StatusWord::SUCCESS, false),
        (PendingStatus::Replaced, pending, true),
        (PendingStatus::Replaced, StatusWord::SUCCESS, true),
        (PendingStatus::Replaced, StatusWord::END_OF_FILE, false),
    ] {
        let (mut session, mut peer) = session(SecurityLevel::CMacRMac, Mode::S8, expected);
        send(&mut session, &read());
        let data = peer.seal(&session, b"data", sealed);
        let result = receive(&mut session, &data, pending);
        let authentic = ok.then(|| b"data".to_vec());
        assert_eq!(result, authentic.ok_or(SessionError::ResponseMac));
    }
    let (mut session, mut peer) =
        session(SecurityLevel::CMacRMac, Mode::S8, PendingStatus::Replaced);
    send(&mut session, &read());
    let data = peer.seal(&session, b"data", StatusWord::SUCCESS);
    let altered = receive(&mut session, &data, StatusWord::END_OF_FILE);
    assert_eq!(altered, Err(SessionError::ResponseMac));
}

#[test]
fn a_success_without_a_mac_ends_the_session() {
    for status in [[0x90, 0x00], [0x62, 0x82], [0x63, 0xC1], [0x91, 0x0B]] {
        let (mut session, _) =
            session(SecurityLevel::CMacRMac, Mode::S16, PendingStatus::Protected);
        send(&mut session, &read());
        let result = receive(&mut session, &[0x11; 15], StatusWord::from_bytes(status));
        let error = result.unwrap_err();
        let (length, mode) = (15, Mode::S16);
        assert_eq!(error, SessionError::Unprotected { length, mode });
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert_eq!(session.end(), Some(SessionEnd::Altered));
    }
}

#[test]
fn a_refused_protection_ends_the_session_and_other_errors_do_not() {
    let (mut session, _) = session(SecurityLevel::Full, Mode::S8, PendingStatus::Protected);
    for status in
        [StatusWord::SECURITY_STATUS, StatusWord::FILE_NOT_FOUND, StatusWord::CLASS_NOT_SUPPORTED]
    {
        send(&mut session, &read());
        assert_eq!(receive(&mut session, &[], status), Ok(vec![]));
    }
    send(&mut session, &read());
    let status = StatusWord::SECURE_MESSAGING;
    assert_eq!(receive(&mut session, &[], status), Err(SessionError::Rejected { status }));
    assert_eq!(session.end(), Some(SessionEnd::Rejected));
}

#[test]
fn what_is_no_status_word_ends_the_session() {
    for level in SecurityLevel::ALL {
        for first in (0x00..0x61).chain(0x70..0x90).chain(0xA0..=0xFF) {
            let (mut session, _) = session(level, Mode::S8, PendingStatus::Protected);
            send(&mut session, &read());
            let status = StatusWord::from_bytes([first, 0x00]);
            let result = receive(&mut session, &[], status);
            assert_eq!(result, Err(SessionError::Status { status }));
            assert_eq!(session.end(), Some(SessionEnd::Altered));
        }
    }
}

#[test]
fn ft_06_a_command_without_an_answer_ends_the_session() {
    let (mut session, _) = session(SecurityLevel::Full, Mode::S8, PendingStatus::Protected);
    send(&mut session, &read());
    let end = SessionEnd::Interrupted;
    let error = refused(&mut session, &read());
    assert_eq!(error, SessionError::Ended { end });
    assert_eq!(session.end(), Some(end));
}

#[test]
fn ft_06_a_response_without_a_command_ends_the_session() {
    let (mut session, _) = session(SecurityLevel::CMac, Mode::S8, PendingStatus::Protected);
    let result = receive(&mut session, &[1], StatusWord::SUCCESS);
    assert_eq!(result, Err(SessionError::NoCommand));
    assert_eq!(session.end(), Some(SessionEnd::OutOfStep));
}

#[test]
fn ft_06_an_abandoned_session_is_over_and_says_why() {
    let (mut session, _) = session(SecurityLevel::Full, Mode::S8, PendingStatus::Protected);
    session.abandon();
    let error = refused(&mut session, &read());
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(
        error.to_string(),
        "the secure session is over, because an exchange was interrupted; open another"
    );
    let mut data = *b"late";
    let late = session.unwrap(&mut data, StatusWord::SUCCESS);
    assert_eq!(late.unwrap_err(), error);
    assert_eq!(data, [0; 4], "wiped");
}

#[test]
fn commands_that_cannot_be_carried_leave_the_session_as_it_is() {
    for mode in [Mode::S8, Mode::S16] {
        for level in SecurityLevel::ALL {
            let (mut session, _) = session(level, mode, PendingStatus::Protected);
            let max = level.max_command_data(mode, 255);
            let data = [0xDA; 256];
            let command = |length| Command { data: &data[..length], ..read() };
            let length = max + 1;
            let error = refused(&mut session, &command(length));
            assert_eq!(error, SessionError::CommandTooLong { length, max });

            let mut buffer = [0; Session::MAX_WRAPPED];
            let needed = session.wrap(&command(max), &mut buffer).unwrap().data.len();
            let (mut session, _) = self::session(level, mode, PendingStatus::Protected);
            let available = needed - 1;
            assert_eq!(
                session.wrap(&command(max), &mut buffer[..available]),
                Err(SessionError::BufferTooSmall { needed, available })
            );
            assert_eq!(session.end(), None);
            send(&mut session, &command(max));
        }
    }
}

#[test]
fn commands_that_end_the_session_on_the_card_are_refused() {
    let (mut session, _) = session(SecurityLevel::Full, Mode::S8, PendingStatus::Protected);
    let select = Command { p1: 0x04, instruction: Instruction::SELECT, ..read() };
    let during = Instruction::SELECT;
    assert_eq!(refused(&mut session, &select), SessionError::WouldEnd { during });
    let initialize = Command {
        class: Class::PROPRIETARY,
        instruction: Instruction::INITIALIZE_UPDATE,
        ..read()
    };
    let error = refused(&mut session, &initialize);
    assert_eq!(error.kind(), ErrorKind::Usage);
    let secured = Command { class: Class::INTERINDUSTRY.secured(), ..read() };
    let during = Instruction::READ_BINARY;
    assert_eq!(refused(&mut session, &secured), SessionError::AlreadySecured { during });
    assert_eq!(session.end(), None);
    let by_id = Command { p1: 0x00, ..select };
    send(&mut session, &by_id);
}

#[test]
fn a_command_of_the_extended_form_is_refused_as_its_mac_counts_one_byte_of_length() {
    let (mut session, _) = session(SecurityLevel::Full, Mode::S8, PendingStatus::Protected);
    let during = Instruction::READ_BINARY;
    for length in [0x101, 0x1_0000] {
        let extended = Command { expected: ExpectedLength::new(length), ..read() };
        let error = refused(&mut session, &extended);
        assert_eq!(error, SessionError::ExpectedTooLong { during, length });
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
    assert_eq!(session.end(), None);
    send(&mut session, &read());
}
