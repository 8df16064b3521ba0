// SPDX-License-Identifier: Apache-2.0
//! What decodes, encodes to a file that decodes to the same; lenient decoding accepts whatever
//! strict decoding does, without a deviation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use simstrap_bootstrap_data::{BootstrapData, BootstrapDataRef, Content, Value, object};

fn encoded_again(data: &BootstrapDataRef<'_>) -> Vec<u8> {
    let file = BootstrapData::encode(|encoder| {
        data.objects().try_for_each(|object| {
            encoder.object(object.id(), object.version(), |encoder| {
                object.instances().try_for_each(|instance| {
                    encoder.instance(instance.id(), |encoder| {
                        instance.resources().try_for_each(|resource| match resource.content() {
                            Content::Single(value) => {
                                encoder.resource(resource.id(), Value::Opaque(value.bytes()))
                            }
                            Content::Multiple(mut values) => {
                                encoder.multiple(resource.id(), |encoder| {
                                    values.try_for_each(|(id, value)| {
                                        encoder.instance(id, Value::Opaque(value.bytes()))
                                    })
                                })
                            }
                        })
                    })
                })
            })
        })
    });
    file.expect("no longer than the file it came from").to_vec()
}

fuzz_target!(|file: &[u8]| {
    let mut deviations = 0;
    let lenient = BootstrapDataRef::from_bytes_lenient(file, |_| deviations += 1);
    if let Ok(data) = lenient {
        let _ = object::check_types(&data);
    }
    match BootstrapDataRef::from_bytes(file) {
        Ok(data) => {
            assert_eq!((lenient, deviations), (Ok(data), 0));
            let again = encoded_again(&data);
            let decoded = BootstrapDataRef::from_bytes(&again).expect("what we encode decodes");
            assert_eq!(encoded_again(&decoded), again);
            assert!(again.len() <= data.as_bytes().len(), "the shortest form");
        }
        Err(error) => assert!(error.offset <= file.len()),
    }
});
