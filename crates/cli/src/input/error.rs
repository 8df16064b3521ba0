// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a description, and where. No error shows a value, which may be a key.

use std::fmt;

use simstrap_policy::bootstrap_data::DataPath;
use simstrap_policy::bootstrap_data::registry::DataType;

/// Something wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub(crate) struct InputError {
    place: Place,
    problem: Problem,
}

impl InputError {
    pub(super) const fn new(place: Place, problem: Problem) -> Self {
        Self { place, problem }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        self.problem.help().to_owned()
    }
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A line, counted from 1.
    Line(usize),
    /// A line and a column, counted from 1.
    LineAndColumn(usize, usize),
    /// A line that speaks of a resource.
    LineAndPath(usize, DataPath),
    /// A resource, or what holds it.
    Path(DataPath),
    /// A SenML record, counted from 1.
    Record(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::LineAndColumn(line, column) => write!(f, "line {line}, column {column}"),
            Self::LineAndPath(line, path) => write!(f, "line {line} ({path})"),
            Self::Path(path) => write!(f, "{path}"),
            Self::Record(number) => write!(f, "record {number}"),
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("this is no UTF-8 text")]
    NotUtf8,
    #[error("there is nothing")]
    Empty,
    #[error("{0}")]
    Syntax(String),
    #[error("`{0}` is no id from 0 to 65535")]
    NotAnId(String),
    #[error("{} stands where a table must", with_article(.0))]
    NotATable(&'static str),
    #[error("this is no version such as \"1.1\"")]
    NotAVersion,
    #[error("`{0}` is not known here")]
    UnknownKey(String),
    #[error("there is no value")]
    NoValue,
    #[error("there is more than one value")]
    SeveralValues,
    #[error("the value is redacted")]
    Redacted,
    #[error("there is no type \"{0}\"")]
    UnknownType(String),
    #[error("the resource is of type {registered}, not {given}")]
    OtherType { registered: DataType, given: DataType },
    #[error("{} is no {data_type}", with_article(.found))]
    WrongKind { found: &'static str, data_type: DataType },
    #[error("the number is outside of what the type {data_type} can hold")]
    OutOfRange { data_type: DataType },
    #[error("the string is no sequence of bytes in hexadecimal digits")]
    NotHexadecimal,
    #[error("the string is no base64url")]
    NotBase64,
    #[error("the string is no link such as \"11:0\"")]
    NotALink,
    #[error("the resource can only be executed and has no value")]
    NotReadable,
    #[error("the name does not lead to a resource or a resource instance")]
    NotAResource,
    #[error("the resource has a value and instances")]
    SingleAndMultiple,
    #[error("SenML label \"{0}\" is not one that LwM2M uses")]
    UnsupportedLabel(String),
    #[error("SenML of version {0} is newer than what is known here, 10")]
    SenmlVersion(i128),
    #[error("the object has version \"{first}\" before, \"{second}\" here")]
    TwoVersions { first: String, second: String },
}

impl Problem {
    const fn help(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "give a description as text; simstrap decode reads bootstrap files",
            Self::Empty => "what should have written it, failed; or give a description",
            Self::Syntax(_) | Self::UnknownKey(_) | Self::NotATable(_) => {
                "simstrap read --format toml (or json, senml) shows how it is written"
            }
            Self::NotAnId(_) => "objects, instances and resources are named by their numbers",
            Self::NotAVersion => "write it as \"major.minor\", major being 1 to 255",
            Self::NoValue => "give it one, or leave the resource out",
            Self::SeveralValues => "give one value; for several use resource instances",
            Self::Redacted => {
                "decode with --show-secrets, or put the secret in place of the redaction"
            }
            Self::UnknownType(_) => {
                "the types are string, integer, unsigned, float, boolean, opaque, time and objlnk"
            }
            Self::OtherType { .. } => {
                "leave the type out, or give type opaque and the bytes to write"
            }
            Self::WrongKind { .. } | Self::OutOfRange { .. } => {
                "give a value of this type, or type opaque and the bytes to write"
            }
            Self::NotHexadecimal => "two digits 0 to 9, a to f for each byte",
            Self::NotBase64 => "use the characters A-Z a-z 0-9 - _ and no padding",
            Self::NotALink => "write it as \"object:instance\"; 65535:65535 is a link to nothing",
            Self::NotReadable => "leave it out",
            Self::NotAResource => "names are /object/instance/resource[/resource instance]",
            Self::SingleAndMultiple => "keep one of them",
            Self::UnsupportedLabel(_) => "use n, bn and one of v, vs, vb, vd, vlo",
            Self::SenmlVersion(_) => "leave bver out",
            Self::TwoVersions { .. } => "an object has one version",
        }
    }
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}
