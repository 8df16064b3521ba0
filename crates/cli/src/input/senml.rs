// SPDX-License-Identifier: Apache-2.0
//! SenML JSON (RFC 8428), as LwM2M uses it, with `ver` for the versions of objects.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use simstrap_policy::bootstrap_data::DataPath;
use simstrap_policy::bootstrap_data::registry::DataType;
use zeroize::Zeroizing;

use super::draft::{Draft, DraftContent, DraftInstance, DraftObject, DraftResource, DraftValue};
use super::error::{InputError, Place, Problem};
use super::json::{syntax, version};
use super::value::{self, Scalar};

/// RFC 8428 has no padding; encoders that write it are understood.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The version of SenML this is about (RFC 8428 §4.4).
const SENML_VERSION: i128 = 10;

/// Reads a pack of records.
pub(super) fn read(text: &str) -> Result<Draft, InputError> {
    let records: Vec<Record> = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let mut draft = Draft::default();
    let mut base_name = String::new();
    for (index, record) in records.into_iter().enumerate() {
        add(&mut draft, &mut base_name, record)
            .map_err(|problem| InputError::new(Place::Record(index + 1), problem))?;
    }
    Ok(draft)
}

/// A record, its labels as they are.
#[derive(Default)]
struct Record {
    base_name: Option<String>,
    name: Option<String>,
    version: Option<String>,
    senml_version: Option<Scalar>,
    values: Vec<(Label, Scalar)>,
    unsupported: Option<String>,
}

/// The label of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Number,
    Text,
    Boolean,
    Data,
    ObjectLink,
}

fn add(draft: &mut Draft, base_name: &mut String, record: Record) -> Result<(), Problem> {
    if let Some(label) = record.unsupported {
        return Err(Problem::UnsupportedLabel(label));
    }
    if let Some(Scalar::Integer(version)) = record.senml_version
        && version > SENML_VERSION
    {
        return Err(Problem::SenmlVersion(version));
    }
    if let Some(name) = record.base_name {
        *base_name = name;
    }
    let mut values = record.values.into_iter();
    let (label, scalar) = match (values.next(), values.next()) {
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Problem::SeveralValues),
        // A record with nothing but base fields is allowed.
        (None, _) if record.name.is_none() => return Ok(()),
        (None, _) => return Err(Problem::NoValue),
    };
    let path = path(&format!("{base_name}{}", record.name.unwrap_or_default()))?;
    let value = typed(label, scalar, path)?;
    let object = object(draft, path, record.version.as_deref())?;
    insert(object, path, value)
}

/// The path of a resource or resource instance.
fn path(name: &str) -> Result<DataPath, Problem> {
    let mut ids = name.strip_prefix('/').ok_or(Problem::NotAResource)?.split('/');
    let mut next = || ids.next().map(|text| value::id(text).ok_or(Problem::NotAResource));
    let (object, instance, resource) = (next(), next(), next());
    let (Some(object), Some(instance), Some(resource)) = (object, instance, resource) else {
        return Err(Problem::NotAResource);
    };
    let path = DataPath::object(object?).instance(instance?).resource(resource?);
    let path = match next() {
        Some(instance) => path.resource_instance(instance?),
        None => path,
    };
    if next().is_some() { Err(Problem::NotAResource) } else { Ok(path) }
}

/// The value by its label, which has to go with the type of the resource; bytes go with any.
fn typed(label: Label, scalar: Scalar, path: DataPath) -> Result<DraftValue, Problem> {
    if label == Label::Data {
        let Scalar::Text(text) = scalar else { return Err(Problem::NotBase64) };
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| Problem::NotBase64)?;
        return Ok(DraftValue::Opaque(Zeroizing::new(bytes)));
    }
    let given = match (label, &scalar) {
        (Label::Number, Scalar::Integer(_)) => DataType::Integer,
        (Label::Number, _) => DataType::Float,
        (Label::Text, _) => DataType::String,
        (Label::Boolean, _) => DataType::Boolean,
        (Label::ObjectLink, _) => DataType::ObjectLink,
        (Label::Data, _) => DataType::Opaque,
    };
    let data_type = match (label, value::registered(path)) {
        (
            Label::Number,
            Some(
                number @ (DataType::Integer
                | DataType::UnsignedInteger
                | DataType::Float
                | DataType::Time),
            ),
        ) => number,
        _ => value::data_type(path, Some(given.name()))?,
    };
    match (label, scalar) {
        (Label::Number, scalar @ (Scalar::Text(_) | Scalar::Boolean(_))) => {
            value::value(scalar, DataType::Float)
        }
        (_, scalar) => value::value(scalar, data_type),
    }
}

fn object<'d>(
    draft: &'d mut Draft,
    path: DataPath,
    given: Option<&str>,
) -> Result<&'d mut DraftObject, Problem> {
    let id = path.object.ok_or(Problem::NotAResource)?;
    let given = given.map(|text| version(text).ok_or(Problem::NotAVersion)).transpose()?;
    let index = draft.objects.iter().position(|object| object.id == id);
    let index = index.unwrap_or(draft.objects.len());
    if index == draft.objects.len() {
        draft.objects.push(DraftObject { id, version: None, instances: Vec::new() });
    }
    let object = draft.objects.get_mut(index).ok_or(Problem::NotAResource)?;
    match (object.version, given) {
        (Some(first), Some(second)) if first != second => {
            let (first, second) = (first.to_string(), second.to_string());
            return Err(Problem::TwoVersions { first, second });
        }
        (version, given) => object.version = version.or(given),
    }
    Ok(object)
}

fn insert(object: &mut DraftObject, path: DataPath, value: DraftValue) -> Result<(), Problem> {
    let (Some(instance_id), Some(id)) = (path.instance, path.resource) else {
        return Err(Problem::NotAResource);
    };
    let last = object.instances.last().is_some_and(|instance| instance.id == instance_id);
    let index = match object.instances.iter().position(|instance| instance.id == instance_id) {
        _ if last => object.instances.len() - 1,
        Some(index) => index,
        None => {
            object.instances.push(DraftInstance { id: instance_id, resources: Vec::new() });
            object.instances.len() - 1
        }
    };
    let resources = match object.instances.get_mut(index) {
        Some(instance) => &mut instance.resources,
        None => return Err(Problem::NotAResource),
    };
    let Some(resource_instance) = path.resource_instance else {
        resources.push(DraftResource { id, content: DraftContent::Single(value) });
        return Ok(());
    };
    match resources.iter_mut().find(|resource| resource.id == id) {
        None => {
            let content = DraftContent::Multiple(vec![(resource_instance, value)]);
            resources.push(DraftResource { id, content });
        }
        Some(DraftResource { content: DraftContent::Multiple(values), .. }) => {
            values.push((resource_instance, value));
        }
        Some(_) => return Err(Problem::SingleAndMultiple),
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a SenML record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut labels: A) -> Result<Record, A::Error> {
        let mut record = Record::default();
        while let Some(label) = labels.next_key::<String>()? {
            let value = match label.as_str() {
                "bn" => {
                    record.base_name = Some(labels.next_value()?);
                    continue;
                }
                "n" => {
                    record.name = Some(labels.next_value()?);
                    continue;
                }
                "ver" => {
                    record.version = Some(labels.next_value()?);
                    continue;
                }
                "bver" => {
                    record.senml_version = Some(labels.next_value()?);
                    continue;
                }
                "v" => Label::Number,
                "vs" => Label::Text,
                "vb" => Label::Boolean,
                "vd" => Label::Data,
                "vlo" => Label::ObjectLink,
                other => {
                    labels.next_value::<IgnoredAny>()?;
                    // Sums and base values would change the value; a label that ends so must be
                    // understood (RFC 8428 §4.4).
                    if matches!(other, "s" | "bs" | "bv") || other.ends_with('_') {
                        record.unsupported = Some(label);
                    }
                    continue;
                }
            };
            record.values.push((value, labels.next_value()?));
        }
        Ok(record)
    }
}
