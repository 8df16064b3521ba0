// SPDX-License-Identifier: Apache-2.0
//! Lines on standard input that make things happen while a device runs.

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::thread;

use simstrap_client::{HostEvent, Operation};
use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::scp03::apdu::TransportErrorKind;
use simstrap_virtual_card::{CardDescription, Fault, FaultKind, SharedCard, VirtualCard};

use crate::data_file;
use crate::device::{Letter, Lines, Mailbox, Narration, Narrator};

/// The longest line, which is the path of a file and a word.
const MAX_LINE: u64 = 4096 + 16;

/// Exchanges that go wrong in a row so that a look at the card fails: the short look, and the
/// first of the whole reading that makes up for it.
const DISTURBED: u64 = 2;

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

    /// Does something to the card; says what was done.
    fn touch(&self, word: &str, argument: &str) -> Result<String, String> {
        let Some(card) = &self.card else {
            return Err(format!("{word}: this is no virtual card"));
        };
        match (word, argument) {
            ("pull", "") => card.lock().remove(),
            ("insert", "") => card.lock().insert(),
            ("disturb", "") => {
                let mut card = card.lock();
                let next = card.exchanges();
                for at in next..next.saturating_add(DISTURBED) {
                    let kind = FaultKind::CommandLost(TransportErrorKind::Timeout);
                    card.inject(Fault { at, kind });
                }
            }
            ("deactivate", "") => card.lock().deactivate_bootstrap_file(),
            ("activate", "") => card.lock().activate_bootstrap_file(),
            ("ota", file) if !file.is_empty() => {
                let data = data_file::read(Path::new(file))
                    .map_err(|error| format!("ota {file}: {error}; {}", error.help()))?;
                let updated = card.lock().update_bootstrap_data(data.bytes());
                updated.map_err(|error| format!("ota {file}: {error}"))?;
            }
            ("swap", file) if !file.is_empty() => {
                let other = CardDescription::from_file(Path::new(file))
                    .and_then(|description| VirtualCard::new(&description))
                    .map_err(|error| format!("swap {file}: {error}"))?;
                card.lock().replace(other);
            }
            _ => return Err(format!("{word} {argument}: simstrap run --help has the lines")),
        }
        Ok(format!("{word} {argument}").trim_end().to_owned())
    }
}

impl Lines for Hands {
    fn obey(&mut self, line: &str, servers: &[ShortServerId]) -> Vec<HostEvent> {
        let (word, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let argument = argument.trim();
        let update = |id: &ShortServerId| HostEvent::Due(Operation::Update(*id));
        match (word, argument) {
            ("", _) => Vec::new(),
            ("hint", "") => vec![HostEvent::RefreshHint],
            ("update", "") => servers.iter().map(update).collect(),
            ("update", id) => match id.parse().ok().and_then(ShortServerId::new) {
                Some(id) => vec![update(&id)],
                None => {
                    let causes = vec![format!("update {id}: a short server id is 1 to 65534")];
                    self.narrator.tell(Narration::Trouble { causes });
                    Vec::new()
                }
            },
            _ => {
                let narration = match self.touch(word, argument) {
                    Ok(did) => Narration::Hand { did },
                    Err(cause) => Narration::Trouble { causes: vec![cause] },
                };
                self.narrator.tell(narration);
                Vec::new()
            }
        }
    }
}

/// Has the lines of standard input arrive in the mailbox, from a thread that ends with them.
pub(super) fn listen(mailbox: &Mailbox) {
    let sender = mailbox.sender();
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            match input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            let letter = if line == "stop" { Letter::Stop } else { Letter::Line(line) };
            if sender.send(letter).is_err() {
                return;
            }
        }
    });
}
