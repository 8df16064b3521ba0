// SPDX-License-Identifier: Apache-2.0
//! Object 0: how to reach a server, and with which keys (TS Core, E.1).
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use super::{
    SecretBytes, ShortServerId, check_each, check_other, identifier, natural, short_server_id,
};
use crate::error::{DecodeError, ErrorKind};
use crate::file::{InstanceRef, ResourceInstances, ResourceRef};
use crate::registry::{DataType, SECURITY_VALUES};
use crate::value::{ObjectLink, RawValue};

/// An instance of the Security object.
#[derive(Debug, Clone, Default)]
pub struct Security<'a> {
    /// Resource 0: URI of the server, at most 255 bytes.
    pub uri: Option<&'a str>,
    /// Resource 1: whether it is the bootstrap server.
    pub bootstrap_server: Option<bool>,
    /// Resource 2: security mode.
    pub mode: Option<SecurityMode>,
    /// Resource 3: public key (RPK), certificate, or PSK identity.
    pub public_key_or_identity: Option<&'a [u8]>,
    /// Resource 4: public key or certificate of the server.
    pub server_public_key: Option<&'a [u8]>,
    /// Resource 5: secret key or private key.
    pub secret_key: Option<SecretBytes<'a>>,
    /// Resource 10: short server id.
    pub short_server_id: Option<ShortServerId>,
    /// Resource 11: time to wait before a client-initiated bootstrap, in seconds.
    pub hold_off: Option<u32>,
    /// Resource 12: time after which a bootstrap-server account is purged, in seconds; 0 is
    /// never.
    pub account_timeout: Option<u32>,
    /// Resource 16: cipher suites, by their IANA numbers.
    pub cipher_suites: Option<ResourceInstances<'a>>,
    /// Resource 17: the OSCORE instance that protects the messages.
    pub oscore: Option<ObjectLink>,
}

impl<'a> Security<'a> {
    /// Object id.
    pub const OBJECT_ID: u16 = 0;
    /// See [`uri`](Self::uri).
    pub const URI: u16 = 0;
    /// See [`bootstrap_server`](Self::bootstrap_server).
    pub const BOOTSTRAP_SERVER: u16 = 1;
    /// See [`mode`](Self::mode).
    pub const MODE: u16 = 2;
    /// See [`public_key_or_identity`](Self::public_key_or_identity).
    pub const PUBLIC_KEY_OR_IDENTITY: u16 = 3;
    /// See [`server_public_key`](Self::server_public_key).
    pub const SERVER_PUBLIC_KEY: u16 = 4;
    /// See [`secret_key`](Self::secret_key).
    pub const SECRET_KEY: u16 = 5;
    /// See [`short_server_id`](Self::short_server_id).
    pub const SHORT_SERVER_ID: u16 = 10;

    /// Reads an instance of object 0.
    ///
    /// # Errors
    /// [`DecodeError`] for the first resource that is no value of its type.
    pub fn from_instance(instance: &InstanceRef<'a>) -> Result<Self, DecodeError> {
        let mut security = Self::default();
        security.fill(instance).map(|()| security)
    }

    /// Reads an instance, from nothing on.
    pub(super) fn fill(&mut self, instance: &InstanceRef<'a>) -> Result<(), DecodeError> {
        let mut server_id = None;
        for resource in instance.resources() {
            self.read(&resource).map_err(|error| resource.located(error))?;
            if resource.id() == Self::SHORT_SERVER_ID {
                server_id = Some(resource).filter(|_| self.short_server_id.is_none());
            }
        }
        match server_id {
            // Only now it is known whether it means something: resource 1 may stand after it.
            Some(resource) if !self.is_bootstrap_server() => {
                let id = resource.one().and_then(short_server_id);
                id.map(|_| ()).map_err(|error| resource.located(error))
            }
            _ => Ok(()),
        }
    }

    fn read(&mut self, resource: &ResourceRef<'a>) -> Result<(), DecodeError> {
        match resource.id() {
            Self::URI => self.uri = Some(resource.one()?.string()?),
            Self::BOOTSTRAP_SERVER => self.bootstrap_server = Some(resource.one()?.boolean()?),
            Self::MODE => self.mode = Some(SecurityMode::from_value(resource.one()?)?),
            Self::PUBLIC_KEY_OR_IDENTITY => {
                self.public_key_or_identity = Some(resource.one()?.bytes());
            }
            Self::SERVER_PUBLIC_KEY => self.server_public_key = Some(resource.one()?.bytes()),
            Self::SECRET_KEY => self.secret_key = Some(SecretBytes(resource.one()?.bytes())),
            // Nothing where it means nothing: in a bootstrap-server account, which some encoders
            // give a 0.
            Self::SHORT_SERVER_ID => {
                self.short_server_id = ShortServerId::new(identifier(resource.one()?)?);
            }
            11 => self.hold_off = Some(natural(resource.one()?)?),
            12 => self.account_timeout = Some(natural(resource.one()?)?),
            16 => {
                let suites = resource.many()?;
                check_each(DataType::UnsignedInteger, suites.clone())?;
                self.cipher_suites = Some(suites);
            }
            17 => self.oscore = Some(resource.one()?.object_link()?),
            _ => check_other(&SECURITY_VALUES, resource)?,
        }
        Ok(())
    }

    /// Whether it is the account of a bootstrap server (resource 1 is true).
    #[must_use]
    pub fn is_bootstrap_server(&self) -> bool {
        self.bootstrap_server == Some(true)
    }
}

/// How messages to a server are protected (resource 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SecurityMode {
    /// 0: DTLS or TLS with a pre-shared key.
    PreSharedKey,
    /// 1: DTLS or TLS with raw public keys.
    RawPublicKey,
    /// 2: DTLS or TLS with certificates.
    Certificate,
    /// 3: not at all.
    NoSec,
    /// 4: certificates, the client's own enrolled by EST.
    CertificateWithEst,
}

impl SecurityMode {
    /// A security mode by its number; `None` above 4.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::PreSharedKey,
            1 => Self::RawPublicKey,
            2 => Self::Certificate,
            3 => Self::NoSec,
            4 => Self::CertificateWithEst,
            _ => return None,
        })
    }

    /// A stable short name: `psk`, `rpk`, `certificate`, `nosec`, `est`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreSharedKey => "psk",
            Self::RawPublicKey => "rpk",
            Self::Certificate => "certificate",
            Self::NoSec => "nosec",
            Self::CertificateWithEst => "est",
        }
    }

    fn from_value(value: RawValue<'_>) -> Result<Self, DecodeError> {
        let number = value.integer()?;
        u8::try_from(number)
            .ok()
            .and_then(Self::new)
            .ok_or(ErrorKind::OutOfRange { value: number }.at(value.offset()))
    }
}

impl fmt::Display for SecurityMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
