// SPDX-License-Identifier: Apache-2.0
//! What a bootstrap server does with the device (TS Core §6.1): Write, Delete, Discover on objects
//! 0, 1 and 2, and Finish. It works on a copy, which takes effect as a whole or not at all.

use std::fmt::Write as _;

use simstrap_policy::bootstrap_data::object::{AccessControl, Security, Server};
use simstrap_policy::bootstrap_data::tlv::{Entries, Kind};
use simstrap_policy::{AccountId, InstancePath, Source};

use super::coap::{Answer, Code, ContentFormat, Message};
use super::objects::numbers;
use crate::device::Contents;

/// A bootstrap that is under way.
#[derive(Debug)]
pub(super) struct Bootstrap {
    contents: Contents,
    is_finished: bool,
}

/// The objects a bootstrap server may write.
const OBJECTS: [u16; 3] = [Security::OBJECT_ID, Server::OBJECT_ID, AccessControl::OBJECT_ID];

/// The content format of TLV that servers of LwM2M 1.0 drafts used.
const OLD_TLV: ContentFormat = ContentFormat(1542);

/// What is to be done after an answer.
#[derive(Debug)]
pub(super) enum Progress {
    /// Wait for what comes next.
    Goes,
    /// Put this in place of what the device holds.
    Finished(Contents),
    /// What was written is inconsistent, for this reason.
    Inconsistent(String),
}

impl Bootstrap {
    /// Begins with what the device holds.
    pub(super) fn new(contents: Contents) -> Self {
        Self { contents, is_finished: false }
    }

    /// Answers a request of the bootstrap server.
    pub(super) fn answer(&mut self, request: &Message) -> (Answer, Progress) {
        let refuse = |code| (Answer::of(code), Progress::Goes);
        if self.is_finished {
            return refuse(Code::METHOD_NOT_ALLOWED);
        }
        if request.is_partial() {
            return refuse(Code::TOO_LARGE);
        }
        let Some(path) = request.path() else { return refuse(Code::NOT_FOUND) };
        if request.code() == Code::POST && path == ["bs"] {
            return self.finish();
        }
        let Some(path) = numbers(&path) else { return refuse(Code::NOT_FOUND) };
        if path.first().is_some_and(|object| !OBJECTS.contains(object)) {
            return refuse(Code::NOT_FOUND);
        }
        refuse(match request.code() {
            Code::PUT => match request.content_format() {
                None | Some(ContentFormat::TLV | OLD_TLV) => self.write(&path, request.payload()),
                Some(_) => Code::UNSUPPORTED_FORMAT,
            },
            Code::DELETE => self.delete(&path),
            Code::GET if request.accept() == Some(ContentFormat::LINKS) => {
                return (self.discover(&path), Progress::Goes);
            }
            _ => Code::METHOD_NOT_ALLOWED,
        })
    }

    fn finish(&mut self) -> (Answer, Progress) {
        match self.contents.check() {
            Ok(()) => {
                self.is_finished = true;
                let contents = std::mem::take(&mut self.contents);
                (Answer::of(Code::CHANGED), Progress::Finished(contents))
            }
            Err(error) => {
                let answer = Answer::of(Code::NOT_ACCEPTABLE);
                (answer, Progress::Inconsistent(error.to_string()))
            }
        }
    }

    fn write(&mut self, path: &[u16], payload: &[u8]) -> Code {
        let mut changed = self.contents.clone();
        let mut written = true;
        let mut put = |path, resources: &[u8]| {
            written &= changed.write(path, resources, Source::BootstrapServer).is_ok();
        };
        let nested = Entries::new(payload)
            .map(|entry| entry.ok().filter(|entry| entry.kind == Kind::ObjectInstance))
            .collect::<Option<Vec<_>>>();
        match (path, nested) {
            ([object], Some(instances)) => {
                for instance in instances {
                    put(InstancePath::new(*object, instance.id), instance.value);
                }
            }
            // Some servers wrap the resources of an instance in its header.
            ([object, instance], Some(wrapped)) if !payload.is_empty() => match *wrapped {
                [ref only] if only.id == *instance => {
                    put(InstancePath::new(*object, *instance), only.value);
                }
                _ => return Code::BAD_REQUEST,
            },
            ([object, instance], _) => put(InstancePath::new(*object, *instance), payload),
            ([_], None) => return Code::BAD_REQUEST,
            _ => return Code::METHOD_NOT_ALLOWED,
        }
        if !written {
            return Code::BAD_REQUEST;
        }
        self.contents = changed;
        Code::CHANGED
    }

    /// TS Core §6.1.6: the bootstrap server cannot delete its own account.
    fn delete(&mut self, path: &[u16]) -> Code {
        let (object, instance) = match *path {
            [] => (None, None),
            [object] => (Some(object), None),
            [object, instance] => (Some(object), Some(instance)),
            _ => return Code::METHOD_NOT_ALLOWED,
        };
        self.contents.retain(|path, held| {
            let is_meant = object.is_none_or(|object| object == path.object)
                && instance.is_none_or(|instance| instance == path.instance)
                && OBJECTS.contains(&path.object);
            !is_meant || held.account(path) == Some(AccountId::BootstrapServer)
        });
        Code::DELETED
    }

    /// TS Core §6.1.4.
    fn discover(&self, path: &[u16]) -> Answer {
        let object = match *path {
            [] => None,
            [object] => Some(object),
            _ => return Answer::of(Code::METHOD_NOT_ALLOWED),
        };
        let mut links = "</>;lwm2m=1.1".to_owned();
        for (path, held) in self.contents.iter() {
            if object.is_some_and(|object| object != path.object) {
                continue;
            }
            // Writing to a String does not fail.
            let _infallible = write!(links, ",<{path}>");
            if let Some(id) = held.account(path).and_then(AccountId::short_server_id) {
                let _infallible = write!(links, ";ssid={id}");
            }
        }
        Answer::content(ContentFormat::LINKS, links.into_bytes())
    }
}
