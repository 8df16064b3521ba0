// SPDX-License-Identifier: Apache-2.0
//! What cards in the field do otherwise than the standards have it, as switches.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// A deviation that this card can be told to show.
///
/// Switches combine: each names the exchange it changes, and where two change the same one their
/// descriptions say which wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CardQuirk {
    /// The object identifier in EF DODF stands within another one: `06 06 06 04 67 2B 09 01`
    /// instead of `06 04 67 2B 09 01`.
    DoubleEncodedOid,
    /// EF ODF lists a second directory, 6431, after the right one; it leads to 6433, a bootstrap
    /// file without objects. The first has priority.
    SeveralOdfEntries,
    /// EF ODF lists private keys (`A0`) and certificates (`A5`) of other files before the
    /// directory of data objects, and is filled up with `FF`.
    OdfOtherEntriesAndPadding,
    /// EF ODF lists directory 6434 first, which holds nothing but `FF`.
    EmptyDodfFirst,
    /// The bootstrap file is two bytes longer than its data: `FF FF`, whatever `size` says.
    PaddedFile,
    /// The bootstrap file ends 8 bytes before the size that its data declares.
    DeclaredSizeLargerThanFile,
    /// The FCP of the bootstrap file tells 16 bytes more (`80`) than can be read.
    FcpSizeLargerThanFile,
    /// MANAGE CHANNEL never gives channel 1; the first is 2.
    ChannelStartsAt2,
    /// After each reset channel 1 is open already, with the MF selected.
    ChannelLeftOpen,
    /// After each reset all channels are open; MANAGE CHANNEL answers `6A 81`.
    AllChannelsTaken6a81,
    /// The same with `68 81`, which wins over `6A 81`.
    AllChannelsTaken6881,
    /// SELECT answers `61 xx`, the FCP comes by GET RESPONSE, as under T=0.
    MoreDataOnSelect,
    /// READ BINARY and READ RECORD answer `61 xx` (`61 00` for 256 bytes), the data comes by
    /// GET RESPONSE.
    MoreDataOnRead,
    /// The first 16 bytes come with the `61 xx` that announces the rest. On SELECT always, on
    /// reading together with `61xx-on-read`.
    DataWithMoreData,
    /// GET RESPONSE gives 16 bytes at a time, each with the next `61 xx`. On SELECT always, on
    /// reading together with `61xx-on-read`.
    MoreDataRepeatedly,
    /// READ BINARY and READ RECORD with an expected length other than what there is are answered
    /// `6C xx`, as under T=0. In a secure channel the length of the protected response counts,
    /// which waits for the same command with that expected length.
    RightLengthOnRead,
    /// The first GET RESPONSE of each answer gets `6C xx` with one byte less than was announced;
    /// the last byte follows after `61 01`.
    RightLengthOnGetResponse,
    /// `9F xx` in place of every `61 xx`, and SELECT answers with it.
    MoreDataOf2g,
    /// A command with data and expected length is answered `67 00` and not carried out; without
    /// the expected length it is, and answered `61 xx`.
    ExpectedLengthRefused,
    /// SELECT answers `61 xx`, and every GET RESPONSE after it `61 10`, without data and without
    /// end.
    EndlessMoreData,
    /// A READ BINARY that meets the end of the file ends with `62 82`, also when `00` asked for
    /// whatever there is, and instead of the `6C xx` of T=0. `6cxx-on-read` wins over it.
    EndOfFileWarning,
    /// `91 0B` in place of every `90 00`.
    ProactivePending,
    /// `92 00` in place of every `90 00`; `91 xx` wins over it.
    DataTransfer92xx,
    /// The bootstrap file is deactivated: SELECT ends with `62 83` and tells life cycle `04`,
    /// reading is answered `69 85`.
    DeactivatedFile,
    /// There is no EF DIR: `6A 82`.
    DirMissing,
    /// Three more applications stand in EF DIR before the one sought.
    DirOtherApplicationsFirst,
    /// Every AID in EF DIR lacks its last byte.
    DirTruncatedAid,
    /// EF DIR has a record of `FF` before each entry and after the last.
    DirFfRecords,
    /// EF DIR is a cyclic file.
    DirCyclic,
    /// EF DIR is a transparent file of all records: READ RECORD is answered `69 81`. Wins over
    /// `dir-cyclic`.
    DirTransparent,
    /// A command with a short file identifier is answered `6A 82`; FCPs tell of none.
    NoSfi6a82,
    /// The same with `6A 86`, which wins over `6A 82`.
    NoSfi6a86,
    /// In a secure channel only commands with data are counted for encryption, not every command.
    Scp03CounterDataOnly,
    /// In a secure channel `90 00` without data goes out without its MAC.
    Scp03BareSuccess,
    /// INITIALIZE UPDATE for a key version the card does not have is answered `69 82` instead of
    /// `6A 88`.
    Scp03UnknownKeySet6982,
    /// INITIALIZE UPDATE tells key version 0, whichever the card uses.
    Scp03KeyVersion0,
    /// INITIALIZE UPDATE never tells the sequence counter.
    Scp03NoSequenceCounter,
    /// INITIALIZE UPDATE tells the sequence counter with a random challenge too; never telling it
    /// wins.
    Scp03AlwaysSequenceCounter,
    /// In a secure channel `91 xx` and `92 xx` replace `90 00` after the response was protected,
    /// so that the MAC covers `90 00`. Together with `proactive-pending-91xx` or `92xx-status`.
    Scp03ProactiveReplaced,
    /// In a secure channel `91 xx` and `92 xx` are taken for errors: they go out without data and
    /// without MAC. Together with the same two; `scp03-91xx-replaced` wins.
    Scp03ProactiveBare,
}

impl CardQuirk {
    /// All of them.
    pub const ALL: [Self; 40] = [
        Self::DoubleEncodedOid,
        Self::SeveralOdfEntries,
        Self::OdfOtherEntriesAndPadding,
        Self::EmptyDodfFirst,
        Self::PaddedFile,
        Self::DeclaredSizeLargerThanFile,
        Self::FcpSizeLargerThanFile,
        Self::ChannelStartsAt2,
        Self::ChannelLeftOpen,
        Self::AllChannelsTaken6a81,
        Self::AllChannelsTaken6881,
        Self::MoreDataOnSelect,
        Self::MoreDataOnRead,
        Self::DataWithMoreData,
        Self::MoreDataRepeatedly,
        Self::RightLengthOnRead,
        Self::RightLengthOnGetResponse,
        Self::MoreDataOf2g,
        Self::ExpectedLengthRefused,
        Self::EndlessMoreData,
        Self::EndOfFileWarning,
        Self::ProactivePending,
        Self::DataTransfer92xx,
        Self::DeactivatedFile,
        Self::DirMissing,
        Self::DirOtherApplicationsFirst,
        Self::DirTruncatedAid,
        Self::DirFfRecords,
        Self::DirCyclic,
        Self::DirTransparent,
        Self::NoSfi6a82,
        Self::NoSfi6a86,
        Self::Scp03CounterDataOnly,
        Self::Scp03BareSuccess,
        Self::Scp03UnknownKeySet6982,
        Self::Scp03KeyVersion0,
        Self::Scp03NoSequenceCounter,
        Self::Scp03AlwaysSequenceCounter,
        Self::Scp03ProactiveReplaced,
        Self::Scp03ProactiveBare,
    ];

    /// Its stable name, as in the section `[quirks]` of a card description.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoubleEncodedOid => "double-encoded-oid",
            Self::SeveralOdfEntries => "several-odf-entries",
            Self::OdfOtherEntriesAndPadding => "odf-other-entries-and-padding",
            Self::EmptyDodfFirst => "empty-dodf-first",
            Self::PaddedFile => "padded-file",
            Self::DeclaredSizeLargerThanFile => "declared-size-larger-than-file",
            Self::FcpSizeLargerThanFile => "fcp-size-larger-than-file",
            Self::ChannelStartsAt2 => "channel-starts-at-2",
            Self::ChannelLeftOpen => "channel-left-open",
            Self::AllChannelsTaken6a81 => "all-channels-taken-6a81",
            Self::AllChannelsTaken6881 => "all-channels-taken-6881",
            Self::MoreDataOnSelect => "61xx-on-select",
            Self::MoreDataOnRead => "61xx-on-read",
            Self::DataWithMoreData => "data-with-61xx",
            Self::MoreDataRepeatedly => "61xx-repeatedly",
            Self::RightLengthOnRead => "6cxx-on-read",
            Self::RightLengthOnGetResponse => "6cxx-on-get-response",
            Self::MoreDataOf2g => "9fxx-status",
            Self::ExpectedLengthRefused => "le-refused",
            Self::EndlessMoreData => "endless-61xx",
            Self::EndOfFileWarning => "end-of-file-warning",
            Self::ProactivePending => "proactive-pending-91xx",
            Self::DataTransfer92xx => "92xx-status",
            Self::DeactivatedFile => "deactivated-file",
            Self::DirMissing => "dir-missing",
            Self::DirOtherApplicationsFirst => "dir-other-applications-first",
            Self::DirTruncatedAid => "dir-truncated-aid",
            Self::DirFfRecords => "dir-ff-records",
            Self::DirCyclic => "dir-cyclic",
            Self::DirTransparent => "dir-transparent",
            Self::NoSfi6a82 => "no-sfi-6a82",
            Self::NoSfi6a86 => "no-sfi-6a86",
            Self::Scp03CounterDataOnly => "scp03-counter-data-only",
            Self::Scp03BareSuccess => "scp03-bare-9000",
            Self::Scp03UnknownKeySet6982 => "scp03-unknown-key-set-6982",
            Self::Scp03KeyVersion0 => "scp03-key-version-0",
            Self::Scp03NoSequenceCounter => "scp03-no-sequence-counter",
            Self::Scp03AlwaysSequenceCounter => "scp03-always-sequence-counter",
            Self::Scp03ProactiveReplaced => "scp03-91xx-replaced",
            Self::Scp03ProactiveBare => "scp03-91xx-bare",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quirk| quirk.name() == name)
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

impl fmt::Display for CardQuirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The deviations a card shows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct CardQuirkSet(u64);

impl CardQuirkSet {
    /// None: a card by the book.
    pub const EMPTY: Self = Self(0);

    /// Adds one.
    pub const fn insert(&mut self, quirk: CardQuirk) {
        self.0 |= quirk.bit();
    }

    /// Takes one out.
    pub const fn remove(&mut self, quirk: CardQuirk) {
        self.0 &= !quirk.bit();
    }

    /// Whether it is in.
    #[must_use]
    pub const fn contains(self, quirk: CardQuirk) -> bool {
        self.0 & quirk.bit() != 0
    }

    /// Whether any of these is in.
    pub(crate) fn contains_any(self, quirks: &[CardQuirk]) -> bool {
        quirks.iter().any(|quirk| self.contains(*quirk))
    }

    /// Those in the set, in the order of [`CardQuirk::ALL`].
    pub fn iter(self) -> impl Iterator<Item = CardQuirk> {
        CardQuirk::ALL.into_iter().filter(move |quirk| self.contains(*quirk))
    }
}

impl FromIterator<CardQuirk> for CardQuirkSet {
    fn from_iter<I: IntoIterator<Item = CardQuirk>>(quirks: I) -> Self {
        let mut set = Self::EMPTY;
        quirks.into_iter().for_each(|quirk| set.insert(quirk));
        set
    }
}

impl fmt::Debug for CardQuirkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A table of names with `true` or `false`.
impl<'de> Deserialize<'de> for CardQuirkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Switches)
    }
}

struct Switches;

impl<'de> Visitor<'de> for Switches {
    type Value = CardQuirkSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names of quirks with true or false")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut switches: A) -> Result<CardQuirkSet, A::Error> {
        let mut set = CardQuirkSet::EMPTY;
        while let Some((quirk, on)) = switches.next_entry::<CardQuirk, bool>()? {
            if on {
                set.insert(quirk);
            }
        }
        Ok(set)
    }
}

/// Its name.
impl<'de> Deserialize<'de> for CardQuirk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: [&str; CardQuirk::ALL.len()] = names();
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| D::Error::unknown_field(&name, &NAMES))
    }
}

const fn names() -> [&'static str; CardQuirk::ALL.len()] {
    let mut names = [""; CardQuirk::ALL.len()];
    let mut rest: &mut [&'static str] = &mut names;
    let mut quirks: &[CardQuirk] = &CardQuirk::ALL;
    while let ([name, more_names @ ..], [quirk, more_quirks @ ..]) = (rest, quirks) {
        *name = quirk.name();
        rest = more_names;
        quirks = more_quirks;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for quirk in CardQuirk::ALL {
            assert_eq!(CardQuirk::from_name(quirk.name()), Some(quirk));
            assert_eq!(CardQuirkSet::from_iter([quirk]).iter().next(), Some(quirk));
        }
        let mut all: CardQuirkSet = CardQuirk::ALL.into_iter().collect();
        assert!(all.iter().eq(CardQuirk::ALL));
        let [first, others @ ..] = CardQuirk::ALL;
        all.remove(first);
        assert!(all.iter().eq(others));
    }

    #[test]
    fn switches_are_read_from_a_table() {
        let set: CardQuirkSet = toml::from_str("dir-cyclic = true\nno-sfi-6a82 = false").unwrap();
        assert!(set.iter().eq([CardQuirk::DirCyclic]));
        let unknown = toml::from_str::<CardQuirkSet>("dir-square = true").unwrap_err();
        assert!(unknown.message().contains("`dir-square`"), "{unknown}");
        assert!(unknown.message().contains("`dir-cyclic`"), "{unknown}");
    }
}
