// SPDX-License-Identifier: Apache-2.0
//! What the library frees holds no secret any more.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::ffi::c_void;
use std::ptr;

use simstrap::*;
use simstrap_virtual_card::VirtualCard;

#[path = "../src/client/tests/watch.rs"]
mod watch;
use watch::{unwatched, watch};

/// The keys of the secure channel of the built-in card.
const KEY: [u8; 16] = *b"@ABCDEFGHIJKLMNO";
const PIN: &[u8] = b"86420975";

unsafe extern "C" fn transmit(
    context: *mut c_void,
    command: *const u8,
    command_length: usize,
    response: *mut u8,
    capacity: usize,
    response_length: *mut usize,
) -> i32 {
    // SAFETY: the library's contract, and the card below.
    unwatched(|| unsafe {
        let card = &mut *context.cast::<VirtualCard>();
        let command = std::slice::from_raw_parts(command, command_length);
        let response = std::slice::from_raw_parts_mut(response, capacity);
        match card.exchange(command) {
            Ok(answer) if answer.len() <= capacity => {
                response[..answer.len()].copy_from_slice(&answer);
                *response_length = answer.len();
                0
            }
            _ => 5,
        }
    })
}

unsafe extern "C" fn view(_: *mut c_void, _: *mut simstrap_view) {}
unsafe extern "C" fn carry_out(writes: *mut c_void, step: *const simstrap_step) -> i32 {
    // SAFETY: the library's contract, and the counter below.
    unsafe {
        let step = &*step;
        if step.kind == simstrap_step_kind::Write {
            *writes.cast::<u32>() += 1;
        }
    }
    0
}
unsafe extern "C" fn perform(_: *mut c_void, _: simstrap_operation, _: u16) -> i32 {
    0
}
unsafe extern "C" fn start_timer(_: *mut c_void, _: u32, _: u32) {}
unsafe extern "C" fn load(_: *mut c_void, _: *mut u8, _: usize, length: *mut usize) -> i32 {
    // SAFETY: the library's contract.
    unsafe { *length = 0 };
    0
}
unsafe extern "C" fn save(_: *mut c_void, _: *const u8, _: usize) -> i32 {
    0
}

fn way_to(card: &mut VirtualCard) -> simstrap_card {
    simstrap_card {
        context: ptr::from_mut(card).cast(),
        transmit: Some(transmit),
        max_response_data: 0,
        max_command_data: 0,
    }
}

/// The secret key of the account on the built-in card, from its data.
fn key_on_the_card() -> Vec<u8> {
    let mut card = VirtualCard::sample().unwrap();
    let card = way_to(&mut card);
    let mut reading = ptr::null_mut();
    let mut found = std::mem::MaybeUninit::uninit();
    // SAFETY: every pointer is valid for the call, and the value as long as the reading.
    unsafe {
        simstrap_read(&raw const card, ptr::null(), &raw mut reading, ptr::null_mut());
        let data = simstrap_reading_data(reading, ptr::null_mut());
        let status = simstrap_data_find(data, 0, 1, 5, 0, found.as_mut_ptr());
        assert_eq!(status, simstrap_status::Ok);
        let found = found.assume_init();
        assert!(found.is_secret && found.length >= 16, "{} bytes", found.length);
        let key = std::slice::from_raw_parts(found.bytes, found.length).to_vec();
        simstrap_reading_free(&raw mut reading);
        key
    }
}

/// A client that starts and is freed; it counts what is written.
fn client_life(card: simstrap_card, access: simstrap_access, writes: *mut u32) {
    let config = simstrap_client_config {
        policy: ptr::null(),
        card,
        access,
        store: simstrap_store { context: ptr::null_mut(), load: Some(load), save: Some(save) },
        host: simstrap_host {
            context: writes.cast(),
            view: Some(view),
            carry_out: Some(carry_out),
            perform: Some(perform),
            start_timer: Some(start_timer),
            apply_factory_data: None,
            purge_bootstrap_server: None,
            notice: None,
        },
        choice: simstrap_choice { context: ptr::null_mut(), choose: None },
    };
    let mut client = ptr::null_mut();
    // SAFETY: every pointer is valid for the call, as the header wants it.
    unsafe {
        let made = simstrap_client_new(&raw const config, &raw mut client, ptr::null_mut());
        assert_eq!(made, simstrap_status::Ok);
        assert_eq!(simstrap_client_start(client, ptr::null_mut()), simstrap_status::Ok);
        assert_eq!(simstrap_client_free(&raw mut client), simstrap_status::Ok);
    }
}

/// A life of all handles that hold secrets, in the clear or not.
fn life(secure: bool, secrets: &'static [Vec<u8>]) -> watch::Seen {
    let mut card = VirtualCard::sample().unwrap();
    let mut writes = 0_u32;
    let card = way_to(&mut card);
    let mut keys = ptr::null_mut();
    let pin = [PIN, &[0]].concat();
    // SAFETY: every pointer is valid for the call, as the header wants it.
    let seen = watch(secrets, || unsafe {
        let key = KEY.as_ptr();
        let made = simstrap_keys_new(key, key, key, KEY.len(), &raw mut keys, ptr::null_mut());
        assert_eq!(made, simstrap_status::Ok);
        let access = simstrap_access {
            keys: if secure { keys } else { ptr::null() },
            pin: pin.as_ptr().cast(),
            allow_last_try: Flag::new(false),
            random: None,
            random_context: ptr::null_mut(),
        };
        let mut reading = ptr::null_mut();
        let read =
            simstrap_read(&raw const card, &raw const access, &raw mut reading, ptr::null_mut());
        assert_eq!(read, simstrap_status::Ok);
        let data = simstrap_reading_data(reading, ptr::null_mut());
        let mut length = 0;
        let bytes = simstrap_data_bytes(data, &raw mut length);
        let mut decoded = ptr::null_mut();
        simstrap_data_decode(bytes, length, &raw mut decoded, ptr::null_mut());
        let mut assessment = ptr::null_mut();
        let circumstances = simstrap_circumstances {
            level: 0,
            keys,
            context: ptr::null_mut(),
            view: Some(view),
            choice: simstrap_choice { context: ptr::null_mut(), choose: None },
        };
        let (circumstances, place) = (&raw const circumstances, &raw mut assessment);
        simstrap_assess(ptr::null(), decoded, circumstances, place, ptr::null_mut());
        assert!(!assessment.is_null());
        simstrap_data_free(&raw mut decoded);
        simstrap_assessment_free(&raw mut assessment);
        simstrap_reading_free(&raw mut reading);
        client_life(card, access, &raw mut writes);
        simstrap_keys_free(&raw mut keys);
    });
    assert_eq!(writes, 2);
    seen
}

#[test]
fn ft_04_no_secret_is_left_in_memory() {
    let secrets: &[_] = Vec::leak(vec![key_on_the_card(), KEY.to_vec(), PIN.to_vec()]);
    // The watch sees what is there to be seen.
    for secret in secrets {
        let copy = || [b"..", secret.as_slice()].concat();
        let seen = watch(secrets, || drop(copy()));
        assert_eq!((seen.secrets_freed, seen.secrets_kept), (1, 0));
        let mut kept = Vec::new();
        let seen = watch(secrets, || kept = copy());
        assert_eq!((seen.secrets_freed, seen.secrets_kept), (0, 1));
    }
    for secure in [true, false] {
        let seen = life(secure, secrets);
        assert!(seen.freed > 50, "{seen:?}");
        assert_eq!((seen.secrets_freed, seen.secrets_kept), (0, 0));
    }
}
