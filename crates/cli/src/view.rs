// SPDX-License-Identifier: Apache-2.0
//! What there is to show about bootstrap data: every format shows this, so that all agree.

mod finding;
mod plan;
mod resource;

pub(crate) use finding::FindingView;
pub(crate) use plan::{Stance, StepView};
pub(crate) use resource::{ContentView, ResourceView, Shown};

use simstrap_policy::bootstrap_data::object::{SecurityMode, ShortServerId};
use simstrap_policy::bootstrap_data::reader::{Digest, Reading};
use simstrap_policy::bootstrap_data::scp03::apdu::{Cost, Iccid};
use simstrap_policy::bootstrap_data::scp03::{Achieved, StaticKeys};
use simstrap_policy::bootstrap_data::{BootstrapDataRef, DecodeError, Version, registry};
use simstrap_policy::{
    AccountId, Assessment, Circumstances, Decision, Engine, Observation, Plan, Reason, Severity,
    Verdict,
};

use finding::Collector;

/// Bootstrap data, where it comes from, and what to think of it.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// `None` when it comes from a file.
    pub(crate) card: Option<CardView>,
    pub(crate) file: FileView,
    /// What the card did that the standards would not have it do.
    pub(crate) quirks: Vec<&'static str>,
    pub(crate) objects: Vec<ObjectView<'a>>,
    pub(crate) bootstrap_server: Option<BootstrapServerView<'a>>,
    pub(crate) servers: Vec<ServerView<'a>>,
    pub(crate) findings: Vec<FindingView>,
    /// What a device would do.
    pub(crate) plan: Vec<StepView>,
    pub(crate) cost: Cost,
}

/// The card.
#[derive(Debug)]
pub(crate) struct CardView {
    pub(crate) iccid: Iccid,
    pub(crate) transport: String,
    pub(crate) logical_channel: u8,
    pub(crate) secure_channel: Option<Achieved>,
}

/// The bootstrap file.
#[derive(Debug)]
pub(crate) struct FileView {
    /// Path on the card, or name of the file.
    pub(crate) path: String,
    /// Size in bytes, where the card tells.
    pub(crate) size: Option<usize>,
    /// Bytes in use.
    pub(crate) used: usize,
    pub(crate) digest: Digest,
}

/// An object.
#[derive(Debug)]
pub(crate) struct ObjectView<'a> {
    pub(crate) id: u16,
    pub(crate) name: Option<&'static str>,
    pub(crate) version: Option<Version>,
    pub(crate) instances: Vec<InstanceView<'a>>,
}

/// An object instance.
#[derive(Debug)]
pub(crate) struct InstanceView<'a> {
    pub(crate) id: u16,
    pub(crate) resources: Vec<ResourceView<'a>>,
}

/// The account of a server.
#[derive(Debug)]
pub(crate) struct ServerView<'a> {
    pub(crate) short_server_id: Option<u16>,
    pub(crate) uri: Option<&'a str>,
    pub(crate) security_mode: Option<SecurityMode>,
    pub(crate) lifetime: Option<u32>,
    pub(crate) binding: Option<&'a str>,
    pub(crate) verdict: VerdictView,
}

/// The account of the bootstrap server.
#[derive(Debug)]
pub(crate) struct BootstrapServerView<'a> {
    pub(crate) uri: Option<&'a str>,
    pub(crate) security_mode: Option<SecurityMode>,
    pub(crate) hold_off: Option<u32>,
    pub(crate) account_timeout: Option<u32>,
    pub(crate) verdict: VerdictView,
}

/// What to do with an account, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerdictView {
    pub(crate) decision: Decision,
    pub(crate) reason: String,
}

/// Whether keys and passwords are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    Redacted,
    Shown,
}

/// How the data was decoded, and how values are taken that are not quite of their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoding<'d> {
    Strict,
    /// With the deviations from the format that were passed over.
    Lenient(&'d [DecodeError]),
}

impl<'d> Decoding<'d> {
    /// The deviations that were passed over.
    const fn deviations(self) -> &'d [DecodeError] {
        match self {
            Self::Strict => &[],
            Self::Lenient(deviations) => deviations,
        }
    }
}

/// Where the data comes from and what getting it was like.
#[derive(Debug)]
pub(crate) struct Provenance<'k> {
    pub(crate) card: Option<CardView>,
    pub(crate) file: FileView,
    pub(crate) quirks: Vec<&'static str>,
    pub(crate) cost: Cost,
    /// The keys of the secure channel, which must not be in the data.
    pub(crate) scp03_keys: Option<&'k StaticKeys>,
    /// The device that looks at it.
    pub(crate) stance: &'k Stance,
}

impl FileView {
    /// The file that a card was read from.
    pub(crate) fn on_card(reading: &Reading) -> Self {
        Self {
            path: reading.file.to_string(),
            size: reading.file_size,
            used: reading.used.len(),
            digest: reading.digest,
        }
    }
}

impl<'a> View<'a> {
    /// Looks at data.
    pub(crate) fn of(
        data: BootstrapDataRef<'a>,
        provenance: Provenance<'_>,
        secrets: Secrets,
        decoding: Decoding<'_>,
    ) -> Self {
        let (assessment, plan) = judged(data, &provenance, decoding);
        let Provenance { card, file, quirks, cost, .. } = provenance;
        let mut findings = Collector::new(decoding);
        findings.add_assessment(assessment.findings());
        let objects = data
            .objects()
            .map(|object| ObjectView {
                id: object.id(),
                name: registry::object(object.id()).map(|definition| definition.name),
                version: object.version(),
                instances: object
                    .instances()
                    .map(|instance| InstanceView {
                        id: instance.id(),
                        resources: instance
                            .resources()
                            .map(|resource| ResourceView::of(&resource, secrets, &mut findings))
                            .collect(),
                    })
                    .collect(),
            })
            .collect();
        let verdict = |id: Option<AccountId>, verdict| {
            // What the device does in the end may be decided by what it holds.
            let mut planned = plan.record().accounts().iter();
            let planned = planned.find(|account| Some(account.id) == id);
            VerdictView::of(planned.map_or(verdict, |account| account.verdict), decoding)
        };
        Self {
            card,
            file,
            quirks,
            objects,
            bootstrap_server: bootstrap_server(&assessment, verdict),
            servers: servers(&assessment, verdict),
            findings: findings.into_findings(),
            plan: StepView::of(&plan),
            cost,
        }
    }

    /// Whether nothing keeps the data from being used.
    pub(crate) fn is_consistent(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

/// What is to be thought of the data, and what to be done. A device decodes strictly, so
/// malformed data is no bootstrap data for it.
fn judged<'a>(
    data: BootstrapDataRef<'a>,
    provenance: &Provenance<'_>,
    decoding: Decoding<'_>,
) -> (Assessment<'a>, Plan<'a>) {
    let Provenance { card, file, scp03_keys, stance, .. } = provenance;
    let achieved = card.as_ref().and_then(|card| card.secure_channel);
    // A file is on no card; a device without a record takes any for a new one.
    let iccid = card.as_ref().map_or(Iccid::from_bytes([0; Iccid::LEN]), |card| card.iccid);
    stance.device.with_view(|view| {
        let circumstances = Circumstances {
            secure_channel: achieved.map(|achieved| achieved.level),
            scp03_keys: *scp03_keys,
            device: view.device,
        };
        let assessment = Assessment::under(&stance.policy, data, &circumstances, &mut ());
        let engine = Engine { policy: &stance.policy, record: &stance.record, device: view.device };
        let plan = engine.plan(Observation::Card {
            iccid,
            digest: file.digest,
            assessment: decoding.deviations().is_empty().then_some(&assessment),
        });
        (assessment, plan)
    })
}

fn bootstrap_server<'a>(
    assessment: &Assessment<'a>,
    verdict: impl Fn(Option<AccountId>, Verdict) -> VerdictView,
) -> Option<BootstrapServerView<'a>> {
    assessment.bootstrap_server().map(|account| BootstrapServerView {
        uri: account.security.uri,
        security_mode: account.security.mode,
        hold_off: account.security.hold_off,
        account_timeout: account.security.account_timeout,
        verdict: verdict(Some(AccountId::BootstrapServer), account.verdict()),
    })
}

fn servers<'a>(
    assessment: &Assessment<'a>,
    verdict: impl Fn(Option<AccountId>, Verdict) -> VerdictView,
) -> Vec<ServerView<'a>> {
    assessment
        .servers()
        .map(|account| ServerView {
            short_server_id: account.short_server_id().map(ShortServerId::to_u16),
            uri: account.security.uri,
            security_mode: account.security.mode,
            lifetime: account.server.as_ref().and_then(|server| server.lifetime),
            binding: account.server.as_ref().and_then(|server| server.binding),
            verdict: verdict(account.short_server_id().map(AccountId::Server), account.verdict()),
        })
        .collect()
}

impl VerdictView {
    /// A device decodes strictly, so it would not even come to the verdict on malformed data.
    fn of(verdict: Verdict, decoding: Decoding<'_>) -> Self {
        let undecodable = Verdict { decision: Decision::Refuse, reason: Reason::Undecodable };
        let Verdict { decision, reason } =
            if decoding.deviations().is_empty() { verdict } else { undecodable };
        Self { decision, reason: reason.to_string() }
    }
}
