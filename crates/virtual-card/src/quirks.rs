// SPDX-License-Identifier: Apache-2.0
//! What cards in the field do otherwise than the standards have it, as switches.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// A type of switches, their names and all of them, from one list.
macro_rules! quirks {
    (
        $(#[$of_type:meta])+
        pub enum $type:ident {
            $($(#[$of_variant:meta])+ $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[$of_type])+
        pub enum $type {
            $($(#[$of_variant])+ $variant,)+
        }

        impl $type {
            const LIST: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Its stable name, as in a card description.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}
pub(crate) use quirks;

quirks! {
    /// A deviation that this card can be told to show.
    ///
    /// Switches combine: each names the exchange it changes, and where two change the same one
    /// their descriptions say which wins.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum CardQuirk {
        /// The object identifier in EF DODF stands within another one: `06 06 06 04 67 2B 09 01`
        /// instead of `06 04 67 2B 09 01`.
        DoubleEncodedOid = "double-encoded-oid",
        /// EF ODF lists a second directory, 6431, after the right one; it leads to 6433, a
        /// bootstrap file without objects. The first has priority.
        SeveralOdfEntries = "several-odf-entries",
        /// EF ODF lists private keys (`A0`) and certificates (`A5`) of other files before the
        /// directory of data objects, and is filled up with `FF`.
        OdfOtherEntriesAndPadding = "odf-other-entries-and-padding",
        /// EF ODF lists directory 6434 first, which holds nothing but `FF`.
        EmptyDodfFirst = "empty-dodf-first",
        /// The bootstrap file is two bytes longer than its data: `FF FF`, whatever `size` says.
        PaddedFile = "padded-file",
        /// The bootstrap file ends 8 bytes before the size that its data declares.
        DeclaredSizeLargerThanFile = "declared-size-larger-than-file",
        /// The FCP of the bootstrap file tells 16 bytes more (`80`) than can be read.
        FcpSizeLargerThanFile = "fcp-size-larger-than-file",
        /// MANAGE CHANNEL never gives channel 1; the first is 2.
        ChannelStartsAt2 = "channel-starts-at-2",
        /// After each reset channel 1 is open already, with the MF selected.
        ChannelLeftOpen = "channel-left-open",
        /// After each reset all channels are open; MANAGE CHANNEL answers `6A 81`.
        AllChannelsTaken6a81 = "all-channels-taken-6a81",
        /// The same with `68 81`, which wins over `6A 81`.
        AllChannelsTaken6881 = "all-channels-taken-6881",
        /// SELECT answers `61 xx`, the FCP comes by GET RESPONSE, as under T=0.
        MoreDataOnSelect = "61xx-on-select",
        /// READ BINARY and READ RECORD answer `61 xx` (`61 00` for 256 bytes), the data comes by
        /// GET RESPONSE.
        MoreDataOnRead = "61xx-on-read",
        /// The first 16 bytes come with the `61 xx` that announces the rest. On SELECT always, on
        /// reading together with `61xx-on-read`.
        DataWithMoreData = "data-with-61xx",
        /// GET RESPONSE gives 16 bytes at a time, each with the next `61 xx`. On SELECT always, on
        /// reading together with `61xx-on-read`.
        MoreDataRepeatedly = "61xx-repeatedly",
        /// READ BINARY and READ RECORD with an expected length other than what there is are
        /// answered `6C xx`, as under T=0. In a secure channel the length of the protected response
        /// counts, which waits for the same command with that expected length.
        RightLengthOnRead = "6cxx-on-read",
        /// The first GET RESPONSE of each answer gets `6C xx` with one byte less than was
        /// announced; the last byte follows after `61 01`.
        RightLengthOnGetResponse = "6cxx-on-get-response",
        /// `9F xx` in place of every `61 xx`, and SELECT answers with it.
        MoreDataOf2g = "9fxx-status",
        /// A command with data and expected length is answered `67 00` and not carried out; without
        /// the expected length it is, and answered `61 xx`.
        ExpectedLengthRefused = "le-refused",
        /// SELECT answers `61 xx`, and every GET RESPONSE after it `61 10`, without data and
        /// without end.
        EndlessMoreData = "endless-61xx",
        /// A READ BINARY that meets the end of the file ends with `62 82`, also when `00` asked for
        /// whatever there is, and instead of the `6C xx` of T=0. `6cxx-on-read` wins over it.
        EndOfFileWarning = "end-of-file-warning",
        /// `91 0B` in place of every `90 00`.
        ProactivePending = "proactive-pending-91xx",
        /// `92 00` in place of every `90 00`; `91 xx` wins over it.
        DataTransfer92xx = "92xx-status",
        /// The bootstrap file is deactivated: SELECT ends with `62 83` and tells life cycle `04`,
        /// reading is answered `69 85`.
        DeactivatedFile = "deactivated-file",
        /// There is no EF DIR: `6A 82`.
        DirMissing = "dir-missing",
        /// Three more applications stand in EF DIR before the one sought.
        DirOtherApplicationsFirst = "dir-other-applications-first",
        /// Every AID in EF DIR lacks its last byte.
        DirTruncatedAid = "dir-truncated-aid",
        /// EF DIR has a record of `FF` before each entry and after the last.
        DirFfRecords = "dir-ff-records",
        /// EF DIR is a cyclic file.
        DirCyclic = "dir-cyclic",
        /// EF DIR is a transparent file of all records: READ RECORD is answered `69 81`. Wins over
        /// `dir-cyclic`.
        DirTransparent = "dir-transparent",
        /// A command with a short file identifier is answered `6A 82`; FCPs tell of none.
        NoSfi6a82 = "no-sfi-6a82",
        /// The same with `6A 86`, which wins over `6A 82`.
        NoSfi6a86 = "no-sfi-6a86",
        /// In a secure channel only commands with data are counted for encryption, not every
        /// command.
        Scp03CounterDataOnly = "scp03-counter-data-only",
        /// In a secure channel `90 00` without data goes out without its MAC.
        Scp03BareSuccess = "scp03-bare-9000",
        /// INITIALIZE UPDATE for a key version the card does not have is answered `69 82` instead
        /// of `6A 88`.
        Scp03UnknownKeySet6982 = "scp03-unknown-key-set-6982",
        /// INITIALIZE UPDATE tells key version 0, whichever the card uses.
        Scp03KeyVersion0 = "scp03-key-version-0",
        /// INITIALIZE UPDATE never tells the sequence counter.
        Scp03NoSequenceCounter = "scp03-no-sequence-counter",
        /// INITIALIZE UPDATE tells the sequence counter with a random challenge too; never telling
        /// it wins.
        Scp03AlwaysSequenceCounter = "scp03-always-sequence-counter",
        /// In a secure channel `91 xx` and `92 xx` replace `90 00` after the response was
        /// protected, so that the MAC covers `90 00`. Together with `proactive-pending-91xx` or
        /// `92xx-status`.
        Scp03ProactiveReplaced = "scp03-91xx-replaced",
        /// In a secure channel `91 xx` and `92 xx` are taken for errors: they go out without data
        /// and without MAC. Together with the same two; `scp03-91xx-replaced` wins.
        Scp03ProactiveBare = "scp03-91xx-bare",
    }
}

impl CardQuirk {
    /// All of them.
    pub const ALL: [Self; Self::LIST.len()] = Self::LIST;

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quirk| quirk.name() == name)
    }

    const fn bit(self) -> u64 {
        const { assert!(Self::ALL.len() <= 64, "a set is 64 bits") };
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
