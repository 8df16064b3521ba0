// SPDX-License-Identifier: Apache-2.0
//! Text that is a policy judges without ever going below its demands; text that is none is an
//! error that names a line of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use simstrap_policy::bootstrap_data::BootstrapData;
use simstrap_policy::bootstrap_data::object::SecurityMode;
use simstrap_policy::{Assessment, Circumstances, Decision, Policy, PolicyError};

/// A bootstrap server with PSK, a server with PSK, one without security, all in order.
static DATA: LazyLock<BootstrapData> = LazyLock::new(|| {
    BootstrapData::from_bytes(include_bytes!(
        "../seeds/bootstrap_file_roundtrip/two_servers_bootstrap_acl_apn"
    ))
    .expect("a vector")
});

fuzz_target!(|text: &str| {
    let policy = match Policy::from_toml(text) {
        Ok(policy) => policy,
        Err(PolicyError::Malformed { line, .. }) => {
            assert!((1..=text.lines().count().max(1) + 1).contains(&line), "line {line}");
            return;
        }
        Err(_) => return,
    };
    let circumstances = Circumstances::default();
    let assessment = Assessment::under(&policy, DATA.as_ref(), &circumstances, &mut ());
    for account in assessment.servers() {
        if account.verdict().decision != Decision::Apply {
            continue;
        }
        assert!(policy.secure_channel.is_none(), "it was read in the clear");
        let unprotected = account.security.mode == Some(SecurityMode::NoSec);
        assert!(
            !unprotected
                || policy
                    .minimum_security_mode
                    .is_none_or(|minimum| { minimum == SecurityMode::NoSec })
        );
    }
});
