// SPDX-License-Identifier: Apache-2.0
//! Clients on TCP: many of them, and some that break off.

use std::io::{Read, Write};
use std::net::Shutdown;

use simstrap_virtual_card::front::{FrontEnd, FrontEndError, ModemQuirk, ModemQuirkSet};

use crate::{ask, connect, quirks, sample, tcp};

/// A dialogue that opens a channel and does not close it.
const DIALOGUE: &str = "AT\rAT+CMEE=1\rAT+CCHO=\"A000000063504B43532D3135\"\r\
                        AT+CSIM=10,\"0070000001\"\rAT+CSIM=10,\"00B082000A\"\r";

#[test]
fn a_hundred_clients_in_sequence_each_find_channels_free() {
    let card = sample();
    let front_end = tcp(&card);
    for _ in 0..100 {
        let mut client = connect(&front_end);
        assert_eq!(ask(&mut client, "ATE0"), "ATE0\r\r\nOK\r\n");
        let opened = ask(&mut client, "AT+CCHO=\"A000000063504B43532D3135\"");
        assert_eq!(opened, "\r\n+CCHO: 1\r\n\r\nOK\r\n");
        let opened = ask(&mut client, "AT+CSIM=10,\"0070000001\"");
        assert_eq!(opened, "\r\n+CSIM: 6,\"029000\"\r\n\r\nOK\r\n");
    }
    assert!(front_end.is_running());
}

#[test]
fn a_client_that_breaks_off_at_any_byte_does_no_harm() {
    let card = sample();
    let front_end = tcp(&card);
    for length in 0..=DIALOGUE.len() {
        let mut client = connect(&front_end);
        client.write_all(&DIALOGUE.as_bytes()[..length]).unwrap();
        if length % 2 == 0 {
            // The modem still has something to say when nobody listens any more.
            drop(client);
        } else {
            client.shutdown(Shutdown::Write).unwrap();
            client.read_to_end(&mut Vec::new()).unwrap();
        }
    }
    let mut client = connect(&front_end);
    ask(&mut client, "ATE0");
    let opened = ask(&mut client, "AT+CSIM=10,\"0070000001\"");
    assert_eq!(opened, "\r\n+CSIM: 6,\"019000\"\r\n\r\nOK\r\n", "all channels are free again");
}

#[test]
fn a_second_client_is_turned_away_and_the_first_one_keeps_the_line() {
    let card = sample();
    let front_end = tcp(&card);
    let mut first = connect(&front_end);
    ask(&mut first, "ATE0");
    assert_eq!(front_end.next_turned_away(), None);
    for _ in 0..20 {
        let mut second = connect(&front_end);
        let address = second.local_addr().unwrap();
        assert_eq!(second.read(&mut [0]).unwrap(), 0, "it is hung up on");
        assert_eq!(front_end.next_turned_away(), Some(address));
        assert!(ask(&mut first, "AT+CSIM=8,\"80F2000C\"").contains("9000"));
    }
    drop(first);
    assert_eq!(ask(&mut connect(&front_end), "ATE0"), "ATE0\r\r\nOK\r\n");
    assert_eq!(front_end.next_turned_away(), None);
}

#[test]
fn several_front_ends_share_one_card() {
    let card = sample();
    let (first, second) = (tcp(&card), tcp(&card));
    let (mut one, mut other) = (connect(&first), connect(&second));
    assert!(ask(&mut one, "AT+CSIM=10,\"0070000001\"").contains("\"019000\""));
    assert!(ask(&mut other, "AT+CSIM=10,\"0070000001\"").contains("\"029000\""));
    drop(one);
    drop(first);
    assert!(ask(&mut other, "AT+CSIM=10,\"0070000001\"").contains("\"019000\""));
}

#[test]
fn cr_08_news_reach_a_client_that_asks_nothing() {
    let card = sample();
    let switches = quirks(&[ModemQuirk::RefreshQusim]);
    let front_end = FrontEnd::at_tcp(card.clone(), switches, "127.0.0.1:0").unwrap();
    let mut client = connect(&front_end);
    ask(&mut client, "AT");
    card.lock().update_bootstrap_data(&[0; 4]).unwrap();
    let mut news = [0; 13];
    client.read_exact(&mut news).unwrap();
    assert_eq!(&news, b"\r\n+QUSIM: 1\r\n");
}

#[test]
fn a_front_end_that_is_dropped_gives_its_port_back() {
    let card = sample();
    let front_end = tcp(&card);
    let address = front_end.address().to_owned();
    let taken = FrontEnd::at_tcp(card.clone(), ModemQuirkSet::EMPTY, &address);
    assert!(matches!(taken, Err(FrontEndError::Listen { .. })));
    let _client = connect(&front_end);
    drop(front_end);
    FrontEnd::at_tcp(card, ModemQuirkSet::EMPTY, &address).unwrap();
}
