// SPDX-License-Identifier: Apache-2.0
//! TOML for editing: a table for each object instance, a key for each resource, names as
//! comments.

use simstrap_policy::bootstrap_data::registry::{self, DataType};
use simstrap_policy::bootstrap_data::{DataPath, Value};

use super::text::{Escape, ascii, quoted};
use super::{LeftOut, Partial, Reason, json};
use crate::terminal::columns;
use crate::view::{ContentView, InstanceView, ObjectView, ResourceView, Shown, View};

/// Comments begin here, where the values before them are short enough.
const COMMENT_COLUMN: usize = 48;

const INTRODUCTION: &str = "\
# LwM2M bootstrap data. simstrap encode makes a file for a card from it.
#
# A table is an object instance, [object.instance]; a key is a resource.
# Opaque values are hexadecimal digits, or { text = \"…\" }; links are \"object:instance\".
# Resources with several instances are [values] from instance 0 on, or { id = value }.
# Resources that simstrap does not know have { type = \"…\", value = … }, or are opaque.
";

/// The document.
pub(crate) fn render(view: &View<'_>) -> Partial {
    let mut document = Partial { text: INTRODUCTION.to_owned(), left_out: Vec::new() };
    view.objects.iter().for_each(|object| add_object(&mut document, object));
    document
}

fn add_object(document: &mut Partial, object: &ObjectView<'_>) {
    let name = object.name.unwrap_or("unknown object");
    if object.version.is_some() || object.instances.is_empty() {
        document.text.push_str(&format!("\n[{}] # {name}\n", object.id));
    }
    if let Some(version) = object.version {
        document.text.push_str(&format!("version = \"{version}\"\n"));
    }
    for instance in &object.instances {
        document.text.push_str(&format!("\n[{}.{}] # {name}\n", object.id, instance.id));
        add_instance(document, object, instance);
    }
}

fn add_instance(document: &mut Partial, object: &ObjectView<'_>, instance: &InstanceView<'_>) {
    let path = DataPath::object(object.id).instance(instance.id);
    let mut lines = Vec::new();
    for (index, resource) in instance.resources.iter().enumerate() {
        let path = path.resource(resource.id);
        let later = instance.resources.get(index + 1..).unwrap_or_default();
        let reason = if is_secret(resource) {
            Some(Reason::Secret)
        } else if later.iter().any(|later| later.id == resource.id) || has_twins(resource) {
            Some(Reason::Again)
        } else {
            None
        };
        if let Some(reason) = reason {
            document.left_out.push(LeftOut { path, reason });
        }
        lines.push(line(object.id, resource, reason));
    }
    let width = lines.iter().map(|(assignment, _)| columns(assignment)).max().unwrap_or(0);
    let width = width.min(COMMENT_COLUMN);
    for (assignment, comment) in lines {
        let padding = " ".repeat(width.saturating_sub(columns(&assignment)));
        document.text.push_str(&format!("{assignment}{padding} # {comment}\n"));
    }
}

fn is_secret(resource: &ResourceView<'_>) -> bool {
    match &resource.content {
        ContentView::Single(value) => matches!(value, Shown::Redacted { .. }),
        ContentView::Multiple(values) => {
            values.iter().any(|(_, value)| matches!(value, Shown::Redacted { .. }))
        }
    }
}

/// Whether a resource instance stands there twice, which lenient decoding lets pass.
fn has_twins(resource: &ResourceView<'_>) -> bool {
    let ContentView::Multiple(values) = &resource.content else { return false };
    values
        .iter()
        .enumerate()
        .any(|(index, (id, _))| values.iter().skip(index + 1).any(|(later, _)| later == id))
}

/// The assignment, and the comment behind it.
fn line(object: u16, resource: &ResourceView<'_>, reason: Option<Reason>) -> (String, String) {
    let name = resource.name.unwrap_or("unknown resource");
    let id = resource.id;
    match reason {
        Some(Reason::Secret) => {
            (format!("# {id} = …"), format!("{name}: redacted, --show-secrets has it"))
        }
        Some(Reason::Again) => {
            let value = content(resource);
            (format!("# {id} = {value}"), format!("{name}: stands here twice, the last counts"))
        }
        _ => {
            let mut comment = name.to_owned();
            if let ContentView::Single(Shown::Value(Value::Opaque(bytes))) = &resource.content
                && let Some(text) = ascii(bytes)
            {
                comment.push_str(&format!(", {}", quoted(text, Escape::Toml)));
            }
            (format!("{id} = {}", typed_content(object, resource)), comment)
        }
    }
}

/// The content, with its type where it is not the one the resource has by itself.
fn typed_content(object: u16, resource: &ResourceView<'_>) -> String {
    let known = registry::object(object).and_then(|object| object.resource(resource.id));
    let by_itself = known.map_or(DataType::Opaque, |known| known.data_type);
    let content = content(resource);
    if resource.data_type == by_itself {
        return content;
    }
    let key = match resource.content {
        ContentView::Single(_) => "value",
        ContentView::Multiple(_) => "instances",
    };
    format!("{{ type = \"{}\", {key} = {content} }}", json::type_name(resource.data_type))
}

fn content(resource: &ResourceView<'_>) -> String {
    match &resource.content {
        ContentView::Single(value) => shown(value),
        ContentView::Multiple(values) if values.is_empty() => "{}".to_owned(),
        ContentView::Multiple(values) => {
            let mut ids = values.iter().enumerate();
            if ids.all(|(index, (id, _))| index == usize::from(*id)) {
                let values: Vec<_> = values.iter().map(|(_, value)| shown(value)).collect();
                format!("[{}]", values.join(", "))
            } else {
                let value = |(id, value): &(u16, Shown<'_>)| format!("{id} = {}", shown(value));
                let values: Vec<_> = values.iter().map(value).collect();
                format!("{{ {} }}", values.join(", "))
            }
        }
    }
}

fn shown(value: &Shown<'_>) -> String {
    match value {
        Shown::Redacted { .. } => "…".to_owned(),
        Shown::Value(value) => scalar(value),
    }
}

fn scalar(value: &Value<'_>) -> String {
    match value {
        Value::String(text) => quoted(text, Escape::Toml),
        // TOML has no integers beyond those of 64 bits with sign.
        Value::Unsigned(number) if i64::try_from(*number).is_err() => format!("\"{number}\""),
        Value::Unsigned(number) => number.to_string(),
        Value::Integer(number) | Value::Time(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(value) => value.to_string(),
        Value::Opaque(bytes) => format!("\"{}\"", hex::encode(bytes)),
        Value::ObjectLink(link) => format!("\"{link}\""),
    }
}
