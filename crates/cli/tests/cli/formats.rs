// SPDX-License-Identifier: Apache-2.0
//! Every format on the built-in card, and on richer data.

use serde_json::{Value, json};

use crate::{Desk, SAMPLE, SAMPLE_SHA256, TWO_SERVERS, bytes, file_with, simstrap};

const TABLE: &str = "\
note: this is the built-in sample card; for another, --card virtual:CARD.toml
Card      ICCID 8988211000000123458, virtual
Channel   1, in the clear
File      6432, 126 of 256 bytes used
SHA-256   3b76857cff543351c2c92036f7eb8133b6385530ee4e5f038491eea6cfdc42e8

Accounts
  Server  Verdict          Account
       1  apply (default)  coaps://eu.iot.avsystem.cloud:5684
                           psk, lifetime 86400 s, binding U

Object 0 LwM2M Security
  Instance 1
     0  LwM2M Server URI        string   coaps://eu.iot.avsystem.cloud:5684
     1  Bootstrap-Server        boolean  false
     2  Security Mode           integer  0
     3  Public Key or Identity  opaque   \"example-psk-identity\"
     5  Secret Key              opaque   (19 bytes, redacted)
    10  Short Server ID         integer  1

Object 1 LwM2M Server
  Instance 1
    0  Short Server ID                                integer  1
    1  Lifetime                                       integer  86400
    6  Notification Storing When Disabled or Offline  boolean  false
    7  Binding                                        string   U

Findings
  none

Plan
  1  write /0/1 (91 bytes)
  2  write /1/1 (15 bytes)
  3  enable server 1

Cost      11 APDUs, 73 bytes sent, 515 received
";

#[test]
fn table_is_the_default() {
    let run = simstrap(&["read"]).ok();
    assert_eq!(run.text(), TABLE);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_note_on_the_sample_card_goes_to_standard_error_for_programs() {
    for format in ["json", "senml", "toml", "hex", "raw"] {
        let run = simstrap(&["read", "--format", format]).ok();
        assert!(run.stderr.starts_with("note: this is the built-in sample card"), "{format}");
    }
    let named = simstrap(&["read", "--card", "virtual"]).ok();
    assert_eq!(named.text(), TABLE.split_once('\n').unwrap().1, "no note on a card by name");
}

#[test]
fn json_is_the_contract() {
    let expected = json!({
        "card": {
            "iccid": "8988211000000123458", "transport": "virtual", "logical_channel": 1,
            "secure_channel": null
        },
        "file": {"path": "6432", "size": 256, "used": 126, "sha256": SAMPLE_SHA256},
        "quirks": [],
        "objects": [
            {"id": 0, "name": "LwM2M Security", "version": null, "instances": [
                {"id": 1, "resources": [
                    {"id": 0, "name": "LwM2M Server URI", "type": "string",
                     "value": "coaps://eu.iot.avsystem.cloud:5684"},
                    {"id": 1, "name": "Bootstrap-Server", "type": "boolean", "value": false},
                    {"id": 2, "name": "Security Mode", "type": "integer", "value": 0},
                    {"id": 3, "name": "Public Key or Identity", "type": "opaque",
                     "value": "6578616d706c652d70736b2d6964656e74697479"},
                    {"id": 5, "name": "Secret Key", "type": "opaque",
                     "redacted": true, "length": 19},
                    {"id": 10, "name": "Short Server ID", "type": "integer", "value": 1}
                ]}
            ]},
            {"id": 1, "name": "LwM2M Server", "version": null, "instances": [
                {"id": 1, "resources": [
                    {"id": 0, "name": "Short Server ID", "type": "integer", "value": 1},
                    {"id": 1, "name": "Lifetime", "type": "integer", "value": 86400},
                    {"id": 6, "name": "Notification Storing When Disabled or Offline",
                     "type": "boolean", "value": false},
                    {"id": 7, "name": "Binding", "type": "string", "value": "U"}
                ]}
            ]}
        ],
        "accounts": {"bootstrap_server": null, "servers": [{
            "short_server_id": 1, "uri": "coaps://eu.iot.avsystem.cloud:5684",
            "security_mode": "psk", "lifetime": 86400, "binding": "U",
            "verdict": "apply", "reason": "default"
        }]},
        "findings": [],
        "plan": [
            {"action": "write", "path": "/0/1", "length": 91},
            {"action": "write", "path": "/1/1", "length": 15},
            {"action": "enable", "short_server_id": 1}
        ],
        "cost": {"apdus": 11, "bytes_sent": 73, "bytes_received": 515}
    });
    assert_eq!(simstrap(&["read", "--format", "json"]).ok().json(), expected);
}

#[test]
fn json_of_a_file_differs_in_where_it_comes_from_only() {
    let desk = Desk::new();
    let mut file = bytes(SAMPLE);
    file.resize(300, 0xFF);
    desk.put("b.bin", &file);
    let decoded = desk.run(&["decode", "b.bin", "--format", "json"]).ok().json();
    let read = simstrap(&["read", "--format", "json"]).ok().json();
    assert_eq!(decoded["card"], Value::Null);
    let file = json!({"path": "b.bin", "size": 300, "used": 126, "sha256": SAMPLE_SHA256});
    assert_eq!(decoded["file"], file);
    assert_eq!(decoded["cost"], json!({"apdus": 0, "bytes_sent": 0, "bytes_received": 0}));
    for same in ["quirks", "objects", "accounts", "findings", "plan"] {
        assert_eq!(decoded[same], read[same], "{same}");
    }
}

#[test]
fn json_shows_versions_instances_links_and_the_bootstrap_server() {
    let desk = Desk::new();
    desk.put("b.bin", bytes(TWO_SERVERS));
    let json = desk.run(&["decode", "b.bin", "--format", "json"]).ok().json();
    assert_eq!(json["objects"][0]["version"], "1.1");
    let resources = json["objects"][0]["instances"][1]["resources"].as_array().unwrap();
    let suites = resources.iter().find(|resource| resource["id"] == 16).unwrap();
    let expected = json!({
        "id": 16, "name": "DTLS/TLS Ciphersuite", "type": "integer",
        "instances": [{"id": 0, "value": 49320}, {"id": 1, "value": 49323}]
    });
    assert_eq!(*suites, expected);
    let expected = json!({
        "uri": "coaps://bs.example.net:5684", "security_mode": "psk", "hold_off": 30,
        "account_timeout": 0, "verdict": "apply", "reason": "default"
    });
    assert_eq!(json["accounts"]["bootstrap_server"], expected);
    assert_eq!(json["accounts"]["servers"].as_array().unwrap().len(), 2);
    let expected = json!([{
        "rule": "CS-04", "severity": "warning", "path": "/2/0",
        "message": "access control for /3/0, which the data does not hold"
    }]);
    assert_eq!(json["findings"], expected);

    // Server with an APN link to 11:0; an object that is not registered.
    let link = file_with(1, &bytes("080009c40a000b0000c10001"));
    let json = desk.put("l.bin", link).run(&["decode", "l.bin", "--format", "json"]).json();
    let resources = &json["objects"][0]["instances"][0]["resources"];
    assert_eq!(resources[0]["type"], "objlnk");
    assert_eq!(resources[0]["value"], "11:0");
    let unknown = file_with(9999, &bytes("080003c10107"));
    let json = desk.put("u.bin", unknown).run(&["decode", "u.bin", "--format", "json"]).json();
    assert_eq!(json["objects"][0]["name"], Value::Null);
    let expected = json!({"id": 1, "name": null, "type": "opaque", "value": "07"});
    assert_eq!(json["objects"][0]["instances"][0]["resources"][0], expected);
}

#[test]
fn senml_has_the_labels_of_rfc_8428() {
    let run = simstrap(&["read", "--format", "senml", "--show-secrets"]).ok();
    let expected = "\
[
  {\"bn\":\"/0/1/\",\"n\":\"0\",\"vs\":\"coaps://eu.iot.avsystem.cloud:5684\"},
  {\"n\":\"1\",\"vb\":false},
  {\"n\":\"2\",\"v\":0},
  {\"n\":\"3\",\"vd\":\"ZXhhbXBsZS1wc2staWRlbnRpdHk\"},
  {\"n\":\"5\",\"vd\":\"M3hAbXBsM1A1SzUzY3IzdEszeQ\"},
  {\"n\":\"10\",\"v\":1},
  {\"bn\":\"/1/1/\",\"n\":\"0\",\"v\":1},
  {\"n\":\"1\",\"v\":86400},
  {\"n\":\"6\",\"vb\":false},
  {\"n\":\"7\",\"vs\":\"U\"}
]
";
    assert_eq!(run.text(), expected);
    let desk = Desk::new();
    desk.put("b.bin", bytes(TWO_SERVERS));
    let records = desk.run(&["decode", "b.bin", "--format", "senml", "--show-secrets"]).ok().json();
    let first = json!({
        "bn": "/0/0/", "ver": "1.1", "n": "0", "vs": "coaps://bs.example.net:5684"
    });
    assert_eq!(records[0], first);
    assert!(records.as_array().unwrap().contains(&json!({"n": "16/1", "v": 49323})));
}

#[test]
fn toml_names_everything_in_comments() {
    let run = simstrap(&["read", "--format", "toml", "--show-secrets"]).ok();
    let (_, tables) = run.text().split_once("\n\n").unwrap();
    let expected = "\
[0.1] # LwM2M Security
0 = \"coaps://eu.iot.avsystem.cloud:5684\"       # LwM2M Server URI
1 = false                                      # Bootstrap-Server
2 = 0                                          # Security Mode
3 = \"6578616d706c652d70736b2d6964656e74697479\" # Public Key or Identity, \"example-psk-identity\"
5 = \"3378406d706c3350354b3533637233744b3379\"   # Secret Key, \"3x@mpl3P5K53cr3tK3y\"
10 = 1                                         # Short Server ID

[1.1] # LwM2M Server
0 = 1     # Short Server ID
1 = 86400 # Lifetime
6 = false # Notification Storing When Disabled or Offline
7 = \"U\"   # Binding
";
    assert_eq!(tables, expected);
}

#[test]
fn hex_tells_of_every_byte_what_it_is() {
    let desk = Desk::new();
    let mut file = bytes(SAMPLE);
    file.resize(256, 0xFF);
    let run = desk.put("b.bin", &file).run(&["decode", "b.bin", "--format", "hex"]).ok();
    let expected = "\
0000  00 02 00 7A              bootstrap data, 2 objects, 122 bytes
0004  00 00 00 00 5E             object 0 LwM2M Security, 94 bytes
0009  08 01 5B                     instance 1, 91 bytes
000C  C8 00 22                       resource 0 LwM2M Server URI, string
000F  63 6F 61 70 73 3A 2F 2F          coaps://
0017  65 75 2E 69 6F 74 2E 61          eu.iot.a
001F  76 73 79 73 74 65 6D 2E          vsystem.
0027  63 6C 6F 75 64 3A 35 36          cloud:56
002F  38 34                            84
0031  C1 01 00                       resource 1 Bootstrap-Server, boolean false
0034  C1 02 00                       resource 2 Security Mode, integer 0
0037  C8 03 14                       resource 3 Public Key or Identity, opaque
003A  65 78 61 6D 70 6C 65 2D          example-
0042  70 73 6B 2D 69 64 65 6E          psk-iden
004A  74 69 74 79                      tity
004E  C8 05 13                       resource 5 Secret Key, opaque, redacted
0051  ** ** ** ** ** ** ** **
0059  ** ** ** ** ** ** ** **
0061  ** ** **
0064  C1 0A 01                       resource 10 Short Server ID, integer 1
0067  00 01 00 00 12             object 1 LwM2M Server, 18 bytes
006C  08 01 0F                     instance 1, 15 bytes
006F  C1 00 01                       resource 0 Short Server ID, integer 1
0072  C4 01 00 01 51 80              resource 1 Lifetime, integer 86400
0078  C1 06 00                       resource 6 Notification Storing When Disabled or Offline, \
boolean false
007B  C1 07 55                       resource 7 Binding, string \"U\"
007E  FF FF FF FF FF FF FF …   padding, 130 bytes
";
    assert_eq!(run.text(), expected);
}

/// The dump is a dump: put together again, its bytes are the file.
#[test]
fn hex_leaves_no_byte_out() {
    let desk = Desk::new();
    let file = bytes(TWO_SERVERS);
    let arguments = ["decode", "b.bin", "--format", "hex", "--show-secrets"];
    let run = desk.put("b.bin", &file).run(&arguments).ok();
    let mut dumped = Vec::new();
    for line in run.text().lines() {
        let (offset, rest) = line.split_once("  ").unwrap();
        assert_eq!(usize::from_str_radix(offset, 16).unwrap(), dumped.len(), "{line}");
        let digits = rest.get(..23).unwrap_or(rest).replace(' ', "");
        dumped.extend(hex::decode(digits).unwrap());
    }
    assert_eq!(dumped, file);
}

#[test]
fn raw_is_the_used_bytes() {
    assert_eq!(simstrap(&["read", "--format", "raw"]).ok().stdout, bytes(SAMPLE));
    let desk = Desk::new();
    let padded = [bytes(SAMPLE), vec![0xFF; 7]].concat();
    let run = desk.run_with(&["decode", "-", "--format", "raw"], &padded).ok();
    assert_eq!(run.stdout, bytes(SAMPLE));
}
