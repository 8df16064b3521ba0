// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data, assessed: its accounts, its findings, the verdicts.

use alloc::vec::Vec;

use simstrap_bootstrap_data::object::{Security, Server};
use simstrap_bootstrap_data::{BootstrapDataRef, DataPath, InstanceRef};

use crate::consistency;
use crate::{
    Account, BootstrapServerAccount, Finding, FindingKind, MAX_ACCOUNTS, Severity, Verdict,
};

/// What bootstrap data offers, what is wrong with it, and what to do.
#[derive(Debug, Clone)]
pub struct Assessment<'a> {
    bootstrap_server: Option<BootstrapServerAccount<'a>>,
    servers: Vec<Account<'a>>,
    findings: Vec<Finding>,
}

impl<'a> Assessment<'a> {
    /// Assesses the whole of the data under the default policy: everything is applied, unless
    /// the data is inconsistent, then nothing.
    #[must_use]
    pub fn of(data: BootstrapDataRef<'a>) -> Self {
        let mut findings = Vec::new();
        let securities = typed(data, Security::OBJECT_ID, Security::from_instance, &mut findings);
        let servers = typed(data, Server::OBJECT_ID, Server::from_instance, &mut findings);
        consistency::check(data, &securities, &servers, &mut findings);
        let verdict = Verdict::on(&findings);
        let mut assessment = Self { bootstrap_server: None, servers: Vec::new(), findings };
        for (security_instance, security) in securities {
            if security.is_bootstrap_server() {
                let account = BootstrapServerAccount { security_instance, security, verdict };
                assessment.bootstrap_server.get_or_insert(account);
            } else {
                let id = security.short_server_id;
                let server = servers
                    .iter()
                    .find(|(_, server)| id.is_some() && server.short_server_id == id)
                    .cloned();
                let (server_instance, server) = server.unzip();
                let account =
                    Account { security_instance, security, server_instance, server, verdict };
                assessment.servers.push(account);
            }
        }
        assessment
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

    /// What is wrong or odd, object by object.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing keeps the data from being used.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity() != Severity::Error)
    }
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
            findings.push(Finding { path, kind: FindingKind::TooManyAccounts });
            break;
        }
        match from_instance(&instance) {
            Ok(value) => found.push((instance.id(), value)),
            Err(error) => {
                findings.push(Finding { path: error.path, kind: FindingKind::Value(error) });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
