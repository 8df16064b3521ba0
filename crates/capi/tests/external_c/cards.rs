// SPDX-License-Identifier: Apache-2.0
//! Cards with more on them than the built-in one has.

use simstrap_policy::bootstrap_data::reader::{ReadOptions, read_card};
use simstrap_policy::bootstrap_data::scp03::apdu::blocking;
use simstrap_policy::bootstrap_data::{
    BootstrapData, Content, EncodeError, Encoder, ObjectLink, Value,
};
use simstrap_virtual_card::VirtualCard;

/// A card with data.
pub(crate) fn holding(
    write: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
) -> VirtualCard {
    let mut card = VirtualCard::sample().unwrap();
    card.update_bootstrap_data(&BootstrapData::encode(write).unwrap()).unwrap();
    card
}

/// The secret key of the account on the built-in card, from its data.
pub(crate) fn key_of_the_sample() -> Vec<u8> {
    let card = VirtualCard::sample().unwrap();
    let read = blocking::run(read_card(card, &mut ReadOptions::in_the_clear())).unwrap().unwrap();
    let data = read.reading.data.unwrap();
    let security = data.as_ref().object(0).unwrap().instance(1).unwrap();
    match security.resource(5).unwrap().content() {
        Content::Single(key) => key.bytes().to_vec(),
        Content::Multiple(_) => panic!("a key is a single resource"),
    }
}

/// Two accounts: servers 1 and 2.
pub(crate) fn two_accounts() -> VirtualCard {
    holding(|data| {
        data.object(0, None, |object| {
            for (id, uri) in [(1, "coaps://a.example"), (2, "coaps://b.example")] {
                object.instance(id, |security| {
                    security.resource(0, Value::String(uri))?;
                    security.resource(1, Value::Boolean(false))?;
                    security.resource(2, Value::Integer(0))?;
                    security.resource(3, Value::Opaque(b"identity"))?;
                    security.resource(5, Value::Opaque(format!("secret {id}").as_bytes()))?;
                    security.resource(10, Value::Integer(id.into()))
                })?;
            }
            Ok(())
        })?;
        data.object(1, None, |object| {
            for id in [1, 2] {
                object.instance(id, |server| {
                    server.resource(0, Value::Integer(id.into()))?;
                    server.resource(1, Value::Integer(i64::from(id) * 60))?;
                    server.resource(6, Value::Boolean(false))?;
                    server.resource(7, Value::String("U"))
                })?;
            }
            Ok(())
        })
    })
}

/// An account and an Access Control instance for it: an object that a stack may not have.
pub(crate) fn with_access_control() -> VirtualCard {
    holding(|data| {
        data.object(0, None, |object| {
            object.instance(1, |security| {
                security.resource(0, Value::String("coap://a.example"))?;
                security.resource(1, Value::Boolean(false))?;
                security.resource(2, Value::Integer(3))?;
                security.resource(10, Value::Integer(1))
            })
        })?;
        data.object(1, None, |object| {
            object.instance(1, |server| {
                server.resource(0, Value::Integer(1))?;
                server.resource(1, Value::Integer(60))?;
                server.resource(6, Value::Boolean(false))?;
                server.resource(7, Value::String("U"))
            })
        })?;
        data.object(2, None, |object| {
            object.instance(0, |access| {
                access.resource(0, Value::Integer(1))?;
                access.resource(1, Value::Integer(1))?;
                access.multiple(2, |list| list.instance(1, Value::Integer(3)))?;
                access.resource(3, Value::Integer(1))
            })
        })
    })
}

/// An account with resources that have several instances, and of types that others have not.
pub(crate) fn with_multiple_resources() -> VirtualCard {
    let link = |instance| Value::ObjectLink(ObjectLink { object: 11, instance });
    holding(|data| {
        data.object(0, None, |object| {
            object.instance(1, |security| {
                security.resource(0, Value::String("coaps://a.example"))?;
                security.resource(1, Value::Boolean(false))?;
                security.resource(2, Value::Integer(0))?;
                security.resource(3, Value::Opaque(b"identity"))?;
                security.resource(5, Value::Opaque(b"secret"))?;
                security.resource(10, Value::Integer(1))?;
                security.resource(14, Value::String("a.example"))?;
                security.multiple(16, |suites| {
                    suites.instance(0, Value::Unsigned(0xC0A8))?;
                    suites.instance(7, Value::Unsigned(0xC0AE))
                })
            })
        })?;
        data.object(1, None, |object| {
            object.instance(1, |server| {
                server.resource(0, Value::Integer(1))?;
                server.resource(1, Value::Integer(60))?;
                server.resource(6, Value::Boolean(false))?;
                server.resource(7, Value::String("U"))?;
                server.resource(10, link(0))?;
                server.resource(13, Value::Unsigned(5))?;
                server.multiple(24, |links| {
                    links.instance(0, link(1))?;
                    links.instance(1, link(2))
                })
            })
        })
    })
}
