// SPDX-License-Identifier: Apache-2.0
//! Resources with names, types and values, and secrets left out.

use simstrap_policy::bootstrap_data::registry::{self, DataType};
use simstrap_policy::bootstrap_data::{
    Content, DataPath, DecodeError, RawValue, ResourceRef, Value,
};

use super::Secrets;
use super::finding::Collector;

/// A resource.
#[derive(Debug)]
pub(crate) struct ResourceView<'a> {
    pub(crate) id: u16,
    pub(crate) name: Option<&'static str>,
    /// Type of the values as they are shown: opaque where one is none of its registered type.
    pub(crate) data_type: DataType,
    pub(crate) content: ContentView<'a>,
}

/// What a resource holds.
#[derive(Debug)]
pub(crate) enum ContentView<'a> {
    Single(Shown<'a>),
    /// Resource instances by their ids.
    Multiple(Vec<(u16, Shown<'a>)>),
}

/// A value, or what is shown in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shown<'a> {
    Value(Value<'a>),
    /// A secret of so many bytes.
    Redacted {
        length: usize,
    },
}

impl<'a> ResourceView<'a> {
    pub(super) fn of(
        resource: &ResourceRef<'a>,
        secrets: Secrets,
        findings: &mut Collector,
    ) -> Self {
        let path = resource.path();
        let object = path.object.and_then(registry::object);
        let definition = object.and_then(|object| object.resource(resource.id()));
        let registered = definition.map_or(DataType::Opaque, |definition| definition.data_type);
        let redacted =
            secrets == Secrets::Redacted && definition.is_some_and(|definition| definition.secret);
        let raw = raw_values(resource);
        let typed: Result<Vec<_>, _> =
            raw.iter().map(|(_, raw)| value(raw, registered, path, findings)).collect();
        let (data_type, values) = match typed {
            Ok(values) => (registered, values),
            Err(error) => {
                if let Some(error) = error {
                    findings.add_value(error, path);
                }
                let bytes = raw.iter().map(|(_, raw)| Value::Opaque(raw.bytes()));
                (DataType::Opaque, bytes.collect())
            }
        };
        let mut shown = raw.iter().zip(values).map(|((id, raw), value)| {
            let length = raw.bytes().len();
            (*id, if redacted { Shown::Redacted { length } } else { Shown::Value(value) })
        });
        let content = match (resource.content(), shown.next()) {
            (Content::Single(_), Some((_, value))) => ContentView::Single(value),
            (_, first) => ContentView::Multiple(first.into_iter().chain(shown).collect()),
        };
        let name = definition.map(|definition| definition.name);
        Self { id: resource.id(), name, data_type, content }
    }
}

/// The values with the ids of their resource instances; a single one has none, so 0 stands for it.
fn raw_values<'a>(resource: &ResourceRef<'a>) -> Vec<(u16, RawValue<'a>)> {
    match resource.content() {
        Content::Single(value) => vec![(0, value)],
        Content::Multiple(values) => values.collect(),
    }
}

/// The value as its type; an error, if one is to be told of, when it can only be shown as bytes.
fn value<'a>(
    raw: &RawValue<'a>,
    data_type: DataType,
    path: DataPath,
    findings: &mut Collector,
) -> Result<Value<'a>, Option<DecodeError>> {
    let (value, passed_over) = if findings.is_lenient() {
        raw.typed_lenient(data_type)?
    } else {
        (raw.typed(data_type)?, None)
    };
    if let Some(deviation) = passed_over {
        findings.add_value(deviation, path);
    }
    match value {
        Value::Integer(number) if number < 0 && cannot_be_negative(path) => {
            let natural = raw.unsigned().ok().and_then(|natural| i64::try_from(natural).ok());
            let Some(natural) = natural else { return Ok(value) };
            findings.add_warning(
                path,
                format!(
                    "byte {}: {number} in two's complement; taken for {natural}, which is meant",
                    raw.offset()
                ),
            );
            Ok(Value::Integer(natural))
        }
        // No text format has a number for it that keeps all its bits.
        Value::Float(number) if !number.is_finite() => Err(None),
        value => Ok(value),
    }
}

/// Ids and durations, which some encoders write as if integers had no sign: 40000 in two bytes.
const fn cannot_be_negative(path: DataPath) -> bool {
    matches!(
        (path.object, path.resource),
        (Some(0), Some(10..=12)) | (Some(1), Some(0..=3 | 5)) | (Some(2), Some(0..=3))
    )
}
