// SPDX-License-Identifier: Apache-2.0
//! The recorded and published examples, byte for byte.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use serde_json::Value as Json;
use simstrap_bootstrap_data::pkcs15::{DataObjects, DataValue, Directories, DirectoryKind};
use simstrap_bootstrap_data::pkcs15::{DirectoryTarget, OidEncoding};
use simstrap_bootstrap_data::tlv::Kind;
use simstrap_bootstrap_data::{BootstrapDataRef, ErrorKind, Level, object};

mod common;

use common::{file_with_object, reencoded};

fn vectors(text: &str) -> Vec<Json> {
    let document: Json = serde_json::from_str(text).unwrap();
    document["vectors"].as_array().unwrap().clone()
}

fn bytes_of(vector: &Json) -> Vec<u8> {
    hex::decode(vector["hex"].as_str().unwrap()).unwrap()
}

#[test]
fn bootstrap_files_decode_and_encode_back_or_fail_where_they_must() {
    let mut checked = 0;
    for vector in vectors(include_str!("../testdata/bootstrap_files.json")) {
        let name = vector["name"].as_str().unwrap();
        let file = bytes_of(&vector);
        let decoded = BootstrapDataRef::from_bytes(&file);
        if vector["valid"].as_bool().unwrap() {
            let data = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(reencoded(&data), data.as_bytes(), "{name}");
            assert!(file.starts_with(data.as_bytes()), "{name}");
            object::check_types(&data).unwrap_or_else(|error| panic!("{name}: {error}"));
        } else {
            let error = decoded.err().unwrap_or_else(|| panic!("{name} must not decode"));
            assert_eq!((error.kind, error.offset), expected_file_error(name), "{name}");
        }
        checked += 1;
    }
    assert_eq!(checked, 15);
}

fn expected_file_error(name: &str) -> (ErrorKind, usize) {
    let resource = Kind::Resource;
    match name {
        "count_too_large" => (ErrorKind::ObjectCount { declared: 3, found: 2 }, 0),
        "count_too_small" => (ErrorKind::ObjectCount { declared: 1, found: 2 }, 0),
        "size_beyond_file" => (ErrorKind::SizeBeyondFile { declared: 256, available: 122 }, 2),
        "object_beyond_size" => (ErrorKind::ObjectBeyondEnd { declared: 255, available: 117 }, 4),
        "truncated" => {
            (ErrorKind::ValueBeyondEnd { kind: resource, declared: 20, available: 2 }, 55)
        }
        "header_only_3_bytes" => (ErrorKind::HeaderTruncated { length: 3 }, 0),
        "resource_at_top" => (ErrorKind::BareResource { found: resource }, 9),
        "instance_in_instance" => {
            (ErrorKind::Misplaced { found: Kind::ObjectInstance, expected: Level::Resources }, 11)
        }
        "resource_instance_outside_multiple" => {
            (ErrorKind::Misplaced { found: Kind::ResourceInstance, expected: Level::Resources }, 11)
        }
        "inner_overrun" => {
            (ErrorKind::ValueBeyondEnd { kind: resource, declared: 3, available: 1 }, 11)
        }
        other => panic!("no expectation for {other}"),
    }
}

#[test]
fn tlv_examples_decode_as_mended_and_not_as_printed() {
    /// Length of the file header and the object header around the payload.
    const AROUND: usize = 9;
    let mut checked = 0;
    for vector in vectors(include_str!("../testdata/tlv.json")) {
        let name = vector["name"].as_str().unwrap();
        let payload = bytes_of(&vector);
        let file = file_with_object(3, &payload);
        let mut deviations = Vec::new();
        let decoded = BootstrapDataRef::from_bytes_lenient(&file, |error| deviations.push(error));
        if vector["valid"].as_bool().unwrap() {
            let data = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
            let bare = payload.first().unwrap() & 0xC0 != 0;
            assert_eq!(deviations.len(), usize::from(bare), "{name}: {deviations:?}");
            if bare {
                let instance = data.object(3).unwrap().instance(0).unwrap();
                assert_eq!(instance.as_bytes(), payload, "{name}");
            } else {
                assert_eq!(reencoded(&data), file, "{name}");
            }
        } else {
            let error = decoded.err().unwrap_or_else(|| panic!("{name} must not decode"));
            let (kind, offset) = expected_tlv_error(name);
            assert_eq!((error.kind, error.offset), (kind, AROUND + offset), "{name}");
        }
        checked += 1;
    }
    assert_eq!(checked, 9);
}

fn expected_tlv_error(name: &str) -> (ErrorKind, usize) {
    let beyond = |declared, available| ErrorKind::ValueBeyondEnd {
        kind: Kind::Resource,
        declared,
        available,
    };
    match name {
        // The multiple resource ends one byte early, which then begins an entry of its own.
        "access_control_as_printed" => (beyond_instance(1, 0), 31),
        // The instance ends after the type byte of its last resource.
        "server_one_instance_as_printed" => (ErrorKind::EntryTruncated, 15),
        "object_66_as_printed" => (beyond(4, 1), 35),
        other => panic!("no expectation for {other}"),
    }
}

fn beyond_instance(declared: usize, available: usize) -> ErrorKind {
    ErrorKind::ValueBeyondEnd { kind: Kind::ResourceInstance, declared, available }
}

#[test]
fn directory_files_lead_to_the_right_place() {
    let mut checked = 0;
    for vector in vectors(include_str!("../testdata/pkcs15.json")) {
        let name = vector["name"].as_str().unwrap();
        let file = bytes_of(&vector);
        match vector["file"].as_str().unwrap() {
            "odf" => assert_eq!(data_object_directories(&file), strings(&vector["dodf_paths"])),
            _ => {
                let found = bootstrap_path(&file);
                let path = vector["path"].as_str().map(str::to_owned);
                let quirk = vector["quirk"].as_str().map(|_| OidEncoding::Double);
                let expected = path.map(|path| (path, quirk.unwrap_or(OidEncoding::Right)));
                assert_eq!(found, expected, "{name}");
            }
        }
        checked += 1;
    }
    assert_eq!(checked, 7);
}

fn strings(list: &Json) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn data_object_directories(odf: &[u8]) -> Vec<String> {
    Directories::new(odf)
        .map(Result::unwrap)
        .filter(|directory| directory.kind == DirectoryKind::DataObjects)
        .map(|directory| match directory.target {
            DirectoryTarget::File(path) => hex::encode(path.path),
            DirectoryTarget::Inline(_) => panic!("no inline directory here"),
        })
        .collect()
}

fn bootstrap_path(dodf: &[u8]) -> Option<(String, OidEncoding)> {
    DataObjects::new(dodf).map(Result::unwrap).find_map(|object| {
        let encoding = object.bootstrap_oid()?;
        let DataValue::File(path) = object.value else { panic!("a path") };
        Some((hex::encode(path.path), encoding))
    })
}
