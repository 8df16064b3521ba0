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

#[cfg(test)]
mod tests {
    use simstrap_policy::AccountId;
    use simstrap_policy::bootstrap_data::object::ShortServerId;

    use super::*;
    use crate::input;
    use crate::source::{Origin, Stream};

    const FACTORY: &str = "
        [0.0]
        0 = 'coap://factory.example.com'
        1 = false
        2 = 3
        10 = 9
        [1.0]
        0 = 9
        1 = 600
        6 = true
        7 = 'U'
        [3.0]
        0 = 'maker'
    ";

    fn data(description: &str) -> Vec<u8> {
        let origin = Origin::Standard(Stream::Input);
        let draft = input::read(description.as_bytes(), &origin, None).unwrap();
        draft.encode().unwrap().to_vec()
    }

    /// What a device holds that got this from a source.
    fn held(description: &str, source: Source) -> Contents {
        let data = BootstrapData::from_bytes(&data(description)).unwrap();
        let mut contents = Contents::default();
        for object in data.as_ref().objects() {
            for instance in object.instances() {
                let path = InstancePath::new(object.id(), instance.id());
                contents.write(path, instance.as_bytes(), source).unwrap();
            }
        }
        contents
    }

    fn sources(contents: &Contents) -> Vec<String> {
        contents.iter().map(|(path, held)| format!("{path} {}", held.source())).collect()
    }

    fn apply(contents: &mut Contents) {
        FactoryData::new(&data(FACTORY)).unwrap().apply(contents).unwrap();
    }

    #[test]
    fn bs_01_a_device_that_holds_nothing_gets_all_of_it() {
        let mut contents = Contents::default();
        apply(&mut contents);
        assert_eq!(sources(&contents), ["/0/0 factory", "/1/0 factory", "/3/0 factory"]);
        let before = contents.clone();
        apply(&mut contents);
        assert_eq!(contents, before, "a second time changes nothing");
    }

    #[test]
    fn dd_01_other_accounts_keep_their_place() {
        let other = FACTORY.replace("10 = 9", "10 = 8").replace("0 = 9\n", "0 = 8\n");
        for source in [Source::Smartcard, Source::BootstrapServer] {
            let mut contents = held(&other, source);
            apply(&mut contents);
            let own = source.name();
            let expected = [
                format!("/0/0 {own}"),
                "/0/1 factory".to_owned(),
                format!("/1/0 {own}"),
                "/1/1 factory".to_owned(),
                format!("/3/0 {own}"),
            ];
            assert_eq!(sources(&contents), expected);
            contents.check().unwrap();
        }
    }

    #[test]
    fn a_disabled_account_of_the_card_gives_way_and_one_of_a_server_does_not() {
        let id = AccountId::Server(ShortServerId::new(9).unwrap());
        let moved = FACTORY.replace("[0.0]", "[0.4]").replace("[1.0]", "[1.5]");
        let mut contents = held(&moved, Source::Smartcard);
        contents.disable(id);
        apply(&mut contents);
        let expected = ["/0/4 factory", "/1/5 factory", "/3/0 smartcard"];
        assert_eq!(sources(&contents), expected);
        assert!(contents.disabled().is_empty());

        let mut contents = held(&moved, Source::BootstrapServer);
        let before = contents.clone();
        apply(&mut contents);
        assert_eq!(contents, before);
    }

    #[test]
    fn cs_05_what_no_device_can_use_is_no_factory_data() {
        let half = FACTORY.split("[1.0]").next().unwrap();
        assert!(matches!(FactoryData::new(&data(half)), Err(FactoryError::Inconsistent(_))));
        assert!(matches!(FactoryData::new(b"text"), Err(FactoryError::Malformed(_))));
    }
}
