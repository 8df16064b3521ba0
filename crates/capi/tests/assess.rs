// SPDX-License-Identifier: Apache-2.0
//! Data is judged as a client judges it: with the keys of the secure channel, and with what the
//! device holds.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use ::simstrap_policy::bootstrap_data::{BootstrapData, EncodeError, Encoder, Value};
use simstrap::*;

const KEY: [u8; 16] = *b"@ABCDEFGHIJKLMNO";
/// The secret key of the account of server 1.
const SECRET: &[u8; 16] = b"sixteen test byt";

/// Accounts of servers 1 and 2.
fn data() -> *mut simstrap_data {
    let write = |data: &mut Encoder<'_>| -> Result<(), EncodeError> {
        data.object(0, None, |object| {
            for (id, key) in [(1, SECRET), (2, b"another of these")] {
                object.instance(id, |security| {
                    security.resource(0, Value::String("coaps://a.example"))?;
                    security.resource(1, Value::Boolean(false))?;
                    security.resource(2, Value::Integer(0))?;
                    security.resource(3, Value::Opaque(b"identity"))?;
                    security.resource(5, Value::Opaque(key))?;
                    security.resource(10, Value::Integer(id.into()))
                })?;
            }
            Ok(())
        })?;
        data.object(1, None, |object| {
            for id in [1, 2] {
                object.instance(id, |server| {
                    server.resource(0, Value::Integer(id.into()))?;
                    server.resource(1, Value::Integer(60))?;
                    server.resource(6, Value::Boolean(false))?;
                    server.resource(7, Value::String("U"))
                })?;
            }
            Ok(())
        })
    };
    let bytes = BootstrapData::encode(write).unwrap();
    let mut data = ptr::null_mut();
    // SAFETY: valid pointers.
    unsafe { simstrap_data_decode(bytes.as_ptr(), bytes.len(), &raw mut data, ptr::null_mut()) };
    assert!(!data.is_null());
    data
}

fn nothing() -> simstrap_circumstances {
    simstrap_circumstances {
        level: 0,
        keys: ptr::null(),
        context: ptr::null_mut(),
        view: None,
        choice: simstrap_choice { context: ptr::null_mut(), choose: None },
    }
}

fn keys(mac: &[u8; 16]) -> *mut simstrap_keys {
    let (mut keys, key, mac) = (ptr::null_mut(), KEY.as_ptr(), mac.as_ptr());
    // SAFETY: valid pointers.
    unsafe { simstrap_keys_new(key, mac, key, KEY.len(), &raw mut keys, ptr::null_mut()) };
    assert!(!keys.is_null());
    keys
}

fn words(text: &[c_char]) -> String {
    // SAFETY: the library has written NUL-terminated text.
    unsafe { CStr::from_ptr(text.as_ptr()) }.to_str().unwrap().to_owned()
}

/// What becomes of the accounts of servers 1 and 2, and the rules of the findings.
fn judged(circumstances: *const simstrap_circumstances) -> (Vec<String>, Vec<String>) {
    let mut data = data();
    let mut assessment = ptr::null_mut();
    let (mut accounts, mut rules) = (Vec::new(), Vec::new());
    // SAFETY: valid pointers; what was written is read only where it was.
    unsafe {
        let place = &raw mut assessment;
        let status = simstrap_assess(ptr::null(), data, circumstances, place, ptr::null_mut());
        assert_eq!(status, simstrap_status::Ok);
        simstrap_data_free(&raw mut data);
        let mut account = MaybeUninit::uninit();
        while simstrap_assessment_account(assessment, accounts.len(), account.as_mut_ptr())
            == simstrap_status::Ok
        {
            let account = account.assume_init_ref();
            accounts.push(format!("{:?}: {}", account.decision, words(&account.reason)));
        }
        let mut finding = MaybeUninit::uninit();
        while simstrap_assessment_finding(assessment, rules.len(), finding.as_mut_ptr())
            == simstrap_status::Ok
        {
            let finding = finding.assume_init_ref();
            rules.push(format!("{} {}", words(&finding.rule), words(&finding.path)));
        }
        simstrap_assessment_free(&raw mut assessment);
    }
    (accounts, rules)
}

const APPLIED: &str = "Apply: default";

#[test]
fn bs_04_data_is_searched_for_the_keys_of_the_secure_channel() {
    let none = (vec![APPLIED.to_owned(); 2], Vec::new());
    assert_eq!(judged(ptr::null()), none);
    assert_eq!(judged(&nothing()), none);
    let refused = "Refuse: finding not accepted: BS-04";
    let found = (vec![refused.to_owned(); 2], vec!["BS-04 /0/1/5".to_owned()]);
    for (mac, wanted) in [(&KEY, none), (SECRET, found)] {
        let mut keys = keys(mac);
        let circumstances = simstrap_circumstances { level: 0x33, keys, ..nothing() };
        assert_eq!(judged(&raw const circumstances), wanted);
        // SAFETY: a live handle.
        unsafe { simstrap_keys_free(&raw mut keys) };
    }
}

/// A device whose server 2 came from the source that `context` points to.
unsafe extern "C" fn view(context: *mut c_void, view: *mut simstrap_view) {
    // SAFETY: the library's contract, and the source below.
    unsafe {
        let source = *context.cast::<i32>();
        assert_eq!(simstrap_view_account(view, 0, 7, 2, source), simstrap_status::Ok);
        assert_eq!(simstrap_view_account(view, 1, 7, 2, source), simstrap_status::Ok);
    }
}

#[test]
fn bs_01_the_card_yields_to_what_the_device_holds_from_a_bootstrap_server() {
    let yields = "Ignore: bootstrap-server takes precedence";
    for (source, second) in [
        (simstrap_source::Factory, APPLIED),
        (simstrap_source::BootstrapServer, yields),
        (simstrap_source::Smartcard, APPLIED),
    ] {
        let mut source = source as i32;
        let circumstances = simstrap_circumstances {
            context: (&raw mut source).cast(),
            view: Some(view),
            ..nothing()
        };
        assert_eq!(judged(&raw const circumstances).0, [APPLIED, second]);
    }
}

/// Handles that a callback frees.
struct Handles {
    data: *mut simstrap_data,
    keys: *mut simstrap_keys,
    viewed: u32,
}

unsafe extern "C" fn freeing(context: *mut c_void, _: *mut simstrap_view) {
    // SAFETY: the library's contract, and the handles below.
    unsafe {
        let handles = &mut *context.cast::<Handles>();
        handles.viewed += 1;
        simstrap_data_free(&raw mut handles.data);
        simstrap_keys_free(&raw mut handles.keys);
    }
}

#[test]
fn a_view_may_free_what_is_judged() {
    let mut handles = Handles { data: data(), keys: keys(SECRET), viewed: 0 };
    let (data, keys) = (handles.data, handles.keys);
    let circumstances = simstrap_circumstances {
        keys,
        context: (&raw mut handles).cast(),
        view: Some(freeing),
        ..nothing()
    };
    let mut assessment = ptr::null_mut();
    let mut finding = MaybeUninit::uninit();
    // SAFETY: valid pointers.
    unsafe {
        let (circumstances, place) = (&raw const circumstances, &raw mut assessment);
        let status = simstrap_assess(ptr::null(), data, circumstances, place, ptr::null_mut());
        assert_eq!(status, simstrap_status::Ok);
        let found = simstrap_assessment_finding(assessment, 0, finding.as_mut_ptr());
        assert_eq!(found, simstrap_status::Ok);
        simstrap_assessment_free(&raw mut assessment);
    }
    assert!(handles.data.is_null() && handles.keys.is_null());
    assert_eq!(handles.viewed, 1);
}
