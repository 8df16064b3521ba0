// SPDX-License-Identifier: Apache-2.0
//! Readers and modems that are not there, and one that is.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, UdpSocket};
use std::thread;

use simstrap_virtual_card::front::{FrontEnd, ModemQuirk, ModemQuirkSet};
use simstrap_virtual_card::{SharedCard, VirtualCard};

use crate::device::Device;
use crate::{Desk, SAMPLE_KEY, SAMPLE_SHA256, simstrap};

/// Runs `read` on a card and gives what it says on standard error.
fn fails(arguments: &[&str], code: i32) -> String {
    let run = simstrap(&[&["read"], arguments].concat());
    run.failed(code);
    run.stderr
}

#[test]
fn a_modem_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let said = fails(&["--card", &format!("at+tcp:{address}")], 5);
    assert!(said.contains(&format!("caused by: no modem at {address}")), "{said}");
    assert!(said.contains("help: check host and port"), "{said}");

    let said = fails(&["--card", "at:/nowhere/ttyUSB2"], 5);
    assert!(said.contains("no modem at /nowhere/ttyUSB2"), "{said}");
    assert!(said.contains("help: check the name of the port"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_port_that_is_none() {
    let desk = Desk::new();
    desk.put("file", "");
    for path in [desk.path("file").display().to_string(), "/dev/null".to_owned()] {
        let said = fails(&["--card", &format!("at:{path}")], 5);
        assert!(said.contains("it cannot be opened: Inappropriate ioctl"), "{said}");
        assert!(said.contains("help: name a serial port"), "{said}");
    }
}

/// A modem that answers lines that begin so, and everything else with OK.
fn modem(answers: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        for line in BufReader::new(stream).split(b'\r').map_while(Result::ok) {
            let line = String::from_utf8(line).unwrap();
            let answer = answers.iter().find(|(start, _)| line.starts_with(start));
            let answer = answer.map_or("OK", |(_, answer)| answer);
            if write!(writer, "\r\n{answer}\r\n").is_err() {
                break;
            }
        }
    });
    format!("at+tcp:{address}")
}

#[test]
fn quirk_12_a_modem_without_a_sim() {
    let card = modem(&[("AT+CSIM", "+CME ERROR: 13"), ("AT+CPIN?", "+CME ERROR: 10")]);
    let said = fails(&["--card", &card], 4);
    assert!(said.starts_with("error: there is no card\n"), "{said}");
    assert!(said.contains("help: insert the SIM\n"), "{said}");
}

#[test]
fn quirk_12_a_modem_that_wants_the_pin_of_its_sim() {
    let card = modem(&[("AT+CSIM", "ERROR"), ("AT+CPIN?", "+CPIN: SIM PIN\r\n\r\nOK")]);
    let said = fails(&["--card", &card], 5);
    assert!(said.contains("the modem wants the PIN of the SIM first"), "{said}");
    assert!(said.contains("help: unlock the SIM in the modem"), "{said}");
}

/// The sample card behind a modem.
fn sample() -> (SharedCard, ModemQuirkSet) {
    let quirks = [ModemQuirk::RefreshXsim].into_iter().collect();
    (SharedCard::new(VirtualCard::sample().unwrap()), quirks)
}

#[test]
fn cr_08_what_a_modem_says_unasked_makes_the_next_check_due() {
    let desk = Desk::new();
    let (card, quirks) = sample();
    let modem = FrontEnd::at_tcp(card.clone(), quirks, "127.0.0.1:0").unwrap();
    let mut device = Device::start(&desk, &["--card", &format!("at+tcp:{}", modem.address())]);
    device.expect_operation("register", 1);
    // Nobody asks: the modem says `%XSIM: 0`.
    card.lock().remove();
    device.expect_operation("deregister", 1);
    card.lock().insert();
    device.expect_operation("register", 1);
    device.send("stop");
    device.end();
}

#[test]
fn a_modem_that_has_another_client_hangs_up() {
    let (card, quirks) = sample();
    let modem = FrontEnd::at_tcp(card, quirks, "127.0.0.1:0").unwrap();
    let _first = std::net::TcpStream::connect(modem.address()).unwrap();
    let said = fails(&["--card", &format!("at+tcp:{}", modem.address())], 5);
    assert!(said.contains("help: it has hung up: another program may have the line"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_serial_port_gets_its_settings_back() {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    let desk = Desk::new();
    let (card, quirks) = sample();
    let link = desk.path("modem");
    let _modem = FrontEnd::at_pty(card, quirks, &link).unwrap();
    let port = std::fs::File::open(&link).unwrap();
    let mut before = tcgetattr(&port).unwrap();
    before.set_speed(9600).unwrap();
    before.local_modes |= LocalModes::ICANON;
    tcsetattr(&port, OptionalActions::Now, &before).unwrap();
    let settings = |termios: &Termios| {
        (termios.input_modes, termios.output_modes, termios.control_modes, termios.local_modes)
    };
    for baud in ["", "@115200", "@921600"] {
        let spec = format!("at:{}{baud}", link.display());
        let json = simstrap(&["read", "--card", &spec, "--format", "json"]).ok().json();
        assert_eq!(json["file"]["sha256"], SAMPLE_SHA256);
        let after = tcgetattr(&port).unwrap();
        assert_eq!(settings(&after), settings(&before));
        assert_eq!((after.input_speed(), after.output_speed()), (9600, 9600));
    }
}

#[test]
fn timeouts_are_seconds() {
    for timeout in ["0", "-1", "ten", "3601", "NaN", "inf"] {
        let said = fails(&[&format!("--timeout={timeout}")], 1);
        assert!(said.contains("more than 0 and at most 3600"), "{timeout}: {said}");
    }
    simstrap(&["read", "--timeout", "0.5"]).ok();
}

#[test]
fn ft_04_a_trace_masks_secrets_and_is_its_owners() {
    let desk = Desk::new();
    let trace = desk.path("card.log").display().to_string();
    simstrap(&["read", "--trace", &trace]).ok();
    let log = std::fs::read_to_string(&trace).unwrap();
    assert_eq!(log.lines().count(), 22, "{log}");
    assert!(log.contains("> 00 70 00 00 01   MANAGE CHANNEL\n"), "{log}");
    assert!(log.contains("< [256 bytes masked] 90 00\n"), "{log}");
    let key: String = SAMPLE_KEY.bytes().map(|byte| format!("{byte:02X} ")).collect();
    assert!(!log.contains(key.trim()), "{log}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&trace).unwrap().permissions().mode() & 0o777, 0o600);
    }
    simstrap(&["read", "--trace", &trace, "--trace-secrets"]).ok();
    let log = std::fs::read_to_string(&trace).unwrap();
    assert!(log.contains(key.trim()), "{log}");
}

/// Whoever may read the file that was there, or has it open already, sees nothing of the trace.
#[cfg(unix)]
#[test]
fn ft_04_a_trace_in_place_of_a_file_that_others_can_read_is_its_owners() {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::new();
    let mode = || std::fs::metadata(desk.path("card.log")).unwrap().permissions().mode() & 0o777;
    desk.put("card.log", "before");
    std::fs::set_permissions(desk.path("card.log"), PermissionsExt::from_mode(0o666)).unwrap();
    let mut held = std::fs::File::open(desk.path("card.log")).unwrap();
    desk.run(&["read", "--trace", "card.log", "--trace-secrets"]).ok();
    assert_eq!(mode(), 0o600);
    let key: String = SAMPLE_KEY.bytes().map(|byte| format!("{byte:02X} ")).collect();
    let log = String::from_utf8(desk.get("card.log")).unwrap();
    assert!(!log.contains("before"), "{log}");
    assert!(log.contains(key.trim()), "{log}");
    let mut seen = String::new();
    held.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "before");
}

#[cfg(unix)]
#[test]
fn ft_04_a_trace_replaces_the_file_that_a_link_leads_to_and_leaves_a_stream_what_it_is() {
    use std::os::unix::fs::{MetadataExt, symlink};

    let desk = Desk::new();
    desk.put("target", "before");
    symlink("target", desk.path("link.log")).unwrap();
    let inode = || std::fs::metadata(desk.path("target")).unwrap().ino();
    // As long as it is held open, no other file has its number.
    let (_held, before) = (std::fs::File::open(desk.path("target")).unwrap(), inode());
    desk.run(&["read", "--trace", "link.log"]).ok();
    assert_ne!(inode(), before);
    assert_eq!(std::fs::metadata(desk.path("target")).unwrap().mode() & 0o777, 0o600);
    assert!(std::fs::symlink_metadata(desk.path("link.log")).unwrap().is_symlink());
    let run = desk.run(&["read", "--trace", "/dev/stderr"]).ok();
    assert!(run.stderr.contains("> 00 70 00 00 01   MANAGE CHANNEL\n"), "{}", run.stderr);
}

#[test]
fn a_trace_is_kept_when_there_is_no_way_to_the_card() {
    let desk = Desk::new();
    desk.put("card.log", "before");
    desk.run(&["read", "--card", "virtual:none.toml", "--trace", "card.log"]).failed(1);
    assert_eq!(desk.get("card.log"), b"before");
}

#[test]
fn a_trace_that_cannot_be_written() {
    for (arguments, what) in [
        (["--trace", "/nowhere/card.log"], "cannot write /nowhere/card.log"),
        (["--gsmtap", "no such host"], "cannot send to no such host"),
    ] {
        let said = fails(&arguments, 1);
        let lines: Vec<_> = said.lines().collect();
        let [error, place, reason, help] = lines[..] else { panic!("{said}") };
        assert_eq!((error, place), ("error: no trace", &*format!("  caused by: {what}")));
        let reason = reason.strip_prefix("  caused by: ").unwrap();
        assert_eq!(said.matches(reason).count(), 1, "{said}");
        assert!(help.starts_with("  help: "), "{said}");
    }
}

#[test]
fn packets_for_wireshark() {
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    simstrap(&["read", "--gsmtap", &listener.local_addr().unwrap().to_string()]).ok();
    let mut packet = [0; 600];
    let length = listener.recv(&mut packet).unwrap();
    assert_eq!(packet[..3], [2, 4, 4], "GSMTAP 2, four words of header, SIM");
    assert_eq!(packet[16..length], [0x00, 0x70, 0x00, 0x00, 0x01, 0x01, 0x90, 0x00]);
}

#[cfg(feature = "pcsc")]
#[test]
fn quirk_13_no_smart_card_service() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_simstrap"))
        .args(["read", "--card", "pcsc"])
        .env("PCSCLITE_CSOCK_NAME", "/nowhere/pcscd.comm")
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(5), "{said}");
    assert!(said.contains("the smart card service of the system does not run"), "{said}");
    assert!(said.contains("help: start it"), "{said}");
}

#[cfg(not(feature = "pcsc"))]
#[test]
fn quirk_13_readers_are_a_feature() {
    for card in ["pcsc", "pcsc:ACS"] {
        let said = fails(&["--card", card], 1);
        assert!(said.contains("help: build it with --features pcsc"), "{said}");
    }
}
