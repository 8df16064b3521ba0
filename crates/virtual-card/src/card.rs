// SPDX-License-Identifier: Apache-2.0
//! The card in its reader: in or out, with faults on demand and a log of what was said.

use std::fmt;
use std::future;

use simstrap_scp03::apdu::{Transport, TransportErrorKind};

use crate::chip::Chip;
use crate::description::{CardDescription, DescriptionError};
use crate::error::{UpdateError, VirtualCardError};
use crate::fault::{Fault, FaultKind, flip};
use crate::log::{Data, Exchange, Log};
use crate::secure::SecureChannels;

/// A UICC in software, in a reader of its own.
///
/// After insertion and after a reset all channels but the basic one are closed, nothing is
/// selected, no PIN verified and no session open; the sequence counter of the secure channel and
/// its failed authentications stay. The reader does not report it, so that a client finds out as it
/// would with a modem: its channel is gone (`68 81`).
#[derive(Clone)]
pub struct VirtualCard {
    chip: Chip,
    inserted: bool,
    insertions: u64,
    power_ups: u64,
    updates: u64,
    faults: Vec<Fault>,
    log: Log,
}

impl VirtualCard {
    /// Makes a card and puts it in.
    ///
    /// # Errors
    /// [`DescriptionError`] when the description asks for what no card can be.
    pub fn new(description: &CardDescription) -> Result<Self, DescriptionError> {
        Ok(Self {
            chip: Chip::new(&description.resolved()?)?,
            inserted: true,
            insertions: 1,
            power_ups: 1,
            updates: 0,
            faults: Vec::new(),
            log: Log::default(),
        })
    }

    /// The built-in card, [`SAMPLE`](crate::SAMPLE).
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn sample() -> Result<Self, DescriptionError> {
        Self::new(&CardDescription::sample()?)
    }

    /// Pulls the card out: every exchange fails with
    /// [`NoCard`](simstrap_scp03::apdu::TransportErrorKind::NoCard).
    pub const fn remove(&mut self) {
        self.inserted = false;
    }

    /// Puts the card in again. Nothing happens when it is in.
    pub fn insert(&mut self) {
        if !self.inserted {
            self.inserted = true;
            self.insertions += 1;
            self.reset();
        }
    }

    /// Resets the card, as another program or a loss of power would.
    pub fn reset(&mut self) {
        self.power_ups += 1;
        self.chip.reset();
    }

    /// Whether the card is in.
    #[must_use]
    pub const fn is_inserted(&self) -> bool {
        self.inserted
    }

    /// Puts another card in place of this one. Log and faults belong to the reader and stay.
    pub fn replace(&mut self, card: Self) {
        self.chip = card.chip;
        self.inserted = true;
        self.insertions += 1;
        self.reset();
    }

    /// How many times a card was put in, this one or another.
    #[must_use]
    pub const fn insertions(&self) -> u64 {
        self.insertions
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        &self.chip.atr
    }

    /// How many times the card got power: at first, at each insertion and reset, and when another
    /// card took its place. Channels, PINs and sessions are those since the last time.
    #[must_use]
    pub const fn power_ups(&self) -> u64 {
        self.power_ups
    }

    /// How many times the operator changed something over the air: the bootstrap data, or whether
    /// it is in use.
    #[must_use]
    pub const fn updates(&self) -> u64 {
        self.updates
    }

    /// Replaces the bootstrap data as an operator does over the air, whoever may write the file.
    /// The rest of the file is filled up with `FF`.
    ///
    /// # Errors
    /// [`UpdateError::TooLong`] when it does not fit; nothing is changed then.
    pub fn update_bootstrap_data(&mut self, data: &[u8]) -> Result<(), UpdateError> {
        self.chip.update_bootstrap_data(data)?;
        self.updates += 1;
        Ok(())
    }

    /// Takes the bootstrap file out of use, as an operator does over the air.
    pub fn deactivate_bootstrap_file(&mut self) {
        self.updates += 1;
        self.chip.set_bootstrap_file_deactivated(true);
    }

    /// Takes the bootstrap file into use again.
    pub fn activate_bootstrap_file(&mut self) {
        self.updates += 1;
        self.chip.set_bootstrap_file_deactivated(false);
    }

    /// Makes the random challenges of the card follow from a seed, the same ones in every run and
    /// known to everybody. A card without a secure channel, or with pseudo-random challenges,
    /// makes none.
    pub const fn seed_random(&mut self, seed: u64) {
        self.chip.seed_random(seed);
    }

    /// The security level of the session that is open on a logical channel, as EXTERNAL
    /// AUTHENTICATE gave it; `None` without one.
    #[must_use]
    pub fn security_level(&self, channel: u8) -> Option<u8> {
        self.chip.secure_channels.as_ref()?.security_level(channel)
    }

    /// Failed authentications with the keys of the secure channel, since the last that
    /// succeeded; they are kept over resets.
    #[must_use]
    pub fn failed_authentications(&self) -> u8 {
        self.chip.secure_channels.as_ref().map_or(0, SecureChannels::failed_attempts)
    }

    /// Makes something go wrong, once. A fault at an exchange that is over never happens; of
    /// several at one exchange the first injected does.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Number of exchanges so far, which is also the number of the next one.
    #[must_use]
    pub const fn exchanges(&self) -> u64 {
        self.log.next()
    }

    /// The exchanges so far, oldest first; of very many only the latest.
    #[must_use]
    pub fn log(&self) -> &[Exchange] {
        self.log.exchanges()
    }

    /// Forgets the exchanges so far; their numbers are not used again.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    /// The exchanges so far in readable form, with lengths in place of what may be secret:
    ///
    /// ```text
    /// > 01 A4 00 04 02 64 32 00   SELECT
    /// < 62 1C 82 02 41 21 83 02 64 32 A5 03 C0 01 00 8A 01 05 8B 03 6F 06 01 80 02 01 00 88 00 90 00
    /// > 01 B0 00 00 00   READ BINARY
    /// < [256 bytes] 90 00
    /// ```
    #[must_use]
    pub fn transcript(&self) -> String {
        self.log.transcript(Data::Hidden)
    }

    /// The same with all bytes, PINs and keys too.
    #[must_use]
    pub fn transcript_with_secrets(&self) -> String {
        self.log.transcript(Data::Shown)
    }

    /// One exchange without a buffer and without a future, for readers and modems in front of
    /// the card. The response has 2 to 258 bytes, unless a fault has others.
    ///
    /// # Errors
    /// [`VirtualCardError`] when the card is out, or as injected.
    pub fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, VirtualCardError> {
        let response = self.respond(command);
        self.log.push(command, response.clone());
        response
    }

    /// The same into a buffer: the length of the response.
    pub(crate) fn exchange_into(
        &mut self,
        command: &[u8],
        target: &mut [u8],
    ) -> Result<usize, VirtualCardError> {
        let response = self.respond(command);
        let length = match &response {
            Ok(bytes) => copy(bytes, target),
            Err(error) => Err(*error),
        };
        self.log.push(command, response);
        length
    }

    fn respond(&mut self, command: &[u8]) -> Result<Vec<u8>, VirtualCardError> {
        match self.due_fault() {
            None => self.answer(command),
            Some(fault) => self.fail(command, fault),
        }
    }

    fn due_fault(&mut self) -> Option<FaultKind> {
        let now = self.log.next();
        self.faults.retain(|fault| fault.at >= now);
        let due = self.faults.iter().position(|fault| fault.at == now)?;
        Some(self.faults.remove(due).kind)
    }

    fn answer(&mut self, command: &[u8]) -> Result<Vec<u8>, VirtualCardError> {
        if self.inserted { Ok(self.chip.respond(command)) } else { Err(VirtualCardError::NoCard) }
    }

    fn fail(&mut self, command: &[u8], fault: FaultKind) -> Result<Vec<u8>, VirtualCardError> {
        match fault {
            FaultKind::CommandLost(kind) => Err(VirtualCardError::Injected { kind }),
            FaultKind::ResponseLost(kind) => {
                self.answer(command)?;
                Err(VirtualCardError::Injected { kind })
            }
            FaultKind::NeverAnswers => {
                self.answer(command)?;
                Err(VirtualCardError::NeverAnswers)
            }
            FaultKind::Garbage(bytes) => self.answer(command).map(|_| bytes),
            FaultKind::Truncated(length) => self.answer(command).map(|mut response| {
                response.truncate(length);
                response
            }),
            FaultKind::EmptyResponse => self.answer(command).map(|_| Vec::new()),
            FaultKind::CommandBit(bit) => {
                let mut changed = command.to_vec();
                flip(&mut changed, bit);
                self.answer(&changed)
            }
            FaultKind::ResponseBit(bit) => self.answer(command).map(|mut response| {
                flip(&mut response, bit);
                response
            }),
            FaultKind::Status(status) if self.inserted => Ok(status.to_vec()),
            FaultKind::Status(_) => Err(VirtualCardError::NoCard),
            FaultKind::Remove => {
                self.remove();
                Err(VirtualCardError::NoCard)
            }
            FaultKind::Reset => {
                self.reset();
                let kind = TransportErrorKind::CardReset;
                Err(VirtualCardError::Injected { kind })
            }
            FaultKind::Replace(card) => {
                self.replace(*card);
                self.answer(command)
            }
        }
    }
}

impl fmt::Debug for VirtualCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualCard")
            .field("inserted", &self.inserted)
            .field("exchanges", &self.exchanges())
            .field("quirks", &self.chip.quirks)
            .finish_non_exhaustive()
    }
}

impl Transport for VirtualCard {
    type Error = VirtualCardError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, VirtualCardError> {
        delivered(self.exchange_into(command, response)).await
    }
}

/// The length of a response, or a wait for ever.
pub(crate) async fn delivered(
    answer: Result<usize, VirtualCardError>,
) -> Result<usize, VirtualCardError> {
    match answer {
        Err(VirtualCardError::NeverAnswers) => future::pending().await,
        answer => answer,
    }
}

/// Copies a response to the caller's buffer.
fn copy(bytes: &[u8], target: &mut [u8]) -> Result<usize, VirtualCardError> {
    let (needed, available) = (bytes.len(), target.len());
    target
        .get_mut(..needed)
        .ok_or(VirtualCardError::ResponseTooLong { needed, available })?
        .copy_from_slice(bytes);
    Ok(needed)
}
