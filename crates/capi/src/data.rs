// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data: decoding, walking over it, finding a value.

use core::ffi::c_void;
use core::ptr;

use ::simstrap_policy::bootstrap_data::reader::Digest;
use ::simstrap_policy::bootstrap_data::tlv::{Entries, Entry, Kind};
use ::simstrap_policy::bootstrap_data::{
    BootstrapData, Content, DataPath, DecodeError, ErrorKind, InstanceRef, Level, MAX_FILE,
    RawValue, ResourceRef, Version,
};

use crate::border::{self, guard, guard_value};
use crate::error::{Failure, simstrap_error, simstrap_status};
use crate::value::simstrap_resource;

/// Bootstrap data that was checked from the first byte to the last. It may be used by several
/// threads at once.
#[derive(Debug)]
pub struct simstrap_data {
    pub(crate) data: BootstrapData,
    /// Whether it belongs to a reading, and is not the caller's to free.
    pub(crate) is_borrowed: bool,
}

/// An object instance of bootstrap data.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_instance {
    /// Object id.
    pub object: u16,
    /// Object instance id.
    pub instance: u16,
    /// Whether the data gives a version of the object.
    pub has_version: bool,
    /// Major number of the version.
    pub version_major: u8,
    /// Minor number of the version.
    pub version_minor: u8,
    /// Its resources as LwM2M TLV: what a Bootstrap Write of the instance carries. They live as
    /// long as the handle they came from.
    pub bytes: *const u8,
    /// Number of `bytes`.
    pub length: usize,
}

/// Is shown an object instance; returns 0 to go on, anything else to stop.
pub type simstrap_instance_visitor =
    Option<unsafe extern "C" fn(context: *mut c_void, instance: *const simstrap_instance) -> i32>;

/// Is shown a resource, or an instance of a multiple resource; returns 0 to go on, anything else
/// to stop.
pub type simstrap_resource_visitor =
    Option<unsafe extern "C" fn(context: *mut c_void, resource: *const simstrap_resource) -> i32>;

/// Checks the bytes of EF LwM2M_Bootstrap, strictly, and copies those that are in use. There can be
/// 32768.
///
/// `data`: receives the handle, which the caller frees with `simstrap_data_free`.
///
/// # Safety
/// `bytes` points to `length` bytes; `data` to a pointer; `error` is `NULL` or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_decode(
    bytes: *const u8,
    length: usize,
    data: *mut *mut simstrap_data,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let bytes = border::elements(bytes, length, MAX_FILE, "bytes")?;
            let decoded = BootstrapData::from_bytes(bytes)
                .map_err(|error| Failure::of(simstrap_status::MalformedData, &error))?;
            border::hand_over(data, simstrap_data { data: decoded, is_borrowed: false })
        })
    }
}

/// Wipes and frees bootstrap data, and sets the pointer to `NULL`. What was borrowed from it is
/// gone with it; a visitor that frees it is shown the rest all the same. Data that belongs to a
/// reading is freed with that: here, only the pointer is set.
///
/// # Safety
/// `data` is `NULL` or points to a handle of `simstrap_data_decode` or to `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_free(data: *mut *mut simstrap_data) {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let handle = border::borrow_mut(data, "data")?;
            if border::optional(*handle, "data")?.is_some_and(|data| data.is_borrowed) {
                *handle = ptr::null_mut();
            } else {
                border::take_back(data);
            }
            Ok(())
        });
    }
}

/// The bytes in use: header and objects, without padding. They live as long as `data`.
///
/// `length`: receives their number. Returns `NULL` when a pointer is `NULL`.
///
/// # Safety
/// `data` is `NULL` or a live handle, `length` is `NULL` or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_bytes(
    data: *const simstrap_data,
    length: *mut usize,
) -> *const u8 {
    guard_value(ptr::null(), || {
        // SAFETY: as the caller vouches.
        match unsafe { (border::borrow(data, "data"), border::place(length, "length")) } {
            (Ok(data), Ok(length)) => {
                let bytes = data.data.bytes();
                length.write(bytes.len());
                bytes.as_ptr()
            }
            _ => ptr::null(),
        }
    })
}

/// The identity of data: SHA-256 of its bytes in use, into `sha256`, which has room for 32 bytes.
///
/// # Safety
/// `data` is a live handle, `sha256` points to 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_digest(
    data: *const simstrap_data,
    sha256: *mut u8,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let data = border::borrow(data, "data")?;
            let target = border::place(sha256.cast::<[u8; 32]>(), "sha256")?;
            target.write(Digest::of(data.data.bytes()).to_bytes());
            Ok(())
        })
    }
}

/// Shows every object instance to `visitor`, in the order of the data, until it returns something
/// else than 0.
///
/// # Safety
/// `data` is a live handle; `visitor` keeps to its contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_each_instance(
    data: *const simstrap_data,
    visitor: simstrap_instance_visitor,
    context: *mut c_void,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let data = border::borrow(data, "data")?.data.clone();
            let visitor = visitor.ok_or_else(|| Failure::null("visitor"))?;
            for object in data.as_ref().objects() {
                for instance in object.instances() {
                    let version = object.version();
                    let shown = simstrap_instance {
                        object: object.id(),
                        instance: instance.id(),
                        has_version: version.is_some(),
                        version_major: version.map_or(0, Version::major),
                        version_minor: version.map_or(0, Version::minor),
                        bytes: instance.as_bytes().as_ptr(),
                        length: instance.as_bytes().len(),
                    };
                    if visitor(context, &raw const shown) != 0 {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }
}

/// Shows every resource of an object instance to `visitor`, in the order of the data, a multiple
/// resource instance by instance, until it returns something else than 0.
///
/// # Safety
/// `data` is a live handle; `visitor` keeps to its contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_each_resource(
    data: *const simstrap_data,
    object: u16,
    instance: u16,
    visitor: simstrap_resource_visitor,
    context: *mut c_void,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let data = border::borrow(data, "data")?.data.clone();
            let instance = instance_of(&data, object, instance)?;
            let visitor = visitor.ok_or_else(|| Failure::null("visitor"))?;
            let mut visit = |resource| visitor(context, &raw const resource) == 0;
            for resource in instance.resources() {
                if !each_value(object, instance.id(), &resource, &mut visit) {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Finds a resource. `resource_instance` counts only for a multiple resource.
///
/// # Safety
/// `data` is a live handle, `found` points to a resource to be overwritten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_data_find(
    data: *const simstrap_data,
    object: u16,
    instance: u16,
    resource: u16,
    resource_instance: u16,
    found: *mut simstrap_resource,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let instance = instance_of(&border::borrow(data, "data")?.data, object, instance)?;
            let target = border::place(found, "found")?;
            let mut result = None;
            let mut visit = |value: simstrap_resource| {
                let is_it = !value.is_multiple || value.resource_instance == resource_instance;
                if is_it {
                    result = Some(value);
                }
                !is_it
            };
            if let Some(resource) = instance.resource(resource) {
                each_value(object, instance.id(), &resource, &mut visit);
            }
            target.write(result.ok_or_else(not_found)?);
            Ok(())
        })
    }
}

/// Shows every resource in the TLV of an object instance, such as a step to write one carries it,
/// to `visitor`, until it returns something else than 0.
///
/// `SIMSTRAP_STATUS_MALFORMED_DATA` when the bytes are no LwM2M TLV; what came before was shown
/// then, and `error` says at which byte it ended. Bytes from this library are in order. There can be
/// 32768.
///
/// # Safety
/// `bytes` points to `length` bytes; `visitor` keeps to its contract; `error` is `NULL` or points to
/// an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_tlv_each_resource(
    object: u16,
    instance: u16,
    bytes: *const u8,
    length: usize,
    visitor: simstrap_resource_visitor,
    context: *mut c_void,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let bytes = border::elements(bytes, length, MAX_FILE, "bytes")?;
            let visitor = visitor.ok_or_else(|| Failure::null("visitor"))?;
            let mut visit = |resource| visitor(context, &raw const resource) == 0;
            let within = DataPath::object(object).instance(instance);
            for entry in Entries::new(bytes) {
                let entry = entry.map_err(|error| malformed(error, within))?;
                if !each_value_of_entry((object, instance, entry.id), &entry, &mut visit)? {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Shows all values of a resource; false when the visitor has had enough.
fn each_value_of_entry(
    path: (u16, u16, u16),
    entry: &Entry<'_>,
    visit: &mut dyn FnMut(simstrap_resource) -> bool,
) -> Result<bool, Failure> {
    let within = DataPath::object(path.0).instance(path.1);
    match entry.kind {
        Kind::Resource => Ok(visit(simstrap_resource::new(path, None, &RawValue::from(entry)))),
        Kind::MultipleResource => {
            let within = within.resource(entry.id);
            for value in entry.entries() {
                let value = value.map_err(|error| malformed(error, within))?;
                if value.kind != Kind::ResourceInstance {
                    return Err(misplaced(&value, Level::ResourceInstances, within));
                }
                let raw = RawValue::from(&value);
                if !visit(simstrap_resource::new(path, Some(value.id), &raw)) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Err(misplaced(entry, Level::Resources, within)),
    }
}

fn misplaced(entry: &Entry<'_>, expected: Level, within: DataPath) -> Failure {
    let kind = ErrorKind::Misplaced { found: entry.kind, expected };
    malformed(DecodeError { kind, offset: entry.offset, path: within }, within)
}

/// The bytes are malformed, in this instance or resource.
fn malformed(error: DecodeError, within: DataPath) -> Failure {
    Failure::of(simstrap_status::MalformedData, &DecodeError { path: within, ..error })
}

fn instance_of(
    data: &BootstrapData,
    object: u16,
    instance: u16,
) -> Result<InstanceRef<'_>, Failure> {
    let object = data.as_ref().object(object).ok_or_else(not_found)?;
    object.instance(instance).ok_or_else(not_found)
}

fn not_found() -> Failure {
    Failure::new(simstrap_status::NotFound, "the data has no such instance or resource")
}

/// Shows all values of a resource; false when the visitor has had enough.
fn each_value(
    object: u16,
    instance: u16,
    resource: &ResourceRef<'_>,
    visit: &mut dyn FnMut(simstrap_resource) -> bool,
) -> bool {
    let path = (object, instance, resource.id());
    match resource.content() {
        Content::Single(value) => visit(simstrap_resource::new(path, None, &value)),
        Content::Multiple(mut values) => {
            values.all(|(id, value)| visit(simstrap_resource::new(path, Some(id), &value)))
        }
    }
}
