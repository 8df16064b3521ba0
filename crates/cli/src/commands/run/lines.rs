// SPDX-License-Identifier: Apache-2.0
//! Lines on standard input that make things happen while a device runs.

use std::io;
use std::thread;

use simstrap_client::{HostEvent, Operation};
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_virtual_card::SharedCard;

use super::super::card::control::{self, Reply};
use super::super::card::next_line;
use crate::device::{Letter, Lines, Mailbox, Narration, Narrator};

/// The longest line, which is the path of a file and a word.
const MAX_LINE: u64 = 4096 + 16;

/// Hands on a card in software, and on the device.
#[derive(Debug)]
pub(super) struct Hands {
    /// `None` for a card out of reach.
    card: Option<SharedCard>,
    narrator: Narrator,
}

impl Hands {
    /// Hands on a card.
    pub(super) const fn on(card: Option<SharedCard>, narrator: Narrator) -> Self {
        Self { card, narrator }
    }

    /// Does something to the card.
    fn touch(&self, line: &str) -> Narration {
        let Some(card) = &self.card else {
            let causes = vec![format!(
                "{line}: this card is not virtual; there are update-now [ID], hint, stop"
            )];
            return Narration::Trouble { causes };
        };
        match control::execute(card, line) {
            Reply::Done(did) => Narration::Hand { did },
            Reply::Lines(lines) => Narration::Hand { did: lines.join("; ") },
            Reply::Quit => Narration::Hand { did: String::new() },
            Reply::Refused(refusal) => Narration::trouble(&refusal),
        }
    }
}

impl Lines for Hands {
    fn obey(&mut self, line: &str, servers: &[ShortServerId]) -> Vec<HostEvent> {
        let (word, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let update = |id: &ShortServerId| HostEvent::Due(Operation::Update(*id));
        match (word, argument.trim()) {
            ("", _) => return Vec::new(),
            ("help", "") => {
                let mut causes = vec!["update-now [ID], hint, stop".to_owned()];
                if let Some(Reply::Done(more)) =
                    self.card.as_ref().map(|c| control::execute(c, line))
                {
                    causes.push(more);
                }
                self.narrator.tell(&Narration::Hand { did: causes.join(", ") });
            }
            ("hint", "") => return vec![HostEvent::RefreshHint],
            ("update-now", "") => return servers.iter().map(update).collect(),
            ("update-now", id) => {
                if let Some(id) = id.parse().ok().and_then(ShortServerId::new) {
                    return vec![update(&id)];
                }
                let causes = vec![format!("update-now {id}: a short server id is 1 to 65534")];
                self.narrator.tell(&Narration::Trouble { causes });
            }
            _ => self.narrator.tell(&self.touch(line)),
        }
        Vec::new()
    }
}

/// Has the lines of standard input arrive in the mailbox, from a thread that ends with them. It
/// reads no further while the device has enough of them.
pub(super) fn listen(mailbox: &Mailbox) {
    let (sender, lines) = (mailbox.sender(), mailbox.line_sender());
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(Some(line)) = next_line(&mut input, MAX_LINE) {
            let line = line.trim().to_owned();
            let sent = match &*line {
                "stop" | "quit" => sender.send(Letter::Stop),
                _ => lines.send(line),
            };
            if sent.is_err() {
                return;
            }
        }
    });
}
