// SPDX-License-Identifier: Apache-2.0
//! A modem on a serial line or a pseudo-terminal.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serial2::{CharSize, FlowControl, KeepSettings, Parity, SerialPort, Settings, StopBits};

use super::line::Line;
use super::tcp::is_nothing_yet;

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
        match self.port.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if is_nothing_yet(&error) => Ok(0),
            result => result,
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
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
