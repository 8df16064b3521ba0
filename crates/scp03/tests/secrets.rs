// SPDX-License-Identifier: Apache-2.0
//! No key is shown, sent or left in memory.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

mod common;

use std::fmt::{Debug, Write};
use std::mem::MaybeUninit;

use common::{bytes, encode, host_challenge, keys_of, list};
use serde_json::Value;
use simstrap_scp03::apdu::{Command, LogicalChannel, StatusWord, from_fn};
use simstrap_scp03::{
    Handshake, HandshakeError, Kdf3, KeyError, KeyPurpose, SecureChannel, SecureChannelError,
    Session, SessionEnd, SessionError, StaticKeys,
};

/// So many bytes of a key in a row count as the key being there.
const TELLING: usize = 4;

/// Every key a session knows of.
fn secrets(session: &Value) -> Vec<Vec<u8>> {
    let of_set = ["enc", "mac", "dek"].map(|name| bytes(common::key_set(session), name));
    let of_session = ["s_enc", "s_mac", "s_rmac"].map(|name| bytes(session, name));
    of_set.into_iter().chain(of_session).collect()
}

fn shows(shown: &[u8], secrets: &[Vec<u8>]) -> bool {
    let parts = secrets.iter().flat_map(|secret| secret.windows(TELLING));
    parts.into_iter().any(|part| contains(shown, part))
}

fn contains(shown: &[u8], part: &[u8]) -> bool {
    shown.windows(part.len()).any(|window| window == part)
}

/// In every way in which bytes are commonly printed.
fn prints(shown: &str, secrets: &[Vec<u8>]) -> bool {
    let shown = shown.to_lowercase();
    let parts = secrets.iter().flat_map(|secret| secret.windows(TELLING));
    parts.into_iter().any(|part| {
        let join = |separator: &str, print: fn(&u8) -> String| {
            part.iter().map(print).collect::<Vec<_>>().join(separator)
        };
        [
            join("", |byte| format!("{byte:02x}")),
            join(" ", |byte| format!("{byte:02x}")),
            join(":", |byte| format!("{byte:02x}")),
            join(", ", |byte| format!("{byte:x}")),
            join(", ", |byte| format!("0x{byte:02x}")),
            join(", ", |byte| format!("{byte}")),
            String::from_utf8_lossy(part).to_lowercase(),
        ]
        .iter()
        .any(|print| shown.contains(print))
    })
}

#[test]
fn the_search_finds_keys() {
    let session = &common::sessions()[0];
    let secrets = secrets(session);
    for secret in &secrets {
        assert!(prints(&format!("{secret:?}"), &secrets));
        assert!(prints(&format!("{secret:02X?}"), &secrets));
        assert!(shows(secret, &secrets));
    }
    assert!(prints(text_of(&secrets[0]).as_str(), &secrets));
    assert!(!prints("StaticKeys(AES-128, redacted)", &secrets));
}

fn text_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}

/// `Debug`, plain and pretty.
fn debug(value: &dyn Debug) -> String {
    format!("{value:?} {value:#?}")
}

#[test]
fn ft_04_no_debug_output_holds_a_key() {
    for recorded in common::sessions() {
        let keys = keys_of(recorded);
        let mut shown = debug(&keys) + &debug(&Kdf3::new(keys.clone()));
        let configuration = common::configuration(keys, recorded);
        let handshake = Handshake::new(&configuration, host_challenge(recorded));
        shown += &(debug(&configuration) + &debug(&handshake));
        let response = bytes(recorded, "response");
        let authenticated = handshake.verify_card(common::success(&response), None);
        let authenticated = authenticated.unwrap();
        shown += &debug(&authenticated);
        let mut session = authenticated.open(StatusWord::SUCCESS).unwrap();
        shown += &debug(&session);
        let mut buffer = [0; Session::MAX_WRAPPED];
        shown += &debug(&session.wrap(&Command::status(), &mut buffer));
        let mut response = [0; 40];
        shown += &debug(&session.unwrap(&mut response, StatusWord::SUCCESS));
        let card = from_fn(|_, _| Ok::<usize, std::convert::Infallible>(0));
        let channel = SecureChannel::new(LogicalChannel::basic(card), session);
        shown += &debug(&channel);
        assert!(!prints(&shown, &secrets(recorded)), "{shown}");
    }
}

#[test]
fn ft_04_no_error_holds_a_key() {
    let session = &common::sessions()[0];
    let secrets = secrets(session);
    let key = &secrets[0];
    let mut errors: Vec<Box<dyn std::error::Error>> = Vec::new();
    let wrong = [
        StaticKeys::from_slices(&key[1..], key, key),
        StaticKeys::from_slices(key, &[&key[..], key].concat(), key),
        StaticKeys::from_slices(key, key, &[]),
    ];
    for result in wrong {
        let error: KeyError = result.unwrap_err();
        errors.push(Box::new(error));
    }
    for keys in [StaticKeys::from_slices(key, key, key).unwrap(), keys_of(session)] {
        let configuration = common::configuration(keys, session);
        for place in 0..bytes(session, "response").len() {
            let handshake = Handshake::new(&configuration, host_challenge(session));
            let mut response = bytes(session, "response");
            response[place] ^= 0x80;
            if let Err(error) = handshake.verify_card(common::success(&response), Some(key)) {
                errors.push(Box::new(error));
                errors.push(Box::new(SecureChannelError::<SessionError>::from(error)));
            }
        }
    }
    for end in [SessionEnd::Altered, SessionEnd::Interrupted] {
        errors.push(Box::new(SessionError::Ended { end }));
    }
    errors.push(Box::new(HandshakeError::Cryptogram));
    assert!(errors.len() > 10);
    for error in &errors {
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!prints(&shown, &secrets), "{shown}");
    }
}

#[test]
fn ft_04_no_key_and_no_secret_data_goes_over_the_wire() {
    for recorded in common::sessions() {
        let secrets = secrets(recorded);
        let encrypts = common::level(recorded).encrypts_commands();
        let mut session = common::open(keys_of(recorded), recorded);
        for exchange in list(recorded, "exchanges") {
            let plain = bytes(exchange, "plain");
            let command = Command::from_bytes(&plain).unwrap();
            let mut buffer = [0; Session::MAX_WRAPPED];
            let sent = encode(&session.wrap(&command, &mut buffer).unwrap());
            assert!(!shows(&sent, &secrets));
            if encrypts && command.data.len() >= TELLING {
                assert!(!shows(&sent[5..], &[command.data.to_vec()]));
            }
            common::unwrap(&mut session, &bytes(exchange, "protected")).unwrap();
        }
    }
}

/// What a value holds in memory before and after `finish`, which may drop it.
#[expect(unsafe_code, reason = "memory is looked at after its value is gone")]
fn memory<T>(value: T, finish: impl FnOnce(&mut MaybeUninit<T>)) -> [Vec<u8>; 2] {
    let mut place = Box::new(MaybeUninit::<T>::zeroed());
    place.write(value);
    let look = |place: &MaybeUninit<T>| {
        let first: *const u8 = place.as_ptr().cast();
        // SAFETY: inside the box, which was zeroed before; volatile, so that the bytes are those
        // in memory.
        (0..size_of::<T>()).map(|at| unsafe { first.add(at).read_volatile() }).collect::<Vec<u8>>()
    };
    let before = look(&place);
    finish(&mut place);
    [before, look(&place)]
}

#[expect(unsafe_code, reason = "values are dropped in place to look at what is left")]
fn dropped<T>(value: T) -> [Vec<u8>; 2] {
    // SAFETY: the value was written and is not used again.
    memory(value, |place| unsafe { place.assume_init_drop() })
}

#[test]
fn ft_04_nothing_of_a_key_is_left_in_memory() {
    for recorded in common::sessions() {
        let secrets = secrets(recorded);
        let keys = || keys_of(recorded);
        assert_eq!(keys().check_value(KeyPurpose::Enc), keys().check_value(KeyPurpose::Enc));
        for [before, after] in [
            dropped(keys()),
            dropped(Kdf3::new(keys())),
            dropped(common::configuration(keys(), recorded)),
        ] {
            assert!(shows(&before, &secrets[..3]), "the keys are not where they are looked for");
            assert!(!shows(&after, &secrets));
        }
    }
}

/// Looks for whole blocks: into the gaps between fields a compiler may copy what was on the
/// stack, and no safe code can wipe them.
#[test]
fn ft_04_no_session_key_is_left_in_memory() {
    const BLOCK: usize = 16;
    for recorded in common::sessions() {
        let secrets = secrets(recorded);
        let open = || common::open(keys_of(recorded), recorded);
        #[expect(unsafe_code, reason = "the value is there")]
        // SAFETY: the value was written before.
        let abandoned = memory(open(), |place| unsafe { place.assume_init_mut() }.abandon());
        for [before, after] in [dropped(open()), abandoned] {
            // Only there do the round keys begin with the key itself.
            if aes::hardware_accelerated() {
                for key in &secrets[3..] {
                    assert!(key.windows(BLOCK).any(|block| contains(&before, block)));
                }
            }
            let mut blocks = secrets.iter().flat_map(|key| key.windows(BLOCK));
            assert!(!blocks.any(|block| contains(&after, block)));
        }
    }
}
