// SPDX-License-Identifier: Apache-2.0
use super::*;
use crate::error::{Duplicate, ErrorKind};

/// A file with the given objects, each already with its header.
fn file(objects: &[&[u8]]) -> Vec<u8> {
    let size: usize = objects.iter().map(|object| object.len()).sum();
    let mut file = Vec::new();
    file.extend(u16::try_from(objects.len()).unwrap().to_be_bytes());
    file.extend(u16::try_from(size).unwrap().to_be_bytes());
    file.extend(objects.concat());
    file
}

fn error(bytes: &[u8]) -> (ErrorKind, usize) {
    let error = BootstrapDataRef::from_bytes(bytes).unwrap_err();
    (error.kind, error.offset)
}

#[test]
fn both_version_forms() {
    let bytes = file(&[
        &[0, 5, 0, 0, 2, 0x00, 0x00],
        &[0, 6, 2, 5, 0, 2, 0x00, 0x01],
        &[0, 7, 0xFF, 0, 0, 0],
    ]);
    let data = BootstrapDataRef::from_bytes(&bytes).unwrap();
    let versions: Vec<_> = data.objects().map(|o| (o.id(), o.version())).collect();
    assert_eq!(versions, [(5, None), (6, Version::new(2, 5)), (7, Version::new(255, 0))]);
    assert_eq!(data.object(6).unwrap().version().unwrap().to_string(), "2.5");
    assert_eq!(Version::new(0, 5), None);
}

#[test]
fn a_file_that_was_never_written_is_told_from_a_malformed_one() {
    for length in [4, 5, 126, 256, MAX_FILE] {
        assert_eq!(error(&vec![0xFF; length]), (ErrorKind::Blank, 0), "{length}");
    }
    // Everything but the header was written.
    let mut bytes = file(&[&[0, 5, 0, 0, 2, 0x00, 0x00]]);
    bytes[..HEADER_LEN].fill(0xFF);
    assert_eq!(error(&bytes), (ErrorKind::Blank, 0));
    bytes[HEADER_LEN - 1] = 0xFE;
    assert!(!matches!(error(&bytes).0, ErrorKind::Blank));
    let mut deviations = 0;
    let lenient = BootstrapDataRef::from_bytes_lenient(&[0xFF; 8], |_| deviations += 1);
    assert_eq!((lenient.unwrap_err().kind, deviations), (ErrorKind::Blank, 0));
}

#[test]
fn the_resources_of_an_instance_are_checked_and_copied_on_their_own() {
    let resources = [0xC1, 0, 7, 0x83, 2, 0x41, 0, 9];
    let instance = InstanceRef::from_resources(2, 4, &resources).unwrap();
    assert_eq!(instance.path().to_string(), "/2/4");
    let encoded = crate::BootstrapData::encode(|encoder| {
        encoder.object(2, None, |object| object.instance(4, |copy| copy.copy(&instance)))
    });
    let copied = crate::BootstrapData::from_bytes(&encoded.unwrap()).unwrap();
    let object = copied.as_ref().object(2).unwrap();
    assert_eq!(object.instance(4).unwrap().as_bytes(), resources);

    let twice = [0xC1, 0, 7, 0xC1, 0, 8];
    let error = InstanceRef::from_resources(2, 4, &twice).unwrap_err();
    assert_eq!((error.offset, error.path.to_string()), (3, "/2/4/0".to_owned()));
}

#[test]
fn offsets_and_paths_are_those_of_the_file() {
    let bytes = file(&[&[0, 2, 0, 0, 7, 0x05, 0x03, 0x83, 0x02, 0x41, 0x65, 0x0F]]);
    let data = BootstrapDataRef::from_bytes(&bytes).unwrap();
    let object = data.object(2).unwrap();
    assert_eq!((object.offset(), object.body_offset()), (4, 9));
    let instance = object.instance(3).unwrap();
    assert_eq!((instance.offset(), instance.path().to_string()), (9, "/2/3".to_owned()));
    let resource = instance.resource(2).unwrap();
    assert_eq!((resource.offset(), resource.path().to_string()), (11, "/2/3/2".to_owned()));
    let values: Vec<_> = resource.multiple().unwrap().collect();
    assert_eq!(values.len(), 1);
    assert_eq!((values[0].0, values[0].1.bytes(), values[0].1.offset()), (0x65, &[0x0F][..], 15));
    assert_eq!(resource.single().unwrap_err().kind, ErrorKind::NotSingle);
}

#[test]
fn duplicates_are_named_with_their_place() {
    let resource = [0, 1, 0, 0, 8, 0x06, 0x00, 0xC1, 0x05, 1, 0xC1, 0x05, 2];
    let duplicate = |kind, id| ErrorKind::Duplicate { kind, id };
    assert_eq!(error(&file(&[&resource])), (duplicate(Duplicate::Resource, 5), 14));
    let out_of_order = [0, 1, 0, 0, 8, 0x06, 0x00, 0xC1, 0x05, 1, 0xC1, 0x04, 2];
    assert!(BootstrapDataRef::from_bytes(&file(&[&out_of_order])).is_ok());
    let instance = [0, 1, 0, 0, 4, 0x00, 0x07, 0x00, 0x07];
    assert_eq!(error(&file(&[&instance])), (duplicate(Duplicate::ObjectInstance, 7), 11));
    let inner = [0, 2, 0, 0, 10, 0x08, 0, 7, 0x85, 2, 0x41, 1, 1, 0x40, 1];
    assert_eq!(error(&file(&[&inner])), (duplicate(Duplicate::ResourceInstance, 1), 17));
    let object: &[u8] = &[0, 1, 0, 0, 0];
    assert_eq!(error(&file(&[object, object])), (duplicate(Duplicate::Object, 1), 9));
}

#[test]
fn lenient_decoding_names_every_deviation() {
    let mut bytes = file(&[
        &[0, 1, 0, 0, 8, 0x06, 0x00, 0xC1, 0x05, 1, 0xC1, 0x05, 2],
        &[0, 2, 0, 0, 5, 0x80, 0x02, 0xC1, 0x03, 9],
    ]);
    bytes.extend([0xFF, 0x2A]);
    let mut deviations = Vec::new();
    let data =
        BootstrapDataRef::from_bytes_lenient(&bytes, |error| deviations.push(error.to_string()));
    assert_eq!(
        deviations,
        [
            "byte 14 (/1/0/5): resource 5 stands here twice",
            "byte 22 (/2): a multiple resource without an object instance around it",
            "byte 22 (/2/0/2): a multiple resource without any resource instance",
            "byte 28: after the declared size only FF or 00 can follow, not 2A",
        ]
    );
    let data = data.unwrap();
    let last = data.object(1).unwrap().instance(0).unwrap().resource(5).unwrap();
    assert_eq!(last.single().unwrap().bytes(), [2]);
    let bare = data.object(2).unwrap().instance(0).unwrap();
    assert_eq!(bare.resource(3).unwrap().single().unwrap().bytes(), [9]);
    assert_eq!(data.object(2).unwrap().instances().count(), 1);
}

#[test]
fn padding_is_ff_or_00() {
    let mut bytes = file(&[]);
    bytes.extend([0xFF, 0x00, 0xFF]);
    assert_eq!(BootstrapDataRef::from_bytes(&bytes).unwrap().as_bytes().len(), 4);
    bytes.push(0x01);
    assert_eq!(error(&bytes), (ErrorKind::NotPadding { found: 0x01 }, 7));
}

#[test]
fn every_truncation_is_found_and_placed_inside_the_file() {
    let whole = file(&[&[0, 2, 0, 0, 10, 0x08, 0, 7, 0x85, 2, 0x41, 1, 1, 0x40, 2]]);
    assert!(BootstrapDataRef::from_bytes(&whole).is_ok());
    for length in 0..whole.len() {
        let (kind, offset) = error(&whole[..length]);
        assert!(offset <= length, "{length}: {kind} at {offset}");
    }
}

#[test]
fn ft_03_bounds_on_file_and_entries() {
    let long = vec![0; MAX_FILE + 1];
    assert_eq!(error(&long).0, ErrorKind::FileTooLong { length: MAX_FILE + 1 });
    let instances: Vec<u8> = (0..=u16::try_from(MAX_ENTRIES).unwrap())
        .flat_map(|id| [0x20, id.to_be_bytes()[0], id.to_be_bytes()[1]])
        .collect();
    let mut object = vec![0, 9, 0];
    object.extend(u16::try_from(instances.len()).unwrap().to_be_bytes());
    object.extend(instances);
    assert_eq!(error(&file(&[&object])).0, ErrorKind::TooManyEntries);
    let descending: Vec<u8> =
        (0..=u8::try_from(MAX_DISORDER + 1).unwrap()).rev().flat_map(|id| [0x00, id]).collect();
    let mut object = vec![0, 9, 0];
    object.extend(u16::try_from(descending.len()).unwrap().to_be_bytes());
    object.extend(descending);
    assert_eq!(error(&file(&[&object])).0, ErrorKind::Disorder);
}

#[test]
fn ft_04_debug_shows_structure_without_values() {
    let bytes = file(&[&[0, 0, 0, 0, 7, 0x05, 0x00, 0xC3, 0x05, 0x53, 0x54, 0x55]]);
    let shown = format!("{:?}", BootstrapDataRef::from_bytes(&bytes).unwrap());
    assert_eq!(shown, "[Object 0 [Instance 0 [/0/0/5 (3 bytes)]]]");
}
