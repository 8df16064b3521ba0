// SPDX-License-Identifier: Apache-2.0
//! A modem on a pseudo terminal.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::{FrontEndError, PATIENCE, PAUSE, is_ending, is_pause};
use crate::front::modem::Modem;

/// The modem's end of a serial line, and the name of the other end.
pub(super) struct Pty {
    line: File,
    terminal: PathBuf,
    link: PathBuf,
}

impl Pty {
    pub(super) fn open(link: &Path) -> Result<Self, FrontEndError> {
        let (line, terminal) =
            open_terminal().map_err(|error| FrontEndError::Pty(io::Error::from(error)))?;
        give_name(&terminal, link)
            .map_err(|source| FrontEndError::Link { link: link.to_owned(), source })?;
        Ok(Self { line, terminal, link: link.to_owned() })
    }

    /// Serves whoever opens the line. One that closes it has hung up.
    pub(super) fn serve(mut self, modem: &mut Modem, ending: &AtomicBool) {
        let mut connected = false;
        while !is_ending(ending) {
            match self.receive() {
                Ok(Some(received)) => {
                    connected = true;
                    let answer = modem.receive(&received);
                    self.send(&answer);
                }
                Ok(None) if connected => {
                    let news = modem.announce();
                    self.send(&news);
                }
                Ok(None) => connected = true,
                Err(_) => {
                    if connected {
                        modem.hang_up();
                        connected = false;
                    }
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// What came within the pause; an error while nobody has the line open.
    fn receive(&mut self) -> io::Result<Option<Vec<u8>>> {
        let ready = self.wait_for(PollFlags::IN)?;
        if !ready.contains(PollFlags::IN) {
            let hung_up = ready.intersects(PollFlags::HUP | PollFlags::ERR);
            return if hung_up { Err(io::ErrorKind::NotConnected.into()) } else { Ok(None) };
        }
        let mut buffer = [0; 1024];
        match self.line.read(&mut buffer) {
            Ok(length) => Ok(buffer.get(..length).map(<[u8]>::to_vec)),
            Err(error) if is_pause(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends what fits within the patience; the rest is lost, as on a line nobody reads.
    fn send(&mut self, mut bytes: &[u8]) {
        let begun = Instant::now();
        while !bytes.is_empty() && begun.elapsed() < PATIENCE {
            match self.line.write(bytes) {
                Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
                Err(error) if is_pause(&error) => {
                    if self.wait_for(PollFlags::OUT).is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }

    fn wait_for(&self, flags: PollFlags) -> io::Result<PollFlags> {
        let pause = Timespec { tv_sec: 0, tv_nsec: PAUSE.subsec_nanos().into() };
        let mut descriptors = [PollFd::new(&self.line, flags)];
        match poll(&mut descriptors, Some(&pause)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {
                let [descriptor] = descriptors;
                Ok(descriptor.revents())
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if fs::read_link(&self.link).is_ok_and(|target| target == self.terminal) {
            // Whoever removed it meanwhile did what was to be done.
            let _removed = fs::remove_file(&self.link);
        }
    }
}

/// A pseudo terminal that passes every byte on as it is.
fn open_terminal() -> rustix::io::Result<(File, PathBuf)> {
    let line = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&line)?;
    unlockpt(&line)?;
    let name = ptsname(&line, Vec::new())?;
    let terminal = PathBuf::from(std::ffi::OsStr::from_bytes(name.to_bytes()));
    // The settings of the terminal are kept for as long as the line is open at this end.
    let other_end = rustix::fs::open(
        &terminal,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let mut settings = tcgetattr(&other_end)?;
    settings.make_raw();
    tcsetattr(&other_end, OptionalActions::Now, &settings)?;
    rustix::io::ioctl_fionbio(&line, true)?;
    Ok((File::from(line), terminal))
}

/// A symbolic link to the terminal, in place of one that is there.
fn give_name(terminal: &Path, link: &Path) -> io::Result<()> {
    if fs::symlink_metadata(link).is_ok_and(|metadata| metadata.is_symlink()) {
        fs::remove_file(link)?;
    }
    symlink(terminal, link)
}
