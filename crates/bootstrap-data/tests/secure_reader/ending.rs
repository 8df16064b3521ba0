// SPDX-License-Identifier: Apache-2.0
//! A secure channel over the virtual card whose session has ended says so, and sends nothing more.

use simstrap_bootstrap_data::scp03::apdu::{
    Aid, CardChannel, Command, ExpectedLength, LogicalChannel, SelectReturn, TransportErrorKind,
    blocking,
};
use simstrap_bootstrap_data::scp03::{SecureChannel, SecureChannelError, SessionEnd, SessionError};
use simstrap_virtual_card::{Fault, FaultKind, SharedCard};

use crate::host::{Host, channel, secure_card};

type Secure = SecureChannel<LogicalChannel<SharedCard>>;

/// A session on the PKCS#15 application.
fn open(card: &SharedCard) -> Secure {
    let mut channel = channel(card, 1);
    let aid = Aid::from_bytes(b"\xA0\x00\x00\x00\x63PKCS-15").unwrap();
    let select = Command::select_by_aid(aid.as_bytes(), SelectReturn::Nothing);
    let mut buffer = [0; 2];
    let selected = blocking::run(channel.exchange(&select, &mut buffer)).unwrap().unwrap();
    assert!(selected.status.is_success());
    let host = Host::new();
    let random = |challenge: &mut [u8]| {
        challenge.fill(0x5C);
        Ok(())
    };
    let opening = SecureChannel::open(channel, &host.configuration, Some(aid.as_bytes()), random);
    blocking::run(opening).unwrap().unwrap()
}

/// Reads EF ODF; `None` when the future was dropped.
fn read(secure: &mut Secure) -> Option<Result<Vec<u8>, Option<SessionError>>> {
    let command =
        Command { p1: 0x91, ..Command::read_binary(0, ExpectedLength::new(8).unwrap()).unwrap() };
    let mut buffer = [0; 10];
    let result = blocking::run(secure.exchange(&command, &mut buffer)).ok()?;
    let result = result.map(|response| response.data.to_vec()).map_err(|error| match error {
        SecureChannelError::Session { source, .. } => Some(source),
        _ => None,
    });
    if result.is_err() {
        assert_eq!(buffer, [0; 10], "nothing of the response comes out");
    }
    Some(result)
}

#[test]
fn ft_06_whatever_ends_a_session_it_says_so_and_sends_nothing_more() {
    for (kind, expected) in [
        (FaultKind::ResponseBit(0), SessionEnd::Altered),
        (FaultKind::ResponseBit(100), SessionEnd::Altered),
        (FaultKind::Truncated(20), SessionEnd::Altered),
        (FaultKind::Status([0x90, 0x00]), SessionEnd::Altered),
        (FaultKind::CommandBit(16), SessionEnd::Rejected),
        (FaultKind::CommandLost(TransportErrorKind::Other), SessionEnd::Interrupted),
        (FaultKind::ResponseLost(TransportErrorKind::Timeout), SessionEnd::Interrupted),
        (FaultKind::NeverAnswers, SessionEnd::Interrupted),
        (FaultKind::EmptyResponse, SessionEnd::Interrupted),
        (FaultKind::Reset, SessionEnd::Interrupted),
        (FaultKind::Remove, SessionEnd::Interrupted),
    ] {
        let card = secure_card(|_| {});
        let mut secure = open(&card);
        assert_eq!(read(&mut secure), Some(Ok(b"\xA7\x06\x30\x04\x04\x02\x64\x30".to_vec())));
        let at = card.lock().exchanges();
        card.lock().inject(Fault { at, kind: kind.clone() });
        assert!(!matches!(read(&mut secure), Some(Ok(_))), "{kind:?}");
        assert_eq!(secure.end(), Some(expected), "{kind:?}");
        let sent = card.lock().exchanges();
        let again = read(&mut secure);
        assert_eq!(again, Some(Err(Some(SessionError::Ended { end: expected }))), "{kind:?}");
        assert_eq!(card.lock().exchanges(), sent, "{kind:?}: nothing more is sent");
    }
}
