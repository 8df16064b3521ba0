// SPDX-License-Identifier: Apache-2.0
//! A fleet in one process: many devices, each with its card, its policy, its client and its socket,
//! live a whole life with one server on the loopback interface.
//!
//! `cargo test --release -p simstrap fleet -- --nocapture` tells what it took.

use std::cell::RefCell;
use std::net::UdpSocket;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use simstrap_client::{Driver, HostEvent, Operation};
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::reader::ReadOptions;
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_policy::bootstrap_data::{BootstrapData, Value};
use simstrap_policy::{AccountState, Policy};
use simstrap_virtual_card::{CardDescription, SAMPLE, SharedCard, VirtualCard};

use super::{Network, NetworkOptions, Version};
use crate::device::{
    Counted, Device, DeviceHost, HostOptions, Mailbox, Narration, Narrator, NoLines, RecordStore,
};

const DEVICES: u32 = 1_000;

/// Kilobytes that a device may take: some hundred of them fit any gateway.
const MAX_KILOBYTES: usize = 256;

/// What the server was asked for.
#[derive(Debug, Default)]
struct Served {
    registrations: AtomicU32,
    updates: AtomicU32,
    farewells: AtomicU32,
}

/// A server that says yes, until it gets an empty datagram.
fn serve(socket: &UdpSocket, served: &Served) {
    let mut buffer = [0; 1500];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        let request = &buffer[..length];
        let [first, code, high, low, ..] = *request else { return };
        let token = &request[4..4 + usize::from(first & 0x0F)];
        // Uri-Path "rd", and whether another one follows.
        let is_registered = request.get(4 + token.len() + 3).is_some_and(|next| next >> 4 == 0);
        let (code, options) = match (code, is_registered) {
            (2, false) => {
                let number = served.registrations.fetch_add(1, Ordering::Relaxed).to_string();
                let length = u8::try_from(number.len()).unwrap();
                (0x41, [b"\x82rd", &[length][..], number.as_bytes()].concat())
            }
            (2, true) => {
                served.updates.fetch_add(1, Ordering::Relaxed);
                (0x44, Vec::new())
            }
            _ => {
                served.farewells.fetch_add(1, Ordering::Relaxed);
                (0x42, Vec::new())
            }
        };
        // A farewell that is not waited for is not confirmable, and is answered in kind.
        let kind = if first >> 4 & 3 == 0 { 0x60 } else { 0x50 };
        let head = [kind | (first & 0x0F), code, high, low];
        socket.send_to(&[&head, token, &options].concat(), peer).unwrap();
    }
}

/// An account of a server, in the clear.
fn data(uri: &str, lifetime: i64) -> BootstrapData {
    let file = BootstrapData::encode(|encoder| {
        encoder.object(0, None, |object| {
            object.instance(1, |instance| {
                instance.resource(0, Value::String(uri))?;
                instance.resource(1, Value::Boolean(false))?;
                instance.resource(2, Value::Integer(3))?;
                instance.resource(10, Value::Integer(1))
            })
        })?;
        encoder.object(1, None, |object| {
            object.instance(1, |instance| {
                instance.resource(0, Value::Integer(1))?;
                instance.resource(1, Value::Integer(lifetime))?;
                instance.resource(6, Value::Boolean(false))?;
                instance.resource(7, Value::String("U"))
            })
        })
    });
    BootstrapData::from_bytes(&file.unwrap()).unwrap()
}

type Running<'p> = Driver<'p, Counted<SharedCard>, DeviceHost<Network, NoLines>, RecordStore>;

struct Member<'p> {
    card: SharedCard,
    driver: Running<'p>,
}

impl<'p> Member<'p> {
    /// Switches a device on; it reads its card and registers.
    fn boot(number: u32, uri: &str, policy: &'p Policy, narrator: &Narrator) -> Self {
        let mut description = CardDescription::from_toml(SAMPLE).unwrap();
        description.iccid = format!("898821100000{number:07}");
        let mut card = VirtualCard::new(&description).unwrap();
        card.update_bootstrap_data(data(uri, 86_400).bytes()).unwrap();
        let card = SharedCard::new(card);
        let transport = Counted::new(card.clone());
        let exchanges = transport.exchanges();
        let options = NetworkOptions::named(format!("fleet-{number}"), Version::default());
        let host = DeviceHost::new(
            Device::in_memory(),
            Network::new(options, narrator.clone()),
            NoLines,
            Mailbox::new(),
            HostOptions { narrator: narrator.clone(), factory: None, exchanges, once: false },
        );
        let store = RecordStore::Memory(None);
        let loading = Driver::load(policy, transport, ReadOptions::in_the_clear(), host, store);
        let mut driver = blocking::run(loading).unwrap().unwrap();
        blocking::run(driver.start()).unwrap();
        Self { card, driver }
    }

    fn update(&mut self) {
        let event = HostEvent::Due(Operation::Update(ShortServerId::new(1).unwrap()));
        blocking::run(self.driver.handle(event)).unwrap();
    }

    fn is_in_service(&mut self) -> bool {
        let mut accounts = self.driver.client().record().accounts().iter();
        let applied = accounts.any(|account| account.state == AccountState::Applied);
        applied && self.driver.host().is_registered()
    }
}

/// Resident memory of this process in kilobytes, where the system tells.
fn kilobytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_thousand_devices_live_a_whole_life_in_one_process() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let (served, uri) = (Arc::new(Served::default()), format!("coap://{address}"));
    let of_thread = Arc::clone(&served);
    let server = thread::spawn(move || serve(&socket, &of_thread));
    let told: Rc<RefCell<Vec<Narration>>> = Rc::default();
    let narrator = Narrator::Collecting(Rc::clone(&told));
    let (policy, before, began) = (Policy::default(), kilobytes(), Instant::now());
    let count = |what: &str, number: &AtomicU32, expected: u32, since: Instant| {
        assert_eq!(number.load(Ordering::Relaxed), expected, "{what}");
        let seconds = since.elapsed().as_secs_f64();
        println!("{what}: {:.0} per second", f64::from(DEVICES) / seconds);
        told.borrow_mut().clear();
    };

    let mut fleet: Vec<_> =
        (0..DEVICES).map(|number| Member::boot(number, &uri, &policy, &narrator)).collect();
    assert!(fleet.iter_mut().all(Member::is_in_service));
    count("card read and registered", &served.registrations, DEVICES, began);
    if let (Some(before), Some(now)) = (before, kilobytes()) {
        let each = now.saturating_sub(before) / fleet.len();
        println!("memory per device: {each} kB");
        assert!(each <= MAX_KILOBYTES, "{each} kB");
    }

    let began = Instant::now();
    fleet.iter_mut().for_each(Member::update);
    count("card checked and updated", &served.updates, DEVICES, began);

    let began = Instant::now();
    for member in &mut fleet {
        member.card.lock().update_bootstrap_data(data(&uri, 600).bytes()).unwrap();
        member.update();
    }
    count("changed over the air and registered anew", &served.registrations, 2 * DEVICES, began);
    assert!(fleet.iter_mut().all(Member::is_in_service));

    let began = Instant::now();
    let farewells = served.farewells.load(Ordering::Relaxed);
    for member in &mut fleet {
        member.card.lock().remove();
        member.update();
    }
    assert!(!fleet.iter_mut().any(Member::is_in_service));
    count("card pulled and de-registered", &served.farewells, farewells + DEVICES, began);

    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&[], address).unwrap();
    server.join().unwrap();
}
