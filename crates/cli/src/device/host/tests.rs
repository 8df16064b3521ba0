// SPDX-License-Identifier: Apache-2.0
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_policy::{InstancePath, Source};

use super::*;
use crate::device::Letter;

/// Servers that refuse some of what they are asked, and note it.
#[derive(Debug, Default)]
struct Refusing {
    refuses_updates: bool,
    /// Lines that somebody types while nothing else happens.
    lines: usize,
    asked: Vec<String>,
}

impl Refusing {
    fn ask(&mut self, what: &str, refused: bool) -> Result<(), UplinkError> {
        self.asked.push(what.to_owned());
        if refused { Err(UplinkError::OnlySaid) } else { Ok(()) }
    }
}

impl Uplink for Refusing {
    fn register(
        &mut self,
        _: ShortServerId,
        _: &mut Device,
        _: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        self.ask("register", false)
    }

    fn update(
        &mut self,
        _: ShortServerId,
        _: &mut Device,
        _: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        self.ask("update", self.refuses_updates)
    }

    fn deregister(
        &mut self,
        servers: &[ShortServerId],
        _: &mut Device,
        _: &mut Mailbox,
    ) -> Vec<(ShortServerId, UplinkError)> {
        let refused = |server: &ShortServerId| {
            self.ask("deregister", true).err().map(|error| (*server, error))
        };
        servers.iter().filter_map(refused).collect()
    }

    fn bootstrap(&mut self, _: &mut Device, _: &mut Mailbox) -> Result<(), UplinkError> {
        self.ask("bootstrap", true)
    }

    fn close_session(&mut self, _: AccountId, _: &Device) {
        self.asked.push("close".to_owned());
    }

    fn cancel_observations(&mut self, _: ShortServerId) {}

    fn answer_bootstrap(
        &mut self,
        answer: Result<(), IgnoreReason>,
        _: &mut Device,
        _: &mut Mailbox,
    ) -> Result<(), UplinkError> {
        self.ask("answer", answer.is_err())
    }

    fn wait(&mut self, until: Option<Instant>, _: &mut Device, _: &mut Mailbox) -> UplinkEvent {
        if let Some(left) = self.lines.checked_sub(1) {
            self.lines = left;
            return UplinkEvent::Line(String::new());
        }
        assert!(until.is_some(), "nothing would ever end this wait");
        UplinkEvent::Stopped
    }
}

fn host(once: bool, uplink: Refusing) -> DeviceHost<Refusing, NoLines> {
    let options = HostOptions {
        narrator: Narrator::Collecting(Rc::default()),
        factory: None,
        exchanges: Rc::default(),
        once,
    };
    DeviceHost::new(Device::in_memory(), uplink, NoLines, Mailbox::new(), options)
}

fn next(host: &mut DeviceHost<Refusing, NoLines>) -> Option<HostEvent> {
    blocking::run(host.next()).unwrap()
}

fn perform(host: &mut DeviceHost<Refusing, NoLines>, operation: Operation) -> bool {
    blocking::run(host.perform(operation)).unwrap().is_ok()
}

fn server() -> ShortServerId {
    ShortServerId::new(7).unwrap()
}

#[test]
fn once_every_server_is_updated_once_and_the_device_leaves() {
    let mut host = host(true, Refusing::default());
    assert!(perform(&mut host, Operation::Register(server())));
    let update = Operation::Update(server());
    assert_eq!(next(&mut host), Some(HostEvent::Due(update)));
    assert!(perform(&mut host, update));
    assert_eq!(next(&mut host), None);
    assert!(host.is_registered());
    host.take_leave();
    assert_eq!(host.uplink.asked, ["register", "update", "deregister"]);
    assert!(!host.is_registered());
}

#[test]
fn ft_03_once_a_server_that_refuses_every_update_keeps_nobody_in_a_loop() {
    let mut host = host(true, Refusing { refuses_updates: true, ..Refusing::default() });
    let (register, update) = (Operation::Register(server()), Operation::Update(server()));
    assert!(perform(&mut host, register));
    assert_eq!(next(&mut host), Some(HostEvent::Due(update)));
    assert!(!perform(&mut host, update));
    // What the client does then.
    assert!(perform(&mut host, register));
    assert_eq!(next(&mut host), None);
}

#[test]
fn cr_09_once_a_card_that_stays_unreadable_is_given_up() {
    let mut host = host(true, Refusing::default());
    host.report(Report::Unreadable { attempt: QUICK_RETRIES });
    assert!(!host.is_done());
    host.report(Report::Unreadable { attempt: QUICK_RETRIES + 1 });
    assert_eq!(next(&mut host), None);
    assert!(host.is_card_unreadable() && !host.is_registered());
}

#[test]
fn an_operation_that_is_deferred_is_waited_for() {
    let mut host = host(true, Refusing::default());
    let update = Operation::Update(server());
    perform(&mut host, Operation::Register(server()));
    assert_eq!(next(&mut host), Some(HostEvent::Due(update)));
    host.deferred(update);
    assert!(!host.is_done());
    host.cancelled(update, CancelReason::NotUsable);
    assert!(!host.is_done(), "it is not registered any more, and something may follow");
    host.report(Report::Stranded);
    assert_eq!(next(&mut host), None);
}

#[test]
fn ft_03_lines_without_end_keep_nothing_from_being_done_in_time() {
    let mut host = host(false, Refusing { lines: 1000, ..Refusing::default() });
    host.agenda.schedule_update(server(), 0);
    assert_eq!(next(&mut host), Some(HostEvent::Due(Operation::Update(server()))));
}

#[test]
fn bs_02_how_an_accepted_bootstrap_ended_is_told_and_an_ignored_one_is_not() {
    let mut host = host(false, Refusing::default());
    host.answer_bootstrap(Err(IgnoreReason::TooEarly));
    assert!(host.events.is_empty());
    host.answer_bootstrap(Ok(()));
    assert_eq!(next(&mut host), Some(HostEvent::Bootstrapped { success: true }));
}

#[test]
fn bs_06_the_bootstrap_server_goes_and_other_accounts_stay() {
    let mut host = host(false, Refusing::default());
    let mut contents = host.device.contents().clone();
    // Bootstrap-Server is true, and so is nothing else.
    let bootstrap_server = [0xC1, 1, 1];
    contents.write(InstancePath::security(0), &bootstrap_server, Source::Smartcard).unwrap();
    contents.write(InstancePath::security(1), &[0xC1, 10, 7], Source::Smartcard).unwrap();
    host.device.replace(contents).unwrap();
    blocking::run(host.purge_bootstrap_server()).unwrap().unwrap();
    let left: Vec<_> = host.device.contents().iter().map(|(path, _)| path).collect();
    assert_eq!(left, [InstancePath::security(1)]);
    assert_eq!(host.uplink.asked, ["close"]);
}

#[test]
fn dd_02_what_is_disabled_has_no_update_to_come() {
    let mut host = host(false, Refusing::default());
    perform(&mut host, Operation::Register(server()));
    host.agenda.schedule_update(server(), 1);
    let disable = Step::Disable(AccountId::Server(server()));
    blocking::run(host.carry_out(&disable)).unwrap().unwrap();
    assert_eq!(host.agenda.next_time(), None);
    assert!(!host.is_registered());
}

#[test]
fn dd_04_a_server_that_cannot_be_told_is_forgotten_all_the_same() {
    let mut host = host(false, Refusing::default());
    perform(&mut host, Operation::Register(server()));
    let step = Step::Deregister(AccountId::Server(server()));
    assert!(blocking::run(host.carry_out(&step)).unwrap().is_err());
    assert!(!host.is_registered());
    assert!(blocking::run(host.carry_out(&step)).unwrap().is_ok(), "it is gone already");
}

#[test]
fn stopping_ends_the_wait_and_whatever_else_was_to_come() {
    let mut host = host(false, Refusing::default());
    host.agenda.schedule_update(server(), 3600);
    host.mailbox.sender().send(Letter::Stop).unwrap();
    let _stop = host.mailbox.wait(None);
    assert_eq!(next(&mut host), None);
}
