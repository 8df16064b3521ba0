// SPDX-License-Identifier: Apache-2.0
//! What the device wants of bootstrap data.

use alloc::vec::Vec;
use core::ffi::c_char;
use core::ptr;

use ::simstrap_policy::bootstrap_data::object::{SecurityMode, ShortServerId};
use ::simstrap_policy::bootstrap_data::scp03::SecurityLevel;
use ::simstrap_policy::{
    Condition, Disposition, IdRange, MAX_RULES, OnChange, OnInconclusive, Policy, PolicyRule,
    RuleName, Tolerance, Unsupported, UriPattern, Winner,
};

use crate::border::{self, Flag, guard, text};
use crate::error::{Failure, simstrap_error, simstrap_status};

/// What the device wants of bootstrap data. A new one applies everything that is consistent.
#[derive(Debug)]
pub struct simstrap_policy {
    pub(crate) policy: Policy,
}

/// The longest policy in TOML.
#[cfg(feature = "std")]
const MAX_TOML: usize = ::simstrap_policy::MAX_POLICY;
/// What would be; there is no TOML.
#[cfg(not(feature = "std"))]
const MAX_TOML: usize = 64 * 1024;

/// The most objects: one for every id.
const MAX_OBJECTS: usize = 1 << 16;

/// The longest pattern: as long as a server URI.
const MAX_PATTERN: usize = 255;

/// What to do with objects the device does not support.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_unsupported {
    /// Report them; they are written all the same.
    Report = 0,
    /// Report them, and leave them out.
    Skip = 1,
    /// Refuse the whole.
    Refuse = 2,
}

/// What is lived with and who wins; `false` is the default of each.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct simstrap_stance {
    /// Warnings refuse the whole.
    pub refuse_warnings: Flag,
    /// A bootstrap server and a server with the same secret key refuse the whole.
    pub refuse_shared_secret: Flag,
    /// A key of the card's secure channel among the keys of servers is lived with.
    pub accept_scp03_keys: Flag,
    /// Factory bootstrap wins against the card.
    pub factory_wins: Flag,
    /// The card wins against what a bootstrap server or a server has written.
    pub card_wins_over_server: Flag,
    /// Data that replaces data in use is not used; the previous is disabled all the same.
    pub ignore_changed_data: Flag,
    /// Register and Update go ahead while the card cannot be read.
    pub let_through: Flag,
}

/// Which accounts a rule is about, those that meet all that is set, and what to do with them. The
/// caller owns it; it is copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_rule {
    /// What it is called in reasons, 1 to 32 bytes, NUL-terminated; `NULL` for no name.
    pub name: *const c_char,
    /// The server URI, with `*` for any number of characters, NUL-terminated; `NULL` for any.
    pub uri: *const c_char,
    /// The first short server id, 1 to 65534; 0 for any.
    pub first_server: u16,
    /// The last short server id, not below the first; 0 with `first_server` 0.
    pub last_server: u16,
    /// A bit for every security mode, 1 << 0 for PSK to 1 << 4 for EST; 0 for any.
    pub security_modes: u8,
    /// 1 for bootstrap servers only, 0 for servers only, -1 for any.
    pub bootstrap_server: i8,
    /// Whether to use these accounts, or not.
    pub apply: Flag,
}

/// Makes a policy that applies everything that is consistent.
///
/// `policy`: receives the handle, which the caller frees with `simstrap_policy_free`.
///
/// # Safety
/// `policy` points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_new(policy: *mut *mut simstrap_policy) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            border::hand_over(policy, simstrap_policy { policy: Policy::default() })
        })
    }
}

/// Makes a policy from TOML, at most 65536 bytes of it. A library without the standard library answers
/// `SIMSTRAP_STATUS_UNSUPPORTED`: use the setters there.
///
/// `policy`: receives the handle, which the caller frees with `simstrap_policy_free`.
///
/// # Safety
/// `toml` points to `length` bytes, `policy` to a pointer; `error` is `NULL` or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_from_toml(
    toml: *const c_char,
    length: usize,
    policy: *mut *mut simstrap_policy,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let toml = border::elements(toml.cast(), length, MAX_TOML, "toml")?;
            let not_text = |_| Failure::invalid("a policy is UTF-8");
            let toml = core::str::from_utf8(toml).map_err(not_text)?;
            border::hand_over(policy, simstrap_policy { policy: parse(toml)? })
        })
    }
}

#[cfg(feature = "std")]
fn parse(toml: &str) -> Result<Policy, Failure> {
    Policy::from_toml(toml).map_err(|error| Failure::of(simstrap_status::InvalidArgument, &error))
}

#[cfg(not(feature = "std"))]
fn parse(_toml: &str) -> Result<Policy, Failure> {
    Err(Failure::new(simstrap_status::Unsupported, "this build has no TOML: use the setters"))
}

/// Frees a policy and sets the pointer to `NULL`. Clients made with it go on.
///
/// # Safety
/// `policy` is `NULL` or points to a handle of this library or to `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_free(policy: *mut *mut simstrap_policy) {
    // SAFETY: as the caller vouches.
    unsafe { border::take_back(policy) }
}

/// Sets what to do with accounts no rule matches.
///
/// # Safety
/// `policy` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_set_default(
    policy: *mut simstrap_policy,
    apply: bool,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(policy, |policy| {
            policy.default = disposition(apply);
            Ok(())
        })
    }
}

/// Sets the weakest security mode that is used, by its number in the Security object: 0 PSK, 1 RPK,
/// 2 certificate, 3 NoSec, 4 EST. NoSec is the weakest.
///
/// # Safety
/// `policy` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_set_minimum_security_mode(
    policy: *mut simstrap_policy,
    mode: u8,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(policy, |policy| {
            let mode = SecurityMode::new(mode).ok_or_else(|| Failure::invalid("modes are 0 to 4"));
            policy.minimum_security_mode = Some(mode?);
            Ok(())
        })
    }
}

/// Sets what has to protect the data on its way from the card: a security level of SCP03, or 0 for
/// nothing.
///
/// # Safety
/// `policy` is a live handle that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_set_secure_channel(
    policy: *mut simstrap_policy,
    level: u8,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(policy, |policy| {
            policy.secure_channel = level_of(level)?;
            Ok(())
        })
    }
}

/// Sets which objects the device supports; 0 and 1 always are.
///
/// `objects`: their ids, `count` of them; copied. `others`: one of `simstrap_unsupported`.
///
/// # Safety
/// `policy` is a live handle that nobody else uses meanwhile, `objects` points to `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_set_objects(
    policy: *mut simstrap_policy,
    objects: *const u16,
    count: usize,
    others: i32,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(policy, |policy| {
            let objects = border::elements(objects, count, MAX_OBJECTS, "objects")?;
            policy.objects.others = match others {
                0 => Unsupported::Report,
                1 => Unsupported::Skip,
                2 => Unsupported::Refuse,
                _ => return Err(Failure::invalid("others is no simstrap_unsupported")),
            };
            policy.objects.supported = Some(objects.into());
            Ok(())
        })
    }
}

/// Sets what is lived with and who wins.
///
/// # Safety
/// `policy` is a live handle that nobody else uses meanwhile, `stance` points to a stance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_set_stance(
    policy: *mut simstrap_policy,
    stance: *const simstrap_stance,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        set(policy, |policy| {
            let stance = border::borrow(stance, "stance")?;
            let refuse = |flag: Flag, name| {
                let refuse = flag.value(name)?;
                Ok(if refuse { Tolerance::Refuse } else { Tolerance::Accept })
            };
            let winner = |card| if card { Winner::Smartcard } else { Winner::Existing };
            let mut changed = policy.clone();
            let findings = &mut changed.findings;
            findings.warnings = refuse(stance.refuse_warnings, "refuse_warnings")?;
            findings.shared_secret = refuse(stance.refuse_shared_secret, "refuse_shared_secret")?;
            let accept_scp03_keys = stance.accept_scp03_keys.value("accept_scp03_keys")?;
            findings.scp03_keys =
                if accept_scp03_keys { Tolerance::Accept } else { Tolerance::Refuse };
            let precedence = &mut changed.precedence;
            precedence.factory = winner(!stance.factory_wins.value("factory_wins")?);
            let card_wins = stance.card_wins_over_server.value("card_wins_over_server")?;
            precedence.bootstrap_server = winner(card_wins);
            let ignore = stance.ignore_changed_data.value("ignore_changed_data")?;
            changed.changed = if ignore { OnChange::Disable } else { OnChange::Apply };
            let let_through = stance.let_through.value("let_through")?;
            changed.inconclusive =
                if let_through { OnInconclusive::LetThrough } else { OnInconclusive::Defer };
            *policy = changed;
            Ok(())
        })
    }
}

/// Adds a rule after those that are there; the first that matches an account decides. There can be
/// 64.
///
/// # Safety
/// `policy` is a live handle that nobody else uses meanwhile, `rule` points to a rule whose texts
/// are `NULL` or NUL-terminated; `error` is `NULL` or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_policy_add_rule(
    policy: *mut simstrap_policy,
    rule: *const simstrap_rule,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            let policy = &mut border::borrow_mut(policy, "policy")?.policy;
            let rule = border::borrow(rule, "rule")?;
            let name = text::lent(rule.name, RuleName::MAX, "rule.name")?;
            let uri = text::lent(rule.uri, MAX_PATTERN, "rule.uri")?;
            if policy.rules.len() >= MAX_RULES {
                return Err(Failure::invalid("a policy has 64 rules at most"));
            }
            let condition = Condition {
                uri: uri.map(UriPattern::new).transpose().map_err(|error| wrong(&error))?,
                short_server_ids: servers(rule)?.map(|range| [range].into()),
                modes: modes(rule.security_modes)?,
                bootstrap_server: match rule.bootstrap_server {
                    -1 => None,
                    0 => Some(false),
                    1 => Some(true),
                    _ => return Err(Failure::invalid("bootstrap_server is 1, 0 or -1")),
                },
            };
            let new = PolicyRule::new(condition, disposition(rule.apply.value("rule.apply")?));
            let name = name.map(RuleName::new).transpose().map_err(|error| wrong(&error))?;
            policy.rules.push(match name {
                Some(name) => new.named(name),
                None => new,
            });
            Ok(())
        })
    }
}

fn servers(rule: &simstrap_rule) -> Result<Option<IdRange>, Failure> {
    if rule.first_server == 0 && rule.last_server == 0 {
        return Ok(None);
    }
    let id = |number| {
        ShortServerId::new(number)
            .ok_or_else(|| Failure::invalid("short server ids are 1 to 65534"))
    };
    let range = IdRange::new(id(rule.first_server)?, id(rule.last_server)?);
    range.map(Some).map_err(|error| wrong(&error))
}

fn modes(bits: u8) -> Result<Option<Vec<SecurityMode>>, Failure> {
    match bits {
        0 => Ok(None),
        1..=0x1F => Ok(Some(
            (0..5).filter(|bit| bits & (1 << bit) != 0).filter_map(SecurityMode::new).collect(),
        )),
        _ => Err(Failure::invalid("security modes are bits 0 to 4")),
    }
}

/// A security level of SCP03; 0 is none.
pub(crate) fn level_of(level: u8) -> Result<Option<SecurityLevel>, Failure> {
    match level {
        0 => Ok(None),
        level => SecurityLevel::from_byte(level)
            .map(Some)
            .ok_or_else(|| Failure::invalid("levels are 0x01, 0x03, 0x11, 0x13 and 0x33")),
    }
}

fn wrong(error: &dyn core::error::Error) -> Failure {
    Failure::of(simstrap_status::InvalidArgument, error)
}

const fn disposition(apply: bool) -> Disposition {
    if apply { Disposition::Apply } else { Disposition::Ignore }
}

/// Changes a policy.
///
/// # Safety
/// `policy` is `NULL` or a live handle that nobody else uses meanwhile.
unsafe fn set(
    policy: *mut simstrap_policy,
    change: impl FnOnce(&mut Policy) -> Result<(), Failure>,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe { guard(ptr::null_mut(), || change(&mut border::borrow_mut(policy, "policy")?.policy)) }
}
