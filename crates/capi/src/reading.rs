// SPDX-License-Identifier: Apache-2.0
//! Reading a card once.

use alloc::string::ToString;
use core::ffi::c_char;
use core::ptr;

use ::simstrap_policy::bootstrap_data::DecodeError;
use ::simstrap_policy::bootstrap_data::reader::{
    ReadError, ReadErrorKind, ReadOptions, Reading, SecureChannelOptions, read_card,
};
use ::simstrap_policy::bootstrap_data::scp03::apdu::{LastTry, LogicalChannelError, Pin, blocking};
use ::simstrap_policy::bootstrap_data::scp03::{Configuration, RandomError, StaticKeys};

use crate::border::{self, Flag, guard, text};
use crate::card::{Card, Random, TransmitError, simstrap_card, simstrap_random};
use crate::data::simstrap_data;
use crate::error::{Failure, simstrap_error, simstrap_status};
use crate::keys::simstrap_keys;

/// How to read a card. All zero is in the clear and without a PIN. The caller owns it and what it
/// points to; functions copy what they keep.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_access {
    /// The keys of a secure channel; `NULL` reads in the clear.
    pub keys: *const simstrap_keys,
    /// The PIN, four to eight digits, NUL-terminated; `NULL` for none. It is sent only to a card
    /// that asks for it, and once.
    pub pin: *const c_char,
    /// Whether the PIN may be tried when that is its last try.
    pub allow_last_try: Flag,
    /// Random bytes for the challenge of the secure channel; `NULL` takes those of the operating
    /// system, where there is one.
    pub random: simstrap_random,
    /// Handed to `random`, otherwise left alone.
    pub random_context: *mut core::ffi::c_void,
}

/// What a card holds.
#[derive(Debug)]
pub struct simstrap_reading {
    described: simstrap_reading_info,
    /// The data, or what is wrong with it.
    data: Result<simstrap_data, DecodeError>,
}

/// What is known of a card that was read.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_reading_info {
    /// Identity of the card: its serial number (ICCID), NUL-terminated digits.
    pub iccid: [c_char; 21],
    /// Identity of the data: SHA-256 of the bytes in use.
    pub sha256: [u8; 32],
    /// The file, as hexadecimal digits, NUL-terminated.
    pub file: [c_char; 40],
    /// Size of the file; 0 when the card does not tell.
    pub file_size: usize,
    /// Bytes in use.
    pub used: usize,
    /// Security level of the secure channel; 0 when it was read in the clear.
    pub level: u8,
    /// How many things the card did that the standards would not have it do.
    pub quirks: usize,
}

/// Reads a card: opens a logical channel, finds the bootstrap file, through a secure channel where
/// `access` has keys, reads it, closes the channel. Blocks as long as the callback does.
///
/// `reading`: receives the handle, which the caller frees with `simstrap_reading_free`. A card that
/// was read and whose data is malformed is `SIMSTRAP_STATUS_OK`: ask `simstrap_reading_data`.
///
/// # Safety
/// `card` points to a card whose callback keeps to its contract; `access` is `NULL`, for all zero,
/// or points to one whose members are valid; `reading` points to a pointer; `error` is `NULL` or
/// points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_read(
    card: *const simstrap_card,
    access: *const simstrap_access,
    reading: *mut *mut simstrap_reading,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let card = Card::new(border::borrow(card, "card")?)?;
            border::place(reading, "reading")?;
            let access = Access::new(border::optional(access, "access")?)?;
            let mut random = |buffer: &mut [u8]| access.random.fill(buffer);
            let mut options = access.options(&mut random);
            let outcome = blocking::run(read_card(card, &mut options));
            let outcome = outcome.map_err(|error| Failure::of(simstrap_status::Panic, &error))?;
            let read = outcome.map_err(|error| refused(&error))?;
            border::hand_over(reading, simstrap_reading::from(read.reading))
        })
    }
}

/// Wipes and frees a reading with its data, and sets the pointer to `NULL`.
///
/// # Safety
/// `reading` is `NULL` or points to a handle of `simstrap_read` or to `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_reading_free(reading: *mut *mut simstrap_reading) {
    // SAFETY: as the caller vouches.
    unsafe { border::take_back(reading) }
}

/// What is known of the card.
///
/// # Safety
/// `reading` is a live handle, `info` points to what is to be overwritten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_reading_describe(
    reading: *const simstrap_reading,
    info: *mut simstrap_reading_info,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let reading = border::borrow(reading, "reading")?;
            border::place(info, "info")?.write(reading.described);
            Ok(())
        })
    }
}

/// The data of the card, borrowed: it lives as long as `reading` and is not freed by the caller.
///
/// Returns `NULL` when the bytes in use are no bootstrap data; `error` says what is wrong then.
///
/// # Safety
/// `reading` is `NULL` or a live handle; `error` is `NULL` or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_reading_data(
    reading: *const simstrap_reading,
    error: *mut simstrap_error,
) -> *const simstrap_data {
    let mut data = ptr::null();
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let reading = border::borrow(reading, "reading")?;
            let malformed =
                |error: &DecodeError| Failure::of(simstrap_status::MalformedData, error);
            data = reading.data.as_ref().map_err(malformed)?;
            Ok(())
        });
    }
    data
}

impl From<Reading> for simstrap_reading {
    /// Keeps of the bytes only what the data has of them.
    fn from(reading: Reading) -> Self {
        let mut described = simstrap_reading_info {
            iccid: [0; 21],
            sha256: reading.digest.to_bytes(),
            file: [0; 40],
            file_size: reading.file_size.unwrap_or(0),
            used: reading.used.len(),
            level: reading.secure_channel.map_or(0, |achieved| achieved.level.to_byte()),
            quirks: reading.quirks.len(),
        };
        text::fill(&mut described.iccid, &reading.iccid.to_string());
        text::fill(&mut described.file, &reading.file.to_string());
        let data = reading.data.map(|data| simstrap_data { data, is_borrowed: true });
        Self { described, data }
    }
}

/// The longest PIN.
const MAX_PIN: usize = 8;

/// How to read a card, owned.
pub(crate) struct Access {
    pub(crate) keys: Option<Configuration<StaticKeys>>,
    pub(crate) pin: Option<Pin>,
    pub(crate) last_try: LastTry,
    pub(crate) random: Random,
}

impl Access {
    /// # Safety
    /// What `access` points to is valid.
    pub(crate) unsafe fn new(access: Option<&simstrap_access>) -> Result<Self, Failure> {
        let nothing = simstrap_access {
            keys: ptr::null(),
            pin: ptr::null(),
            allow_last_try: Flag::new(false),
            random: None,
            random_context: ptr::null_mut(),
        };
        let access = access.unwrap_or(&nothing);
        // SAFETY: as the caller vouches.
        let (keys, pin) = unsafe {
            let pin = text::lent(access.pin, MAX_PIN, "access.pin")?;
            (border::optional(access.keys, "access.keys")?, pin)
        };
        let pin = match pin {
            None => None,
            Some(digits) => Some(
                Pin::from_digits(digits)
                    .ok_or_else(|| Failure::invalid("a PIN has four to eight digits"))?,
            ),
        };
        Ok(Self {
            keys: keys.map(|keys| keys.configuration.clone()),
            pin,
            last_try: match access.allow_last_try.value("access.allow_last_try")? {
                true => LastTry::Use,
                false => LastTry::Keep,
            },
            random: Random::new(access.random_context, access.random),
        })
    }

    pub(crate) fn options<'o>(
        &'o self,
        random: &'o mut dyn FnMut(&mut [u8]) -> Result<(), RandomError>,
    ) -> ReadOptions<'o, StaticKeys> {
        ReadOptions {
            pin: self.pin.as_ref(),
            last_try: self.last_try,
            secure_channel: self
                .keys
                .as_ref()
                .map(|configuration| SecureChannelOptions { configuration, random }),
        }
    }
}

fn refused(error: &ReadError<LogicalChannelError<TransmitError>>) -> Failure {
    let status = match error.kind() {
        ReadErrorKind::NoCard => simstrap_status::NoCard,
        ReadErrorKind::NoBootstrapData => simstrap_status::NoBootstrapData,
        ReadErrorKind::Unreadable => simstrap_status::Unreadable,
    };
    Failure::of(status, error).with_help(error.help())
}
