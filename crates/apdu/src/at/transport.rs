// SPDX-License-Identifier: Apache-2.0
//! A card behind a modem as a transport.

use core::fmt;
use core::time::Duration;

use super::answer::{LengthRule, Session};
use super::apdu_exchange::is_open_channel;
use super::channels::Sessions;
use super::command_line::CommandLine;
use super::dialogue::{Broken, Dialogue, Wanted};
use super::error::AtError;
use super::line::Line;
use super::result::FinalResult;
use crate::{QuirkSet, Transport};

/// How long a modem and its card may take for one command, unless told otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// How a modem lets others to its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AtMode {
    /// `AT+CSIM`: whole commands, logical channels in the class byte.
    Csim,
    /// `AT+CCHO`, `AT+CGLA`, `AT+CCHC`: the modem opens channels and numbers them itself.
    Cgla,
    /// Whichever works: `AT+CSIM` is tried first.
    #[default]
    Auto,
}

/// How to talk to a modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOptions {
    /// How it lets others to its card.
    pub mode: AtMode,
    /// How long it may take for one command. Finding out why there was no answer takes at most
    /// six times this and 16 seconds more.
    pub timeout: Duration,
}

impl Default for AtOptions {
    fn default() -> Self {
        Self { mode: AtMode::Auto, timeout: DEFAULT_TIMEOUT }
    }
}

/// A card behind a modem.
///
/// Nothing is sent before the first command. After an error the next command finds its way
/// again. In [`AtMode::Cgla`] opening and closing a logical channel become `AT+CCHO` and
/// `AT+CCHC`, and the class byte names the channel that the modem knows.
///
/// ```no_run
/// # #[cfg(feature = "std")] {
/// use simstrap_apdu::at::{AtOptions, AtTransport, DEFAULT_TIMEOUT, TcpLine};
/// use simstrap_apdu::{LogicalChannel, blocking};
///
/// let line = TcpLine::connect("127.0.0.1:5000", DEFAULT_TIMEOUT)?;
/// let modem = AtTransport::new(line, AtOptions::default());
/// let mut channel = LogicalChannel::new(modem);
/// blocking::run(channel.open())??;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AtTransport<L, U = fn(&str)> {
    pub(super) dialogue: Dialogue<L, U>,
    pub(super) options: AtOptions,
    /// What works, once that is known.
    pub(super) found: Option<Found>,
    pub(super) sessions: Sessions,
    pub(super) limits: Limits,
    pub(super) length_rule: Option<LengthRule>,
    /// SELECT with an expected length is refused; without it, it works.
    pub(super) leaves_out_expected: bool,
}

/// What a modem was found to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Csim,
    Cgla,
}

/// What a modem carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Data bytes of a command.
    pub(super) command: usize,
    /// Data bytes of a response.
    pub(super) response: usize,
}

impl Limits {
    /// 260 bytes with header, lengths and data: the 520 digits that modems take. A response of
    /// 256 and its status word.
    const WIDEST: Self = Self { command: 254, response: 256 };

    /// Narrower ones, for a modem that refused a command of `command` bytes which asks for
    /// `response` bytes: 128 bytes and 256 digits, then half of that. `None` when it cannot have
    /// been the length.
    pub(super) const fn narrower(self, command: usize, response: usize) -> Option<Self> {
        match (command, response) {
            (129.., _) => Some(Self { command: 122, ..self }),
            (65.., _) => Some(Self { command: 58, ..self }),
            (_, 127..) => Some(Self { response: 126, ..self }),
            (_, 63..) => Some(Self { response: 62, ..self }),
            _ => None,
        }
    }
}

impl<L: Line> AtTransport<L> {
    /// A card behind the modem at the other end of `line`.
    #[must_use]
    pub const fn new(line: L, options: AtOptions) -> Self {
        let found = match options.mode {
            AtMode::Csim => Some(Found::Csim),
            AtMode::Cgla => Some(Found::Cgla),
            AtMode::Auto => None,
        };
        Self {
            dialogue: Dialogue::new(line),
            options,
            found,
            sessions: Sessions::NONE,
            limits: Limits::WIDEST,
            length_rule: None,
            leaves_out_expected: false,
        }
    }
}

impl<L, U> AtTransport<L, U> {
    /// Hands what the modem says unasked to `unsolicited`, line by line. Lines with long numbers
    /// in hexadecimal digits are kept back: they may be the remains of an answer of the card.
    #[must_use]
    pub fn on_unsolicited<V: FnMut(&str)>(self, unsolicited: V) -> AtTransport<L, V> {
        AtTransport {
            dialogue: self.dialogue.on_unsolicited(unsolicited),
            options: self.options,
            found: self.found,
            sessions: self.sessions,
            limits: self.limits,
            length_rule: self.length_rule,
            leaves_out_expected: self.leaves_out_expected,
        }
    }

    /// Whether the modem said, since this was last asked, that something about the SIM has
    /// changed: a REFRESH, a SIM put in or taken out. The card should be checked then (CR-08).
    pub const fn take_hint(&mut self) -> bool {
        core::mem::replace(&mut self.dialogue.sim_news.hint, false)
    }

    /// How the modem lets others to its card, [`AtMode::Auto`] while that is not known.
    #[must_use]
    pub const fn mode(&self) -> AtMode {
        match self.found {
            Some(Found::Csim) => AtMode::Csim,
            Some(Found::Cgla) => AtMode::Cgla,
            None => AtMode::Auto,
        }
    }

    /// The line to the modem.
    pub const fn line(&mut self) -> &mut L {
        &mut self.dialogue.line
    }
}

impl<L: Line, U: FnMut(&str)> AtTransport<L, U> {
    /// Listens for `time` to what the modem says unasked, between commands. Returns earlier when
    /// something about the SIM has changed, which [`take_hint`](Self::take_hint) tells.
    ///
    /// # Errors
    /// When the line fails.
    pub async fn listen(&mut self, time: Duration) -> Result<(), AtError<L::Error>> {
        let end = self.dialogue.line.now() + time;
        loop {
            let left = end.saturating_sub(self.dialogue.line.now());
            self.dialogue.drain(left).await.map_err(Self::broken)?;
            if left.is_zero() || self.dialogue.sim_news.hint || self.dialogue.line.now() >= end {
                return Ok(());
            }
        }
    }

    /// What a command that did not end means, when nothing more is to be found out.
    pub(super) fn broken(broken: Broken<L::Error>) -> AtError<L::Error> {
        match broken {
            Broken::Line(source) => AtError::Line(source),
            Broken::Silence => AtError::SilentModem,
        }
    }

    /// What a command that got no final result means for the card.
    pub(super) async fn after(&mut self, broken: Broken<L::Error>) -> AtError<L::Error> {
        if !matches!(broken, Broken::Silence) {
            return Self::broken(broken);
        }
        if let Err(broken) = self.dialogue.settle(self.options.timeout).await {
            return Self::broken(broken);
        }
        match self.ask_for_sim().await {
            Ok(Sim::Absent(result)) => self.no_card(result),
            Ok(Sim::Locked(result)) => AtError::PinWanted { result },
            Ok(Sim::Present | Sim::Failing(_) | Sim::Unknown) => AtError::Timeout,
            Err(error) => error,
        }
    }

    /// What a refusal means for the card. `None`: the card is there, and it was the command that
    /// was refused.
    pub(super) async fn explain(&mut self, result: FinalResult) -> Option<AtError<L::Error>> {
        let sim = match self.ask_for_sim().await {
            Ok(sim) => sim,
            Err(error) => return Some(error),
        };
        match (result, sim) {
            (_, Sim::Absent(result)) => Some(self.no_card(result)),
            (FinalResult::SIM_NOT_INSERTED, Sim::Unknown) => Some(self.no_card(result)),
            (FinalResult::SIM_PIN_REQUIRED | FinalResult::SIM_PUK_REQUIRED, _)
            | (_, Sim::Locked(_)) => Some(AtError::PinWanted { result }),
            (result @ FinalResult::SIM_BUSY, _)
            | (_, Sim::Failing(result @ FinalResult::SIM_BUSY)) => Some(AtError::Busy { result }),
            (result, Sim::Present)
                if result.means_lost_sim() || self.dialogue.sim_news.since_answer =>
            {
                self.sessions = Sessions::NONE;
                Some(AtError::CardReset { result })
            }
            _ => None,
        }
    }

    fn no_card(&mut self, result: FinalResult) -> AtError<L::Error> {
        self.sessions = Sessions::NONE;
        AtError::NoCard { result }
    }

    /// `AT+CPIN?`, which tells a missing SIM from one that fails.
    async fn ask_for_sim(&mut self) -> Result<Sim, AtError<L::Error>> {
        let mut sim = Sim::Unknown;
        let mut take = |value: &str| {
            sim = Sim::from_answer(value);
            Ok(())
        };
        let wanted = Wanted { name: "+CPIN", take: &mut take };
        let timeout = Dialogue::<L, U>::probe_time(self.options.timeout);
        let line = CommandLine::Text("AT+CPIN?");
        let outcome =
            self.dialogue.command(line, Some(wanted), timeout).await.map_err(Self::broken)?;
        Ok(match outcome.result {
            FinalResult::Ok => sim,
            result @ FinalResult::SIM_NOT_INSERTED => Sim::Absent(result),
            result @ (FinalResult::SIM_PIN_REQUIRED | FinalResult::SIM_PUK_REQUIRED) => {
                Sim::Locked(result)
            }
            result @ (FinalResult::SIM_BUSY | FinalResult::SIM_FAILURE) => Sim::Failing(result),
            _ => Sim::Unknown,
        })
    }
}

/// What a modem says of its SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sim {
    Present,
    Absent(FinalResult),
    Locked(FinalResult),
    /// It is there, and cannot be used at present.
    Failing(FinalResult),
    Unknown,
}

impl Sim {
    fn from_answer(value: &str) -> Self {
        match value {
            "NOT INSERTED" | "SIM REMOVED" => Self::Absent(FinalResult::SIM_NOT_INSERTED),
            "SIM PIN" => Self::Locked(FinalResult::SIM_PIN_REQUIRED),
            "SIM PUK" => Self::Locked(FinalResult::SIM_PUK_REQUIRED),
            "READY" | "SIM PIN2" | "SIM PUK2" => Self::Present,
            _ => Self::Unknown,
        }
    }
}

impl<L: Line, U: FnMut(&str)> Transport for AtTransport<L, U> {
    type Error = AtError<L::Error>;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, Self::Error> {
        const SHORT_FORM: core::ops::RangeInclusive<usize> = 4..=261;
        if !SHORT_FORM.contains(&command.len()) {
            return Err(AtError::Command { length: command.len() });
        }
        if let Err(broken) = self.dialogue.settle(self.options.timeout).await {
            return Err(Self::broken(broken));
        }
        // What happened before there was a channel cost nobody one.
        if is_open_channel(command) {
            self.dialogue.sim_news.since_answer = false;
        }
        match self.found {
            Some(Found::Csim) => self.exchange(None, command, response).await,
            Some(Found::Cgla) => self.over_sessions(command, response).await,
            None => self.find_out(command, response).await,
        }
    }

    fn max_response_data(&self) -> usize {
        self.limits.response
    }

    fn max_command_data(&self) -> usize {
        self.limits.command
    }

    fn quirks(&self) -> QuirkSet {
        self.dialogue.quirks
    }
}

impl<L: fmt::Debug, U> fmt::Debug for AtTransport<L, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtTransport")
            .field("dialogue", &self.dialogue)
            .field("options", &self.options)
            .field("found", &self.found)
            .field("sessions", &self.sessions)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A session to send a command over, and the class byte to send it under; none means `AT+CSIM`.
pub(super) type Over<'s> = Option<(&'s Session, u8)>;
