// SPDX-License-Identifier: Apache-2.0
//! What a device would do with the data: as which device one looks at it, and the plan.

use simstrap_policy::bootstrap_data::object::ShortServerId;
use simstrap_policy::{AccountId, InstancePath, Plan, Policy, Record, Salt, Step};

use crate::device::Device;

/// As which device one looks at data: what it wants, what it holds, what it remembers.
#[derive(Debug)]
pub(crate) struct Stance {
    pub(crate) policy: Policy,
    pub(crate) device: Device,
    pub(crate) record: Record,
}

impl Stance {
    /// A device that has never seen a card.
    pub(crate) fn new(policy: Policy) -> Self {
        // Nothing is stored that the salt would protect.
        let record = Record::new(Salt::new([0; Salt::LEN]));
        Self { policy, device: Device::in_memory(), record }
    }
}

impl Default for Stance {
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

/// A step of a plan, without what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepView {
    /// A stable name.
    pub(crate) action: &'static str,
    /// The account it is about.
    pub(crate) account: Option<AccountId>,
    /// The object instance it is about.
    pub(crate) path: Option<InstancePath>,
    /// How many bytes are written.
    pub(crate) length: Option<usize>,
    /// For people.
    pub(crate) text: String,
}

impl StepView {
    /// The steps of a plan, and what it leaves out.
    pub(super) fn of(plan: &Plan<'_>) -> Vec<Self> {
        let skipped = plan.skipped().iter().map(|path| Self {
            action: "skip",
            account: None,
            path: Some(*path),
            length: None,
            text: format!("leave {path} out"),
        });
        plan.steps().iter().map(Self::from).chain(skipped).collect()
    }
}

impl From<&Step<'_>> for StepView {
    fn from(step: &Step<'_>) -> Self {
        let server = |id: ShortServerId| Some(AccountId::Server(id));
        let access = |instance| Some(InstancePath::new(2, instance));
        let (action, account, path, length) = match *step {
            Step::Deregister(id) => ("deregister", Some(id), None, None),
            Step::CloseSession(id) => ("close-session", Some(id), None, None),
            Step::Disable(id) => ("disable", Some(id), None, None),
            Step::CancelObservations(id) => ("cancel-observations", server(id), None, None),
            Step::ChangeOwner { access_control, owner } => {
                ("change-owner", server(owner), access(access_control), None)
            }
            Step::RemoveAccess { access_control, server: id } => {
                ("remove-access", server(id), access(access_control), None)
            }
            Step::Remove(path) => ("remove", None, Some(path), None),
            Step::Write { path, bytes } => ("write", None, Some(path), Some(bytes.len())),
            Step::Enable(id) => ("enable", Some(id), None, None),
            Step::Keep(id) => ("keep", Some(id), None, None),
            _ => ("other", None, None, None),
        };
        Self { action, account, path, length, text: step.to_string() }
    }
}
