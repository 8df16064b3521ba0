// SPDX-License-Identifier: Apache-2.0
//! What a server may do with the objects of the device: Read on /1 and /3, and two Executes.

use simstrap_policy::bootstrap_data::object::{Security, Server, ShortServerId};
use simstrap_policy::bootstrap_data::registry::{self, DataType};
use simstrap_policy::bootstrap_data::tlv::Entries;
use simstrap_policy::bootstrap_data::{
    BootstrapData, BootstrapDataRef, EncodeError, InstanceRef, Value,
};
use simstrap_policy::{AccountId, InstancePath};

use super::coap::{Answer, Code, ContentFormat, Message};
use crate::device::Device;

/// What a server wants the device to do, beyond the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Registration Update Trigger.
    Update,
    /// Bootstrap-Request Trigger.
    Bootstrap,
}

/// Object 3, Device.
const DEVICE: u16 = 3;

/// Resource 8 of object 1.
const UPDATE_TRIGGER: u16 = 8;

/// Resource 9 of object 1.
const BOOTSTRAP_TRIGGER: u16 = 9;

/// The longest path: object, instance, resource, resource instance.
const MAX_PATH: usize = 4;

/// What the device has to offer to a server, as it tells in a registration: links to its own
/// Server instance and to the device.
pub(super) fn links(server: ShortServerId, device: &Device) -> String {
    let own = own_instance(server, device);
    let own = own.map(|instance| format!(",</1/{instance}>")).unwrap_or_default();
    format!("</>;rt=\"oma.lwm2m\";ct={}{own},</3/0>", ContentFormat::TLV.0)
}

/// The instance of Server that is about a server.
fn own_instance(server: ShortServerId, device: &Device) -> Option<u16> {
    let id = Some(AccountId::Server(server));
    let mut held = device.contents().iter();
    let own =
        held.find(|(path, held)| path.object == Server::OBJECT_ID && held.account(*path) == id);
    own.map(|(path, _)| path.instance)
}

/// Answers a request of a server.
pub(super) fn answer(
    request: &Message,
    server: ShortServerId,
    device: &Device,
) -> (Answer, Option<Wish>) {
    let refuse = |code| (Answer::of(code), None);
    let Some(path) = request.path().as_deref().and_then(numbers) else {
        return refuse(Code::NOT_FOUND);
    };
    if request.is_partial() {
        return refuse(Code::TOO_LARGE);
    }
    let Some(object) = path.first() else { return refuse(Code::METHOD_NOT_ALLOWED) };
    match *object {
        // TS Core §8.2.4: no server sees the keys of another.
        Security::OBJECT_ID => return refuse(Code::UNAUTHORIZED),
        Server::OBJECT_ID | DEVICE => {}
        _ => return refuse(Code::NOT_FOUND),
    }
    match request.code() {
        Code::GET => (read(&path, request.accept(), server, device), None),
        Code::POST => execute(&path, server, device),
        _ => refuse(Code::METHOD_NOT_ALLOWED),
    }
}

/// The numbers of a path.
pub(super) fn numbers(path: &[String]) -> Option<Vec<u16>> {
    let segments = path.iter().filter(|segment| !segment.is_empty());
    let digits = |segment: &&String| segment.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Option<Vec<_>> =
        segments.map(|segment| Some(segment).filter(digits)?.parse().ok()).collect();
    numbers.filter(|numbers| numbers.len() <= MAX_PATH)
}

fn execute(path: &[u16], server: ShortServerId, device: &Device) -> (Answer, Option<Wish>) {
    let own = own_instance(server, device);
    let code = match *path {
        [Server::OBJECT_ID, instance, resource] if Some(instance) == own => match resource {
            UPDATE_TRIGGER => return (Answer::of(Code::CHANGED), Some(Wish::Update)),
            BOOTSTRAP_TRIGGER => return (Answer::of(Code::CHANGED), Some(Wish::Bootstrap)),
            _ => Code::METHOD_NOT_ALLOWED,
        },
        [Server::OBJECT_ID, _, _] => Code::NOT_FOUND,
        _ => Code::METHOD_NOT_ALLOWED,
    };
    (Answer::of(code), None)
}

fn read(
    path: &[u16],
    accept: Option<ContentFormat>,
    server: ShortServerId,
    device: &Device,
) -> Answer {
    let own = own_instance(server, device);
    let (object, instance) = match *path {
        [Server::OBJECT_ID] => (Server::OBJECT_ID, own),
        // Without access control objects a server reads what is its own.
        [Server::OBJECT_ID, instance, ..] => {
            (Server::OBJECT_ID, Some(instance).filter(|instance| Some(*instance) == own))
        }
        [DEVICE, instance, ..] if instance != 0 => (DEVICE, None),
        _ => (DEVICE, Some(0)),
    };
    let Some(instance) = instance else { return Answer::of(Code::NOT_FOUND) };
    let data = match object {
        DEVICE => this_device(),
        _ => server_instance(instance, device),
    };
    let Some(data) = data else { return Answer::of(Code::NOT_FOUND) };
    let data = data.as_ref();
    let found = data.object(object).and_then(|object| object.instance(instance));
    let Some(found) = found else { return Answer::of(Code::NOT_FOUND) };
    match *path {
        [_] => in_tlv(accept, whole_instances(data, object)),
        [_, _] => in_tlv(accept, found.as_bytes().to_vec()),
        [_, _, resource] => read_resource(object, &found, resource, accept),
        _ => Answer::of(Code::NOT_FOUND),
    }
}

fn read_resource(
    object: u16,
    instance: &InstanceRef<'_>,
    resource: u16,
    accept: Option<ContentFormat>,
) -> Answer {
    let entries = Entries::new(instance.as_bytes());
    let Some(entry) = entries.flatten().find(|entry| entry.id == resource) else {
        return Answer::of(Code::NOT_FOUND);
    };
    if accept.is_none_or(|accept| accept == ContentFormat::TEXT)
        && let Some(text) = as_text(object, instance, resource)
    {
        return Answer::content(ContentFormat::TEXT, text.into_bytes());
    }
    let end = entry.value_offset + entry.value.len();
    let bytes = instance.as_bytes().get(entry.offset..end).unwrap_or_default();
    in_tlv(accept, bytes.to_vec())
}

fn in_tlv(accept: Option<ContentFormat>, bytes: Vec<u8>) -> Answer {
    if accept.is_none_or(|accept| accept == ContentFormat::TLV) {
        Answer::content(ContentFormat::TLV, bytes)
    } else {
        Answer::of(Code::NOT_ACCEPTABLE)
    }
}

/// A single resource as text, where it is text or a number.
fn as_text(object: u16, instance: &InstanceRef<'_>, resource: u16) -> Option<String> {
    let definition = registry::object(object)?.resource(resource)?;
    let value = instance.resource(resource)?.single().ok()?;
    match definition.data_type {
        DataType::String => value.string().ok().map(str::to_owned),
        DataType::Integer => value.integer().ok().map(|number| number.to_string()),
        DataType::Boolean => value.boolean().ok().map(|value| u8::from(value).to_string()),
        _ => None,
    }
}

/// Object 3 of this device.
fn this_device() -> Option<BootstrapData> {
    let file = BootstrapData::encode(|encoder| {
        encoder.object(DEVICE, None, |encoder| {
            encoder.instance(0, |encoder| {
                encoder.resource(0, Value::String("simstrap"))?;
                encoder.resource(1, Value::String("LwM2M Bootstrap from Smartcard"))?;
                encoder.resource(3, Value::String(env!("CARGO_PKG_VERSION")))?;
                // No error.
                encoder.multiple(11, |codes| codes.instance(0, Value::Integer(0)))?;
                encoder.resource(16, Value::String("U"))
            })
        })
    });
    BootstrapData::from_bytes(&file.ok()?).ok()
}

/// One Server instance, by itself.
fn server_instance(instance: u16, device: &Device) -> Option<BootstrapData> {
    let path = InstancePath::server(instance);
    let held = device.contents().get(path)?;
    let file = BootstrapData::encode(|encoder| {
        encoder.object(Server::OBJECT_ID, None, |encoder| {
            encoder.instance(instance, |encoder| match held.instance(path) {
                Some(instance) => encoder.copy(&instance),
                None => Ok::<(), EncodeError>(()),
            })
        })
    });
    BootstrapData::from_bytes(&file.ok()?).ok()
}

/// The instances of an object, each with its header.
fn whole_instances(data: BootstrapDataRef<'_>, object: u16) -> Vec<u8> {
    data.object(object).map(|object| object.as_bytes().to_vec()).unwrap_or_default()
}
