// SPDX-License-Identifier: Apache-2.0
//! A modem on a serial line or a pseudo-terminal.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serial2::{CharSize, FlowControl, KeepSettings, Parity, SerialPort, Settings, StopBits};

use super::line::Line;
use super::tcp::read_once;

/// What most modems are set to; those on USB do not care.
pub const DEFAULT_BAUD_RATE: u32 = 115_200;

/// The speeds that modems and operating systems know.
pub const BAUD_RATES: [u32; 17] = [
    1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000,
    921_600, 1_000_000, 2_000_000, 3_000_000, 4_000_000,
];

/// A serial line to a modem: 8 data bits, no parity, one stop bit, no flow control. Dropping it
/// puts the settings back that the port had before.
///
/// Modem control lines are left alone: most modems do without, and pseudo-terminals have none.
pub struct SerialLine {
    port: SerialPort,
    before: Settings,
    start: Instant,
}

impl SerialLine {
    /// Opens a port. Writing takes at most `timeout`.
    ///
    /// # Errors
    /// [`SerialLineError`] when it cannot be opened or set up.
    pub fn open(
        path: impl AsRef<Path>,
        baud_rate: u32,
        timeout: Duration,
    ) -> Result<Self, SerialLineError> {
        if !BAUD_RATES.contains(&baud_rate) {
            return Err(SerialLineError::BaudRate { baud_rate });
        }
        let port = SerialPort::open(path, KeepSettings).map_err(SerialLineError::Open)?;
        let before = port.get_configuration().map_err(SerialLineError::Settings)?;
        // From here on dropping puts back what was there.
        let mut line = Self { port, before, start: Instant::now() };
        line.set_up(baud_rate, timeout).map_err(SerialLineError::Settings)?;
        Ok(line)
    }

    /// The serial ports that the system shows, in order; whether a modem is behind one only it can
    /// tell. Those that the driver of a mobile modem offers (`/dev/wwan0at0`) are among them.
    ///
    /// # Errors
    /// What the system says when it keeps no list.
    pub fn available() -> io::Result<Vec<PathBuf>> {
        /// More than any device has; what is beyond is left out.
        const MAX_PORTS: usize = 256;
        let mut ports = SerialPort::available_ports()?;
        let devices = std::fs::read_dir("/dev").into_iter().flatten().flatten();
        ports.extend(devices.map(|device| device.path()).filter(|path| is_wwan_port(path)));
        ports.sort();
        ports.dedup();
        ports.truncate(MAX_PORTS);
        Ok(ports)
    }

    fn set_up(&mut self, baud_rate: u32, timeout: Duration) -> io::Result<()> {
        let mut settings = self.before.clone();
        settings.set_raw();
        settings.set_baud_rate(baud_rate)?;
        settings.set_char_size(CharSize::Bits8);
        settings.set_parity(Parity::None);
        settings.set_stop_bits(StopBits::One);
        settings.set_flow_control(FlowControl::None);
        self.port.set_configuration(&settings)?;
        self.port.set_write_timeout(timeout)
    }
}

impl Drop for SerialLine {
    fn drop(&mut self) {
        // A port that is gone has no settings to put back.
        let _restored = self.port.set_configuration(&self.before);
    }
}

impl Line for SerialLine {
    type Error = io::Error;

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.port.write_all(bytes)
    }

    async fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.port.set_read_timeout(timeout)?;
        read_once(&mut self.port, buffer)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A port for AT commands, as the subsystem of Linux for mobile modems names them.
fn is_wwan_port(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    let port = name.and_then(|name| name.strip_prefix("wwan"));
    port.is_some_and(|port| {
        let port = port.trim_start_matches(|c: char| c.is_ascii_digit());
        port.strip_prefix("at").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    })
}

impl fmt::Debug for SerialLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerialLine").field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why a serial port cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SerialLineError {
    /// No modem has this speed.
    #[error("{baud_rate} is no baud rate of a serial line")]
    BaudRate {
        /// The speed asked for.
        baud_rate: u32,
    },
    /// It cannot be opened.
    #[error("it cannot be opened: {0}")]
    Open(io::Error),
    /// It cannot be set up: it is no serial port, or does not know the speed.
    #[error("it cannot be set up as a serial port: {0}")]
    Settings(io::Error),
}

impl SerialLineError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::BaudRate { .. } => {
                "give one of 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600"
            }
            Self::Open(error) => match error.kind() {
                io::ErrorKind::NotFound => "check the name of the port: ls /dev/tty*",
                io::ErrorKind::PermissionDenied => {
                    "become a member of the group that owns the port, often dialout"
                }
                io::ErrorKind::ResourceBusy => "end the program that uses the port",
                _ => "name a serial port or a pseudo-terminal, such as /dev/ttyUSB2",
            },
            Self::Settings(_) => "name a serial port or a pseudo-terminal, such as /dev/ttyUSB2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_mobile_modems_are_told_from_their_other_devices() {
        for port in ["/dev/wwan0at0", "/dev/wwan12at1", "wwan0at"] {
            assert!(is_wwan_port(Path::new(port)), "{port}");
        }
        for other in ["/dev/wwan0qmi0", "/dev/wwan0mbim0", "/dev/wwan0atx", "/dev/ttyUSB0", "/"] {
            assert!(!is_wwan_port(Path::new(other)), "{other}");
        }
    }
}
