// SPDX-License-Identifier: Apache-2.0
//! FT-03: whatever comes in, there is an error that says what, where and what to do.

use crate::{Desk, SAMPLE, bytes, simstrap};

#[test]
fn files_that_hold_no_bootstrap_data() {
    let desk = Desk::new();
    let garbage: Vec<u8> =
        (0..500_u32).map(|n| (n * n * 7 + n / 3).to_le_bytes()[0] | 0x80).collect();
    for (content, said, help) in [
        (vec![], "byte 0: 0 bytes are fewer than the 4 of the header", "it is empty"),
        (vec![0, 1, 0], "byte 0: 3 bytes are fewer than the 4 of the header", "cut off"),
        (bytes(&SAMPLE[..100]), "byte 49 (/0): the data ends inside", "cut off"),
        (garbage, "byte ", "cut off, altered"),
        (
            vec![0xFF; 256],
            "byte 0: the header is FF FF FF FF: the file is blank",
            "simstrap encode",
        ),
        (SAMPLE.into(), "byte ", "xxd -r -p b.bin | simstrap decode -"),
        (format!("{SAMPLE}\n").into(), "byte ", "it looks like hexadecimal text"),
        ("[0.1]\n0 = 'coap://a'\n".into(), "byte ", "simstrap encode makes the file from it"),
    ] {
        let run = desk.put("b.bin", &content).run(&["decode", "b.bin"]);
        run.failed(2);
        let expected = format!("error: b.bin is no valid bootstrap file\n  caused by: {said}");
        assert!(run.stderr.starts_with(&expected), "{expected}: {}", run.stderr);
        assert!(run.stderr.contains(help), "{help}: {}", run.stderr);
        let run = desk.run_with(&["decode", "-", "--lenient", "--format", "json"], &content);
        run.failed(2);
        assert!(run.stderr.starts_with("error: standard input is no valid bootstrap file\n"));
    }
}

#[test]
fn files_that_cannot_be_read() {
    let desk = Desk::new();
    desk.put("big.bin", vec![0; 40 * 1024]);
    std::fs::create_dir(desk.path("directory")).unwrap();
    for (file, code, said, help) in [
        ("big.bin", 2, "it is longer than 32768 bytes", "something else"),
        ("directory", 1, "directory", "name a file in this directory"),
        ("none.bin", 1, "No such file", "check the name"),
        ("none/b.bin", 1, "No such file", "check the name"),
    ] {
        let run = desk.run(&["decode", file]);
        run.failed(code);
        assert!(run.stderr.starts_with(&format!("error: cannot read {file}\n")), "{}", run.stderr);
        assert!(run.stderr.contains(said) && run.stderr.contains(help), "{}", run.stderr);
    }
    let run = desk.run_with(&["decode", "-"], &vec![0; 40 * 1024]);
    run.failed(2);
    assert!(run.stderr.starts_with("error: cannot read standard input\n"));
}

#[cfg(unix)]
#[test]
fn a_file_without_end_is_not_read_for_ever() {
    let run = simstrap(&["decode", "/dev/zero"]);
    run.failed(2);
    simstrap(&["encode", "/dev/zero", "-o", "out"]).failed(2);
    simstrap(&["read", "--card", "virtual", "--scp03", "/dev/zero"]).failed(1);
    simstrap(&["read", "--card", "virtual", "--pin-file", "/dev/zero"]).failed(1);
}

/// Description, where the error is said to be, and what it is said to be.
const DESCRIPTIONS: [(&str, &str, &str); 38] = [
    (" \n", "line 1", "there is nothing"),
    ("[0.1", "line 1", "unclosed table"),
    ("[0.1]\n0 = ", "line 2", ""),
    ("[0.1]\n0 = 'a'\n0 = 'b'", "line 3", "duplicate key"),
    ("[security.1]", "line 1", "`security` is no id"),
    ("[0.70000]", "line 1", "`70000` is no id"),
    ("[0.1]\nuri = 'coap://a'", "line 2", "`uri` is no id"),
    ("0 = 5", "line 1", "an integer stands where a table must"),
    ("[0]\n1 = 5", "line 2", "stands where a table must"),
    ("[0]\nversion = '1'", "line 2", "no version"),
    ("[0]\nversion = 1.1", "line 2", "no version"),
    ("[0]\nversion = '0.1'", "line 2", "no version"),
    ("\n\n[0.1]\n2 = true", "line 4 (/0/1/2)", "a truth value is no integer"),
    ("[0.1]\n2 = 99999999999999999999", "line 2 (/0/1/2)", "outside of what"),
    ("[0.1]\n5 = 'xyz'", "line 2 (/0/1/5)", "no sequence of bytes"),
    ("[0.1]\n17 = '21'", "line 2 (/0/1/17)", "no link"),
    ("[1.1]\n8 = 1", "line 2 (/1/1/8)", "can only be executed"),
    ("[0.1]\n2 = 1979-05-27", "line 2 (/0/1/2)", "is no integer"),
    ("[0.1]\n2 = { typ = 'integer' }", "line 2 (/0/1/2)", "`typ` is not known"),
    ("[0.1]\n2 = { type = 'integer' }", "line 2 (/0/1/2)", "no value"),
    ("[0.1]\n2 = { type = 'number', value = 1 }", "line 2 (/0/1/2)", "no type \"number\""),
    (
        "[0.1]\n2 = { type = 'string', value = '1' }",
        "line 2 (/0/1/2)",
        "of type integer, not string",
    ),
    ("[0.1]\n2 = { value = 1, instances = [1] }", "line 2 (/0/1/2)", "a value and instances"),
    ("[0.1]\n16 = [1,\n'x']", "line 3 (/0/1/16/1)", "a string is no unsigned"),
    ("[9.0]\n0 = { type = 'string', instances = { a = 'x' } }", "line 2", "`a` is no id"),
    ("{\"objects\": [}", "line 1, column 14", "expected value"),
    ("{\"object\": []}", "line 1", "missing field `objects`"),
    ("{\"objects\": [{\"id\": 0}]}", "line 1", "missing field `instances`"),
    (
        "{\"objects\": [{\"id\": 0, \"instances\": [], \"inst\": 1}]}",
        "line 1",
        "unknown field `inst`",
    ),
    ("{\"objects\": [{\"id\": 0, \"version\": \"1\", \"instances\": []}]}", "/0", "no version"),
    ("[{\"n\": \"/0/1/0\"}]", "record 1", "no value"),
    ("[{\"n\": \"/0/1\", \"v\": 1}]", "record 1", "does not lead to a resource"),
    ("[{\"n\": \"/0/1/2/3/4\", \"v\": 1}]", "record 1", "does not lead to a resource"),
    ("[{\"bn\": \"/0/1/\", \"n\": \"x\", \"v\": 1}]", "record 1", "does not lead to a resource"),
    ("[{\"n\": \"/0/1/2\", \"v\": 1, \"vs\": \"a\"}]", "record 1", "more than one value"),
    ("[{\"n\": \"/0/1/2\", \"v\": 1, \"bv\": 5}]", "record 1", "label \"bv\""),
    ("[{\"n\": \"/0/1/5\", \"vd\": \"+/\"}]", "record 1", "no base64url"),
    (
        "[{\"n\": \"/0/1/0\", \"vs\": \"a\"},\n{\"n\": \"/0/1/2\", \"vs\": \"a\"}]",
        "record 2",
        "of type integer",
    ),
];

#[test]
fn descriptions_that_describe_nothing() {
    let desk = Desk::new();
    for (description, place, problem) in DESCRIPTIONS {
        let run = desk.run_with(&["encode", "-", "-o", "out"], description.as_bytes());
        run.failed(2);
        let expected = format!("  caused by: {place}");
        assert!(run.stderr.contains(&expected), "{description}: {}", run.stderr);
        assert!(run.stderr.contains(problem), "{description}: {}", run.stderr);
        assert!(!desk.path("out").exists());
    }
}

#[test]
fn descriptions_of_what_no_file_can_hold() {
    let desk = Desk::new();
    let twice = "{\"objects\": [{\"id\": 3, \"instances\": []}, {\"id\": 3, \"instances\": []}]}";
    let run = desk.run_with(&["encode", "-", "-o", "out"], twice.as_bytes());
    run.failed(2);
    assert!(run.stderr.contains("(/3): object 3 stands here twice"), "{}", run.stderr);
    let long = format!("[9.0]\n0 = '{}'", "00".repeat(33_000));
    let run = desk.run_with(&["encode", "-", "-o", "out"], long.as_bytes());
    run.failed(2);
    assert!(run.stderr.contains("longer than the 32768 bytes"), "{}", run.stderr);
    let run = desk.run_with(&["encode", "-", "-o", "out"], b"[0.1]\n0 = '\xff'");
    run.failed(2);
    assert!(run.stderr.contains("line 2: this is no UTF-8"), "{}", run.stderr);
    let redacted = desk.run(&["read", "--format", "json"]).ok();
    let run = desk.run_with(&["encode", "-", "-o", "out"], &redacted.stdout);
    run.failed(2);
    assert!(run.stderr.contains("/0/1/5: the value is redacted"), "{}", run.stderr);
    assert!(run.stderr.contains("help: decode with --show-secrets"), "{}", run.stderr);
}

#[test]
fn deep_nesting_is_an_error() {
    let desk = Desk::new();
    for deep in [
        format!("{{\"objects\": {}", "[".repeat(100_000)),
        format!("{{\"other\": {}", "[".repeat(100_000)),
        format!("[0.1]\n0 = {}", "[".repeat(100_000)),
        format!("[0.1]\n0 = {}", "{ a = ".repeat(100_000)),
        format!("[{}]", "0.".repeat(100_000)),
    ] {
        desk.run_with(&["encode", "-", "-o", "out"], deep.as_bytes()).failed(2);
    }
}

#[test]
fn output_that_cannot_be_written() {
    let desk = Desk::new();
    desk.put("d.toml", "[0.1]\n10 = 5").put("file", "");
    std::fs::create_dir(desk.path("directory")).unwrap();
    for (output, help) in [
        ("none/out", "make the directory first"),
        ("directory", "name a file in this directory"),
        ("file/out", "choose another place"),
    ] {
        for arguments in [&["encode", "d.toml"][..], &["card", "new"]] {
            let run = desk.run(&[arguments, &["-o", output]].concat());
            assert_eq!(run.code, 1, "{output}: {}", run.stderr);
            assert!(run.stderr.contains(&format!("error: cannot write {output}\n")));
            assert!(run.stderr.contains(help), "{}", run.stderr);
        }
    }
}

#[test]
fn wrong_usage_is_exit_code_1_in_the_form_of_all_errors() {
    for (arguments, said) in [
        (&["frobnicate"][..], "unrecognized subcommand 'frobnicate'"),
        (&["read", "--frob"], "unexpected argument '--frob'"),
        (&["read", "--format", "xml"], "invalid value 'xml'"),
        (&["read", "--format"], "a value is required"),
        (&["decode"], "<FILE>"),
        (&["encode", "a.toml"], "--output <OUT>"),
        (&["encode", "a.toml", "-o", "b", "--size", "x"], "invalid value 'x'"),
        (&["card"], ""),
        (&["decode", "a\u{1b}[31m\nb", "c\u{1b}[31m"], "unexpected argument"),
    ] {
        let run = simstrap(arguments);
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{arguments:?}");
        if arguments != ["card"] {
            run.failed(1);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_goes_away_is_no_panic() {
    use std::process::Stdio;
    let desk = Desk::new();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["read"][..], &["read", "--format", "json"], &["demo"], &["--help"]] {
        // A pipe whose other end is closed.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let closed = desk.command(arguments).stdout(writer).output().unwrap();
        assert_eq!(closed.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8(closed.stderr).unwrap().matches("panic").count(), 0);
        // Standard error that takes nothing.
        let status = desk.command(arguments).stderr(full()).stdout(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
    for arguments in [&["read", "--format", "json"][..], &["run", "--dry-run"]] {
        let run = desk.command(arguments).stdout(full()).output().unwrap();
        assert_eq!(run.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(said.contains("error: cannot write standard output\n"), "{said}");
        assert!(said.contains("help: make room on the disk"), "{said}");
    }
    let run = desk.command(&["decode", "none"]).stderr(full()).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
}
