// SPDX-License-Identifier: Apache-2.0
//! All formats on altered data: no panic, and what is shown encodes to data that shows the same.

use std::path::Path;

use simstrap_policy::bootstrap_data::BootstrapDataRef;
use simstrap_policy::bootstrap_data::reader::Digest;
use simstrap_policy::bootstrap_data::scp03::apdu::Cost;

use super::{hex, json, senml, table, toml};
use crate::input;
use crate::source::{Origin, Stream};
use crate::terminal::is_hidden;
use crate::view::{Decoding, FileView, Provenance, Secrets, Stance, View};

const DATA: &str = "0002007a000000005e08015bc80022636f6170733a2f2f65752e696f742e617673797374\
656d2e636c6f75643a35363834c10100c10200c803146578616d706c652d70736b2d6964656e74697479c80513337840\
6d706c3350354b3533637233744b3379c10a01000100001208010fc10001c40100015180c10600c10755";

fn view<'a>(data: BootstrapDataRef<'a>, decoding: Decoding<'_>) -> View<'a> {
    let used = data.as_bytes();
    let file = FileView {
        path: "file".to_owned(),
        size: Some(used.len()),
        used: used.len(),
        digest: Digest::of(used),
    };
    let provenance = Provenance {
        card: None,
        file,
        quirks: Vec::new(),
        cost: Cost::default(),
        scp03_keys: None,
        stance: &Stance::default(),
    };
    View::of(data, provenance, Secrets::Shown, decoding)
}

/// The objects, as JSON has them.
fn objects(view: &View<'_>) -> serde_json::Value {
    let mut document: serde_json::Value = serde_json::from_str(&json::render(view)).unwrap();
    document["objects"].take()
}

/// Encodes a description and looks at the result.
fn reencoded(text: &str, format: input::Format) -> Result<serde_json::Value, String> {
    let origin = Origin::new(Path::new("-"), Stream::Input);
    let draft = input::read(text.as_bytes(), &origin, Some(format)).map_err(|e| e.to_string())?;
    let file = draft.encode().map_err(|error| error.to_string())?;
    let data = BootstrapDataRef::from_bytes(&file).map_err(|error| error.to_string())?;
    Ok(objects(&view(data, Decoding::Strict)))
}

/// Every bit of the sample flipped, one by one, and every byte replaced by some others.
fn altered() -> impl Iterator<Item = Vec<u8>> {
    let data = ::hex::decode(DATA).unwrap();
    let changes = (0..8).map(|bit| (1 << bit, 0)).chain([0x00, 0x7F, 0xFF].map(|byte| (0, byte)));
    let changes: Vec<(u8, u8)> = changes.collect();
    (0..data.len()).flat_map(move |position| {
        let altered = |(flip, byte): &(u8, u8)| {
            let mut altered = data.clone();
            altered[position] = if *flip == 0 { *byte } else { altered[position] ^ flip };
            altered
        };
        changes.iter().map(altered).collect::<Vec<_>>()
    })
}

#[test]
fn what_is_shown_is_encoded_to_data_that_shows_the_same() {
    let mut decoded = 0;
    for file in altered() {
        let Ok(data) = BootstrapDataRef::from_bytes(&file) else { continue };
        decoded += 1;
        let view = view(data, Decoding::Strict);
        let expected = objects(&view);
        let described = [
            (json::render(&view), input::Format::Json),
            (toml::render(&view).text, input::Format::Toml),
            (senml::render(&view).text, input::Format::Senml),
        ];
        for (text, format) in described {
            assert_eq!(reencoded(&text, format).as_ref(), Ok(&expected), "{text}");
        }
    }
    assert!(decoded > 500, "{decoded} of the altered files are well formed");
}

#[test]
fn ft_03_altered_data_is_shown_in_every_format_without_controls() {
    for file in altered() {
        let mut deviations = Vec::new();
        let report = |deviation| deviations.push(deviation);
        let Ok(data) = BootstrapDataRef::from_bytes_lenient(&file, report) else { continue };
        let view = view(data, Decoding::Lenient(&deviations));
        let shown = [
            json::render(&view),
            toml::render(&view).text,
            senml::render(&view).text,
            table::render(&view, Some(30)),
            hex::render(data, &file, Secrets::Shown, Some(30)),
        ];
        for text in shown {
            let plain = anstream::adapter::strip_str(&text).to_string();
            let hidden = plain.chars().find(|c| is_hidden(*c) && *c != '\n');
            assert_eq!(hidden, None, "{text:?}");
        }
    }
}
