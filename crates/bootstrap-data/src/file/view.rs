// SPDX-License-Identifier: Apache-2.0
//! Views of checked bootstrap data. The check has walked over every entry, so an entry that does
//! not parse cannot occur here; the iterators would end at it.
#![warn(clippy::arithmetic_side_effects)]

use core::fmt;

use super::check::Check;
use super::{HEADER_LEN, ObjectHeader, Version, path_of};
use crate::error::{DataPath, DecodeError, ErrorKind};
use crate::tlv::{Entries, Entry, Kind};
use crate::value::RawValue;

/// The objects of a file, in order.
#[derive(Clone)]
pub struct Objects<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Objects<'a> {
    pub(super) fn new(used: &'a [u8]) -> Self {
        Self { rest: used.get(HEADER_LEN..).unwrap_or_default(), offset: HEADER_LEN }
    }
}

impl<'a> Iterator for Objects<'a> {
    type Item = ObjectRef<'a>;

    fn next(&mut self) -> Option<ObjectRef<'a>> {
        let ObjectHeader { id, version, length, rest } = ObjectHeader::parse(self.rest)?;
        let (body, after) = rest.split_at_checked(length)?;
        let body_offset = self.offset.saturating_add(self.rest.len().saturating_sub(rest.len()));
        let object = ObjectRef { id, version, body, offset: self.offset, body_offset };
        self.rest = after;
        self.offset = body_offset.saturating_add(length);
        Some(object)
    }
}

/// An object and its instances.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ObjectRef<'a> {
    id: u16,
    version: Option<Version>,
    body: &'a [u8],
    offset: usize,
    body_offset: usize,
}

impl<'a> ObjectRef<'a> {
    /// Object id.
    #[must_use]
    pub const fn id(&self) -> u16 {
        self.id
    }

    /// Version, `None` when the file leaves it to the enabler.
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// The object-instance TLVs as they stand in the file.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.body
    }

    /// Position of the object's header in the file.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Position of [`as_bytes`](Self::as_bytes) in the file.
    #[must_use]
    pub const fn body_offset(&self) -> usize {
        self.body_offset
    }

    /// The instances, in order. Resources without an instance around them, which only lenient
    /// decoding lets pass, are those of instance 0.
    #[must_use]
    pub fn instances(&self) -> Instances<'a> {
        let entries = Entries::at(self.body, self.body_offset);
        let first = entries.clone().next().and_then(Result::ok);
        let bare = first.filter(|entry| entry.kind != Kind::ObjectInstance).map(|_| InstanceRef {
            object: self.id,
            id: 0,
            body: self.body,
            offset: self.body_offset,
            body_offset: self.body_offset,
        });
        Instances { object: self.id, entries, bare }
    }

    /// The instance with this id.
    #[must_use]
    pub fn instance(&self, id: u16) -> Option<InstanceRef<'a>> {
        self.instances().find(|instance| instance.id == id)
    }
}

/// The instances of an object, in order.
#[derive(Debug, Clone)]
pub struct Instances<'a> {
    object: u16,
    entries: Entries<'a>,
    bare: Option<InstanceRef<'a>>,
}

impl<'a> Iterator for Instances<'a> {
    type Item = InstanceRef<'a>;

    fn next(&mut self) -> Option<InstanceRef<'a>> {
        if let Some(bare) = self.bare.take() {
            self.entries = Entries::new(&[]);
            return Some(bare);
        }
        let Entry { id, value, offset, value_offset, .. } = self.entries.next_whole()?;
        Some(InstanceRef {
            object: self.object,
            id,
            body: value,
            offset,
            body_offset: value_offset,
        })
    }
}

/// An object instance and its resources.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InstanceRef<'a> {
    object: u16,
    id: u16,
    body: &'a [u8],
    offset: usize,
    body_offset: usize,
}

impl<'a> InstanceRef<'a> {
    /// Checks the resource TLVs of an instance, strictly: what a Bootstrap Write of one carries,
    /// and what [`as_bytes`](Self::as_bytes) gave. Positions count from their beginning.
    ///
    /// # Errors
    /// [`DecodeError`] for the first thing that is wrong.
    pub fn from_resources(object: u16, id: u16, resources: &'a [u8]) -> Result<Self, DecodeError> {
        let path = path_of(object).instance(id);
        Check::new(path, None).resources(&Entries::new(resources))?;
        Ok(Self { object, id, body: resources, offset: 0, body_offset: 0 })
    }

    /// Object instance id.
    #[must_use]
    pub const fn id(&self) -> u16 {
        self.id
    }

    /// Where it stands: `/object/instance`.
    #[must_use]
    pub fn path(&self) -> DataPath {
        path_of(self.object).instance(self.id)
    }

    /// The resource TLVs as they stand in the file: what a Bootstrap Write of the instance
    /// carries.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.body
    }

    /// Position of the instance in the file.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The resources, in order.
    #[must_use]
    pub fn resources(&self) -> Resources<'a> {
        let entries = Entries::at(self.body, self.body_offset);
        Resources { object: self.object, instance: self.id, entries }
    }

    /// The resource with this id; the last one, where lenient decoding let several pass.
    #[must_use]
    pub fn resource(&self, id: u16) -> Option<ResourceRef<'a>> {
        self.resources().filter(|resource| resource.id() == id).last()
    }
}

/// The resources of an object instance, in order.
#[derive(Debug, Clone)]
pub struct Resources<'a> {
    object: u16,
    instance: u16,
    entries: Entries<'a>,
}

impl<'a> Iterator for Resources<'a> {
    type Item = ResourceRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<ResourceRef<'a>> {
        let entry = self.entries.next_whole()?;
        Some(ResourceRef { object: self.object, instance: self.instance, entry })
    }
}

/// A resource, single or multiple.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ResourceRef<'a> {
    object: u16,
    instance: u16,
    entry: Entry<'a>,
}

/// What a resource holds.
#[derive(Debug, Clone)]
pub enum Content<'a> {
    /// One value.
    Single(RawValue<'a>),
    /// Instances, each with a value.
    Multiple(ResourceInstances<'a>),
}

impl<'a> ResourceRef<'a> {
    /// Resource id.
    #[must_use]
    pub const fn id(&self) -> u16 {
        self.entry.id
    }

    /// Where it stands: `/object/instance/resource`.
    #[must_use]
    pub const fn path(&self) -> DataPath {
        DataPath::object(self.object).instance(self.instance).resource(self.entry.id)
    }

    /// Position of the resource in the file.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.entry.offset
    }

    /// What it holds.
    #[must_use]
    pub const fn content(&self) -> Content<'a> {
        match self.entry.kind {
            Kind::MultipleResource => {
                Content::Multiple(ResourceInstances { entries: self.entry.entries() })
            }
            _ => Content::Single(self.raw()),
        }
    }

    const fn raw(&self) -> RawValue<'a> {
        RawValue::new(self.entry.value, self.entry.value_offset)
    }

    /// The value of a resource that must be single.
    ///
    /// # Errors
    /// [`ErrorKind::NotSingle`].
    pub fn single(&self) -> Result<RawValue<'a>, DecodeError> {
        self.one().map_err(|error| self.located(error))
    }

    /// The instances of a resource that must be multiple.
    ///
    /// # Errors
    /// [`ErrorKind::NotMultiple`].
    pub fn multiple(&self) -> Result<ResourceInstances<'a>, DecodeError> {
        self.many().map_err(|error| self.located(error))
    }

    /// [`single`](Self::single), without the path in the error.
    #[inline]
    pub(crate) fn one(&self) -> Result<RawValue<'a>, DecodeError> {
        match self.entry.kind {
            Kind::Resource => Ok(self.raw()),
            _ => Err(ErrorKind::NotSingle.at(self.entry.offset)),
        }
    }

    /// [`multiple`](Self::multiple), without the path in the error.
    #[inline]
    pub(crate) fn many(&self) -> Result<ResourceInstances<'a>, DecodeError> {
        match self.entry.kind {
            Kind::MultipleResource => Ok(ResourceInstances { entries: self.entry.entries() }),
            _ => Err(ErrorKind::NotMultiple.at(self.entry.offset)),
        }
    }

    /// An error in this resource, with its path.
    #[inline]
    pub(crate) fn located(&self, error: DecodeError) -> DecodeError {
        located(error, self.object, self.instance, self.entry.id)
    }
}

/// Takes numbers and not the resource, so that a loop over resources keeps them in registers.
#[cold]
fn located(error: DecodeError, object: u16, instance: u16, resource: u16) -> DecodeError {
    error.within(DataPath::object(object).instance(instance).resource(resource))
}

/// The instances of a multiple resource, in order: instance id and value.
#[derive(Debug, Clone)]
pub struct ResourceInstances<'a> {
    entries: Entries<'a>,
}

impl<'a> Iterator for ResourceInstances<'a> {
    type Item = (u16, RawValue<'a>);

    fn next(&mut self) -> Option<(u16, RawValue<'a>)> {
        let entry = self.entries.next_whole()?;
        Some((entry.id, RawValue::new(entry.value, entry.value_offset)))
    }
}

impl fmt::Debug for Objects<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl fmt::Debug for ObjectRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object {} ", self.id)?;
        f.debug_list().entries(self.instances()).finish()
    }
}

impl fmt::Debug for InstanceRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance {} ", self.id)?;
        f.debug_list().entries(self.resources()).finish()
    }
}

impl fmt::Debug for ResourceRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.path(), self.entry.value.len())
    }
}
