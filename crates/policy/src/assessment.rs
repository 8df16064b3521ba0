// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data, assessed: its accounts, its findings, the verdicts.

use alloc::vec::Vec;

use simstrap_bootstrap_data::object::{Security, Server};
use simstrap_bootstrap_data::scp03::{SecurityLevel, StaticKeys};
use simstrap_bootstrap_data::{BootstrapDataRef, DataPath, InstanceRef};

use crate::consistency::{self, Findings};
use crate::finding::Ground;
use crate::policy::{Policy, Tolerance, Unsupported};
use crate::{
    Account, AccountId, AccountView, BootstrapServerAccount, Choice, Device, Finding, FindingKind,
    InstancePath, MAX_ACCOUNTS, Reason, Severity, Source, Verdict,
};

/// What bootstrap data offers, what is wrong with it, and what to do.
#[derive(Debug, Clone)]
pub struct Assessment<'a> {
    data: BootstrapDataRef<'a>,
    bootstrap_server: Option<BootstrapServerAccount<'a>>,
    servers: Vec<Account<'a>>,
    findings: Vec<Finding>,
    refused: Option<Reason>,
}

/// What a policy has to know besides the data.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'c> {
    /// What protected the data on its way from the card; `None` when it was read in the clear.
    pub secure_channel: Option<SecurityLevel>,
    /// The keys of the secure channel, to find them in the data.
    pub scp03_keys: Option<&'c StaticKeys>,
    /// What the device holds.
    pub device: Device<'c>,
}

impl<'a> Assessment<'a> {
    /// Assesses the whole of the data under the default policy: everything is applied, unless
    /// the data is inconsistent, then nothing.
    #[must_use]
    pub fn of(data: BootstrapDataRef<'a>) -> Self {
        Self::under(&Policy::default(), data, &Circumstances::default(), &mut ())
    }

    /// Assesses the whole of the data under a policy, and asks the device about every account
    /// that may be used.
    // Not part of its caller, whose stack frame is there as long as the assessment is.
    #[inline(never)]
    #[must_use]
    pub fn under(
        policy: &Policy,
        data: BootstrapDataRef<'a>,
        circumstances: &Circumstances<'_>,
        choice: &mut impl Choice,
    ) -> Self {
        let mut findings = Vec::new();
        let securities = typed(data, Security::OBJECT_ID, Security::from_instance, &mut findings);
        let servers = typed(data, Server::OBJECT_ID, Server::from_instance, &mut findings);
        consistency::check(data, &securities, &servers, &mut findings);
        consistency::unsupported(data, &policy.objects, &mut findings);
        if let Some(keys) = circumstances.scp03_keys {
            consistency::scp03_keys(data, &securities, keys, &mut findings);
        }
        let refused = refusal(policy, &findings, circumstances.secure_channel);
        let mut assessment =
            Self { data, bootstrap_server: None, servers: Vec::new(), findings, refused };
        assessment.pair(securities, &servers);
        if refused.is_none() {
            assessment.judge(policy, circumstances.device, choice);
        }
        assessment
    }

    /// The data.
    #[must_use]
    pub const fn data(&self) -> BootstrapDataRef<'a> {
        self.data
    }

    /// The bootstrap-server account, where there is one.
    #[must_use]
    pub const fn bootstrap_server(&self) -> Option<&BootstrapServerAccount<'a>> {
        self.bootstrap_server.as_ref()
    }

    /// The server accounts, in the order of the data.
    #[must_use]
    pub fn servers(&self) -> impl ExactSizeIterator<Item = &Account<'a>> {
        self.servers.iter()
    }

    /// What is wrong or odd, object by object: 64 at most, and among them the first on every
    /// ground on which a policy can refuse the data.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing keeps the data from being used.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity() != Severity::Error)
    }

    /// Why the data is refused as a whole, if it is.
    #[must_use]
    pub const fn refused(&self) -> Option<Reason> {
        self.refused
    }

    /// Makes accounts of Security and Server instances; all refused for now.
    fn pair(&mut self, securities: Vec<(u16, Security<'a>)>, servers: &[(u16, Server<'a>)]) {
        let verdict = Verdict::refuse(self.refused.unwrap_or(Reason::Default));
        for (security_instance, security) in securities {
            if security.is_bootstrap_server() {
                let account = BootstrapServerAccount { security_instance, security, verdict };
                self.bootstrap_server.get_or_insert(account);
            } else {
                let id = security.short_server_id;
                let server = servers
                    .iter()
                    .find(|(_, server)| id.is_some() && server.short_server_id == id)
                    .cloned();
                let (server_instance, server) = server.unzip();
                let account =
                    Account { security_instance, security, server_instance, server, verdict };
                self.servers.push(account);
            }
        }
    }

    /// Judges every account of data that is in order as a whole.
    fn judge(&mut self, policy: &Policy, device: Device<'_>, choice: &mut impl Choice) {
        let mut verdict = |account: &AccountView<'_, '_>, instances: &[InstancePath]| {
            let proposed = policy.judge(account, rival(policy, device, account.id, instances));
            if proposed.decision == crate::Decision::Refuse {
                return proposed;
            }
            let decision = choice.choose(account, proposed);
            let chosen = decision != proposed.decision;
            Verdict { decision, reason: if chosen { Reason::Choice } else { proposed.reason } }
        };
        if let Some(account) = &mut self.bootstrap_server {
            let instances = [InstancePath::security(account.security_instance)];
            account.verdict = verdict(&account.view(), &instances);
        }
        for account in &mut self.servers {
            let security = InstancePath::security(account.security_instance);
            let server = account.server_instance.map_or(security, InstancePath::server);
            if let Some(view) = account.view() {
                account.verdict = verdict(&view, &[security, server]);
            }
        }
    }
}

/// Why data is refused as a whole: what was read without protection is judged no further.
fn refusal(
    policy: &Policy,
    findings: &[Finding],
    achieved: Option<SecurityLevel>,
) -> Option<Reason> {
    if let Some(demanded) = policy.secure_channel
        && !achieved.is_some_and(|achieved| achieved.provides(demanded))
    {
        return Some(Reason::SecureChannel { demanded, achieved });
    }
    let error = findings.iter().find(|finding| finding.severity() == Severity::Error);
    if let Some(error) = error {
        return Some(Reason::Inconsistent(error.rule()));
    }
    findings.iter().find_map(|finding| {
        let tolerance = match finding.kind.ground() {
            Ground::SharedSecret => policy.findings.shared_secret,
            Ground::Scp03Key => policy.findings.scp03_keys,
            Ground::Unsupported => {
                let refused = policy.objects.others == Unsupported::Refuse;
                return refused.then_some(Reason::UnsupportedObject(finding.path.object?));
            }
            Ground::Error | Ground::OtherWarning => policy.findings.warnings,
        };
        (tolerance == Tolerance::Refuse).then_some(Reason::Finding(finding.rule()))
    })
}

/// Another source that has configured the same account or the same instances. Of several, one
/// that the card yields to.
fn rival(
    policy: &Policy,
    device: Device<'_>,
    id: AccountId,
    instances: &[InstancePath],
) -> Option<Source> {
    device
        .instances
        .iter()
        .filter(|held| held.account == Some(id) || instances.contains(&held.path))
        .filter_map(crate::HeldInstance::foreign_source)
        .max_by_key(|source| policy.precedence.yields_to(*source))
}

/// The instances of an object, typed; those that cannot be, and those beyond the bound, become
/// findings.
fn typed<'a, T>(
    data: BootstrapDataRef<'a>,
    object: u16,
    from_instance: impl Fn(&InstanceRef<'a>) -> Result<T, simstrap_bootstrap_data::DecodeError>,
    findings: &mut Vec<Finding>,
) -> Vec<(u16, T)> {
    let mut found = Vec::new();
    for instance in data.object(object).into_iter().flat_map(|object| object.instances()) {
        if found.len() == MAX_ACCOUNTS {
            let path = DataPath::object(object).instance(instance.id());
            Findings(findings).add(path, FindingKind::TooManyAccounts);
            break;
        }
        match from_instance(&instance) {
            Ok(value) => found.push((instance.id(), value)),
            Err(error) => {
                Findings(findings).add(error.path, FindingKind::Value(error));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
