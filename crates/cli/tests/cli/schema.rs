// SPDX-License-Identifier: Apache-2.0
//! What `--format json` prints is what the schema says, and nothing else is.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::{Desk, SAMPLE, TWO_SERVERS, bytes, file_with, simstrap};

const OUTPUT: &str = include_str!("../../../../docs/simstrap-output.schema.json");
const EVENTS: &str = include_str!("../../../../docs/simstrap-events.schema.json");
const DOCTOR: &str = include_str!("../../../../docs/simstrap-doctor.schema.json");
const CHECK: &str = include_str!("../../../../docs/simstrap-check.schema.json");

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn new(text: &str) -> Self {
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        let schema = serde_json::from_str(text).unwrap();
        compiler.add_resource("simstrap.json", schema).unwrap();
        let index = compiler.compile("simstrap.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, document: &Value) -> Result<(), String> {
        self.schemas.validate(document, self.index).map_err(|error| error.to_string())
    }
}

#[test]
fn every_output_is_valid() {
    let schema = Schema::new(OUTPUT);
    let desk = Desk::new();
    desk.put("keys.toml", crate::read::KEYS);
    desk.put_card("quirks.toml", &[("double-encoded-oid = false", "double-encoded-oid = true ")]);
    desk.put("sample.bin", bytes(SAMPLE)).put("two.bin", bytes(TWO_SERVERS));
    desk.put("empty.bin", [0; 4]);
    desk.put("wrong.bin", file_with(0, &bytes("0500c301000000")));
    desk.put("lenient.bin", crate::lenient::everything());
    desk.put(
        "types.bin",
        file_with(6, &bytes("08001cc40042280000c801087ff8000000000000c805080000000000000001")),
    );
    desk.put("few.toml", "default = \"ignore\"\n[objects]\nsupported = []\nothers = \"skip\"");
    desk.run(&["run", "--dry-run", "--once", "--state", "DIR"]).ok();
    for arguments in [
        &["read"][..],
        &["read", "--scp03", "keys.toml"],
        &["read", "--card", "virtual:quirks.toml"],
        &["read", "--show-secrets"],
        &["read", "--policy", "few.toml"],
        &["read", "--policy", "few.toml", "--state", "DIR"],
        &["decode", "two.bin", "--policy", "few.toml"],
        &["decode", "two.bin"],
        &["decode", "two.bin", "--show-secrets"],
        &["decode", "empty.bin"],
        &["decode", "types.bin"],
        &["decode", "wrong.bin"],
        &["decode", "lenient.bin", "--lenient"],
        &["decode", "lenient.bin", "--lenient", "--show-secrets"],
    ] {
        let run = desk.run(&[arguments, &["--format", "json"]].concat());
        schema.accepts(&run.json()).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    }
}

#[test]
fn the_schema_refuses_what_breaks_the_contract() {
    let schema = Schema::new(OUTPUT);
    let document = simstrap(&["read", "--format", "json"]).ok().json();
    let resource = "/objects/0/instances/0/resources";
    let changes: [(&str, Value); 20] = [
        ("/card/iccid", json!(8988)),
        ("/card/logical_channel", json!(20)),
        ("/card/secure_channel", json!({"protocol": "SCP02"})),
        ("/file/sha256", json!("3B76")),
        ("/file/used", json!(null)),
        ("/objects/0/id", json!(65536)),
        ("/objects/0/version", json!("0.1")),
        (&format!("{resource}/0/value"), json!(7)),
        (&format!("{resource}/3/value"), json!("6G")),
        (&format!("{resource}/4/redacted"), json!(false)),
        (&format!("{resource}/5/value"), json!("1")),
        ("/accounts/servers/0/verdict", json!("maybe")),
        ("/findings", json!([{"rule": "CS-2", "severity": "error", "path": "/", "message": ""}])),
        ("/cost/apdus", json!(-1)),
        ("/plan/0", json!({"action": "write", "path": "/0/1"})),
        ("/plan/0", json!({"action": "remove", "length": 3})),
        ("/plan/0", json!({"action": "enable", "path": "/0/1"})),
        ("/plan/0", json!({"action": "obey", "path": "/0/1"})),
        ("/plan/0/path", json!("/0")),
        ("/plan/2/short_server_id", json!(0)),
    ];
    for (pointer, value) in changes {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(schema.accepts(&changed).is_err(), "{pointer}");
    }
    for field in ["card", "file", "quirks", "objects", "accounts", "findings", "plan", "cost"] {
        let mut changed = document.clone();
        changed.as_object_mut().unwrap().remove(field).unwrap();
        assert!(schema.accepts(&changed).is_err(), "{field}");
    }
    let mut changed = document.clone();
    let both = changed.pointer_mut(&format!("{resource}/4")).unwrap();
    both.as_object_mut().unwrap().insert("value".to_owned(), json!("00"));
    assert!(schema.accepts(&changed).is_err(), "a redacted secret with its value");
}

#[test]
fn every_event_is_valid() {
    let schema = Schema::new(EVENTS);
    let desk = Desk::new();
    desk.put("other.toml", crate::run::OTHER).put("factory.toml", crate::FACTORY);
    desk.put("once.toml", "changed = \"disable\"").put("keys.toml", crate::read::KEYS);
    desk.put_card("pin.toml", &[crate::read::PIN_CARD]);
    let mut seen = std::collections::BTreeSet::new();
    for (arguments, lines) in [
        (&["--factory", "factory.toml", "--state", "DIR"][..], "pull\nhint\nwrong\n"),
        (&["--policy", "once.toml"], "update other.toml\nhint\nupdate-now 1\npull\nhint\n"),
        (&["--card", "virtual:pin.toml"], "\n"),
        (&["--policy", "refuse.toml"], "\n"),
        (&["--scp03", "keys.toml"], "update-now\n"),
    ] {
        desk.put("refuse.toml", "secure_channel = \"33\"");
        let run = [&["run", "--dry-run", "--format", "json"], arguments].concat();
        let run = desk.run_with(&run, format!("{lines}stop\n").as_bytes()).ok();
        for line in run.text().lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            schema.accepts(&event).unwrap_or_else(|error| panic!("{event}: {error}"));
            seen.insert(event["event"].as_str().unwrap().to_owned());
        }
    }
    let seen: Vec<_> = seen.iter().map(String::as_str).collect();
    let expected = [
        "cancelled",
        "card-read",
        "card-unchanged",
        "factory",
        "hand",
        "not-used",
        "operation",
        "refused",
        "scheduled",
        "started",
        "step",
        "stopped",
        "stranded",
        "trouble",
        "unreadable",
    ];
    assert_eq!(seen, expected, "these happened");
}

#[test]
fn every_answer_of_check_is_valid() {
    let schema = Schema::new(CHECK);
    let desk = Desk::new();
    desk.put_card("none.toml", &[("deactivated-file = false", "deactivated-file = true ")]);
    desk.put_card("pin.toml", &[crate::read::PIN_CARD]);
    let other = "0".repeat(64);
    for (card, against) in [
        ("virtual", crate::SAMPLE_SHA256),
        ("virtual", &other),
        ("virtual:none.toml", &other),
        ("virtual:pin.toml", &other),
    ] {
        let arguments = ["check", "--format", "json", "--card", card, "--against", against];
        schema.accepts(&desk.run(&arguments).json()).unwrap();
    }
    assert!(schema.accepts(&json!({"result": "perhaps", "sha256": null})).is_err());
}

#[test]
fn every_report_of_doctor_is_valid() {
    let schema = Schema::new(DOCTOR);
    for arguments in [
        &[][..],
        &["--card", "virtual"],
        &["--card", "at:/nowhere"],
        &["--card", "at+tcp:127.0.0.1:1"],
    ] {
        let run = simstrap(&[&["doctor", "--format", "json"], arguments].concat());
        schema.accepts(&run.json()).unwrap();
    }
    let finding = json!({"place": "at", "state": "broken", "message": "", "help": null});
    assert!(schema.accepts(&json!({"version": "0.1.0", "findings": [finding]})).is_err());
}
