// SPDX-License-Identifier: Apache-2.0
//! A device's own choice, given by a callback.

use alloc::string::ToString;
use core::ffi::{c_char, c_void};
use core::ptr;

use ::simstrap_policy::{AccountView, Choice, Decision, Verdict};

use crate::assessment::{decision, mode_number, simstrap_decision};
use crate::border::text;
use crate::defect;
use crate::step::server_number;

/// An account that may be used, and what the policy proposes. It lives as long as the callback it
/// is shown to.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_proposal {
    /// Short server id; 0 is the bootstrap server.
    pub server: u16,
    /// Server URI, not NUL-terminated. `NULL` where there is none.
    pub uri: *const c_char,
    /// Length of `uri`.
    pub uri_length: usize,
    /// Security mode, 0 PSK to 4 EST; -1 where there is none.
    pub security_mode: i8,
    /// Lifetime of the registration in seconds; 0 for a bootstrap server.
    pub lifetime: u32,
    /// What the policy proposes: to apply it, or to ignore it.
    pub decision: simstrap_decision,
    /// Why it does, NUL-terminated text.
    pub reason: [c_char; 96],
}

/// Decides about an account. Returns `SIMSTRAP_DECISION_APPLY`, `..._IGNORE` or `..._REFUSE`; any
/// other number counts as `..._REFUSE`.
pub type simstrap_choose =
    Option<unsafe extern "C" fn(context: *mut c_void, proposal: *const simstrap_proposal) -> i32>;

/// A device's own choice between accounts, where a policy does not suffice. All zero is whatever the
/// policy proposes. The caller owns it; functions copy it.
///
/// It is asked once for every account that is in order and meets the demands of the policy, the
/// bootstrap server first, then the servers in the order of the data; what is refused stays so. A
/// client asks at every start, and when the data has changed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_choice {
    /// Handed to `choose`, otherwise left alone.
    pub context: *mut c_void,
    /// `NULL` for whatever the policy proposes.
    pub choose: simstrap_choose,
}

/// The callback as a choice. The caller of the C function vouches that it keeps to its contract.
pub(crate) struct CallbackChoice(simstrap_choice);

impl CallbackChoice {
    /// Whatever the policy proposes.
    pub(crate) const NONE: Self = Self(simstrap_choice { context: ptr::null_mut(), choose: None });

    pub(crate) const fn new(choice: &simstrap_choice) -> Self {
        Self(*choice)
    }
}

impl Choice for CallbackChoice {
    fn choose(&mut self, account: &AccountView<'_, '_>, proposed: Verdict) -> Decision {
        let Some(choose) = self.0.choose else { return proposed.decision };
        let uri = account.security.uri;
        let mut proposal = simstrap_proposal {
            server: server_number(account.id),
            uri: uri.map_or(ptr::null(), |uri| uri.as_ptr().cast()),
            uri_length: uri.map_or(0, str::len),
            security_mode: account.security.mode.map_or(-1, mode_number),
            lifetime: account.server.and_then(|server| server.lifetime).unwrap_or(0),
            decision: decision(proposed.decision),
            reason: [0; 96],
        };
        text::fill(&mut proposal.reason, &proposed.reason.to_string());
        // SAFETY: whoever gave the callback vouches for it; the proposal lives during the call.
        let chosen = unsafe { choose(self.0.context, &raw const proposal) };
        defect::may_show();
        match chosen {
            0 => Decision::Apply,
            1 => Decision::Ignore,
            _ => Decision::Refuse,
        }
    }
}
