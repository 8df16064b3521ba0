// SPDX-License-Identifier: Apache-2.0
//! Virtual cards, and what they hold.

use std::sync::LazyLock;

use simstrap_bootstrap_data::scp03::apdu::TransportErrorKind;
use simstrap_bootstrap_data::{BootstrapData, Value};
use simstrap_virtual_card::{CardDescription, FaultKind, Secret, SharedCard, VirtualCard};

/// The used bytes of the published example.
pub(crate) const EXAMPLE: &str = "0002007a000000005e08015bc80022636f6170733a2f2f65752e696f742e6176737973\
74656d2e636c6f75643a35363834c10100c10200c803146578616d706c652d70736b2d6964656e74697479c80513337840\
6d706c3350354b3533637233744b3379c10a01000100001208010fc10001c40100015180c10600c10755";

/// The sample card with some of its description changed.
pub(crate) fn sample(change: impl FnOnce(&mut CardDescription)) -> SharedCard {
    static SAMPLE: LazyLock<CardDescription> = LazyLock::new(|| CardDescription::sample().unwrap());
    let mut description = SAMPLE.clone();
    change(&mut description);
    SharedCard::new(VirtualCard::new(&description).unwrap())
}

/// Makes the bootstrap file this, and as large as it.
pub(crate) fn hold(description: &mut CardDescription, file: &[u8]) {
    description.bootstrap.size = None;
    description.bootstrap.data = Some(Secret::new(file.to_vec()));
}

/// Well-formed data of exactly 32 KiB.
pub(crate) fn file_of_32_kib() -> Vec<u8> {
    /// Headers of the file, the object, the instance and the resource.
    const AROUND: usize = 4 + 5 + 4 + 4;
    // No two pieces of 239 or 256 bytes are alike.
    let value: Vec<u8> =
        (0..32 * 1024 - AROUND).map(|at| u8::try_from(at * (at >> 8) % 251).unwrap()).collect();
    let file = BootstrapData::encode(|encoder| {
        encoder.object(9, None, |object| {
            object.instance(0, |instance| instance.resource(2, Value::Opaque(&value)))
        })
    });
    let file = file.unwrap().to_vec();
    assert_eq!(file.len(), 32 * 1024);
    file
}

/// What can go wrong at an exchange.
pub(crate) fn faults() -> Vec<FaultKind> {
    vec![
        FaultKind::CommandLost(TransportErrorKind::Other),
        FaultKind::ResponseLost(TransportErrorKind::Timeout),
        FaultKind::Garbage(vec![0xDE, 0xAD]),
        FaultKind::Garbage(vec![0x62, 0x81]),
        FaultKind::Garbage(vec![0x62; 40]),
        FaultKind::Truncated(0),
        FaultKind::Truncated(1),
        FaultKind::Truncated(2),
        FaultKind::EmptyResponse,
        FaultKind::Status([0x6F, 0x00]),
        FaultKind::Status([0x69, 0x85]),
        FaultKind::Status([0x93, 0x00]),
        FaultKind::Remove,
        FaultKind::Reset,
    ]
}
