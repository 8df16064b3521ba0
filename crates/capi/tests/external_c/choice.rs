// SPDX-License-Identifier: Apache-2.0
//! The device's own choice between accounts.

use std::io::Write;
use std::process::Stdio;

use simstrap_virtual_card::SharedCard;

use crate::build::{Compiler, SANITIZE, bounded, example, modem, own, succeed, under_valgrind};
use crate::cards;

#[test]
fn cr_02_a_choice_in_c_decides_about_every_account() {
    let sources = [own("choice.c"), example("device.c"), example("at_card.c")];
    for compiler in Compiler::ALL {
        let program = compiler.program("choice", &sources, &SANITIZE);
        let card = SharedCard::new(cards::two_accounts());
        let front_end = modem(&card);
        succeed(bounded(&program).arg(front_end.address()));
    }
    let program = Compiler::Gcc.program("choice-valgrind", &sources, &[]);
    let card = SharedCard::new(cards::two_accounts());
    let front_end = modem(&card);
    succeed(under_valgrind(&program).arg(front_end.address()));
}

#[test]
fn cr_02_the_example_asks_before_an_account_is_used() {
    let sources = ["bootstrap.c", "device.c", "at_card.c"].map(example);
    let program = Compiler::Gcc.program("bootstrap-asks", &sources, &[]);
    let one = "write /0/2\nwrite /1/2\nenable server 2\nregister with server 2\n\
               update with server 2\n";
    let none = "notice: the device's choice\ntimer for ";
    // The second time nobody answers.
    for (answers, story, updates) in [("n\ny\n", one, 1), ("", none, 0)] {
        let card = SharedCard::new(cards::two_accounts());
        let front_end = modem(&card);
        let mut command = bounded(&program);
        command.arg("-a").arg(front_end.address()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let told = String::from_utf8(output.stdout).unwrap();
        let asked = "use server 1, coaps://a.example, as proposed by default? [y/n] \
                     use server 2, coaps://b.example, as proposed by default? [y/n] \
                     notice: the device's choice\n";
        assert!(told.contains(&format!("{asked}{story}")), "{told}");
        // Nothing is due with a server that the device is not registered with.
        assert_eq!(told.matches("update").count(), updates, "{told}");
    }
}
