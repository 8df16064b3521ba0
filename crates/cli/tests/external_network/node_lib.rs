// SPDX-License-Identifier: Apache-2.0
//! The LwM2M server of `lwm2m-node-lib`, with its registry in memory and its own console. It is
//! installed as its lock file says, the first time, beside what is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::device::{Account, Bench};
use crate::program::{Program, two_free_ports};

const PACKAGE: &str = "nodejs (Debian)";

/// Sets the port, which the console does not ask for, and runs the console.
const SCRIPT: &str = "require('lwm2m-node-lib/config').server.port = Number(process.argv[1]);\
                      require('lwm2m-node-lib/bin/iotagent-lwm2m-server.js')";

struct Server {
    program: Program,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let port = two_free_ports();
        let mut command = Command::new("node");
        command.current_dir(installed()).args(["-e", SCRIPT, &port.to_string()]);
        let mut program = Program::start(&mut command, PACKAGE);
        program.line("start");
        program.awaits("Server started");
        Self { program, port }
    }

    fn account(&self) -> Account {
        Account::open(1, format!("coap://127.0.0.1:{}", self.port))
    }
}

/// Where the server is installed.
fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let source =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/external_network/lwm2m-node-lib");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lwm2m-node-lib");
        fs::create_dir_all(&target).unwrap();
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), target.join(file)).unwrap();
        }
        if !target.join("node_modules/.package-lock.json").exists() {
            let arguments =
                ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"];
            let installing = Command::new("npm").args(arguments).current_dir(&target).output();
            let installing = installing.unwrap_or_else(|error| {
                panic!("npm: {error}; Debian has it: apt-get install nodejs npm")
            });
            let said = String::from_utf8_lossy(&installing.stderr);
            assert!(installing.status.success(), "npm cannot install lwm2m-node-lib: {said}");
        }
        target
    })
}

#[test]
fn a_device_registers_is_read_updates_and_leaves() {
    let mut server = Server::start();
    let bench = Bench::new(&[server.account()]);
    let mut device = bench.start(&[]);
    // It names the location in one option.
    let told = device.awaits_operation("register", 1);
    assert!(told["detail"].as_str().unwrap().contains("at /rd/1"), "{told}");
    server.program.awaits("Endpoint name: device");
    server.program.awaits("Lifetime: 600");
    server.program.awaits("Binding: U");

    server.program.line("read 1 /3/0/0");
    server.program.awaits("Value: simstrap");
    server.program.line("read 1 /1/1/1");
    server.program.awaits("Value: 600");

    device.line("update-now");
    device.awaits_event("card-unchanged");
    device.awaits_operation("update", 1);

    server.program.line("execute 1 /1/1/8 x");
    device.awaits_operation("update", 1);
    server.program.awaits("Command executed successfully");

    device.interrupt();
    device.awaits_operation("deregister", 1);
    server.program.awaits("Device unregistration");
    assert_eq!(device.leaves().1, Some(0));
}

#[test]
fn cr_05_another_lifetime_is_told_by_registering_anew() {
    let mut server = Server::start();
    let bench = Bench::new(&[server.account()]);
    let mut device = bench.start(&[]);
    server.program.awaits("Lifetime: 600");
    device.awaits_operation("register", 1);
    let longer = Account { lifetime: 1200, ..server.account() };
    let data = bench.data("longer.toml", &[longer]);
    device.line(&format!("update {}", data.display()));
    device.line("hint");
    device.awaits_operation("register", 1);
    server.program.awaits("Lifetime: 1200");
}

#[test]
fn cr_09_an_update_that_was_deferred_is_done_when_the_card_is_back() {
    let server = Server::start();
    let bench = Bench::new(&[server.account()]);
    let mut device = bench.start(&[]);
    device.awaits_operation("register", 1);
    device.disturb();
    device.line("update-now");
    device.awaits_event("unreadable");
    device.awaits_event("deferred");
    device.line("hint");
    device.awaits_operation("update", 1);
}
