// SPDX-License-Identifier: Apache-2.0
//! What is wrong or odd: by the policy, by the format, and by the types of values.

use simstrap_policy::bootstrap_data::{DataPath, DecodeError};
use simstrap_policy::{Finding, FindingKind, Rule, Severity};

use super::Decoding;

/// Something to know about the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FindingView {
    /// A rule such as `CS-02`, or [`FORMAT_RULE`].
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) path: DataPath,
    pub(crate) message: String,
}

/// The rule that deviations from the format break.
const FORMAT_RULE: &str = "format";

/// Collects findings, each once.
pub(super) struct Collector {
    lenient: bool,
    findings: Vec<FindingView>,
    /// Values the policy has spoken about.
    judged: Vec<DecodeError>,
}

impl Collector {
    /// Begins with the deviations from the format that lenient decoding passed over.
    pub(super) fn new(decoding: Decoding<'_>) -> Self {
        let finding = |deviation: &DecodeError| FindingView {
            rule: FORMAT_RULE,
            severity: Severity::Error,
            path: deviation.path,
            message: described(deviation, deviation.kind.lenient_reading()),
        };
        let findings = decoding.deviations().iter().map(finding).collect();
        let lenient = matches!(decoding, Decoding::Lenient(_));
        Self { lenient, findings, judged: Vec::new() }
    }

    /// Whether values are taken for what they seem to be.
    pub(super) const fn is_lenient(&self) -> bool {
        self.lenient
    }

    /// What the policy found.
    pub(super) fn add_assessment(&mut self, findings: &[Finding]) {
        for finding in findings {
            let message = match finding.kind {
                FindingKind::Value(error) => {
                    self.judged.push(error);
                    described(&error, self.taken_for(&error))
                }
                kind => kind.to_string(),
            };
            self.findings.push(FindingView {
                rule: finding.rule().id(),
                severity: finding.severity(),
                path: finding.path,
                message,
            });
        }
    }

    /// A value that is none of its type, in a resource the policy may not look at.
    pub(super) fn add_value(&mut self, error: DecodeError, path: DataPath) {
        let same =
            |judged: &DecodeError| judged.kind == error.kind && judged.offset == error.offset;
        if !self.judged.iter().any(same) {
            let taken_for = self.taken_for(&error).unwrap_or("shown as bytes");
            self.add_warning(path, described(&error, Some(taken_for)));
        }
    }

    /// Something odd about a value.
    pub(super) fn add_warning(&mut self, path: DataPath, message: String) {
        let severity = Severity::Warning;
        self.findings.push(FindingView { rule: Rule::Cs03.id(), severity, path, message });
    }

    pub(super) fn into_findings(self) -> Vec<FindingView> {
        self.findings
    }

    fn taken_for(&self, error: &DecodeError) -> Option<&'static str> {
        error.kind.lenient_reading().filter(|_| self.lenient)
    }
}

/// Where, what, and what it is taken for; the path is told beside it.
fn described(error: &DecodeError, taken_for: Option<&str>) -> String {
    let DecodeError { kind, offset, .. } = error;
    match taken_for {
        Some(taken_for) => format!("byte {offset}: {kind}; {taken_for}"),
        None => format!("byte {offset}: {kind}"),
    }
}
