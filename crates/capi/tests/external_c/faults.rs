// SPDX-License-Identifier: Apache-2.0
//! Everything that can go wrong between C and a card, at every exchange.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use simstrap_policy::bootstrap_data::scp03::apdu::TransportErrorKind;
use simstrap_virtual_card::front::{FrontEnd, ModemQuirk, ModemQuirkSet};
use simstrap_virtual_card::{Fault, FaultKind, SharedCard, VirtualCard};

use crate::build::{Compiler, SANITIZE, bounded, example, own, under_valgrind};

/// The program that lives a life for every line, and the card it lives it with.
struct Device {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    card: SharedCard,
    _front_end: FrontEnd,
}

impl Device {
    fn start(command: Command) -> Self {
        Self::behind(ModemQuirkSet::EMPTY, command, None)
    }

    fn behind(quirks: ModemQuirkSet, mut command: Command, patience_ms: Option<&str>) -> Self {
        let card = SharedCard::new(VirtualCard::sample().unwrap());
        let front_end = FrontEnd::at_tcp(card.clone(), quirks, "127.0.0.1:0").unwrap();
        command.arg(front_end.address()).args(patience_ms);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, orders, answers, card, _front_end: front_end }
    }

    /// One life with a new card; how it ended.
    fn live(&mut self, fault: Option<Fault>) -> String {
        let mut card = VirtualCard::sample().unwrap();
        card.clear_log();
        fault.into_iter().for_each(|fault| card.inject(fault));
        *self.card.lock() = card;
        self.orders.as_mut().unwrap().write_all(b"live\n").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    /// Ends it; it must find nothing wrong with itself.
    fn end(mut self) {
        self.orders = None;
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The program, compiled once for all tests that run it so.
fn program(sanitized: bool) -> PathBuf {
    static PLAIN: OnceLock<PathBuf> = OnceLock::new();
    static SANITIZED: OnceLock<PathBuf> = OnceLock::new();
    let sources = || [own("sweep.c"), example("device.c"), example("at_card.c")];
    let compiled = if sanitized {
        SANITIZED.get_or_init(|| Compiler::Clang.program("sweep-sanitized", &sources(), &SANITIZE))
    } else {
        PLAIN.get_or_init(|| Compiler::Gcc.program("sweep", &sources(), &[]))
    };
    compiled.clone()
}

/// Both instances of the account, a Register and an Update.
const IN_SERVICE: &str = "1 1 2";

fn sweep(mut device: Device, kinds: &[FaultKind]) {
    assert_eq!(device.live(None), IN_SERVICE);
    let exchanges = device.card.lock().exchanges();
    assert!(exchanges > 10, "{exchanges}");
    for at in 0..exchanges {
        for kind in kinds {
            let ended = device.live(Some(Fault { at, kind: kind.clone() }));
            assert_eq!(ended, IN_SERVICE, "{kind:?} at exchange {at}");
        }
    }
    device.end();
}

fn recoverable() -> Vec<FaultKind> {
    vec![
        FaultKind::CommandLost(TransportErrorKind::Other),
        FaultKind::ResponseLost(TransportErrorKind::Other),
        FaultKind::Garbage(vec![0x5A; 40]),
        FaultKind::Truncated(1),
        FaultKind::EmptyResponse,
        FaultKind::ResponseBit(3),
        FaultKind::Status([0x6F, 0x00]),
        FaultKind::Reset,
    ]
}

/// How long the way to the card waits for an answer, where none comes: longer than the card takes
/// under valgrind. An answer that was given up by mistake is one more fault to survive.
const PATIENCE_MS: &str = "250";

#[test]
fn ft_06_a_device_in_c_survives_every_fault_with_address_sanitizer() {
    sweep(Device::start(bounded(&program(true))), &recoverable());
}

#[test]
fn ft_06_a_device_in_c_survives_every_fault_under_valgrind() {
    sweep(Device::start(under_valgrind(&program(false))), &recoverable());
}

#[test]
fn ft_06_a_device_in_c_gives_up_on_a_silent_card_and_goes_on() {
    let silent = [FaultKind::NeverAnswers];
    let prompt = ModemQuirkSet::EMPTY;
    // Held up, the answer comes with that of the next command.
    let late: ModemQuirkSet = [ModemQuirk::LateAnswer].into_iter().collect();
    for (quirks, command) in [
        (prompt.clone(), bounded(&program(true))),
        (prompt, under_valgrind(&program(false))),
        (late, bounded(&program(true))),
    ] {
        sweep(Device::behind(quirks, command, Some(PATIENCE_MS)), &silent);
    }
}

#[test]
fn cr_07_a_card_pulled_at_any_exchange_leaves_nothing_on_a_device_in_c() {
    let mut device = Device::start(bounded(&program(true)));
    assert_eq!(device.live(None), IN_SERVICE);
    let exchanges = device.card.lock().exchanges();
    let mut updates_cancelled = 0;
    for at in 0..exchanges {
        let ended = device.live(Some(Fault { at, kind: FaultKind::Remove }));
        match ended.as_str() {
            "0 0 0" => {}
            "0 0 1" => updates_cancelled += 1,
            // It was pulled when nothing was to be asked of it any more.
            IN_SERVICE if at + 1 == exchanges => {}
            other => panic!("{other} after the card was pulled at exchange {at} of {exchanges}"),
        }
    }
    assert!(updates_cancelled > 0);
    device.end();
}
