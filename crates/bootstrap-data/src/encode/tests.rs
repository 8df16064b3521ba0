// SPDX-License-Identifier: Apache-2.0
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use super::*;

fn encoded(value: Value<'_>) -> Vec<u8> {
    let mut buffer = [0; 400];
    let mut output = Output { buffer: &mut buffer, length: 0 };
    output.value(Kind::Resource, 1, value).unwrap();
    let length = output.length;
    buffer[..length].to_vec()
}

#[test]
fn integers_take_the_shortest_form() {
    for (number, bytes) in [
        (0, &[0xC1, 1, 0][..]),
        (-128, &[0xC1, 1, 0x80]),
        (128, &[0xC2, 1, 0x00, 0x80]),
        (-32768, &[0xC2, 1, 0x80, 0x00]),
        (32768, &[0xC4, 1, 0, 0, 0x80, 0x00]),
        (i64::from(i32::MAX) + 1, &[0xC8, 1, 8, 0, 0, 0, 0, 0x80, 0, 0, 0]),
    ] {
        assert_eq!(encoded(Value::Integer(number)), bytes, "{number}");
        assert_eq!(encoded(Value::Time(number)), bytes, "{number}");
    }
    assert_eq!(encoded(Value::Unsigned(40000)), [0xC2, 1, 0x9C, 0x40]);
    assert_eq!(encoded(Value::Unsigned(255)), [0xC1, 1, 0xFF]);
    assert_eq!(encoded(Value::Unsigned(0x1_0000)), [0xC4, 1, 0, 1, 0, 0]);
    assert_eq!(encoded(Value::Unsigned(u64::MAX))[..3], [0xC8, 1, 8]);
}

#[test]
fn floats_take_four_bytes_where_they_lose_nothing() {
    assert_eq!(encoded(Value::Float(42.5)), [0xC4, 1, 0x42, 0x2A, 0, 0]);
    assert_eq!(encoded(Value::Float(0.1)).len(), 3 + 8);
    assert_eq!(encoded(Value::Float(f64::NAN)).len(), 2 + 4);
    assert_eq!(encoded(Value::Float(f64::MAX)).len(), 3 + 8);
    assert_eq!(encoded(Value::Float(-0.0)), [0xC4, 1, 0x80, 0, 0, 0]);
}

#[test]
fn lengths_take_the_shortest_form() {
    for (length, header) in [
        (0, &[0xC0, 1][..]),
        (7, &[0xC7, 1]),
        (8, &[0xC8, 1, 8]),
        (255, &[0xC8, 1, 255]),
        (256, &[0xD0, 1, 1, 0]),
    ] {
        let value = vec![0x55; length];
        let bytes = encoded(Value::Opaque(&value));
        assert_eq!(bytes[..header.len()], *header);
        assert_eq!(bytes.len(), header.len() + length);
    }
}

#[test]
fn a_full_buffer_is_an_error() {
    let mut buffer = [0; 12];
    let mut encoder = Encoder::new(&mut buffer).unwrap();
    let error = encoder
        .object(0, None, |o| o.instance(0, |i| i.resource(0, Value::String("coap://x"))))
        .unwrap_err();
    assert_eq!(error, EncodeError::BufferTooSmall { available: 12 });
    assert!(Encoder::new(&mut [0; 3]).is_err());
}

/// An instance whose content, and a multiple resource whose content, grow beyond each form of the
/// length field.
fn nested(encoder: &mut Encoder<'_>, id: u16, length: usize) -> Result<(), EncodeError> {
    let value = vec![0x55; length];
    encoder.object(0, None, |object| {
        object.instance(id, |instance| {
            instance.multiple(id, |values| values.instance(id, Value::Opaque(&value)))?;
            instance.resource(1, Value::Boolean(true))
        })
    })
}

#[test]
fn a_buffer_of_the_length_of_the_file_is_enough_and_nothing_beyond_it_is_touched() {
    for id in [0, 255, 256] {
        for length in [0, 1, 3, 4, 5, 7, 8, 240, 250, 255, 256, 300] {
            let mut buffer = [0xA5; 400];
            let mut encoder = Encoder::new(&mut buffer).unwrap();
            nested(&mut encoder, id, length).unwrap();
            let file = encoder.finish().unwrap().to_vec();
            assert!(buffer[file.len()..].iter().all(|byte| *byte == 0xA5), "{id} {length}");
            assert!(crate::BootstrapDataRef::from_bytes(&file).is_ok(), "{id} {length}");

            let mut exact = vec![0; file.len()];
            let mut encoder = Encoder::new(&mut exact).unwrap();
            nested(&mut encoder, id, length).unwrap();
            assert_eq!(encoder.finish().unwrap(), file);
            let mut short = vec![0; file.len() - 1];
            let mut encoder = Encoder::new(&mut short).unwrap();
            let error = EncodeError::BufferTooSmall { available: file.len() - 1 };
            assert_eq!(nested(&mut encoder, id, length), Err(error));
        }
    }
}

#[test]
fn what_failed_is_not_given_out_half() {
    let mut buffer = [0; 64];
    let mut encoder = Encoder::new(&mut buffer).unwrap();
    let empty = encoder.object(0, None, |o| o.instance(0, |i| i.multiple(16, |_| Ok(()))));
    assert_eq!(empty, Err(EncodeError::EmptyMultiple));
    encoder.object(1, None, |_| Ok(())).unwrap();
    assert_eq!(encoder.finish().unwrap_err(), EncodeError::EmptyMultiple);
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    let value = vec![0x55; MAX_FILE];
    let mut buffer = vec![0; 2 * MAX_FILE];
    let mut encoder = Encoder::new(&mut buffer).unwrap();
    encoder.object(9, None, |o| o.instance(0, |i| i.resource(0, Value::Opaque(&value)))).unwrap();
    assert_eq!(encoder.finish().unwrap_err(), EncodeError::FileTooLong);
}
