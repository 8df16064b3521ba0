// SPDX-License-Identifier: Apache-2.0
//! Properties of the codec on generated data.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails the test"
)]

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use simstrap_bootstrap_data::{
    BootstrapData, BootstrapDataRef, Content, EncodeError, InstanceEncoder, Value, Version,
};

/// Objects by id: version, and instances by id, and in them resources by id.
type Model = BTreeMap<u16, (Option<(u8, u8)>, BTreeMap<u16, Resources>)>;
type Resources = BTreeMap<u16, Resource>;

#[derive(Debug, Clone, PartialEq)]
enum Resource {
    Single(Vec<u8>),
    Multiple(BTreeMap<u16, Vec<u8>>),
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 0..12), 1 => vec(any::<u8>(), 250..300)]
}

fn id() -> impl Strategy<Value = u16> {
    prop_oneof![0..30_u16, any::<u16>()]
}

fn resource() -> impl Strategy<Value = Resource> {
    prop_oneof![
        3 => bytes().prop_map(Resource::Single),
        1 => btree_map(id(), bytes(), 1..4).prop_map(Resource::Multiple),
    ]
}

fn model() -> impl Strategy<Value = Model> {
    let version = proptest::option::of((1..=255_u8, any::<u8>()));
    let instances = btree_map(id(), btree_map(id(), resource(), 0..6), 0..4);
    btree_map(id(), (version, instances), 0..5)
}

fn encode(model: &Model) -> Vec<u8> {
    let file = BootstrapData::encode(|encoder| {
        model.iter().try_for_each(|(&id, (version, instances))| {
            let version = version.and_then(|(major, minor)| Version::new(major, minor));
            encoder.object(id, version, |object| {
                instances.iter().try_for_each(|(&id, resources)| {
                    object.instance(id, |instance| encode_resources(instance, resources))
                })
            })
        })
    });
    file.unwrap().to_vec()
}

fn encode_resources(
    instance: &mut InstanceEncoder<'_, '_>,
    resources: &Resources,
) -> Result<(), EncodeError> {
    resources.iter().try_for_each(|(&id, resource)| match resource {
        Resource::Single(value) => instance.resource(id, Value::Opaque(value)),
        Resource::Multiple(values) => instance.multiple(id, |multiple| {
            values.iter().try_for_each(|(&id, value)| multiple.instance(id, Value::Opaque(value)))
        }),
    })
}

fn decode(data: &BootstrapDataRef<'_>) -> Model {
    let resource = |content: Content<'_>| match content {
        Content::Single(value) => Resource::Single(value.bytes().to_vec()),
        Content::Multiple(values) => {
            Resource::Multiple(values.map(|(id, value)| (id, value.bytes().to_vec())).collect())
        }
    };
    data.objects()
        .map(|object| {
            let instances = object
                .instances()
                .map(|i| (i.id(), i.resources().map(|r| (r.id(), resource(r.content()))).collect()))
                .collect();
            (object.id(), (object.version().map(|v| (v.major(), v.minor())), instances))
        })
        .collect()
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_gives_the_same_data(model in model(), padding in 0..40_usize) {
        let mut file = encode(&model);
        let used = file.len();
        file.resize(used + padding, 0xFF);
        let data = BootstrapDataRef::from_bytes(&file).unwrap();
        prop_assert_eq!(data.as_bytes().len(), used);
        prop_assert_eq!(decode(&data), model);
    }

    #[test]
    fn a_changed_byte_is_detected_or_gives_other_data(
        model in model(), position: prop::sample::Index, change in 1..=255_u8,
    ) {
        /// The low bits of a type byte, which the format ignores where a length field follows.
        const IGNORED: u8 = 0x07;
        let mut file = encode(&model);
        let position = position.index(file.len());
        let before = file[position];
        file[position] ^= change;
        if let Ok(data) = BootstrapDataRef::from_bytes(&file)
            && decode(&data) == model
        {
            prop_assert_eq!(change & !IGNORED, 0, "byte {} was {:02X}", position, before);
            prop_assert_ne!((before >> 3) & 0b11, 0, "a length field follows");
            prop_assert_ne!(data.as_bytes(), encode(&model), "the digest tells");
        }
    }

    #[test]
    fn ft_03_arbitrary_bytes_are_decoded_or_refused(file in vec(any::<u8>(), 0..600)) {
        check_any(&file)?;
    }

    #[test]
    fn ft_03_damaged_data_is_decoded_or_refused(
        model in model(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = encode(&model);
        for (position, value) in damage {
            let position = position.index(file.len());
            file[position] = value;
        }
        check_any(&file)?;
        check_any(&file[..cut.index(file.len())])?;
    }
}

/// Strict and lenient decoding end; what they accept they agree on, what they refuse has a place.
fn check_any(file: &[u8]) -> Result<(), TestCaseError> {
    let mut deviations = 0;
    let lenient = BootstrapDataRef::from_bytes_lenient(file, |_| deviations += 1);
    match BootstrapDataRef::from_bytes(file) {
        Ok(data) => {
            prop_assert_eq!(deviations, 0);
            prop_assert_eq!(lenient, Ok(data));
            prop_assert_eq!(decode(&data).len(), data.objects().count());
        }
        Err(error) => {
            prop_assert!(error.offset <= file.len());
            prop_assert!(lenient.is_err() || deviations > 0);
        }
    }
    Ok(())
}
