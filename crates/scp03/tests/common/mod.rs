// SPDX-License-Identifier: Apache-2.0
//! What the tests share: recorded sessions, and sessions opened from them.

#![allow(dead_code, reason = "every test file uses a part of it")]

use std::sync::LazyLock;

use serde_json::Value;
use simstrap_scp03::apdu::{Command, Response, StatusWord};
use simstrap_scp03::{
    Challenge, CommandCounter, Configuration, Handshake, KeyVersionNumber, ModePreference,
    PendingStatus, SecurityLevel, Session, SessionError, StaticKeys,
};

/// The sessions printed by `testdata/scp03_reference.py`.
pub(crate) fn reference() -> &'static Value {
    static REFERENCE: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../../testdata/scp03_reference.json")).unwrap()
    });
    &REFERENCE
}

/// The sessions recorded with real cards.
pub(crate) fn recorded() -> Value {
    serde_json::from_str(include_str!("../../testdata/scp03_aes128.json")).unwrap()
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A field of a JSON object as bytes.
pub(crate) fn bytes(object: &Value, field: &str) -> Vec<u8> {
    unhex(text(object, field))
}

pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_else(|| panic!("no {field} in {object}"))
}

pub(crate) fn list<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object[field].as_array().unwrap()
}

pub(crate) fn keys(object: &Value) -> StaticKeys {
    let [enc, mac, dek] = ["enc", "mac", "dek"].map(|name| bytes(object, name));
    StaticKeys::from_slices(&enc, &mac, &dek).unwrap()
}

/// The keys a session of the reference uses.
pub(crate) fn keys_of(session: &Value) -> StaticKeys {
    keys(key_set(session))
}

/// These keys as the reference has them.
pub(crate) fn key_set(session: &Value) -> &'static Value {
    let mut sets = list(reference(), "keys").iter();
    sets.find(|set| set["key_bits"] == session["key_bits"]).unwrap()
}

/// The sessions of the reference.
pub(crate) fn sessions() -> &'static [Value] {
    list(reference(), "sessions")
}

pub(crate) fn level(session: &Value) -> SecurityLevel {
    SecurityLevel::from_byte(unhex(text(session, "level"))[0]).unwrap()
}

/// What a session of either kind was opened with.
pub(crate) fn configuration(keys: StaticKeys, session: &Value) -> Configuration {
    let counter = match session["counter"].as_str() {
        Some("data-only") => CommandCounter::DataOnly,
        _ => CommandCounter::Spec,
    };
    Configuration {
        keys,
        key_version: KeyVersionNumber::new(0x30),
        level: level(session),
        mode: ModePreference::Only(host_challenge(session).mode()),
        counter,
        pending: PendingStatus::Protected,
    }
}

pub(crate) fn host_challenge(session: &Value) -> Challenge {
    let initialize_update = bytes(session, "initialize_update");
    let command = Command::from_bytes(&initialize_update).unwrap();
    Challenge::from_bytes(command.data).unwrap()
}

pub(crate) fn success(data: &[u8]) -> Response<'_> {
    Response { data, status: StatusWord::SUCCESS }
}

/// The session, open, no command sent yet.
pub(crate) fn open(keys: StaticKeys, session: &Value) -> Session {
    let configuration = configuration(keys, session);
    let handshake = Handshake::new(&configuration, host_challenge(session));
    let response = bytes(session, "response");
    let authenticated = handshake.verify_card(success(&response), None).unwrap();
    authenticated.open(StatusWord::SUCCESS).unwrap()
}

/// A command as bytes.
pub(crate) fn encode(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = [0; 300];
    command.write_to(&mut buffer).unwrap().to_vec()
}

/// The protected bytes of an encoded command.
pub(crate) fn wrap(session: &mut Session, plain: &[u8]) -> Vec<u8> {
    let mut buffer = [0; Session::MAX_WRAPPED];
    let command = Command::from_bytes(plain).unwrap();
    encode(&session.wrap(&command, &mut buffer).unwrap())
}

/// Sends every exchange before this one, of a session of the reference, and this one's command.
pub(crate) fn up_to(session: &mut Session, exchanges: &[Value], last: usize) {
    for (at, exchange) in exchanges.iter().enumerate().take(last + 1) {
        wrap(session, &bytes(exchange, "plain"));
        if at < last {
            unwrap(session, &bytes(exchange, "protected")).unwrap();
        }
    }
}

/// The plain response, status word included, from the protected one.
pub(crate) fn unwrap(session: &mut Session, protected: &[u8]) -> Result<Vec<u8>, SessionError> {
    let (data, status) = protected.split_last_chunk::<2>().unwrap();
    let mut data = data.to_vec();
    let result = session.unwrap(&mut data, StatusWord::from_bytes(*status));
    let plain = result.map(|response| {
        let mut plain = response.data.to_vec();
        plain.extend(response.status.to_bytes());
        plain
    });
    if plain.is_err() {
        assert!(data.iter().all(|byte| *byte == 0), "something of a refused response is left");
    }
    plain
}
