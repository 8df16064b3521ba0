// SPDX-License-Identifier: Apache-2.0
//! OpenSC, a reader of PKCS#15 that shares nothing with this project, on the virtual card.

use crate::pcscd::Pcscd;
use crate::served::Served;
use crate::{Desk, printed};

/// OpenSC knows no card with this answer to reset; with this it takes it for one by the book.
const CONFIGURATION: &str = "\
app default {
    enable_default_driver = true;
    card_drivers = default;
    framework pkcs15 { use_file_caching = no; }
}
";

/// OpenSC shows opaque data objects only, and takes every path from the application.
const OPAQUE: (&str, &str) = ("entry = \"oid\"", "entry = \"opaque\"");

/// A card in a reader of its own, and OpenSC in front of it.
struct Bench {
    desk: Desk,
    pcscd: Pcscd,
    served: Served,
}

impl Bench {
    fn new(changes: &[(&str, &str)]) -> Self {
        let desk = Desk::new();
        desk.put("opensc.conf", CONFIGURATION);
        desk.put_card("CARD.toml", changes);
        let pcscd = Pcscd::start(&desk);
        let (served, _) = Served::new(&desk, &["CARD.toml", "--vpcd", &pcscd.address]);
        pcscd.wait_for(&desk, true);
        Self { desk, pcscd, served }
    }

    /// What a tool of OpenSC prints about the card.
    fn tool(&self, name: &str, arguments: &[&str]) -> Vec<u8> {
        let arguments = [&["--reader", "0"], arguments].concat();
        let mut command = self.pcscd.client(&self.desk, name, &arguments);
        printed(command.env("OPENSC_CONF", self.desk.path("opensc.conf")))
    }

    fn text(&self, name: &str, arguments: &[&str]) -> String {
        String::from_utf8(self.tool(name, arguments)).unwrap()
    }

    /// The used bytes of the bootstrap file, as the command reads them without any reader.
    fn read_by_simstrap(&self) -> Vec<u8> {
        let card = ["read", "--card", "virtual:CARD.toml", "--format", "raw"];
        printed(&mut self.desk.simstrap(&card))
    }
}

#[test]
fn opensc_lists_reader_and_atr_and_exchanges_a_select() {
    for (protocol, atr) in [
        ("T=1", "3b:8d:81:b1:fe:45:1f:c7:80:31:a0:73:b6:21:13:65:4c:77:4d:32:4d:54"),
        ("T=0", "3b:8d:80:1f:c7:80:31:a0:73:b6:21:13:65:4c:77:4d:32:4d:5f"),
    ] {
        let protocol = format!("protocol = \"{protocol}\"");
        let bench = Bench::new(&[("protocol = \"T=1\"", &protocol)]);
        let mut readers = bench.pcscd.client(&bench.desk, "opensc-tool", &["--list-readers"]);
        let readers = String::from_utf8(printed(&mut readers)).unwrap();
        assert!(readers.contains("0    Yes             Virtual PCD 00 00"), "{readers}");
        assert_eq!(bench.text("opensc-tool", &["--atr"]).trim(), atr);
        let select = ["-c", "default", "-s", "00A4040C0CA000000063504B43532D3135"];
        let answer = bench.text("opensc-tool", &select);
        assert!(answer.contains("Received (SW1=0x90, SW2=0x00)"), "{answer}");
    }
}

#[test]
fn opensc_finds_the_bootstrap_object_and_reads_the_same_content() {
    for changes in [
        &[OPAQUE][..],
        &[OPAQUE, ("protocol = \"T=1\"", "protocol = \"T=0\"")],
        &[OPAQUE, ("# index = 16 ", "index = 16 ")],
    ] {
        let bench = Bench::new(changes);
        let dump = bench.text("pkcs15-tool", &["--dump"]);
        for line in [
            "PKCS#15 Card [LwM2M]:",
            "Serial number  : 988812010000103254f8",
            "Manufacturer ID: simstrap",
            "applicationName: LwM2M Bootstrap",
            "applicationOID:  2.23.43.9.1",
        ] {
            assert!(dump.contains(line), "{changes:?}: {dump}");
        }
        let listed = bench.text("pkcs15-tool", &["--list-data-objects"]);
        assert!(listed.contains("Data (256 bytes): 0002007A00000000"), "{changes:?}: {listed}");
        let content = bench.tool("pkcs15-tool", &["--raw", "--read-data-object", "2.23.43.9.1"]);
        let ours = bench.read_by_simstrap();
        assert_eq!((content.len(), ours.len()), (256, 126), "{changes:?}");
        assert!(content.starts_with(&ours), "{changes:?}");
        assert!(content[ours.len()..].iter().all(|byte| *byte == 0xFF), "{changes:?}");
    }
}

#[test]
fn opensc_finds_the_pin_and_reads_behind_it() {
    let bench = Bench::new(&[OPAQUE, ("read = \"always\"", "read = \"pin\"")]);
    let pins = bench.text("pkcs15-tool", &["--list-pins"]);
    for line in
        ["PIN [PIN]", "Reference      : 129", "ascii-numeric", "local, initialized, needs-padding"]
    {
        assert!(pins.contains(line), "{pins}");
    }
    let read = ["--raw", "--verify-pin", "--pin", "1234", "--read-data-object", "2.23.43.9.1"];
    let content = bench.tool("pkcs15-tool", &read);
    assert_eq!(content.get(..4), Some(&[0x00, 0x02, 0x00, 0x7A][..]));
}

#[test]
fn cr_07_the_reader_tells_of_a_card_that_is_pulled_put_in_and_replaced() {
    let mut bench = Bench::new(&[]);
    bench.desk.put_card("OTHER.toml", &[("protocol = \"T=1\"", "protocol = \"T=0\"")]);
    bench.served.does("pull");
    bench.pcscd.wait_for(&bench.desk, false);
    bench.served.does("insert");
    bench.pcscd.wait_for(&bench.desk, true);
    bench.served.does("pull");
    bench.pcscd.wait_for(&bench.desk, false);
    bench.served.does("swap OTHER.toml");
    bench.pcscd.wait_for(&bench.desk, true);
    assert!(bench.text("opensc-tool", &["--atr"]).starts_with("3b:8d:80:1f"));
}
