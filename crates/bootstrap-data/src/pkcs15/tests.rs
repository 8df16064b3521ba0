// SPDX-License-Identifier: Apache-2.0
use proptest::prelude::*;

use super::*;

fn object(dodf: &[u8]) -> DataObject<'_> {
    DataObjects::new(dodf).next().unwrap().unwrap()
}

#[test]
fn an_opaque_object_with_its_attributes() {
    let dodf = b"\x30\x2D\x30\x14\x0C\x09bootstrap\x03\x02\x06\xC0\x04\x03\x01\x02\x03\
                 \x30\x0D\x0C\x05LWM2M\x06\x04\x67\x2B\x09\x01\xA1\x06\x30\x04\x04\x02\x64\x33";
    let object = object(dodf);
    assert_eq!(object.label, Some("bootstrap"));
    assert_eq!(object.application_name, Some("LWM2M"));
    assert_eq!((object.private, object.modifiable), (true, true));
    assert_eq!(object.auth_id, Some(&[1, 2, 3][..]));
    assert_eq!(object.bootstrap_oid(), Some(OidEncoding::Right));
    let DataValue::File(path) = object.value else { panic!("a path") };
    assert_eq!((path.path, path.index, path.length), (&[0x64, 0x33][..], 0, None));
}

#[test]
fn a_path_can_cut_a_part_out_of_a_file() {
    let dodf = [
        0xA1, 0x1B, 0x30, 0x00, 0x30, 0x00, 0xA1, 0x15, 0x30, 0x13, 0x06, 0x04, 0x67, 0x2B, 0x09,
        0x01, 0x30, 0x0B, 0x04, 0x02, 0x64, 0x32, 0x02, 0x01, 0x10, 0x80, 0x02, 0x01, 0x00,
    ];
    let DataValue::File(path) = object(&dodf).value else { panic!("a path") };
    assert_eq!((path.index, path.length, path.offset), (0x10, Some(0x0100), 18));
}

#[test]
fn other_objects_and_other_kinds_of_entries_are_passed_over() {
    let mut dodf = Vec::from([0xA0, 0x02, 0x30, 0x00]);
    dodf.extend([0x30, 0x0D, 0x30, 0x00, 0x30, 0x03, 0x06, 0x01, 0x2A, 0xA1, 0x04]);
    dodf.extend([0x30, 0x02, 0x04, 0x00]);
    let objects: Vec<_> = DataObjects::new(&dodf).map(Result::unwrap).collect();
    assert_eq!(objects.len(), 1, "an entry of another kind is passed over");
    assert_eq!(objects[0].bootstrap_oid(), None);
    assert_eq!(objects[0].value, DataValue::Unsupported, "its empty path is not looked at");

    let other =
        [0x30, 0x0D, 0x30, 0x00, 0x30, 0x03, 0x06, 0x01, 0x2A, 0xA1, 0x04, 0x86, 0x02, 1, 2];
    let found = object(&other);
    assert_eq!(found.bootstrap_oid(), None);
    assert_eq!(found.value, DataValue::Unsupported);
}

#[test]
fn a_value_can_stand_in_the_directory_itself() {
    let dodf = [
        0xA1, 0x15, 0x30, 0x00, 0x30, 0x00, 0xA1, 0x0F, 0x30, 0x0D, 0x06, 0x04, 0x67, 0x2B, 0x09,
        0x01, 0xA0, 0x05, 0x04, 0x03, 0x0A, 0x0B, 0x0C,
    ];
    assert_eq!(object(&dodf).value, DataValue::Direct(&[0x0A, 0x0B, 0x0C]));
}

#[test]
fn ft_04_a_value_in_the_directory_is_not_shown() {
    let dodf = [
        0xA1, 0x15, 0x30, 0x00, 0x30, 0x00, 0xA1, 0x0F, 0x30, 0x0D, 0x06, 0x04, 0x67, 0x2B, 0x09,
        0x01, 0xA0, 0x05, 0x04, 0x03, 0xDA, 0xDB, 0xDC,
    ];
    let shown = format!("{:?} {:?}", object(&dodf), DataObjects::new(&dodf));
    assert!(shown.contains("Direct(3 bytes)"), "{shown}");
    assert!(!shown.contains("219") && !shown.contains("220"), "{shown}");
}

#[test]
fn inline_directories_are_read_like_files_with_their_own_offsets() {
    let odf = [
        0xA5, 0x06, 0x30, 0x04, 0x04, 0x02, 0x44, 0x01, 0xA7, 0x19, 0xA0, 0x17, 0xA1, 0x15, 0x30,
        0x00, 0x30, 0x00, 0xA1, 0x0F, 0x30, 0x0D, 0x06, 0x04, 0x67, 0x2B, 0x09, 0x01, 0x30, 0x05,
        0x04, 0x03, 0x64, 0x32, 0x00, 0xFF,
    ];
    let kinds: Vec<_> = Directories::new(&odf).map(|d| d.unwrap().kind).collect();
    assert_eq!(kinds, [DirectoryKind::DataObjects], "certificates are passed over");
    let inline = Directories::new(&odf).next().unwrap().unwrap();
    let DirectoryTarget::Inline(inline) = inline.target else { panic!("inline") };
    let error = DataObjects::inline(&inline).next().unwrap().unwrap_err();
    assert_eq!((error.kind, error.offset), (DirectoryErrorKind::PathLength { length: 3 }, 30));
}

#[test]
fn a_pin_and_its_reference() {
    let aodf = [
        0x30, 0x20, 0x30, 0x05, 0x04, 0x03, 0x09, 0x09, 0x09, 0x30, 0x03, 0x04, 0x01, 0x07, 0xA1,
        0x12, 0x30, 0x10, 0x03, 0x02, 0x04, 0x30, 0x0A, 0x01, 0x01, 0x02, 0x01, 0x04, 0x02, 0x01,
        0x08, 0x80, 0x01, 0x81, 0xFF,
    ];
    let objects: Vec<_> = AuthenticationObjects::new(&aodf).map(Result::unwrap).collect();
    assert_eq!(objects, [AuthenticationObject { auth_id: Some(&[0x07]), reference: Some(0x81) }]);
}

#[test]
fn truncated_and_malformed_der_is_placed() {
    let first = |bytes: &[u8]| Directories::new(bytes).next().unwrap().unwrap_err();
    let cases: [(&[u8], DirectoryErrorKind, usize); 4] = [
        (&[0xA7, 0x06, 0x30], DirectoryErrorKind::Truncated, 0),
        (&[0xA7, 0x03, 0x30, 0x04, 0x04], DirectoryErrorKind::Truncated, 2),
        (&[0xA7, 0x00], DirectoryErrorKind::Missing("path"), 0),
        (&[0xA7, 0x80, 0x00, 0x00], DirectoryErrorKind::Malformed, 0),
    ];
    for (bytes, kind, offset) in cases {
        let error = first(bytes);
        assert_eq!((error.kind, error.offset), (kind, offset), "{bytes:02X?}");
    }
}

proptest! {
    #[test]
    fn ft_03_arbitrary_directories_end_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200), first in 0..4_usize,
    ) {
        let mut bytes = bytes;
        if let Some(tag) = bytes.first_mut() {
            *tag = [0x30, 0xA0, 0xA1, 0xA7][first];
        }
        let in_place = |error: DirectoryError| error.offset <= bytes.len();
        prop_assert!(Directories::new(&bytes).filter_map(Result::err).all(in_place));
        prop_assert!(DataObjects::new(&bytes).filter_map(Result::err).all(in_place));
        prop_assert!(AuthenticationObjects::new(&bytes).filter_map(Result::err).all(in_place));
    }
}
