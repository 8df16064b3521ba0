// SPDX-License-Identifier: Apache-2.0
//! JSON, as `--format json` writes it. Of the document only `objects` counts.

use serde::Deserialize;
use serde::de::IgnoredAny;
use simstrap_policy::bootstrap_data::registry::DataType;
use simstrap_policy::bootstrap_data::{DataPath, Version};

use super::draft::{Draft, DraftContent, DraftInstance, DraftObject, DraftResource, DraftValue};
use super::error::{InputError, Place, Problem};
use super::value::{self, Scalar};

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Draft, InputError> {
    let document: Document = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let objects = document.objects.into_iter().map(object).collect::<Result<_, _>>()?;
    Ok(Draft { objects })
}

/// What the parser says, with the place in front.
pub(super) fn syntax(error: &serde_json::Error) -> InputError {
    let place = Place::LineAndColumn(error.line(), error.column());
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    InputError::new(place, Problem::Syntax(message.to_owned()))
}

#[derive(Deserialize)]
struct Document {
    objects: Vec<Object>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    id: u16,
    #[serde(rename = "name")]
    _name: Option<IgnoredAny>,
    version: Option<String>,
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instance {
    id: u16,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    id: u16,
    #[serde(rename = "name")]
    _name: Option<IgnoredAny>,
    #[serde(rename = "type")]
    data_type: Option<String>,
    value: Option<Scalar>,
    #[serde(default)]
    redacted: bool,
    #[serde(rename = "length")]
    _length: Option<IgnoredAny>,
    instances: Option<Vec<ResourceInstance>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceInstance {
    id: u16,
    value: Option<Scalar>,
    #[serde(default)]
    redacted: bool,
    #[serde(rename = "length")]
    _length: Option<IgnoredAny>,
}

fn object(object: Object) -> Result<DraftObject, InputError> {
    let path = DataPath::object(object.id);
    let version = object
        .version
        .map(|text| version(&text).ok_or(InputError::new(Place::Path(path), Problem::NotAVersion)))
        .transpose()?;
    let instance = |instance: Instance| {
        let path = path.instance(instance.id);
        let resources =
            instance.resources.into_iter().map(|resource| self::resource(resource, path));
        Ok(DraftInstance { id: instance.id, resources: resources.collect::<Result<_, _>>()? })
    };
    let instances =
        object.instances.into_iter().map(instance).collect::<Result<_, InputError>>()?;
    Ok(DraftObject { id: object.id, version, instances })
}

fn resource(resource: Resource, path: DataPath) -> Result<DraftResource, InputError> {
    let path = path.resource(resource.id);
    let at = |problem| InputError::new(Place::Path(path), problem);
    let data_type = value::data_type(path, resource.data_type.as_deref()).map_err(at)?;
    let content = match (resource.value, resource.instances) {
        (Some(_), Some(_)) => return Err(at(Problem::SingleAndMultiple)),
        (value, None) => {
            DraftContent::Single(one(value, resource.redacted, data_type).map_err(at)?)
        }
        (None, Some(instances)) => {
            let instance = |instance: ResourceInstance| {
                let path = path.resource_instance(instance.id);
                let value = one(instance.value, instance.redacted, data_type);
                Ok((
                    instance.id,
                    value.map_err(|problem| InputError::new(Place::Path(path), problem))?,
                ))
            };
            DraftContent::Multiple(
                instances.into_iter().map(instance).collect::<Result<_, InputError>>()?,
            )
        }
    };
    Ok(DraftResource { id: resource.id, content })
}

fn one(scalar: Option<Scalar>, redacted: bool, data_type: DataType) -> Result<DraftValue, Problem> {
    match scalar {
        Some(scalar) => value::value(scalar, data_type),
        None if redacted => Err(Problem::Redacted),
        None => Err(Problem::NoValue),
    }
}

/// A version such as `1.1`.
pub(super) fn version(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    let number = |text: &str| value::id(text).and_then(|number| u8::try_from(number).ok());
    Version::new(number(major)?, number(minor)?)
}
