// SPDX-License-Identifier: Apache-2.0
//! Panics in a client that runs, called as C calls it.

use core::ffi::{CStr, c_void};
use core::ptr;

use ::simstrap_policy::bootstrap_data::Content;
use ::simstrap_virtual_card::VirtualCard;

mod watch;

use self::watch::{unwatched, watch};
use super::*;
use crate::assessment::simstrap_decision;
use crate::border::Flag;
use crate::choice::simstrap_proposal;
use crate::defect::on_demand;
use crate::host::{
    simstrap_notice, simstrap_operation, simstrap_source, simstrap_view, simstrap_view_account,
};
use crate::keys::{simstrap_keys, simstrap_keys_free, simstrap_keys_new};
use crate::reading::{
    simstrap_read, simstrap_reading, simstrap_reading_data, simstrap_reading_free,
};
use crate::step::{simstrap_step, simstrap_step_kind};

/// The keys of the built-in card.
const KEY: [u8; 16] = *b"@ABCDEFGHIJKLMNO";
/// A PIN that the card does not ask for.
const PIN: &CStr = c"86420975";

/// A device with a card in it, as the context of all callbacks.
struct World {
    card: VirtualCard,
    /// Instances of objects 0 and 1.
    held: Vec<(u16, u16)>,
    record: Vec<u8>,
}

impl World {
    fn new() -> Self {
        Self { card: VirtualCard::sample().unwrap(), held: Vec::new(), record: Vec::new() }
    }

    /// # Safety
    /// `context` is a world that nobody else uses.
    unsafe fn of<'w>(context: *mut c_void) -> &'w mut Self {
        // SAFETY: as the caller vouches.
        unsafe { &mut *context.cast() }
    }
}

unsafe extern "C" fn transmit(
    context: *mut c_void,
    command: *const u8,
    command_length: usize,
    response: *mut u8,
    capacity: usize,
    response_length: *mut usize,
) -> i32 {
    // SAFETY: the library's contract.
    unwatched(|| unsafe {
        let command = core::slice::from_raw_parts(command, command_length);
        let answer = World::of(context).card.exchange(command).unwrap();
        assert!(answer.len() <= capacity);
        ptr::copy_nonoverlapping(answer.as_ptr(), response, answer.len());
        *response_length = answer.len();
    });
    0
}

unsafe extern "C" fn random(_: *mut c_void, buffer: *mut u8, length: usize) -> i32 {
    // SAFETY: the library's contract.
    unsafe { buffer.write_bytes(0x55, length) };
    0
}

unsafe extern "C" fn view(context: *mut c_void, view: *mut simstrap_view) {
    // SAFETY: the library's contract.
    unsafe {
        for (object, instance) in &World::of(context).held {
            let source = simstrap_source::Smartcard as i32;
            simstrap_view_account(view, *object, *instance, 1, source);
        }
    }
}

unsafe extern "C" fn carry_out(context: *mut c_void, step: *const simstrap_step) -> i32 {
    // SAFETY: the library's contract.
    let (world, step) = unsafe { (World::of(context), &*step) };
    if step.kind == simstrap_step_kind::Write {
        world.held.push((step.object, step.instance));
    }
    0
}

unsafe extern "C" fn perform(_: *mut c_void, _: simstrap_operation, _: u16) -> i32 {
    2
}

unsafe extern "C" fn start_timer(_: *mut c_void, _: u32, _: u32) {}

unsafe extern "C" fn notice(_: *mut c_void, _: *const simstrap_notice) {}

unsafe extern "C" fn choose(_: *mut c_void, _: *const simstrap_proposal) -> i32 {
    simstrap_decision::Apply as i32
}

unsafe extern "C" fn load(
    context: *mut c_void,
    buffer: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    // SAFETY: the library's contract.
    unsafe {
        let record = &World::of(context).record;
        *length = record.len();
        if capacity >= record.len() {
            ptr::copy_nonoverlapping(record.as_ptr(), buffer, record.len());
        }
    }
    0
}

unsafe extern "C" fn save(context: *mut c_void, bytes: *const u8, length: usize) -> i32 {
    // SAFETY: the library's contract.
    unsafe { World::of(context).record = core::slice::from_raw_parts(bytes, length).to_vec() };
    0
}

fn way_to(world: *mut World) -> simstrap_card {
    simstrap_card {
        context: world.cast(),
        transmit: Some(transmit),
        max_response_data: 0,
        max_command_data: 0,
    }
}

fn keys() -> *mut simstrap_keys {
    let (mut keys, key) = (ptr::null_mut(), KEY.as_ptr());
    // SAFETY: valid pointers.
    unsafe { simstrap_keys_new(key, key, key, KEY.len(), &raw mut keys, ptr::null_mut()) };
    assert!(!keys.is_null());
    keys
}

fn access(keys: *const simstrap_keys) -> simstrap_access {
    simstrap_access {
        keys,
        pin: PIN.as_ptr(),
        allow_last_try: Flag::new(false),
        random: Some(random),
        random_context: ptr::null_mut(),
    }
}

/// The secret key of the account on the built-in card, from its data.
fn key_on_the_card() -> Vec<u8> {
    let (mut world, mut keys) = (World::new(), keys());
    let (card, access) = (way_to(&raw mut world), access(keys));
    let mut reading = ptr::null_mut();
    // SAFETY: valid pointers, and callbacks that keep to their contracts.
    unsafe {
        simstrap_read(&raw const card, &raw const access, &raw mut reading, ptr::null_mut());
        let data = &(*simstrap_reading_data(reading, ptr::null_mut())).data;
        let key = data.as_ref().object(0).unwrap().instance(1).unwrap().resource(5).unwrap();
        let Content::Single(key) = key.content() else { panic!("a key is a single resource") };
        let key = key.bytes().to_vec();
        simstrap_reading_free(&raw mut reading);
        simstrap_keys_free(&raw mut keys);
        key
    }
}

fn client(world: *mut World) -> *mut simstrap_client {
    let mut keys = keys();
    let config = simstrap_client_config {
        policy: ptr::null(),
        card: way_to(world),
        access: access(keys),
        store: simstrap_store { context: world.cast(), load: Some(load), save: Some(save) },
        host: simstrap_host {
            context: world.cast(),
            view: Some(view),
            carry_out: Some(carry_out),
            perform: Some(perform),
            start_timer: Some(start_timer),
            apply_factory_data: None,
            purge_bootstrap_server: None,
            notice: Some(notice),
        },
        choice: simstrap_choice { context: world.cast(), choose: Some(choose) },
    };
    let mut client = ptr::null_mut();
    // SAFETY: valid pointers, and callbacks that keep to their contracts.
    unsafe {
        simstrap_client_new(&raw const config, &raw mut client, ptr::null_mut());
        simstrap_keys_free(&raw mut keys);
    }
    assert!(!client.is_null());
    client
}

const REGISTER: i32 = simstrap_operation::Register as i32;
const UPDATE: i32 = simstrap_operation::Update as i32;

/// Starts a client twice, registers, updates, closes and frees it: what every call returned.
fn life() -> Vec<simstrap_status> {
    life_in(&mut World::new())
}

fn life_in(world: &mut World) -> Vec<simstrap_status> {
    let world = ptr::from_mut(world);
    let mut told = Vec::new();
    for performed in [REGISTER, UPDATE] {
        let mut client = client(world);
        // SAFETY: a live handle.
        unsafe {
            told.push(simstrap_client_start(client, ptr::null_mut()));
            told.push(simstrap_client_performed(client, REGISTER, 1, true));
            told.push(simstrap_client_bootstrap_requested(client));
            told.push(simstrap_client_due(client, UPDATE, 1));
            told.push(simstrap_client_performed(client, UPDATE, 1, performed == UPDATE));
            told.push(simstrap_client_refresh(client));
            told.push(simstrap_client_close(client));
            told.push(simstrap_client_free(&raw mut client));
        }
        assert!(client.is_null());
    }
    told
}

#[test]
fn a_panic_in_a_running_client_is_a_status_and_the_client_can_be_freed() {
    let before = on_demand::returned();
    let clean = life();
    let callbacks = on_demand::returned() - before;
    assert!(clean.iter().all(|status| *status == simstrap_status::Ok), "{clean:?}");
    assert!(callbacks > 60, "{callbacks}");
    let mut panicked_in = Vec::new();
    for callback in 0..callbacks {
        on_demand::after(callback);
        let told = life();
        assert!(!on_demand::is_still_to_come(), "{callback} of {callbacks}");
        let panics = told.iter().filter(|status| **status == simstrap_status::Panic).count();
        assert_eq!(panics, 1, "{told:?}");
        let call = told.iter().position(|status| *status == simstrap_status::Panic).unwrap();
        // Before it, all is well. After it, the client is closed; that can be said again.
        let calls = clean.len() / 2;
        for (at, status) in told.iter().enumerate().take(call / calls * calls + calls) {
            let wanted = match at {
                _ if at < call || at % calls >= calls - 2 => simstrap_status::Ok,
                _ => simstrap_status::Closed,
            };
            assert!(at == call || *status == wanted, "{told:?} after callback {callback}");
        }
        panicked_in.push(call % calls);
    }
    // Every call that calls back was met: all but the end of what is closed already.
    for call in [0, 1, 2, 3, 4, 5, 6] {
        assert!(panicked_in.contains(&call), "no panic in call {call}: {panicked_in:?}");
    }
    // Nothing of it is left in this thread.
    assert_eq!(life(), clean);
}

#[test]
fn ft_04_no_secret_is_left_in_memory_after_a_panic() {
    let secrets: &[_] = Vec::leak(vec![key_on_the_card(), KEY.to_vec(), PIN.to_bytes().to_vec()]);
    let before = on_demand::returned();
    life();
    let callbacks = on_demand::returned() - before;
    // With as many as there are, nothing panics.
    for callback in 0..=callbacks {
        let mut world = World::new();
        on_demand::after(callback);
        let seen = watch(secrets, || drop(life_in(&mut world)));
        assert_eq!(on_demand::is_still_to_come(), callback == callbacks);
        assert!(seen.freed > 20, "{seen:?}");
        let found = (seen.secrets_freed, seen.secrets_kept);
        assert_eq!(found, (0, 0), "after callback {callback} of {callbacks}");
    }
}

#[test]
fn no_callback_is_called_after_a_panic() {
    let mut world = World::new();
    let mut client = client(&raw mut world);
    on_demand::after(12);
    let mut error =
        simstrap_error { status: simstrap_status::Ok, message: [0; 256], help: [0; 128] };
    // SAFETY: live handles.
    unsafe {
        assert_eq!(simstrap_client_start(client, &raw mut error), simstrap_status::Panic);
        let message = CStr::from_ptr(error.message.as_ptr());
        assert_eq!(message.to_str(), Ok("a defect of simstrap: please report it"));
        let returned = on_demand::returned();
        assert_eq!(simstrap_client_refresh(client), simstrap_status::Closed);
        assert_eq!(simstrap_client_start(client, ptr::null_mut()), simstrap_status::Closed);
        assert_eq!(simstrap_client_free(&raw mut client), simstrap_status::Ok);
        assert_eq!(on_demand::returned(), returned);
    }
}

#[test]
fn a_panic_while_closing_still_frees() {
    let mut world = World::new();
    let mut client = client(&raw mut world);
    // SAFETY: live handles.
    unsafe {
        assert_eq!(simstrap_client_start(client, ptr::null_mut()), simstrap_status::Ok);
        assert_eq!(simstrap_client_performed(client, REGISTER, 1, true), simstrap_status::Ok);
        on_demand::after(0);
        assert_eq!(simstrap_client_free(&raw mut client), simstrap_status::Panic);
        assert!(client.is_null());
        assert_eq!(simstrap_client_free(&raw mut client), simstrap_status::Ok);
    }
}

#[test]
fn freeing_closes_the_channel_on_the_card() {
    let mut world = World::new();
    let world = &raw mut world;
    let mut client = client(world);
    // SAFETY: live handles, and nobody else uses the world.
    unsafe {
        assert_eq!(simstrap_client_start(client, ptr::null_mut()), simstrap_status::Ok);
        assert_eq!(simstrap_client_performed(client, REGISTER, 1, true), simstrap_status::Ok);
        assert_eq!(simstrap_client_free(&raw mut client), simstrap_status::Ok);
        let last = (*world).card.log().last().unwrap();
        assert_eq!(last.command[..3], [0x00, 0x70, 0x80], "MANAGE CHANNEL, close");
    }
}

#[test]
fn a_panic_while_a_card_is_read_is_a_status() {
    let mut keys = keys();
    let access = access(keys);
    let read = || {
        let mut world = World::new();
        let card = way_to(&raw mut world);
        let mut reading: *mut simstrap_reading = ptr::null_mut();
        let (card, access) = (&raw const card, &raw const access);
        // SAFETY: valid pointers, and callbacks that keep to their contracts.
        unsafe {
            let status = simstrap_read(card, access, &raw mut reading, ptr::null_mut());
            assert_eq!(reading.is_null(), status != simstrap_status::Ok);
            simstrap_reading_free(&raw mut reading);
            status
        }
    };
    let before = on_demand::returned();
    assert_eq!(read(), simstrap_status::Ok);
    let callbacks = on_demand::returned() - before;
    assert!(callbacks > 10);
    for callback in 0..callbacks {
        on_demand::after(callback);
        assert_eq!(read(), simstrap_status::Panic);
    }
    assert_eq!(read(), simstrap_status::Ok);
    // SAFETY: a live handle.
    unsafe { simstrap_keys_free(&raw mut keys) };
}
