// SPDX-License-Identifier: Apache-2.0
//! A device that holds the account of server 1, from its card.

use simstrap_client::policy::bootstrap_data::BootstrapData;
use simstrap_client::policy::bootstrap_data::reader::Digest;
use simstrap_client::policy::bootstrap_data::scp03::apdu::Iccid;
use simstrap_client::policy::{
    AccountId, Assessment, Device, HeldInstance, InstancePath, Observation, Policy, Record, Salt,
    Source,
};
use simstrap_client::{Action, Client, Event, Operation, View};

use crate::data::{data, id};

/// Hands in a reading; a plan that follows is for the caller to answer.
pub(crate) fn read(client: &mut Client<'_>, data: &BootstrapData) -> Vec<String> {
    read_holding(client, data, &server_1())
}

/// The same on a device that holds this.
pub(crate) fn read_holding(
    client: &mut Client<'_>,
    data: &BootstrapData,
    held: &[HeldInstance],
) -> Vec<String> {
    let assessment = Assessment::of(data.as_ref());
    let observation = Observation::Card {
        iccid: Iccid::from_bytes([1; 10]),
        digest: Digest::of(data.bytes()),
        assessment: Some(&assessment),
    };
    handle_holding(client, Event::CardRead(observation), held)
}

/// What a device holds that has the account of server 1, from the card.
pub(crate) fn server_1() -> Vec<HeldInstance> {
    account(AccountId::Server(id(1)), 0, Source::Smartcard)
}

/// The instances of an account.
pub(crate) fn account(account: AccountId, instance: u16, source: Source) -> Vec<HeldInstance> {
    let mut paths = vec![InstancePath::security(instance)];
    if account != AccountId::BootstrapServer {
        paths.push(InstancePath::server(instance));
    }
    let held = |path| HeldInstance { path, source: Some(source), account: Some(account) };
    paths.into_iter().map(held).collect()
}

/// An event of a device that holds the account of server 1, from the card.
pub(crate) fn handle(client: &mut Client<'_>, event: Event<'_, '_>) -> Vec<String> {
    handle_holding(client, event, &server_1())
}

/// An event of a device that holds this. Its bootstrap-server account, if it has one, times out
/// after 600 seconds.
pub(crate) fn handle_holding(
    client: &mut Client<'_>,
    event: Event<'_, '_>,
    held: &[HeldInstance],
) -> Vec<String> {
    let device = Device { instances: held, access_control: &[] };
    let actions = client.handle(event, &View { device, hold_off: 30, account_timeout: 600 });
    let name = |action: &Action<'_>| match action {
        Action::CarryOut(_) => "carry out".to_owned(),
        Action::Perform(operation) => operation.to_string(),
        Action::Defer(operation) => format!("defer: {operation}"),
        Action::Cancel { operation, .. } => format!("cancel: {operation}"),
        Action::StartTimer { .. } => "start timer".to_owned(),
        Action::StoreRecord(_) => "store record".to_owned(),
        other => format!("{other:?}"),
    };
    actions.iter().filter(|action| !matches!(action, Action::Report(_))).map(name).collect()
}

/// A client in service, with server 1 from the card.
pub(crate) fn in_service(policy: &Policy) -> Client<'_> {
    let mut client = Client::new(policy, Record::new(Salt::new([0; 16])));
    assert_eq!(handle(&mut client, Event::Start), ["ReadCard"]);
    assert_eq!(read(&mut client, &data(&[1], 300)), ["carry out"]);
    assert_eq!(handle(&mut client, Event::CarriedOut), ["register with server 1"]);
    assert!(handle(&mut client, Event::Done(Operation::Register(id(1)))).is_empty());
    client
}

/// What a device holds that has the accounts of the bootstrap server and of server 1, from the
/// card.
pub(crate) fn both() -> Vec<HeldInstance> {
    let bootstrap_server = account(AccountId::BootstrapServer, 0, Source::Smartcard);
    [bootstrap_server, account(AccountId::Server(id(1)), 1, Source::Smartcard)].concat()
}

/// A client in service, with both accounts from the card.
pub(crate) fn with_bootstrap_server(policy: &Policy) -> Client<'_> {
    let mut client = Client::new(policy, Record::new(Salt::new([0; 16])));
    handle_holding(&mut client, Event::Start, &[]);
    assert_eq!(read_holding(&mut client, &data(&[0, 1], 300), &[]), ["carry out"]);
    let actions = handle_holding(&mut client, Event::CarriedOut, &both());
    assert_eq!(actions, ["register with server 1"]);
    handle_holding(&mut client, Event::Done(Operation::Register(id(1))), &both());
    client
}
