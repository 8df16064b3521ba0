// SPDX-License-Identifier: Apache-2.0
use super::*;
use crate::secret::Secret;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let byte = |pair: &[u32]| u8::try_from(pair[0] << 4 | pair[1]).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn directory(application: &ApplicationDescription) -> Directory<'_> {
    Directory {
        application,
        entry: DirectoryEntry::Oid,
        path: PathForm::FileId,
        double_encoded_oid: false,
    }
}

#[test]
fn entries_are_those_found_on_cards() {
    let application = ApplicationDescription::default();
    let mut directory = directory(&application);
    assert_eq!(directory.data_objects_at(0x6430), hex("A706300404026430"));
    let object = |directory: &Directory<'_>| {
        let path = directory.path(0x6432, None);
        directory.bootstrap_object(path, false)
    };
    assert_eq!(
        object(&directory),
        hex(
            "A125 3000 3011 0C0F4C774D324D20426F6F747374726170 A10E 300C 0604672B0901 300404026432"
        )
    );
    directory.double_encoded_oid = true;
    assert_eq!(
        object(&directory),
        hex(
            "A127 3000 3011 0C0F4C774D324D20426F6F747374726170 A110 300E 06060604672B0901 300404026432"
        )
    );
    directory.double_encoded_oid = false;
    directory.entry = DirectoryEntry::Opaque;
    assert_eq!(
        object(&directory),
        hex("3023 3000 3017 0C0F4C774D324D20426F6F747374726170 0604672B0901 A106 300404026432")
    );
}

#[test]
fn paths_of_every_form_and_with_a_part() {
    let application = ApplicationDescription::default();
    let mut directory = directory(&application);
    assert_eq!(directory.path(0x6432, Some((16, 256))), hex("300B 04026432 020110 80020100"));
    directory.path = PathForm::MasterFile;
    assert_eq!(directory.path(0x6430, None), hex("3008 04063F007F506430"));
    directory.path = PathForm::Application;
    assert_eq!(directory.path(0x6430, None), hex("3006 04047FFF6430"));
}

#[test]
fn inline_objects_and_other_entries() {
    let application = ApplicationDescription::default();
    let directory = directory(&application);
    assert_eq!(directory.data_objects(vec![0x30, 0x00]), hex("A704 A002 3000"));
    assert_eq!(directory.keys_and_certificates(), hex("A006 300404024402 A506 300404024404"));
    assert_eq!(directory.authentication_objects_at(0x4401), hex("A806 300404024401"));
}

#[test]
fn a_private_object_names_its_pin() {
    let application = ApplicationDescription::default();
    let object = directory(&application).bootstrap_object(hex("300404026432"), true);
    assert!(object.starts_with(&hex("A12C 3007 03020780 040101 3011")));
    let pin = |reference| {
        let pin = Pin::new(reference, &Secret::new(b"1234".to_vec()), 3, true);
        authentication_objects(&pin)
    };
    assert_eq!(
        pin(0x81),
        hex("3027 3005 0C0350494E 3003 040101 A119 3017 \
             0302024C 0A0101 020104 020108 020108 80020081 0401FF")
    );
    assert_eq!(
        pin(0x01),
        hex("3026 3005 0C0350494E 3003 040101 A118 3016 \
             0302020C 0A0101 020104 020108 020108 800101 0401FF")
    );
}

#[test]
fn access_rules_stand_in_records_of_one_length() {
    let pin = Pin::new(0x81, &Secret::new(b"1234".to_vec()), 3, true);
    let adm = "800102 A406 83010A 950108";
    let secure = "B403 950130";
    assert_eq!(
        access_rules(&pin),
        [
            hex(&format!("800101 9000 {adm} FFFFFFFFFFFF")),
            hex(&format!("800101 A406830181950108 {adm}")),
            hex(&format!("800101 9700 {adm} FFFFFFFFFFFF")),
            hex(&format!("800101 {secure} {adm} FFFFFF")),
            hex(&format!("800101 9000 800102 {secure} FFFFFFFFFFFFFFFFFF")),
            hex(&format!("800101 A406830181950108 800102 {secure} FFFFFF")),
            hex(&format!("800101 9700 800102 {secure} FFFFFFFFFFFFFFFFFF")),
            hex(&format!("800101 {secure} 800102 {secure} FFFFFFFFFFFF")),
        ]
    );
}

#[test]
fn a_token_tells_serial_number_maker_and_label() {
    assert_eq!(
        token_info(&[0x98, 0x10], "LwM2M"),
        hex("301B 020100 04029810 0C0873696D7374726170 80054C774D324D 030100")
    );
}
