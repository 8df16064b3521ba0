// SPDX-License-Identifier: Apache-2.0
//! What goes on, told as it happens: a line for people, or a line of JSON for programs.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;
use simstrap_policy::bootstrap_data::object::ShortServerId;

use crate::error::messages;
use crate::format::json;
use crate::terminal::{BAD, FAINT, GOOD, WARN, escaped, width, wrapped};

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Style {
    /// Lines for people
    #[default]
    Text,
    /// A line of JSON for each event
    Json,
}

/// Tells what goes on; cheaply cloned, so that all parts of a device can tell.
#[derive(Debug, Clone)]
pub(crate) enum Narrator {
    /// On standard output, as it happens; and what first kept it from being told.
    Printing(Style, Rc<RefCell<Option<io::Error>>>),
    /// To somebody who takes it from here.
    Collecting(Rc<RefCell<Vec<Narration>>>),
}

/// Something that happened. Its JSON is a contract, described by
/// `docs/simstrap-events.schema.json`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(crate) enum Narration {
    /// The device starts.
    Started { endpoint: String, card: String, state: Option<String>, instances: usize },
    /// The card was looked at, and nothing follows from it.
    CardUnchanged { apdus: u64 },
    /// The card was looked at, and something follows from it.
    CardRead { apdus: u64 },
    /// A step of a plan was carried out.
    Step { step: String },
    /// Something was done with a server, or would be, where no server is talked to.
    Operation {
        operation: Talk,
        #[serde(serialize_with = "server_id")]
        server: Option<ShortServerId>,
        uri: String,
        /// Whether it was only said.
        only_said: bool,
        detail: String,
    },
    /// When something is to be done.
    Scheduled { what: String, seconds: u32 },
    /// An operation waits until the card can be read.
    Deferred { operation: String },
    /// An operation is not done.
    Cancelled { operation: String, reason: String },
    /// An account of the card is not used.
    NotUsed { account: String, state: &'static str, reason: String },
    /// The data of the card is refused as a whole.
    Refused { reason: String },
    /// The card could not be read.
    Unreadable { attempt: u8 },
    /// A plan was not carried out.
    NotCarriedOut { attempt: u8 },
    /// Factory bootstrap information was looked for.
    Factory { present: bool },
    /// A server wanted to bootstrap the device.
    BootstrapRequest { accepted: bool, reason: Option<&'static str> },
    /// No server is left to turn to.
    Stranded,
    /// Somebody did something with the virtual card.
    Hand { did: String },
    /// Something went wrong, and why; the device deals with it.
    Trouble { causes: Vec<String> },
    /// The device stops.
    Stopped,
}

/// What is done with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Talk {
    Register,
    Update,
    Deregister,
    Bootstrap,
    CloseSession,
}

fn server_id<S: serde::Serializer>(
    id: &Option<ShortServerId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    id.map(ShortServerId::to_u16).serialize(serializer)
}

impl Narrator {
    /// Tells on standard output.
    pub(crate) fn printing(style: Style) -> Self {
        Self::Printing(style, Rc::default())
    }

    /// Tells something. There is nobody to tell when the reader of standard output is gone; the
    /// device goes on. Any other failure is kept, and nothing is told after it.
    pub(crate) fn tell(&self, narration: &Narration) {
        let (style, failure) = match self {
            Self::Collecting(told) => return told.borrow_mut().push(narration.clone()),
            Self::Printing(style, failure) => (style, failure),
        };
        if failure.borrow().is_some() {
            return;
        }
        let line = match style {
            Style::Json => json::line(narration),
            Style::Text => narration.laid_out(0, width().unwrap_or(usize::MAX)),
        };
        let mut stdout = anstream::AutoStream::auto(io::stdout());
        let told = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
        *failure.borrow_mut() = told.err().filter(|e| e.kind() != io::ErrorKind::BrokenPipe);
    }

    /// Whether something could not be told that somebody waits for.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self, Self::Printing(_, failure) if failure.borrow().is_some())
    }

    /// Why it could not be told.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        match self {
            Self::Printing(_, failure) => failure.take(),
            Self::Collecting(_) => None,
        }
    }
}

impl Narration {
    /// What went wrong, and why.
    pub(crate) fn trouble(error: &dyn std::error::Error) -> Self {
        Self::Trouble { causes: messages(error) }
    }

    /// Lines with an indent, within a page; those after the first hang.
    pub(crate) fn laid_out(&self, indent: usize, page: usize) -> String {
        const HANG: usize = 2;
        let (style, text) = (self.style(), self.to_string());
        let indent = indent + text.len() - text.trim_start().len();
        let mut lines = wrapped(text.trim_start(), page.saturating_sub(indent)).into_iter();
        let first = lines.next().unwrap_or_default();
        let mut out = format!("{}{style}{first}{style:#}\n", " ".repeat(indent));
        let rest = lines.collect::<Vec<_>>().join(" ");
        if !rest.is_empty() {
            let indent = indent + HANG;
            for line in wrapped(&rest, page.saturating_sub(indent)) {
                out.push_str(&format!("{}{style}{line}{style:#}\n", " ".repeat(indent)));
            }
        }
        out
    }

    /// How it looks.
    const fn style(&self) -> anstyle::Style {
        match self {
            Self::Operation { .. } => GOOD,
            Self::CardUnchanged { .. }
            | Self::CardRead { .. }
            | Self::Scheduled { .. }
            | Self::Hand { .. } => FAINT,
            Self::Deferred { .. }
            | Self::Cancelled { .. }
            | Self::NotUsed { .. }
            | Self::Unreadable { .. }
            | Self::Stranded => WARN,
            Self::Refused { .. } | Self::NotCarriedOut { .. } | Self::Trouble { .. } => BAD,
            _ => anstyle::Style::new(),
        }
    }
}

impl Talk {
    const fn done(self) -> &'static str {
        match self {
            Self::Register => "registered with",
            Self::Update => "updated the registration with",
            Self::Deregister => "de-registered from",
            Self::Bootstrap => "bootstrapped by",
            Self::CloseSession => "closed the session with",
        }
    }

    const fn would(self) -> &'static str {
        match self {
            Self::Register => "would register with",
            Self::Update => "would update the registration with",
            Self::Deregister => "would de-register from",
            Self::Bootstrap => "would ask for a bootstrap at",
            Self::CloseSession => "would close the session with",
        }
    }
}

impl fmt::Display for Narration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { endpoint, card, state, instances } => {
                write!(f, "device {} starts, card {card}", escaped(endpoint))?;
                match state {
                    Some(state) => {
                        write!(f, ", state in {} ({instances} instances)", escaped(state))
                    }
                    None => f.write_str(", nothing is kept when it stops"),
                }
            }
            Self::CardUnchanged { apdus } => {
                write!(f, "looked at the card: nothing new ({})", exchanges(*apdus))
            }
            Self::CardRead { apdus } => {
                write!(f, "looked at the card ({})", exchanges(*apdus))
            }
            Self::Step { step } => write!(f, "  {step}"),
            Self::Operation { operation, uri, only_said, detail, .. } => {
                let what = if *only_said { operation.would() } else { operation.done() };
                let detail = if detail.is_empty() { String::new() } else { format!(", {detail}") };
                write!(f, "{what} {}{}", escaped(uri), escaped(&detail))
            }
            Self::Scheduled { what, seconds } => {
                write!(f, "{what} in {}", time(*seconds))
            }
            Self::Deferred { operation } => {
                write!(f, "{operation}: waits until the card can be read")
            }
            Self::Cancelled { operation, reason } => {
                write!(f, "{operation}: not done, {reason}")
            }
            Self::NotUsed { account, state, reason } => {
                write!(f, "{account} is {state}: {reason}")
            }
            Self::Refused { reason } => {
                write!(f, "the data of the card is refused: {reason}")
            }
            Self::Unreadable { attempt } => {
                write!(f, "the card could not be read (attempt {attempt})")
            }
            Self::NotCarriedOut { attempt } => {
                write!(f, "the plan was not carried out (attempt {attempt})")
            }
            Self::Factory { present: true } => f.write_str("factory data is used"),
            Self::Factory { present: false } => f.write_str("no factory data"),
            Self::BootstrapRequest { accepted: true, .. } => {
                f.write_str("a server may bootstrap the device")
            }
            Self::BootstrapRequest { reason, .. } => {
                write!(f, "a request to bootstrap is ignored: {}", reason.unwrap_or_default())
            }
            Self::Stranded => f.write_str("no server is left to turn to"),
            Self::Hand { did } => write!(f, "> {}", escaped(did)),
            Self::Trouble { causes } => {
                write!(f, "{}", escaped(&causes.join(": ")))
            }
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

fn exchanges(apdus: u64) -> String {
    if apdus == 1 { "1 APDU".to_owned() } else { format!("{apdus} APDUs") }
}

/// A time in the unit that suits it: `45 s`, `12 min`, `21 h 36 min`.
fn time(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
