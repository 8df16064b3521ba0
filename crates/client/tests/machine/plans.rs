// SPDX-License-Identifier: Apache-2.0
//! Events while a plan is carried out.

use simstrap_client::policy::{Policy, Source};
use simstrap_client::{Client, Event, Operation};

use crate::device::{account, data, handle, handle_holding, id, in_service, read, server_1};

/// A client whose card has other data for server 1, and a plan under way that writes it.
fn carrying_out(policy: &Policy) -> Client<'_> {
    let mut client = in_service(policy);
    assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    assert_eq!(read(&mut client, &data(600)), ["carry out"]);
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
