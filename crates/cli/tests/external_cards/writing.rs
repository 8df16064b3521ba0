// SPDX-License-Identifier: Apache-2.0
//! Writing to a card that stays: another program serves it.

use crate::served::Served;
use crate::{Desk, KEYS, printed, told};

/// A desk with other accounts than those of the sample card, and what gives the right to write.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("KEYS.toml", KEYS);
    desk.put("adm.txt", "88888888");
    let accounts = ["read", "--format", "toml", "--show-secrets"];
    let accounts = String::from_utf8(printed(&mut desk.simstrap(&accounts))).unwrap();
    assert!(accounts.contains("86400"), "{accounts}");
    desk.put("accounts.toml", accounts.replace("86400", "3600"));
    desk
}

/// The lifetime in the accounts of a card.
fn lifetime(desk: &Desk, card: &str) -> u64 {
    let read = ["read", "--card", card, "--format", "json"];
    let json: serde_json::Value =
        serde_json::from_slice(&printed(&mut desk.simstrap(&read))).unwrap();
    json["accounts"]["servers"][0]["lifetime"].as_u64().unwrap()
}

#[test]
fn a_card_behind_a_modem_is_written_with_adm1_and_through_scp03() {
    let desk = desk();
    desk.put_card("SECURE.toml", &[("update = \"adm\"", "update = \"secure-channel\"")]);
    for (right, serve) in [
        (&["--adm-pin-file", "adm.txt"][..], &[][..]),
        (&["--adm-pin-file", "adm.txt"], &["--modem-quirk", "line-256"]),
        (&["--scp03", "KEYS.toml"], &["SECURE.toml"]),
        (&["--scp03", "KEYS.toml"], &["SECURE.toml", "--modem-quirk", "line-256"]),
    ] {
        let (_served, address) =
            Served::new(&desk, &[serve, &["--at-tcp", "127.0.0.1:0"]].concat());
        let card = format!("at+tcp:{address}");
        assert_eq!(lifetime(&desk, &card), 86400);
        let write = ["card", "write", "accounts.toml", "--card", &card];
        printed(&mut desk.simstrap(&[&write[..], right].concat()));
        assert_eq!(lifetime(&desk, &card), 3600, "{right:?} {serve:?}");
    }
}

/// The fault hits the second UPDATE BINARY or what comes of it: the file is void then.
#[test]
fn ft_01_a_writing_that_breaks_off_leaves_no_data_and_can_be_repeated() {
    let desk = desk();
    let (mut served, address) = Served::new(&desk, &["--at-tcp", "127.0.0.1:0"]);
    let card = format!("at+tcp:{address}");
    let write = ["card", "write", "accounts.toml", "--card", &card, "--adm-pin-file", "adm.txt"];
    printed(&mut desk.simstrap(&write));
    let log = served.log();
    let commands: Vec<_> = log.iter().filter(|line| line.starts_with('>')).collect();
    let updates: Vec<usize> =
        (0..commands.len()).filter(|number| commands[*number].ends_with("UPDATE BINARY")).collect();
    assert_eq!(updates.len(), 3, "{log:#?}");
    let at = commands.len() + updates[1];
    served.does(&format!("fault status 6581 at {at}"));
    let broken = desk.simstrap(&write).output().unwrap();
    assert_eq!(broken.status.code(), Some(5), "{}", told(&broken));
    let said = told(&broken);
    assert!(said.contains("writing broke off: the bootstrap file holds no data now"), "{said}");
    let void = desk.simstrap(&["read", "--card", &card]).output().unwrap();
    assert_eq!(void.status.code(), Some(2), "malformed, and nothing else: {}", told(&void));
    printed(&mut desk.simstrap(&write));
    assert_eq!(lifetime(&desk, &card), 3600);
}
