// SPDX-License-Identifier: Apache-2.0
//! Factory bootstrap information: what a device falls back on when its card does not configure it.

use simstrap_policy::bootstrap_data::object::{Security, Server};
use simstrap_policy::bootstrap_data::{BootstrapData, DecodeError};
use simstrap_policy::{Assessment, Finding, InstancePath, Severity, Source};

use super::contents::{Contents, ContentsError};

/// Bootstrap information from the factory.
#[derive(Debug)]
pub(crate) struct FactoryData(BootstrapData);

/// Why data is no factory bootstrap information.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FactoryError {
    /// It is no valid bootstrap file.
    #[error(transparent)]
    Malformed(DecodeError),
    /// No device can use it.
    #[error("{0}")]
    Inconsistent(Finding),
}

impl FactoryData {
    /// Takes the bytes of a bootstrap file that a device can use.
    pub(crate) fn new(file: &[u8]) -> Result<Self, FactoryError> {
        let data = BootstrapData::from_bytes(file).map_err(FactoryError::Malformed)?;
        let assessment = Assessment::of(data.as_ref());
        let mut findings = assessment.findings().iter();
        match findings.find(|finding| finding.severity() == Severity::Error) {
            Some(finding) => Err(FactoryError::Inconsistent(*finding)),
            None => Ok(Self(data)),
        }
    }

    /// Puts the instances in place. One of an account that is there goes where that account has
    /// it, unless a server wrote it; others where their place is free. Accounts find another
    /// place where it is not: they are known by their short server id.
    pub(super) fn apply(&self, contents: &mut Contents) -> Result<(), ContentsError> {
        for object in self.0.as_ref().objects() {
            for instance in object.instances() {
                let wanted = InstancePath::new(object.id(), instance.id());
                if let Some(path) = place(contents, wanted, instance.as_bytes())? {
                    contents.write(path, instance.as_bytes(), Source::Factory)?;
                }
            }
        }
        let accounts: Vec<_> =
            contents.accounts().map(|account| (account.id, account.source)).collect();
        for (id, source) in accounts {
            if source == Source::Factory {
                contents.enable(id);
            }
        }
        Ok(())
    }
}

/// Where an instance goes, if anywhere.
fn place(
    contents: &Contents,
    wanted: InstancePath,
    resources: &[u8],
) -> Result<Option<InstancePath>, ContentsError> {
    let is_account = matches!(wanted.object, Security::OBJECT_ID | Server::OBJECT_ID);
    if is_account {
        let mut alone = Contents::default();
        alone.write(wanted, resources, Source::Factory)?;
        let account = alone.get(wanted).and_then(|held| held.account(wanted));
        let mut same = contents.iter().filter(|(path, held)| {
            path.object == wanted.object && account.is_some() && held.account(*path) == account
        });
        if let Some((path, held)) = same.next() {
            let yields = matches!(held.source(), Source::Factory | Source::Smartcard);
            return Ok(yields.then_some(path));
        }
    }
    let is_free = |path: &InstancePath| {
        contents.get(*path).is_none_or(|held| held.source() == Source::Factory && !is_account)
    };
    if is_free(&wanted) {
        return Ok(Some(wanted));
    }
    let mut others = (0..u16::MAX).map(|id| InstancePath::new(wanted.object, id));
    Ok(others.find(is_free).filter(|_| is_account))
}
