// SPDX-License-Identifier: Apache-2.0
//! SenML JSON (RFC 8428) with the names and types that LwM2M gives it.
//!
//! SenML knows nothing of objects' versions. They are told by a label of our own, `ver`, in the
//! first record of the object; RFC 8428 §4.4 has other readers pass over it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use simstrap_policy::bootstrap_data::{DataPath, Value};

use super::json::without_hidden;
use super::{LeftOut, Partial, Reason};
use crate::view::{ContentView, ObjectView, ResourceView, Shown, View};

/// A list of records, one on each line.
pub(crate) fn render(view: &View<'_>) -> Partial {
    let mut pack = Pack::default();
    view.objects.iter().for_each(|object| pack.add_object(object));
    let records: Vec<_> = pack
        .records
        .iter()
        .map(|record| without_hidden(&serde_json::to_string(record).unwrap_or_default()))
        .collect();
    let text = match records.as_slice() {
        [] => "[]\n".to_owned(),
        records => format!("[\n  {}\n]\n", records.join(",\n  ")),
    };
    Partial { text, left_out: pack.left_out }
}

#[derive(Serialize)]
struct Record<'v> {
    #[serde(rename = "bn", skip_serializing_if = "Option::is_none")]
    base_name: Option<String>,
    #[serde(rename = "ver", skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(rename = "n")]
    name: String,
    #[serde(flatten)]
    value: Scalar<'v>,
}

#[derive(Serialize)]
enum Scalar<'v> {
    #[serde(rename = "vs")]
    Text(&'v str),
    #[serde(rename = "v")]
    Signed(i64),
    #[serde(rename = "v")]
    Unsigned(u64),
    #[serde(rename = "v")]
    Float(f64),
    #[serde(rename = "vb")]
    Boolean(bool),
    #[serde(rename = "vd")]
    Data(String),
    #[serde(rename = "vlo")]
    ObjectLink(String),
}

#[derive(Default)]
struct Pack<'v> {
    records: Vec<Record<'v>>,
    left_out: Vec<LeftOut>,
    /// For the next record.
    base_name: Option<String>,
    version: Option<String>,
}

impl<'v> Pack<'v> {
    fn add_object(&mut self, object: &'v ObjectView<'_>) {
        let path = DataPath::object(object.id);
        self.version = object.version.map(|version| version.to_string());
        if object.instances.is_empty() {
            self.leave_out(path, Reason::Nothing);
        }
        for instance in &object.instances {
            let path = path.instance(instance.id);
            self.base_name = Some(format!("{path}/"));
            if instance.resources.is_empty() {
                self.leave_out(path, Reason::Nothing);
            }
            for resource in &instance.resources {
                self.add_resource(resource, path.resource(resource.id));
            }
        }
    }

    fn add_resource(&mut self, resource: &'v ResourceView<'_>, path: DataPath) {
        let id = resource.id;
        match &resource.content {
            ContentView::Single(value) => self.add(id.to_string(), value, path),
            ContentView::Multiple(values) if values.is_empty() => {
                self.leave_out(path, Reason::Nothing);
            }
            ContentView::Multiple(values) => {
                for (instance, value) in values {
                    self.add(format!("{id}/{instance}"), value, path.resource_instance(*instance));
                }
            }
        }
    }

    fn add(&mut self, name: String, value: &'v Shown<'_>, path: DataPath) {
        match value {
            Shown::Redacted { .. } => self.leave_out(path, Reason::Secret),
            Shown::Value(value) => self.records.push(Record {
                base_name: self.base_name.take(),
                version: self.version.take(),
                name,
                value: Scalar::from(value),
            }),
        }
    }

    fn leave_out(&mut self, path: DataPath, reason: Reason) {
        self.left_out.push(LeftOut { path, reason });
    }
}

impl<'v> From<&'v Value<'_>> for Scalar<'v> {
    fn from(value: &'v Value<'_>) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Integer(number) | Value::Time(number) => Self::Signed(*number),
            Value::Unsigned(number) => Self::Unsigned(*number),
            Value::Float(number) => Self::Float(*number),
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Opaque(bytes) => Self::Data(BASE64_URL_SAFE_NO_PAD.encode(bytes)),
            Value::ObjectLink(link) => Self::ObjectLink(link.to_string()),
        }
    }
}
