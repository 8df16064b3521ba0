// SPDX-License-Identifier: Apache-2.0
//! Whatever arrives in place of the response to a protected command, only what the card sent
//! comes out, and everything else ends the session.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use simstrap_scp03::apdu::{Command, ExpectedLength, Response, StatusWord};
use simstrap_scp03::card::{CardConfig, CardKeySet, CardSecureChannel, Received, SecurityDomain};
use simstrap_scp03::{Challenge, Configuration, Handshake, SecurityLevel, Session, StaticKeys};

#[derive(Debug, Arbitrary)]
struct Input {
    level: u8,
    content: Vec<u8>,
    arrival: Arrival,
}

#[derive(Debug, Arbitrary)]
enum Arrival {
    /// As the card sent it.
    Whole,
    /// Some bytes changed, the end cut off.
    Altered { changes: Vec<(u16, u8)>, cut: u8, status: Option<[u8; 2]> },
    /// Something else.
    Other { data: Vec<u8>, status: [u8; 2] },
}

fn send(
    card: &mut CardSecureChannel,
    domain: &mut SecurityDomain,
    command: &Command<'_>,
    content: &[u8],
) -> Vec<u8> {
    let mut buffer = [0; 261];
    let bytes = command.write_to(&mut buffer).expect("short commands");
    match card.receive(domain, bytes, b"application", &mut |random| random.fill(0x5A)) {
        Received::Answer(answer) => answer,
        Received::Command(_) => card.respond(content, 0x9000),
    }
}

/// A session on both sides.
fn open(level: SecurityLevel) -> (Session, CardSecureChannel, SecurityDomain) {
    let keys = StaticKeys::from_slices(&[0x11; 16], &[0x22; 16], &[0x33; 16]).expect("lengths");
    let set = CardKeySet::new(0x30, &[0x11; 16], &[0x22; 16], &[0x33; 16]).expect("lengths");
    let mut domain = SecurityDomain::new(CardConfig::default(), vec![set]);
    let mut card = CardSecureChannel::new();
    let mut configuration = Configuration::new(keys);
    configuration.level = level;
    let challenge = Challenge::from_bytes(&[0x42; 8]).expect("8 bytes");
    let handshake = Handshake::new(&configuration, challenge);
    let answer = send(&mut card, &mut domain, &handshake.initialize_update(), &[]);
    let response = Response::from_bytes(&answer).expect("a status word");
    let authenticated = handshake.verify_card(response, Some(b"application")).expect("same keys");
    let answer = send(&mut card, &mut domain, &authenticated.external_authenticate(), &[]);
    let status = Response::from_bytes(&answer).expect("a status word").status;
    (authenticated.open(status).expect("same keys"), card, domain)
}

fuzz_target!(|input: Input| {
    let levels = [SecurityLevel::CMacRMac, SecurityLevel::CMacCDecRMac, SecurityLevel::Full];
    let level = levels[usize::from(input.level) % levels.len()];
    let (mut session, mut card, mut domain) = open(level);
    let content = &input.content[..input.content.len().min(239)];
    let command = Command::read_binary(0, ExpectedLength::MAX_SHORT).expect("offset 0");
    let mut work = [0; Session::MAX_WRAPPED];
    let protected = session.wrap(&command, &mut work).expect("it fits");
    let sent = send(&mut card, &mut domain, &protected, content);
    let (sent_data, sent_status) = sent.split_at(sent.len() - 2);

    let (mut data, status) = match input.arrival {
        Arrival::Whole => (sent_data.to_vec(), [sent_status[0], sent_status[1]]),
        Arrival::Altered { changes, cut, status } => {
            let mut data = sent_data.to_vec();
            for (position, value) in changes {
                if let Some(length) = std::num::NonZeroUsize::new(data.len()) {
                    data[usize::from(position) % length] = value;
                }
            }
            data.truncate(data.len().saturating_sub(usize::from(cut)));
            (data, status.unwrap_or([sent_status[0], sent_status[1]]))
        }
        Arrival::Other { data, status } => (data, status),
    };
    let genuine = data == sent_data && status == sent_status;
    let word = StatusWord::from_bytes(status);
    match session.unwrap(&mut data, word) {
        Ok(response) if genuine => assert_eq!(response.data, content),
        // Error status words are not protected by the protocol, and bring no data.
        Ok(response) => {
            assert!(!word.is_success_or_warning() && response.data.is_empty());
        }
        Err(error) => {
            assert!(!genuine, "{error}");
            assert!(session.end().is_some());
            assert!(data.iter().all(|byte| *byte == 0), "nothing of it comes out");
            assert!(session.wrap(&command, &mut work).is_err());
        }
    }
});
