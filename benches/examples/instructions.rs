// SPDX-License-Identifier: Apache-2.0
//! Does one thing as often as told, for `benches/instructions`, which counts the instructions.
//!
//! Without arguments it lists what it can do: name, units that one time has, and their name.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "benchmarks")]

use std::cell::RefCell;
use std::hint::black_box;

use sha2::{Digest as _, Sha256};
use simstrap_benches::cases::{
    self, card_description, device_type, encoded_again, registered, walk,
};
use simstrap_benches::{ACCOUNTS, DEVICE, ber, bounds_only};
use simstrap_bootstrap_data::reader::{CardSession, ReadOptions};
use simstrap_bootstrap_data::scp03::apdu::blocking;
use simstrap_bootstrap_data::tlv::Entries;
use simstrap_bootstrap_data::{BootstrapDataRef, object, registry};
use simstrap_virtual_card::{SharedCard, VirtualCard};

/// Something to do, and what it is counted by.
struct Case {
    name: String,
    units: usize,
    unit: &'static str,
    run: Box<dyn Fn()>,
}

fn case(name: &str, (units, unit): (usize, &'static str), run: impl Fn() + 'static) -> Case {
    Case { name: name.to_owned(), units, unit, run: Box::new(run) }
}

fn tlv_decode() -> Vec<Case> {
    let device: &'static [u8] = hex::decode(DEVICE).unwrap().leak();
    let wrapped: &'static [u8] = ber::wrapped(&ber::image(Entries::new(device))).leak();
    let definition = registry::object(3).unwrap();
    let values = (bounds_only(device).unwrap(), "value");
    vec![
        case("tlv_decode/device_121/typed", values, move || {
            assert!(black_box(walk(black_box(device), device_type)).is_ok());
        }),
        case("tlv_decode/device_121/typed_by_registry", values, move || {
            assert!(black_box(walk(black_box(device), |id| registered(definition, id))).is_ok());
        }),
        case("tlv_decode/device_121/limit_bounds_only", values, move || {
            assert!(black_box(bounds_only(black_box(device))).is_some());
        }),
        case("tlv_decode/device_121/other_iso7816_tlv_of_ber", values, move || {
            black_box(iso7816_tlv::ber::Tlv::from_bytes(black_box(wrapped)).unwrap());
        }),
        case("tlv_decode/device_121/other_tlv_parser_of_ber", values, move || {
            black_box(tlv_parser::tlv::Tlv::from_vec(black_box(wrapped)).unwrap());
        }),
    ]
}

fn container() -> Vec<Case> {
    let cases = cases::files().into_iter().flat_map(|(name, file)| {
        let units = (cases::resources(&file), "resource");
        let file: &'static [u8] = file.leak();
        [
            case(&format!("container/{name}/checked"), units, move || {
                assert!(BootstrapDataRef::from_bytes(black_box(file)).is_ok());
            }),
            case(&format!("container/{name}/checked_and_typed"), units, move || {
                let data = BootstrapDataRef::from_bytes(black_box(file)).unwrap();
                assert!(object::check_types(&data).is_ok());
            }),
            case(&format!("container/{name}/limit_bounds_only"), units, move || {
                let values = bounds_only(black_box(cases::instances_of(file)));
                assert!(black_box(values).is_some());
            }),
        ]
    });
    cases.collect()
}

fn tlv_encode() -> Vec<Case> {
    let file: &'static [u8] = hex::decode(ACCOUNTS).unwrap().leak();
    let data = BootstrapDataRef::from_bytes(file).unwrap();
    vec![case("tlv_encode/324_bytes/encode", (cases::resources(file), "resource"), move || {
        black_box(encoded_again(black_box(&data)).unwrap());
    })]
}

/// The largest file looked at again in the clear, the hash of it, and the card alone.
fn recheck() -> Vec<Case> {
    let card = SharedCard::new(VirtualCard::new(&card_description(true).unwrap()).unwrap());
    let mut session = CardSession::new(card.clone());
    let read = blocking::run(session.read(&mut ReadOptions::in_the_clear())).unwrap().unwrap();
    card.lock().clear_log();
    blocking::run(session.recheck()).unwrap().unwrap();
    let commands: Vec<_> = card.lock().log().iter().map(|one| one.command.clone()).collect();
    let units = (commands.len(), "exchange");
    let (session, alone) = (RefCell::new(session), card.clone());
    vec![
        case("recheck/32_kib/in_the_clear", units, move || {
            blocking::run(session.borrow_mut().recheck()).unwrap().unwrap();
            card.lock().clear_log();
        }),
        case("recheck/32_kib/limit_card_alone", units, move || {
            let mut card = alone.lock();
            for command in &commands {
                black_box(card.exchange(black_box(command)).unwrap());
            }
            card.clear_log();
        }),
        case("recheck/32_kib/limit_sha256", units, move || {
            black_box(Sha256::digest(black_box(&read.reading.used)));
        }),
    ]
}

fn main() {
    let mut cases = tlv_decode();
    cases.extend(container());
    cases.extend(tlv_encode());
    cases.extend(recheck());
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for Case { name, units, unit, .. } in cases {
            println!("{name} {units} {unit}");
        }
        return;
    };
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let case = cases.iter().find(|case| case.name == name).expect("one of the names listed");
    for _ in 0..times {
        (case.run)();
    }
}
