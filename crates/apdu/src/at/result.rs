// SPDX-License-Identifier: Apache-2.0
//! Final results of AT commands (3GPP TS 27.007 §9.2, V.250 §5.7).

use core::fmt;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinalResult {
    /// `OK`.
    Ok,
    /// `ERROR`, or another refusal without a reason.
    Error,
    /// `+CME ERROR:`, by its number or by its text where that is one of 27.007.
    Cme(u16),
    /// `+CME ERROR:` with a text that is not known.
    CmeText,
    /// `+CMS ERROR:` with its number, where it has one.
    Cms(Option<u16>),
}

impl FinalResult {
    /// Phone failure, which some modems say when the SIM is gone.
    pub const PHONE_FAILURE: Self = Self::Cme(0);
    /// There is no SIM.
    pub const SIM_NOT_INSERTED: Self = Self::Cme(10);
    /// The SIM wants its PIN.
    pub const SIM_PIN_REQUIRED: Self = Self::Cme(11);
    /// The SIM wants its PUK.
    pub const SIM_PUK_REQUIRED: Self = Self::Cme(12);
    /// The SIM does not answer.
    pub const SIM_FAILURE: Self = Self::Cme(13);
    /// The SIM is busy.
    pub const SIM_BUSY: Self = Self::Cme(14);
    /// The SIM is not one the modem takes.
    pub const SIM_WRONG: Self = Self::Cme(15);

    /// Reads a line, `None` when it is no final result.
    pub(super) fn from_line(line: &str) -> Option<Self> {
        const REFUSALS: [&str; 4] =
            ["ERROR", "ABORTED", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORTED"];
        let line = line.trim();
        if line == "OK" {
            return Some(Self::Ok);
        }
        if REFUSALS.contains(&line) {
            return Some(Self::Error);
        }
        if let Some(reason) = line.strip_prefix("+CME ERROR:") {
            return Some(cme(reason.trim()));
        }
        let reason = line.strip_prefix("+CMS ERROR:")?;
        Some(Self::Cms(reason.trim().parse().ok()))
    }

    /// Whether it speaks of the SIM's absence or failure, so that a SIM that is there nevertheless
    /// has been away.
    pub(super) const fn means_lost_sim(self) -> bool {
        matches!(
            self,
            Self::PHONE_FAILURE | Self::SIM_NOT_INSERTED | Self::SIM_FAILURE | Self::SIM_WRONG
        )
    }
}

fn cme(reason: &str) -> FinalResult {
    const TEXTS: [(&str, u16); 16] = [
        ("phone failure", 0),
        ("operation not allowed", 3),
        ("operation not supported", 4),
        ("SIM not inserted", 10),
        ("SIM PIN required", 11),
        ("SIM PUK required", 12),
        ("SIM failure", 13),
        ("SIM busy", 14),
        ("SIM wrong", 15),
        ("incorrect password", 16),
        ("memory full", 20),
        ("invalid index", 21),
        ("not found", 22),
        ("text string too long", 24),
        ("dial string too long", 26),
        ("unknown", 100),
    ];
    if let Ok(number) = reason.parse() {
        return FinalResult::Cme(number);
    }
    TEXTS
        .into_iter()
        .find(|(text, _)| text.eq_ignore_ascii_case(reason))
        .map_or(FinalResult::CmeText, |(_, number)| FinalResult::Cme(number))
}

impl fmt::Display for FinalResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Error => f.write_str("ERROR"),
            Self::Cme(number) => write!(f, "+CME ERROR: {number}"),
            Self::CmeText => f.write_str("+CME ERROR with a text of its own"),
            Self::Cms(Some(number)) => write!(f, "+CMS ERROR: {number}"),
            Self::Cms(None) => f.write_str("+CMS ERROR"),
        }
    }
}
