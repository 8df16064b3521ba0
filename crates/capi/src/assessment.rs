// SPDX-License-Identifier: Apache-2.0
//! What bootstrap data offers, what is wrong with it, and what a policy does with it.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::ffi::c_char;
use core::ptr;

use ::simstrap_policy::bootstrap_data::BootstrapData;
use ::simstrap_policy::bootstrap_data::object::{SecurityMode, ShortServerId};
use ::simstrap_policy::{
    Account, AccountState, Assessment, BootstrapServerAccount, Circumstances, Decision, Policy,
    Severity, Verdict,
};

use crate::border::{self, guard, text};
use crate::choice::CallbackChoice;
use crate::circumstances::{Given, simstrap_circumstances};
use crate::data::simstrap_data;
use crate::error::{Failure, simstrap_error, simstrap_status};
use crate::policy::simstrap_policy;

/// Bootstrap data as a policy sees it. It may be used by several threads at once.
#[derive(Debug)]
pub struct simstrap_assessment {
    /// What the accounts point into.
    data: BootstrapData,
    accounts: Vec<OwnedAccount>,
    findings: Vec<simstrap_finding>,
}

/// What becomes of an account.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum simstrap_decision {
    /// It is used.
    Apply = 0,
    /// It is in order, and not used: the policy or the device chose so.
    Ignore = 1,
    /// It is not used: it is not in order, or falls short of what the policy demands.
    Refuse = 2,
    /// It was used, and is not any more; what it wrote is still there.
    Disabled = 3,
}

/// An account: what it takes to talk to one server.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_account {
    /// Whether it is the account of a bootstrap server.
    pub is_bootstrap_server: bool,
    /// Short server id; 0 for a bootstrap server, and where there is none.
    pub short_server_id: u16,
    /// Instance of object 0.
    pub security_instance: u16,
    /// Whether there is an instance of object 1.
    pub has_server_instance: bool,
    /// Instance of object 1.
    pub server_instance: u16,
    /// Server URI, not NUL-terminated; it lives as long as the assessment. `NULL` where there is
    /// none.
    pub uri: *const c_char,
    /// Length of `uri`.
    pub uri_length: usize,
    /// Security mode, 0 PSK to 4 EST; -1 where there is none.
    pub security_mode: i8,
    /// Lifetime of the registration in seconds; 0 where there is none.
    pub lifetime: u32,
    /// What becomes of it.
    pub decision: simstrap_decision,
    /// Why, NUL-terminated text.
    pub reason: [c_char; 96],
}

/// Something wrong or odd with bootstrap data.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_finding {
    /// Whether the data cannot be used as it is; otherwise it is worth knowing only.
    pub is_error: bool,
    /// The rule it touches, such as `CS-02`, NUL-terminated.
    pub rule: [c_char; 8],
    /// Where, such as `/0/1/10`, NUL-terminated.
    pub path: [c_char; 24],
    /// What, NUL-terminated.
    pub message: [c_char; 160],
}

/// An account whose URI is an offset into the data.
#[derive(Debug)]
struct OwnedAccount {
    shown: simstrap_account,
    /// In place of a pointer, so that the handle can go to another thread.
    uri: Option<(usize, usize)>,
}

/// Judges bootstrap data, as a client would that reads it now.
///
/// `policy`: `NULL` applies everything that is consistent. `circumstances`: what a policy has to know
/// besides the data; `NULL` for all zero.
/// `assessment`: receives the handle, which the caller frees with `simstrap_assessment_free`; it
/// does not need what it was made of any more.
///
/// # Safety
/// `policy` is `NULL` or a live handle, `data` is a live handle; `circumstances` is `NULL` or points
/// to one whose members are valid and whose callbacks keep to their contracts; `assessment` points to a
/// pointer; `error` is `NULL` or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_assess(
    policy: *const simstrap_policy,
    data: *const simstrap_data,
    circumstances: *const simstrap_circumstances,
    assessment: *mut *mut simstrap_assessment,
    error: *mut simstrap_error,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(error, || {
            // Copies: the callbacks may free the handles.
            let data = border::borrow(data, "data")?.data.clone();
            let policy = border::optional(policy, "policy")?;
            let policy = policy.map(|policy| policy.policy.clone()).unwrap_or_default();
            border::place(assessment, "assessment")?;
            let mut given = Given::new(border::optional(circumstances, "circumstances")?)?;
            let assessed =
                given.with(|circumstances, choice| assess(&policy, data, circumstances, choice));
            border::hand_over(assessment, assessed)
        })
    }
}

/// Frees an assessment and sets the pointer to `NULL`.
///
/// # Safety
/// `assessment` is `NULL` or points to a handle of `simstrap_assess` or to `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_assessment_free(assessment: *mut *mut simstrap_assessment) {
    // SAFETY: as the caller vouches.
    unsafe { border::take_back(assessment) }
}

/// An account, counted from 0: the bootstrap server first, then the servers in the order of the
/// data. `SIMSTRAP_STATUS_NOT_FOUND` after the last.
///
/// # Safety
/// `assessment` is a live handle, `account` points to what is to be overwritten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_assessment_account(
    assessment: *const simstrap_assessment,
    index: usize,
    account: *mut simstrap_account,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let assessment = border::borrow(assessment, "assessment")?;
            let target = border::place(account, "account")?;
            let account = assessment.accounts.get(index).ok_or_else(no_more)?;
            let bytes = assessment.data.bytes();
            let uri = account.uri.and_then(|(start, length)| bytes.get(start..start + length));
            let uri = uri.map_or(ptr::null(), |uri| uri.as_ptr().cast());
            target.write(simstrap_account { uri, ..account.shown });
            Ok(())
        })
    }
}

/// Something wrong or odd, counted from 0. `SIMSTRAP_STATUS_NOT_FOUND` after the last.
///
/// # Safety
/// `assessment` is a live handle, `finding` points to what is to be overwritten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simstrap_assessment_finding(
    assessment: *const simstrap_assessment,
    index: usize,
    finding: *mut simstrap_finding,
) -> simstrap_status {
    // SAFETY: as the caller vouches.
    unsafe {
        guard(ptr::null_mut(), || {
            let assessment = border::borrow(assessment, "assessment")?;
            let target = border::place(finding, "finding")?;
            target.write(*assessment.findings.get(index).ok_or_else(no_more)?);
            Ok(())
        })
    }
}

fn no_more() -> Failure {
    Failure::new(simstrap_status::NotFound, "there is no such account or finding")
}

fn assess(
    policy: &Policy,
    data: BootstrapData,
    circumstances: &Circumstances<'_>,
    choice: &mut CallbackChoice,
) -> simstrap_assessment {
    let assessed = Assessment::under(policy, data.as_ref(), circumstances, choice);
    let start = data.bytes().as_ptr().addr();
    let bootstrap_server = assessed.bootstrap_server().map(|a| bootstrap_server(start, a));
    let servers = assessed.servers().map(|account| server(start, account));
    let accounts = bootstrap_server.into_iter().chain(servers).collect();
    let findings = assessed.findings().iter().map(|finding| {
        let mut shown = simstrap_finding {
            is_error: finding.severity() == Severity::Error,
            rule: [0; 8],
            path: [0; 24],
            message: [0; 160],
        };
        text::fill(&mut shown.rule, finding.rule().id());
        text::fill(&mut shown.path, &finding.path.to_string());
        text::fill(&mut shown.message, &finding.kind.to_string());
        shown
    });
    let findings = findings.collect();
    drop(assessed);
    simstrap_assessment { data, accounts, findings }
}

fn server(start: usize, account: &Account<'_>) -> OwnedAccount {
    let mut owned = owned(start, account.security.uri, account.security.mode, account.verdict());
    owned.shown.short_server_id = account.short_server_id().map_or(0, ShortServerId::to_u16);
    owned.shown.security_instance = account.security_instance;
    owned.shown.has_server_instance = account.server_instance.is_some();
    owned.shown.server_instance = account.server_instance.unwrap_or(0);
    let lifetime = account.server.as_ref().and_then(|server| server.lifetime);
    owned.shown.lifetime = lifetime.unwrap_or(0);
    owned
}

fn bootstrap_server(start: usize, account: &BootstrapServerAccount<'_>) -> OwnedAccount {
    let mut owned = owned(start, account.security.uri, account.security.mode, account.verdict());
    owned.shown.is_bootstrap_server = true;
    owned.shown.security_instance = account.security_instance;
    owned
}

fn owned(
    start: usize,
    uri: Option<&str>,
    mode: Option<SecurityMode>,
    verdict: Verdict,
) -> OwnedAccount {
    let mut shown = simstrap_account {
        is_bootstrap_server: false,
        short_server_id: 0,
        security_instance: 0,
        has_server_instance: false,
        server_instance: 0,
        uri: ptr::null(),
        uri_length: uri.map_or(0, str::len),
        security_mode: mode.map_or(-1, mode_number),
        lifetime: 0,
        decision: decision(verdict.decision),
        reason: [0; 96],
    };
    text::fill(&mut shown.reason, &verdict.reason.to_string());
    let uri = uri.map(|uri| (uri.as_ptr().addr() - start, uri.len()));
    OwnedAccount { shown, uri }
}

pub(crate) const fn mode_number(mode: SecurityMode) -> i8 {
    match mode {
        SecurityMode::PreSharedKey => 0,
        SecurityMode::RawPublicKey => 1,
        SecurityMode::Certificate => 2,
        SecurityMode::NoSec => 3,
        SecurityMode::CertificateWithEst => 4,
        _ => -1,
    }
}

pub(crate) const fn decision(decision: Decision) -> simstrap_decision {
    match decision {
        Decision::Apply => simstrap_decision::Apply,
        Decision::Ignore => simstrap_decision::Ignore,
        _ => simstrap_decision::Refuse,
    }
}

pub(crate) const fn decision_of(state: AccountState) -> simstrap_decision {
    match state {
        AccountState::Applied => simstrap_decision::Apply,
        AccountState::Disabled => simstrap_decision::Disabled,
        AccountState::Ignored => simstrap_decision::Ignore,
        AccountState::Refused => simstrap_decision::Refuse,
    }
}
