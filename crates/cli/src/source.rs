// SPDX-License-Identifier: Apache-2.0
//! Input from files and standard input, never more of it than expected.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use simstrap_policy::bootstrap_data::MAX_FILE;
use zeroize::Zeroizing;

use crate::terminal::escaped;

/// Where input comes from, or output goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Standard input or standard output.
    Standard(Stream),
    /// A file.
    File(PathBuf),
}

/// A standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Input,
    Output,
}

impl Origin {
    /// `-` is the standard stream.
    pub(crate) fn new(path: &Path, stream: Stream) -> Self {
        if path == Path::new("-") { Self::Standard(stream) } else { Self::File(path.to_owned()) }
    }

    /// As one would name it on the command line.
    pub(crate) fn as_argument(&self) -> String {
        match self {
            Self::Standard(_) => "-".to_owned(),
            Self::File(path) => escaped(&path.to_string_lossy()).into_owned(),
        }
    }

    /// Reads the whole of it, at most `limit` bytes.
    pub(crate) fn read(&self, limit: usize) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        match self {
            Self::Standard(_) => read_bounded(io::stdin().lock(), limit),
            Self::File(path) => read_bounded(File::open(path).map_err(SourceError::Io)?, limit),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard(Stream::Input) => f.write_str("standard input"),
            Self::Standard(Stream::Output) => f.write_str("standard output"),
            Self::File(path) => f.write_str(&escaped(&path.to_string_lossy())),
        }
    }
}

/// Why input cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The operating system says so.
    #[error(transparent)]
    Io(io::Error),
    /// There is more of it than expected.
    #[error("it is longer than {limit} bytes")]
    TooLong { limit: usize },
}

impl SourceError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Io(source) => match source.kind() {
                io::ErrorKind::NotFound => "check the name",
                io::ErrorKind::PermissionDenied => "ask for the permission to read it",
                io::ErrorKind::IsADirectory => "name a file in this directory",
                _ => "check the file and the disk it is on",
            },
            Self::TooLong { .. } => "this is something else than what was expected",
        }
    }
}

fn read_bounded(input: impl Read, limit: usize) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    // Room for a whole bootstrap file from the start: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit.min(MAX_FILE) + 1));
    // One byte more than the limit, so that what is too long is found to be.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    input.take(most).read_to_end(&mut bytes).map_err(SourceError::Io)?;
    if bytes.len() > limit { Err(SourceError::TooLong { limit }) } else { Ok(bytes) }
}
