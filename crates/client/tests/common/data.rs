// SPDX-License-Identifier: Apache-2.0
//! Bootstrap data to order.

use simstrap_client::policy::bootstrap_data::object::ShortServerId;
use simstrap_client::policy::bootstrap_data::{BootstrapData, EncodeError, Value};

pub(crate) fn id(server: u16) -> ShortServerId {
    ShortServerId::new(server).unwrap()
}

/// PSK accounts for these servers, 0 being the bootstrap server, with a lifetime in seconds.
pub(crate) fn data(servers: &[i64], lifetime: i64) -> BootstrapData {
    let numbered = || (0_u16..).zip(servers);
    let file = BootstrapData::encode(|encoder| {
        encoder.object(0, None, |encoder| {
            numbered().try_for_each(|(own, id)| -> Result<(), EncodeError> {
                encoder.instance(own, |instance| {
                    let key = if *id == 0 { b"bootstrap testky" } else { b"sixteen test byt" };
                    instance.resource(0, Value::String("coaps://dm.example.com"))?;
                    instance.resource(1, Value::Boolean(*id == 0))?;
                    instance.resource(2, Value::Integer(0))?;
                    instance.resource(3, Value::Opaque(b"identity"))?;
                    instance.resource(5, Value::Opaque(key))?;
                    if *id == 0 { Ok(()) } else { instance.resource(10, Value::Integer(*id)) }
                })
            })
        })?;
        encoder.object(1, None, |encoder| {
            let mut servers = numbered().filter(|(_, id)| **id != 0);
            servers.try_for_each(|(own, id)| -> Result<(), EncodeError> {
                encoder.instance(own, |instance| {
                    instance.resource(0, Value::Integer(*id))?;
                    instance.resource(1, Value::Integer(lifetime))?;
                    instance.resource(6, Value::Boolean(true))?;
                    instance.resource(7, Value::String("U"))
                })
            })
        })
    });
    BootstrapData::from_bytes(&file.unwrap()).unwrap()
}
