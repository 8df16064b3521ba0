// SPDX-License-Identifier: Apache-2.0
//! Where a machine may have cards.

use std::fs;
use std::path::Path;

use simstrap_apdu::at::SerialLine;

use super::{Finding, State, card};
use crate::args::DoctorArgs;
use crate::card_access::CardAccess;

/// What was found in all of them.
pub(super) fn all(args: &DoctorArgs) -> Vec<Finding> {
    let mut findings = readers(args);
    findings.extend(modems(args));
    findings
}

fn look_at(spec: &str, args: &DoctorArgs) -> Finding {
    match CardAccess::open(&args.options(spec)) {
        Ok(mut access) => card(spec, &mut access),
        Err(error) => Finding::of_error(spec, &error),
    }
}

#[cfg(feature = "pcsc")]
fn readers(args: &DoctorArgs) -> Vec<Finding> {
    use simstrap_apdu::pcsc::{PcscError, readers};

    let readers = match readers(args.timeout) {
        Ok(readers) if readers.is_empty() => return vec![no_reader(&PcscError::NoReader)],
        Ok(readers) => readers,
        Err(error) => return vec![no_reader(&error)],
    };
    let look = |reader: simstrap_apdu::pcsc::Reader| {
        let spec = format!("pcsc:{}", reader.name);
        if reader.has_card {
            look_at(&spec, args)
        } else {
            Finding::new(spec, State::NoData, "there is no card in the reader")
                .with_help(PcscError::NoCard.help())
        }
    };
    readers.into_iter().map(look).collect()
}

#[cfg(feature = "pcsc")]
fn no_reader(error: &simstrap_apdu::pcsc::PcscError) -> Finding {
    Finding::new("pcsc", State::Absent, error.to_string()).with_help(error.help())
}

#[cfg(not(feature = "pcsc"))]
fn readers(_: &DoctorArgs) -> Vec<Finding> {
    use crate::card_spec::CardSpecError;

    let help = CardSpecError::BuiltWithoutPcsc.help();
    let message = "card readers: this simstrap was built without PC/SC";
    vec![Finding::new("pcsc", State::Skipped, message).with_help(help)]
}

fn modems(args: &DoctorArgs) -> Vec<Finding> {
    let ports = match SerialLine::available() {
        Ok(ports) => ports,
        Err(error) => {
            let message = format!("the system gives no list of serial ports: {error}");
            let help = "name the port of the modem: --card at:PORT";
            return vec![Finding::new("at", State::Absent, message).with_help(help)];
        }
    };
    let mut findings: Vec<_> = ports.iter().map(|port| serial_port(port, args)).collect();
    findings.extend(without_at_port());
    if findings.is_empty() {
        let help = "connect a modem, and see whether ls /dev/ttyUSB* /dev/ttyACM* shows it";
        findings.push(Finding::new("at", State::Absent, "no serial port").with_help(help));
    }
    findings
}

fn serial_port(port: &Path, args: &DoctorArgs) -> Finding {
    let spec = format!("at:{}", port.display());
    if is_of_a_modem(port) {
        look_at(&spec, args)
    } else {
        let help = format!("if there is a modem: simstrap doctor --card {spec}");
        let message = "a serial port, which was not asked";
        Finding::new(spec, State::Skipped, message).with_help(help)
    }
}

/// Whether the name is one that modems on USB and PCI get. Anything may be behind other ports, and
/// not everything takes AT commands well.
fn is_of_a_modem(port: &Path) -> bool {
    let name = port.file_name().unwrap_or_default().to_string_lossy();
    ["ttyUSB", "ttyACM", "wwan", "cu.usbmodem", "cu.usbserial"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Ports of modems that speak QMI or MBIM, which is not what is spoken here.
fn without_at_port() -> Vec<Finding> {
    let devices = fs::read_dir("/dev").into_iter().flatten().flatten();
    let mut names: Vec<_> = devices
        .map(|device| device.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("cdc-wdm"))
        .collect();
    names.sort();
    let finding = |name| {
        Finding::new(format!("/dev/{name}"), State::Skipped, "a modem's port for QMI or MBIM")
            .with_help("use the modem's port for AT commands; some have to be told to show it")
    };
    names.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ports_that_modems_have_are_asked() {
        for port in ["/dev/ttyUSB2", "/dev/ttyACM0", "/dev/wwan0at0", "/dev/cu.usbmodem14101"] {
            assert!(is_of_a_modem(Path::new(port)), "{port}");
        }
        for port in ["/dev/ttyS0", "/dev/ttyAMA0", "COM3", "/dev/rfcomm0", "/"] {
            assert!(!is_of_a_modem(Path::new(port)), "{port}");
        }
    }
}
