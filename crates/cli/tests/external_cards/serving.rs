// SPDX-License-Identifier: Apache-2.0
//! A served card, whose time is bounded.

use crate::served::Served;
use crate::{Desk, background};

impl Served {
    /// Serves a card, and gives the address of its only front end.
    pub(crate) fn new(desk: &Desk, arguments: &[&str]) -> (Self, String) {
        let mut command = background(env!("CARGO_BIN_EXE_simstrap"));
        command.args(["card", "serve", "--format", "json"]).args(arguments);
        let mut served = Self::spawn(command.current_dir(desk.path(".")));
        let (_, address) = served.front_end();
        (served, address)
    }

    /// Gives a command that must succeed.
    pub(crate) fn does(&mut self, command: &str) -> String {
        let reply = self.say(command);
        assert!(reply.starts_with("ok"), "{command}: {reply}");
        reply
    }

    /// The lines of the card's log.
    pub(crate) fn log(&mut self) -> Vec<String> {
        let lines: usize = self.does("log").strip_prefix("ok ").unwrap().parse().unwrap();
        (0..lines).map(|_| self.line()).collect()
    }
}
