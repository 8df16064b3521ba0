// SPDX-License-Identifier: Apache-2.0
//! Where what goes to a card and back is written down.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use simstrap_apdu::trace::{GSMTAP_PORT, GsmtapSocket, PcapFile, Record, TextLog};

use crate::args::CardOptions;
use crate::error::Error;

/// Why nothing can be written down.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    /// No file.
    #[error("cannot write {}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// No host to send to.
    #[error("cannot send to {address}")]
    Host { address: String, source: io::Error },
}

impl TraceError {
    /// What to do about it.
    pub(crate) const fn help(&self) -> &'static str {
        match self {
            Self::File { .. } => "choose a place that you can write to",
            Self::Host { .. } => "name the host where Wireshark listens: --gsmtap localhost",
        }
    }
}

/// Opens what the options name.
pub(crate) fn recorders(options: &CardOptions) -> Result<Vec<Box<dyn Record>>, Error> {
    let file = options.trace.as_deref().map(file).transpose()?;
    let socket = options.gsmtap.as_deref().map(socket).transpose()?;
    Ok(file.into_iter().chain(socket).collect())
}

fn file(path: &Path) -> Result<Box<dyn Record>, Error> {
    let is_pcap = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pcap"));
    let open = || -> io::Result<Box<dyn Record>> {
        let file = BufWriter::new(create(path)?);
        Ok(if is_pcap { Box::new(PcapFile::new(file)?) } else { Box::new(TextLog::new(file)) })
    };
    open().map_err(|source| Error::Trace(TraceError::File { path: path.to_owned(), source }))
}

/// A file for its owner only: a trace tells more than others need to know. One that is there is
/// replaced, not written over: others may own it, or have it open already. What is no regular
/// file, such as a terminal or a pipe, is written to as it is.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // The file that a link leads to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&path) {
        // Only one that would create it lets Linux refuse the pipe that somebody else has put into
        // a directory of all (fs.protected_fifos).
        Ok(there) if !there.is_file() => return options.create(true).open(path),
        Ok(_) => fs::remove_file(&path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    options.create_new(true).open(path)
}

fn socket(address: &str) -> Result<Box<dyn Record>, Error> {
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let socket =
        if has_port { GsmtapSocket::to(address) } else { GsmtapSocket::to((address, GSMTAP_PORT)) };
    match socket {
        Ok(socket) => Ok(Box::new(socket)),
        Err(source) => Err(Error::Trace(TraceError::Host { address: address.to_owned(), source })),
    }
}
