// SPDX-License-Identifier: Apache-2.0
//! Directory files of PKCS#15: what is found lies within the file, padding after the last entry
//! changes nothing, and errors name a byte of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use simstrap_bootstrap_data::pkcs15::{
    AuthenticationObjects, DataObjects, DataValue, Directories, DirectoryError, DirectoryTarget,
};

/// Everything the iterators find, as text, or the first error.
fn found(file: &[u8]) -> [Result<Vec<String>, DirectoryError>; 3] {
    let within = |part: &[u8]| assert!(file.as_ptr_range().contains(&part.as_ptr()));
    let directories = Directories::new(file).map(|entry| {
        entry.map(|entry| {
            if let DirectoryTarget::File(path) = &entry.target {
                within(path.path);
            }
            format!("{entry:?}")
        })
    });
    let objects = DataObjects::new(file).map(|entry| {
        entry.map(|entry| {
            if let DataValue::File(path) = entry.value {
                within(path.path);
            }
            format!("{entry:?}")
        })
    });
    let authentication =
        AuthenticationObjects::new(file).map(|entry| entry.map(|entry| format!("{entry:?}")));
    [directories.collect(), objects.collect(), authentication.collect()]
}

fuzz_target!(|file: &[u8]| {
    let plain = found(file);
    let padded = [0xFF, 0x00].map(|filler| {
        let mut padded = file.to_vec();
        padded.resize(file.len() + 16, filler);
        found(&padded)
    });
    for (index, plain) in plain.iter().enumerate() {
        match plain {
            Ok(entries) => {
                assert!(entries.len() <= file.len() / 2, "an entry has a tag and a length");
                assert!(padded.iter().all(|padded| padded[index].as_ref() == Ok(entries)));
            }
            Err(error) => assert!(error.offset <= file.len(), "{error}"),
        }
    }
});
