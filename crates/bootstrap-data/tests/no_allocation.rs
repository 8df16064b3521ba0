// SPDX-License-Identifier: Apache-2.0
//! Decoding, typed values and encoding into a buffer take nothing from the heap.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "what fails here fails the test")]

use allocation_counter::measure;
use simstrap_bootstrap_data::object::{Security, Server, check_types};
use simstrap_bootstrap_data::pkcs15::{DataObjects, Directories};
use simstrap_bootstrap_data::registry::{DataType, object};
use simstrap_bootstrap_data::{BootstrapDataRef, Content, DecodeError, Encoder, Value};

/// The file of the vectors with everything in it: four objects, two versions, access control.
fn file() -> Vec<u8> {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("../testdata/bootstrap_files.json")).unwrap();
    let vector = &document["vectors"][2];
    assert_eq!(vector["name"], "two_servers_bootstrap_acl_apn");
    hex::decode(vector["hex"].as_str().unwrap()).unwrap()
}

/// Every value as the registry types it; how many there are.
fn walk(file: &[u8]) -> Result<usize, DecodeError> {
    let data = BootstrapDataRef::from_bytes(file)?;
    check_types(&data)?;
    let mut values = 0;
    for container in data.objects() {
        let definition = object(container.id());
        for resource in container.instances().flat_map(|instance| instance.resources()) {
            let definition = definition.and_then(|object| object.resource(resource.id()));
            let data_type = definition.map_or(DataType::Opaque, |resource| resource.data_type);
            match resource.content() {
                Content::Single(value) => {
                    value.typed(data_type)?;
                    values += 1;
                }
                Content::Multiple(instances) => {
                    for (_, value) in instances {
                        value.typed(data_type)?;
                        values += 1;
                    }
                }
            }
        }
    }
    for instance in data.object(0).into_iter().flat_map(|object| object.instances()) {
        assert!(Security::from_instance(&instance)?.uri.is_some());
    }
    for instance in data.object(1).into_iter().flat_map(|object| object.instances()) {
        assert!(Server::from_instance(&instance)?.lifetime.is_some());
    }
    Ok(values)
}

#[test]
fn the_measure_sees_allocations() {
    assert_eq!(measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1);
}

#[test]
fn decoding_allocates_nothing() {
    let file = file();
    let mut values = Ok(0);
    let measured = measure(|| values = walk(&file));
    assert_eq!(values, Ok(42));
    assert_eq!(measured.count_total, 0);
}

#[test]
fn refusing_allocates_nothing() {
    let mut file = file();
    let last = file.len() - 1;
    for (position, change) in [(1, 7), (8, 0xFF), (last, 0xFF), (30, 0xFF)] {
        file[position] ^= change;
        assert_eq!(measure(|| assert!(walk(&file).is_err())).count_total, 0);
        file[position] ^= change;
    }
}

#[test]
fn directories_and_the_encoder_allocate_nothing() {
    let odf = [0xA7, 0x06, 0x30, 0x04, 0x04, 0x02, 0x64, 0x30, 0xFF];
    let dodf = [
        0xA1, 0x14, 0x30, 0x00, 0x30, 0x00, 0xA1, 0x0E, 0x30, 0x0C, 0x06, 0x04, 0x67, 0x2B, 0x09,
        0x01, 0x30, 0x04, 0x04, 0x02, 0x64, 0x32,
    ];
    let mut buffer = [0; 64];
    let measured = measure(|| {
        assert_eq!(Directories::new(&odf).filter_map(Result::ok).count(), 1);
        assert_eq!(DataObjects::new(&dodf).filter_map(Result::ok).count(), 1);
        let mut encoder = Encoder::new(&mut buffer).unwrap();
        let written = encoder
            .object(0, None, |o| o.instance(0, |i| i.resource(0, Value::String("coap://a"))));
        assert!(written.is_ok() && encoder.finish().is_ok());
    });
    assert_eq!(measured.count_total, 0);
}
