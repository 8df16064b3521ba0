// SPDX-License-Identifier: Apache-2.0
use super::*;
use crate::encode::{EncodeError, Encoder, InstanceEncoder};
use crate::file::{BootstrapDataRef, InstanceRef};
use crate::value::{ObjectLink, Value};

/// The file with one instance 0 of an object.
fn file_of(
    object: u16,
    write: impl FnOnce(&mut InstanceEncoder<'_, '_>) -> Result<(), EncodeError>,
) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut encoder = Encoder::new(&mut buffer).unwrap();
    encoder.object(object, None, |o| o.instance(0, |i| write(i))).unwrap();
    encoder.finish().unwrap().to_vec()
}

fn only_instance(file: &[u8]) -> InstanceRef<'_> {
    let data = BootstrapDataRef::from_bytes(file).unwrap();
    data.objects().next().unwrap().instance(0).unwrap()
}

#[test]
fn cs_03_a_security_instance_with_everything() {
    let file = file_of(0, |i| {
        i.resource(0, Value::String("coaps://dm.example.net"))?;
        i.resource(1, Value::Boolean(false))?;
        i.resource(2, Value::Integer(0))?;
        i.resource(3, Value::Opaque(b"dev-1"))?;
        i.resource(5, Value::Opaque(&[7; 16]))?;
        i.resource(10, Value::Integer(600))?;
        i.resource(11, Value::Integer(30))?;
        i.multiple(16, |m| m.instance(0, Value::Unsigned(49320)))?;
        i.resource(17, Value::ObjectLink(ObjectLink { object: 21, instance: 3 }))
    });
    let security = Security::from_instance(&only_instance(&file)).unwrap();
    assert_eq!(security.uri, Some("coaps://dm.example.net"));
    assert!(!security.is_bootstrap_server());
    assert_eq!(security.mode, Some(SecurityMode::PreSharedKey));
    assert_eq!(security.public_key_or_identity, Some(&b"dev-1"[..]));
    assert_eq!(security.secret_key.unwrap().expose(), [7; 16]);
    assert_eq!(security.short_server_id, ShortServerId::new(600));
    assert_eq!((security.hold_off, security.account_timeout), (Some(30), None));
    let suites: Vec<_> = security.cipher_suites.unwrap().map(|(_, v)| v.unsigned()).collect();
    assert_eq!(suites, [Ok(49320)]);
    assert_eq!(security.oscore, Some(ObjectLink { object: 21, instance: 3 }));
}

#[test]
fn cs_02_short_server_ids_have_their_range() {
    let id = |id: i64, bootstrap: bool| {
        let file = file_of(0, |i| {
            i.resource(1, Value::Boolean(bootstrap))?;
            i.resource(10, Value::Integer(id))
        });
        Security::from_instance(&only_instance(&file)).map(|s| s.short_server_id)
    };
    assert_eq!(id(1, false), Ok(ShortServerId::new(1)));
    for reserved in [0, 65535, 65536] {
        let error = id(reserved, false).unwrap_err();
        assert_eq!(error.kind, ErrorKind::OutOfRange { value: reserved });
        assert_eq!(error.path.to_string(), "/0/0/10");
    }
    assert_eq!(id(0, true), Ok(None), "means nothing for a bootstrap server");
}

#[test]
fn a_short_server_id_above_32767_in_two_bytes_is_meant_unsigned() {
    let file = file_of(0, |i| i.resource(10, Value::Opaque(&[0x9C, 0x40])));
    let security = Security::from_instance(&only_instance(&file)).unwrap();
    assert_eq!(security.short_server_id, ShortServerId::new(40000));
}

#[test]
fn cs_03_values_of_the_wrong_type_are_named() {
    let cases: [(u16, u16, Value<'_>, ErrorKind); 6] = [
        (0, 2, Value::Integer(5), ErrorKind::OutOfRange { value: 5 }),
        (0, 2, Value::Integer(-1), ErrorKind::OutOfRange { value: -1 }),
        (0, 1, Value::Integer(3), ErrorKind::NotBoolean { value: 3 }),
        (0, 0, Value::Opaque(&[0xFF]), ErrorKind::NotUtf8),
        (0, 16, Value::Integer(1), ErrorKind::NotMultiple),
        (
            1,
            1,
            Value::Opaque(&[1, 2, 3]),
            ErrorKind::ValueLength { data_type: DataType::Integer, length: 3 },
        ),
    ];
    for (object, resource, value, kind) in cases {
        let file = file_of(object, |i| i.resource(resource, value));
        let data = BootstrapDataRef::from_bytes(&file).unwrap();
        let error = check_types(&data).unwrap_err();
        assert_eq!(error.kind, kind);
        assert_eq!(error.path, crate::DataPath::object(object).instance(0).resource(resource));
    }
}

#[test]
fn cs_03_resources_without_a_field_are_checked_too() {
    for (object, resource, value) in [
        (0, 6, Value::Opaque(&[1, 2, 3])),
        (0, 14, Value::Opaque(&[0xFF])),
        (0, 15, Value::Opaque(&[])),
        (1, 1, Value::Integer(-1)),
        (1, 13, Value::Opaque(&[])),
        (21, 3, Value::Opaque(&[1, 2, 3])),
    ] {
        let file = file_of(object, |i| i.resource(resource, value));
        let error = check_types(&BootstrapDataRef::from_bytes(&file).unwrap()).unwrap_err();
        assert_eq!(error.path.resource, Some(resource), "/{object}/0/{resource}: {error}");
    }
    let suites = file_of(0, |i| i.multiple(16, |m| m.instance(0, Value::Opaque(&[1, 2, 3]))));
    assert!(check_types(&BootstrapDataRef::from_bytes(&suites).unwrap()).is_err());
    let cose = file_of(21, |i| i.resource(4, Value::Integer(-10)));
    assert_eq!(Oscore::from_instance(&only_instance(&cose)).unwrap().hmac_algorithm, Some(-10));
}

#[test]
fn a_server_instance() {
    let file = file_of(1, |i| {
        i.resource(0, Value::Integer(102))?;
        i.resource(1, Value::Integer(86400))?;
        i.resource(6, Value::Boolean(true))?;
        i.resource(7, Value::String("UQ"))
    });
    let server = Server::from_instance(&only_instance(&file)).unwrap();
    assert_eq!(server.short_server_id, ShortServerId::new(102));
    assert_eq!(server.lifetime, Some(86400));
    assert_eq!(server.notification_storing, Some(true));
    assert_eq!(server.binding, Some("UQ"));
}

#[test]
fn cs_04_an_access_control_instance_and_its_list() {
    let file = file_of(2, |i| {
        i.resource(0, Value::Integer(1))?;
        i.resource(1, Value::Integer(0))?;
        i.multiple(2, |m| {
            m.instance(0, Value::Integer(1))?;
            m.instance(101, Value::Integer(15))
        })?;
        i.resource(3, Value::Integer(101))
    });
    let access = AccessControl::from_instance(&only_instance(&file)).unwrap();
    assert_eq!((access.object, access.instance, access.owner), (Some(1), Some(0), Some(101)));
    let entries: Vec<_> =
        access.entries().map(|entry| (entry.server, entry.rights.to_string())).collect();
    assert_eq!(entries, [(0, "R----".to_owned()), (101, "RWED-".to_owned())]);
    let file = file_of(2, |i| i.multiple(2, |m| m.instance(1, Value::Integer(32))));
    let error = AccessControl::from_instance(&only_instance(&file)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::OutOfRange { value: 32 });
}

#[test]
fn ft_04_keys_are_not_shown() {
    let file = file_of(21, |i| i.resource(0, Value::Opaque(&[0x5A; 16])));
    let shown = format!("{:?}", Oscore::from_instance(&only_instance(&file)).unwrap());
    assert!(shown.contains("16 bytes, redacted") && !shown.contains("90"), "{shown}");
}
