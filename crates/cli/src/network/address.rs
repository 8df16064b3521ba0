// SPDX-License-Identifier: Apache-2.0
//! From a server URI to the address of a host.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fluent_uri::Uri;
use simstrap_policy::bootstrap_data::object::SecurityMode;

use super::NetworkError;

/// How long a name server may take: longer than its own retransmissions to one server.
const RESOLVE_WITHIN: Duration = Duration::from_secs(10);

/// Addresses of a host that are tried at most: silence at one of them may take as long as all
/// retransmissions of a request.
const MAX_ADDRESSES: usize = 4;

/// A host, by address or name, and a port: what a URI calls its authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    host: String,
    port: u16,
}

impl Authority {
    /// The host and port of a server URI, which has to go with the security mode.
    pub(super) fn of(uri: &str, mode: SecurityMode) -> Result<Self, NetworkError> {
        let error = |reason| NetworkError::Uri { uri: uri.to_owned(), reason };
        let parsed = Uri::parse(uri).map_err(|_| error("it is malformed"))?;
        let (scheme, default_port) = match mode {
            SecurityMode::NoSec => ("coap", 5683),
            SecurityMode::PreSharedKey => ("coaps", 5684),
            other => return Err(NetworkError::Mode(other)),
        };
        if !parsed.scheme().as_str().eq_ignore_ascii_case(scheme) {
            return Err(error(match mode {
                SecurityMode::NoSec => "this client wants coap:// in security mode 3",
                _ => "this client wants coaps:// in security mode 0",
            }));
        }
        let authority = parsed.authority().ok_or_else(|| error("it names no host"))?;
        let port = authority.port_to_u16().map_err(|_| error("its port is no port"))?;
        // IPv6 addresses stand in brackets.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(error("it names no host"));
        }
        Ok(Self { host, port: port.unwrap_or(default_port) })
    }

    /// Some addresses of the host, at least one, in the order in which to try them. A name is looked up in a thread of its own, because nothing
    /// bounds the time that takes.
    pub(super) fn resolve(&self) -> Result<Vec<SocketAddr>, NetworkError> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        let failed = |source| NetworkError::Resolve { host: self.host.clone(), source };
        let (sender, receiver) = mpsc::sync_channel(1);
        let name = (self.host.clone(), self.port);
        let look_up = move || {
            // Whoever asked may have gone.
            let _gone = sender.send(name.to_socket_addrs());
        };
        thread::Builder::new().name("resolver".to_owned()).spawn(look_up).map_err(failed)?;
        let addresses = receiver.recv_timeout(RESOLVE_WITHIN).map_err(|_| {
            NetworkError::ResolveTimeout { host: self.host.clone(), within: RESOLVE_WITHIN }
        })?;
        let addresses: Vec<_> = addresses.map_err(failed)?.collect();
        if addresses.is_empty() {
            return Err(failed(io::ErrorKind::NotFound.into()));
        }
        Ok(alternating(addresses))
    }
}

/// The first few, in turns of one family and of the other (RFC 8305 §4): a network often lacks one
/// of them as a whole.
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first = addresses.first().map(SocketAddr::is_ipv6);
    let (preferred, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| Some(address.is_ipv6()) == first);
    let mut rows = [preferred.into_iter(), others.into_iter()];
    let turns = (0..2 * MAX_ADDRESSES).filter_map(|turn| rows.get_mut(turn % 2)?.next());
    turns.take(MAX_ADDRESSES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        let (psk, open) = (SecurityMode::PreSharedKey, SecurityMode::NoSec);
        let cases = [
            ("coap://127.0.0.1", open, "127.0.0.1", 5683),
            ("coaps://[::1]:7000", psk, "::1", 7000),
            ("COAPS://dm.example.com", psk, "dm.example.com", 5684),
            ("coap://user@dm.example.com:1/ignored?too", open, "dm.example.com", 1),
        ];
        for (uri, mode, host, port) in cases {
            let expected = Authority { host: host.to_owned(), port };
            assert_eq!(Authority::of(uri, mode).unwrap(), expected, "{uri}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_with_the_reason() {
        let (psk, open) = (SecurityMode::PreSharedKey, SecurityMode::NoSec);
        let cases = [
            ("coap://dm.example.com", psk, "coaps://"),
            ("coaps://dm.example.com", open, "coap://"),
            ("coap+tcp://dm.example.com", open, "coap://"),
            ("coaps://dm.example.com", SecurityMode::RawPublicKey, "mode rpk"),
            ("coaps://dm.example.com", SecurityMode::Certificate, "mode certificate"),
            ("dm.example.com", open, "malformed"),
            ("coap://dm.example.com:99999", open, "port"),
            ("coap://:5683", open, "host"),
        ];
        for (uri, mode, reason) in cases {
            let error = Authority::of(uri, mode).unwrap_err().to_string();
            assert!(error.contains(reason), "{uri}: {error}");
        }
    }

    #[test]
    fn addresses_and_names_of_both_families() {
        for (host, expected) in [("127.0.0.1", "127.0.0.1:7"), ("::1", "[::1]:7")] {
            let authority = Authority { host: host.to_owned(), port: 7 };
            assert_eq!(authority.resolve().unwrap(), [expected.parse().unwrap()]);
        }
        let addresses = |all: &str| -> Vec<SocketAddr> {
            all.split_whitespace().map(|address| address.parse().unwrap()).collect()
        };
        for (found, tried) in [
            ("[::1]:7 [::2]:7 [::3]:7 [::4]:7 1.1.1.1:7", "[::1]:7 1.1.1.1:7 [::2]:7 [::3]:7"),
            ("1.1.1.1:7 1.1.1.2:7 [::1]:7", "1.1.1.1:7 [::1]:7 1.1.1.2:7"),
            ("[::1]:7", "[::1]:7"),
        ] {
            assert_eq!(alternating(addresses(found)), addresses(tried));
        }
        let named = Authority { host: "localhost".to_owned(), port: 7 };
        assert!(named.resolve().unwrap().iter().all(|address| address.ip().is_loopback()));
    }
}
