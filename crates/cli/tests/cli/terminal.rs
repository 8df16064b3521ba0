// SPDX-License-Identifier: Apache-2.0
//! On a terminal, and not on one: colours, width, escapes, prompts.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::{Desk, bytes, file_with};

/// Runs the command on a terminal of its own with so many columns, and types `input` once the
/// command has switched the echo off. Gives exit code and what the terminal got.
fn on_terminal(desk: &Desk, arguments: &[&str], columns: u16, input: &str) -> (i32, String) {
    on_terminal_with(desk, arguments, columns, input, &[])
}

/// The same, with variables in the environment.
fn on_terminal_with(
    desk: &Desk,
    arguments: &[&str],
    columns: u16,
    input: &str,
    variables: &[(&str, &str)],
) -> (i32, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let slave = File::from(rustix::fs::open(name, flags, Mode::empty()).unwrap());
    let mut command = Command::new("setsid");
    command
        .args(["-c", "-w", env!("CARGO_BIN_EXE_simstrap")])
        .args(arguments)
        .current_dir(desk.path("."))
        .env("TERM", "xterm-256color")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CI")
        .env_remove("NO_COLOR")
        .envs(variables.iter().copied())
        .stdin(Stdio::from(slave.try_clone().unwrap()))
        .stdout(Stdio::from(slave.try_clone().unwrap()))
        .stderr(Stdio::from(slave));
    let mut child = command.spawn().unwrap();
    // Or the terminal would stay open here.
    drop(command);
    let mut master = File::from(master);
    if !input.is_empty() {
        while tcgetattr(&master).unwrap().local_modes.contains(LocalModes::ECHO) {
            assert!(child.try_wait().unwrap().is_none(), "it ended without asking");
            std::thread::yield_now();
        }
        master.write_all(input.as_bytes()).unwrap();
    }
    let mut shown = Vec::new();
    // Linux reports an error when the last user of the terminal has closed it.
    let _closed = master.read_to_end(&mut shown);
    (child.wait().unwrap().code().unwrap(), String::from_utf8(shown).unwrap())
}

/// What is left when the styles that we use ourselves are taken out.
fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let (style, after) = after.split_once('m').expect("a style");
        assert!(style.chars().all(|c| c.is_ascii_digit() || c == ';'), "{style}");
        rest = after;
    }
    plain + rest
}

#[test]
fn colours_are_for_terminals() {
    let desk = Desk::new();
    for arguments in [
        &["read"][..],
        &["decode", "none"],
        &["demo"],
        &["read", "--format", "hex"],
        &["doctor", "--card", "virtual"],
    ] {
        let (_, shown) = on_terminal(&desk, arguments, 80, "");
        assert!(shown.contains("\u{1b}["), "{arguments:?}");
        let piped = desk.run(arguments).everything();
        assert!(!piped.contains('\u{1b}'), "{arguments:?}");
        let plain = without_styles(&shown).replace("\r\n", "\n");
        let widest = plain.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{plain}");
    }
}

/// Object 33000 with a value of 8,000 bytes.
fn large_file() -> Vec<u8> {
    let resource = [&[0xD0, 0x00, 0x1F, 0x40][..], &[b'a'; 8000]].concat();
    let length = u16::try_from(resource.len()).unwrap().to_be_bytes();
    file_with(33000, &[&[0x10, 0x00][..], &length, &resource].concat())
}

#[test]
fn how_far_a_long_reading_or_writing_has_come_is_for_terminals() {
    let desk = Desk::new();
    desk.put("large.bin", large_file());
    desk.put("ADM", "88888888").put("KEYS.toml", crate::read::KEYS);
    let sample = "data_file = \"large.bin\"\n[adm]\nvalue = \"3838383838383838\"\n[scp03]\n";
    let keys = "key_version = 0x30\n".to_owned() + crate::read::KEYS;
    let iccid = "iccid = \"8988211000000999990\"\n[bootstrap]\n";
    desk.put("large.toml", [iccid, "size = 9000\n", sample, &keys].concat());
    let read = ["read", "--card", "virtual:large.toml", "--format", "json"];
    let shown_by = |arguments: &[&str], variables: &[(&str, &str)]| {
        let (code, shown) = on_terminal_with(&desk, arguments, 80, "", variables);
        // There is no account in the data.
        assert_eq!(code, 2, "{}", shown.get(..400).unwrap_or(&shown));
        shown
    };
    // The header tells how much is in use, 8,018 bytes.
    let shown = shown_by(&read, &[]);
    let (before, result) = shown.split_once('{').expect("a result");
    let drawn = "reading the card: [=====>              ] 2.00 KiB of 7.83 KiB, ";
    assert!(before.contains(drawn), "{before:?}");
    assert!(!result.contains("reading the card"), "what was shown has made room");
    // Within a secure channel that is hidden.
    let shown = shown_by(&[&read[..], &["--scp03", "KEYS.toml"]].concat(), &[]);
    assert!(shown.contains("reading the card: 2."), "{shown:?}");
    // Written is the whole file.
    let write = "card write large.bin --card virtual:large.toml --adm-pin-file ADM";
    let shown = shown_by(&write.split(' ').collect::<Vec<_>>(), &[]);
    let (before, after) = shown.split_once("reading it back: [").expect("two bars");
    assert!(before.contains("writing to the card: [") && before.contains(" of 8.79 KiB, "));
    assert!(after.contains(" of 8.79 KiB, "), "{after:?}");

    let piped = desk.run(&read);
    assert!(piped.text().starts_with('{') && piped.stderr.is_empty(), "{}", piped.stderr);
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(shown_by(&read, &[variable]).starts_with('{'), "{variable:?}");
    }
    let (_, small) = on_terminal(&desk, &["read"], 80, "");
    assert!(!small.contains("reading the card"), "{small:?}");
}

#[test]
fn no_color_is_respected_on_a_terminal() {
    let desk = Desk::new();
    desk.put("none.bin", [0; 3]);
    for arguments in [
        &["read"][..],
        &["decode", "none.bin"],
        &["demo"],
        &["doctor", "--card", "virtual"],
        &["read", "--format", "hex"],
        &["run", "--dry-run", "--once"],
        &["--help"],
        &["nothing"],
    ] {
        let (_, shown) = on_terminal_with(&desk, arguments, 80, "", &[("NO_COLOR", "1")]);
        assert!(!shown.contains('\u{1b}'), "{arguments:?}: {shown:?}");
    }
}

#[test]
fn machine_formats_have_no_colours_anywhere() {
    let desk = Desk::new();
    for format in ["json", "senml", "toml"] {
        let arguments = ["read", "--card", "virtual", "--format", format, "--show-secrets"];
        let (code, shown) = on_terminal(&desk, &arguments, 80, "");
        assert_eq!(code, 0);
        assert_eq!(shown.replace("\r\n", "\n"), desk.run(&arguments).text());
    }
}

#[test]
fn no_color_is_respected() {
    let desk = Desk::new();
    let output = |variables: &[(&str, &str)]| {
        let mut command = desk.command(&["read"]);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(output(&[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!output(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn long_values_are_wrapped_where_the_terminal_ends() {
    let desk = Desk::new();
    // Security 0: a URI of 204 characters and a PSK identity of 40 wide ones.
    let uri = format!("coap://{}.example", "a".repeat(188));
    let binding = "東京".repeat(20);
    let description = format!(
        "[0.0]\n0 = '{uri}'\n1 = false\n2 = 3\n10 = 1\n[1.0]\n0 = 1\n1 = 60\n6 = true\n7 = '{binding}'"
    );
    desk.put("d.toml", description).run(&["encode", "d.toml", "-o", "b.bin"]);
    for columns in [40, 80, 120] {
        for format in ["table", "hex"] {
            let arguments = ["decode", "b.bin", "--format", format];
            let (code, shown) = on_terminal(&desk, &arguments, columns, "");
            assert_eq!(code, 0, "{shown}");
            let plain = without_styles(&shown).replace("\r\n", "\n");
            for line in plain.lines().filter(|_| columns >= 80) {
                let wide = line.chars().filter(|c| matches!(c, '東' | '京')).count();
                assert!(line.chars().count() + wide <= usize::from(columns), "{columns}: {line}");
            }
            if format == "table" {
                let joined: String = plain.split_whitespace().collect();
                assert!(joined.contains(&uri) && joined.contains(&binding), "{plain}");
            }
        }
    }
    let piped = desk.run(&["decode", "b.bin"]).ok();
    assert!(piped.text().contains(&uri), "nothing is wrapped in a pipe");
}

#[test]
fn text_from_the_card_does_nothing_to_a_terminal() {
    // Object 5: package name with a colour, a title, a bell, C1 controls and a change of direction.
    let nasty = "\u{1b}[31m\u{1b}]0;owned\u{7}\r\n\u{9b}2J\u{202e}txt.exe\u{7f}\u{e0041}";
    let mut resource = vec![0xC8, 6, u8::try_from(nasty.len()).unwrap()];
    resource.extend(nasty.as_bytes());
    let instance = [&[0x08, 0, u8::try_from(resource.len()).unwrap()], &resource[..]].concat();
    let desk = Desk::new();
    desk.put("b.bin", file_with(5, &instance));
    for format in ["table", "json", "senml", "toml", "hex"] {
        let arguments = ["decode", "b.bin", "--format", format];
        let (_, shown) = on_terminal(&desk, &arguments, 80, "");
        let plain = without_styles(&shown.replace("\r\n", "\n"));
        let obeyed =
            |c: &char| c.is_control() && *c != '\n' || matches!(c, '\u{202e}' | '\u{e0041}');
        assert_eq!(plain.chars().find(obeyed), None, "{format}: {plain:?}");
        assert!(plain.contains("[31m") || format == "hex", "{format}: {plain:?}");
    }
    let json = desk.run(&["decode", "b.bin", "--format", "json"]).json();
    assert_eq!(json["objects"][0]["instances"][0]["resources"][0]["value"], nasty);
    let arguments = ["decode", "b.bin", "--format", "toml"];
    let encoded = desk.run_with(&["encode", "-", "-o", "-"], &desk.run(&arguments).stdout);
    assert_eq!(encoded.stdout, desk.get("b.bin"));
    // A URI with controls, in the accounts and in findings.
    let description = "[0.0]\n0 = \"coap://\\u001b[31m\"\n2 = 3";
    desk.put("d.toml", description).run(&["encode", "d.toml", "-o", "u.bin"]);
    let run = desk.run(&["decode", "u.bin"]);
    assert!(!run.everything().contains('\u{1b}'));
    assert!(run.text().contains("coap://\\u{1b}[31m"), "{}", run.text());
}

#[test]
fn names_of_files_do_nothing_to_a_terminal() {
    let desk = Desk::new();
    let name = "a\u{1b}[31m\u{7}.bin";
    let run = desk.run(&["decode", name]);
    run.failed(1);
    assert!(run.stderr.starts_with("error: cannot read a\\u{1b}[31m\\u{7}.bin\n"));
    let run = desk.put(name, [0; 4]).run(&["decode", name]);
    assert!(!run.everything().contains('\u{1b}'));
    assert!(run.text().contains("a\\u{1b}[31m\\u{7}.bin, 4 of 4 bytes used"), "{}", run.text());
}

#[test]
fn bytes_do_not_go_to_a_terminal() {
    let desk = Desk::new();
    desk.put("d.toml", "[0.0]\n10 = 5");
    for arguments in
        [&["read", "--card", "virtual", "--format", "raw"][..], &["encode", "d.toml", "-o", "-"]]
    {
        let (code, shown) = on_terminal(&desk, arguments, 80, "");
        assert_eq!(code, 1, "{shown}");
        let plain = without_styles(&shown);
        assert!(plain.contains("error: cannot write standard output"), "{plain}");
        assert!(plain.contains("help: redirect it: > FILE, or | COMMAND"), "{plain}");
    }
}

#[test]
fn ft_04_a_pin_is_asked_for_without_showing_it() {
    let desk = Desk::new();
    desk.put_card("c.toml", &[("read = \"always\"", "read = \"pin\"")]);
    let arguments = ["read", "--card", "virtual:c.toml", "--pin-file", "-"];
    let (code, shown) = on_terminal(&desk, &arguments, 80, "1234\n");
    assert_eq!(code, 0, "{shown}");
    let (prompt, rest) = shown.split_once("PIN: ").expect("a prompt");
    assert!(!prompt.contains("1234") && !rest.split("ICCID").next().unwrap().contains("1234"));
    let (code, shown) = on_terminal(&desk, &arguments, 80, "97531\n");
    assert_eq!(code, 5, "{shown}");
    assert!(!shown.contains("97531"), "{shown}");
}

#[test]
fn what_is_empty_is_shown_too() {
    let desk = Desk::new();
    // An object with an instance without resources, and a file without objects.
    desk.put("b.bin", bytes("0001000700030000020000")).put("e.bin", [0; 4]);
    let run = desk.run(&["decode", "b.bin"]);
    assert_eq!(run.code, 2);
    let empty = "\nObject 3 Device\n  Instance 0\n    no resources\n";
    assert!(run.text().contains(empty), "{}", run.text());
    let run = desk.run(&["decode", "e.bin"]);
    assert_eq!(run.code, 2);
    assert!(run.text().contains("\nAccounts\n  none\n"), "{}", run.text());
}
