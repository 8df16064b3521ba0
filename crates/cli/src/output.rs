// SPDX-License-Identifier: Apache-2.0
//! Results: to standard output, or to a file that is there whole or not at all.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::source::{Origin, Stream};

/// Why a result cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The operating system says so.
    #[error(transparent)]
    Write(io::Error),
    /// It must not be overwritten.
    #[error("it exists already")]
    Exists,
    /// Bytes that are no text.
    #[error("this is a terminal, and the result is no text")]
    Terminal,
}

impl OutputError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Write(source) => match source.kind() {
                io::ErrorKind::NotFound => "make the directory first",
                io::ErrorKind::PermissionDenied => "choose a place that you can write to",
                io::ErrorKind::IsADirectory => "name a file in this directory",
                io::ErrorKind::StorageFull => "make room on the disk",
                _ => "check the disk, or choose another place",
            },
            Self::Exists => "choose another name, or overwrite it with --force",
            Self::Terminal => "redirect it: > FILE, or | COMMAND",
        }
    }
}

/// What to do with a file that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// Prints text, with its styles only where a terminal wants them.
pub(crate) fn print_styled(text: &str) -> Result<(), Error> {
    let mut stdout = anstream::AutoStream::auto(io::stdout());
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(to_standard_output)
}

/// Prints text as it is.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(to_standard_output)
}

/// Writes bytes that are no text to standard output, unless it is a terminal.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    if stdout.is_terminal() {
        let origin = Origin::Standard(Stream::Output);
        return Err(Error::Output { origin, source: OutputError::Terminal });
    }
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(to_standard_output)
}

/// What a failure to write to standard output is to whoever waits for it.
pub(crate) fn to_standard_output(source: io::Error) -> Error {
    let origin = Origin::Standard(Stream::Output);
    Error::Output { origin, source: OutputError::Write(source) }
}

/// Writes a file that is there whole or not at all, readable by its owner only. What is no
/// regular file, such as a device or a pipe, is written to as it is.
pub(crate) fn write_file(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Error> {
    let written = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            Err(OutputError::Write(io::ErrorKind::IsADirectory.into()))
        }
        Ok(_) if existing == Existing::Keep => Err(OutputError::Exists),
        Ok(metadata) if !metadata.is_file() => write_through(path, bytes),
        // The file that a link leads to is replaced, not the link.
        Ok(_) => fs::canonicalize(path)
            .map_err(OutputError::Write)
            .and_then(|target| replace(&target, bytes, existing)),
        Err(_) => replace(path, bytes, existing),
    };
    written.map_err(|source| Error::Output { origin: Origin::File(path.to_owned()), source })
}

fn write_through(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut file = fs::OpenOptions::new().write(true).open(path).map_err(OutputError::Write)?;
    file.write_all(bytes).map_err(OutputError::Write)
}

fn replace(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), OutputError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let mut file = NamedTempFile::new_in(directory).map_err(|error| without_path(&error))?;
    file.write_all(bytes).map_err(|error| without_path(&error))?;
    file.as_file().sync_all().map_err(|error| without_path(&error))?;
    let persisted = match existing {
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    match persisted {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(OutputError::Exists)
        }
        Err(error) => Err(without_path(&error.error)),
    }
}

/// The error without the name of the temporary file, which means nothing to the user.
fn without_path(error: &io::Error) -> OutputError {
    OutputError::Write(match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    })
}
