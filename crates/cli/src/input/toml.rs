// SPDX-License-Identifier: Apache-2.0
//! TOML, as `--format toml` writes it: `[object.instance]`, then `resource = value`.

use simstrap_policy::bootstrap_data::DataPath;
use simstrap_policy::bootstrap_data::registry::DataType;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::draft::{Draft, DraftContent, DraftInstance, DraftObject, DraftResource, DraftValue};
use super::error::{InputError, Place, Problem};
use super::json::version;
use super::value::{self, Scalar};
use crate::toml_text::{Document, Item, SyntaxError, integer};

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Draft, InputError> {
    let document = Document::parse(text).map_err(|SyntaxError { line, message }| {
        InputError::new(Place::Line(line), Problem::Syntax(message))
    })?;
    let reader = Reader { document };
    let objects = reader.document.items().into_iter().map(|item| reader.object(&item));
    Ok(Draft { objects: objects.collect::<Result<_, _>>()? })
}

struct Reader<'t> {
    document: Document<'t>,
}

/// A resource and its line, for errors.
#[derive(Clone, Copy)]
struct Here {
    at: usize,
    path: DataPath,
}

impl<'t> Reader<'t> {
    fn object(&self, item: &Item<'_, 't>) -> Result<DraftObject, InputError> {
        let id = self.id(item)?;
        let path = DataPath::object(id);
        let mut object = DraftObject { id, version: None, instances: Vec::new() };
        for item in self.document.items_of(self.table(item)?) {
            if item.key == "version" {
                let version = item.value.as_str().and_then(version);
                let wrong = || self.error(item.at, Problem::NotAVersion);
                object.version = Some(version.ok_or_else(wrong)?);
            } else {
                object.instances.push(self.instance(&item, path)?);
            }
        }
        Ok(object)
    }

    fn instance(&self, item: &Item<'_, 't>, path: DataPath) -> Result<DraftInstance, InputError> {
        let id = self.id(item)?;
        let path = path.instance(id);
        let items = self.document.items_of(self.table(item)?);
        let resources = items.iter().map(|item| self.resource(item, path));
        Ok(DraftInstance { id, resources: resources.collect::<Result<_, _>>()? })
    }

    fn resource(&self, item: &Item<'_, 't>, path: DataPath) -> Result<DraftResource, InputError> {
        let id = self.id(item)?;
        let here = Here { at: item.at, path: path.resource(id) };
        let content = match item.value {
            DeValue::Table(table) if !is_multiple(table) => self.explicit(table, here)?,
            value => {
                let data_type = value::data_type(here.path, None);
                self.content(value, data_type.map_err(|problem| self.at(here, problem))?, here)?
            }
        };
        Ok(DraftResource { id, content })
    }

    /// `{ type = "…", value = … }`, `{ type = "…", instances = … }` or `{ text = "…" }`.
    fn explicit(&self, table: &DeTable<'t>, here: Here) -> Result<DraftContent, InputError> {
        let (mut data_type, mut content) = (None, None);
        for item in self.document.items_of(table) {
            let slot = match item.key {
                "type" => &mut data_type,
                "value" | "instances" | "text" if content.is_none() => &mut content,
                "value" | "instances" | "text" => {
                    return Err(self.at(here, Problem::SingleAndMultiple));
                }
                other => return Err(self.at(here, Problem::UnknownKey(other.to_owned()))),
            };
            *slot = Some((item.key == "text", item.value));
        }
        let given = match data_type {
            Some((_, DeValue::String(name))) => Some(name.as_ref()),
            Some((_, other)) => {
                let name = other.type_str().to_owned();
                return Err(self.at(here, Problem::UnknownType(name)));
            }
            None => None,
        };
        let registered =
            value::data_type(here.path, given).map_err(|problem| self.at(here, problem))?;
        let (is_text, content) = content.ok_or_else(|| self.at(here, Problem::NoValue))?;
        match content {
            DeValue::String(text) if is_text && registered == DataType::Opaque => {
                let bytes = Zeroizing::new(text.as_bytes().to_vec());
                Ok(DraftContent::Single(DraftValue::Opaque(bytes)))
            }
            content => self.content(content, registered, here),
        }
    }

    fn content(
        &self,
        content: &DeValue<'t>,
        data_type: DataType,
        here: Here,
    ) -> Result<DraftContent, InputError> {
        let instance = |id: u16, value: &DeValue<'t>, at: usize| {
            let here = Here { at, path: here.path.resource_instance(id) };
            Ok((id, self.value(value, data_type, here)?))
        };
        Ok(match content {
            DeValue::Array(values) => DraftContent::Multiple(
                (0..=u16::MAX)
                    .zip(values.iter())
                    .map(|(id, value)| instance(id, value.get_ref(), value.span().start))
                    .collect::<Result<_, InputError>>()?,
            ),
            DeValue::Table(table) => DraftContent::Multiple(
                self.document
                    .items_of(table)
                    .iter()
                    .map(|item| instance(self.id(item)?, item.value, item.at))
                    .collect::<Result<_, InputError>>()?,
            ),
            value => DraftContent::Single(self.value(value, data_type, here)?),
        })
    }

    fn value(
        &self,
        value: &DeValue<'t>,
        data_type: DataType,
        here: Here,
    ) -> Result<DraftValue, InputError> {
        let out_of_range = Problem::OutOfRange { data_type };
        let scalar = match value {
            DeValue::String(text) => Scalar::Text(Zeroizing::new(text.as_ref().to_owned())),
            DeValue::Boolean(value) => Scalar::Boolean(*value),
            DeValue::Integer(_) => match integer(value) {
                Some(number) => Scalar::Integer(number.into()),
                None => return Err(self.at(here, out_of_range)),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Scalar::Float(number),
                Err(_) => return Err(self.at(here, out_of_range)),
            },
            other => {
                let found = other.type_str();
                return Err(self.at(here, Problem::WrongKind { found, data_type }));
            }
        };
        value::value(scalar, data_type).map_err(|problem| self.at(here, problem))
    }

    fn id(&self, item: &Item<'_, 't>) -> Result<u16, InputError> {
        let not_an_id = || self.error(item.at, Problem::NotAnId(item.key.to_owned()));
        value::id(item.key).ok_or_else(not_an_id)
    }

    fn table<'d>(&self, item: &Item<'d, 't>) -> Result<&'d DeTable<'t>, InputError> {
        let not_a_table = || self.error(item.at, Problem::NotATable(item.value.type_str()));
        item.value.as_table().ok_or_else(not_a_table)
    }

    fn error(&self, at: usize, problem: Problem) -> InputError {
        InputError::new(Place::Line(self.document.line(at)), problem)
    }

    fn at(&self, Here { at, path }: Here, problem: Problem) -> InputError {
        InputError::new(Place::LineAndPath(self.document.line(at), path), problem)
    }
}

/// Whether a table holds resource instances by their ids.
fn is_multiple(table: &DeTable<'_>) -> bool {
    table.keys().all(|key| value::id(key.get_ref()).is_some())
}
