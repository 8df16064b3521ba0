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

/// A host, by address or name, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
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

    /// The addresses of the host. A name is looked up in a thread of its own, because nothing
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
        Ok(addresses)
    }
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
            let expected = Endpoint { host: host.to_owned(), port };
            assert_eq!(Endpoint::of(uri, mode).unwrap(), expected, "{uri}");
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
            let error = Endpoint::of(uri, mode).unwrap_err().to_string();
            assert!(error.contains(reason), "{uri}: {error}");
        }
    }

    #[test]
    fn addresses_and_names_of_both_families() {
        for (host, expected) in [("127.0.0.1", "127.0.0.1:7"), ("::1", "[::1]:7")] {
            let endpoint = Endpoint { host: host.to_owned(), port: 7 };
            assert_eq!(endpoint.resolve().unwrap(), [expected.parse().unwrap()]);
        }
        let named = Endpoint { host: "localhost".to_owned(), port: 7 };
        assert!(named.resolve().unwrap().iter().all(|address| address.ip().is_loopback()));
    }
}
