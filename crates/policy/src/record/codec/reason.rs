// SPDX-License-Identifier: Apache-2.0
//! Reasons as a code, two numbers and a name.

use simstrap_bootstrap_data::object::SecurityMode;
use simstrap_bootstrap_data::scp03::SecurityLevel;

use super::{Reader, Writer};
use crate::{Reason, Rule, RuleName, Source};

/// Sources in the order of their numbers.
const SOURCES: [Source; 4] =
    [Source::Smartcard, Source::Factory, Source::BootstrapServer, Source::Server];

/// The security modes are those numbers already.
const MODES: u16 = 5;

/// The parts a reason is written as.
type Parts = (u8, Option<u16>, Option<u16>, Option<RuleName>);

pub(super) fn write(reason: &Reason, w: &mut Writer) {
    let (code, first, second, name) = parts(reason);
    w.array(4);
    w.number(u16::from(code));
    w.optional_number(first);
    w.optional_number(second);
    match name {
        Some(name) => w.text(name.as_str()),
        None => w.null(),
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Reason {
    r.array(4);
    let (code, first, second) = (r.byte(), r.optional_number(), r.optional_number());
    let name = (!r.is_null()).then(|| {
        let name = RuleName::new(r.text()).ok();
        r.known(name.map(Some), None)
    });
    let reason = reason((code, first, second, name.flatten()));
    r.known(reason, Reason::Default)
}

fn parts(reason: &Reason) -> Parts {
    let level = |level: SecurityLevel| Some(u16::from(level.to_byte()));
    match *reason {
        Reason::Default => (0, None, None, None),
        Reason::Rule { index, name } => (1, Some(index), None, name),
        Reason::Choice => (2, None, None, None),
        Reason::Inconsistent(rule) => (3, number(&Rule::ALL, rule), None, None),
        Reason::Finding(rule) => (4, number(&Rule::ALL, rule), None, None),
        Reason::SecureChannel { demanded, achieved } => {
            (5, level(demanded), achieved.and_then(level), None)
        }
        Reason::SecurityMode { minimum } => {
            let mode = (0..MODES).find(|mode| security_mode(*mode) == Some(minimum));
            (6, mode, None, None)
        }
        Reason::UnsupportedObject(object) => (7, Some(object), None, None),
        Reason::Precedence(source) => (8, number(&SOURCES, source), None, None),
        Reason::Changed => (9, None, None, None),
        Reason::Undecodable => (10, None, None, None),
        Reason::NoRoom => (11, None, None, None),
        Reason::TimedOut => (12, None, None, None),
    }
}

fn reason(parts: Parts) -> Option<Reason> {
    let at = |number: u16| usize::from(number);
    Some(match parts {
        (0, None, None, None) => Reason::Default,
        (1, Some(index), None, name) => Reason::Rule { index, name },
        (2, None, None, None) => Reason::Choice,
        (3, Some(rule), None, None) => Reason::Inconsistent(*Rule::ALL.get(at(rule))?),
        (4, Some(rule), None, None) => Reason::Finding(*Rule::ALL.get(at(rule))?),
        (5, Some(demanded), achieved, None) => Reason::SecureChannel {
            demanded: security_level(demanded)?,
            achieved: match achieved {
                Some(achieved) => Some(security_level(achieved)?),
                None => None,
            },
        },
        (6, Some(mode), None, None) => Reason::SecurityMode { minimum: security_mode(mode)? },
        (7, Some(object), None, None) => Reason::UnsupportedObject(object),
        (8, Some(source), None, None) => Reason::Precedence(*SOURCES.get(at(source))?),
        (9, None, None, None) => Reason::Changed,
        (10, None, None, None) => Reason::Undecodable,
        (11, None, None, None) => Reason::NoRoom,
        (12, None, None, None) => Reason::TimedOut,
        _ => return None,
    })
}

fn number<T: PartialEq + Copy>(all: &[T], one: T) -> Option<u16> {
    all.iter().position(|other| *other == one).and_then(|position| u16::try_from(position).ok())
}

fn security_level(byte: u16) -> Option<SecurityLevel> {
    u8::try_from(byte).ok().and_then(SecurityLevel::from_byte)
}

fn security_mode(number: u16) -> Option<SecurityMode> {
    u8::try_from(number).ok().and_then(SecurityMode::new)
}
