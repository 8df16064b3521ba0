// SPDX-License-Identifier: Apache-2.0

use simstrap_bootstrap_data::{BootstrapData, BootstrapDataRef, Content, Value};

/// A file with one object, without version, around a payload.
pub(crate) fn file_with_object(id: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut file = vec![0, 1];
    file.extend((length + 5).to_be_bytes());
    file.extend(id.to_be_bytes());
    file.push(0);
    file.extend(length.to_be_bytes());
    file.extend(payload);
    file
}

/// What the encoder makes of decoded data, every value taken as it stands.
pub(crate) fn reencoded(data: &BootstrapDataRef<'_>) -> Vec<u8> {
    BootstrapData::encode(|encoder| {
        for object in data.objects() {
            encoder.object(object.id(), object.version(), |encoder| {
                for instance in object.instances() {
                    encoder.instance(instance.id(), |encoder| {
                        for resource in instance.resources() {
                            match resource.content() {
                                Content::Single(value) => {
                                    encoder
                                        .resource(resource.id(), Value::Opaque(value.bytes()))?;
                                }
                                Content::Multiple(values) => {
                                    encoder.multiple(resource.id(), |encoder| {
                                        values.into_iter().try_for_each(|(id, value)| {
                                            encoder.instance(id, Value::Opaque(value.bytes()))
                                        })
                                    })?;
                                }
                            }
                        }
                        Ok(())
                    })?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })
    .unwrap()
    .to_vec()
}
