// SPDX-License-Identifier: Apache-2.0
//! VERIFY PIN, and when not to (102 221 §11.1.9).

use super::{Action, CardFiles, FileError, FileName, FileResult};
use crate::{CardChannel, Command, Pin, PinReference, StatusWord};

/// Whether the last try of a PIN may be used: if it fails, the PIN is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LastTry {
    /// Keep it.
    #[default]
    Keep,
    /// Use it; also when the card does not tell how many are left.
    Use,
}

/// How a PIN came to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verified {
    /// With the value given.
    Now,
    /// It needed no value: verified before, or disabled.
    NotNeeded,
}

impl<C: CardChannel> CardFiles<C> {
    /// Verifies a PIN: asks for the tries left, and tries only if that leaves another one. A PIN
    /// that was rejected is not tried again in this session.
    ///
    /// # Errors
    /// [`FileError::PinWrong`] with the tries left, [`FileError::PinBlocked`],
    /// [`FileError::PinLastTry`] and [`FileError::PinTriesUnknown`] when nothing was tried,
    /// or why an exchange failed.
    pub async fn verify_pin(
        &mut self,
        reference: PinReference,
        pin: &Pin,
        last_try: LastTry,
    ) -> FileResult<Verified, C> {
        if self.has_rejected(reference) {
            return Err(FileError::PinRejectedBefore { reference });
        }
        let status = self.verify_exchange(&Command::pin_tries(reference)).await?;
        match (status.counter(), last_try) {
            (Some(0), _) => return Err(FileError::PinBlocked { reference }),
            (Some(tries_left @ 1), LastTry::Keep) => {
                return Err(FileError::PinLastTry { reference, tries_left });
            }
            (Some(_), _) => {}
            (None, _) if status.is_success() || status == StatusWord::REFERENCE_INVALIDATED => {
                return Ok(Verified::NotNeeded);
            }
            (None, _) if status == StatusWord::BLOCKED => {
                return Err(FileError::PinBlocked { reference });
            }
            (None, LastTry::Use) => {}
            (None, LastTry::Keep) => {
                return Err(FileError::PinTriesUnknown { reference, status });
            }
        }
        self.try_pin(reference, pin).await
    }

    /// Whether the card rejected a value of this PIN, in whatever words.
    #[must_use]
    pub fn has_rejected(&self, reference: PinReference) -> bool {
        self.rejected_pins.contains(&reference)
    }

    /// Asks the card whether a PIN still has to be verified: not when it was, or is disabled.
    /// Takes no try.
    ///
    /// # Errors
    /// Why the exchange failed.
    pub async fn needs_pin(&mut self, reference: PinReference) -> FileResult<bool, C> {
        let status = self.verify_exchange(&Command::pin_tries(reference)).await?;
        Ok(!status.is_success() && status != StatusWord::REFERENCE_INVALIDATED)
    }

    async fn try_pin(&mut self, reference: PinReference, pin: &Pin) -> FileResult<Verified, C> {
        let status = self.verify_exchange(&Command::verify_pin(reference, pin.expose())).await?;
        if status.is_success() {
            return Ok(Verified::Now);
        }
        self.rejected_pins.push(reference);
        Err(match status.counter() {
            Some(0) => FileError::PinBlocked { reference },
            Some(tries_left) => FileError::PinWrong { reference, tries_left },
            None if status == StatusWord::BLOCKED => FileError::PinBlocked { reference },
            None => FileError::Refused { action: Action::Verify, file: FileName::Card, status },
        })
    }

    async fn verify_exchange(&mut self, command: &Command<'_>) -> FileResult<StatusWord, C> {
        let mut buffer = [0; 16];
        let response = self.exchange(Action::Verify, FileName::Card, command, &mut buffer).await?;
        Ok(response.status)
    }
}
