// SPDX-License-Identifier: Apache-2.0
use super::*;
use crate::quirks::CardQuirk;

const MINIMAL: &str = "iccid = '8988211000000123458'\n[bootstrap]\ndata = '00000000'\n";

/// The sample with a line put in place of another.
fn sample_with(line: &str, other: &str) -> Result<CardDescription, DescriptionError> {
    assert_eq!(SAMPLE.matches(line).count(), 1, "{line:?}");
    CardDescription::from_toml(&SAMPLE.replace(line, other))
}

fn refusal(line: &str, other: &str) -> String {
    sample_with(line, other).unwrap_err().to_string()
}

#[test]
fn the_sample_is_a_card_and_names_every_quirk() {
    let description = CardDescription::sample().unwrap();
    assert_eq!(description.quirks, CardQuirkSet::EMPTY);
    assert!(description.scp03.is_some());
    for quirk in CardQuirk::ALL {
        let description =
            sample_with(&format!("\n{quirk} = false"), &format!("\n{quirk} = true")).unwrap();
        assert!(description.quirks.iter().eq([quirk]));
    }
}

#[test]
fn the_sample_holds_the_published_example() {
    let vectors = include_str!("../../testdata/published_example.hex");
    let digits: String = vectors.split_whitespace().collect();
    let expected = toml::from_str::<Wrapper>(&format!("data = '{digits}'")).unwrap();
    let description = CardDescription::sample().unwrap();
    let data = description.bootstrap.data.unwrap();
    assert_eq!(data.expose(), expected.data.expose());
    assert_eq!(data.expose().len(), 126);
}

#[derive(Deserialize)]
struct Wrapper {
    data: Secret,
}

#[test]
fn what_is_left_out_is_as_in_the_sample() {
    let minimal = CardDescription::from_toml(MINIMAL).unwrap();
    let sample = CardDescription::sample().unwrap();
    let shown = |description: &CardDescription| {
        let CardDescription {
            protocol, channels, application, directory, bootstrap, pin, adm, ..
        } = description;
        let file = (bootstrap.file_id, bootstrap.short_file_id, bootstrap.index);
        let (read, state) = (bootstrap.read, bootstrap.state);
        let secrets = (pin.value.expose(), adm.value.expose());
        format!(
            "{protocol:?} {channels} {application:?} {directory:?} {file:?} {read:?} {state:?} {pin:?} {adm:?} {secrets:?}"
        )
    };
    assert_eq!(shown(&minimal), shown(&sample));
    assert!(minimal.scp03.is_none());
}

#[test]
fn keys_of_the_secure_channel_are_kept() {
    let description = sample_with("# i = 0x70", "i = 0x70").unwrap();
    let keys = description.scp03.unwrap();
    assert_eq!(keys.enc.expose(), b"@ABCDEFGHIJKLMNO");
    assert_eq!((keys.key_version, keys.i), (0x30, Some(0x70)));
    assert_eq!((keys.mode, keys.challenge), (Scp03Mode::S8, ChallengeKind::PseudoRandom));
}

#[test]
fn what_is_left_out_of_the_secure_channel_is_as_in_the_sample_too() {
    let keys =
        ["enc", "mac", "dek"].map(|key| format!("{key} = '404142434445464748494a4b4c4d4e4f'"));
    let text = format!("{MINIMAL}[scp03]\nkey_version = 0x30\n{}\n", keys.join("\n"));
    let minimal = CardDescription::from_toml(&text).unwrap();
    let sample = CardDescription::sample().unwrap();
    assert_eq!(format!("{:?}", minimal.scp03), format!("{:?}", sample.scp03));
    assert_eq!(minimal.bootstrap.update, sample.bootstrap.update);
}

#[test]
fn refusals_name_the_key_and_what_to_write() {
    for (line, other, expected) in [
        ("channels = 3 ", "channels = 20 ", "`channels` is 20: give 0 to 19"),
        (
            "iccid = \"8988211000000123458\"",
            "iccid = \"89\"",
            "`iccid`: give 18 to 20 decimal digits in quotes",
        ),
        ("label = \"LwM2M\" ", "label = \"\" ", "`application.label` has 0 bytes: give 1 to 32"),
        (
            "aid = \"A000000063504B43532D3135\"",
            "aid = \"A000000087\"",
            "`application.aid`: begin it with A000000063504B43532D3135",
        ),
        (
            "aid = \"A000000063504B43532D3135\"",
            "aid = \"A000000063504B43532D31350102030405\"",
            "`application.aid` has 17 bytes: give 12 to 16",
        ),
        (
            "file_id = 0x7F50",
            "file_id = 0x2F00",
            "`application.file_id` is 0x2f00, which another file has: give another one",
        ),
        (
            "file_id = 0x6432",
            "file_id = 0x5031",
            "`bootstrap.file_id` is 0x5031, which another file has: give another one",
        ),
        (
            "# short_file_id = 5 ",
            "short_file_id = 31 ",
            "`bootstrap.short_file_id` is 31: give 1 to 30",
        ),
        (
            "# short_file_id = 5 ",
            "short_file_id = 17 ",
            "`bootstrap.short_file_id` is 0x0011, which another file has: give another one",
        ),
        ("size = 256", "size = 32769", "`bootstrap.size` is 32769: give 1 to 32768"),
        (
            "size = 256",
            "size = 125",
            "`bootstrap.size` is 125, the data has 126 bytes: make `size` larger",
        ),
        (
            "# index = 16 ",
            "index = 16384 ",
            "`bootstrap`: keep `size` and twice `index` within 32768 bytes, not 33024",
        ),
        ("# data_file =", "data_file =", "`bootstrap`: give `data` or `data_file`, not both"),
    ] {
        assert_eq!(refusal(line, other), expected, "{other}");
    }
    let nothing = CardDescription::from_toml("iccid = '8988211000000123458'\n[bootstrap]\n");
    assert_eq!(
        nothing.unwrap_err().to_string(),
        "`bootstrap`: give the data, as `data` or as `data_file`"
    );
}

#[test]
fn refusals_of_pins_and_keys_name_the_key_too() {
    let enc = "enc = \"404142434445464748494a4b4c4d4e4f\"";
    for (line, other, expected) in [
        (
            "reference = 0x81",
            "reference = 0x10",
            "`pin.reference` is 0x10: give 0x01 to 0x08, 0x11, or 0x81 to 0x88",
        ),
        (
            "value = \"1234\"",
            "value = \"12x4\"",
            "`pin.value`: give 4 to 8 decimal digits in quotes",
        ),
        ("tries = 3 ", "tries = 16 ", "`pin.tries` is 16: give 1 to 15"),
        ("value = \"3838383838383838\"", "value = \"38\"", "`adm.value` has 1 bytes: give 8"),
        ("key_version = 0x30", "key_version = 0", "`scp03.key_version` is 0: give 1 to 127"),
        (enc, "enc = \"40\"", "`scp03.enc` has 1 bytes: give 16, 24 or 32"),
        (
            "diversification_data = \"00000000000000000000\"",
            "diversification_data = \"0000\"",
            "line 64, `diversification_data`: expected 10 bytes, not 2",
        ),
        (
            "sessions = 0 ",
            "sessions = 0x1000000 ",
            "`scp03.sessions` is 16777216: give 0 to 16777215",
        ),
        ("# atr = \"3B021450\"", "atr = \"3B021450\"", "`atr`: leave it out, or mend it"),
        ("# attempts = 3 ", "attempts = 0 ", "`scp03.attempts` is 0: give 1 to 255"),
        (
            enc,
            "enc = \"404142434445464748494a4b4c4d4e4f4041424344454647\"",
            "`scp03`: give `enc`, `mac` and `dek` the same length",
        ),
    ] {
        assert_eq!(refusal(line, other), expected, "{other}");
    }
}

#[test]
fn what_is_no_description_is_refused_with_its_line() {
    let message = refusal("channels = 3 ", "channells = 3 ");
    assert!(
        message.starts_with("line 10, `channells`: unknown field `channells`, expected one of"),
        "{message}"
    );
    let message = refusal("dir-cyclic = false", "dir-square = true");
    assert!(message.contains("`dir-square`: unknown field"), "{message}");
    assert!(message.contains("`dir-cyclic`"), "{message}");
    let message = refusal("channels = 3 ", "channels = 300 ");
    assert!(message.starts_with("line 10, `channels`: "), "{message}");
    let message = refusal("protocol = \"T=1\"", "protocol = \"T=2\"");
    assert!(message.starts_with("line 8, `protocol`: unknown variant `T=2`"), "{message}");
    let message = refusal("channels = 3 ", "\"chan nels\" = 3 ");
    assert!(message.starts_with("line 10: unknown field `chan nels`"), "{message}");
    let message = refusal("[pin]", "[pin");
    assert!(message.starts_with("line "), "{message}");
    assert!(CardDescription::from_toml("").is_err());
}

#[test]
fn ft_04_no_refusal_shows_a_secret() {
    let pin = "value = \"1234\"";
    let enc = "enc = \"404142434445464748494a4b4c4d4e4f\"";
    for (line, other) in [
        (pin, "value = 97531"),
        (pin, "value = 9753197531975319753197531"),
        (pin, "value = 0x97531975319753197531975319753197"),
        (pin, "value = \"97531x\""),
        (pin, "value = [97531]"),
        (pin, "value = \"97531"),
        (pin, "value = 97531.5"),
        (pin, "value 97531"),
        (enc, "enc = \"97531z\""),
        (enc, "enc = 97531"),
        (enc, "enc = 0x97531975319753197531975319753197"),
        (enc, "enc = \"97531\""),
    ] {
        let error = sample_with(line, other).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("9753"), "{other}: {shown}");
    }
    let description = CardDescription::sample().unwrap();
    let shown = format!("{description:?}");
    assert!(!shown.contains("1234\"") && !shown.contains("[64, 65"), "{shown}");
}

#[test]
fn data_can_stand_in_a_file_beside_the_description() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let path = directory.join("card.toml");
    let text = MINIMAL.replace("data = '00000000'", "data_file = 'data.bin'");
    fs::write(&path, &text).unwrap();

    let missing = CardDescription::from_file(&path).unwrap_err().to_string();
    assert_eq!(missing, format!("cannot read {}", directory.join("data.bin").display()));

    fs::write(&path, format!("{text}#{}", "x".repeat(MAX_DESCRIPTION))).unwrap();
    let too_long = CardDescription::from_file(&path).unwrap_err().to_string();
    assert!(too_long.contains("longer than 262144 bytes"), "{too_long}");
    fs::write(&path, &text).unwrap();

    fs::write(directory.join("data.bin"), [1, 2, 3]).unwrap();
    let description = CardDescription::from_file(&path).unwrap();
    assert_eq!(description.bootstrap.data.unwrap().expose(), [1, 2, 3]);

    fs::write(directory.join("data.bin"), vec![0; MAX_FILE + 100]).unwrap();
    let too_long = CardDescription::from_file(&path).unwrap_err().to_string();
    assert_eq!(too_long, "`bootstrap.size` is 32769: give 1 to 32768");
}
