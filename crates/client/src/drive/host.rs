// SPDX-License-Identifier: Apache-2.0
//! What an LwM2M stack has to offer.

use simstrap_policy::Step;
use simstrap_policy::bootstrap_data::scp03::RandomError;

use crate::{CancelReason, Event, IgnoreReason, Operation, Report, TimerId, View};

/// An LwM2M stack, and the clock and random bytes of its device.
///
/// Across a restart it keeps its object instances, and uses no account before it is told to
/// [`perform`](Self::perform) something with it.
#[allow(async_fn_in_trait, reason = "single-core devices must not be forced to `Send` futures")]
pub trait Host {
    /// What can go wrong in the stack.
    type Error: core::error::Error + 'static;

    /// Waits for what happens next; `None` when the device goes down.
    async fn next(&mut self) -> Option<HostEvent>;

    /// Shows what the device holds now.
    fn with_view<R>(&mut self, look: impl FnOnce(&View<'_>) -> R) -> R;

    /// Carries out a step of a plan. What it is about may be gone already, which is no error.
    /// Instances that are written come from [the card](simstrap_policy::Source::Smartcard).
    ///
    /// # Errors
    /// Whatever keeps it from being carried out.
    async fn carry_out(&mut self, step: &Step<'_>) -> Result<(), Self::Error>;

    /// Registers, updates or bootstraps, and waits for the outcome.
    ///
    /// # Errors
    /// When the server refuses, or does not answer in time.
    async fn perform(&mut self, operation: Operation) -> Result<(), Self::Error>;

    /// Puts factory bootstrap information in place, if there is some; tells whether there is.
    async fn apply_factory_data(&mut self) -> bool;

    /// Removes the bootstrap-server account.
    ///
    /// # Errors
    /// Whatever keeps it from being removed.
    async fn purge_bootstrap_server(&mut self) -> Result<(), Self::Error>;

    /// Lets a server that asked to bootstrap the device go ahead, or ignores it. How the bootstrap
    /// ended is told by [`HostEvent::Bootstrapped`].
    fn answer_bootstrap(&mut self, answer: Result<(), IgnoreReason>);

    /// Has [`HostEvent::Timer`] happen after this many seconds. Timers end with the driver: another
    /// one counts them from the beginning.
    fn start_timer(&mut self, timer: TimerId, seconds: u32);

    /// Fills a buffer with random bytes.
    ///
    /// # Errors
    /// [`RandomError`] when there are none.
    fn random(&mut self, buffer: &mut [u8]) -> Result<(), RandomError>;

    /// An operation waits until the card can be read.
    fn deferred(&mut self, operation: Operation);

    /// An operation will not be done.
    fn cancelled(&mut self, operation: Operation, reason: CancelReason);

    /// Something worth knowing.
    fn report(&mut self, report: Report);

    /// Something went wrong, and is dealt with.
    fn trouble(&mut self, error: &dyn core::error::Error);
}

/// What happens on a device, beside what the client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostEvent {
    /// This is to be done, and waits until [`Host::perform`].
    Due(Operation),
    /// The card or its data may have changed.
    RefreshHint,
    /// A server asks to bootstrap the device.
    ServerInitiatedBootstrap,
    /// A bootstrap that a server initiated has ended.
    Bootstrapped {
        /// Whether it succeeded.
        success: bool,
    },
    /// The time of a timer is over.
    Timer(TimerId),
}

impl From<HostEvent> for Event<'static, 'static> {
    fn from(event: HostEvent) -> Self {
        match event {
            HostEvent::Due(operation) => Self::Due(operation),
            HostEvent::RefreshHint => Self::RefreshHint,
            HostEvent::ServerInitiatedBootstrap => Self::ServerInitiatedBootstrap,
            HostEvent::Bootstrapped { success: true } => Self::Done(Operation::Bootstrap),
            HostEvent::Bootstrapped { success: false } => Self::Failed(Operation::Bootstrap),
            HostEvent::Timer(timer) => Self::Timer(timer),
        }
    }
}
