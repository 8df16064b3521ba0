// SPDX-License-Identifier: Apache-2.0
//! What modems in the field do otherwise than 3GPP TS 27.007 has it, as switches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use crate::quirks::quirks;

quirks! {
    /// A deviation that the modem can be told to show. Switches combine; of several forms of one
    /// thing the first in this order wins.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
    #[serde(try_from = "String")]
    #[non_exhaustive]
    pub enum ModemQuirk {
        /// A command with lower-case hexadecimal digits is answered `ERROR`.
        LowerCaseRefused = "lower-case-refused",
        /// Digits `a` to `f` in answers are lower-case.
        LowerCaseAnswers = "lower-case-answers",
        /// No space after the colon: `+CSIM:4,"9000"`.
        NoSpace = "no-space",
        /// The length in an answer counts the quotes too.
        LengthWithQuotes = "length-with-quotes",
        /// The length in an answer does not count the status word.
        LengthWithoutStatus = "length-without-status",
        /// The digits of an answer stand there without quotes.
        Unquoted = "unquoted",
        /// An answer without `+CSIM: ` or `+CGLA: ` in front: `4,"9000"`.
        NoPrefix = "no-prefix",
        /// An answer that is its digits and nothing else.
        OnlyDigits = "only-digits",
        /// The echo of a command ends with CR CR LF.
        EchoCrCrLf = "echo-crcrlf",
        /// `+CREG: 1,5` between each command and its answer.
        UnsolicitedBetween = "unsolicited-between",
        /// The answer before this one comes once more in front of it. One that a fault held up
        /// comes late: `6F00`, and OK, in front of the answer to the next command.
        LateAnswer = "late-answer",
        /// `AT+CCHO` answers `+CCHO: 000000000385a7c1`, a handle; the modem writes the channel into
        /// the class byte.
        CchoHex = "ccho-hex",
        /// `AT+CCHO` answers a bare number.
        CchoBare = "ccho-bare",
        /// `AT+CCHO=?` is answered `ERROR`, though the command works.
        CchoTestError = "ccho-test-error",
        /// There is no `AT+CCHC`.
        NoCchc = "no-cchc",
        /// `AT+CCHC` answers `+CCHC` before OK.
        CchcAnswers = "cchc-answers",
        /// The number of a session is a handle from 17 on, not the channel; the modem writes the
        /// channel into the class byte.
        SessionHandle = "session-handle",
        /// The modem sends GET RESPONSE and repeats commands with the right length by itself.
        GetResponseByModem = "get-response-by-modem",
        /// It does, and a GET RESPONSE of the client is answered `ERROR`.
        GetResponseForbidden = "get-response-forbidden",
        /// SELECT with data and expected length is answered `ERROR`.
        SelectLeRefused = "select-le-refused",
        /// More than 520 hexadecimal digits in one command are answered `ERROR`.
        Line520 = "line-520",
        /// More than 256 of them are.
        Line256 = "line-256",
        /// Without a card: `+CME ERROR: 13`, SIM failure.
        SimLost13 = "sim-lost-13",
        /// Without a card: `+CME ERROR: 14`, SIM busy.
        SimLost14 = "sim-lost-14",
        /// Without a card: `+CME ERROR: 0`, phone failure.
        SimLost0 = "sim-lost-0",
        /// Without a card: `+CME ERROR: SIM not inserted`, whatever `AT+CMEE` said.
        SimLostText = "sim-lost-text",
        /// Without a card: `+CME ERROR: SIM failure`, whatever `AT+CMEE` said.
        SimLostFailureText = "sim-lost-failure-text",
        /// Without a card: `ERROR`, whatever `AT+CMEE` said.
        SimLostError = "sim-lost-error",
        /// Without a card: no answer at all, except to `AT+CPIN?`.
        SimLostSilent = "sim-lost-silent",
        /// A change of the data on the card shows as `+UUSIMSTAT: 9`.
        RefreshUusimstat = "refresh-uusimstat",
        /// It shows as `+QUSIM: 1`.
        RefreshQusim = "refresh-qusim",
        /// It shows as `%XSIM: 1`; a card that is pulled as `%XSIM: 0`.
        RefreshXsim = "refresh-xsim",
        /// It shows as `#QSS: 0` and `#QSS: 1`; a card that is pulled as `#QSS: 0`.
        RefreshQss = "refresh-qss",
        /// It shows as `+STIN: 1`.
        RefreshStin = "refresh-stin",
        /// It shows as `+CUSATP:` with the proactive command REFRESH.
        RefreshCusatp = "refresh-cusatp",
    }
}

impl ModemQuirk {
    /// All of them.
    pub const ALL: &[Self] = &Self::LIST;

    /// The one with this name.
    ///
    /// # Errors
    /// [`UnknownModemQuirk`], which tells all names.
    pub fn from_name(name: &str) -> Result<Self, UnknownModemQuirk> {
        let found = Self::ALL.iter().find(|quirk| quirk.name() == name);
        found.copied().ok_or_else(|| UnknownModemQuirk { name: name.to_owned() })
    }
}

impl fmt::Display for ModemQuirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for ModemQuirk {
    type Error = UnknownModemQuirk;

    fn try_from(name: String) -> Result<Self, UnknownModemQuirk> {
        Self::from_name(&name)
    }
}

/// No modem quirk has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no quirk of a modem: there are {}", all_names())]
pub struct UnknownModemQuirk {
    name: String,
}

fn all_names() -> String {
    ModemQuirk::ALL.iter().map(|quirk| quirk.name()).collect::<Vec<_>>().join(", ")
}

/// The deviations a modem shows; in a card description a table of names with `true` or `false`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "BTreeMap<ModemQuirk, bool>")]
pub struct ModemQuirkSet(BTreeSet<ModemQuirk>);

impl ModemQuirkSet {
    /// None: a modem by the book.
    pub const EMPTY: Self = Self(BTreeSet::new());

    /// Adds one.
    pub fn insert(&mut self, quirk: ModemQuirk) {
        self.0.insert(quirk);
    }

    /// Whether it is in.
    #[must_use]
    pub fn contains(&self, quirk: ModemQuirk) -> bool {
        self.0.contains(&quirk)
    }
}

impl From<BTreeMap<ModemQuirk, bool>> for ModemQuirkSet {
    fn from(switches: BTreeMap<ModemQuirk, bool>) -> Self {
        switches.into_iter().filter_map(|(quirk, on)| on.then_some(quirk)).collect()
    }
}

impl FromIterator<ModemQuirk> for ModemQuirkSet {
    fn from_iter<I: IntoIterator<Item = ModemQuirk>>(quirks: I) -> Self {
        Self(quirks.into_iter().collect())
    }
}

impl Extend<ModemQuirk> for ModemQuirkSet {
    fn extend<I: IntoIterator<Item = ModemQuirk>>(&mut self, quirks: I) {
        self.0.extend(quirks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        let names: BTreeSet<_> = ModemQuirk::ALL.iter().map(|quirk| quirk.name()).collect();
        assert_eq!(names.len(), ModemQuirk::ALL.len());
        for quirk in ModemQuirk::ALL {
            assert_eq!(ModemQuirk::from_name(quirk.name()), Ok(*quirk));
        }
    }

    #[test]
    fn switches_are_read_from_a_table() {
        let set: ModemQuirkSet = toml::from_str("unquoted = true\nline-256 = false").unwrap();
        assert_eq!(set, [ModemQuirk::Unquoted].into_iter().collect());
        let unknown = toml::from_str::<ModemQuirkSet>("line-1 = true").unwrap_err();
        assert!(unknown.message().contains("`line-1`"), "{unknown}");
        assert!(unknown.message().contains("line-256"), "{unknown}");
    }
}
