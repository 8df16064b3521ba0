// SPDX-License-Identifier: Apache-2.0
//! A modem with the card in it: AT commands in, answers out (3GPP TS 27.007, ITU-T V.250).

mod answer;
mod card;
mod quirks;

use std::{fmt, mem};

use answer::{Answer, CmeError, End, ErrorReports, write_line};
use card::{Session, class_on};
pub use quirks::{ModemQuirk, ModemQuirkSet, UnknownModemQuirk};

use crate::command::instruction;
use crate::secret::bytes_of_hex;
use crate::shared::SharedCard;

/// The longest line: the command of 261 bytes in hexadecimal, and what stands around it.
const MAX_LINE: usize = 640;

/// A modem without its line: bytes of the client in, bytes for it out.
///
/// It holds the basic channel of the card and passes commands on as they are, also those that
/// open and close channels. It echoes, and tells errors as `ERROR`, until told otherwise.
///
/// ```
/// use simstrap_virtual_card::{SharedCard, VirtualCard};
/// use simstrap_virtual_card::front::{Modem, ModemQuirkSet};
///
/// let card = SharedCard::new(VirtualCard::sample()?);
/// let mut modem = Modem::new(card, ModemQuirkSet::EMPTY);
/// assert_eq!(modem.receive(b"ATE0\r"), b"ATE0\r\r\nOK\r\n");
/// let answer = modem.receive(b"AT+CSIM=10,\"80F2000C00\"\r");
/// assert_eq!(answer, b"\r\n+CSIM: 4,\"9000\"\r\n\r\nOK\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Modem {
    card: SharedCard,
    quirks: ModemQuirkSet,
    line: Line,
    echo: bool,
    reports: ErrorReports,
    sessions: Vec<Session>,
    /// Channels that the client opened itself, with MANAGE CHANNEL.
    opened: Vec<u8>,
    /// The last handle given to a session.
    handles: u32,
    last_information: Option<String>,
    /// An answer that was held up and comes with the next one.
    late: Vec<u8>,
    seen: Seen,
}

/// Without what clients were told, which may be secret.
impl fmt::Debug for Modem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modem")
            .field("card", &self.card)
            .field("quirks", &self.quirks)
            .field("sessions", &self.sessions)
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

/// What the modem knows of the card's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    inserted: bool,
    power_ups: u64,
    updates: u64,
}

impl Modem {
    /// A modem that has just been switched on.
    #[must_use]
    pub fn new(card: SharedCard, quirks: ModemQuirkSet) -> Self {
        let seen = Seen::of(&card);
        Self {
            card,
            quirks,
            line: Line::default(),
            echo: true,
            reports: ErrorReports::Off,
            sessions: Vec::new(),
            opened: Vec::new(),
            handles: 16,
            last_information: None,
            late: Vec::new(),
            seen,
        }
    }

    /// Takes what the client sent, cut wherever the line cut it, and gives what to send back.
    #[must_use]
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in bytes {
            if *byte != b'\n' && self.echo {
                out.push(*byte);
            }
            match *byte {
                b'\n' => {}
                b'\r' => {
                    if self.echo && self.has(ModemQuirk::EchoCrCrLf) {
                        out.extend(b"\r\n");
                    }
                    let line = mem::take(&mut self.line);
                    self.run(&line, &mut out);
                }
                byte => self.line.push(byte),
            }
        }
        out
    }

    /// What there is to tell without having been asked: that the card or its data changed.
    #[must_use]
    pub fn announce(&mut self) -> Vec<u8> {
        let before = self.look_at_card();
        let now = self.seen;
        let mut out = Vec::new();
        let changed = (before.power_ups, before.updates) != (now.power_ups, now.updates);
        for quirk in [
            ModemQuirk::RefreshUusimstat,
            ModemQuirk::RefreshQusim,
            ModemQuirk::RefreshXsim,
            ModemQuirk::RefreshQss,
            ModemQuirk::RefreshStin,
            ModemQuirk::RefreshCusatp,
        ] {
            if !self.has(quirk) {
                continue;
            }
            if before.inserted && !now.inserted {
                removal_lines(quirk).iter().for_each(|line| write_line(&mut out, line));
            } else if changed && now.inserted {
                refresh_lines(quirk).iter().for_each(|line| write_line(&mut out, line));
            }
        }
        out
    }

    /// The client has gone: what it began to say is forgotten, what it opened is closed, and the
    /// settings are those at switching on.
    pub fn hang_up(&mut self) {
        self.look_at_card();
        self.line = Line::default();
        self.late.clear();
        self.last_information = None;
        self.echo = true;
        self.reports = ErrorReports::Off;
        self.close_channels();
    }

    /// Notes the state of the card, and gives the one before. Power gone, sessions gone.
    fn look_at_card(&mut self) -> Seen {
        let before = mem::replace(&mut self.seen, Seen::of(&self.card));
        if before.power_ups != self.seen.power_ups || !self.seen.inserted {
            self.sessions.clear();
            self.opened.clear();
        }
        before
    }

    fn has(&self, quirk: ModemQuirk) -> bool {
        self.quirks.contains(quirk)
    }

    /// Carries out a line. What does not begin with AT is not for a modem (V.250 §5.2.1).
    fn run(&mut self, line: &Line, out: &mut Vec<u8>) {
        let Some(start) = line.bytes.windows(2).position(|pair| pair.eq_ignore_ascii_case(b"AT"))
        else {
            return;
        };
        // A session that a reset ended is to be gone before it is used, and the news of it is
        // for the next `announce`.
        if self.seen.power_ups != Seen::of(&self.card).power_ups {
            self.sessions.clear();
            self.opened.clear();
        }
        let body = line.bytes.get(start + 2..).unwrap_or_default();
        let answer = match str::from_utf8(body) {
            Ok(body) if !line.too_long => self.answer(body.trim()),
            _ => Answer::ending(End::Bare),
        };
        self.write(answer, out);
    }

    fn answer(&mut self, body: &str) -> Answer {
        let end_of_name = body.find(['=', '?']).unwrap_or(body.len());
        let (name, rest) = body.split_at(end_of_name);
        let name = name.to_ascii_uppercase();
        match (name.as_str(), rest) {
            ("", "") => Answer::OK,
            ("E" | "E0", "") => self.set_echo(false),
            ("E1", "") => self.set_echo(true),
            ("I", "") => Answer::with("simstrap virtual modem"),
            ("+CMEE", _) => self.error_reports(rest),
            ("+CPIN", "?") => self.pin_state(),
            ("+CSIM" | "+CGLA" | "+CCHC", "=?") => Answer::OK,
            ("+CCHO", "=?") if self.has(ModemQuirk::CchoTestError) => Answer::ending(End::Bare),
            ("+CCHO", "=?") => Answer::OK,
            ("+CCHC", _) if self.has(ModemQuirk::NoCchc) => Answer::ending(End::Bare),
            (_, rest) => match (name.as_str(), rest.strip_prefix('=')) {
                ("+CSIM", Some(parameters)) => self.generic_access(parameters),
                ("+CCHO", Some(aid)) => self.open_channel(aid),
                ("+CGLA", Some(parameters)) => self.channel_access(parameters),
                ("+CCHC", Some(session)) => {
                    self.close_session(session).unwrap_or_else(|error| self.lost(error))
                }
                _ => Answer::ending(End::Bare),
            },
        }
    }

    const fn set_echo(&mut self, on: bool) -> Answer {
        self.echo = on;
        Answer::OK
    }

    fn error_reports(&mut self, rest: &str) -> Answer {
        self.reports = match rest {
            "=0" => ErrorReports::Off,
            "=1" => ErrorReports::Numbers,
            "=2" => ErrorReports::Words,
            "=?" => return Answer::with("+CMEE: (0-2)"),
            "?" => {
                let set = match self.reports {
                    ErrorReports::Off => 0,
                    ErrorReports::Numbers => 1,
                    ErrorReports::Words => 2,
                };
                return Answer::with(format!("+CMEE: {set}"));
            }
            _ => return Answer::error(CmeError::INCORRECT_PARAMETERS),
        };
        Answer::OK
    }

    fn pin_state(&self) -> Answer {
        if self.card.lock().is_inserted() {
            Answer::with("+CPIN: READY")
        } else {
            Answer::error(CmeError::NOT_INSERTED)
        }
    }

    /// `AT+CSIM` (27.007 §8.17).
    fn generic_access(&mut self, parameters: &str) -> Answer {
        let command = match self.command(parameters) {
            Ok(command) => command,
            Err(end) => return Answer::ending(end),
        };
        match self.pass_on(&command) {
            Ok(response) => Answer::with(self.response_line("+CSIM", &response)),
            Err(error) => self.lost(error),
        }
    }

    /// `AT+CCHO` (27.007 §8.45).
    fn open_channel(&mut self, aid: &str) -> Answer {
        let aid = aid.trim().strip_prefix('"').and_then(|aid| aid.strip_suffix('"'));
        let refused = |aid: &str| self.has(ModemQuirk::LowerCaseRefused) && has_lower_case(aid);
        match aid.filter(|aid| !refused(aid)).and_then(bytes_of_hex) {
            Some(aid) => self.open_session(&aid).unwrap_or_else(|error| self.lost(error)),
            None => Answer::error(CmeError::INCORRECT_PARAMETERS),
        }
    }

    /// `AT+CGLA` (27.007 §8.43).
    fn channel_access(&mut self, parameters: &str) -> Answer {
        let Some((session, parameters)) = parameters.split_once(',') else {
            return Answer::error(CmeError::INCORRECT_PARAMETERS);
        };
        let mut command = match self.command(parameters) {
            Ok(command) => command,
            Err(end) => return Answer::ending(end),
        };
        if !self.card.lock().is_inserted() {
            return self.lost(crate::error::VirtualCardError::NoCard);
        }
        let Some(&Session { channel, .. }) = self.session(session) else {
            return Answer::error(CmeError::NOT_ALLOWED);
        };
        if let Some(class) = command.first_mut().filter(|_| self.writes_class()) {
            *class = class_on(*class, channel);
        }
        match self.pass_on(&command) {
            Ok(response) => Answer::with(self.response_line("+CGLA", &response)),
            Err(error) => self.lost(error),
        }
    }

    /// The command in `<length>,"<digits>"`, if the modem takes it.
    fn command(&self, parameters: &str) -> Result<Vec<u8>, End> {
        const INCORRECT: End = End::Error(CmeError::INCORRECT_PARAMETERS);
        let (length, digits) = parameters.split_once(',').ok_or(INCORRECT)?;
        let digits = digits.trim().strip_prefix('"').and_then(|digits| digits.strip_suffix('"'));
        let digits = digits.ok_or(INCORRECT)?;
        if length.trim().parse() != Ok(digits.len()) || digits.contains(char::is_whitespace) {
            return Err(INCORRECT);
        }
        if digits.len() > self.max_digits()
            || self.has(ModemQuirk::LowerCaseRefused) && has_lower_case(digits)
        {
            return Err(End::Bare);
        }
        let command = bytes_of_hex(digits).filter(|command| command.len() >= 4).ok_or(INCORRECT)?;
        match *command.as_slice() {
            [_, instruction::GET_RESPONSE, ..] if self.has(ModemQuirk::GetResponseForbidden) => {
                Err(End::Error(CmeError::NOT_ALLOWED))
            }
            [_, instruction::SELECT, _, _, length, ref rest @ ..]
                if self.has(ModemQuirk::SelectLeRefused) && rest.len() > usize::from(length) =>
            {
                Err(INCORRECT)
            }
            _ => Ok(command),
        }
    }

    fn max_digits(&self) -> usize {
        if self.has(ModemQuirk::Line256) {
            256
        } else if self.has(ModemQuirk::Line520) {
            520
        } else {
            MAX_LINE
        }
    }
}

impl Seen {
    fn of(card: &SharedCard) -> Self {
        let card = card.lock();
        Self { inserted: card.is_inserted(), power_ups: card.power_ups(), updates: card.updates() }
    }
}

/// What the client has said of a line.
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Line {
    fn push(&mut self, byte: u8) {
        if self.bytes.len() < MAX_LINE {
            self.bytes.push(byte);
        } else {
            self.too_long = true;
        }
    }
}

fn has_lower_case(digits: &str) -> bool {
    digits.contains(|c: char| c.is_ascii_lowercase())
}

const fn refresh_lines(quirk: ModemQuirk) -> &'static [&'static str] {
    match quirk {
        ModemQuirk::RefreshUusimstat => &["+UUSIMSTAT: 9"],
        ModemQuirk::RefreshQusim => &["+QUSIM: 1"],
        ModemQuirk::RefreshXsim => &["%XSIM: 1"],
        ModemQuirk::RefreshQss => &["#QSS: 0", "#QSS: 1"],
        ModemQuirk::RefreshStin => &["+STIN: 1"],
        // REFRESH, initialisation and full file change notification (102 223 §6.4.7).
        ModemQuirk::RefreshCusatp => &["+CUSATP: \"D009810301010082028182\""],
        _ => &[],
    }
}

const fn removal_lines(quirk: ModemQuirk) -> &'static [&'static str] {
    match quirk {
        ModemQuirk::RefreshXsim => &["%XSIM: 0"],
        ModemQuirk::RefreshQss => &["#QSS: 0"],
        _ => &[],
    }
}
