// SPDX-License-Identifier: Apache-2.0
//! What happens to a client.

use core::fmt;

use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::bootstrap_data::reader::ReadErrorKind;
use simstrap_policy::{AccountId, Device, Observation};

/// Something that happened. What a client did not ask for or no longer waits for changes nothing.
#[derive(Debug, Clone, Copy)]
pub enum Event<'o, 'a> {
    /// The device has started.
    Start,
    /// The card was read, or is known to be gone: the answer to
    /// [`ReadCard`](crate::Action::ReadCard) and [`CheckCard`](crate::Action::CheckCard).
    CardRead(Observation<'o, 'a>),
    /// The card and its data are those of the record: an answer to
    /// [`CheckCard`](crate::Action::CheckCard).
    CardUnchanged,
    /// The card was not read.
    ReadFailed(ReadErrorKind),
    /// A plan was carried out and its record stored.
    CarriedOut,
    /// A plan was not, or not wholly, carried out, or a record was not stored.
    NotCarriedOut,
    /// The modem says, by a REFRESH or otherwise, that the card or its data may have changed.
    RefreshHint,
    /// The LwM2M stack wants to do this, and waits until it is told to.
    Due(Operation),
    /// The operation succeeded. A bootstrap that a server has initiated ends with this, too.
    Done(Operation),
    /// The operation was refused, or nobody answered.
    Failed(Operation),
    /// The answer to [`LookForFactoryData`](crate::Action::LookForFactoryData): there is some,
    /// and it is in place, or there is none.
    FactoryData {
        /// Whether there is some.
        present: bool,
    },
    /// A server asks to bootstrap the device.
    ServerInitiatedBootstrap,
    /// The answer to [`PurgeBootstrapServer`](crate::Action::PurgeBootstrapServer).
    Purged {
        /// Whether the account is gone.
        success: bool,
    },
    /// The time of a timer is over.
    Timer(TimerId),
}

/// What a client does with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Register.
    Register(ShortServerId),
    /// Update the registration.
    Update(ShortServerId),
    /// Client-initiated bootstrap.
    Bootstrap,
}

/// Which timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(pub(crate) u32);

impl TimerId {
    /// The timer with this number, as [`to_u32`](Self::to_u32) told it.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number, for timers that carry nothing else.
    #[must_use]
    pub const fn to_u32(self) -> u32 {
        self.0
    }
}

/// What the device holds when an event happens: a view, made by the LwM2M stack.
#[derive(Debug, Clone, Copy, Default)]
pub struct View<'d> {
    /// Its object instances. Every instance of Security and Server is among them, with the
    /// account it belongs to: an account that lacks one is not used.
    pub device: Device<'d>,
    /// Client hold-off time of the bootstrap-server account, in seconds (resource 11).
    pub hold_off: u32,
    /// Account timeout of the bootstrap-server account, in seconds (resource 12); 0 is never.
    pub account_timeout: u32,
}

impl Operation {
    /// The account it uses.
    #[must_use]
    pub const fn account(self) -> AccountId {
        match self {
            Self::Register(id) | Self::Update(id) => AccountId::Server(id),
            Self::Bootstrap => AccountId::BootstrapServer,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register(id) => write!(f, "register with server {id}"),
            Self::Update(id) => write!(f, "update the registration with server {id}"),
            Self::Bootstrap => f.write_str("client-initiated bootstrap"),
        }
    }
}
