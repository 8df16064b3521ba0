// SPDX-License-Identifier: Apache-2.0
//! An annotated dump: every byte of the file, what it is, and how it nests.

use anstyle::Style;
use simstrap_policy::bootstrap_data::registry::{self, DataType, ObjectDefinition};
use simstrap_policy::bootstrap_data::tlv::{Entries, Entry, Kind};
use simstrap_policy::bootstrap_data::{BootstrapDataRef, ObjectRef, RawValue, Value};

use super::text::plural;
use crate::terminal::{FAINT, HEADING, columns, escaped, wrapped};
use crate::view::Secrets;

/// Bytes on a line.
const ROW: usize = 8;

/// Dumps a whole file; what follows the data is its padding.
/// The dump is at most `width` columns wide where there is a width to heed.
pub(crate) fn render(
    data: BootstrapDataRef<'_>,
    file: &[u8],
    secrets: Secrets,
    width: Option<usize>,
) -> String {
    let used = data.as_bytes();
    let mut dump = Dump { text: String::new(), secrets, width: width.unwrap_or(usize::MAX) };
    let objects = plural(data.objects().count(), "object");
    let header = used.get(..HEADER_LEN).unwrap_or_default();
    let size = bytes(used.len().saturating_sub(header.len()));
    let what = format!("bootstrap data, {objects}, {size}");
    dump.line(0, 0, &digits(header), HEADING, &what);
    data.objects().for_each(|object| dump.object(&object, used));
    let padding = file.get(used.len()..).unwrap_or_default();
    if let Some(first) = padding.first() {
        let (count, rest) = split_run(padding, *first);
        dump.run(used.len(), *first, count);
        dump.rows(1, used.len() + count, rest, Gutter::Ascii);
    }
    dump.text
}

/// No style at all.
const PLAIN: Style = Style::new();

/// Number of objects, size.
const HEADER_LEN: usize = 4;

struct Dump {
    text: String,
    secrets: Secrets,
    width: usize,
}

/// What is known of a resource.
#[derive(Clone)]
struct Meaning {
    label: String,
    data_type: DataType,
    secret: bool,
}

/// An entry and where it stands in the file.
struct Place<'e> {
    depth: usize,
    at: usize,
    header: &'e [u8],
    entry: Entry<'e>,
}

/// What stands beside the bytes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gutter {
    Ascii,
    Nothing,
    /// Not even the bytes are shown.
    Masked,
}

impl Dump {
    fn object(&mut self, object: &ObjectRef<'_>, used: &[u8]) {
        let definition = registry::object(object.id());
        let name = definition.map_or("(unknown)", |definition| definition.name);
        let version = object.version().map(|version| format!(", version {version}"));
        let version = version.unwrap_or_default();
        let length = bytes(object.as_bytes().len());
        let header = used.get(object.offset()..object.body_offset()).unwrap_or_default();
        let what = format!("object {} {name}{version}, {length}", object.id());
        self.line(1, object.offset(), &digits(header), HEADING, &what);
        self.entries(2, object.as_bytes(), object.body_offset(), definition, None);
    }

    /// The entries in `body`, the first byte of which stands at `start`.
    fn entries(
        &mut self,
        depth: usize,
        body: &[u8],
        start: usize,
        object: Option<&ObjectDefinition>,
        resource: Option<&Meaning>,
    ) {
        for entry in Entries::new(body).map_while(Result::ok) {
            let header = body.get(entry.offset..entry.value_offset).unwrap_or_default();
            let place = Place { depth, at: start + entry.offset, header, entry };
            let value_at = start + entry.value_offset;
            match entry.kind {
                Kind::ObjectInstance => {
                    let what = format!("instance {}, {}", entry.id, bytes(entry.value.len()));
                    self.row(depth, place.at, header, &what);
                    self.entries(depth + 1, entry.value, value_at, object, None);
                }
                Kind::MultipleResource => {
                    let meaning = Meaning::of(entry.id, object);
                    let what = format!("{}, instances", meaning.label);
                    self.row(depth, place.at, header, &what);
                    self.entries(depth + 1, entry.value, value_at, object, Some(&meaning));
                }
                Kind::Resource => self.value(&place, &Meaning::of(entry.id, object)),
                Kind::ResourceInstance => {
                    let unknown = || Meaning::of(entry.id, None);
                    let meaning = resource.cloned().unwrap_or_else(unknown);
                    let label = format!("instance {}", entry.id);
                    self.value(&place, &Meaning { label, ..meaning });
                }
            }
        }
    }

    /// An entry with a value: on one line where it is short, its bytes below where it is not.
    fn value(&mut self, place: &Place<'_>, meaning: &Meaning) {
        let Place { depth, at, header, entry } = place;
        let label = format!("{}, {}", meaning.label, meaning.data_type);
        if meaning.secret && self.secrets == Secrets::Redacted {
            self.row(*depth, *at, header, &format!("{label}, redacted"));
            return self.rows(depth + 1, at + header.len(), entry.value, Gutter::Masked);
        }
        let scalar = scalar(&RawValue::from(entry), meaning.data_type);
        let gutter = if scalar.is_some() { Gutter::Nothing } else { Gutter::Ascii };
        let short = header.len() + entry.value.len() <= ROW;
        let meant = scalar.or_else(|| text(entry.value).filter(|_| short));
        let what = meant.map_or_else(|| label.clone(), |meant| format!("{label} {meant}"));
        if short {
            return self.row(*depth, *at, &[header, entry.value].concat(), &what);
        }
        self.row(*depth, *at, header, &what);
        self.rows(depth + 1, at + header.len(), entry.value, gutter);
    }

    fn rows(&mut self, depth: usize, at: usize, value: &[u8], gutter: Gutter) {
        for (index, row) in value.chunks(ROW).enumerate() {
            let offset = at + index * ROW;
            match gutter {
                Gutter::Masked => {
                    let masked = vec!["**"; row.len()].join(" ");
                    self.line(depth, offset, &masked, PLAIN, "");
                }
                Gutter::Nothing => self.row(depth, offset, row, ""),
                Gutter::Ascii => {
                    let printable = |byte: &u8| match byte {
                        b' '..=b'~' => char::from(*byte),
                        _ => '.',
                    };
                    let text: String = row.iter().map(printable).collect();
                    self.line(depth, offset, &digits(row), FAINT, &text);
                }
            }
        }
    }

    /// So many times the same byte.
    fn run(&mut self, at: usize, byte: u8, count: usize) {
        let shown = digits(&[byte].repeat(count.min(ROW - 1)));
        let dots = if count >= ROW { " …" } else { "" };
        self.line(0, at, &format!("{shown}{dots}"), HEADING, &format!("padding, {}", bytes(count)));
    }

    fn row(&mut self, depth: usize, at: usize, row: &[u8], what: &str) {
        self.line(depth, at, &digits(row), PLAIN, what);
    }

    /// `what` goes on in more lines where it does not fit.
    fn line(&mut self, depth: usize, at: usize, shown: &str, style: Style, what: &str) {
        const WIDTH: usize = 3 * ROW - 1;
        const NARROWEST: usize = 16;
        /// What the lines after the first stand further in.
        const HANGING: usize = 2;
        let indent = "  ".repeat(depth);
        let mut front = format!("{FAINT}{at:04X}{FAINT:#}  {shown:<WIDTH$}  {indent}");
        let used = 4 + 2 + WIDTH + 2 + indent.len();
        let room = self.width.saturating_sub(used).max(NARROWEST);
        let width = if columns(what) > room { room - HANGING } else { room };
        for piece in wrapped(what, width) {
            let style = if piece.is_empty() { PLAIN } else { style };
            let line = format!("{front}{style}{piece}{style:#}");
            self.text.push_str(line.trim_end());
            self.text.push('\n');
            front = " ".repeat(used + HANGING);
        }
    }
}

impl Meaning {
    fn of(resource: u16, object: Option<&ObjectDefinition>) -> Self {
        match object.and_then(|object| object.resource(resource)) {
            Some(definition) => Self {
                label: format!("resource {resource} {}", definition.name),
                data_type: definition.data_type,
                secret: definition.secret,
            },
            None => Self {
                label: format!("resource {resource} (unknown)"),
                data_type: DataType::Opaque,
                secret: false,
            },
        }
    }
}

/// The value of what is no text and no bytes.
fn scalar(value: &RawValue<'_>, data_type: DataType) -> Option<String> {
    Some(match value.typed(data_type).ok()? {
        Value::Integer(number) | Value::Time(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(value) => value.to_string(),
        Value::ObjectLink(link) => link.to_string(),
        Value::String(_) | Value::Opaque(_) => return None,
    })
}

/// Bytes that are text, in quotes.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(format!("\"{}\"", escaped(text)))
}

/// The length of the run of `byte` at the front, and what follows it.
fn split_run(padding: &[u8], byte: u8) -> (usize, &[u8]) {
    let count = padding.iter().take_while(|found| **found == byte).count();
    (count, padding.get(count..).unwrap_or_default())
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

fn bytes(count: usize) -> String {
    plural(count, "byte")
}
