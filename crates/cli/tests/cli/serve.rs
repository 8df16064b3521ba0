// SPDX-License-Identifier: Apache-2.0
//! Serving a card: front ends, and commands on standard input and on the control socket. The
//! client is a script of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Desk;
use crate::served::Served;

/// How long to wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

impl Served {
    fn new(desk: &Desk, arguments: &[&str]) -> Self {
        Self::spawn(&mut desk.command(&[&["card", "serve"], arguments].concat()))
    }

    /// The address of the next front end, which has to be of this kind.
    fn ready(&mut self, kind: &str) -> String {
        let (found, address) = self.front_end();
        assert_eq!(found, kind);
        address
    }

    /// Waits for the end, and gives exit code and standard error.
    fn end(mut self) -> (i32, String) {
        let mut said = String::new();
        let status = self.process.wait().unwrap();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code().expect("no signal ended it"), said)
    }
}

/// Sends a line and reads up to the final result code.
fn ask(line: &mut TcpStream, command: &str) -> String {
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    line.write_all(format!("{command}\r").as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\nOK\r\n") && !answer.ends_with(b"ERROR\r\n") {
        let mut byte = [0];
        line.read_exact(&mut byte).expect("an answer");
        answer.extend(byte);
    }
    String::from_utf8(answer).unwrap()
}

fn status(line: &mut TcpStream) -> bool {
    ask(line, "AT+CSIM=8,\"80F2000C\"").contains("9000")
}

const SERVE: [&str; 4] = ["--at-tcp", "127.0.0.1:0", "--format", "json"];

#[test]
fn commands_change_the_card_that_is_served() {
    let desk = Desk::new();
    desk.put_card("OTHER.toml", &[("8988211000000123458", "8988211000000999995")]);
    desk.put("new.bin", [0, 0, 0, 0]);
    desk.put("accounts.toml", "[0.1]\n0 = \"coap://a\"\n1 = false\n2 = 3\n10 = 1\n");
    desk.put("BAD.toml", "iccid = 5");
    desk.put("large.bin", vec![0; 300]);
    let mut served = Served::new(&desk, &SERVE);
    let mut modem = TcpStream::connect(served.ready("at-tcp")).unwrap();
    assert!(status(&mut modem));

    assert_eq!(served.say("pull"), "ok pulled");
    assert!(!status(&mut modem));
    assert_eq!(served.say("insert"), "ok inserted");
    assert!(status(&mut modem));
    assert_eq!(served.say("swap OTHER.toml"), "ok another card is in");
    assert!(ask(&mut modem, "AT+CSIM=10,\"00B082000A\"").contains("9888120100009099"));

    ask(&mut modem, "AT+CSIM=18,\"00A4080C047F506432\"");
    assert_eq!(served.say("update new.bin"), "ok 4 bytes of data");
    let read = |modem: &mut TcpStream| ask(modem, "AT+CSIM=10,\"00B0000004\"");
    assert!(read(&mut modem).contains("\"000000009000\""));
    let updated = served.say("update accounts.toml");
    assert!(updated.starts_with("ok ") && updated.ends_with(" bytes of data"), "{updated}");
    assert!(read(&mut modem).contains("\"0001"), "one object");
    assert_eq!(served.say("deactivate"), "ok deactivated");
    assert!(read(&mut modem).contains("\"6985\""));
    assert_eq!(served.say("activate"), "ok activated");
    assert!(read(&mut modem).contains("9000\""));

    assert!(served.say("fault status 6F00").starts_with("ok exchange "));
    assert!(read(&mut modem).contains("\"6F00\""));
    assert_eq!(served.say("reset"), "ok reset");
    assert!(read(&mut modem).contains("\"6986\""), "nothing is selected any more");

    for (wrong, reason) in [
        ("eject", "there is no command `eject`: there are pull,"),
        ("pull now", "is to be followed by nothing"),
        ("swap", "`swap` is to be followed by the description of a card"),
        ("swap BAD.toml", "BAD.toml"),
        ("swap NONE.toml", "NONE.toml"),
        ("update", "`update` is to be followed by a file"),
        ("update BAD.toml", "BAD.toml"),
        ("update large.bin", "300 bytes, the bootstrap file has room for 256"),
        ("fault", "`` is no fault: there are lost,"),
        ("fault lost at 0", "exchange 0 is over"),
        ("fault lost at x", "`lost at x` is no fault"),
    ] {
        let reply = served.say(wrong);
        assert!(reply.starts_with("error: ") && reply.contains(reason), "{wrong}: {reply}");
    }
    assert!(served.say("help").starts_with("ok pull, insert, swap"));
    let lines: usize = served.say("log").strip_prefix("ok ").unwrap().parse().unwrap();
    let log: Vec<String> = (0..lines).map(|_| served.line()).collect();
    assert!(log.contains(&"> 00 B0 82 00 0A   READ BINARY".to_owned()), "{log:?}");
    assert!(log.contains(&"< [4 bytes] 90 00".to_owned()), "no data in it: {log:?}");
    assert_eq!(served.say("quit"), "ok ending");
    assert_eq!(served.end(), (0, String::new()));
}

#[test]
fn a_second_client_is_turned_away_and_told_of() {
    let desk = Desk::new();
    let mut served = Served::new(&desk, &SERVE);
    let address = served.ready("at-tcp");
    let mut modem = TcpStream::connect(&address).unwrap();
    assert!(status(&mut modem));
    let mut second = TcpStream::connect(&address).unwrap();
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(second.read(&mut [0]).unwrap(), 0, "it is hung up on");
    assert!(status(&mut modem));
    let mut said = BufReader::new(served.process.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let client = second.local_addr().unwrap();
    let expected =
        format!("note: at-tcp on {address} turned {client} away: another client has the line\n");
    assert_eq!(line, expected);
}

#[cfg(unix)]
#[test]
fn the_end_of_standard_input_ends_nothing_and_control_sockets_go_on() {
    use std::os::unix::net::UnixStream;

    let desk = Desk::new();
    let control = desk.path("control").display().to_string();
    let mut served = Served::new(&desk, &[&SERVE[..], &["--control", &control]].concat());
    let mut modem = TcpStream::connect(served.ready("at-tcp")).unwrap();
    assert_eq!(served.ready("control"), control);
    drop(served.input.take());
    let mut replies = Vec::new();
    for command in ["pull", "insert", "quit"] {
        let mut client = UnixStream::connect(&control).unwrap();
        writeln!(client, "{command}").unwrap();
        let mut reply = String::new();
        BufReader::new(client).read_line(&mut reply).unwrap();
        replies.push((reply.trim_end().to_owned(), command == "quit" || status(&mut modem)));
    }
    let expected = [("ok pulled", false), ("ok inserted", true), ("ok ending", true)]
        .map(|(r, s)| (r.into(), s));
    assert_eq!(replies, expected);
    assert_eq!(served.end().0, 0);
    assert!(!desk.path("control").exists());
}

#[cfg(unix)]
#[test]
fn a_control_socket_that_was_left_behind_is_replaced_and_one_in_use_is_not() {
    use std::os::unix::net::UnixListener;

    let desk = Desk::new();
    let serve = [&SERVE[..], &["--control", "./control"]].concat();
    drop(UnixListener::bind(desk.path("control")).unwrap());
    let mut served = Served::new(&desk, &serve);
    served.ready("at-tcp");
    assert_eq!(served.ready("control"), "./control");
    let second = desk.run(&[&["card", "serve"], &serve[..]].concat());
    second.failed(1);
    assert!(second.stderr.contains("cannot take commands on ./control"), "{}", second.stderr);
    assert_eq!(served.say("quit"), "ok ending");
    assert_eq!(served.end().0, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_it_and_the_name_of_the_line_goes() {
    use rustix::process::{Pid, Signal, kill_process};

    for signal in [Signal::INT, Signal::TERM] {
        let desk = Desk::new();
        let mut served = Served::new(&desk, &["--at-pty", "modem", "--control", "127.0.0.1:0"]);
        assert_eq!(served.line(), "at-pty ready on modem");
        assert!(served.line().starts_with("control ready on 127.0.0.1:"));
        assert!(desk.path("modem").exists());
        kill_process(Pid::from_child(&served.process), signal).unwrap();
        assert_eq!(served.end(), (0, String::new()));
        assert!(desk.path("modem").symlink_metadata().is_err());
    }
}

#[test]
fn a_front_end_is_needed_and_what_cannot_be_served_is_said() {
    let desk = Desk::new();
    desk.put("taken", "");
    for (arguments, reason) in [
        (&["CARD.toml"][..], "required"),
        (&["--at-tcp", "5000"], "this is no HOST:PORT"),
        (&["--vpcd", "CARD.toml"], "CARD.toml stands before the options"),
        (&["--at-tcp", "127.0.0.1:0", "--modem-quirk", "odd"], "`odd` is no quirk of a modem"),
        (&["--at-tcp", "127.0.0.1:0", "NONE.toml"], "no virtual card from NONE.toml"),
        (&["--at-tcp", "203.0.113.1:1"], "cannot listen on 203.0.113.1:1"),
        (&["--at-pty", "taken"], "cannot name the serial line taken"),
        (&["--at-tcp", "127.0.0.1:0", "--control", "0.0.0.0:0"], "not on the loopback"),
        (&["--at-tcp", "127.0.0.1:0", "--control", "./taken"], "cannot take commands on ./taken"),
        (&["--vpcd", "127.0.0.1:1"], "cannot connect to vpcd on 127.0.0.1:1"),
    ] {
        let run = desk.run(&[&["card", "serve"], arguments].concat());
        run.failed(1);
        assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn quirks_come_from_the_description_and_from_the_command_line() {
    let desk = Desk::new();
    desk.put_card("CARD.toml", &[("unquoted = false", "unquoted = true")]);
    let quirk = ["CARD.toml", "--modem-quirk", "no-space"];
    let mut served = Served::new(&desk, &[&SERVE[..], &quirk].concat());
    let mut modem = TcpStream::connect(served.ready("at-tcp")).unwrap();
    let answer = ask(&mut modem, "AT+CSIM=8,\"80F2000C\"");
    assert!(answer.contains("\r\n+CSIM:4,9000\r\n"), "{answer}");
}
