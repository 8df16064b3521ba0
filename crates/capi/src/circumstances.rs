// SPDX-License-Identifier: Apache-2.0
//! What a policy has to know besides the data.

use alloc::boxed::Box;
use core::ffi::c_void;
use core::ptr;

use ::simstrap_policy::Circumstances;
use ::simstrap_policy::bootstrap_data::scp03::{SecurityLevel, StaticKeys};

use crate::border;
use crate::choice::{CallbackChoice, simstrap_choice};
use crate::defect;
use crate::error::Failure;
use crate::host::{Shown, simstrap_view};
use crate::keys::simstrap_keys;
use crate::policy::level_of;

/// Under which circumstances data is judged: what a client knows by itself. All zero is data that was
/// read in the clear, for a device that holds nothing and leaves the choice to the policy. The caller
/// owns it and what it points to; functions copy what they keep.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct simstrap_circumstances {
    /// Security level the data was read at, `simstrap_reading_info.level`; 0 for in the clear.
    pub level: u8,
    /// The keys of the secure channel, which must not be those of a server (`BS-04`): the data is
    /// searched for them. `NULL` leaves that out; a client that reads through a secure channel
    /// always does it.
    pub keys: *const simstrap_keys,
    /// Handed to `view`, otherwise left alone.
    pub context: *mut c_void,
    /// Shows what the device holds now, as `simstrap_host.view` does, so that the precedence of the
    /// factory, of bootstrap servers and of servers counts. It is called once, before anything is
    /// judged, and the view lives as long as it runs. `NULL` for a device that holds nothing: the card
    /// yields to nobody then.
    pub view: Option<unsafe extern "C" fn(context: *mut c_void, view: *mut simstrap_view)>,
    /// Which accounts to use; all zero for whatever the policy proposes.
    pub choice: simstrap_choice,
}

/// The circumstances, owned: a callback may free the handles.
pub(crate) struct Given {
    level: Option<SecurityLevel>,
    /// Boxed: what moves leaves a copy behind, and these are keys.
    keys: Option<Box<StaticKeys>>,
    shown: Shown,
    choice: CallbackChoice,
}

impl Given {
    /// `None` is all zero. Calls `view`.
    ///
    /// # Safety
    /// What `circumstances` points to is valid, and its callbacks keep to their contracts.
    pub(crate) unsafe fn new(
        circumstances: Option<&simstrap_circumstances>,
    ) -> Result<Self, Failure> {
        let Some(given) = circumstances else {
            let (choice, shown) = (CallbackChoice::NONE, Shown::default());
            return Ok(Self { level: None, keys: None, shown, choice });
        };
        let level = level_of(given.level)?;
        // SAFETY: as the caller vouches.
        let keys = unsafe { border::optional(given.keys, "circumstances.keys") }?;
        let keys = keys.map(|keys| Box::new(keys.configuration.keys.clone()));
        let choice = CallbackChoice::new(&given.choice);
        let view = simstrap_view::default();
        let shown = given.view.map(|callback| {
            view.ask(|| {
                let view = ptr::from_ref(&view).cast_mut();
                // SAFETY: whoever gave the callback vouches for it; the view lives during the
                // call, and is only changed through the reference behind it.
                unsafe { callback(given.context, view) };
                defect::may_show();
            })
        });
        Ok(Self { level, keys, shown: shown.unwrap_or_default(), choice })
    }

    /// Hands them to a judge, with the choice.
    pub(crate) fn with<R>(
        &mut self,
        judge: impl FnOnce(&Circumstances<'_>, &mut CallbackChoice) -> R,
    ) -> R {
        let Self { level, keys, shown, choice } = self;
        shown.with(|view| {
            let circumstances = Circumstances {
                secure_channel: *level,
                scp03_keys: keys.as_deref(),
                device: view.device,
            };
            judge(&circumstances, choice)
        })
    }
}
