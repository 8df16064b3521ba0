// SPDX-License-Identifier: Apache-2.0
//! The bounds of every value.

use super::{CardDescription, DescriptionError, MAX_FILE, PKCS15_AID, Scp03Description};
use crate::atr;
use crate::channels::MAX_CHANNEL;
use crate::directory;
use crate::files::{CURRENT_APPLICATION, MASTER_FILE};
use crate::pins::PIN_LENGTH;

type Checked = Result<(), DescriptionError>;

impl CardDescription {
    pub(super) fn validate(&self) -> Checked {
        digits("iccid", self.iccid.as_bytes(), 18, 20)?;
        range("channels", self.channels.into(), 0, MAX_CHANNEL.into())?;
        if let Some(atr) = &self.atr {
            atr::check(atr, self.protocol).map_err(DescriptionError::Atr)?;
        }
        self.validate_application()?;
        self.validate_bootstrap()?;
        self.validate_pins()?;
        self.scp03.as_ref().map_or(Ok(()), validate_secure_channel)
    }

    fn validate_application(&self) -> Checked {
        let application = &self.application;
        let aid = application.aid.as_slice();
        length("application.label", application.label.len(), 1, 32, "1 to 32")?;
        if !aid.starts_with(&PKCS15_AID) {
            return Err(DescriptionError::NotPkcs15);
        }
        length("application.aid", aid.len(), PKCS15_AID.len(), 16, "12 to 16")?;
        let taken = directory::is_master_file_id(application.file_id);
        free_id("application.file_id", application.file_id, taken)
    }

    fn validate_bootstrap(&self) -> Checked {
        let bootstrap = &self.bootstrap;
        let taken = directory::is_application_id(bootstrap.file_id);
        free_id("bootstrap.file_id", bootstrap.file_id, taken)?;
        if let Some(short_id) = bootstrap.short_file_id {
            range("bootstrap.short_file_id", short_id.into(), 1, 30)?;
            if directory::is_short_id(short_id) {
                return Err(DescriptionError::FileIdTaken {
                    key: "bootstrap.short_file_id",
                    id: short_id.into(),
                });
            }
        }
        let length = bootstrap.data.as_ref().map_or(0, |data| data.expose().len());
        let size = bootstrap.size.unwrap_or(length);
        range("bootstrap.size", size, 1, MAX_FILE)?;
        if length > size {
            return Err(DescriptionError::DataTooLong { length, size });
        }
        let around = bootstrap.index.unwrap_or(0).saturating_mul(2);
        match around.saturating_add(size) {
            length if length > MAX_FILE => {
                Err(DescriptionError::FileTooLarge { length, maximum: MAX_FILE })
            }
            _ => Ok(()),
        }
    }

    fn validate_pins(&self) -> Checked {
        let reference = self.pin.reference;
        if !matches!(reference, 0x01..=0x08 | 0x11 | 0x81..=0x88) {
            return Err(DescriptionError::NotAPinReference { found: reference });
        }
        digits("pin.value", self.pin.value.expose(), 4, PIN_LENGTH)?;
        range("pin.tries", self.pin.tries.into(), 1, 15)?;
        range("adm.tries", self.adm.tries.into(), 1, 15)?;
        let adm = self.adm.value.expose().len();
        length("adm.value", adm, PIN_LENGTH, PIN_LENGTH, "8")
    }
}

fn validate_secure_channel(description: &Scp03Description) -> Checked {
    /// What the three bytes of the sequence counter can tell.
    const MAX_SESSIONS: usize = 0xFF_FFFF;
    range("scp03.key_version", description.key_version.into(), 1, 0x7F)?;
    let sessions = usize::try_from(description.sessions).unwrap_or(usize::MAX);
    range("scp03.sessions", sessions, 0, MAX_SESSIONS)?;
    if let Some(attempts) = description.attempts {
        range("scp03.attempts", attempts.into(), 1, u8::MAX.into())?;
    }
    description.key_set().map(drop)
}

fn range(key: &'static str, found: usize, minimum: usize, maximum: usize) -> Checked {
    if (minimum..=maximum).contains(&found) {
        return Ok(());
    }
    Err(DescriptionError::OutOfRange { key, found, minimum, maximum })
}

fn length(
    key: &'static str,
    found: usize,
    minimum: usize,
    maximum: usize,
    allowed: &'static str,
) -> Checked {
    if (minimum..=maximum).contains(&found) {
        return Ok(());
    }
    Err(DescriptionError::WrongLength { key, found, allowed })
}

fn digits(key: &'static str, text: &[u8], minimum: usize, maximum: usize) -> Checked {
    if (minimum..=maximum).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        return Ok(());
    }
    Err(DescriptionError::NotDigits { key, minimum, maximum })
}

fn free_id(key: &'static str, id: u16, taken: bool) -> Checked {
    if taken || matches!(id, MASTER_FILE | CURRENT_APPLICATION) {
        return Err(DescriptionError::FileIdTaken { key, id });
    }
    Ok(())
}
