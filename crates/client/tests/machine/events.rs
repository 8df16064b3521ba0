// SPDX-License-Identifier: Apache-2.0
//! Events that meet.

use simstrap_client::policy::bootstrap_data::reader::ReadErrorKind;
use simstrap_client::policy::{
    AccountId, Device, HeldInstance, InstancePath, OnInconclusive, Policy, Record, Salt, Source,
};
use simstrap_client::{
    Action, CancelReason, Client, Event, MAX_WAITING, Operation, QUICK_RETRIES, View,
};

use crate::data::{data, id};
use crate::device::{handle, in_service, read};

const UPDATE: &str = "update the registration with server 1";

#[test]
fn cr_04_a_look_that_began_before_an_operation_was_due_does_not_count() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    assert!(handle(&mut client, Event::Due(Operation::Update(id(1)))).is_empty());
    assert_eq!(handle(&mut client, Event::CardUnchanged), ["CheckCard"]);
    assert_eq!(handle(&mut client, Event::CardUnchanged), [UPDATE]);
}

#[test]
fn cr_08_a_hint_during_a_look_leads_to_another_before_anything_goes_ahead() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    assert_eq!(handle(&mut client, Event::Due(Operation::Update(id(1)))), ["CheckCard"]);
    assert!(handle(&mut client, Event::RefreshHint).is_empty());
    assert_eq!(handle(&mut client, Event::CardUnchanged), ["CheckCard"]);
    assert_eq!(handle(&mut client, Event::CardUnchanged), [UPDATE]);
}

#[test]
fn cr_04_where_a_whole_reading_is_asked_for_unchanged_is_no_answer() {
    let policy = Policy::default();
    let record = in_service(&policy).record().clone();
    let mut restarted = Client::new(&policy, record);
    assert_eq!(handle(&mut restarted, Event::Start), ["ReadCard"]);
    assert_eq!(handle(&mut restarted, Event::CardUnchanged), ["start timer"]);
}

/// A policy that lets operations go ahead when the card cannot be read.
fn letting_through() -> Policy {
    let mut policy = Policy::default();
    policy.inconclusive = OnInconclusive::LetThrough;
    policy
}

#[test]
fn cr_09_what_comes_due_during_a_look_that_fails_is_let_through_after_one_of_its_own() {
    let policy = letting_through();
    let mut client = in_service(&policy);
    assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    let update = Event::Due(Operation::Update(id(1)));
    assert!(handle(&mut client, update).is_empty());
    let failed = || Event::ReadFailed(ReadErrorKind::Unreadable);
    assert_eq!(
        handle(&mut client, failed()),
        ["start timer".to_owned(), format!("defer: {UPDATE}")]
    );
    assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    assert_eq!(handle(&mut client, failed()), ["start timer", UPDATE]);
}

#[test]
fn ft_01_what_a_failed_plan_touches_is_not_let_through_either() {
    let policy = letting_through();
    let mut client = in_service(&policy);
    handle(&mut client, Event::RefreshHint);
    assert_eq!(read(&mut client, &data(&[1], 600)), ["carry out"]);
    assert_eq!(handle(&mut client, Event::NotCarriedOut), ["start timer"]);
    let update = Event::Due(Operation::Update(id(1)));
    assert_eq!(handle(&mut client, update), ["ReadCard"]);
    let failed = Event::ReadFailed(ReadErrorKind::Unreadable);
    assert_eq!(handle(&mut client, failed), ["start timer".to_owned(), format!("defer: {UPDATE}")]);
}

#[test]
fn ft_01_half_an_account_is_not_used() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    for path in [InstancePath::security(0), InstancePath::server(0)] {
        let account = Some(AccountId::Server(id(1)));
        let half = [HeldInstance { path, source: Some(Source::Smartcard), account }];
        let device = Device { instances: &half, access_control: &[] };
        let operation = Operation::Update(id(1));
        let actions = client.handle(Event::Due(operation), &View { device, ..View::default() });
        let reason = CancelReason::NotUsable;
        assert!(actions.contains(&Action::Cancel { operation, reason }), "{path}: {actions:?}");
    }
}

#[test]
fn bs_06_an_account_that_is_gone_was_purged_whatever_the_answer_says() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    let view = View { account_timeout: 600, ..View::default() };
    let actions = client.handle(Event::Done(Operation::Bootstrap), &view);
    assert!(matches!(actions.first(), Some(Action::StartTimer { seconds: 600, .. })));
    assert!(client.record().timeout_runs());
    let actions = client.handle(Event::Purged { success: false }, &view);
    assert!(actions.iter().any(|action| matches!(action, Action::StoreRecord(_))), "{actions:?}");
    assert!(!client.record().timeout_runs());
}

#[test]
fn ft_01_what_a_failed_plan_touches_is_not_used_until_another_succeeds() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    handle(&mut client, Event::RefreshHint);
    assert_eq!(read(&mut client, &data(&[1], 600)), ["carry out"]);
    assert_eq!(handle(&mut client, Event::NotCarriedOut), ["start timer"]);
    assert!(!client.record().is_usable(AccountId::Server(id(1))));
    let update = Event::Due(Operation::Update(id(1)));
    assert_eq!(handle(&mut client, update), [format!("defer: {UPDATE}")]);
    assert_eq!(handle(&mut client, Event::RefreshHint), ["ReadCard"]);
    assert_eq!(read(&mut client, &data(&[1], 600)), ["carry out"]);
    assert_eq!(handle(&mut client, Event::CarriedOut), ["register with server 1"]);
}

#[test]
fn cr_09_a_card_that_stays_unreadable_holds_the_start_up_no_longer_than_the_bound() {
    let policy = Policy::default();
    let mut client = Client::new(&policy, Record::new(Salt::new([0; 16])));
    handle(&mut client, Event::Start);
    for _ in 0..QUICK_RETRIES {
        let actions = handle(&mut client, Event::ReadFailed(ReadErrorKind::Unreadable));
        assert_eq!(actions, ["start timer"]);
        assert_eq!(handle(&mut client, Event::RefreshHint), ["ReadCard"]);
    }
    let actions = handle(&mut client, Event::ReadFailed(ReadErrorKind::Unreadable));
    assert_eq!(actions, ["start timer", "LookForFactoryData"]);
}

#[test]
fn ft_03_no_more_operations_wait_than_the_bound() {
    let policy = Policy::default();
    let mut client = Client::new(&policy, Record::new(Salt::new([0; 16])));
    handle(&mut client, Event::Start);
    for number in 1..=u16::try_from(MAX_WAITING).unwrap() {
        assert!(handle(&mut client, Event::Due(Operation::Register(id(number)))).is_empty());
    }
    let operation = Operation::Register(id(1000));
    let actions = client.handle(Event::Due(operation), &View::default());
    assert_eq!(actions, [Action::Cancel { operation, reason: CancelReason::TooMany }]);
    println!("bytes: Client {}, Action {}", size_of::<Client<'_>>(), size_of::<Action<'_>>());
}

#[test]
fn bs_01_cr_09_a_registration_waits_for_the_card_no_longer_than_the_bound() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    let lost = Event::Failed(Operation::Update(id(1)));
    assert_eq!(handle(&mut client, lost), ["CheckCard"]);
    for attempt in 1..=QUICK_RETRIES {
        let actions = handle(&mut client, Event::ReadFailed(ReadErrorKind::Unreadable));
        let expected = ["start timer", "defer: register with server 1"];
        assert_eq!(actions, expected[..if attempt == 1 { 2 } else { 1 }]);
        assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    }
    // No other server is left to turn to, so all starts over after a while.
    let actions = handle(&mut client, Event::ReadFailed(ReadErrorKind::Unreadable));
    assert_eq!(actions, ["start timer", "start timer"]);
}

#[test]
fn bs_01_ft_01_the_factory_stands_in_when_a_plan_cannot_be_carried_out() {
    let policy = Policy::default();
    let mut client = in_service(&policy);
    assert_eq!(handle(&mut client, Event::RefreshHint), ["CheckCard"]);
    for _ in 0..QUICK_RETRIES {
        assert_eq!(read(&mut client, &data(&[1], 600)), ["carry out"]);
        assert_eq!(handle(&mut client, Event::NotCarriedOut), ["start timer"]);
        assert_eq!(handle(&mut client, Event::RefreshHint), ["ReadCard"]);
    }
    assert_eq!(read(&mut client, &data(&[1], 600)), ["carry out"]);
    let actions = handle(&mut client, Event::NotCarriedOut);
    assert_eq!(actions, ["start timer", "LookForFactoryData"]);
}
