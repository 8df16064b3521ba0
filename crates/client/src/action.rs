// SPDX-License-Identifier: Apache-2.0
//! What a client wants done.

use alloc::boxed::Box;

use simstrap_policy::{AccountId, AccountState, Plan, Reason, Record};

use crate::{Operation, TimerId};

/// Something to do, in the order given. Where an answer is asked for, one is due: nothing tells a
/// second one, or a late one, from the answer to the same action of later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// Read the card, the whole procedure, and answer with
    /// [`CardRead`](crate::Event::CardRead) or [`ReadFailed`](crate::Event::ReadFailed).
    ReadCard,
    /// Find out whether the card and its data are those of the record. As `ReadCard`, but
    /// [`CardUnchanged`](crate::Event::CardUnchanged) is an answer, too.
    CheckCard,
    /// Store the plan's interim record, carry out its steps in order, store its record; stop at
    /// the first that fails. A de-register that fails is no failure (DD-04). Answer with
    /// [`CarriedOut`](crate::Event::CarriedOut) or [`NotCarriedOut`](crate::Event::NotCarriedOut).
    CarryOut(Box<Plan<'a>>),
    /// Do this now; answer with [`Done`](crate::Event::Done) or [`Failed`](crate::Event::Failed).
    Perform(Operation),
    /// The operation waits until the card can be read; it is not lost.
    Defer(Operation),
    /// The operation will not be done.
    Cancel {
        /// Which one.
        operation: Operation,
        /// Why not.
        reason: CancelReason,
    },
    /// Answer with [`Timer`](crate::Event::Timer) after this time. Timers need not be stopped, and
    /// must not survive a restart: another client counts them from the beginning.
    StartTimer {
        /// Which one.
        timer: TimerId,
        /// How long; it may be no time at all.
        seconds: u32,
    },
    /// Put factory bootstrap information in place, if there is some, and answer with
    /// [`FactoryData`](crate::Event::FactoryData).
    LookForFactoryData,
    /// Let the server go ahead that asked to bootstrap the device; answer with
    /// [`Done`](crate::Event::Done) or [`Failed`](crate::Event::Failed).
    AcceptBootstrap,
    /// Leave the server's request unanswered.
    IgnoreBootstrap(IgnoreReason),
    /// Remove the bootstrap-server account: its timeout is over (BS-06). Answer with
    /// [`Purged`](crate::Event::Purged).
    PurgeBootstrapServer,
    /// Store this record; nobody waits for it.
    StoreRecord(Box<Record>),
    /// For whoever watches.
    Report(Report),
}

/// Why an operation will not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// The account is disabled, or not there.
    NotUsable,
    /// Too many operations wait: see [`MAX_WAITING`](crate::MAX_WAITING).
    TooMany,
}

/// Why a server may not bootstrap the device (TS Core §5.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IgnoreReason {
    /// Neither the smart card nor the factory data has been tried yet.
    TooEarly,
    /// There is no bootstrap-server account.
    NoAccount,
}

/// Something worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// The card could not be read.
    Unreadable {
        /// Which attempt in a row, from 1.
        attempt: u8,
    },
    /// A plan was not carried out; it is made up for by another one.
    NotCarriedOut {
        /// Which attempt in a row, from 1.
        attempt: u8,
    },
    /// The data was refused as a whole (CR-02).
    Refused(Reason),
    /// An account of the card is not used (CR-02).
    NotUsed {
        /// Which account.
        account: AccountId,
        /// What becomes of it.
        state: AccountState,
        /// Why.
        reason: Reason,
    },
    /// No server is left to turn to; the sequence starts over after a while.
    Stranded,
}
