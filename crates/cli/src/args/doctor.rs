// SPDX-License-Identifier: Apache-2.0
//! The arguments of `simstrap doctor`.

use std::time::Duration;

use clap::Args;

use super::{CardOptions, ModemMode, seconds};
use crate::device::Style;

/// `simstrap doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Look at this card only, named as for `read`; by default at all that can be found
    #[arg(long, value_name = "SPEC")]
    card: Option<String>,
    /// How long reader or modem may take for one command
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// How to say it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Style,
}

impl DoctorArgs {
    /// The card that was named.
    pub(crate) fn card(&self) -> Option<&str> {
        self.card.as_deref()
    }

    /// How a card is looked at: in the clear, and without a PIN, which would lose a try on every
    /// card that has another.
    pub(crate) fn options(&self, spec: &str) -> CardOptions {
        CardOptions {
            card: Some(spec.to_owned()),
            at_mode: ModemMode::Auto,
            timeout: self.timeout,
            trace: None,
            gsmtap: None,
            trace_secrets: false,
            scp03: None,
            pin_file: None,
            pin_last_try: false,
        }
    }
}

pub(crate) const DOCTOR_HELP: &str = "\
Cards are read, in the clear and without a PIN; nothing is written to them. Serial ports as modems
have them (/dev/ttyUSB*, /dev/ttyACM*, /dev/wwan*at*) are asked with AT commands whether there is a
modem; of other ports it is only said that they are there.

Exit codes: 0 a card could be read, 1 usage or unexpected,
            4 no card or no bootstrap data on any, 5 there is something that could not be read

Example:
  simstrap doctor --card virtual";
