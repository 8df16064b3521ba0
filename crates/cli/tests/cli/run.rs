// SPDX-License-Identifier: Apache-2.0
//! `simstrap run`: a device that lives with a card.

use std::process::Command;

use serde_json::{Value, json};

use crate::device::Device;
use crate::{Desk, FACTORY, simstrap};

/// Another server on the card, in place of the one of the sample.
pub(crate) const OTHER: &str = "\
[0.2]
0 = \"coap://other.example.com\"
1 = false
2 = 3
10 = 7
[1.2]
0 = 7
1 = 600
6 = true
7 = \"U\"
";

impl Device {
    /// Starts `simstrap run` with these arguments, which tells what goes on in JSON.
    pub(crate) fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let arguments = [&["run", "--dry-run", "--format", "json"], arguments].concat();
        Self::spawn(&mut desk.command(&arguments))
    }

    /// The first event of this kind.
    pub(crate) fn expect(&mut self, event: &str) -> Value {
        self.until(event).pop().unwrap()
    }

    fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

fn steps(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["step"].as_str()).collect()
}

#[test]
fn cr_02_cr_04_once_it_applies_registers_updates_and_leaves() {
    let run = simstrap(&["run", "--dry-run", "--once"]).ok();
    assert!(run.stderr.starts_with("note: this is the built-in sample card"), "{}", run.stderr);
    let expected = "\
device simstrap starts, card virtual, nothing is kept when it stops
looked at the card (10 APDUs)
  write /0/1 (91 bytes)
  write /1/1 (15 bytes)
  enable server 1
would register with coaps://eu.iot.avsystem.cloud:5684, as simstrap, lifetime 86400, binding U, security psk
looked at the card: nothing new (1 APDU)
would update the registration with coaps://eu.iot.avsystem.cloud:5684
would de-register from coaps://eu.iot.avsystem.cloud:5684
stopped
";
    assert_eq!(run.text(), expected);
}

#[test]
fn cr_03_the_card_is_read_and_looked_at_through_scp03() {
    let desk = Desk::new();
    desk.put("KEYS.toml", crate::read::KEYS).put("p.toml", "secure_channel = \"33\"");
    let arguments = ["run", "--dry-run", "--once", "--policy", "p.toml", "--scp03", "KEYS.toml"];
    let run = desk.run(&arguments).ok();
    assert!(run.text().contains("looked at the card: nothing new (1 APDU)"), "{}", run.text());

    let run = desk.run(&arguments[..5]);
    assert_eq!(run.code, 1);
    assert!(run.text().contains("the data of the card is refused: read in the clear"));
    assert!(run.stderr.contains("error: the device is not registered with any server"));
}

#[test]
fn cr_05_changed_data_disables_applies_and_registers_anew() {
    let desk = Desk::new();
    desk.put("other.toml", OTHER);
    let mut device = Device::start(&desk, &[]);
    device.expect_operation("register", 1);
    device.send("update-now");
    device.expect("card-unchanged");
    device.expect_operation("update", 1);
    device.send("update other.toml");
    device.expect("hand");
    device.send("update-now 1");
    let events = device.expect_operation("register", 7);
    let steps = steps(&events);
    let at = |what: &str| steps.iter().position(|step| *step == what).expect(what);
    assert!(at("disable server 1") < at("enable server 7"), "{steps:?}");
    device.send("update-now 1");
    assert_eq!(device.expect("cancelled")["reason"], "the account is not in use", "dd_02");
    device.send("stop");
    let (events, code) = device.end();
    assert_eq!(
        (events[0]["operation"].as_str(), events[0]["server"].as_u64()),
        (Some("deregister"), Some(7))
    );
    assert_eq!((events.len(), code), (2, 0), "{events:?}");
}

#[test]
fn cr_07_cr_08_bs_01_a_pulled_card_takes_its_accounts_along_and_the_factory_is_next() {
    let desk = Desk::new();
    desk.put("factory.toml", FACTORY);
    let mut device = Device::start(&desk, &["--factory", "factory.toml"]);
    device.expect_operation("register", 1);
    device.send("pull");
    device.send("hint");
    device.expect_operation("deregister", 1);
    let events = device.expect_operation("register", 9);
    let steps = steps(&events);
    assert_eq!(&steps[steps.len() - 2..], ["remove /0/1", "remove /1/1"]);
    assert!(events.iter().any(|event| event == &json!({"event": "factory", "present": true})));

    device.send("insert");
    device.send("hint");
    device.expect_operation("register", 1);
    device.send("update-now");
    device.expect_operation("update", 1);
    device.expect_operation("update", 9);
    device.send("stop");
    device.end();
}

#[test]
fn what_keeps_a_card_from_being_looked_at_is_told_once() {
    let desk = Desk::new();
    let mut device = Device::start(&desk, &[]);
    device.expect_operation("register", 1);
    device.send("pull");
    device.send("update-now");
    // The short look fails, and the whole one after it.
    let events = device.until("card-read");
    let troubles: Vec<_> = events.iter().filter(|event| event["event"] == "trouble").collect();
    let [trouble] = troubles[..] else { panic!("{troubles:#?}") };
    assert_eq!(
        trouble["causes"].as_array().unwrap().last(),
        Some(&json!("no card: it was removed"))
    );
    assert_eq!(events.last().unwrap()["apdus"], 2);
    device.send("stop");
    device.end();
}

#[test]
fn cr_07_a_card_in_its_place_is_processed_as_new() {
    let desk = Desk::new();
    desk.put_card("other.toml", &[("8988211000000123458", "8988211000000999997")]);
    let mut device = Device::start(&desk, &[]);
    device.expect_operation("register", 1);
    device.send("swap other.toml");
    device.send("hint");
    device.expect_operation("deregister", 1);
    let events = device.expect_operation("register", 1);
    let expected = ["disable server 1", "write /0/1 (91 bytes)", "enable server 1"];
    let steps = steps(&events);
    assert!(expected.iter().all(|step| steps.contains(step)), "{steps:?}");
    device.send("stop");
    device.end();
}

#[test]
fn bs_01_without_any_server_the_bootstrap_server_is_asked() {
    let desk = Desk::new();
    let bootstrap = "[0.0]\n0 = \"coap://bs.example.com\"\n1 = true\n2 = 3\n";
    desk.put("bootstrap.toml", bootstrap).put("none.toml", "default = \"ignore\"");
    let arguments = ["--policy", "none.toml", "--factory", "bootstrap.toml"];
    let mut device = Device::start(&desk, &arguments);
    assert_eq!(device.expect("factory")["present"], true);
    let operation = device.expect("operation");
    assert_eq!(
        (&operation["operation"], &operation["server"]),
        (&json!("bootstrap"), &json!(null))
    );
    device.expect("stranded");
    device.send("stop");
    device.end();
    let once = [&["run", "--once"], &arguments[..]].concat();
    let run = desk.run(&once);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("error: the device is not registered with any server"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_termination_de_register_and_end_cleanly() {
    let desk = Desk::new();
    for signal in ["-INT", "-TERM"] {
        let mut device = Device::start(&desk, &[]);
        device.expect("scheduled");
        device.signal(signal);
        let (events, code) = device.end();
        assert_eq!(events[0]["operation"], "deregister", "{signal}");
        assert_eq!(events.last().unwrap(), &json!({"event": "stopped"}), "{signal}");
        assert_eq!(code, 0, "{signal}");
    }
}

#[test]
fn cr_09_a_card_that_needs_a_pin_is_tried_again_and_nothing_is_deleted() {
    let desk = Desk::new();
    let mut device = Device::start(&desk, &["--state", "DIR"]);
    device.expect_operation("register", 1);
    device.send("stop");
    device.end();
    let before = desk.get("DIR/device.json");
    desk.put_card("pin.toml", &[crate::read::PIN_CARD]);
    let mut device = Device::start(&desk, &["--state", "DIR", "--card", "virtual:pin.toml"]);
    assert_eq!(device.expect("unreadable")["attempt"], 1);
    assert_eq!(
        device.expect("scheduled"),
        json!({"event": "scheduled", "what": "next try", "seconds": 5})
    );
    device.send("stop");
    let (_, code) = device.end();
    assert_eq!(code, 0);
    assert_eq!(desk.get("DIR/device.json"), before);
}

#[test]
fn lines_that_make_nothing_happen_are_told_with_what_to_do() {
    let desk = Desk::new();
    let mut device = Device::start(&desk, &[]);
    device.expect_operation("register", 1);
    for (line, told) in [
        ("pul", "there is no command `pul`: there are pull, insert"),
        ("pull now", "is to be followed by nothing"),
        ("update-now 0", "a short server id is 1 to 65534"),
        ("update-now 65535", "a short server id is 1 to 65534"),
        ("update nowhere.bin", "cannot read nowhere.bin"),
        ("swap nowhere.toml", "no virtual card from nowhere.toml"),
        ("\u{1b}[2J", "there is no command"),
    ] {
        device.send(line);
        let causes = device.expect("trouble")["causes"].to_string();
        assert!(causes.contains(told), "{line}: {causes}");
    }
    device.send("update-now");
    device.expect_operation("update", 1);
    device.send("stop");
    device.end();
}

#[test]
fn wrong_input_is_told_before_anything_is_done() {
    let desk = Desk::new();
    desk.put("half.toml", FACTORY.split("[1.0]").next().unwrap());
    desk.put("none.toml", "nothing").put("wrong.toml", "[precedence]\nfactory = \"mine\"\n");
    desk.put("latin.toml", b"default = \"ignore\" # f\xFCr\n");
    for (arguments, code, told) in [
        (&["--factory", "half.toml"][..], 2, "no factory data from half.toml"),
        (&["--factory", "none.toml"], 2, "line 1"),
        (&["--factory", "nowhere.toml"], 1, "cannot read nowhere.toml"),
        (&["--policy", "wrong.toml"], 1, "line 2, `factory`: unknown variant `mine`"),
        (&["--policy", "latin.toml"], 1, "line 1: it is not UTF-8"),
        (&["--policy", "nowhere.toml"], 1, "no policy from nowhere.toml"),
        (&["--endpoint"], 1, "--endpoint"),
        (&["--endpoint", ""], 1, "--endpoint"),
        (&["--card", "virtual:nowhere.toml"], 1, "no virtual card"),
    ] {
        let run =
            desk.run(&[&["run", "--dry-run", "--once", "--state", "DIR"], arguments].concat());
        run.failed(code);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        assert!(!desk.path("DIR").exists(), "{arguments:?}");
    }
}

#[test]
fn ft_04_no_event_holds_a_key() {
    let desk = Desk::new();
    desk.put("KEYS.toml", crate::read::KEYS);
    for format in ["text", "json"] {
        let arguments = ["run", "--dry-run", "--once", "--scp03", "KEYS.toml", "--state", "DIR"];
        let run = desk.run(&[&arguments[..], &["--format", format]].concat()).ok();
        for secret in [crate::SAMPLE_KEY, "3378406d", "40414243"] {
            assert!(!run.everything().contains(secret), "{secret}");
        }
    }
}
