// SPDX-License-Identifier: Apache-2.0
//! What is installed beside the command: completions, manual pages.

use std::fs;

use crate::{Desk, simstrap};

#[test]
fn every_shell_gets_all_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = simstrap(&["completions", shell]).ok();
        for word in ["read", "decode", "encode", "check", "run", "card", "doctor", "adm-pin-file"] {
            assert!(run.text().contains(word), "{shell}: {word}");
        }
    }
    simstrap(&["completions", "tcsh"]).failed(1);
}

#[cfg(unix)]
#[test]
fn bash_completes_with_what_it_gets() {
    let desk = Desk::new();
    desk.put("simstrap.bash", simstrap(&["completions", "bash"]).ok().stdout);
    let script = "source ./simstrap.bash; COMP_WORDS=(simstrap doc); COMP_CWORD=1; \
        _simstrap simstrap doc simstrap; echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", script])
        .current_dir(desk.path("."))
        .output()
        .expect("bash runs: Debian package bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "doctor\n", "{output:?}");
}

#[test]
fn every_command_has_a_manual_page() {
    let desk = Desk::new();
    desk.run(&["man", "man1"]).ok();
    let mut names: Vec<_> = fs::read_dir(desk.path("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let commands = "card card-new card-serve card-write check completions decode demo doctor encode \
        man read run";
    let mut expected: Vec<_> =
        commands.split_whitespace().map(|command| format!("simstrap-{command}.1")).collect();
    expected.push("simstrap.1".to_owned());
    expected.sort();
    assert_eq!(names, expected);
    let page = String::from_utf8(desk.get("man1/simstrap-read.1")).unwrap();
    assert!(page.contains("pin\\-file") && page.contains("Examples:"), "{page}");
}

#[test]
fn pages_go_into_a_directory_only() {
    let desk = Desk::new();
    desk.put("file", "");
    desk.run(&["man", "file"]).failed(1);
    assert_eq!(desk.get("file"), b"");
}
