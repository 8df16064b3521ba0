// SPDX-License-Identifier: Apache-2.0
//! What `--format json` prints is what the schema says, and nothing else is.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::{Desk, SAMPLE, TWO_SERVERS, bytes, file_with, simstrap};

const SCHEMA: &str = include_str!("../../../../docs/simstrap-output.schema.json");

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn new() -> Self {
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        let schema = serde_json::from_str(SCHEMA).unwrap();
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
    let schema = Schema::new();
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
    for arguments in [
        &["read"][..],
        &["read", "--scp03", "keys.toml"],
        &["read", "--card", "virtual:quirks.toml"],
        &["read", "--show-secrets"],
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
    let schema = Schema::new();
    let document = simstrap(&["read", "--format", "json"]).ok().json();
    let resource = "/objects/0/instances/0/resources";
    let changes: [(&str, Value); 14] = [
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
    ];
    for (pointer, value) in changes {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(schema.accepts(&changed).is_err(), "{pointer}");
    }
    for field in ["card", "file", "quirks", "objects", "accounts", "findings", "cost"] {
        let mut changed = document.clone();
        changed.as_object_mut().unwrap().remove(field).unwrap();
        assert!(schema.accepts(&changed).is_err(), "{field}");
    }
    let mut changed = document.clone();
    let both = changed.pointer_mut(&format!("{resource}/4")).unwrap();
    both.as_object_mut().unwrap().insert("value".to_owned(), json!("00"));
    assert!(schema.accepts(&changed).is_err(), "a redacted secret with its value");
}
