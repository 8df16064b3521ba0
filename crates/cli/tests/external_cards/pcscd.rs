// SPDX-License-Identifier: Apache-2.0
//! A pcscd of one's own, with a virtual reader, apart from the one of the system.

#[cfg(feature = "pcsc")]
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{Desk, background, bounded, end, printed, program};

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// Two slots, each with a port, since the driver has as many.
const SLOTS: u16 = 2;

pub(crate) struct Pcscd {
    process: Child,
    socket: PathBuf,
    /// Where the reader waits for its card.
    pub(crate) address: String,
}

impl Pcscd {
    pub(crate) fn start(desk: &Desk) -> Self {
        let pcscd = program("pcscd", "pcscd");
        assert!(
            std::path::Path::new(DRIVER).exists(),
            "there is no {DRIVER}: apt-get install vsmartcard-vpcd"
        );
        let port = free_ports();
        std::fs::create_dir(desk.path("readers")).unwrap();
        let reader = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port:#x}\n\
             LIBPATH {DRIVER}\nCHANNELID {port:#x}\n"
        );
        desk.put("readers/vpcd", reader);
        // It takes over the socket it is given, as from systemd, in place of that of the system.
        let socket = desk.path("pcscd.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let process = background("sh")
            .arg("-c")
            .arg(
                "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 \
                 exec \"$0\" --foreground --config \"$1\"",
            )
            .arg(pcscd)
            .arg(desk.path("readers"))
            .env("LD_PRELOAD", loopback_only(desk))
            .stdin(OwnedFd::from(listener))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, socket, address: format!("127.0.0.1:{port}") }
    }

    /// A program that finds the readers of this pcscd.
    pub(crate) fn client(&self, desk: &Desk, name: &str, arguments: &[&str]) -> Command {
        let mut command = bounded(desk, program(name, "opensc"), arguments);
        command.env("PCSCLITE_CSOCK_NAME", &self.socket);
        command
    }

    #[cfg(feature = "pcsc")]
    /// The command, with the readers of this pcscd.
    pub(crate) fn simstrap(&self, desk: &Desk, arguments: &[&str]) -> Command {
        let mut command = desk.simstrap(arguments);
        command.env("PCSCLITE_CSOCK_NAME", &self.socket);
        command
    }

    /// Ends it, and with it the readers.
    #[cfg(feature = "pcsc")]
    pub(crate) fn stop(&mut self) {
        end(&mut self.process);
    }

    /// Waits until the first slot has a card or has none, as pcscd tells; it looks several times
    /// a second.
    pub(crate) fn wait_for(&self, desk: &Desk, card: bool) {
        const LOOKS: usize = 300;
        let expected = format!("0    {}", if card { "Yes" } else { "No " });
        for _ in 0..LOOKS {
            let mut look = self.client(desk, "opensc-tool", &["--list-readers"]);
            if String::from_utf8(printed(&mut look)).unwrap().contains(&expected) {
                return;
            }
        }
        panic!("pcscd does not tell that there is {} card", if card { "a" } else { "no" });
    }
}

/// A program that keeps the first reader to itself for as long as the test holds it.
#[cfg(feature = "pcsc")]
pub(crate) struct Holder(Child);

#[cfg(feature = "pcsc")]
impl Holder {
    pub(crate) fn new(desk: &Desk, pcscd: &Pcscd) -> Self {
        let holder = desk.path("hold");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/external_cards/hold.c");
        let flags = printed(&mut bounded(
            desk,
            program("pkg-config", "pkg-config"),
            &["--cflags", "--libs", "libpcsclite"],
        ));
        let flags = String::from_utf8(flags).unwrap();
        let mut arguments = vec!["-o", holder.to_str().unwrap(), source];
        arguments.extend(flags.split_whitespace());
        printed(&mut bounded(desk, program("cc", "gcc"), &arguments));
        let mut process = background(holder.to_str().unwrap())
            .env("PCSCLITE_CSOCK_NAME", &pcscd.socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        Self(process)
    }
}

#[cfg(feature = "pcsc")]
impl Drop for Holder {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ports next to each other that are free now.
fn free_ports() -> u16 {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let free = |slot| {
            port.checked_add(slot)
                .is_some_and(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        };
        if (1..SLOTS).all(free) {
            return port;
        }
    }
    panic!("there are no two free ports next to each other");
}

/// What makes vpcd listen on the loopback interface only.
fn loopback_only(desk: &Desk) -> PathBuf {
    let library = desk.path("loopback.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/external_cards/loopback.c");
    let library_name = library.to_str().unwrap();
    let arguments = ["-shared", "-fPIC", "-o", library_name, source, "-ldl"];
    printed(&mut bounded(desk, program("cc", "gcc"), &arguments));
    library
}
