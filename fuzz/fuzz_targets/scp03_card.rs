// SPDX-License-Identifier: Apache-2.0
//! The card's half of SCP03 against a host that does not know the keys: it answers everything,
//! never authenticates, and in an open session carries out no command but the true host's.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use simstrap_scp03::apdu::{Command, ExpectedLength, Response};
use simstrap_scp03::card::{CardConfig, CardKeySet, CardSecureChannel, Received, SecurityDomain};
use simstrap_scp03::{Challenge, Configuration, Handshake, Session, StaticKeys};

#[derive(Debug, Arbitrary)]
struct Input {
    /// Whether a true host has opened a session before.
    opened: bool,
    commands: Vec<Vec<u8>>,
}

const AID: &[u8] = b"application";

fn receive(
    card: &mut CardSecureChannel,
    domain: &mut SecurityDomain,
    command: &[u8],
) -> Result<Vec<u8>, Vec<u8>> {
    match card.receive(domain, command, AID, &mut |random| random.fill(0x5A)) {
        Received::Answer(answer) => Ok(answer),
        Received::Command(plain) => Err(plain),
    }
}

fn open(card: &mut CardSecureChannel, domain: &mut SecurityDomain) -> Session {
    let keys = StaticKeys::from_slices(&[0x11; 16], &[0x22; 16], &[0x33; 16]).expect("lengths");
    let configuration = Configuration::new(keys);
    let challenge = Challenge::from_bytes(&[0x42; 8]).expect("8 bytes");
    let handshake = Handshake::new(&configuration, challenge);
    let mut buffer = [0; 261];
    let mut send = |command: &Command<'_>| {
        let bytes = command.write_to(&mut buffer).expect("short commands");
        receive(card, domain, bytes).expect("an answer")
    };
    let answer = send(&handshake.initialize_update());
    let response = Response::from_bytes(&answer).expect("a status word");
    let authenticated = handshake.verify_card(response, Some(AID)).expect("same keys");
    let answer = send(&authenticated.external_authenticate());
    let status = Response::from_bytes(&answer).expect("a status word").status;
    authenticated.open(status).expect("same keys")
}

fuzz_target!(|input: Input| {
    let set = CardKeySet::new(0x30, &[0x11; 16], &[0x22; 16], &[0x33; 16]).expect("lengths");
    let mut domain = SecurityDomain::new(CardConfig::default(), vec![set]);
    let mut card = CardSecureChannel::new();
    let session = input.opened.then(|| open(&mut card, &mut domain));
    for command in &input.commands {
        match receive(&mut card, &mut domain, command) {
            Ok(answer) => assert!((2..=258).contains(&answer.len())),
            Err(plain) => {
                assert_eq!(
                    card.security_level(),
                    None,
                    "in a session nothing of this goes through"
                );
                assert_eq!(&plain, command);
            }
        }
        if !input.opened {
            assert_eq!(card.security_level(), None);
        }
    }
    // What the session survived, it survived unchanged.
    if let (Some(mut session), Some(_)) = (session, card.security_level()) {
        let command = Command::read_binary(0, ExpectedLength::MAX_SHORT).expect("offset 0");
        let mut work = [0; Session::MAX_WRAPPED];
        let protected = session.wrap(&command, &mut work).expect("it fits");
        let mut buffer = [0; 261];
        let bytes = protected.write_to(&mut buffer).expect("short commands");
        assert!(receive(&mut card, &mut domain, bytes).is_err());
    }
});
