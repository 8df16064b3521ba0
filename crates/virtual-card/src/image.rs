// SPDX-License-Identifier: Apache-2.0
//! Makes the files of a card from its description.

use crate::description::{CardDescription, FileState, ReadCondition, UpdateCondition};
use crate::directory::{self, Directory};
use crate::fcp::{ACCESS_RULES_OF_APPLICATION, ACCESS_RULES_OF_MASTER_FILE};
use crate::files::{Content, File, FileIndex, FileSystem, ReadRule, RecordStructure, UpdateRule};
use crate::pins::{Pin, Pins};
use crate::quirks::CardQuirk;

/// A USIM, as EF DIR of every card in a modem lists it.
const USIM_AID: [u8; 16] = *b"\xA0\x00\x00\x00\x87\x10\x02\xFF\xFF\xFF\xFF\x89\x06\x19\x00\x00";
/// What other cards have besides: an ISIM, an applet of a bank, a security domain.
const OTHER_APPLICATIONS: [(&[u8], &str); 3] = [
    (b"\xA0\x00\x00\x00\x87\x10\x04\xFF\xFF\xFF\xFF\x89\x06\x19\x00\x00", "ISIM"),
    (b"\xA0\x00\x00\x00\x03\x10\x10", "Wallet"),
    (b"\xA0\x00\x00\x01\x51\x00\x00\x00", "ISD"),
];

/// The files of a card, and those that are reached from outside too.
pub(crate) struct Image {
    pub(crate) files: FileSystem,
    /// The PKCS#15 application.
    pub(crate) application: FileIndex,
    pub(crate) bootstrap: Region,
}

/// Where in which file the bootstrap data stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    pub(crate) file: FileIndex,
    pub(crate) start: usize,
    /// Bytes there is room for.
    pub(crate) length: usize,
}

impl Image {
    /// The files of a checked description.
    pub(crate) fn new(description: &CardDescription, pins: &Pins) -> Self {
        let builder = Builder { description, pins };
        let mut files = FileSystem::new();
        builder.add_master_files(&mut files);
        let application = builder.add_application_directory(&mut files);
        builder.add_application_files(&mut files, application);
        let bootstrap = builder.add_bootstrap_file(&mut files, application);
        let short_ids = [CardQuirk::NoSfi6a82, CardQuirk::NoSfi6a86];
        if description.quirks.contains_any(&short_ids) {
            files.forget_short_ids();
        }
        Self { files, application, bootstrap }
    }
}

struct Builder<'a> {
    description: &'a CardDescription,
    pins: &'a Pins,
}

impl Builder<'_> {
    fn has(&self, quirk: CardQuirk) -> bool {
        self.description.quirks.contains(quirk)
    }

    fn add_master_files(&self, files: &mut FileSystem) {
        let root = FileIndex::MASTER_FILE;
        if !self.has(CardQuirk::DirMissing) {
            let file = File::new(root, Some(directory::EF_DIR), self.application_list());
            files.add(file.with_short_id(directory::SFI_DIR));
        }
        let iccid = Content::Transparent(swapped_digits(&self.description.iccid));
        let file = File::new(root, Some(directory::EF_ICCID), iccid);
        files.add(file.with_short_id(directory::SFI_ICCID));
        files.add(self.access_rules(root, ACCESS_RULES_OF_MASTER_FILE));
        for (aid, _) in self.other_applications() {
            let content = Content::Directory { aid: Some(aid.to_vec()) };
            files.add(File::new(root, None, content));
        }
    }

    fn access_rules(&self, directory: FileIndex, id: u16) -> File {
        let records = directory::access_rules(&self.pins.user);
        let structure = RecordStructure::LinearFixed;
        File::new(directory, Some(id), Content::Records { structure, records })
    }

    /// The applications without files, in the order of EF DIR.
    fn other_applications(&self) -> impl Iterator<Item = (&[u8], &str)> {
        let more = self.has(CardQuirk::DirOtherApplicationsFirst);
        let usim: (&[u8], &str) = (&USIM_AID, "USIM");
        [usim].into_iter().chain(OTHER_APPLICATIONS.into_iter().filter(move |_| more))
    }

    /// EF DIR.
    fn application_list(&self) -> Content {
        /// The usual length of a record.
        const RECORD: usize = 38;
        let application = &self.description.application;
        let sought = (application.aid.as_slice(), application.label.as_str());
        let cut = usize::from(self.has(CardQuirk::DirTruncatedAid));
        let mut records = Vec::new();
        for (aid, label) in self.other_applications().chain([sought]) {
            if self.has(CardQuirk::DirFfRecords) {
                records.push(Vec::new());
            }
            let aid = aid.get(..aid.len() - cut).unwrap_or(aid);
            records.push(directory::application_template(aid, label));
        }
        if self.has(CardQuirk::DirFfRecords) {
            records.push(Vec::new());
        }
        let records = directory::filled_records(records, RECORD);
        let structure = if self.has(CardQuirk::DirCyclic) {
            RecordStructure::Cyclic
        } else {
            RecordStructure::LinearFixed
        };
        if self.has(CardQuirk::DirTransparent) {
            Content::Transparent(records.concat())
        } else {
            Content::Records { structure, records }
        }
    }

    fn add_application_directory(&self, files: &mut FileSystem) -> FileIndex {
        let application = &self.description.application;
        let content = Content::Directory { aid: Some(application.aid.clone()) };
        let id = Some(application.file_id);
        files.add(File::new(FileIndex::MASTER_FILE, id, content))
    }

    fn add_application_files(&self, files: &mut FileSystem, application: FileIndex) {
        let mut add = |id, content: Vec<u8>| {
            let file = File::new(application, Some(id), Content::Transparent(content));
            files.add(match id {
                directory::EF_ODF => file.with_short_id(directory::SFI_ODF),
                directory::EF_TOKEN_INFO => file.with_short_id(directory::SFI_TOKEN_INFO),
                _ => file,
            })
        };
        let serial_number = swapped_digits(&self.description.iccid);
        let label = &self.description.application.label;
        add(directory::EF_TOKEN_INFO, directory::token_info(&serial_number, label));
        add(directory::EF_ODF, self.object_directory());
        if !self.description.directory.inline {
            add(directory::EF_DODF, self.bootstrap_object());
        }
        if self.tells_of_pin() {
            let pin = directory::authentication_objects(&self.pins.user);
            add(directory::EF_AODF, pin);
        }
        if self.has(CardQuirk::EmptyDodfFirst) {
            add(directory::EF_EMPTY_DODF, vec![0xFF; 32]);
        }
        if self.has(CardQuirk::SeveralOdfEntries) {
            let path = self.directory().path(directory::EF_SECOND_BOOTSTRAP, None);
            let object = self.directory().bootstrap_object(path, false);
            add(directory::EF_SECOND_DODF, object);
            add(directory::EF_SECOND_BOOTSTRAP, vec![0; 4]);
        }
        files.add(self.access_rules(application, ACCESS_RULES_OF_APPLICATION));
    }

    fn directory(&self) -> Directory<'_> {
        Directory {
            application: &self.description.application,
            entry: self.description.directory.entry,
            path: self.description.directory.path,
            double_encoded_oid: self.has(CardQuirk::DoubleEncodedOid),
        }
    }

    /// EF ODF.
    fn object_directory(&self) -> Vec<u8> {
        /// Its length where it is padded.
        const PADDED: usize = 80;
        let directory = self.directory();
        let mut entries = Vec::new();
        if self.has(CardQuirk::OdfOtherEntriesAndPadding) {
            entries.extend(directory.keys_and_certificates());
        }
        if self.has(CardQuirk::EmptyDodfFirst) {
            entries.extend(directory.data_objects_at(directory::EF_EMPTY_DODF));
        }
        entries.extend(if self.description.directory.inline {
            directory.data_objects(self.bootstrap_object())
        } else {
            directory.data_objects_at(directory::EF_DODF)
        });
        if self.has(CardQuirk::SeveralOdfEntries) {
            entries.extend(directory.data_objects_at(directory::EF_SECOND_DODF));
        }
        if self.tells_of_pin() {
            entries.extend(directory.authentication_objects_at(directory::EF_AODF));
        }
        if self.has(CardQuirk::OdfOtherEntriesAndPadding) {
            let padded = entries.len().next_multiple_of(PADDED);
            entries.resize(padded, 0xFF);
        }
        entries
    }

    fn bootstrap_object(&self) -> Vec<u8> {
        let bootstrap = &self.description.bootstrap;
        let directory = self.directory();
        let (_, start, length) = self.bootstrap_content();
        let part = bootstrap.index.map(|_| (start, length));
        let path = directory.path(bootstrap.file_id, part);
        directory.bootstrap_object(path, self.tells_of_pin())
    }

    fn tells_of_pin(&self) -> bool {
        let needed = self.description.bootstrap.read == ReadCondition::Pin;
        needed && self.description.pin.in_directory
    }

    /// The bytes of the bootstrap file, where in it the data begins and how long its part is.
    /// With an index there are as many bytes of something else before it as after it.
    fn bootstrap_content(&self) -> (Vec<u8>, usize, usize) {
        /// What the file lacks of its data, at most all but the header.
        const MISSING: usize = 8;
        const HEADER: usize = 4;
        let bootstrap = &self.description.bootstrap;
        let data = bootstrap.data.as_ref().map_or(&[][..], |data| data.expose());
        let start = bootstrap.index.unwrap_or(0);
        let mut content = vec![0; start];
        content.extend_from_slice(data);
        if self.has(CardQuirk::DeclaredSizeLargerThanFile) {
            content.truncate(start + data.len().saturating_sub(MISSING).max(HEADER));
        } else if !self.has(CardQuirk::PaddedFile) {
            let size = bootstrap.size.unwrap_or(data.len());
            content.resize(start + size, 0xFF);
        }
        if self.has(CardQuirk::PaddedFile) {
            content.extend([0xFF; 2]);
        }
        let length = content.len() - start;
        content.resize(content.len() + start, 0);
        (content, start, length)
    }

    fn add_bootstrap_file(&self, files: &mut FileSystem, application: FileIndex) -> Region {
        let bootstrap = &self.description.bootstrap;
        let (content, start, length) = self.bootstrap_content();
        let content = Content::Transparent(content);
        let mut file = File::new(application, Some(bootstrap.file_id), content);
        file.short_id = bootstrap.short_file_id;
        file.read = match bootstrap.read {
            ReadCondition::Always => ReadRule::Always,
            ReadCondition::Pin => ReadRule::Pin,
            ReadCondition::Never => ReadRule::Never,
            ReadCondition::SecureChannel => ReadRule::SecureChannel,
        };
        file.update = match bootstrap.update {
            UpdateCondition::Adm => UpdateRule::Adm,
            UpdateCondition::SecureChannel => UpdateRule::SecureChannel,
        };
        file.deactivated =
            bootstrap.state == FileState::Deactivated || self.has(CardQuirk::DeactivatedFile);
        if self.has(CardQuirk::FcpSizeLargerThanFile) {
            file.overstated_by = 16;
        }
        let file = files.add(file);
        Region { file, start, length }
    }
}

/// The PINs of a checked description.
pub(crate) fn pins(description: &CardDescription) -> Pins {
    let pin = &description.pin;
    let adm = &description.adm;
    Pins {
        user: Pin::new(pin.reference, &pin.value, pin.tries, pin.enabled),
        adm: Pin::new(crate::pins::ADM1, &adm.value, adm.tries, true),
    }
}

/// Twenty decimal digits in ten bytes, the first of each pair in the low half, `F` for those
/// that are missing (102 221 §13.2).
fn swapped_digits(digits: &str) -> Vec<u8> {
    let mut values = digits.bytes().map(|digit| digit & 0x0F).chain([0x0F; 2]);
    let mut pair = || Some((values.next()?, values.next()?));
    let pairs = std::iter::from_fn(|| pair().map(|(low, high)| high << 4 | low));
    pairs.take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iccid_has_its_halves_swapped_and_filled() {
        assert_eq!(
            swapped_digits("8901234567890123456"),
            [0x98, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54, 0xF6]
        );
        assert_eq!(swapped_digits("89012345678901234567")[9], 0x76);
        assert_eq!(swapped_digits("890123456789012345").len(), 10);
        assert_eq!(swapped_digits("890123456789012345")[9], 0xFF);
    }
}
