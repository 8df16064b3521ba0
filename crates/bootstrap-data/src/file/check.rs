// SPDX-License-Identifier: Apache-2.0
//! The one walk that makes sure of everything before anything is used.
#![warn(clippy::arithmetic_side_effects)]

use core::iter;

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

/// The check, where it stands.
pub(super) struct Check<'d> {
    path: DataPath,
    /// `None` goes on after none.
    deviation: Option<Deviation<'d>>,
}

impl<'d> Check<'d> {
    /// A check of what stands at `path`.
    pub(super) fn new(path: DataPath, deviation: Option<Deviation<'d>>) -> Self {
        Self { path, deviation }
    }

    /// The objects between the header and the end of the used bytes.
    pub(super) fn objects(&mut self, used: &[u8]) -> Result<(), DecodeError> {
        let declared = match *used {
            [high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        let mut found = 0_usize;
        let mut ids = Ascent::new();
        let mut position = HEADER_LEN;
        while let Some(rest) = used.get(position..).filter(|rest| !rest.is_empty()) {
            self.path = DataPath::ROOT;
            let ObjectHeader { id, length, rest: content, .. } = ObjectHeader::parse(rest)
                .ok_or_else(|| self.error(ErrorKind::ObjectHeaderTruncated, position))?;
            self.path.object = Some(id);
            let body = content.get(..length).ok_or_else(|| {
                let available = content.len();
                self.error(ErrorKind::ObjectBeyondEnd { declared: length, available }, position)
            })?;
            if found >= MAX_ENTRIES || !ids.goes_on_to(id) {
                let earlier = super::Objects::new(used.get(..position).unwrap_or_default());
                out_of_order(Duplicate::Object, id, earlier.map(|object| object.id()))
                    .or_else(|kind| self.pass_over(kind, position))?;
            }
            let body_offset = used.len().saturating_sub(content.len());
            self.instances(&Entries::at(body, body_offset))?;
            position = body_offset.saturating_add(length);
            found = found.saturating_add(1);
        }
        self.path = DataPath::ROOT;
        if found != declared {
            return Err(self.error(ErrorKind::ObjectCount { declared, found }, 0));
        }
        Ok(())
    }

    /// What stands after the used bytes.
    pub(super) fn padding(&mut self, padding: &[u8], offset: usize) -> Result<(), DecodeError> {
        match padding.iter().zip(offset..).find(|(byte, _)| !matches!(byte, 0x00 | 0xFF)) {
            Some((&found, offset)) => self.pass_over(ErrorKind::NotPadding { found }, offset),
            None => Ok(()),
        }
    }

    fn instances(&mut self, all: &Entries<'_>) -> Result<(), DecodeError> {
        let mut ids = Ascent::new();
        let mut entries = all.clone();
        let mut count = 0_usize;
        while let Some(entry) = entries.next_whole() {
            let Entry { kind, id, offset, .. } = entry;
            match kind {
                Kind::ObjectInstance => {}
                found @ (Kind::Resource | Kind::MultipleResource) if count == 0 => {
                    self.pass_over(ErrorKind::BareResource { found }, offset)?;
                    self.path.instance = Some(0);
                    return self.resources(all);
                }
                found => return Err(self.misplaced(found, Level::ObjectInstances, offset)),
            }
            self.path.instance = Some(id);
            if count >= MAX_ENTRIES || !ids.goes_on_to(id) {
                self.out_of_order(Level::ObjectInstances, id, offset, all.clone())?;
            }
            self.resources(&entry.entries())?;
            self.path.instance = None;
            count = count.saturating_add(1);
        }
        self.finish(&entries)
    }

    /// The resources of an object instance.
    pub(super) fn resources(&mut self, all: &Entries<'_>) -> Result<(), DecodeError> {
        self.values(all, Level::Resources)
    }

    /// Resources, or the instances of a multiple resource.
    fn values(&mut self, all: &Entries<'_>, level: Level) -> Result<(), DecodeError> {
        let plain = match level {
            Level::ResourceInstances => Kind::ResourceInstance,
            _ => Kind::Resource,
        };
        let mut place = Place::new(all);
        while let Some((entry, in_order)) = place.next_but(plain) {
            let Entry { kind, id, offset, .. } = entry;
            *self.id_at(level) = Some(id);
            if kind == Kind::MultipleResource && level == Level::Resources {
                if entry.value.is_empty() {
                    self.pass_over(ErrorKind::EmptyMultiple, offset)?;
                }
                self.values(&entry.entries(), Level::ResourceInstances)?;
            } else if kind != plain {
                return Err(self.misplaced(kind, level, offset));
            }
            if !in_order {
                self.out_of_order(level, id, offset, all.clone())?;
            }
            *self.id_at(level) = None;
        }
        self.finish(&place.entries)
    }

    /// The part of the path that tells the entry of a level.
    fn id_at(&mut self, level: Level) -> &mut Option<u16> {
        match level {
            Level::ObjectInstances => &mut self.path.instance,
            Level::Resources => &mut self.path.resource,
            Level::ResourceInstances => &mut self.path.resource_instance,
        }
    }

    /// Looks at an entry that does not go on the ascent of `all` those of its place.
    #[cold]
    fn out_of_order(
        &mut self,
        level: Level,
        id: u16,
        offset: usize,
        mut all: Entries<'_>,
    ) -> Result<(), DecodeError> {
        let kind = match level {
            Level::ObjectInstances => Duplicate::ObjectInstance,
            Level::Resources => Duplicate::Resource,
            Level::ResourceInstances => Duplicate::ResourceInstance,
        };
        let earlier = iter::from_fn(|| all.next_whole()).take_while(|entry| entry.offset < offset);
        out_of_order(kind, id, earlier.map(|entry| entry.id))
            .or_else(|kind| self.pass_over(kind, offset))
    }

    /// Makes sure that a place has no more entries.
    #[inline]
    fn finish(&self, rest: &Entries<'_>) -> Result<(), DecodeError> {
        match rest.broken() {
            Some(kind) => Err(self.error(kind, rest.offset())),
            None => Ok(()),
        }
    }

    #[cold]
    fn misplaced(&self, found: Kind, expected: Level, offset: usize) -> DecodeError {
        self.error(ErrorKind::Misplaced { found, expected }, offset)
    }

    /// Goes on after a deviation, or not.
    #[cold]
    fn pass_over(&mut self, kind: ErrorKind, offset: usize) -> Result<(), DecodeError> {
        let error = self.error(kind, offset);
        self.deviation.as_mut().map_or(Err(error), |deviation| deviation(error))
    }

    #[cold]
    fn error(&self, kind: ErrorKind, offset: usize) -> DecodeError {
        DecodeError { kind, offset, path: self.path }
    }
}

/// What is left of the entries of one place, and what identifiers were met there.
struct Place<'a> {
    entries: Entries<'a>,
    count: usize,
    ids: Ascent,
}

impl<'a> Place<'a> {
    fn new(all: &Entries<'a>) -> Self {
        Self { entries: all.clone(), count: 0, ids: Ascent::new() }
    }

    /// Passes over entries of this kind as long as their identifiers ascend, to the first that is
    /// something else; tells whether at least its identifier is in order.
    fn next_but(&mut self, kind: Kind) -> Option<(Entry<'a>, bool)> {
        loop {
            let entry = self.entries.next_whole()?;
            let in_order = self.count < MAX_ENTRIES && self.ids.goes_on_to(entry.id);
            self.count = self.count.saturating_add(1);
            if !in_order || entry.kind != kind {
                return Some((entry, in_order));
            }
        }
    }
}

/// The identifiers met in one place. Almost always they ascend, and then the highest is enough
/// to tell that none stands twice.
struct Ascent {
    /// The lowest identifier above all that were met.
    above: u32,
}

impl Ascent {
    const fn new() -> Self {
        Self { above: 0 }
    }

    /// Whether the identifier is above all before it.
    #[inline]
    fn goes_on_to(&mut self, id: u16) -> bool {
        let id = u32::from(id);
        let ascends = id >= self.above;
        if ascends {
            self.above = id.saturating_add(1);
        }
        ascends
    }
}

/// Looks at an identifier that does not ascend, or is one too many, and at all before it.
#[cold]
fn out_of_order(
    kind: Duplicate,
    id: u16,
    earlier: impl Iterator<Item = u16>,
) -> Result<(), ErrorKind> {
    let mut ids = Ascent::new();
    let (mut count, mut disorder, mut twice) = (0_usize, 0_usize, false);
    for earlier in earlier {
        count = count.saturating_add(1);
        disorder = disorder.saturating_add(usize::from(!ids.goes_on_to(earlier)));
        twice |= earlier == id;
    }
    if count >= MAX_ENTRIES {
        Err(ErrorKind::TooManyEntries)
    } else if disorder >= MAX_DISORDER {
        Err(ErrorKind::Disorder)
    } else if twice {
        Err(ErrorKind::Duplicate { kind, id })
    } else {
        Ok(())
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
        let body_offset = file.len().saturating_sub(header.rest.len());
        if header.length > header.rest.len() {
            let path = path_of(header.id);
            return cut_entry(header.rest, body_offset, path).unwrap_or_else(|| {
                let available = header.rest.len();
                ErrorKind::ObjectBeyondEnd { declared: header.length, available }
                    .at(position)
                    .within(path)
            });
        }
        position = body_offset.saturating_add(header.length);
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
        let mut entries = Entries::at(bytes, offset);
        while entries.next_whole().is_some() {}
        let Some(error) = entries.broken() else {
            break;
        };
        found = Some(error.at(entries.offset()).within(path));
        let ErrorKind::ValueBeyondEnd { kind, available, .. } = error else {
            break;
        };
        let start = bytes.len().saturating_sub(available);
        let inner = bytes.get(start..);
        let inner_offset = offset.saturating_add(start);
        if let (Kind::ObjectInstance | Kind::MultipleResource, Some(inner)) = (kind, inner) {
            level = (inner.len() < bytes.len()).then_some((inner, inner_offset, path));
        }
    }
    found
}
