// SPDX-License-Identifier: Apache-2.0
//! `--help` and `--version`.

use crate::simstrap;

/// Every command, word by word.
pub(crate) const COMMANDS: [&[&str]; 14] = [
    &[],
    &["read"],
    &["decode"],
    &["encode"],
    &["check"],
    &["run"],
    &["card"],
    &["card", "new"],
    &["card", "serve"],
    &["card", "write"],
    &["demo"],
    &["doctor"],
    &["completions"],
    &["man"],
];

#[test]
fn help_ends_with_an_example() {
    for command in COMMANDS {
        let run = simstrap(&[command, &["--help"]].concat()).ok();
        assert_eq!(run.stderr, "");
        let (_, example) = run.text().rsplit_once("\nExample").expect("an example");
        let lines: Vec<_> = example.lines().skip(1).collect();
        assert!(lines.iter().all(|line| line.starts_with("  simstrap ")), "{example}");
        let own = format!("  simstrap {}", command.join(" "));
        assert!(lines.iter().any(|line| line.starts_with(own.trim_end())), "{example}");
    }
}

/// The lines of an example do what they say, one after the other.
#[cfg(unix)]
#[test]
fn the_examples_work() {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_simstrap"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    for command in COMMANDS {
        let desk = crate::Desk::new();
        desk.put("bootstrap.bin", crate::bytes(crate::SAMPLE));
        desk.put("adm.txt", "88888888")
            .put_card("CARD.toml", &[])
            .put("KEYS.toml", crate::read::KEYS);
        desk.put("POLICY.toml", "minimum_security_mode = \"psk\"");
        desk.put("accounts.toml", crate::FACTORY);
        if command == ["card", "new"] || command == ["card"] {
            std::fs::remove_file(desk.path("CARD.toml")).unwrap();
        }
        let help = simstrap(&[command, &["--help"]].concat()).ok();
        let (_, example) = help.text().rsplit_once("\nExample").unwrap();
        let script: Vec<_> = example.lines().skip(1).map(str::trim).collect();
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-ec", &script.join("\n")])
            .current_dir(desk.path("."))
            .env("PATH", &path)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        // Those that serve end when they are told to.
        let run = crate::finish(&mut shell, b"quit\n");
        assert_eq!(run.code, 0, "{script:?}: {}", run.stderr);
    }
}

#[test]
fn version_is_told() {
    let expected = format!("simstrap {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(simstrap(&["-V"]).ok().text(), expected);
    let features = if cfg!(feature = "pcsc") {
        "features: +pcsc\ncards: virtual, at, at+tcp, pcsc\n"
    } else {
        "features: -pcsc\ncards: virtual, at, at+tcp\n"
    };
    assert_eq!(simstrap(&["--version"]).ok().text(), expected + features);
}

#[test]
fn no_command_shows_the_help_and_is_an_error() {
    let run = simstrap(&[]);
    assert_eq!((run.code, run.text()), (1, ""));
    assert!(run.stderr.contains("Usage: simstrap <COMMAND>"), "{}", run.stderr);
}
