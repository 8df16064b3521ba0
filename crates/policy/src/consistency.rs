// SPDX-License-Identifier: Apache-2.0
//! Whether the objects agree with each other and with what LwM2M demands of them
//! (TS Core §5.2.2, §5.2.5, App. E).

use alloc::vec::Vec;

use fluent_uri::Uri;
use simstrap_bootstrap_data::object::{
    AccessControl, Oscore, SecretBytes, Security, SecurityMode, Server, ShortServerId,
    is_unsigned_identifier,
};
use simstrap_bootstrap_data::scp03::StaticKeys;
use simstrap_bootstrap_data::{BootstrapDataRef, DataPath};
use subtle::ConstantTimeEq;

use crate::account::oscore_instance;
use crate::policy::ObjectPolicy;
use crate::{Finding, FindingKind, MAX_INSTANCES};

/// Typed instances of an object, with their ids.
type Instances<T> = [(u16, T)];

/// The longest server URI in bytes (TS Core E.1, resource 0).
pub(crate) const MAX_URI: usize = 255;

/// Checks everything and collects what is found.
pub(crate) fn check(
    data: BootstrapDataRef<'_>,
    securities: &Instances<Security<'_>>,
    servers: &Instances<Server<'_>>,
    findings: &mut Vec<Finding>,
) {
    let mut found = Findings(findings);
    accounts(securities, &mut found);
    pairs(securities, servers, &mut found);
    unsigned_identifiers(data, &mut found);
    for (id, security) in securities {
        mandatory_security(
            &mut found,
            DataPath::object(Security::OBJECT_ID).instance(*id),
            security,
        );
    }
    for (id, server) in servers {
        mandatory_server(&mut found, DataPath::object(Server::OBJECT_ID).instance(*id), server);
    }
    access_control(data, securities, &mut found);
    shared_secret(data, securities, &mut found);
    let instances = data.objects().map(|object| object.instances().count()).sum::<usize>();
    if instances > MAX_INSTANCES {
        found.add(DataPath::ROOT, FindingKind::TooManyInstances { instances });
    }
}

/// CS-04: objects the device does not support.
pub(crate) fn unsupported(
    data: BootstrapDataRef<'_>,
    policy: &ObjectPolicy,
    findings: &mut Vec<Finding>,
) {
    let objects = data.objects().map(|object| object.id());
    for object in objects.filter(|object| !policy.supports(*object)) {
        let kind = FindingKind::Unsupported(object);
        Findings(findings).add(DataPath::object(object), kind);
    }
}

/// BS-04: the keys of the card's secure channel are no server's.
pub(crate) fn scp03_keys(
    data: BootstrapDataRef<'_>,
    securities: &Instances<Security<'_>>,
    keys: &StaticKeys,
    findings: &mut Vec<Finding>,
) {
    for (path, secret) in securities.iter().flat_map(|account| secrets(data, account)) {
        if keys.contains(secret.expose()) {
            Findings(findings).add(path, FindingKind::Scp03Key);
        }
    }
}

/// The most findings kept: more than anybody reads.
pub(crate) const MAX_FINDINGS: usize = 64;

/// Findings, bounded. Those beyond the bound are left out, but never the first on each ground: a
/// policy that refuses on it must get to see it.
pub(crate) struct Findings<'f>(pub(crate) &'f mut Vec<Finding>);

impl Findings<'_> {
    pub(crate) fn add(&mut self, path: DataPath, kind: FindingKind) {
        let finding = Finding { path, kind };
        let known = |earlier: &[Finding], ground| earlier.iter().any(|f| f.kind.ground() == ground);
        if self.0.len() >= MAX_FINDINGS {
            if known(self.0, kind.ground()) {
                return;
            }
            let is_first = |at: &usize| {
                let (earlier, rest) = self.0.split_at(*at);
                rest.first().is_some_and(|finding| !known(earlier, finding.kind.ground()))
            };
            let Some(last) = (0..self.0.len()).rev().find(|at| !is_first(at)) else { return };
            self.0.remove(last);
        }
        self.0.push(finding);
    }
}

/// CS-02: identifiers that two's complement would make negative; they are taken as meant.
fn unsigned_identifiers(data: BootstrapDataRef<'_>, found: &mut Findings<'_>) {
    for (object, resource) in [
        (Security::OBJECT_ID, Security::SHORT_SERVER_ID),
        (Server::OBJECT_ID, Server::SHORT_SERVER_ID),
    ] {
        for instance in data.object(object).into_iter().flat_map(|object| object.instances()) {
            let value = instance.resource(resource).and_then(|resource| resource.single().ok());
            if value.is_some_and(|value| is_unsigned_identifier(&value)) {
                found.add(instance.path().resource(resource), FindingKind::UnsignedIdentifier);
            }
        }
    }
}

/// CS-01: an account results, and at most one of a bootstrap server.
fn accounts(securities: &Instances<Security<'_>>, found: &mut Findings<'_>) {
    let object = DataPath::object(Security::OBJECT_ID);
    if securities.is_empty() {
        found.add(object, FindingKind::NoAccount);
    }
    let bootstrap_servers = securities.iter().filter(|(_, s)| s.is_bootstrap_server());
    for (id, _) in bootstrap_servers.skip(1) {
        found.add(object.instance(*id), FindingKind::SecondBootstrapServer);
    }
}

/// CS-02: short server ids are there, unique, and the same in pairs of Security and Server.
fn pairs(
    securities: &Instances<Security<'_>>,
    servers: &Instances<Server<'_>>,
    found: &mut Findings<'_>,
) {
    let security_id = |(_, security): &(u16, Security<'_>)| {
        security.short_server_id.filter(|_| !security.is_bootstrap_server())
    };
    let server_id = |(_, server): &(u16, Server<'_>)| server.short_server_id;
    for (index, entry) in securities.iter().enumerate() {
        let path = DataPath::object(Security::OBJECT_ID)
            .instance(entry.0)
            .resource(Security::SHORT_SERVER_ID);
        match security_id(entry) {
            None if entry.1.is_bootstrap_server() => {}
            None => found.add(path, FindingKind::NoShortServerId),
            Some(id) => {
                if securities.iter().take(index).any(|earlier| security_id(earlier) == Some(id)) {
                    found.add(path, FindingKind::ShortServerIdTwice(id));
                }
                if !servers.iter().any(|server| server_id(server) == Some(id)) {
                    found.add(path, FindingKind::NoServerInstance(id));
                }
            }
        }
    }
    for (index, entry) in servers.iter().enumerate() {
        let path =
            DataPath::object(Server::OBJECT_ID).instance(entry.0).resource(Server::SHORT_SERVER_ID);
        let Some(id) = server_id(entry) else {
            found.add(path, FindingKind::Missing("short server id"));
            continue;
        };
        if servers.iter().take(index).any(|earlier| server_id(earlier) == Some(id)) {
            found.add(path, FindingKind::ShortServerIdTwice(id));
        }
        if !securities.iter().any(|security| security_id(security) == Some(id)) {
            found.add(path, FindingKind::NoSecurityInstance(id));
        }
    }
}

/// CS-03 for a Security instance.
fn mandatory_security(found: &mut Findings<'_>, path: DataPath, security: &Security<'_>) {
    match security.uri {
        None => found.add(path.resource(Security::URI), FindingKind::Missing("server URI")),
        Some(uri) => check_uri(found, path.resource(Security::URI), uri, security.mode),
    }
    if security.bootstrap_server.is_none() {
        let kind = FindingKind::DefaultServes("bootstrap-server flag");
        found.add(path.resource(Security::BOOTSTRAP_SERVER), kind);
    }
    let Some(mode) = security.mode else {
        found.add(path.resource(Security::MODE), FindingKind::Missing("security mode"));
        return;
    };
    let identity = security.public_key_or_identity.is_some_and(|identity| !identity.is_empty());
    let secret = security.secret_key.is_some_and(|key| !key.is_empty());
    let server_key = security.server_public_key.is_some_and(|key| !key.is_empty());
    let (identity_name, secret_name, needs_server_key) = match mode {
        SecurityMode::PreSharedKey => ("PSK identity", "pre-shared key", false),
        SecurityMode::RawPublicKey => ("public key", "private key", true),
        SecurityMode::Certificate => ("certificate", "private key", true),
        _ => return,
    };
    if !identity {
        let kind = FindingKind::Missing(identity_name);
        found.add(path.resource(Security::PUBLIC_KEY_OR_IDENTITY), kind);
    }
    if !secret {
        found.add(path.resource(Security::SECRET_KEY), FindingKind::Missing(secret_name));
    }
    if needs_server_key && !server_key {
        let kind = FindingKind::Missing("server public key");
        found.add(path.resource(Security::SERVER_PUBLIC_KEY), kind);
    }
}

/// The schemes of LwM2M 1.0 to 1.2, whether each is protected by DTLS or TLS, and the port that
/// is meant without one.
const SCHEMES: [(&str, bool, u16); 8] = [
    ("coap", false, 5683),
    ("coaps", true, 5684),
    ("coap+tcp", false, 5683),
    ("coaps+tcp", true, 5684),
    ("coap+ws", false, 80),
    ("coaps+ws", true, 443),
    ("mqtt", false, 1883),
    ("mqtts", true, 8883),
];

/// The port that a URI of this scheme means without naming one.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    let known = SCHEMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme));
    known.map(|(.., port)| *port)
}

fn check_uri(found: &mut Findings<'_>, path: DataPath, uri: &str, mode: Option<SecurityMode>) {
    if uri.len() > MAX_URI {
        return found.add(path, FindingKind::UriTooLong { length: uri.len() });
    }
    let parsed = Uri::parse(uri).ok().filter(|uri| {
        uri.authority().is_some_and(|authority| {
            !authority.host().is_empty() && authority.port_to_u16().is_ok()
        })
    });
    let Some(parsed) = parsed else { return found.add(path, FindingKind::UriMalformed) };
    let scheme = parsed.scheme().as_str();
    match (SCHEMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme)), mode) {
        (None, _) => found.add(path, FindingKind::UriScheme),
        (Some((_, true, _)), Some(mode @ SecurityMode::NoSec)) => {
            found.add(path, FindingKind::SchemeAndMode(mode));
        }
        (Some((_, false, _)), Some(mode)) if mode != SecurityMode::NoSec => {
            found.add(path, FindingKind::SchemeAndMode(mode));
        }
        _ => {}
    }
}

/// CS-03 for a Server instance.
fn mandatory_server(found: &mut Findings<'_>, path: DataPath, server: &Server<'_>) {
    if server.lifetime.is_none() {
        found.add(path.resource(Server::LIFETIME), FindingKind::Missing("lifetime"));
    }
    if server.notification_storing.is_none() {
        let kind = FindingKind::DefaultServes("notification storing");
        found.add(path.resource(Server::NOTIFICATION_STORING), kind);
    }
    if server.binding.is_none() {
        found.add(path.resource(Server::BINDING), FindingKind::DefaultServes("binding"));
    }
}

/// In an access control list, the rights of every server that is not named (TS Core E.3).
const EVERY_SERVER: u16 = 0;
/// As the owner: none, only a bootstrap may change the Access Control instance.
const BOOTSTRAP_ONLY: u16 = u16::MAX;
/// As the instance: the object itself.
const OBJECT_ITSELF: u16 = u16::MAX;

/// CS-03 and CS-04: access control is about what the data holds and for servers it holds.
fn access_control(
    data: BootstrapDataRef<'_>,
    securities: &Instances<Security<'_>>,
    found: &mut Findings<'_>,
) {
    let accounts = || securities.iter().filter(|(_, security)| !security.is_bootstrap_server());
    let has_account = |id: u16| {
        let id = ShortServerId::new(id);
        id.is_some() && accounts().any(|(_, security)| security.short_server_id == id)
    };
    let object = data.object(AccessControl::OBJECT_ID);
    for instance in object.into_iter().flat_map(|object| object.instances()) {
        let path = instance.path();
        let access = match AccessControl::from_instance(&instance) {
            Ok(access) => access,
            Err(error) => {
                found.add(error.path, FindingKind::Value(error));
                continue;
            }
        };
        access_control_target(data, path, &access, found);
        for entry in access.entries() {
            if entry.server != EVERY_SERVER && !has_account(entry.server) {
                let path = path.resource(AccessControl::LIST).resource_instance(entry.server);
                found.add(path, FindingKind::NoSuchServer(entry.server));
            }
        }
        let owner = path.resource(AccessControl::OWNER);
        match access.owner {
            None => found.add(owner, FindingKind::Missing("owner")),
            Some(BOOTSTRAP_ONLY) => {}
            Some(id) if has_account(id) => {}
            Some(id) => found.add(owner, FindingKind::NoSuchServer(id)),
        }
    }
}

/// What an Access Control instance is about is told, and there.
fn access_control_target(
    data: BootstrapDataRef<'_>,
    path: DataPath,
    access: &AccessControl<'_>,
    found: &mut Findings<'_>,
) {
    /// Resources 0 and 1.
    const OBJECT: u16 = 0;
    const INSTANCE: u16 = 1;
    if access.object.is_none() {
        found.add(path.resource(OBJECT), FindingKind::Missing("object id"));
    }
    if access.instance.is_none() {
        found.add(path.resource(INSTANCE), FindingKind::Missing("object instance id"));
    }
    if let (Some(object), Some(instance)) = (access.object, access.instance)
        && instance != OBJECT_ITSELF
        && data.object(object).is_none_or(|object| object.instance(instance).is_none())
    {
        found.add(path, FindingKind::NoTarget { object, instance });
    }
}

/// BS-04: the bootstrap server's secrets are nobody else's. Compared in constant time (FT-04).
fn shared_secret(
    data: BootstrapDataRef<'_>,
    securities: &Instances<Security<'_>>,
    found: &mut Findings<'_>,
) {
    let of = |bootstrap_server: bool| {
        let accounts = securities.iter();
        let accounts = accounts.filter(move |(_, s)| s.is_bootstrap_server() == bootstrap_server);
        accounts.flat_map(move |account| secrets(data, account))
    };
    for (path, secret) in of(false) {
        if of(true).any(|(_, other)| bool::from(other.expose().ct_eq(secret.expose()))) {
            found.add(path, FindingKind::SharedSecret);
        }
    }
}

/// The secrets of an account, and where each stands: its own, and that of the OSCORE instance it
/// links to.
fn secrets<'a>(
    data: BootstrapDataRef<'a>,
    (id, security): &(u16, Security<'a>),
) -> impl Iterator<Item = (DataPath, SecretBytes<'a>)> {
    /// Resource 0 of object 21.
    const MASTER_SECRET: u16 = 0;
    let path = DataPath::object(Security::OBJECT_ID).instance(*id);
    let own = security.secret_key.map(|secret| (path.resource(Security::SECRET_KEY), secret));
    let oscore = oscore_instance(data, security).and_then(|instance| {
        let secret = Oscore::from_instance(&instance).ok()?.master_secret?;
        Some((instance.path().resource(MASTER_SECRET), secret))
    });
    own.into_iter().chain(oscore).filter(|(_, secret)| !secret.is_empty())
}
