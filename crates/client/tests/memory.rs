// SPDX-License-Identifier: Apache-2.0
//! How much memory engine and client take with as much as there can be.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::bootstrap_data::reader::Digest;
use simstrap_client::policy::bootstrap_data::scp03::apdu::Iccid;
use simstrap_client::policy::bootstrap_data::{BootstrapData, EncodeError, Value};
use simstrap_client::policy::{
    AccountId, Assessment, Device, Engine, HeldInstance, InstancePath, MAX_ACCOUNTS, MAX_INSTANCES,
    Observation, Plan, Policy, Record, Salt, Source,
};
use simstrap_client::{Action, Client, Driver, Event, Operation, View};

/// What the README promises, in bytes on a machine of 64 bits.
const CLIENT_AT_REST: u64 = 8 * 1024;
const WHOLE_CHANGE: u64 = 64 * 1024;

/// A bootstrap server and servers, as many accounts as there can be, and as many instances of
/// another object as that leaves room for.
fn full_data(lifetime: i64) -> BootstrapData {
    let accounts = 0..u16::try_from(MAX_ACCOUNTS).unwrap();
    let others = MAX_INSTANCES - (2 * MAX_ACCOUNTS - 1);
    let file = BootstrapData::encode(|encoder| {
        encoder.object(0, None, |security| {
            accounts.clone().try_for_each(|own| -> Result<(), EncodeError> {
                security.instance(own, |instance| {
                    instance.resource(0, Value::String("coap://dm.example.com"))?;
                    instance.resource(1, Value::Boolean(own == 0))?;
                    instance.resource(2, Value::Integer(3))?;
                    if own == 0 {
                        Ok(())
                    } else {
                        instance.resource(10, Value::Integer(own.into()))
                    }
                })
            })
        })?;
        encoder.object(1, None, |server| {
            accounts.clone().skip(1).try_for_each(|own| -> Result<(), EncodeError> {
                server.instance(own, |instance| {
                    instance.resource(0, Value::Integer(own.into()))?;
                    instance.resource(1, Value::Integer(lifetime))?;
                    instance.resource(6, Value::Boolean(true))?;
                    instance.resource(7, Value::String("U"))
                })
            })
        })?;
        encoder.object(9, None, |object| {
            (0..u16::try_from(others).unwrap()).try_for_each(|own| -> Result<(), EncodeError> {
                object.instance(own, |instance| instance.resource(0, Value::String("package")))
            })
        })
    });
    BootstrapData::from_bytes(&file.unwrap()).unwrap()
}

/// The device that has carried the plan out.
fn held(record: &Record) -> Vec<HeldInstance> {
    let account = |path: InstancePath| match (path.object, path.instance) {
        (0, 0) => Some(AccountId::BootstrapServer),
        (0 | 1, own) => ShortServerId::new(own).map(AccountId::Server),
        _ => None,
    };
    let instances = record.instances().iter();
    instances
        .map(|held| HeldInstance {
            path: held.path,
            source: Some(Source::Smartcard),
            account: account(held.path),
        })
        .collect()
}

/// Hands a reading in, and has its plan carried out.
fn change(client: &mut Client<'_>, data: &BootstrapData, device: &[HeldInstance]) {
    let view =
        View { device: Device { instances: device, access_control: &[] }, ..View::default() };
    let assessment = Assessment::of(data.as_ref());
    let observation = Observation::Card {
        iccid: Iccid::from_bytes([1; 10]),
        digest: Digest::of(data.bytes()),
        assessment: Some(&assessment),
    };
    let actions = client.handle(Event::CardRead(observation), &view);
    assert!(actions.iter().any(|action| matches!(action, Action::CarryOut(_))), "{actions:?}");
}

#[test]
fn ft_03_engine_and_client_stay_within_their_memory_with_everything_full() {
    let policy = Policy::default();
    let (data, changed) = (full_data(300), full_data(600));
    let mut client = None;
    let mut device = Vec::new();
    let first = allocation_counter::measure(|| {
        let mut new = Client::new(&policy, Record::new(Salt::new([0; 16])));
        assert_eq!(new.handle(Event::Start, &View::default()), [Action::ReadCard]);
        change(&mut new, &data, &[]);
        client = Some(new);
    });
    let mut client = client.unwrap();
    let rest = allocation_counter::measure(|| {
        let carried_out = client.handle(Event::CarriedOut, &View::default());
        drop(carried_out);
    });
    let record = client.record().clone();
    assert_eq!(record.accounts().len(), MAX_ACCOUNTS);
    assert_eq!(record.instances().len(), MAX_INSTANCES);
    device.extend(held(&record));
    let at_rest = u64::try_from(first.bytes_current + rest.bytes_current).unwrap();

    let view =
        View { device: Device { instances: &device, access_control: &[] }, ..View::default() };
    let second = allocation_counter::measure(|| {
        for server in 1..u16::try_from(MAX_ACCOUNTS).unwrap() {
            let server = ShortServerId::new(server).unwrap();
            drop(client.handle(Event::Due(Operation::Register(server)), &view));
        }
        change(&mut client, &changed, &device);
    });
    let whole = at_rest + second.bytes_max.max(first.bytes_max);
    println!(
        "bytes on the stack: Client {}, Driver without card, host and store {}, Record {}, Plan {}, \
         Engine {}",
        size_of::<Client<'_>>(),
        size_of::<Driver<'_, (), (), ()>>(),
        size_of::<Record>(),
        size_of::<Plan<'_>>(),
        size_of::<Engine<'_>>(),
    );
    println!(
        "bytes on the heap with {MAX_ACCOUNTS} accounts and {MAX_INSTANCES} instances: \
         at rest {at_rest}, at most during a first reading {}, during a change {whole}; \
         record stored {}",
        first.bytes_max,
        record.to_bytes().unwrap().len(),
    );
    assert!(at_rest <= CLIENT_AT_REST, "{at_rest}");
    assert!(whole <= WHOLE_CHANGE, "{whole}");
}
