// SPDX-License-Identifier: Apache-2.0
//! What real cards and modems do that the standards would not have them do.

use core::fmt;

/// A deviation that was met and coped with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Quirk {
    /// A `61 xx` that came with data.
    DataBeforeMoreData,
    /// A GET RESPONSE that was answered `6C xx`.
    GetResponseWrongLength,
    /// `9F xx` instead of `61 xx`, as 2G cards have it.
    MoreDataOf2g,
    /// A command with data and an expected length was refused until the expected length was
    /// left out.
    ExpectedLengthRefused,
    /// No short file identifiers: files had to be selected.
    NoShortFileIdentifiers,
    /// The modem repeats commands, although told not to.
    ModemEcho,
    /// The modem leaves the name of an answer out.
    ModemBareAnswer,
    /// The modem leaves the quotes out.
    ModemUnquotedAnswer,
    /// The modem declares another length than that of the digits.
    ModemWrongLength,
    /// The answer to an earlier command came in front of another.
    ModemLateAnswer,
    /// The modem takes no lines as long as others do.
    ModemShortLines,
    /// The modem opens channels and cannot close them.
    ModemKeepsChannels,
}

impl Quirk {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::DataBeforeMoreData,
        Self::GetResponseWrongLength,
        Self::MoreDataOf2g,
        Self::ExpectedLengthRefused,
        Self::NoShortFileIdentifiers,
        Self::ModemEcho,
        Self::ModemBareAnswer,
        Self::ModemUnquotedAnswer,
        Self::ModemWrongLength,
        Self::ModemLateAnswer,
        Self::ModemShortLines,
        Self::ModemKeepsChannels,
    ];

    /// A stable name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataBeforeMoreData => "data-with-61xx",
            Self::GetResponseWrongLength => "6cxx-on-get-response",
            Self::MoreDataOf2g => "9fxx-status",
            Self::ExpectedLengthRefused => "le-refused",
            Self::NoShortFileIdentifiers => "no-sfi",
            Self::ModemEcho => "modem-echo",
            Self::ModemBareAnswer => "modem-no-prefix",
            Self::ModemUnquotedAnswer => "modem-unquoted",
            Self::ModemWrongLength => "modem-wrong-length",
            Self::ModemLateAnswer => "modem-late-answer",
            Self::ModemShortLines => "modem-short-lines",
            Self::ModemKeepsChannels => "modem-no-cchc",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The quirks met so far.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct QuirkSet(u16);

impl QuirkSet {
    /// None.
    pub const EMPTY: Self = Self(0);

    /// Adds one.
    pub const fn insert(&mut self, quirk: Quirk) {
        self.0 |= quirk.bit();
    }

    /// Whether it was met.
    #[must_use]
    pub const fn contains(self, quirk: Quirk) -> bool {
        self.0 & quirk.bit() != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those met, in the order of [`Quirk::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.into_iter().filter(move |quirk| self.contains(*quirk))
    }
}

impl fmt::Debug for QuirkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        for quirk in Quirk::ALL {
            let mut set = QuirkSet::EMPTY;
            set.insert(quirk);
            assert!(set.iter().eq([quirk]));
        }
        let names: std::collections::BTreeSet<_> = Quirk::ALL.map(Quirk::name).into();
        assert_eq!(names.len(), Quirk::ALL.len(), "names are unique");
    }
}
