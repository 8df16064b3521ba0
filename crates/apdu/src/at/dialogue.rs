// SPDX-License-Identifier: Apache-2.0
//! One command, one final result; finding back to that after silence.

use core::fmt;
use core::time::Duration;

use zeroize::Zeroizing;

use super::command_line::CommandLine;
use super::error::MalformedAnswer;
use super::line::Line;
use super::parser::{Event, LineParser};
use super::result::FinalResult;
use crate::{Quirk, QuirkSet};

/// How long a modem may take for a command that needs nothing of the card.
const PROBE: Duration = Duration::from_secs(2);

/// How often a silent modem is spoken to: some take the first lines to find the baud rate.
const PROBES: usize = 3;

/// The pause after which what is late counts as having arrived.
const QUIET: Duration = Duration::from_millis(100);

/// How long after an `OK` without information the information is waited for: the `OK` may be
/// that of an earlier command.
const GRACE: Duration = Duration::from_millis(500);

/// The most bytes read for one command: a hundred times the longest answer.
const MAX_BYTES: usize = 64 * 1024;

/// Bytes read at a time.
const CHUNK: usize = 64;

/// Characters written at a time.
const PIECE: usize = 128;

/// Unsolicited lines that mean that something about the SIM has changed.
const SIM_HINTS: [&str; 7] = ["+UUSIMSTAT", "+QUSIM", "%XSIM", "#QSS", "+STIN", "+CUSATP", "+CPIN"];

/// A modem spoken to in commands and results.
pub(super) struct Dialogue<L, U> {
    pub(super) line: L,
    pub(super) quirks: QuirkSet,
    pub(super) sim_news: SimNews,
    unsolicited: U,
    parser: LineParser,
    /// Every command has had its final result, and the modem was set up.
    settled: bool,
}

/// Whether the modem said unasked that something about the SIM has changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct SimNews {
    /// Since somebody asked for hints.
    pub(super) hint: bool,
    /// Since the card last answered.
    pub(super) since_answer: bool,
}

impl SimNews {
    fn hear(&mut self, line: &str) {
        let is_news = SIM_HINTS.iter().any(|start| line.starts_with(start));
        self.hint |= is_news;
        self.since_answer |= is_news;
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) result: FinalResult,
    /// Whether the information came that the command asks for, and was well-formed.
    pub(super) answer: Option<Result<(), MalformedAnswer>>,
}

/// Why a command did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken<E> {
    Line(E),
    Silence,
}

/// What a command asks for: the name of its answer, and what takes the answer.
pub(super) struct Wanted<'w> {
    pub(super) name: &'static str,
    pub(super) take: &'w mut dyn FnMut(&str) -> Result<(), MalformedAnswer>,
}

impl<L: Line> Dialogue<L, fn(&str)> {
    pub(super) const fn new(line: L) -> Self {
        Self {
            line,
            quirks: QuirkSet::EMPTY,
            sim_news: SimNews { hint: false, since_answer: false },
            unsolicited: |_| {},
            parser: LineParser::new(),
            settled: false,
        }
    }
}

impl<L, U> Dialogue<L, U> {
    pub(super) fn on_unsolicited<V>(self, unsolicited: V) -> Dialogue<L, V> {
        let Self { line, quirks, sim_news, unsolicited: _, parser, settled } = self;
        Dialogue { line, quirks, sim_news, unsolicited, parser, settled }
    }
}

impl<L: Line, U: FnMut(&str)> Dialogue<L, U> {
    /// Sends a line and waits for its final result, and the information that is wanted.
    pub(super) async fn command(
        &mut self,
        line: CommandLine<'_>,
        wanted: Option<Wanted<'_>>,
        timeout: Duration,
    ) -> Result<Outcome, Broken<L::Error>> {
        self.send(line).await?;
        let outcome = self.collect(wanted, timeout).await?;
        self.settled = true;
        Ok(outcome)
    }

    async fn send(&mut self, line: CommandLine<'_>) -> Result<(), Broken<L::Error>> {
        let mut piece = Zeroizing::new([0; PIECE]);
        // A future that is dropped half-way leaves the answer to come.
        self.settled = false;
        let mut written = 0;
        loop {
            let length = line.write_from(written, piece.as_mut_slice());
            let piece = piece.get(..length).filter(|piece| !piece.is_empty());
            let Some(piece) = piece else { return Ok(()) };
            self.line.write(piece).await.map_err(Broken::Line)?;
            written += length;
        }
    }

    /// Makes the next command the only one whose answer can come.
    ///
    /// After silence or at the beginning the modem is spoken to until it answers; then echo is
    /// switched off, and errors are switched to numbers. Neither has to work.
    pub(super) async fn settle(&mut self, timeout: Duration) -> Result<(), Broken<L::Error>> {
        if self.settled {
            return self.drain(Duration::ZERO).await;
        }
        let probe = Self::probe_time(timeout);
        self.drain(QUIET.min(probe)).await?;
        self.parser.reset();
        for attempt in 1..=PROBES {
            match self.command(CommandLine::Text("ATE0"), None, probe).await {
                Ok(_) => break,
                Err(Broken::Silence) if attempt < PROBES => {}
                Err(broken) => return Err(broken),
            }
        }
        self.settled = false;
        self.drain(QUIET.min(probe)).await?;
        self.command(CommandLine::Text("AT+CMEE=1"), None, probe).await?;
        Ok(())
    }

    /// How long to wait for what needs nothing of the card.
    pub(super) fn probe_time(timeout: Duration) -> Duration {
        PROBE.min(timeout)
    }

    /// Reads what comes unasked, until nothing came for `quiet`; results of earlier commands are
    /// dropped.
    pub(super) async fn drain(&mut self, quiet: Duration) -> Result<(), Broken<L::Error>> {
        let end = self.line.now() + PROBE;
        let mut chunk = [0; CHUNK];
        let mut bytes = 0;
        while bytes < MAX_BYTES && self.line.now() <= end {
            let length = self.line.read(&mut chunk, quiet).await.map_err(Broken::Line)?;
            if length == 0 {
                return Ok(());
            }
            bytes += length;
            let mut input = chunk.get(..length).unwrap_or_default();
            while let Some(event) = self.parser.feed(&mut input) {
                match event {
                    Event::Unsolicited(line) => {
                        self.sim_news.hear(line);
                        hand_on(line, &mut self.unsolicited);
                    }
                    Event::Answer { name: name @ "+CPIN", .. } => self.sim_news.hear(name),
                    Event::Final(_) | Event::Answer { .. } if self.settled => {
                        self.quirks.insert(Quirk::ModemLateAnswer);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    async fn collect(
        &mut self,
        mut wanted: Option<Wanted<'_>>,
        timeout: Duration,
    ) -> Result<Outcome, Broken<L::Error>> {
        let deadline = self.line.now() + timeout;
        let mut so_far = SoFar::default();
        let mut chunk = [0; CHUNK];
        let mut bytes = 0;
        loop {
            let patience = match (so_far.result, so_far.ok_since) {
                // The rest of a line that has begun, and what has arrived already.
                (Some(_), _) if self.parser.is_within_line() => QUIET,
                (Some(_), _) => Duration::ZERO,
                (None, Some(since)) => deadline.min(since + GRACE).saturating_sub(self.line.now()),
                (None, None) => deadline.saturating_sub(self.line.now()),
            };
            let length = match self.line.read(&mut chunk, patience).await {
                Ok(length) => length,
                // What has come is whole; the failure is the next command's.
                Err(_) if so_far.result.is_some() => 0,
                Err(error) => return Err(Broken::Line(error)),
            };
            bytes += length;
            if length == 0 || bytes > MAX_BYTES || self.line.now() > deadline {
                return so_far.end();
            }
            let mut input = chunk.get(..length).unwrap_or_default();
            while let Some(event) = self.parser.feed(&mut input) {
                so_far.event(event, &mut wanted, self.line.now());
                if so_far.was_late {
                    self.quirks.insert(Quirk::ModemLateAnswer);
                }
                match event {
                    Event::Echo(line) if !line.eq_ignore_ascii_case("ATE0") => {
                        self.quirks.insert(Quirk::ModemEcho);
                    }
                    Event::Bare(_) if wanted.is_some() => {
                        self.quirks.insert(Quirk::ModemBareAnswer);
                    }
                    Event::Answer { name: name @ "+CPIN", .. }
                        if wanted.as_ref().is_none_or(|wanted| wanted.name != name) =>
                    {
                        self.sim_news.hear(name);
                    }
                    Event::Unsolicited(line) => {
                        self.sim_news.hear(line);
                        hand_on(line, &mut self.unsolicited);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What has come of an answer.
#[derive(Default)]
struct SoFar {
    answer: Option<Result<(), MalformedAnswer>>,
    result: Option<FinalResult>,
    /// When an `OK` came without the information that is wanted.
    ok_since: Option<Duration>,
    /// What had come turned out to belong to an earlier command.
    was_late: bool,
}

impl SoFar {
    fn event(&mut self, event: Event<'_>, wanted: &mut Option<Wanted<'_>>, now: Duration) {
        match (event, wanted) {
            (Event::Echo(_), _) => self.restart_if(self.answer.is_some() || self.has_ended()),
            (Event::Answer { name, value }, Some(wanted)) if wanted.name == name => {
                self.restart_if(self.answer.is_some() || self.has_ended());
                self.answer = Some((wanted.take)(value));
            }
            (Event::Bare(value), Some(wanted)) => {
                self.restart_if(self.answer.is_some() || self.has_ended());
                self.answer = Some((wanted.take)(value));
            }
            (Event::Overlong, Some(_)) => self.answer = Some(Err(MalformedAnswer::CutShort)),
            (Event::Final(FinalResult::Ok), _) if self.result.is_some() => {}
            (Event::Final(FinalResult::Ok), Some(_)) if self.answer.is_none() => {
                self.ok_since = self.ok_since.or(Some(now));
            }
            (Event::Final(result), _) => {
                self.restart_if(self.result.is_some());
                self.result = Some(result);
            }
            _ => {}
        }
    }

    const fn has_ended(&self) -> bool {
        self.result.is_some() || self.ok_since.is_some()
    }

    fn restart_if(&mut self, is_late: bool) {
        if is_late {
            *self = Self { was_late: true, ..Self::default() };
        }
    }

    fn end<E>(self) -> Result<Outcome, Broken<E>> {
        let ok = self.ok_since.map(|_| FinalResult::Ok);
        let result = self.result.or(ok).ok_or(Broken::Silence)?;
        Ok(Outcome { result, answer: self.answer })
    }
}

/// Hands an unsolicited line on, unless it may be the remains of an answer of the card.
fn hand_on(line: &str, unsolicited: &mut impl FnMut(&str)) {
    if !holds_many_digits(line) {
        unsolicited(line);
    }
}

/// Whether a line holds so many hexadecimal digits in a row that they may be data of the card.
fn holds_many_digits(line: &str) -> bool {
    const MANY: usize = 8;
    line.split(|c: char| !c.is_ascii_hexdigit()).any(|digits| digits.len() >= MANY)
}

impl<L: fmt::Debug, U> fmt::Debug for Dialogue<L, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue")
            .field("line", &self.line)
            .field("quirks", &self.quirks)
            .field("sim_news", &self.sim_news)
            .field("parser", &self.parser)
            .field("settled", &self.settled)
            .finish_non_exhaustive()
    }
}
