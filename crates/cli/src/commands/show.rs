// SPDX-License-Identifier: Apache-2.0
//! Showing bootstrap data, wherever it comes from.

use simstrap_policy::Severity;
use simstrap_policy::bootstrap_data::BootstrapDataRef;

use super::Outcome;
use crate::args::ShowArgs;
use crate::error::Error;
use crate::format::{Format, LeftOut, Reason, hex, json, senml, table, toml};
use crate::view::{Decoding, Provenance, Secrets, View};
use crate::{message, output, terminal};

/// Shows data in the format asked for. `file` is the data and what follows it in its file.
pub(super) fn show(
    data: BootstrapDataRef<'_>,
    file: &[u8],
    provenance: Provenance<'_>,
    decoding: Decoding<'_>,
    args: &ShowArgs,
) -> Result<Outcome, Error> {
    let secrets = if args.show_secrets { Secrets::Shown } else { Secrets::Redacted };
    let view = View::of(data, provenance, secrets, decoding);
    let width = terminal::width();
    match args.format {
        Format::Table => output::print_styled(&table::render(&view, width))?,
        Format::Json => output::print(&json::render(&view))?,
        Format::Senml => {
            let senml = senml::render(&view);
            report_left_out(&senml.left_out);
            output::print(&senml.text)?;
        }
        Format::Toml => {
            let toml = toml::render(&view);
            report_left_out(&toml.left_out);
            output::print(&toml.text)?;
        }
        Format::Hex => output::print_styled(&hex::render(data, file, secrets, width))?,
        Format::Raw => output::print_bytes(data.as_bytes())?,
    }
    if !matches!(args.format, Format::Table | Format::Json) {
        report_findings(&view);
    }
    Ok(outcome(&view))
}

/// What the findings make of a command that has its result.
pub(super) fn outcome(view: &View<'_>) -> Outcome {
    if view.is_consistent() { Outcome::Done } else { Outcome::Inconsistent }
}

/// Tells the findings that the output does not hold.
pub(super) fn report_findings(view: &View<'_>) {
    for finding in &view.findings {
        let text = format!("{} ({}): {}", finding.rule, finding.path, finding.message);
        match finding.severity {
            Severity::Error => message::complain(text),
            Severity::Warning => message::warn(text),
        }
    }
}

/// Tells what the output does not hold.
fn report_left_out(left_out: &[LeftOut]) {
    for LeftOut { path, reason } in left_out {
        message::warn(match reason {
            Reason::Secret => format!("{path} is a secret and left out; --show-secrets has it"),
            Reason::Nothing => format!("{path} holds nothing, which SenML cannot say: left out"),
            Reason::Again => format!("{path} stands there twice: the first one is a comment"),
        });
    }
}
