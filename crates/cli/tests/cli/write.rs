// SPDX-License-Identifier: Apache-2.0
//! Writing to a card. A virtual card lives as long as the command; what stays on one is shown
//! where it is served, in the tests with programs of others.

use crate::{Desk, SAMPLE, SAMPLE_SHA256, TWO_SERVERS, bytes};

/// A desk with a file, the PIN, keys, and a card with room.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("bootstrap.bin", bytes(SAMPLE)).put("adm.txt", "88888888\n");
    desk.put("KEYS.toml", crate::read::KEYS);
    desk.put_card("CARD.toml", &[("update = \"adm\"", "update = \"secure-channel\"")]);
    desk
}

#[test]
fn a_file_and_a_description_are_written_alike() {
    let desk = desk();
    let described = desk.run(&["read", "--format", "toml", "--show-secrets"]).ok();
    desk.put("accounts.toml", described.text());
    for file in ["bootstrap.bin", "accounts.toml"] {
        let run = desk.run(&["card", "write", file, "--adm-pin-file", "adm.txt"]).ok();
        let expected = "wrote 126 bytes to file 6432 of card 8988211000000123458 (in the clear), \
                        filled up to 256, and read them back\n";
        assert!(run.text().starts_with(expected), "{}", run.text());
        assert!(run.text().contains(SAMPLE_SHA256), "{}", run.text());
        let note =
            "note: this is the built-in sample card; for another, --card virtual:CARD.toml\n";
        assert!(run.stderr.starts_with(note), "{}", run.stderr);
    }
    let secure = ["card", "write", "bootstrap.bin", "--card", "virtual:CARD.toml"];
    let run = desk.run(&[&secure[..], &["--scp03", "KEYS.toml"]].concat()).ok();
    assert!(run.text().contains("(SCP03)"), "{}", run.text());
}

#[test]
fn what_is_not_written_is_said_with_the_state_of_the_file() {
    let desk = desk();
    desk.put("wrong.txt", "00000000").put("no.txt", "123").put("large.bin", bytes(TWO_SERVERS));
    let write = |arguments: &[&str], code: i32, reasons: &[&str]| {
        let run = desk.run(&[&["card", "write"], arguments].concat());
        run.failed(code);
        for reason in reasons {
            assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
        }
    };
    write(&["bootstrap.bin"], 5, &["nothing was written", "give the administrative PIN (ADM1)"]);
    write(
        &["bootstrap.bin", "--adm-pin-file", "wrong.txt"],
        5,
        &["verifying the administrative PIN", "9 tries left", "make sure of the PIN"],
    );
    write(&["bootstrap.bin", "--adm-pin-file", "no.txt"], 1, &["four to eight characters"]);
    write(
        &["large.bin", "--adm-pin-file", "adm.txt"],
        5,
        &["the data has 324 bytes, file 6432 has room for 256", "leave out"],
    );
    desk.put("bad.bin", [0, 1, 0, 9, 0]);
    write(&["bad.bin", "--adm-pin-file", "adm.txt"], 2, &["bad.bin is no valid bootstrap file"]);
    write(&["none.bin"], 1, &["cannot read none.bin"]);
    desk.put_card("USIM.toml", &[("dir-missing = false", "dir-missing = true")]);
    let card = ["bootstrap.bin", "--card", "virtual:USIM.toml"];
    write(&card, 4, &["finding the bootstrap file", "no list of applications"]);
}

#[test]
fn ft_05_the_last_try_of_adm1_is_used_by_leave_only() {
    let desk = desk();
    desk.put_card("CARD.toml", &[("tries = 10", "tries = 1")]);
    let write = ["card", "write", "bootstrap.bin", "--card", "virtual:CARD.toml"];
    let write = [&write[..], &["--adm-pin-file", "adm.txt"]].concat();
    let kept = desk.run(&write);
    kept.failed(5);
    assert!(kept.stderr.contains("--adm-last-try"), "{}", kept.stderr);
    desk.run(&[&write[..], &["--adm-last-try"]].concat()).ok();
}

#[test]
fn inconsistent_data_is_written_and_complained_about() {
    let desk = desk();
    desk.put("accounts.toml", "[0.1]\n0 = \"coap://a\"\n1 = false\n2 = 3\n10 = 7\n");
    let run = desk.run(&["card", "write", "accounts.toml", "--adm-pin-file", "adm.txt"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.text().starts_with("wrote "), "{}", run.text());
    assert!(run.stderr.contains("CS-"), "{}", run.stderr);
}
