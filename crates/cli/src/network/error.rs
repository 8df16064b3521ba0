// SPDX-License-Identifier: Apache-2.0
//! Why something does not work with a server, and what can be done about it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use simstrap_policy::bootstrap_data::object::SecurityMode;

use super::coap::{Code, Failure};
use crate::device::StateError;

/// Why something did not work with a server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    /// The address is none.
    #[error("{uri:?} is no address of a server: {reason}")]
    Uri { uri: String, reason: &'static str },
    /// The security mode is none of those this client has.
    #[error("security mode {0} is not available here: use a server with mode 0 (psk) or 3 (nosec)")]
    Mode(SecurityMode),
    /// PSK without identity or key.
    #[error("the account has no PSK identity or no key (/0/x/3, /0/x/5)")]
    NoKey,
    /// The name is not known.
    #[error("cannot find the address of {host}")]
    Resolve { host: String, source: io::Error },
    /// The resolver does not answer.
    #[error("no name server has told the address of {host} within {} s", .within.as_secs())]
    ResolveTimeout { host: String, within: Duration },
    /// There is no socket.
    #[error("no way to {address}")]
    Socket { address: SocketAddr, source: io::Error },
    /// The host says that nothing listens there.
    #[error("nothing listens at {0}: is the server running, and is the port the right one?")]
    Refused(SocketAddr),
    /// The server is silent.
    #[error(
        "no DTLS session with {0}: it does not answer the handshake. A server stays silent when \
         the identity or the key is not the one it has, or when none is there"
    )]
    HandshakeTimeout(SocketAddr),
    /// The session failed.
    #[error("the DTLS session with {address} failed")]
    Session { address: SocketAddr, source: dimpl::Error },
    /// The server has ended the session.
    #[error("{0} has closed the DTLS session")]
    Closed(SocketAddr),
    /// The exchange failed.
    #[error("{address}: {failure}")]
    Exchange { address: SocketAddr, failure: Failure },
    /// Time is over.
    #[error("{address} has not answered within {} s", .within.as_secs())]
    Patience { address: SocketAddr, within: Duration },
    /// The request does not fit a datagram.
    #[error("the request is too long for one datagram: shorten the endpoint name")]
    TooLong,
    /// The server says no.
    #[error("the server answered {code} ({})", meaning(*.code))]
    Answer { code: Code },
    /// The server does not say where the registration is.
    #[error("the server accepted the registration, but named no location of it (Location-Path)")]
    NoLocation,
    /// There is no registration to update.
    #[error("the device is not registered with this server")]
    NotRegistered,
    /// The bootstrap server went silent.
    #[error("the bootstrap server has not finished within {} s of its last request", .0.as_secs())]
    BootstrapSilence(Duration),
    /// The bootstrap server goes on and on.
    #[error("the bootstrap server has not finished within {} s", .0.as_secs())]
    BootstrapEndless(Duration),
    /// What it wrote is of no use.
    #[error("what the bootstrap server wrote is inconsistent, and was dropped: {0}")]
    BootstrapInconsistent(String),
    /// What it wrote is lost, through no fault of its own.
    #[error("what the bootstrap server wrote cannot be stored, and was dropped")]
    BootstrapNotStored(#[source] StateError),
    /// There are no random bytes.
    #[error(transparent)]
    Random(#[from] simstrap_policy::bootstrap_data::scp03::RandomError),
}

impl NetworkError {
    /// Whether the server may be there at another address of its host.
    pub(super) const fn may_be_the_address(&self) -> bool {
        matches!(
            self,
            Self::Socket { .. }
                | Self::Refused(_)
                | Self::HandshakeTimeout(_)
                | Self::Exchange { failure: Failure::NoAnswer(_), .. }
        )
    }
}

/// What a code means in answer to this client.
fn meaning(code: Code) -> &'static str {
    match code {
        Code::BAD_REQUEST => "it does not take the endpoint name or a parameter",
        Code::UNAUTHORIZED => "it does not let this device in",
        Code::NOT_FOUND => "it does not know the registration, or is no LwM2M server",
        Code::METHOD_NOT_ALLOWED => "it is no LwM2M server at this path",
        _ => match (code.class(), code.to_string().as_str()) {
            (_, "4.03") => "it does not let this device in",
            (_, "4.12") => "it does not support this version of LwM2M",
            (5, _) => "it has trouble of its own",
            _ => "it refuses",
        },
    }
}
