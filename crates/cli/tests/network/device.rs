// SPDX-License-Identifier: Apache-2.0
//! A device: the command `simstrap run`, with a virtual card, driven through standard input.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything here may take: the retransmissions of a whole exchange, and a slow machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// The key of every account here.
pub(crate) const KEY: &str = "sixteen test byt";

/// A directory with the card and the keys of a device.
pub(crate) struct Bench {
    pub(crate) directory: TempDir,
}

/// A running device.
pub(crate) struct Device {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    told: Vec<String>,
}

/// A server account in words.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: u16,
    pub(crate) uri: String,
    pub(crate) mode: u8,
    pub(crate) identity: &'static str,
    pub(crate) key: &'static str,
    pub(crate) lifetime: u32,
}

impl Account {
    /// A server that is talked to in the clear.
    pub(crate) fn open(id: u16, uri: String) -> Self {
        Self { id, uri, mode: 3, identity: "", key: "", lifetime: 600 }
    }

    /// A server that is talked to with a pre-shared key.
    pub(crate) fn psk(id: u16, uri: String) -> Self {
        Self { mode: 0, identity: "device", key: KEY, ..Self::open(id, uri) }
    }

    /// Its Security instance, and its Server instance if it has one.
    fn to_toml(&self) -> (String, String) {
        let Self { id, uri, mode, identity, key, lifetime } = self;
        let is_bootstrap_server = *id == 0;
        let instance = if is_bootstrap_server { 100 } else { *id };
        let keys = match mode {
            0 => format!("3 = {{ text = \"{identity}\" }}\n5 = {{ text = \"{key}\" }}\n"),
            1 => "3 = \"3059\"\n4 = \"3059\"\n5 = \"3041\"\n".to_owned(),
            _ => String::new(),
        };
        let security =
            format!("[0.{instance}]\n0 = \"{uri}\"\n1 = {is_bootstrap_server}\n2 = {mode}\n{keys}");
        if is_bootstrap_server {
            return (format!("{security}11 = 0\n"), String::new());
        }
        let server = format!("[1.{instance}]\n0 = {id}\n1 = {lifetime}\n6 = false\n7 = \"U\"\n");
        (format!("{security}10 = {id}\n"), server)
    }
}

impl Bench {
    /// With a card that holds these accounts; id 0 is the bootstrap server.
    pub(crate) fn new(accounts: &[Account]) -> Self {
        let bench = Self { directory: tempfile::tempdir().unwrap() };
        let data = bench.data("data.toml", accounts);
        let file = bench.path("data.bin");
        let encoded = simstrap().args(["encode".into(), data, "-o".into(), file]).output().unwrap();
        assert!(encoded.status.success(), "{}", String::from_utf8_lossy(&encoded.stderr));
        let keys = "enc = \"404142434445464748494a4b4c4d4e4f\"\n\
                    mac = \"404142434445464748494a4b4c4d4e4f\"\n\
                    dek = \"404142434445464748494a4b4c4d4e4f\"\n";
        bench.write("keys.toml", keys);
        bench.write(
            "card.toml",
            &format!(
                "iccid = \"8988211000000123458\"\n[bootstrap]\nsize = 2048\n\
                 data_file = \"data.bin\"\n[scp03]\nkey_version = 0x30\n{keys}"
            ),
        );
        bench
    }

    /// A description of these accounts, for `update`.
    pub(crate) fn data(&self, name: &str, accounts: &[Account]) -> PathBuf {
        let (securities, servers): (Vec<_>, Vec<_>) = accounts.iter().map(Account::to_toml).unzip();
        self.write(name, &(securities.concat() + &servers.concat()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Switches the device on; it reads its card through SCP03.
    pub(crate) fn start(&self, arguments: &[&str]) -> Device {
        let card = format!("virtual:{}", self.path("card.toml").display());
        let keys = self.path("keys.toml");
        let mut child = simstrap()
            .args(["run", "--format", "json", "--endpoint", "device", "--card", &card, "--scp03"])
            .arg(keys)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, stdin) = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Device { child, stdin, lines, told: Vec::new() }
    }
}

impl Device {
    /// Waits until the device tells of something like this.
    pub(crate) fn awaits(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let event: Value = serde_json::from_str(&line).unwrap();
                    self.told.push(line);
                    if is(&event) {
                        return event;
                    }
                }
                Err(_) => panic!("no {what}, but:\n{}", self.told.join("\n")),
            }
        }
    }

    /// Waits until an operation with a server was done.
    pub(crate) fn awaits_operation(&mut self, operation: &str, server: u16) -> Value {
        self.awaits(&format!("{operation} with {server}"), |event| {
            event["event"] == "operation"
                && event["operation"] == operation
                && event["server"].as_u64().unwrap_or_default() == u64::from(server)
        })
    }

    /// Waits until something went wrong whose causes contain this.
    pub(crate) fn awaits_trouble(&mut self, text: &str) -> Value {
        self.awaits(&format!("trouble with {text:?}"), |event| {
            event["event"] == "trouble" && event["causes"].to_string().contains(text)
        })
    }

    /// Waits for an event of this name.
    pub(crate) fn awaits_event(&mut self, name: &str) -> Value {
        self.awaits(name, |event| event["event"] == name)
    }

    /// Waits for a step.
    pub(crate) fn awaits_step(&mut self, text: &str) {
        self.awaits(text, |event| event["step"] == text);
    }

    /// A line on standard input.
    pub(crate) fn line(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    /// Has the next look at the card fail: the short one, and the first exchange of the whole
    /// reading that makes up for it.
    pub(crate) fn disturb(&mut self) {
        self.line("fault lost");
        let told = self.awaits_event("hand")["did"].as_str().unwrap().to_owned();
        let digits: String = told.chars().filter(char::is_ascii_digit).collect();
        let next = digits.parse::<u64>().unwrap() + 1;
        self.line(&format!("fault lost at {next}"));
        self.awaits_event("hand");
    }

    /// All that was told so far.
    pub(crate) fn told(&self) -> String {
        self.told.join("\n")
    }

    /// What Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Waits until the device has left; gives all that it told, and its exit code.
    pub(crate) fn leaves(mut self) -> (String, Option<i32>) {
        self.awaits_event("stopped");
        let code = self.child.wait().unwrap().code();
        (self.told(), code)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // It may have ended.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn simstrap() -> Command {
    Command::new(env!("CARGO_BIN_EXE_simstrap"))
}
