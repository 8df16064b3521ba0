// SPDX-License-Identifier: Apache-2.0
//! Tables for people. Whatever comes from the card is escaped, and long values are wrapped where
//! the terminal ends.

mod columns;

use simstrap_policy::bootstrap_data::Value;
use simstrap_policy::bootstrap_data::scp03::Achieved;
use simstrap_policy::bootstrap_data::scp03::apdu::Cost;
use simstrap_policy::{Decision, Severity};

use self::columns::{Cell, laid_out};
use super::text::{ascii, plural};
use crate::terminal::{BAD, FAINT, GOOD, HEADING, WARN, escaped};
use crate::view::{
    BootstrapServerView, CardView, ContentView, FileView, FindingView, InstanceView, ObjectView,
    ResourceView, ServerView, Shown, StepView, VerdictView, View,
};

/// Opaque values are shown up to this length; a certificate would fill the screen.
const MAX_OPAQUE: usize = 64;

/// The tables, at most `width` columns wide where there is a width to heed.
pub(crate) fn render(view: &View<'_>, width: Option<usize>) -> String {
    let page = width.unwrap_or(usize::MAX);
    let mut text = facts(view, page);
    text.push_str(&accounts(view, page));
    view.objects.iter().for_each(|object| text.push_str(&self::object(object, page)));
    text.push_str(&findings(&view.findings, page));
    text.push_str(&plan(&view.plan, page));
    if view.card.is_some() {
        text.push('\n');
        text.push_str(&cost(view.cost, page));
    }
    text
}

/// Where the data comes from.
fn facts(view: &View<'_>, page: usize) -> String {
    let mut rows = Vec::new();
    if let Some(card) = &view.card {
        rows.extend(card_facts(card));
    }
    let FileView { path, size, used, digest } = &view.file;
    let size = match size {
        Some(size) => format!("{used} of {} used", plural(*size, "byte")),
        None => format!("{} used", plural(*used, "byte")),
    };
    rows.push(fact("File", format!("{}, {size}", escaped(path))));
    rows.push(fact("SHA-256", digest.to_string()));
    if !view.quirks.is_empty() {
        rows.push(fact("Quirks", view.quirks.join(", ")));
    }
    laid_out(&rows, 0, page)
}

fn card_facts(card: &CardView) -> [[Cell; 2]; 2] {
    let CardView { iccid, transport, logical_channel, secure_channel } = card;
    let name = format!("ICCID {iccid}, {transport}");
    let channel = match secure_channel {
        Some(achieved) => {
            format!("{logical_channel}, protected by {}", secure_channel_text(achieved))
        }
        None => format!("{logical_channel}, in the clear"),
    };
    [fact("Card", name), fact("Channel", channel)]
}

/// Protocol, level and key set.
pub(crate) fn secure_channel_text(achieved: &Achieved) -> String {
    let Achieved { level, mode, key_version, options, .. } = achieved;
    let protocol = Achieved::PROTOCOL;
    format!("{protocol} level 0x{level} ({mode}, key version 0x{key_version}, i = 0x{options})")
}

/// What it cost to get it.
pub(crate) fn cost_text(cost: Cost) -> String {
    let Cost { apdus, bytes_sent, bytes_received } = cost;
    let s = if apdus == 1 { "" } else { "s" };
    format!("{apdus} APDU{s}, {bytes_sent} bytes sent, {bytes_received} received")
}

fn cost(cost: Cost, page: usize) -> String {
    laid_out(&[fact("Cost", cost_text(cost))], 0, page)
}

fn fact(name: &str, what: String) -> [Cell; 2] {
    [Cell::new(HEADING, format!("{name:<8}")), Cell::plain(what)]
}

fn heading(text: &str) -> String {
    format!("\n{HEADING}{text}{HEADING:#}\n")
}

/// Accounts and verdicts.
pub(crate) fn accounts(view: &View<'_>, page: usize) -> String {
    let mut rows: Vec<_> = view.bootstrap_server.iter().flat_map(bootstrap_account).collect();
    rows.extend(view.servers.iter().flat_map(account));
    if rows.is_empty() {
        return heading("Accounts") + "  none\n";
    }
    rows.insert(0, ["Server", "Verdict", "Account"].map(|name| Cell::new(FAINT, name)));
    heading("Accounts") + &laid_out(&rows, 2, page)
}

fn account(account: &ServerView<'_>) -> Vec<[Cell; 3]> {
    let details = [
        account.security_mode.map(|mode| mode.name().to_owned()),
        account.lifetime.map(|lifetime| format!("lifetime {lifetime} s")),
        account.binding.map(|binding| format!("binding {}", escaped(binding))),
    ];
    let id = account.short_server_id.map_or_else(|| Cell::new(FAINT, "-"), Cell::number);
    account_rows(id, &account.verdict, account.uri, &details)
}

fn bootstrap_account(account: &BootstrapServerView<'_>) -> Vec<[Cell; 3]> {
    let details = [
        account.security_mode.map(|mode| mode.name().to_owned()),
        account.hold_off.map(|seconds| format!("hold off {seconds} s")),
        account.account_timeout.map(|seconds| match seconds {
            0 => "never purged".to_owned(),
            seconds => format!("purged after {seconds} s"),
        }),
    ];
    account_rows(Cell::plain("boot"), &account.verdict, account.uri, &details)
}

fn account_rows(
    id: Cell,
    verdict: &VerdictView,
    uri: Option<&str>,
    details: &[Option<String>],
) -> Vec<[Cell; 3]> {
    let uri = uri.map_or_else(|| Cell::new(FAINT, "no URI"), |uri| Cell::plain(escaped(uri)));
    let mut rows = vec![[id, self::verdict(verdict), uri]];
    let details: Vec<_> = details.iter().flatten().map(String::as_str).collect();
    if !details.is_empty() {
        let details = Cell::new(FAINT, details.join(", "));
        rows.push([Cell::plain(""), Cell::plain(""), details]);
    }
    rows
}

fn verdict(verdict: &VerdictView) -> Cell {
    let style = if verdict.decision == Decision::Apply { GOOD } else { BAD };
    Cell::new(style, format!("{} ({})", verdict.decision, verdict.reason))
}

fn object(object: &ObjectView<'_>, page: usize) -> String {
    let name = object.name.unwrap_or("(unknown)");
    let version = object.version.map(|version| format!(", version {version}"));
    let title = format!("Object {} {name}{}", object.id, version.unwrap_or_default());
    let mut text = heading(&title);
    if object.instances.is_empty() {
        text.push_str("  no instances\n");
    }
    for instance in &object.instances {
        text.push_str(&format!("  Instance {}\n", instance.id));
        text.push_str(&self::instance(instance, page));
    }
    text
}

fn instance(instance: &InstanceView<'_>, page: usize) -> String {
    if instance.resources.is_empty() {
        return "    no resources\n".to_owned();
    }
    let rows: Vec<_> = instance.resources.iter().flat_map(resource).collect();
    laid_out(&rows, 4, page)
}

/// A row for each value.
fn resource(resource: &ResourceView<'_>) -> Vec<[Cell; 4]> {
    let values = match &resource.content {
        ContentView::Single(value) => vec![shown(value, "")],
        ContentView::Multiple(values) if values.is_empty() => {
            vec![Cell::new(FAINT, "no instances")]
        }
        ContentView::Multiple(values) => {
            values.iter().map(|(id, value)| shown(value, &format!("[{id}] "))).collect()
        }
    };
    let row = |(index, value)| {
        if index > 0 {
            return [Cell::plain(""), Cell::plain(""), Cell::plain(""), value];
        }
        let name = resource.name.unwrap_or("(unknown)");
        let data_type = Cell::new(FAINT, resource.data_type.name());
        [Cell::number(resource.id), Cell::plain(name), data_type, value]
    };
    values.into_iter().enumerate().map(row).collect()
}

fn shown(value: &Shown<'_>, label: &str) -> Cell {
    match value {
        Shown::Redacted { length } => {
            Cell::new(FAINT, format!("{label}({}, redacted)", plural(*length, "byte")))
        }
        Shown::Value(value) => Cell::plain(format!("{label}{}", text_of(value))),
    }
}

fn text_of(value: &Value<'_>) -> String {
    match value {
        Value::String("") => "\"\"".to_owned(),
        Value::String(text) => escaped(text).into_owned(),
        Value::Integer(number) | Value::Time(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(value) => value.to_string(),
        Value::ObjectLink(link) => link.to_string(),
        Value::Opaque([]) => "(0 bytes)".to_owned(),
        Value::Opaque(bytes) => {
            let shown = bytes.get(..MAX_OPAQUE).unwrap_or(bytes);
            let length = plural(bytes.len(), "byte");
            let rest =
                if shown.len() < bytes.len() { format!("… ({length})") } else { "".into() };
            match ascii(bytes).and(ascii(shown)) {
                Some(text) => format!("\"{text}\"{rest}"),
                None => format!("{}{rest}", hex::encode(shown)),
            }
        }
    }
}

/// What a device would do.
pub(crate) fn plan(plan: &[StepView], page: usize) -> String {
    if plan.is_empty() {
        return heading("Plan") + "  nothing to do\n";
    }
    let rows: Vec<_> = (1..)
        .zip(plan)
        .map(|(number, step)| [Cell::number(number), Cell::plain(escaped(&step.text))])
        .collect();
    heading("Plan") + &laid_out(&rows, 2, page)
}

/// What is wrong or odd.
pub(crate) fn findings(findings: &[FindingView], page: usize) -> String {
    if findings.is_empty() {
        return heading("Findings") + "  none\n";
    }
    let row = |finding: &FindingView| {
        let style = match finding.severity {
            Severity::Error => BAD,
            Severity::Warning => WARN,
        };
        [
            Cell::new(style, finding.severity.name()),
            Cell::plain(finding.rule),
            Cell::plain(finding.path.to_string()),
            Cell::plain(escaped(&finding.message)),
        ]
    };
    let rows: Vec<_> = findings.iter().map(row).collect();
    heading("Findings") + &laid_out(&rows, 2, page)
}
