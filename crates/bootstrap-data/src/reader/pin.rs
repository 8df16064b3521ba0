// SPDX-License-Identifier: Apache-2.0
//! Which PIN protects the data, and verifying it (LwM2M TS Core App. G.3, 102 221 §9).

use alloc::vec;

use simstrap_scp03::KeyDiversification;
use simstrap_scp03::apdu::{
    AccessRuleReference, CardChannel, CardFiles, Fcp, FileError, Path, PinReference, ReadAccess,
    WellKnownFile,
};

use super::directories::{BootstrapObject, read_directory};
use super::link::Link;
use super::rejected::Rejected;
use super::{ReadError, ReadOptions};
use crate::pkcs15::{AuthenticationObjects, FilePath};

/// The longest record of a file of access rules.
const MAX_RULE: usize = 256;

/// Verifies the PIN that protects the bootstrap object. False when the card says that no PIN
/// helps.
pub(super) async fn verify<C: CardChannel, K: KeyDiversification>(
    files: &mut CardFiles<Link<C>>,
    object: &BootstrapObject,
    application: Option<Fcp>,
    file: Option<Fcp>,
    options: &ReadOptions<'_, K>,
    rejected: &mut Rejected,
) -> Result<bool, ReadError<C::Error>> {
    let Some(reference) = reference(files, object, application, file).await? else {
        return Ok(false);
    };
    let Some(pin) = options.pin else {
        return match files.needs_pin(reference).await.map_err(ReadError::Pin)? {
            true => Err(ReadError::PinNeeded { reference }),
            false => Ok(true),
        };
    };
    if rejected.has_pin(reference) {
        return Err(ReadError::Pin(FileError::PinRejectedBefore { reference }));
    }
    let verified = files.verify_pin(reference, pin, options.last_try).await;
    if files.has_rejected(reference) {
        rejected.pin(reference);
    }
    verified.map_err(ReadError::Pin)?;
    Ok(true)
}

/// The PIN by the authentication object, by the access rule of the file, or by the PINs of the
/// application: the first that the card tells.
async fn reference<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    object: &BootstrapObject,
    application: Option<Fcp>,
    file: Option<Fcp>,
) -> Result<Option<PinReference>, ReadError<C::Error>> {
    if let Some(reference) = by_authentication_object(files, object).await? {
        return Ok(Some(reference));
    }
    if let Some(fcp) = file {
        let access = match (fcp.read_access, fcp.access_rule) {
            (ReadAccess::Unknown, Some(rule)) => by_access_rule(files, rule).await?,
            (access, _) => access,
        };
        match access {
            ReadAccess::Pin(reference) => return Ok(Some(reference)),
            ReadAccess::Never => return Ok(None),
            ReadAccess::SecureChannel => return Err(ReadError::SecureChannelNeeded),
            ReadAccess::Always | ReadAccess::Unknown => {}
        }
    }
    let enabled = application.and_then(|fcp| fcp.pins().find(|pin| pin.enabled));
    Ok(Some(enabled.map_or(PinReference::PIN1, |pin| pin.reference)))
}

async fn by_authentication_object<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    object: &BootstrapObject,
) -> Result<Option<PinReference>, ReadError<C::Error>> {
    let Some(auth_id) = &object.auth_id else { return Ok(None) };
    for aodf in &object.authentication {
        let whole = FilePath { path: aodf.as_bytes(), index: 0, length: None, offset: 0 };
        let content = match read_directory(files, aodf, &whole, WellKnownFile::ODF.path).await {
            Ok(content) => content,
            // A directory of PINs that is missing or refused tells nothing; the data is there.
            Err(ReadError::NoFile { .. } | ReadError::File(FileError::Refused { .. })) => continue,
            Err(error) => return Err(error),
        };
        let mut pins = AuthenticationObjects::new(&content).filter_map(Result::ok);
        if let Some(pin) = pins.find(|pin| pin.auth_id == Some(auth_id.as_slice())) {
            return Ok(pin.reference.map(PinReference::new));
        }
    }
    Ok(None)
}

/// Reads the access rule the file refers to. A card that does not let it be read does not tell.
async fn by_access_rule<C: CardChannel>(
    files: &mut CardFiles<Link<C>>,
    rule: AccessRuleReference,
) -> Result<ReadAccess, ReadError<C::Error>> {
    let path = Path::of(rule.file);
    // On the heap: few cards get here, and it would make every reading larger.
    let mut record = vec![0; MAX_RULE];
    let read = match files.select(&path).await {
        Ok(_) => files.read_record(&path, rule.record, &mut record).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(length) => {
            let record = record.get(..length).unwrap_or_default();
            Ok(ReadAccess::from_access_rule_record(record).unwrap_or(ReadAccess::Unknown))
        }
        Err(error) if error.status().is_some() => Ok(ReadAccess::Unknown),
        Err(error) => Err(ReadError::File(error)),
    }
}
