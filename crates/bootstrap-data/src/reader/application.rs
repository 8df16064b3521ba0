// SPDX-License-Identifier: Apache-2.0
//! Finding the PKCS#15 application in EF DIR (102 221 §13.1, LwM2M TS Core App. G.1).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use simstrap_scp03::SecureChannelError;
use simstrap_scp03::apdu::{
    Aid, ApplicationTemplate, CardChannel, CardFiles, FileError, StatusWord, WellKnownFile,
};

use super::link::Link;
use super::{ReadError, ReadQuirk};
use crate::pkcs15::PKCS15_AID;

/// The most entries of EF DIR looked at: a UICC holds a handful of applications.
pub const MAX_APPLICATIONS: u8 = 32;

/// The longest record.
const MAX_RECORD: usize = 256;

/// The longest EF DIR that is no record file.
const MAX_TRANSPARENT: usize = 1024;

/// Finds the identifier of the PKCS#15 application, as EF DIR gives it.
pub(super) async fn find<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    quirks: &mut Vec<ReadQuirk>,
) -> Result<Aid, ReadError<C::Error>> {
    let mut record = vec![0; MAX_RECORD];
    for number in 1..=MAX_APPLICATIONS {
        match files.read_record_well_known(&WellKnownFile::DIR, number, &mut record).await {
            Ok(0) => return Err(ReadError::ApplicationList),
            Ok(length) => {
                let entry = record.get(..length).unwrap_or_default();
                if let Some(aid) = pkcs15_aid(entry, quirks) {
                    return Ok(aid);
                }
            }
            Err(error) => match error.status() {
                Some(StatusWord::RECORD_NOT_FOUND) => return not_listed(quirks),
                Some(StatusWord::INCOMPATIBLE_FILE) if number == 1 => {
                    quirks.push(ReadQuirk::DirectoryNotRecords);
                    // Boxed: few cards get here, and it would make every reading a third larger.
                    return Box::pin(find_in_transparent_file(files, quirks)).await;
                }
                Some(StatusWord::FILE_NOT_FOUND) => return Err(ReadError::NoDirectory),
                _ => return Err(ReadError::File(error)),
            },
        }
    }
    Err(ReadError::ApplicationList)
}

/// The end of a list that was read whole: the application is not there, unless it was one of the
/// entries that could not be read.
fn not_listed<E>(quirks: &[ReadQuirk]) -> Result<Aid, ReadError<E>> {
    if quirks.contains(&ReadQuirk::MalformedDirectoryRecord) {
        Err(ReadError::ApplicationList)
    } else {
        Err(ReadError::NoApplication)
    }
}

/// EF DIR as some cards have it: the entries one after the other in a file of bytes.
async fn find_in_transparent_file<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    quirks: &mut Vec<ReadQuirk>,
) -> Result<Aid, ReadError<C::Error>> {
    let mut content = [0; MAX_TRANSPARENT];
    let length =
        files.read_well_known(&WellKnownFile::DIR, &mut content).await.map_err(ReadError::File)?;
    if length == 0 || length == content.len() {
        return Err(ReadError::ApplicationList);
    }
    let mut rest = content.get(..length).unwrap_or_default();
    while let Some(start) = rest.iter().position(|byte| !matches!(byte, 0x00 | 0xFF)) {
        let entry = rest.get(start..).unwrap_or_default();
        if let Some(aid) = pkcs15_aid(entry, quirks) {
            return Ok(aid);
        }
        // A template of EF DIR is short: tag, one byte of length, value.
        let length = entry.get(1).map_or(0, |length| usize::from(*length));
        rest = entry.get(2 + length..).unwrap_or_default();
    }
    not_listed(quirks)
}

/// The identifier in an entry, if it is that of PKCS#15 or the beginning of it.
fn pkcs15_aid(entry: &[u8], quirks: &mut Vec<ReadQuirk>) -> Option<Aid> {
    let Ok(template) = ApplicationTemplate::from_record(entry) else {
        quirks.push(ReadQuirk::MalformedDirectoryRecord);
        return None;
    };
    let aid = template?.aid?;
    if aid.as_bytes().starts_with(&PKCS15_AID) {
        return Some(aid);
    }
    if PKCS15_AID.starts_with(aid.as_bytes()) {
        quirks.push(ReadQuirk::TruncatedAid);
        return Aid::from_bytes(&PKCS15_AID);
    }
    None
}

/// An application that EF DIR lists and SELECT does not find is no application.
pub(super) fn not_found<E>(error: FileError<SecureChannelError<E>>) -> ReadError<E> {
    match error.status() {
        Some(StatusWord::FILE_NOT_FOUND) => ReadError::NoApplication,
        _ => ReadError::File(error),
    }
}
