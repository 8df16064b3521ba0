// SPDX-License-Identifier: Apache-2.0
//! The one walk that makes sure of everything before anything is used.

use super::{HEADER_LEN, MAX_DISORDER, MAX_ENTRIES, MAX_FILE, ObjectHeader, path_of, used_length};
use crate::error::{DataPath, DecodeError, Duplicate, ErrorKind, Level};
use crate::tlv::{Entries, Entry, Kind};

/// What to do about a deviation: go on, or return it as the error it is.
pub(super) type Deviation<'d> = &'d mut dyn FnMut(DecodeError) -> Result<(), DecodeError>;

/// The bytes of a file that are in use, by its header.
pub(super) fn used(file: &[u8]) -> Result<&[u8], DecodeError> {
    if file.len() > MAX_FILE {
        return Err(ErrorKind::FileTooLong { length: file.len() }.at(MAX_FILE));
    }
    let length = file.len();
    let header = file.first_chunk().ok_or(ErrorKind::HeaderTruncated { length }.at(0))?;
    let declared = used_length(*header);
    file.get(..declared).ok_or_else(|| truncation(file, declared))
}

/// The objects between the header and the end of the used bytes.
pub(super) fn objects(used: &[u8], deviation: Deviation<'_>) -> Result<(), DecodeError> {
    let declared = match *used {
        [high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
        _ => 0,
    };
    let mut found = 0;
    let mut ids = Seen::new(Duplicate::Object);
    let mut position = HEADER_LEN;
    while let Some(rest) = used.get(position..).filter(|rest| !rest.is_empty()) {
        let header =
            ObjectHeader::parse(rest).ok_or(ErrorKind::ObjectHeaderTruncated.at(position))?;
        let path = path_of(header.id);
        let body_offset = position + (rest.len() - header.rest.len());
        let body = header.rest.get(..header.length).ok_or_else(|| {
            let available = header.rest.len();
            ErrorKind::ObjectBeyondEnd { declared: header.length, available }
                .at(position)
                .within(path)
        })?;
        ids.insert(header.id, position, || earlier_object_ids(used, position))
            .or_else(|error| deviation(error.within(path)))?;
        instances(body, body_offset, path, deviation)?;
        position = body_offset + body.len();
        found += 1;
    }
    if found != declared {
        return Err(ErrorKind::ObjectCount { declared, found }.at(0));
    }
    Ok(())
}

fn earlier_object_ids(used: &[u8], end: usize) -> impl Iterator<Item = u16> {
    let before = used.get(..end).unwrap_or_default();
    super::Objects::new(before).map(|object| object.id())
}

fn instances(
    body: &[u8],
    offset: usize,
    path: DataPath,
    deviation: Deviation<'_>,
) -> Result<(), DecodeError> {
    let mut ids = Seen::new(Duplicate::ObjectInstance);
    for (count, entry) in Entries::at(body, offset).enumerate() {
        let entry = entry.map_err(|error| error.within(path))?;
        match entry.kind {
            Kind::ObjectInstance => {}
            found @ (Kind::Resource | Kind::MultipleResource) if count == 0 => {
                deviation(ErrorKind::BareResource { found }.at(entry.offset).within(path))?;
                return resources(body, offset, path.instance(0), deviation);
            }
            found => {
                return Err(misplaced(found, Level::ObjectInstances, &entry).within(path));
            }
        }
        let path = path.instance(entry.id);
        ids.insert(entry.id, entry.offset, || earlier_ids(body, offset, &entry))
            .or_else(|error| deviation(error.within(path)))?;
        resources(entry.value, entry.value_offset, path, deviation)?;
    }
    Ok(())
}

/// The resources of an object instance.
pub(super) fn resources(
    body: &[u8],
    offset: usize,
    path: DataPath,
    deviation: Deviation<'_>,
) -> Result<(), DecodeError> {
    let mut ids = Seen::new(Duplicate::Resource);
    for entry in Entries::at(body, offset) {
        let entry = entry.map_err(|error| error.within(path))?;
        let path = path.resource(entry.id);
        match entry.kind {
            Kind::Resource => {}
            Kind::MultipleResource => resource_instances(entry, path, deviation)?,
            found => return Err(misplaced(found, Level::Resources, &entry).within(path)),
        }
        ids.insert(entry.id, entry.offset, || earlier_ids(body, offset, &entry))
            .or_else(|error| deviation(error.within(path)))?;
    }
    Ok(())
}

fn resource_instances(
    resource: Entry<'_>,
    path: DataPath,
    deviation: Deviation<'_>,
) -> Result<(), DecodeError> {
    let mut ids = Seen::new(Duplicate::ResourceInstance);
    if resource.value.is_empty() {
        deviation(ErrorKind::EmptyMultiple.at(resource.offset).within(path))?;
    }
    for entry in resource.entries() {
        let entry = entry.map_err(|error| error.within(path))?;
        let path = path.resource_instance(entry.id);
        if entry.kind != Kind::ResourceInstance {
            return Err(misplaced(entry.kind, Level::ResourceInstances, &entry).within(path));
        }
        let (body, offset) = (resource.value, resource.value_offset);
        ids.insert(entry.id, entry.offset, || earlier_ids(body, offset, &entry))
            .or_else(|error| deviation(error.within(path)))?;
    }
    Ok(())
}

fn misplaced(found: Kind, expected: Level, entry: &Entry<'_>) -> DecodeError {
    ErrorKind::Misplaced { found, expected }.at(entry.offset)
}

fn earlier_ids(body: &[u8], offset: usize, entry: &Entry<'_>) -> impl Iterator<Item = u16> {
    let before = body.get(..entry.offset.saturating_sub(offset)).unwrap_or_default();
    Entries::new(before).map_while(Result::ok).map(|entry| entry.id)
}

/// The identifiers met in one place. Almost always they ascend, and then the highest is enough
/// to tell that none stands twice.
struct Seen {
    kind: Duplicate,
    count: usize,
    disorder: usize,
    /// The lowest identifier above all that were met.
    above: u32,
}

impl Seen {
    const fn new(kind: Duplicate) -> Self {
        Self { kind, count: 0, disorder: 0, above: 0 }
    }

    #[inline]
    fn insert<I: Iterator<Item = u16>>(
        &mut self,
        id: u16,
        offset: usize,
        earlier: impl FnOnce() -> I,
    ) -> Result<(), DecodeError> {
        self.count += 1;
        if self.count > MAX_ENTRIES || u32::from(id) < self.above {
            return self.insert_out_of_order(id, offset, earlier());
        }
        self.above = u32::from(id) + 1;
        Ok(())
    }

    #[cold]
    fn insert_out_of_order(
        &mut self,
        id: u16,
        offset: usize,
        mut earlier: impl Iterator<Item = u16>,
    ) -> Result<(), DecodeError> {
        if self.count > MAX_ENTRIES {
            return Err(ErrorKind::TooManyEntries.at(offset));
        }
        self.disorder += 1;
        if self.disorder > MAX_DISORDER {
            return Err(ErrorKind::Disorder.at(offset));
        }
        if earlier.any(|earlier| earlier == id) {
            Err(ErrorKind::Duplicate { kind: self.kind, id }.at(offset))
        } else {
            Ok(())
        }
    }
}

/// The header of a file that was never written, and of one while it is written. The size in it is
/// more than any file has.
const BLANK: [u8; HEADER_LEN] = [0xFF; HEADER_LEN];

/// The error for a file that is shorter than its header says: the entry that the end of the file
/// cuts in two, or the declared size itself when the file ends between two objects.
fn truncation(file: &[u8], declared: usize) -> DecodeError {
    if file.starts_with(&BLANK) {
        return ErrorKind::Blank.at(0);
    }
    let available = file.len().saturating_sub(HEADER_LEN);
    let mut position = HEADER_LEN;
    while let Some(rest) = file.get(position..).filter(|rest| !rest.is_empty()) {
        let Some(header) = ObjectHeader::parse(rest) else {
            return ErrorKind::ObjectHeaderTruncated.at(position);
        };
        let body_offset = position + (rest.len() - header.rest.len());
        if header.length > header.rest.len() {
            let path = path_of(header.id);
            return cut_entry(header.rest, body_offset, path).unwrap_or_else(|| {
                let available = header.rest.len();
                ErrorKind::ObjectBeyondEnd { declared: header.length, available }
                    .at(position)
                    .within(path)
            });
        }
        position = body_offset + header.length;
    }
    const SIZE_FIELD: usize = 2;
    let declared = declared.saturating_sub(HEADER_LEN);
    ErrorKind::SizeBeyondFile { declared, available }.at(SIZE_FIELD)
}

/// The innermost entry that the end of `bytes` cuts in two.
fn cut_entry(bytes: &[u8], offset: usize, path: DataPath) -> Option<DecodeError> {
    let mut found = None;
    let mut level = Some((bytes, offset, path));
    while let Some((bytes, offset, path)) = level.take() {
        let Some(Err(error)) = Entries::at(bytes, offset).find(Result::is_err) else {
            break;
        };
        found = Some(error.within(path));
        let ErrorKind::ValueBeyondEnd { kind, available, .. } = error.kind else {
            break;
        };
        let inner = bytes.len().checked_sub(available).and_then(|start| bytes.get(start..));
        let inner_offset = offset + bytes.len() - available;
        if let (Kind::ObjectInstance | Kind::MultipleResource, Some(inner)) = (kind, inner) {
            level = (inner.len() < bytes.len()).then_some((inner, inner_offset, path));
        }
    }
    found
}
