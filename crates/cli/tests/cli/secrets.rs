// SPDX-License-Identifier: Apache-2.0
//! FT-04: secrets are shown on demand only.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::help::COMMANDS;
use crate::{Desk, SAMPLE, SAMPLE_KEY, bytes};

/// The key in every form it could be printed in.
fn forms(key: &[u8]) -> Vec<String> {
    let lower = hex::encode(key);
    let spaced = |text: String| {
        let pairs = text.as_bytes().chunks(2).map(|pair| String::from_utf8(pair.into()).unwrap());
        // Dumps break the line after eight bytes.
        pairs.take(8).collect::<Vec<_>>().join(" ")
    };
    vec![
        lower.clone(),
        lower.to_uppercase(),
        spaced(lower.clone()),
        spaced(lower.to_uppercase()),
        BASE64_URL_SAFE_NO_PAD.encode(key),
        format!("{key:?}"),
        String::from_utf8_lossy(key).get(..8).unwrap_or_default().to_owned(),
    ]
}

fn assert_hidden(said: &str, key: &[u8], what: &str) {
    for form in forms(key) {
        assert!(!said.contains(&form), "{what} shows {form}:\n{said}");
    }
}

#[test]
fn ft_04_no_format_shows_a_secret_unless_asked_to() {
    let desk = Desk::new();
    desk.put("b.bin", bytes(SAMPLE)).put("keys.toml", crate::read::KEYS);
    for format in ["table", "json", "senml", "toml", "hex"] {
        for command in [
            &["read"][..],
            &["read", "--scp03", "keys.toml"],
            &["decode", "b.bin"],
            &["decode", "b.bin", "--lenient"],
        ] {
            let arguments = [command, &["--format", format]].concat();
            let run = desk.run(&arguments).ok();
            assert_hidden(&run.everything(), SAMPLE_KEY.as_bytes(), &format!("{arguments:?}"));
            assert_hidden(&run.everything(), &bytes("404142434445464748494a4b4c4d4e4f"), "keys");
            let shown = desk.run(&[&arguments[..], &["--show-secrets"]].concat()).ok();
            let said = shown.everything();
            assert!(
                forms(SAMPLE_KEY.as_bytes()).iter().any(|form| said.contains(form)),
                "{format}"
            );
        }
    }
}

#[test]
fn ft_04_what_cannot_be_redacted_is_left_out_and_said_so() {
    for format in ["senml", "toml"] {
        let run = crate::simstrap(&["read", "--format", format]).ok();
        let warning = "warning: /0/1/5 is a secret and left out; --show-secrets has it\n";
        assert!(run.stderr.contains(warning), "{format}: {}", run.stderr);
        let shown = crate::simstrap(&["read", "--format", format, "--show-secrets"]).ok();
        assert!(!shown.stderr.contains("warning"), "{format}: {}", shown.stderr);
    }
}

/// Whatever is wrong with data or a description, the key in it does not come out.
#[test]
fn ft_04_errors_show_no_secret() {
    let desk = Desk::new();
    let file = bytes(SAMPLE);
    let key = SAMPLE_KEY.as_bytes();
    for length in 0..file.len() {
        let run = desk.put("b.bin", &file[..length]).run(&["decode", "b.bin"]);
        run.failed(2);
        assert_hidden(&run.everything(), key, &format!("{length} bytes"));
    }
    for format in ["toml", "json", "senml"] {
        let shown = desk.run(&["read", "--format", format, "--show-secrets"]).ok();
        let text = shown.text();
        // Cut off everywhere in and around the key, and with the key where it does not belong.
        let at = forms(key).iter().find_map(|form| text.find(form.as_str())).unwrap();
        for end in at.saturating_sub(30)..(at + 60).min(text.len()) {
            let Some(cut) = text.get(..end) else { continue };
            let run =
                desk.run_with(&["encode", "-", "-o", "out", "--from", format], cut.as_bytes());
            assert_hidden(&run.everything(), key, &format!("{format} cut at {end}"));
        }
    }
    for wrong in [
        format!("[0.1]\n1 = '{SAMPLE_KEY}'"),
        format!("[0.1]\n5 = '{SAMPLE_KEY}'"),
        format!("[0.1]\n5 = {{ type = 'opaque', value = '{SAMPLE_KEY}', value2 = 1 }}"),
        format!("[0.1]\n5 = {{ value = ['{SAMPLE_KEY}', 1] }}"),
        format!(
            "{{\"objects\":[{{\"id\":0,\"instances\":[{{\"id\":1,\"resources\":[\
                 {{\"id\":5,\"value\":\"{SAMPLE_KEY}\"}}]}}]}}]}}"
        ),
        format!(
            "{{\"objects\":[{{\"id\":0,\"instances\":[{{\"id\":1,\"resources\":[\
                 {{\"id\":5,\"value\":{{\"{SAMPLE_KEY}\":1}}}}]}}]}}]}}"
        ),
        format!("[{{\"n\":\"/0/1/5\",\"vd\":\"{SAMPLE_KEY}\"}}]"),
        format!("[{{\"n\":\"/0/1/5\",\"vs\":\"{SAMPLE_KEY}\"}}]"),
    ] {
        let run = desk.run_with(&["encode", "-", "-o", "out"], wrong.as_bytes());
        run.failed(2);
        assert_hidden(&run.everything(), key, &wrong);
    }
}

#[test]
fn ft_04_no_secret_is_an_argument() {
    let mut with_secret = BTreeSet::new();
    for command in COMMANDS {
        let help = crate::simstrap(&[command, &["--help"]].concat()).ok();
        let lines = help.text().lines().map(|line| line.trim().to_lowercase());
        for argument in lines.filter(|line| line.starts_with(['-', '<', '[']) && line.contains('<'))
        {
            let words = ["pin", "key", "scp03", "adm", "psk", "secret"];
            if words.iter().any(|word| argument.contains(word)) {
                with_secret.insert(argument);
            }
        }
    }
    // All of them name a file; those without a value hold nothing.
    let files = ["--adm-pin-file <file>", "--pin-file <file>", "--scp03 <keys.toml>"];
    assert_eq!(with_secret, files.map(str::to_owned).into());
}
