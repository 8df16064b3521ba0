// SPDX-License-Identifier: Apache-2.0
//! The keys of a card's secure channel, and how to use them.

use ::simstrap_policy::bootstrap_data::scp03::{
    CommandCounter, Configuration, KeyVersionNumber, Mode, ModePreference, PendingStatus,
    SecurityLevel, StaticKeys,
};

use crate::border::{self, guard};
use crate::error::{Failure, simstrap_error, simstrap_status};

/// The longest key.
const MAX_KEY: usize = 32;

/// The keys of a card's secure channel (SCP03), and how to use them.
#[derive(Debug)]
pub struct simstrap_keys {
    pub(crate) configuration: Configuration<StaticKeys>,
}

/// Makes keys for a secure channel: the card's first key set, everything protected (level `0x33`),
/// 8-byte challenges before 16-byte ones.
///
/// `enc`, `mac`, `dek`: the three keys, each of `length` bytes: 16, 24 or 32. They are copied;
/// wiping the originals is the caller's.
/// `keys`: receives the handle, which the caller frees with `simstrap_keys_free`.
///
/// # Safety
/// The keys point to `length` bytes each, `keys` to a pointer; `error` is `NULL` or points to an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_keys_new(
    enc: *const u8,
    mac: *const u8,
    dek: *const u8,
    length: usize,
    keys: *mut *mut simstrap_keys,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let enc = border::elements(enc, length, MAX_KEY, "enc")?;
            let mac = border::elements(mac, length, MAX_KEY, "mac")?;
            let dek = border::elements(dek, length, MAX_KEY, "dek")?;
            let key_set = StaticKeys::from_slices(enc, mac, dek)
                .map_err(|error| Failure::of(simstrap_status::InvalidArgument, &error))?;
            border::hand_over(keys, simstrap_keys { configuration: Configuration::new(key_set) })
        })
    }
}

/// Wipes and frees keys, and sets the pointer to `NULL`. Readings and clients made with them go
/// on.
///
/// # Safety
/// `keys` is `NULL` or points to a handle of `simstrap_keys_new` or to `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_keys_free(keys: *mut *mut simstrap_keys) {
    // SAFETY: as the caller vouches.
    unsafe { border::take_back(keys) }
}

/// Sets which key set of the card they are; 0 is its first.
///
/// # Safety
/// `keys` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_keys_set_version(
    keys: *mut simstrap_keys,
    version: u8,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(keys, |configuration| {
            configuration.key_version = KeyVersionNumber::new(version);
            Some(())
        })
    }
}

/// Sets the security level: `0x01`, `0x03`, `0x11`, `0x13` or `0x33`. A card that offers less is
/// refused.
///
/// # Safety
/// `keys` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_keys_set_level(
    keys: *mut simstrap_keys,
    level: u8,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(keys, |configuration| {
            configuration.level = SecurityLevel::from_byte(level)?;
            Some(())
        })
    }
}

/// Sets the length of challenges and MACs in bytes: 8 or 16, or 0 for whatever the card takes.
///
/// # Safety
/// `keys` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_keys_set_mode(
    keys: *mut simstrap_keys,
    length: u8,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(keys, |configuration| {
            configuration.mode = match length {
                0 => ModePreference::Auto,
                8 => ModePreference::Only(Mode::S8),
                16 => ModePreference::Only(Mode::S16),
                _ => return None,
            };
            Some(())
        })
    }
}

/// Gets along with cards that do not keep to the specification.
///
/// `counts_only_data`: the card counts only commands that carry data.
/// `status_replaced`: the card protects `90 00` and then answers `91 xx`.
///
/// # Safety
/// `keys` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_keys_set_quirks(
    keys: *mut simstrap_keys,
    counts_only_data: bool,
    status_replaced: bool,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(keys, |configuration| {
            configuration.counter =
                if counts_only_data { CommandCounter::DataOnly } else { CommandCounter::Spec };
            configuration.pending =
                if status_replaced { PendingStatus::Replaced } else { PendingStatus::Protected };
            Some(())
        })
    }
}

/// Changes a setting; `None` is a value that cannot be.
///
/// # Safety
/// `keys` is `NULL` or a live handle that nobody else uses meanwhile.
unsafe fn set(
    keys: *mut simstrap_keys,
    change: impl FnOnce(&mut Configuration<StaticKeys>) -> Option<()>,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(core::ptr::null_mut(), || {
            let keys = border::borrow_mut(keys, "keys")?;
            change(&mut keys.configuration).ok_or_else(|| Failure::invalid("no such setting"))
        })
    }
}
