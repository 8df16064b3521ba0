// SPDX-License-Identifier: Apache-2.0
//! Times that pass, and answers that come late, twice or unasked.

use simstrap_client::policy::bootstrap_data::reader::ReadErrorKind;
use simstrap_client::policy::{
    AccountId, HeldInstance, OnInconclusive, Policy, Record, Salt, Source,
};
use simstrap_client::{Client, Event, Operation, TimerId};

use crate::data::id;
use crate::device::{
    account, both, handle, handle_holding, in_service, server_1, with_bootstrap_server,
};

/// What a device holds that has the account of server 1 from the card, and that of the bootstrap
/// server from the factory.
fn held() -> Vec<HeldInstance> {
    [account(AccountId::BootstrapServer, 9, Source::Factory), server_1()].concat()
}

/// A client whose bootstrap server has bootstrapped it, and the timer of its account.
fn bootstrapped(policy: &Policy) -> (Client<'_>, TimerId) {
    let mut client = in_service(policy);
    let actions = handle_holding(&mut client, Event::Done(Operation::Bootstrap), &held());
    assert_eq!(actions, ["start timer", "store record", "CheckCard"]);
    handle_holding(&mut client, Event::CardUnchanged, &held());
    handle_holding(&mut client, Event::Done(Operation::Register(id(1))), &held());
    (client, TimerId::new(1))
}

#[test]
fn bs_06_a_purge_that_nobody_waits_for_changes_nothing() {
    let policy = Policy::default();
    let (mut client, timer) = bootstrapped(&policy);
    let purged = |success| Event::Purged { success };
    for success in [true, false] {
        let actions = handle_holding(&mut client, purged(success), &held());
        assert_eq!(actions, [""; 0], "its time is not over: {success}");
        assert!(client.record().timeout_runs());
    }
    let actions = handle_holding(&mut client, Event::Timer(timer), &held());
    assert_eq!(actions, ["PurgeBootstrapServer"]);
    assert_eq!(handle_holding(&mut client, purged(false), &held()), ["start timer"]);
    assert_eq!(handle_holding(&mut client, purged(false), &held()), [""; 0], "twice");
    let again = Event::Timer(TimerId::new(2));
    assert_eq!(handle_holding(&mut client, again, &held()), ["PurgeBootstrapServer"]);
    assert_eq!(handle(&mut client, purged(true)), ["store record"]);
    assert!(!client.record().timeout_runs());
    // Meanwhile there is another account, which was not used to bootstrap.
    for success in [true, false] {
        let record = client.record().clone();
        assert_eq!(handle_holding(&mut client, purged(success), &held()), [""; 0]);
        assert_eq!(*client.record(), record);
    }
}

#[test]
fn bs_01_the_hold_off_waits_for_a_registration_that_is_under_way() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    let register = Operation::Register(id(1));
    assert_eq!(handle_holding(&mut client, Event::Failed(register), &held()), ["start timer"]);
    assert_eq!(handle_holding(&mut client, Event::Due(register), &held()), ["CheckCard"]);
    let actions = handle_holding(&mut client, Event::CardUnchanged, &held());
    assert_eq!(actions, ["register with server 1"]);
    let timer = Event::Timer(TimerId::new(1));
    assert_eq!(handle_holding(&mut client, timer, &held()), [""; 0]);
    assert_eq!(handle_holding(&mut client, Event::Failed(register), &held()), ["start timer"]);
    let timer = Event::Timer(TimerId::new(2));
    let actions = handle_holding(&mut client, timer, &held());
    assert_eq!(actions, ["client-initiated bootstrap"]);
}

#[test]
fn bs_01_cr_09_a_bootstrap_is_not_let_through_before_the_card_was_tried() {
    let mut policy = Policy::default();
    policy.inconclusive = OnInconclusive::LetThrough;
    let record = with_bootstrap_server(&policy).record().clone();
    let mut client = Client::new(&policy, record);
    let mut handle = |event| handle_holding(&mut client, event, &both());
    assert_eq!(handle(Event::Start), ["ReadCard"]);
    for operation in [Operation::Bootstrap, Operation::Register(id(1))] {
        assert_eq!(handle(Event::Due(operation)), [""; 0]);
    }
    let failed = || Event::ReadFailed(ReadErrorKind::Unreadable);
    let deferred =
        ["start timer", "defer: client-initiated bootstrap", "defer: register with server 1"];
    assert_eq!(handle(failed()), deferred);
    assert_eq!(handle(Event::RefreshHint), ["ReadCard"]);
    assert_eq!(handle(failed()), ["start timer", "register with server 1"]);
}

#[test]
fn bs_01_bs_02_a_bootstrap_before_the_card_was_tried_changes_nothing() {
    let policy = Policy::default();
    for end in [Event::Done, Event::Failed] {
        let mut client = Client::new(&policy, Record::new(Salt::new([0; 16])));
        assert_eq!(handle(&mut client, Event::Start), ["ReadCard"]);
        let factory = account(AccountId::Server(id(9)), 9, Source::Factory);
        let actions = handle_holding(&mut client, end(Operation::Bootstrap), &factory);
        assert_eq!(actions, [""; 0], "nobody was let go ahead");
        assert!(!client.record().timeout_runs());
    }
}
