// SPDX-License-Identifier: Apache-2.0
//! JSON for programs. Its fields are a contract, described by `docs/simstrap-output.schema.json`.

use serde::Serialize;
use simstrap_policy::AccountId;
use simstrap_policy::bootstrap_data::Value;
use simstrap_policy::bootstrap_data::object::{SecurityMode, ShortServerId};
use simstrap_policy::bootstrap_data::registry::DataType;
use simstrap_policy::bootstrap_data::scp03::Achieved;

use super::text::{Escape, quoted};
use crate::terminal::is_hidden;
use crate::view::{
    BootstrapServerView, CardView, ContentView, FileView, FindingView, ObjectView, ResourceView,
    ServerView, Shown, StepView, View,
};

/// The document.
pub(crate) fn render(view: &View<'_>) -> String {
    // Numbers, strings and lists of them: nothing in it can fail to serialize.
    let json = serde_json::to_string_pretty(&Document::from(view)).unwrap_or_default();
    let mut text = without_hidden(&json);
    text.push('\n');
    text
}

/// A value on a line of its own.
pub(crate) fn line(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    without_hidden(&json) + "\n"
}

/// JSON with everything escaped that a terminal would obey. `serde_json` leaves some of it as it
/// is; outside of strings there is none.
pub(super) fn without_hidden(json: &str) -> String {
    if !json.contains(|c| is_hidden(c) && c != '\n') {
        return json.to_owned();
    }
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        if is_hidden(c) && c != '\n' {
            let escaped = quoted(c.encode_utf8(&mut [0; 4]), Escape::Json);
            text.push_str(escaped.trim_matches('"'));
        } else {
            text.push(c);
        }
        text
    })
}

/// Name of a type. That a number has no sign shows in the number.
pub(crate) const fn type_name(data_type: DataType) -> &'static str {
    match data_type {
        DataType::UnsignedInteger => DataType::Integer.name(),
        data_type => data_type.name(),
    }
}

#[derive(Serialize)]
struct Document<'v> {
    card: Option<Card<'v>>,
    file: File<'v>,
    quirks: &'v [&'static str],
    objects: Vec<Object<'v>>,
    accounts: Accounts<'v>,
    findings: Vec<Finding<'v>>,
    plan: Vec<Step>,
    cost: Cost,
}

#[derive(Serialize)]
struct Card<'v> {
    iccid: String,
    transport: &'v str,
    logical_channel: u8,
    secure_channel: Option<SecureChannel>,
}

#[derive(Serialize)]
struct SecureChannel {
    protocol: &'static str,
    level: String,
    mode: String,
    key_version: u8,
    i: String,
}

#[derive(Serialize)]
struct File<'v> {
    path: &'v str,
    size: Option<usize>,
    used: usize,
    sha256: String,
}

#[derive(Serialize)]
struct Object<'v> {
    id: u16,
    name: Option<&'static str>,
    version: Option<String>,
    instances: Vec<Instance<'v>>,
}

#[derive(Serialize)]
struct Instance<'v> {
    id: u16,
    resources: Vec<Resource<'v>>,
}

#[derive(Serialize)]
struct Resource<'v> {
    id: u16,
    name: Option<&'static str>,
    #[serde(rename = "type")]
    data_type: &'static str,
    #[serde(flatten)]
    content: Content<'v>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'v> {
    Single(Scalar<'v>),
    Multiple { instances: Vec<ResourceInstance<'v>> },
}

#[derive(Serialize)]
struct ResourceInstance<'v> {
    id: u16,
    #[serde(flatten)]
    value: Scalar<'v>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Scalar<'v> {
    Text { value: &'v str },
    Digits { value: String },
    Signed { value: i64 },
    Unsigned { value: u64 },
    Float { value: f64 },
    Boolean { value: bool },
    Redacted { redacted: bool, length: usize },
}

#[derive(Serialize)]
struct Accounts<'v> {
    bootstrap_server: Option<BootstrapServer<'v>>,
    servers: Vec<Server<'v>>,
}

#[derive(Serialize)]
struct BootstrapServer<'v> {
    uri: Option<&'v str>,
    security_mode: Option<&'static str>,
    hold_off: Option<u32>,
    account_timeout: Option<u32>,
    verdict: &'static str,
    reason: &'v str,
}

#[derive(Serialize)]
struct Server<'v> {
    short_server_id: Option<u16>,
    uri: Option<&'v str>,
    security_mode: Option<&'static str>,
    lifetime: Option<u32>,
    binding: Option<&'v str>,
    verdict: &'static str,
    reason: &'v str,
}

#[derive(Serialize)]
struct Finding<'v> {
    rule: &'static str,
    severity: &'static str,
    path: String,
    message: &'v str,
}

#[derive(Serialize)]
struct Step {
    action: &'static str,
    /// There with steps about an account; null when that is the bootstrap server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    short_server_id: Option<Option<u16>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
}

#[derive(Serialize)]
struct Cost {
    apdus: u64,
    bytes_sent: u64,
    bytes_received: u64,
}

impl<'v> From<&'v View<'_>> for Document<'v> {
    fn from(view: &'v View<'_>) -> Self {
        Self {
            card: view.card.as_ref().map(Card::from),
            file: File::from(&view.file),
            quirks: &view.quirks,
            objects: view.objects.iter().map(Object::from).collect(),
            accounts: Accounts {
                bootstrap_server: view.bootstrap_server.as_ref().map(BootstrapServer::from),
                servers: view.servers.iter().map(Server::from).collect(),
            },
            findings: view.findings.iter().map(Finding::from).collect(),
            plan: view.plan.iter().map(Step::from).collect(),
            cost: Cost {
                apdus: view.cost.apdus,
                bytes_sent: view.cost.bytes_sent,
                bytes_received: view.cost.bytes_received,
            },
        }
    }
}

impl<'v> From<&'v CardView> for Card<'v> {
    fn from(card: &'v CardView) -> Self {
        let secure_channel = card.secure_channel.map(|achieved| SecureChannel {
            protocol: Achieved::PROTOCOL,
            level: format!("{:#04x}", achieved.level.to_byte()),
            mode: achieved.mode.to_string(),
            key_version: achieved.key_version.to_u8(),
            i: format!("{:#04x}", achieved.options.to_byte()),
        });
        Self {
            iccid: card.iccid.to_string(),
            transport: &card.transport,
            logical_channel: card.logical_channel,
            secure_channel,
        }
    }
}

impl From<&StepView> for Step {
    fn from(step: &StepView) -> Self {
        let id = |account: AccountId| account.short_server_id().map(ShortServerId::to_u16);
        Self {
            action: step.action,
            short_server_id: step.account.map(id),
            path: step.path.map(|path| path.to_string()),
            length: step.length,
        }
    }
}

impl<'v> From<&'v FileView> for File<'v> {
    fn from(file: &'v FileView) -> Self {
        let FileView { path, size, used, digest } = file;
        Self { path, size: *size, used: *used, sha256: digest.to_string() }
    }
}

impl<'v> From<&'v ObjectView<'_>> for Object<'v> {
    fn from(object: &'v ObjectView<'_>) -> Self {
        let instance = |instance: &'v crate::view::InstanceView<'_>| Instance {
            id: instance.id,
            resources: instance.resources.iter().map(Resource::from).collect(),
        };
        Self {
            id: object.id,
            name: object.name,
            version: object.version.map(|version| version.to_string()),
            instances: object.instances.iter().map(instance).collect(),
        }
    }
}

impl<'v> From<&'v ResourceView<'_>> for Resource<'v> {
    fn from(resource: &'v ResourceView<'_>) -> Self {
        let content = match &resource.content {
            ContentView::Single(value) => Content::Single(Scalar::from(value)),
            ContentView::Multiple(values) => {
                let instance = |(id, value): &'v (u16, Shown<'_>)| ResourceInstance {
                    id: *id,
                    value: Scalar::from(value),
                };
                Content::Multiple { instances: values.iter().map(instance).collect() }
            }
        };
        let data_type = type_name(resource.data_type);
        Self { id: resource.id, name: resource.name, data_type, content }
    }
}

impl<'v> From<&'v Shown<'_>> for Scalar<'v> {
    fn from(value: &'v Shown<'_>) -> Self {
        match value {
            Shown::Redacted { length } => Self::Redacted { redacted: true, length: *length },
            Shown::Value(value) => match value {
                Value::String(text) => Self::Text { value: text },
                Value::Integer(number) | Value::Time(number) => Self::Signed { value: *number },
                Value::Unsigned(number) => Self::Unsigned { value: *number },
                Value::Float(number) => Self::Float { value: *number },
                Value::Boolean(value) => Self::Boolean { value: *value },
                Value::Opaque(bytes) => Self::Digits { value: hex::encode(bytes) },
                Value::ObjectLink(link) => Self::Digits { value: link.to_string() },
            },
        }
    }
}

impl<'v> From<&'v BootstrapServerView<'_>> for BootstrapServer<'v> {
    fn from(server: &'v BootstrapServerView<'_>) -> Self {
        Self {
            uri: server.uri,
            security_mode: server.security_mode.map(SecurityMode::name),
            hold_off: server.hold_off,
            account_timeout: server.account_timeout,
            verdict: server.verdict.decision.name(),
            reason: &server.verdict.reason,
        }
    }
}

impl<'v> From<&'v ServerView<'_>> for Server<'v> {
    fn from(server: &'v ServerView<'_>) -> Self {
        Self {
            short_server_id: server.short_server_id,
            uri: server.uri,
            security_mode: server.security_mode.map(SecurityMode::name),
            lifetime: server.lifetime,
            binding: server.binding,
            verdict: server.verdict.decision.name(),
            reason: &server.verdict.reason,
        }
    }
}

impl<'v> From<&'v FindingView> for Finding<'v> {
    fn from(finding: &'v FindingView) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity.name(),
            path: finding.path.to_string(),
            message: &finding.message,
        }
    }
}
