// SPDX-License-Identifier: Apache-2.0
//! Events while a plan is carried out.

use simstrap_client::policy::bootstrap_data::reader::ReadErrorKind;
use simstrap_client::policy::{Policy, Source};
use simstrap_client::{Client, Event, Operation};

use crate::data::{data, id};
use crate::device::{
    account, both, handle, handle_holding, in_service, read, read_holding, server_1,
    with_bootstrap_server,
};

/// A client whose card has other data for server 1, and a plan under way that writes it.
fn carrying_out(policy: &Policy) -> Client<'_> {
    let mut client = in_service(policy);
    assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    assert_eq!(read(&mut client, &data(&[1], 600)), ["carry out"]);
    client
}

#[test]
fn cr_04_ft_01_nothing_is_done_while_a_plan_is_carried_out() {
    let policy = Policy::default();
    let mut client = carrying_out(&policy);
    let other = Operation::Update(id(9));
    let held = [server_1(), account(other.account(), 9, Source::Factory)].concat();
    handle_holding(&mut client, Event::Done(Operation::Register(id(9))), &held);
    // The plan may be about any of them, and one that is not there yet may come of it.
    for operation in [Operation::Update(id(1)), Operation::Register(id(2)), other] {
        let actions = handle_holding(&mut client, Event::Due(operation), &held);
        assert!(actions.is_empty(), "{operation}: {actions:?}");
    }
    let actions = handle_holding(&mut client, Event::CarriedOut, &held);
    let expected = [
        "cancel: register with server 2",
        // It is not from the card.
        "update the registration with server 9",
        // The last look began before the first was due.
        "CheckCard",
    ];
    assert_eq!(actions, expected);
    let actions = handle_holding(&mut client, Event::CardUnchanged, &held);
    assert_eq!(actions, ["register with server 1"]);
}

#[test]
fn bs_02_ft_01_a_bootstrap_server_that_a_plan_is_about_may_not_bootstrap_meanwhile() {
    let policy = Policy::default();
    let mut client = with_bootstrap_server(&policy);
    let asked =
        |client: &mut Client<'_>| handle_holding(client, Event::ServerInitiatedBootstrap, &both());
    assert_eq!(asked(&mut client), ["AcceptBootstrap"]);
    handle_holding(&mut client, Event::RefreshHint, &both());
    // A plan that leaves it alone does not stand in its way.
    let only_the_server = data(&[0, 1], 600);
    assert_eq!(read_holding(&mut client, &only_the_server, &both()), ["carry out"]);
    assert_eq!(asked(&mut client), ["AcceptBootstrap"]);
    handle_holding(&mut client, Event::CarriedOut, &both());
    handle_holding(&mut client, Event::RefreshHint, &both());
    let gone = Event::ReadFailed(ReadErrorKind::NoCard);
    assert_eq!(handle_holding(&mut client, gone, &both()), ["carry out"]);
    assert_eq!(asked(&mut client), ["IgnoreBootstrap(NoAccount)"]);
}

#[test]
fn bs_06_a_timeout_that_began_during_a_plan_is_stored_after_it() {
    let policy = Policy::default();
    for outcome in [Event::CarriedOut, Event::NotCarriedOut] {
        let mut client = with_bootstrap_server(&policy);
        handle_holding(&mut client, Event::RefreshHint, &both());
        assert_eq!(read_holding(&mut client, &data(&[0, 1], 600), &both()), ["carry out"]);
        let done = Event::Done(Operation::Bootstrap);
        // The plan's records are on their way to the store: another would come between.
        assert_eq!(handle_holding(&mut client, done, &both()), ["start timer"]);
        assert!(client.record().timeout_runs());
        let actions = handle_holding(&mut client, outcome, &both());
        assert_eq!(actions.first().map(String::as_str), Some("store record"), "{outcome:?}");
        assert!(client.record().timeout_runs());
    }
}
