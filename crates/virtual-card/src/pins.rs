// SPDX-License-Identifier: Apache-2.0
//! PINs and their retry counters (102 221 §9.5, §11.1.9).

use subtle::ConstantTimeEq;

use crate::secret::Secret;
use crate::status::Status;

/// Key reference of ADM1, without which no file can be written.
pub(crate) const ADM1: u8 = 0x0A;
/// Length of a PIN on the wire.
pub(crate) const PIN_LENGTH: usize = 8;

/// A PIN. The counter is kept over resets, whether it is verified is not.
#[derive(Clone)]
pub(crate) struct Pin {
    /// Key reference; with bit 8 it belongs to the application of the bootstrap data.
    pub(crate) reference: u8,
    value: Secret,
    tries: u8,
    tries_left: u8,
    pub(crate) enabled: bool,
    verified: bool,
}

impl Pin {
    /// A PIN of up to eight bytes, filled up with `FF`.
    pub(crate) fn new(reference: u8, value: &Secret, tries: u8, enabled: bool) -> Self {
        let mut padded = Vec::with_capacity(PIN_LENGTH);
        padded.extend_from_slice(value.expose());
        padded.resize(PIN_LENGTH, 0xFF);
        Self {
            reference,
            value: Secret::new(padded),
            tries,
            tries_left: tries,
            enabled,
            verified: false,
        }
    }

    pub(crate) const fn is_local(&self) -> bool {
        self.reference & 0x80 != 0
    }

    /// Whether what the PIN protects is open.
    const fn is_satisfied(&self) -> bool {
        self.verified || !self.enabled
    }

    fn verify(&mut self, presented: &[u8]) -> Status {
        match (self.enabled, self.tries_left) {
            (false, _) => Status::PIN_DISABLED,
            (true, 0) => Status::PIN_BLOCKED,
            (true, tries) if presented.is_empty() => Status::tries_left(tries),
            _ if presented.len() != PIN_LENGTH => Status::WRONG_LENGTH,
            (true, tries) => {
                self.verified = self.value.expose().ct_eq(presented).into();
                self.tries_left = if self.verified { self.tries } else { tries - 1 };
                if self.verified { Status::DONE } else { Status::tries_left(self.tries_left) }
            }
        }
    }
}

/// The PINs of a card: the one for the bootstrap data, and ADM1.
#[derive(Clone)]
pub(crate) struct Pins {
    pub(crate) user: Pin,
    pub(crate) adm: Pin,
}

impl Pins {
    /// VERIFY PIN. A local PIN is known only where its application is selected.
    pub(crate) fn verify(
        &mut self,
        reference: u8,
        in_application: bool,
        presented: &[u8],
    ) -> Status {
        let local_here = !self.user.is_local() || in_application;
        if reference == self.user.reference && local_here {
            self.user.verify(presented)
        } else if reference == self.adm.reference {
            self.adm.verify(presented)
        } else {
            Status::REFERENCE_NOT_FOUND
        }
    }

    pub(crate) const fn may_read(&self) -> bool {
        self.user.is_satisfied()
    }

    pub(crate) const fn may_write(&self) -> bool {
        self.adm.is_satisfied()
    }

    /// The session with the application that has the local PIN is over.
    pub(crate) const fn end_application_session(&mut self) {
        if self.user.is_local() {
            self.user.verified = false;
        }
    }

    pub(crate) const fn reset(&mut self) {
        self.user.verified = false;
        self.adm.verified = false;
    }
}
